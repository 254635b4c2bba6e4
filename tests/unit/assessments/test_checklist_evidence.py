"""Files, verdicts and history of checklist entries, and taking a checklist over from the cycle before."""

import io
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from assessments.models import ChecklistEntry, Cycle, EntryEvent, EvidenceFile
from assessments.services import evidence, reviews
from assessments.services.checklist_copy import copy_forward
from assessments.services.checklist_import import import_checklist
from assessments.services.checklists import ChecklistClosedError, set_entry
from assessments.services.evidence import FileRefusedError, path_of
from assessments.services.reviews import NotReviewableError
from organisation import permissions
from organisation.models import Person, RoleGrant, Unit
from tests.factories.assessments import framework_row, open_cycle, small_framework_text
from tests.factories.uploads import PDF, docx

pytestmark = pytest.mark.django_db

UNITS = {"ORG": None, "NORTH": "ORG", "CITY": "NORTH", "SOUTH": "ORG"}
PEOPLE = {"ORG": (1, 1), "NORTH": (5, 1), "CITY": (5, 1), "SOUTH": (5, 1)}
TEXT = small_framework_text(code="two").replace(
    "items:\n",
    "  - {code: KC02, title: Another thing, criteria: {planned: A date is set}, dimensions: {blocks: B1}}\nitems:\n",
)


def cycle_of(code: str) -> Cycle:
    return open_cycle(units=UNITS, people=PEOPLE, code=code, framework=framework_row(text=TEXT))


@pytest.fixture
def cycle() -> Cycle:
    return cycle_of("spring")


def manager_of(code: str) -> Person:
    return Person.objects.get(unit__code=code, role_grants__role=permissions.MANAGER)


def with_role(role: str) -> Person:
    made: Person = Person.objects.create(
        person_id=role, name=f"Some {role}", unit=Unit.objects.get(code="ORG")
    )
    RoleGrant.objects.create(person=made, role=role)
    return made


def say(
    cycle: Cycle, state: str = "partly", *, unit: str = "NORTH", code: str = "KC01", **said
) -> ChecklistEntry:
    set_entry(cycle=cycle, unit=cycle.units.get(code=unit), key_component=code, state=state, **said)
    return ChecklistEntry.objects.get(cycle=cycle, unit__code=unit, key_component=code)


def add(
    entry: ChecklistEntry, content: bytes = PDF, name: str = "minutes.pdf", by: int | None = None
) -> EvidenceFile:
    return evidence.add_file(entry=entry, content=io.BytesIO(content), name=name, by=by)


def url(name: str, *more: object, unit: str = "NORTH", code: str = "KC01") -> str:
    return reverse(name, args=["spring", unit, code, *more])


def upload(content: bytes = PDF, name: str = "minutes.pdf") -> dict[str, SimpleUploadedFile]:
    return {"file": SimpleUploadedFile(name, content)}


def text_of(response) -> str:
    return " ".join(response.content.decode().split())


def history(entry: ChecklistEntry) -> list[tuple[str, str, str | None]]:
    return [(e.kind, e.value, e.by.person_id if e.by else None) for e in entry.events.select_related("by")]


# History


def test_every_state_is_kept_with_its_date_and_who_said_so(cycle):
    manager = manager_of("NORTH")
    before = timezone.now()

    say(cycle, "planned", by=manager.pk)
    say(cycle, "planned", by=manager.pk, note="no new state")
    entry = say(cycle, "in_place")

    assert history(entry) == [("state", "planned", manager.person_id), ("state", "in_place", None)]
    assert all(before <= event.at <= timezone.now() for event in entry.events.all())


def test_an_import_leaves_the_same_history(cycle):
    person = manager_of("ORG")
    data = b"cycle,unit,key_component,state,owner,due,evidence,note\nspring,NORTH,KC01,partly,,,,\n"

    import_checklist(data, file="x.csv", by=person.pk)

    assert history(ChecklistEntry.objects.get()) == [("state", "partly", person.person_id)]


def test_the_page_of_an_entry_shows_criteria_history_and_who(client, cycle):
    manager = manager_of("NORTH")
    say(cycle, "planned", code="KC02", by=manager.pk)
    client.force_login(manager)

    page = text_of(client.get(url("checklist_entry", code="KC02")))

    assert "A date is set" in page
    assert "the state now" in page
    assert manager.name in page[page.index("History") :]


