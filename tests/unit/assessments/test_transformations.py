"""Transformations: hazards, resilience, warnings and advice; on their pages, from files, and beside results."""

import io
import json
from datetime import date, timedelta
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction
from django.urls import reverse

from assessments.models import ReadinessEntry, Transformation
from assessments.queries import readiness as queries
from assessments.services.checklists import Values
from assessments.services.transformations import (
    Data,
    TransformationError,
    data_of,
    save_transformation,
    set_readiness,
)
from cfm.lib.models import AuditEvent
from organisation.models import Person, Unit
from tests.factories.reports import framework, live_units, person, published

pytestmark = pytest.mark.django_db

TODAY = date(2026, 11, 25)
STARTS = date(2026, 6, 1)
HEADER = "transformation,title,unit,owner,starts,ends,state,purpose\n"
ENTRIES = "transformation,key_component,state,owner,due,evidence,note\n"
HAZARDS = ("A13", "A14", "A15", "A16", "A17")
POINTS = tuple(f"R-{number}" for number in range(1, 7))


@pytest.fixture(autouse=True)
def _units() -> None:
    live_units()
    framework()


def change(code: str = "METERS", *, unit: str = "NORTH", **more) -> Transformation:
    given = {"title": f"Change {code}", "owner": person(unit=unit), "starts": STARTS, "state": "running"}
    fields = given | {"framework": framework(), "unit": Unit.objects.get(code=unit)} | more
    row: Transformation = Transformation.objects.create(code=code, **fields)
    return row


def say(row: Transformation, **states: str | Values) -> None:
    said = {code.replace("_", "-"): v if isinstance(v, Values) else Values(v) for code, v in states.items()}
    set_readiness(transformation=row, said=said, by=None)


def all_said(row: Transformation, state: str = "in_place") -> None:
    set_readiness(transformation=row, said={code: Values(state) for code in (*HAZARDS, *POINTS)}, by=None)


def ready(row: Transformation, today: date = TODAY) -> queries.Readiness:
    return queries.readiness([row], today=today)[0]


def warned(row: Transformation) -> list[str]:
    return [one.sentence for one in ready(row).warnings]


def text_of(response) -> str:
    return " ".join(response.content.decode().split())


# The rules


def test_the_shipped_framework_has_the_hazards_the_resilience_the_advice_and_luck():
    row = change()

    assert tuple(part.code for part in queries.components(row, "hazard")) == HAZARDS
    assert tuple(part.code for part in queries.components(row, "resilience")) == POINTS
    advice = queries.advice(row.framework.instrument, *queries.ADVICE, queries.LUCK)
    assert [one.code for one in advice] == ["A18", "A19", "R-7"]


def test_hazards_are_counted_and_resilience_is_the_mean_of_what_is_said():
    row = change()
    say(row, A13="in_place", A14="improving", A15="partly", A16=Values("not_applicable", note="no data"))
    say(row, R_1="improving", R_2="not_in_place", R_3=Values("not_applicable", note="one team"), R_4="partly")

    found = ready(row)

    assert (found.averted, found.counted) == (2, 4)
    assert (found.score, found.rated) == (50.0, 3)


def test_nothing_said_is_no_score_and_not_zero():
    found = ready(change())

    assert (found.averted, found.counted, found.score, found.rated) == (0, 5, None, 0)


def test_a_change_that_is_well_prepared_warns_of_nothing():
    row = change()
    all_said(row)

    assert warned(row) == []


@pytest.mark.parametrize(
    ("said", "told", "urgent"),
    [
        ({"A13": Values("not_in_place")}, "top leaders stay outside the planning. Consultants", True),
        ({"A17": Values("planned")}, "employees are kept in the dark: a remedy is only planned.", False),
        ({"A15": Values("partly", due=TODAY - timedelta(1))}, "It was due on 24 November 2026.", False),
        ({"R_2": Values("not_in_place")}, "Strategic planning is not in place.", False),
    ],
)
def test_what_endangers_a_change_is_told(said, told, urgent):
    row = change()
    all_said(row)
    say(row, **said)

    warning = ready(row).warnings

    assert [told in one.sentence for one in warning] == [True]
    assert warning[0].urgent is urgent


