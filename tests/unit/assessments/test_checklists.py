"""Checklist entries: by the service, from a file, and on their pages."""

import io
import json
from datetime import date
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse

from assessments.models import ChecklistEntry, Cycle, CycleUnit
from assessments.queries import checklists as queries
from assessments.services import checklists
from assessments.services.checklists import ChecklistClosedError, set_entry
from cfm.lib.models import AuditEvent
from organisation import permissions
from organisation.models import Person, RoleGrant, Unit
from tests.factories.assessments import (
    cycle_draft,
    framework_row,
    open_cycle,
    organisation,
    shipped_framework,
    small_framework_text,
)

pytestmark = pytest.mark.django_db

State = Cycle.State
CLOSED_STATES = [State.DRAFT, State.PUBLISHED, State.ARCHIVED, State.CANCELLED]
OPEN_STATES = [State.OPEN, State.CLOSED, State.SCORED]
HEADER = "cycle,unit,key_component,state,owner,due,evidence,note\n"
FRAMEWORK = small_framework_text(code="two").replace(
    "items:\n",
    "  - {code: KC02, title: Another thing, criteria: {planned: A date is set}, dimensions: {blocks: B1}}\n"
    "  - {code: A13, title: A hazard, kind: hazard, dimensions: {blocks: B2}}\n"
    "items:\n",
)
UNITS = {"ORG": None, "NORTH": "ORG", "CITY": "NORTH", "SOUTH": "ORG"}
PEOPLE = {"ORG": (1, 1), "NORTH": (5, 1), "CITY": (5, 1), "SOUTH": (5, 1)}


@pytest.fixture
def cycle() -> Cycle:
    return open_cycle(units=UNITS, people=PEOPLE, code="spring", framework=framework_row(text=FRAMEWORK))


def unit_of(cycle: Cycle, code: str) -> CycleUnit:
    return cycle.units.get(code=code)


def manager_of(code: str) -> Person:
    return Person.objects.get(unit__code=code, role_grants__role=permissions.MANAGER)


def entry(code: str = "KC01") -> ChecklistEntry:
    return ChecklistEntry.objects.get(key_component=code)


def version(cycle: Cycle) -> int:
    return Cycle.objects.get(pk=cycle.pk).evidence_version


def move(cycle: Cycle, state: str) -> None:
    Cycle.objects.filter(pk=cycle.pk).update(state=state)


# The service


def test_an_entry_keeps_all_that_was_said_and_raises_the_evidence_version(cycle):
    owner = manager_of("NORTH")

    changed = set_entry(
        cycle=cycle,
        unit=unit_of(cycle, "NORTH"),
        key_component="KC01",
        state="planned",
        owner=owner.pk,
        due=date(2027, 3, 31),
        evidence="Board paper 7",
        note="Ask in May",
        by=owner.pk,
    )

    assert changed
    kept = entry()
    assert (kept.state, kept.owner, kept.due) == ("planned", owner, date(2027, 3, 31))
    assert (kept.evidence, kept.note, kept.unit.code) == ("Board paper 7", "Ask in May", "NORTH")
    assert version(cycle) == 1
    event = AuditEvent.objects.get(action="checklist.set")
    assert (event.actor, event.subject, event.details) == (owner.pk, "spring/NORTH", {"entries": 1})


def test_the_same_said_again_raises_nothing(cycle):
    for _time in range(2):
        changed = set_entry(cycle=cycle, unit=unit_of(cycle, "NORTH"), key_component="KC01", state="partly")

    assert not changed
    assert version(cycle) == 1
    assert AuditEvent.objects.filter(action="checklist.set").count() == 1


def test_a_change_replaces_what_was_said(cycle):
    for state in ("partly", "in_place"):
        set_entry(cycle=cycle, unit=unit_of(cycle, "NORTH"), key_component="KC01", state=state)

    assert entry().state == "in_place"
    assert version(cycle) == 2


@pytest.mark.parametrize("state", OPEN_STATES)
def test_entries_may_change_until_the_cycle_is_published(cycle, state):
    move(cycle, state)

    assert set_entry(cycle=cycle, unit=unit_of(cycle, "NORTH"), key_component="KC01", state="partly")


@pytest.mark.parametrize("state", CLOSED_STATES)
def test_entries_are_refused_before_the_opening_and_after_publication(cycle, state):
    move(cycle, state)

    with pytest.raises(ChecklistClosedError, match="spring"):
        set_entry(cycle=cycle, unit=unit_of(cycle, "NORTH"), key_component="KC01", state="partly")

    assert not ChecklistEntry.objects.exists()
    assert version(cycle) == 0