# Not applicable


def test_not_applicable_needs_a_reason_in_the_browser_and_by_the_service(client, cycle):
    client.force_login(manager_of("NORTH"))
    seen = '{"state": "", "owner": "", "due": "", "evidence": "", "note": ""}'
    sent = {"KC01-seen": seen, "KC01-state": "not_applicable", "KC01-owner": "", "KC01-due": ""}
    page = reverse("checklist_section", args=["spring", "NORTH", 1])

    refused = client.post(page, sent | {"KC01-evidence": "", "KC01-note": " "})
    with pytest.raises(ValueError, match="must say why"):
        say(cycle, "not_applicable")

    assert refused.status_code == 400
    assert "Say here why it is not applicable" in text_of(refused)
    assert not ChecklistEntry.objects.exists()
    assert client.post(page, sent | {"KC01-evidence": "", "KC01-note": "no shop"}).status_code == 302


def test_a_file_may_leave_the_reason_out_and_the_page_asks_for_it(client, cycle):
    data = b"cycle,unit,key_component,state,owner,due,evidence,note\nspring,NORTH,KC01,not_applicable,,,,\n"
    import_checklist(data, file="x.csv")
    client.force_login(with_role("auditor"))

    assert "Nobody said yet why it is not applicable here" in text_of(client.get(url("checklist_entry")))


# Files


def test_a_file_is_kept_outside_of_what_is_served_under_no_name_of_its_own(cycle, settings):
    entry = say(cycle)

    file = add(entry, docx(), "../../secret plan.docx")

    path = path_of(file)
    assert path.parent == settings.DATA_DIR / "uploads" / "evidence"
    assert path.name == file.stored.hex
    assert path.stat().st_mode & 0o077 == 0
    assert path.read_bytes() == docx()
    assert file.name == "secret plan.docx"
    assert history(entry)[-1] == ("file_added", "secret plan.docx", None)


def test_the_same_content_again_is_kept_once(cycle, settings):
    entry = say(cycle)

    first, second = add(entry), add(entry, name="again.pdf")

    assert first == second
    assert len(list((settings.DATA_DIR / "uploads" / "evidence").iterdir())) == 1


def test_a_refused_file_leaves_nothing_behind(cycle, settings):
    entry = say(cycle)
    for number in range(evidence.MOST_FILES):
        add(entry, PDF + bytes([65 + number]))

    with pytest.raises(FileRefusedError, match="at most 10 files"):
        add(entry, PDF + b"z")
    with pytest.raises(FileRefusedError, match="not what its name says"):
        add(entry, b"<html>")

    assert len(list((settings.DATA_DIR / "uploads" / "evidence").iterdir())) == evidence.MOST_FILES


def test_after_publication_files_neither_come_nor_go(cycle):
    file = add(say(cycle))
    Cycle.objects.update(state=Cycle.State.PUBLISHED)

    with pytest.raises(ChecklistClosedError):
        add(file.entry, PDF + b"x")
    with pytest.raises(ChecklistClosedError):
        evidence.remove_file(file=file, by=None)

    assert path_of(file).exists()


def test_a_manager_uploads_downloads_and_removes(client, cycle, django_capture_on_commit_callbacks):
    manager = manager_of("NORTH")
    entry = say(cycle)
    client.force_login(manager)

    added = client.post(url("entry_file_add"), upload(name='x"<y>.pdf'))
    file = EvidenceFile.objects.get()
    sent = client.get(url("entry_file", file.pk))
    content = b"".join(sent)
    path = path_of(file)
    asked = client.get(url("entry_file_remove", file.pk))
    with django_capture_on_commit_callbacks(execute=True):
        removed = client.post(url("entry_file_remove", file.pk))

    assert (added.status_code, sent.status_code, asked.status_code, removed.status_code) == (
        302,
        200,
        200,
        302,
    )
    assert content == PDF
    assert sent["Content-Disposition"] == 'attachment; filename="x y .pdf"'
    assert (sent["Content-Type"], sent["X-Content-Type-Options"]) == ("application/pdf", "nosniff")
    assert "sandbox" in sent["Content-Security-Policy"]
    assert not path.exists()
    assert [kind for kind, _value, _by in history(entry)] == ["state", "file_added", "file_removed"]
    assert client.get(url("entry_file", file.pk)).status_code == 404