def test_what_is_settled_or_due_today_warns_of_nothing():
    row = change()
    all_said(row)
    say(row, A13=Values("in_place", due=TODAY - timedelta(9)), A14=Values("partly", due=TODAY))

    assert warned(row) == []


def test_a_change_without_leader_beyond_its_dates_or_unexamined_is_told():
    late = change("LATE", owner=None, ends=TODAY - timedelta(1))
    waiting = change("WAITING", state="planned", starts=TODAY - timedelta(1))
    all_said(waiting)

    assert warned(late) == [
        "Nobody leads this change.",
        "It was to end on 24 November 2026.",
        "Nothing is said yet of 5 of 5 hazards.",
        "Nothing is said yet of 6 of 6 points of resilience.",
    ]
    assert warned(waiting) == ["It was to start on 24 November 2026."]


@pytest.mark.parametrize("state", ["finished", "stopped"])
def test_a_change_that_is_over_warns_of_nothing(state):
    assert warned(change(state=state, owner=None)) == []


@pytest.mark.parametrize(("running", "too_many"), [(3, False), (4, True)])
def test_more_than_three_changes_at_once_are_too_many(running, too_many):
    for number in range(running):
        all_said(change(f"C{number}"))
    change("OVER", state="finished")

    found = queries.all_warnings(queries.readiness(Transformation.objects.all(), today=TODAY))

    assert [one.sentence for one in found if "at once" in one.sentence] == (
        ["4 changes run at once. More tools are no better: finish a few properly before adding more."]
        if too_many
        else []
    )


def test_the_urgent_is_told_first():
    row = change()
    say(row, A17="planned", A13="not_in_place")

    assert [one.urgent for one in queries.all_warnings([ready(row)])][:2] == [True, False]


# The services


def data(**more) -> Data:
    given = {"title": "T", "unit": Unit.objects.get(code="NORTH").pk, "owner": None, "starts": STARTS}
    return Data(**given | {"ends": None, "state": "planned"} | more)


def test_a_transformation_is_registered_changed_and_told_to_the_audit_log_once():
    by = person().pk
    made = save_transformation(code="X", data=data(), by=by, new=True)
    save_transformation(code="X", data=data(title="Other"), by=by, new=False)
    save_transformation(code="X", data=data(title="Other"), by=by, new=False)

    made.refresh_from_db()
    assert data_of(made) == data(title="Other")
    assert AuditEvent.objects.filter(action="change.save", subject="X", actor=by).count() == 2


@pytest.mark.parametrize("code", ["", "new", "Import", "readiness", "a/b", "-x", "x" * 41])
def test_a_code_that_can_be_no_address_is_refused(code):
    with pytest.raises(TransformationError, match="can't be a code"):
        save_transformation(code=code, data=data(), by=None, new=True)


def test_a_code_twice_and_an_end_before_the_start_are_refused():
    save_transformation(code="X", data=data(), by=None, new=True)

    with pytest.raises(TransformationError, match="already"):
        save_transformation(code="X", data=data(), by=None, new=True)
    with pytest.raises(TransformationError, match="before it starts"):
        save_transformation(code="Y", data=data(ends=STARTS - timedelta(1)), by=None, new=True)


@pytest.mark.parametrize("wrong", [{"ends": STARTS - timedelta(1)}, {"state": "gone"}, {"code": ""}])
def test_the_database_refuses_it_too(wrong):
    with pytest.raises(IntegrityError), transaction.atomic():
        change(**wrong)


@pytest.mark.parametrize(
    ("code", "values"),
    [
        ("KC01", Values("partly")),
        ("R-7", Values("partly")),
        ("A13", Values("done")),
        ("A13", Values("not_applicable", note=" ")),
        ("A13", Values("partly", note="x" * 2001)),
    ],
)
def test_what_is_no_hazard_or_resilience_or_says_no_reason_is_refused(code, values):
    row = change()

    with pytest.raises(ValueError, match=code if values.state != "done" else "done"):
        set_readiness(transformation=row, said={code: values}, by=None)

    assert not ReadinessEntry.objects.exists()


# The pages