@pytest.mark.parametrize(
    "wrong",
    [{"key_component": "KC99"}, {"state": "done"}, {"evidence": "x" * 501}, {"note": "x" * 2001}],
)
def test_what_the_cycle_does_not_know_is_refused(cycle, wrong):
    right = {"key_component": "KC01", "state": "partly"}

    with pytest.raises(ValueError, match=r"KC|done"):
        set_entry(cycle=cycle, unit=unit_of(cycle, "NORTH"), **(right | wrong))

    assert version(cycle) == 0


def test_a_unit_of_another_cycle_is_refused(cycle):
    other = open_cycle(units=UNITS, people=PEOPLE)

    with pytest.raises(ValueError, match="NORTH is not of cycle spring"):
        set_entry(cycle=cycle, unit=unit_of(other, "NORTH"), key_component="KC01", state="partly")


# The file


@pytest.fixture
def load(tmp_path: Path):
    def run(*rows: str, header: str = HEADER, dry_run: bool = False) -> str:
        path, out = tmp_path / "checklist.csv", io.StringIO()
        path.write_text(header + "".join(f"{row}\n" for row in rows))
        call_command("import_checklist", str(path), *(["--dry-run"] if dry_run else []), stdout=out)
        return out.getvalue()

    return run


def test_a_file_creates_changes_and_leaves_entries(cycle, load):
    owner = manager_of("ORG").person_id
    load("spring,NORTH,KC01,planned,,,,", "spring,SOUTH,KC01,planned,,,,")

    out = load(
        "spring,NORTH,KC01,planned,,,,",
        f"spring,SOUTH,KC01,improving,{owner},2027-01-31,https://x.example,done",
        'spring,SOUTH,KC02,partly,,,,"two\nlines"',
    )

    assert out.splitlines() == [
        'changed entry spring/SOUTH/KC01: state "planned" → "improving", owner "" → "'
        + owner
        + '", due "" → "2027-01-31", evidence "" → "https://x.example", note "" → "done"',
        "created entry spring/SOUTH/KC02",
        "1 created, 1 changed, 1 unchanged",
    ]
    assert version(cycle) == 4
    assert entry("KC02").note == "two\nlines"
    assert ChecklistEntry.objects.get(unit__code="SOUTH", key_component="KC01").due == date(2027, 1, 31)


def test_the_same_file_again_changes_nothing(cycle, load):
    load("spring,NORTH,KC01,planned,,,,")

    out = load("spring,NORTH,KC01,planned,,,,")

    assert out == "0 created, 0 changed, 1 unchanged\n"
    assert version(cycle) == 1


def test_a_dry_run_tells_and_writes_nothing(cycle, load):
    out = load("spring,NORTH,KC01,planned,,,,", dry_run=True)

    assert out.startswith("created entry spring/NORTH/KC01\n")
    assert not ChecklistEntry.objects.exists()
    assert version(cycle) == 0


def test_a_file_may_hold_several_cycles(cycle, load):
    other = open_cycle(units=UNITS, people=PEOPLE, code="autumn")

    load("spring,NORTH,KC01,planned,,,,", "autumn,NORTH,KC01,partly,,,,", "autumn,SOUTH,KC01,partly,,,,")

    assert (version(cycle), version(other)) == (1, 2)


@pytest.mark.parametrize(
    ("row", "column", "value"),
    [
        ("none,NORTH,KC01,planned,,,,", "cycle", "none"),
        (",NORTH,KC01,planned,,,,", "cycle", ""),
        ("spring,WEST,KC01,planned,,,,", "unit", "WEST"),
        ("spring,NORTH,KC99,planned,,,,", "key_component", "KC99"),
        ("spring,NORTH,KC01,done,,,,", "state", "done"),
        ("spring,NORTH,KC01,,,,,", "state", ""),
        ("spring,NORTH,KC01,planned,nobody,,,", "owner", "nobody"),
        ("spring,NORTH,KC01,planned,,31.1.2027,,", "due", "31.1.2027"),
        ("spring,NORTH,KC01,planned,,20270131,,", "due", "20270131"),
        ("spring,NORTH,KC01,planned,,2027-02-30,,", "due", "2027-02-30"),
        (f"spring,NORTH,KC01,planned,,,{'x' * 501},", "evidence", "xxx"),
        (f"spring,NORTH,KC01,planned,,,,{'x' * 2001}", "note", "xxx"),
        ("spring,NORTH,KC01,planned,,,,a\x07b", "note", "a\\u0007b"),
        ("spring,SOUTH,KC02,partly,,,,", "cycle, unit, key_component", "spring, SOUTH, KC02"),
        ("spring,NORTH,KC01", "", "spring,NORTH,KC01"),
    ],
)
def test_a_mistake_is_told_with_row_column_and_value_and_nothing_is_kept(cycle, load, row, column, value):
    with pytest.raises(CommandError) as caught:
        load("spring,SOUTH,KC02,partly,,,,", row)

    told = str(caught.value)
    place = "checklist.csv, row 3" + (f", column {column}" if column else "")
    assert f'{place}, value "{value}' in told
    assert "expected" in told
    assert caught.value.returncode == 1
    assert not ChecklistEntry.objects.exists()
    assert version(cycle) == 0