@pytest.mark.parametrize(
    ("content", "name", "why"),
    [
        (b"<script>", "x.html", "not taken"),
        (b"MZ", "x.pdf", "not what its name says"),
        (b"", "x.pdf", "empty"),
        (docx(word__media=b"\0" * (20 * 1024 * 1024)), "x.docx", "unfolds"),
        (b"a\0b", "x.txt", "NUL"),
        (b"%PDF-" + b"x" * (11 * 1024 * 1024), "x.pdf", "larger than 10 MB"),
    ],
)
def test_a_hostile_upload_is_refused_with_the_reason_on_the_page(client, cycle, content, name, why):
    say(cycle)
    client.force_login(manager_of("NORTH"))

    response = client.post(url("entry_file_add"), upload(content, name))

    assert response.status_code == 400
    assert "The file was not taken." in text_of(response)
    assert why in text_of(response)
    assert not EvidenceFile.objects.exists()


def test_a_file_of_another_entry_or_unit_is_not_found(client, cycle):
    file, other = add(say(cycle)), say(cycle, unit="SOUTH")
    add(other, PDF + b"south")
    client.force_login(manager_of("NORTH"))
    say(cycle, code="KC02")

    assert client.get(url("entry_file", file.pk, code="KC02")).status_code == 404
    assert client.get(url("entry_file", other.files.get().pk)).status_code == 404
    assert client.get(url("entry_file", other.files.get().pk, unit="SOUTH")).status_code == 404


def test_nothing_is_uploaded_for_an_entry_of_which_nothing_is_said(client, cycle):
    client.force_login(manager_of("NORTH"))

    assert client.post(url("entry_file_add"), upload()).status_code == 404
    assert "Choose a state by its criteria" in text_of(client.get(url("checklist_entry")))


# Review


def verdict(entry: ChecklistEntry, value: str = "confirmed", **more) -> bool:
    return reviews.give_verdict(entry=entry.pk, verdict=value, **{"seen": entry.state, "by": None} | more)


@pytest.mark.parametrize("state", [Cycle.State.OPEN, Cycle.State.SCORED, Cycle.State.PUBLISHED])
def test_a_verdict_stands_beside_the_figure_and_changes_none(cycle, state):
    entry, auditor = say(cycle), with_role("auditor")
    Cycle.objects.update(state=state)

    assert verdict(entry, by=auditor.pk)
    assert not verdict(entry, by=auditor.pk)

    entry.refresh_from_db()
    assert (entry.verdict, entry.verdict_by) == ("confirmed", auditor)
    assert Cycle.objects.get().evidence_version == 1
    assert history(entry)[-1] == ("verdict", "confirmed", "auditor")


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"seen": "in_place"}, "now says “partly in place”"),
        ({"value": "not_confirmed"}, "Say why"),
    ],
)
def test_a_verdict_on_something_else_or_without_reason_is_refused(cycle, change, told):
    entry = say(cycle)

    with pytest.raises(NotReviewableError, match=told):
        verdict(entry, **change)


def test_nobody_reviews_their_own_entry_or_an_archived_cycle(cycle):
    auditor = with_role("auditor")
    entry = say(cycle, owner=auditor.pk)

    with pytest.raises(NotReviewableError, match="somebody else"):
        verdict(entry, by=auditor.pk)
    Cycle.objects.update(state=Cycle.State.ARCHIVED)
    with pytest.raises(NotReviewableError, match="archived"):
        verdict(entry)


def test_a_new_state_or_other_evidence_takes_the_verdict_back_and_a_note_does_not(cycle):
    entry = say(cycle)
    left = []
    for change in (
        lambda: say(cycle, note="a word"),
        lambda: say(cycle, evidence="https://x.example"),
        lambda: say(cycle, "in_place", evidence="https://x.example"),
        lambda: add(entry),
        lambda: evidence.remove_file(file=EvidenceFile.objects.get(), by=None),
    ):
        entry.refresh_from_db()
        verdict(entry)
        change()
        entry.refresh_from_db()
        left.append(entry.verdict)

    assert left == ["confirmed", "", "", "", ""]
    assert EntryEvent.objects.filter(kind="verdict").count() == 4  # the second says the same of the same