def sent(code: str = "A13", **said: str) -> dict[str, str]:
    """What a browser sends for one point of which nothing is said yet."""
    empty = dict.fromkeys(("state", "owner", "due", "evidence", "note"), "")
    fields = {f"{code}-{name}": value for name, value in (empty | said).items()}
    return fields | {f"{code}-seen": json.dumps(empty)}


def test_a_manager_registers_a_change_and_fills_it_in(client):
    manager = person(unit="NORTH", role="manager")
    client.force_login(manager)
    fields = {"code": "METERS", "title": "Meters", "unit": "DEPOT", "owner": manager.person_id, "ends": ""}

    made = client.post(reverse("transformation_new"), fields | {"starts": "2026-06-01", "state": "running"})
    filled = client.post(
        made.url, sent(state="not_in_place", owner=manager.person_id) | sent("R-1", state="partly")
    )
    page = text_of(client.get(filled.url))

    assert made.url == reverse("transformation_readiness", args=["METERS"])
    assert (filled.status_code, filled.url) == (302, reverse("transformation", args=["METERS"]))
    entry = ReadinessEntry.objects.get(key_component="A13")
    assert (entry.state, entry.owner, entry.changed_by) == ("not_in_place", manager, manager)
    assert "Hazard: top leaders stay outside the planning. Consultants" in page
    assert "A pinch of luck" in page
    assert "shown, not scored" in page
    assert "Begin at the top and plan with discipline" in page
    assert "Fewer changes, done properly" in page


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"code": "a/b"}, "letters and digits"),
        ({"code": "TAKEN"}, "with this code already"),
        ({"unit": "SOUTH"}, "Select a valid choice"),
        ({"owner": "nobody"}, "nobody with this id"),
        ({"ends": "2026-05-31"}, "before it starts"),
        ({"starts": "soon"}, "Enter a valid date"),
        ({"title": ""}, "This field is required"),
    ],
)
def test_a_mistake_is_told_and_nothing_is_registered(client, wrong, told):
    change("TAKEN", unit="SOUTH")
    client.force_login(person(unit="NORTH", role="manager"))
    right = {"code": "X", "title": "T", "unit": "NORTH", "owner": "", "starts": "2026-06-01", "ends": ""}

    response = client.post(reverse("transformation_new"), right | {"state": "planned"} | wrong)

    assert response.status_code == 400
    assert told in text_of(response)
    assert Transformation.objects.count() == 1


def test_a_mistake_in_the_readiness_is_told_and_nothing_of_it_is_kept(client):
    row = change()
    client.force_login(person(unit="NORTH", role="manager"))
    address = reverse("transformation_readiness", args=[row.code])

    response = client.post(address, sent(state="not_applicable") | sent("A14", state="partly"))

    assert response.status_code == 400
    assert "Say here why it is not applicable" in text_of(response)
    assert not ReadinessEntry.objects.exists()


def test_one_sees_the_changes_of_ones_units(client):
    for unit in ("ORG", "NORTH", "DEPOT", "SOUTH"):
        change(unit, unit=unit)
    client.force_login(person(unit="NORTH", role="manager"))

    page = text_of(client.get(reverse("transformations")))

    assert {unit for unit in ("ORG", "NORTH", "DEPOT", "SOUTH") if f"Change {unit}" in page} == {
        "NORTH",
        "DEPOT",
    }


def test_an_empty_list_says_what_to_do(client):
    client.force_login(person(unit="NORTH", role="manager"))

    assert "Register a change before it begins" in text_of(client.get(reverse("transformations")))


def test_a_hostile_title_is_shown_and_not_run(client):
    change(title="<script>alert(1)</script>", purpose="<img src=x onerror=alert(1)>")
    client.force_login(person(role="executive"))

    for url in (reverse("transformations"), reverse("transformation", args=["METERS"])):
        page = client.get(url).content.decode()
        assert "<script>alert" not in page
        assert "<img src=x" not in page