@pytest.mark.parametrize("state", CLOSED_STATES)
def test_a_file_for_a_cycle_that_is_not_open_to_changes_is_refused(cycle, load, state):
    move(cycle, state)

    with pytest.raises(CommandError, match='column cycle, value "spring"'):
        load("spring,NORTH,KC01,planned,,,,")


@pytest.mark.parametrize("header", ["cycle,unit\n", HEADER.replace("note", "remark"), ""])
def test_a_wrong_header_is_refused(cycle, load, header):
    with pytest.raises(CommandError, match="row 1"):
        load("spring,NORTH,KC01,planned,,,,", header=header)


def test_a_large_file_needs_no_query_a_row(cycle, load, django_assert_max_num_queries):
    rows = [f"spring,{unit},{code},partly,,,," for unit in UNITS for code in ("KC01", "KC02", "A13")]

    with django_assert_max_num_queries(20):
        load(*rows)

    assert version(cycle) == 12


# The pages


def sign_in(client, person: Person):
    client.force_login(person)
    return client


def with_role(role: str, unit: str = "ORG") -> Person:
    made = Person.objects.create(person_id=role, name=f"Some {role}", unit=Unit.objects.get(code=unit))
    if role != permissions.STAFF:
        RoleGrant.objects.create(person=made, role=role)
    return made


def page_url(unit: str = "NORTH", number: int = 1) -> str:
    return reverse("checklist_section", args=["spring", unit, number])


def sent(code: str = "KC01", *, seen: dict | None = None, **said: str) -> dict[str, str]:
    """What a browser sends for one key component."""
    empty = dict.fromkeys(("state", "owner", "due", "evidence", "note"), "")
    fields = {f"{code}-{name}": value for name, value in (empty | (seen or {}) | said).items()}
    return fields | {f"{code}-seen": json.dumps(empty | (seen or {}))}


@pytest.mark.parametrize("role", permissions.ROLES)
def test_managers_hr_and_auditors_read_checklists_and_only_managers_write(client, cycle, role):
    sign_in(client, with_role(role, unit="NORTH"))

    reads, writes = role in {"manager", "hr", "auditor"}, role == "manager"
    for url in (reverse("checklists"), reverse("checklist", args=["spring", "NORTH"]), page_url()):
        assert client.get(url).status_code == (200 if reads else 403)
    response = client.post(page_url(), sent(state="partly"))
    assert response.status_code == (302 if writes else 403)
    assert ChecklistEntry.objects.exists() is writes


def test_a_manager_reaches_the_own_subtree_and_nothing_else(client, cycle):
    sign_in(client, manager_of("NORTH"))

    found = {unit: client.get(page_url(unit)).status_code for unit in UNITS}
    posted = {unit: client.post(page_url(unit), sent(state="partly")).status_code for unit in UNITS}

    assert found == {"ORG": 404, "NORTH": 200, "CITY": 200, "SOUTH": 404}
    assert posted == {"ORG": 404, "NORTH": 302, "CITY": 302, "SOUTH": 404}
    assert [row.thing.code for row in queries.units_filled(manager_of("NORTH"), cycle)] == ["NORTH", "CITY"]


@pytest.mark.parametrize("state", [State.DRAFT, State.CANCELLED])
def test_a_cycle_that_was_never_opened_has_no_checklist(client, state):
    organisation(units=UNITS, people=PEOPLE)
    move(cycle_draft(code="spring"), state)
    sign_in(client, with_role("hr"))

    assert "No checklist yet" in client.get(reverse("checklists")).content.decode()
    assert client.get(reverse("checklists"), {"cycle": "spring"}).status_code == 404