def test_a_reviewer_goes_from_entry_to_entry(client, cycle):
    say(cycle)
    say(cycle, code="KC02")
    client.force_login(with_role("auditor"))
    start = text_of(client.get(reverse("checklist", args=["spring", "NORTH"])))
    sent = {"verdict": "not_confirmed", "note": "No minutes.", "seen": "partly", "next": "1"}

    first = client.post(url("entry_verdict"), sent)
    last = client.post(url("entry_verdict", code="KC02"), sent)
    page = text_of(client.get(url("checklist_entry")))

    assert url("checklist_entry") in start
    assert (first.url, last.url) == (url("checklist_entry", code="KC02"), url("checklist_entry", code="KC02"))
    assert "not confirmed" in page
    assert "No minutes." in page
    stale = client.post(url("entry_verdict"), {"verdict": "confirmed", "note": "", "seen": "planned"})
    assert stale.status_code == 409
    assert client.post(url("entry_verdict"), {"verdict": "perhaps"}).status_code == 400


# From cycle to cycle


@pytest.fixture
def autumn(cycle) -> Cycle:
    """The cycle after, of the same framework."""
    Cycle.objects.filter(pk=cycle.pk).update(opened_at=timezone.now() - timedelta(days=300))
    return cycle_of("autumn")


def test_a_checklist_is_taken_over_with_its_files_and_without_its_verdicts(cycle, autumn):
    owner, gone = manager_of("NORTH"), manager_of("SOUTH")
    old = say(cycle, owner=owner.pk, note="as before")
    file = add(old)
    verdict(old)
    say(cycle, code="KC02", owner=gone.pk)
    say(cycle, unit="SOUTH")
    Person.objects.filter(pk=gone.pk).update(is_active=False)
    say(autumn, "improving", unit="CITY")
    say(cycle, unit="CITY")

    count = copy_forward(source=cycle, cycle=autumn, units=["NORTH", "CITY"], by=owner.pk)

    new = ChecklistEntry.objects.get(cycle=autumn, unit__code="NORTH", key_component="KC01")
    assert count == 2
    assert (new.state, new.owner, new.note, new.verdict) == ("partly", owner, "as before", "")
    assert ChecklistEntry.objects.get(cycle=autumn, key_component="KC02").owner is None
    assert ChecklistEntry.objects.get(cycle=autumn, unit__code="CITY").state == "improving"
    assert not ChecklistEntry.objects.filter(cycle=autumn, unit__code="SOUTH").exists()
    assert new.files.get().stored == file.stored
    assert "Title of spring" in new.events.get().note
    assert copy_forward(source=cycle, cycle=autumn, units=["NORTH", "CITY"], by=owner.pk) == 0


def test_content_that_two_cycles_share_goes_with_the_last_of_them(
    cycle, autumn, django_capture_on_commit_callbacks
):
    file = add(say(cycle))
    copy_forward(source=cycle, cycle=autumn, units=["NORTH"], by=None)
    copied = EvidenceFile.objects.get(entry__cycle=autumn)

    with django_capture_on_commit_callbacks(execute=True):
        evidence.remove_file(file=file, by=None)
    assert path_of(copied).exists()
    with django_capture_on_commit_callbacks(execute=True):
        evidence.remove_file(file=copied, by=None)
    assert not path_of(copied).exists()


@pytest.mark.parametrize(("body", "units"), [({}, {"NORTH"}), ({"below": "on"}, {"NORTH", "CITY"})])
def test_a_manager_takes_over_for_one_unit_or_with_those_below(client, cycle, autumn, body, units):
    for unit in ("NORTH", "CITY", "SOUTH"):
        say(cycle, unit=unit)
    client.force_login(manager_of("NORTH"))
    address = reverse("checklist_copy", args=["autumn", "NORTH"])

    offered = text_of(client.get(reverse("checklist", args=["autumn", "NORTH"])))
    asked = text_of(client.get(address))
    done = client.post(address, body)

    assert address in offered
    assert "1 entry of Unit North." in asked
    assert "2 entries" in asked
    assert done.status_code == 302
    copied = ChecklistEntry.objects.filter(cycle=autumn).values_list("unit__code", flat=True)
    assert set(copied) == units