@pytest.mark.parametrize("name", ["transformations", "dashboard"])
def test_a_page_needs_the_same_queries_for_one_and_for_many_changes(
    client, name, django_assert_max_num_queries, django_assert_num_queries
):
    published()
    all_said(change("ONE"))
    client.force_login(person(role="executive"))
    client.get(reverse(name))
    with django_assert_max_num_queries(25) as counted:
        client.get(reverse(name))
    for number in range(9):
        all_said(change(f"C{number}", unit="SOUTH"), "partly")

    with django_assert_num_queries(len(counted.captured_queries)):
        client.get(reverse(name))


# Beside results


def test_the_page_of_results_warns_of_changes_in_its_unit(client):
    published()
    row = change("NORTHERN", unit="DEPOT")
    all_said(row)
    say(row, A13="not_in_place")
    all_said(change("DONE", state="finished"), "not_in_place")

    def warnings_of(who: Person, unit: str) -> bool:
        client.force_login(who)
        return "Warnings for changes at work" in text_of(client.get(reverse("dashboard_unit", args=[unit])))

    executive, staff = person(role="executive"), person(unit="NORTH")

    assert [warnings_of(executive, unit) for unit in ("ORG", "NORTH", "DEPOT", "SOUTH")] == [
        True,
        True,
        True,
        False,
    ]
    assert not warnings_of(staff, "NORTH")


def test_only_the_most_urgent_warnings_stand_beside_results(client):
    published()
    all_said(change(), "not_in_place")
    client.force_login(person(role="executive"))

    page = text_of(client.get(reverse("dashboard")))

    assert page.count(">urgent<") + page.count("urgent </span>") == 5
    assert "And 6 more." in page


# Files


@pytest.fixture
def load(tmp_path: Path):
    def run(kind: str, text: str, *options: str) -> list[str]:
        path, out = tmp_path / f"{kind}.csv", io.StringIO()
        path.write_text(text)
        call_command(f"import_{kind}", str(path), *options, stdout=out)
        return out.getvalue().splitlines()

    return run


def test_files_register_and_change_transformations_and_their_readiness(load):
    owner = person().person_id
    one = f'METERS,Meters,NORTH,{owner},2026-06-01,2027-05-31,running,"two\nlines"\n'

    first = load("transformations", HEADER + one)
    again = load("transformations", HEADER + one)
    moved = load("transformations", HEADER + one.replace("running", "finished"))
    said = load(
        "readiness", f"{ENTRIES}METERS,A13,partly,{owner},2026-12-31,Minutes,why\nMETERS,R-1,planned,,,,\n"
    )
    dry = load("readiness", f"{ENTRIES}METERS,A13,in_place,,,,\n", "--dry-run")

    assert first == ["created transformation METERS", "1 created, 0 changed, 0 unchanged"]
    assert again == ["0 created, 0 changed, 1 unchanged"]
    assert moved[0] == 'changed transformation METERS: state "running" → "finished"'
    assert said[-1] == "2 created, 0 changed, 0 unchanged"
    assert dry[-1] == "Dry run: nothing was written."
    entry = ReadinessEntry.objects.get(key_component="A13")
    assert (entry.state, entry.due, entry.evidence, entry.note) == (
        "partly",
        date(2026, 12, 31),
        "Minutes",
        "why",
    )


@pytest.mark.parametrize(
    ("kind", "row", "column"),
    [
        ("transformations", "a/b,T,NORTH,,2026-06-01,,planned,", "transformation"),
        ("transformations", "new,T,NORTH,,2026-06-01,,planned,", "transformation"),
        ("transformations", "X,,NORTH,,2026-06-01,,planned,", "title"),
        ("transformations", "X,T,WEST,,2026-06-01,,planned,", "unit"),
        ("transformations", "X,T,NORTH,nobody,2026-06-01,,planned,", "owner"),
        ("transformations", "X,T,NORTH,,1.6.2026,,planned,", "starts"),
        ("transformations", "X,T,NORTH,,2026-06-01,2026-05-31,planned,", "ends"),
        ("transformations", "X,T,NORTH,,2026-06-01,,soon,", "state"),
        ("transformations", f"X,T,NORTH,,2026-06-01,,planned,{'x' * 2001}", "purpose"),
        ("readiness", "NONE,A13,partly,,,,", "transformation"),
        ("readiness", "METERS,KC01,partly,,,,", "key_component"),
        ("readiness", "METERS,A13,done,,,,", "state"),
        ("readiness", "METERS,A13,partly,nobody,,,", "owner"),
        ("readiness", "METERS,A13,partly,,soon,,", "due"),
        ("readiness", f"METERS,A13,partly,,,{'x' * 501},", "evidence"),
        ("readiness", "METERS,A13,partly,,,,a\x07b", "note"),
    ],
)
def test_a_mistake_in_a_file_is_told_and_nothing_is_kept(load, kind, row, column):
    change()
    header = HEADER if kind == "transformations" else ENTRIES
    good = "Y,T,NORTH,,2026-06-01,,planned,\n" if kind == "transformations" else "METERS,A14,partly,,,,\n"

    with pytest.raises(CommandError, match=rf"{kind}.csv, row 3, column {column}, value"):
        load(kind, f"{header}{good}{row}\n")

    assert Transformation.objects.count() == 1
    assert not ReadinessEntry.objects.exists()