def test_every_page_says_that_checklists_are_named(client, cycle):
    sign_in(client, manager_of("NORTH"))

    for url in (reverse("checklists"), reverse("checklist", args=["spring", "NORTH"]), page_url()):
        assert "Checklists are named" in client.get(url).content.decode()


def test_a_page_shows_criteria_beside_the_states_and_hazards_on_a_page_of_their_own(client, cycle):
    sign_in(client, manager_of("NORTH"))

    first, second = (client.get(page_url(number=number)).content.decode() for number in (1, 2))

    assert "A date is set" in first
    assert "A hazard" not in first
    assert "A hazard" in second
    assert client.get(page_url(number=3)).status_code == 404


def test_a_manager_saves_what_was_changed_and_only_that(client, cycle):
    manager = manager_of("NORTH")
    sign_in(client, manager)
    said = {"state": "planned", "due": "2027-01-31", "evidence": "Minutes", "note": "two\r\nlines"}

    owner = f"{manager.name} ({manager.person_id})"
    response = client.post(page_url(), sent(owner=owner, **said) | sent("KC02"))

    assert response.url == page_url()
    assert entry().owner == manager
    assert (entry().state, entry().due, entry().note) == ("planned", date(2027, 1, 31), "two\nlines")
    assert not ChecklistEntry.objects.filter(key_component="KC02").exists()
    assert version(cycle) == 1


def test_a_page_sent_unchanged_raises_nothing(client, cycle):
    manager = manager_of("NORTH")
    set_entry(
        cycle=cycle,
        unit=unit_of(cycle, "NORTH"),
        key_component="KC01",
        state="partly",
        owner=manager.pk,
        note="a\nb",
    )
    sign_in(client, manager)
    seen = {"state": "partly", "owner": f"{manager.name} ({manager.person_id})", "note": "a\nb"}

    client.post(page_url(), sent(seen=seen, note="a\r\nb"))

    assert version(cycle) == 1


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ({"state": ""}, "This field is required"),
        ({"state": "done"}, "Select a valid choice"),
        ({"due": "tomorrow"}, "Enter a valid date"),
        ({"owner": "Nobody Known"}, "choose from the list"),
        ({"evidence": "x" * 501}, "at most 500 characters"),
        ({"note": "x" * 2001}, "at most 2000 characters"),
    ],
)
def test_a_mistake_is_told_and_nothing_of_the_page_is_saved(client, cycle, said, told):
    sign_in(client, manager_of("NORTH"))
    right = {"state": "partly", "note": "kept on the page"}

    response = client.post(page_url(), sent(**(right | said)) | sent("KC02", state="improving"))

    assert response.status_code == 400
    page = response.content.decode()
    assert told in page
    assert "note" in said or "kept on the page" in page
    assert not ChecklistEntry.objects.exists()


def test_an_owner_is_looked_for_only_among_the_people_of_ones_units(client, cycle):
    sign_in(client, manager_of("NORTH"))

    stranger = client.post(page_url(), sent(state="partly", owner=manager_of("SOUTH").person_id))
    own = client.post(page_url(), sent(state="partly", owner=manager_of("CITY").email.upper()))

    assert (stranger.status_code, own.status_code) == (400, 302)
    assert manager_of("SOUTH").name not in client.get(page_url()).content.decode()
    assert entry().owner == manager_of("CITY")


def test_an_owner_from_elsewhere_stays_when_something_else_changes(client, cycle):
    owner = manager_of("SOUTH")
    set_entry(cycle=cycle, unit=unit_of(cycle, "NORTH"), key_component="KC01", state="partly", owner=owner.pk)
    sign_in(client, manager_of("NORTH"))

    client.post(
        page_url(),
        sent(seen={"state": "partly", "owner": f"{owner.name} ({owner.person_id})"}, state="in_place"),
    )

    assert (entry().state, entry().owner) == ("in_place", owner)


def test_what_somebody_else_said_in_the_meantime_is_not_overwritten_unseen(client, cycle):
    sign_in(client, manager_of("NORTH"))
    set_entry(cycle=cycle, unit=unit_of(cycle, "NORTH"), key_component="KC01", state="improving")

    refused = client.post(page_url(), sent(state="partly"))
    assert refused.status_code == 400
    assert "it now says: improving" in refused.content.decode()
    assert entry().state == "improving"

    client.post(page_url(), sent(seen={"state": "improving"}, state="partly"))
    assert entry().state == "partly"