def test_where_there_is_nothing_before_nothing_is_offered(client, cycle):
    client.force_login(manager_of("NORTH"))

    page = text_of(client.get(reverse("checklist", args=["spring", "NORTH"])))
    refused = client.post(reverse("checklist_copy", args=["spring", "NORTH"]), follow=True)

    assert "Take them over" not in page
    assert "There is nothing to take over here" in text_of(refused)


# Files out and in


def lines_of(response) -> list[str]:
    return b"".join(response).decode().splitlines()


def test_what_is_downloaded_can_be_uploaded_again_unchanged(client, cycle):
    manager = manager_of("NORTH")
    say(cycle, owner=manager.pk, note="=not a formula", evidence="Minutes")
    say(cycle, unit="SOUTH")
    client.force_login(manager)

    sent = client.get(reverse("checklist_csv"), {"cycle": "spring"})
    lines = lines_of(sent)
    again = client.post(
        reverse("checklist_import"), {"file": SimpleUploadedFile("c.csv", "\r\n".join(lines).encode())}
    )

    assert sent["Content-Disposition"] == 'attachment; filename="checklist-spring.csv"'
    assert lines == [
        "cycle,unit,key_component,state,owner,due,evidence,note",
        f"spring,NORTH,KC01,partly,{manager.person_id},,Minutes,'=not a formula",
    ]
    assert "Nothing to do" in text_of(again)


def test_a_manager_imports_for_the_own_units_only(client, cycle):
    client.force_login(manager_of("NORTH"))
    head = "cycle,unit,key_component,state,owner,due,evidence,note\n"
    stranger = manager_of("SOUTH").person_id
    page = reverse("checklist_import")

    def post(*rows: str):
        return client.post(page, {"file": SimpleUploadedFile("c.csv", (head + "\n".join(rows)).encode())})

    elsewhere = post("spring,SOUTH,KC01,partly,,,,")
    someone = post(f"spring,NORTH,KC01,partly,{stranger},,,")
    shown = post("spring,NORTH,KC01,partly,,,,")
    done = client.post(page, {"checked": shown.context["checked"]})

    assert (elsewhere.status_code, someone.status_code) == (400, 400)
    assert "the code of a unit of cycle spring" in text_of(elsewhere)
    assert "somebody in your units" in text_of(someone)
    assert done.url == reverse("checklists")
    assert history(ChecklistEntry.objects.get()) == [("state", "partly", manager_of("NORTH").person_id)]


def test_the_history_file_holds_what_happened_within_reach(client, cycle):
    entry = say(cycle)
    say(cycle, unit="SOUTH")
    verdict(entry, "not_confirmed", note="=why")
    client.force_login(manager_of("NORTH"))

    lines = lines_of(client.get(reverse("checklist_history_csv"), {"cycle": "spring"}))

    assert lines[0] == "cycle,unit,key_component,what,value,note,by,at"
    assert [line.split(",")[:6] for line in lines[1:]] == [
        ["spring", "NORTH", "KC01", "state", "partly", ""],
        ["spring", "NORTH", "KC01", "verdict", "not_confirmed", "'=why"],
    ]


def test_an_entry_needs_the_same_queries_with_one_and_with_many_events_and_files(
    client, cycle, django_assert_max_num_queries, django_assert_num_queries
):
    entry = say(cycle, by=manager_of("NORTH").pk)
    add(entry, by=manager_of("NORTH").pk)
    client.force_login(manager_of("NORTH"))
    client.get(url("checklist_entry"))
    with django_assert_max_num_queries(22) as counted:
        client.get(url("checklist_entry"))
    for number in range(5):
        add(entry, PDF + bytes([number]), by=manager_of("CITY").pk)
        say(cycle, "planned" if number % 2 else "partly", by=manager_of("CITY").pk)

    with django_assert_num_queries(len(counted.captured_queries)):
        client.get(url("checklist_entry"))