def test_what_is_downloaded_can_be_uploaded_again_unchanged(client):
    row = change(purpose="=not a formula")
    say(row, A13=Values("partly", note="-why"))
    change("SOUTHERN", unit="SOUTH")
    client.force_login(person(unit="NORTH", role="manager"))

    for name, address in (
        ("transformations_csv", "transformations_import"),
        ("readiness_csv", "readiness_import"),
    ):
        content = b"".join(client.get(reverse(name)))
        again = client.post(reverse(address), {"file": SimpleUploadedFile("x.csv", content)})
        assert b"SOUTHERN" not in content
        assert b",'" in content
        assert "Nothing to do" in text_of(again)


def test_a_manager_imports_for_the_own_units_only(client):
    change("SOUTHERN", unit="SOUTH")
    change()
    stranger = person(unit="SOUTH").person_id
    client.force_login(person(unit="NORTH", role="manager"))

    def post(name: str, text: str) -> int:
        file = SimpleUploadedFile("x.csv", text.encode())
        return int(client.post(reverse(name), {"file": file}).status_code)

    assert post("transformations_import", f"{HEADER}X,T,SOUTH,,2026-06-01,,planned,\n") == 400
    assert post("transformations_import", f"{HEADER}SOUTHERN,T,NORTH,,2026-06-01,,planned,\n") == 400
    assert post("transformations_import", f"{HEADER}X,T,NORTH,{stranger},2026-06-01,,planned,\n") == 400
    assert post("readiness_import", f"{ENTRIES}SOUTHERN,A13,partly,,,,\n") == 400
    assert post("readiness_import", f"{ENTRIES}METERS,A13,partly,{stranger},,,\n") == 400
    assert post("readiness_import", f"{ENTRIES}METERS,A13,partly,,,,\n") == 200


def test_the_history_keeps_what_was_said_when_and_by_whom(client):
    row, who = change(), person(unit="ORG", role="executive", name="Ada Lovelace")
    set_readiness(transformation=row, said={"A13": Values("planned", note="Asked")}, by=who.pk)
    set_readiness(transformation=row, said={"A13": Values("partly", evidence="Minutes")}, by=None)
    set_readiness(transformation=row, said={"A13": Values("partly", evidence="Minutes", due=TODAY)}, by=None)
    client.force_login(who)

    found = [(one.entry.key_component, one.state, one.note, one.by) for one in queries.history(row)]
    page = client.get(f"/changes/{row.code}/").content.decode()
    rows = b"".join(client.get("/changes/readiness-history.csv")).decode().splitlines()

    assert found == [("A13", "partly", "", None), ("A13", "planned", "Asked", who)]
    assert page.index("from a file, on the server") < page.rindex("Ada Lovelace")
    assert [line.split(",")[:4] for line in rows[1:]] == [
        [row.code, "A13", "planned", ""],
        [row.code, "A13", "partly", "Minutes"],
    ]


def test_the_history_of_others_is_out_of_reach(client):
    say(change("SOUTHERN", unit="SOUTH"), A13="partly")
    client.force_login(person(unit="NORTH", role="manager"))

    assert len(b"".join(client.get("/changes/readiness-history.csv")).splitlines()) == 1