def test_an_untouched_entry_that_somebody_else_changed_stays_changed(client, cycle):
    sign_in(client, manager_of("NORTH"))
    set_entry(cycle=cycle, unit=unit_of(cycle, "NORTH"), key_component="KC01", state="improving")

    response = client.post(page_url(), sent() | sent("KC02", state="partly"))

    assert response.status_code == 302
    assert (entry().state, entry("KC02").state) == ("improving", "partly")


@pytest.mark.parametrize("state", [State.PUBLISHED, State.ARCHIVED])
def test_after_publication_a_post_is_refused_with_the_content_still_on_the_page(client, cycle, state):
    sign_in(client, manager_of("NORTH"))
    move(cycle, state)

    response = client.post(page_url(), sent(state="partly", note="my long note"))

    assert response.status_code == 409
    assert "my long note" in response.content.decode()
    assert not ChecklistEntry.objects.exists()
    assert "Save this page" not in client.get(page_url()).content.decode()


def test_a_hostile_note_is_shown_and_not_run(client, cycle):
    hostile = "<script>alert(1)</script> javascript:alert(2)"
    set_entry(
        cycle=cycle,
        unit=unit_of(cycle, "NORTH"),
        key_component="KC01",
        state="partly",
        note=hostile,
        evidence=hostile,
    )

    for person in (manager_of("NORTH"), with_role("hr")):
        page = sign_in(client, person).get(page_url()).content.decode()
        assert "<script>alert" not in page
        assert 'href="javascript' not in page


@pytest.mark.parametrize("seen", ["", "x", "[]", "null", '{"state": 7}'])
def test_a_tampered_page_is_refused_or_saved_but_never_breaks(client, cycle, seen):
    sign_in(client, manager_of("NORTH"))

    response = client.post(page_url(), sent(state="partly") | {"KC01-seen": seen})

    assert response.status_code in {302, 400}


def test_a_get_changes_nothing(client, cycle):
    sign_in(client, manager_of("NORTH"))

    for url in (reverse("checklists"), reverse("checklist", args=["spring", "NORTH"]), page_url()):
        client.get(url, sent(state="partly"))

    assert not ChecklistEntry.objects.exists()


def test_the_list_needs_the_same_queries_for_four_and_for_forty_units(
    client, cycle, django_assert_max_num_queries, django_assert_num_queries
):
    sign_in(client, with_role("hr"))
    url = reverse("checklists")
    client.get(url)
    with django_assert_max_num_queries(12) as counted:
        client.get(url)
    more = UNITS | {f"U{number}": "SOUTH" for number in range(36)}
    Cycle.objects.all().delete()
    open_cycle(units=more, people=PEOPLE, code="spring")

    with django_assert_num_queries(len(counted.captured_queries)):
        page = client.get(url).content.decode()

    assert page.count("0 of 1") == 40


def test_a_page_needs_the_same_queries_empty_and_filled(
    client, cycle, django_assert_max_num_queries, django_assert_num_queries
):
    sign_in(client, manager_of("NORTH"))
    client.get(page_url())
    with django_assert_max_num_queries(15) as counted:
        client.get(page_url())
    said = checklists.Values("partly", manager_of("NORTH").pk)
    checklists.set_entries(cycle=cycle, unit=unit_of(cycle, "NORTH"), values={"KC01": said, "KC02": said})

    with django_assert_num_queries(len(counted.captured_queries)):
        client.get(page_url())


def test_the_shipped_framework_has_a_page_a_block_and_pages_for_hazards_and_resilience():
    found = queries.sections(shipped_framework().instrument)

    assert [section.code for section in found[:8]] == [f"B{number}" for number in range(1, 9)]
    assert [str(section.title) for section in found[8:]] == ["Change hazards", "Resilience"]
    shown = [component.code for section in found for component in section.components]
    assert sorted(shown) == sorted(shipped_framework().instrument.key_components_by_code)


def test_a_long_block_is_cut_into_pages():
    many = "".join(f"  - {{code: X{n}, title: X, dimensions: {{blocks: B1}}}}\n" for n in range(90))
    framework = framework_row(text=FRAMEWORK.replace("items:\n", many + "items:\n"))

    found = queries.sections(framework.instrument)

    assert [(section.code, len(section.components)) for section in found] == [
        ("B1", 40),
        ("B1", 40),
        ("B1", 12),
        ("", 1),
    ]
