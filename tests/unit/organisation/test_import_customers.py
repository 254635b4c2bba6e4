"""The files of the register of customers: everything or nothing, and what goes out comes in again."""

import io
import zipfile
from datetime import date, timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.core.management import CommandError, call_command

from cfm.lib.csv_import import InvalidFileError
from cfm.lib.models import AuditEvent
from organisation import exports
from organisation.imports import IMPORTS, import_customers
from organisation.models import Customer, PromiseResult, SatisfactionFigure
from organisation.queries.register import FILES
from tests.factories.customers import CustomerFactory, channel, figure, link, promise
from tests.factories.organisation import PersonFactory, UnitFactory, root

pytestmark = pytest.mark.django_db

HEAD = "customer,name,kind,internal,owner_unit,serving_unit,expectations\n"
KINDS = ("customer", "client", "stakeholder", "financier", "volunteer", "supporter", "partner")


def customers(text: str, **options):
    return import_customers((HEAD + text).encode(), file="customers.csv", **options)


def refused(name: str, text: str | bytes, **options) -> list[tuple[int, str, str]]:
    """Return (row, column, value) of every mistake."""
    data = text if isinstance(text, bytes) else text.encode()
    with pytest.raises(InvalidFileError) as caught:
        IMPORTS[name](data, file=f"{name}.csv", **options)
    return [(error.row, error.column, error.value) for error in caught.value.errors]


def exported(name: str) -> str:
    return "".join(exports.register_csv(FILES[name], PersonFactory()))


def test_the_command_reads_every_kind_of_customer_inside_and_outside(tmp_path):
    UnitFactory(code="A")
    file = tmp_path / "customers.csv"
    rows = [f"K{n},Name {n},{kind},{n % 2},ORG,A,Quick answers\n" for n, kind in enumerate(KINDS)]
    root()
    file.write_text(HEAD + "".join(rows))
    out = io.StringIO()

    call_command("import_customers", str(file), stdout=out)

    assert out.getvalue().splitlines()[-1] == "7 created, 0 changed, 0 unchanged"
    assert set(Customer.objects.values_list("kind", flat=True)) == set(KINDS)
    assert Customer.objects.filter(is_internal=True).count() == 3
    assert Customer.objects.get(code="K0").serving_unit.code == "A"


def test_a_dry_run_writes_nothing_and_a_mistake_exits_with_the_place(tmp_path):
    root()
    file = tmp_path / "customers.csv"
    file.write_text(HEAD + "A,Name,client,0,ORG,,\n")
    call_command("import_customers", str(file), "--dry-run", stdout=io.StringIO())
    assert not Customer.objects.exists()

    file.write_text(HEAD + "A,Name,client,0,ORG,,\nB,Name,friend,0,ORG,,\n")
    with pytest.raises(
        CommandError, match=r'row 3, column kind, value "friend": expected one of customer, client'
    ):
        call_command("import_customers", str(file), stdout=io.StringIO())
    assert not Customer.objects.exists()


def test_serving_unit_and_expectations_may_be_empty_and_nothing_else():
    root()

    found = refused("customers", HEAD + ",,,,,,\nA,Name,client,0,ORG,,\n,,,yes,,NOWHERE,\n")

    assert {(row, column) for row, column, _value in found} == {
        (4, column) for column in ("customer", "name", "kind", "internal", "owner_unit", "serving_unit")
    }


def test_a_customer_twice_is_refused():
    root()

    assert refused("customers", HEAD + "A,One,client,0,ORG,,\nA,Two,client,0,ORG,,\n") == [
        (3, "customer", "A")
    ]


def test_a_second_file_changes_what_it_names_and_leaves_the_others():
    root()
    customers("A,One,client,0,ORG,,\nB,Two,partner,1,ORG,,\n")

    plan = customers("A,Uno,client,0,ORG,ORG,\n")

    assert next(plan.lines()) == 'changed customer A: name "One" → "Uno", serving_unit "" → "ORG"'
    assert dict(Customer.objects.values_list("code", "name")) == {"A": "Uno", "B": "Two"}
    assert not customers("A,Uno,client,0,ORG,ORG,\n").changes


def test_an_import_leaves_one_line_in_the_audit_log_and_none_without_news():
    root()
    customers("A,One,client,0,ORG,,\n")
    customers("A,One,client,0,ORG,,\n")

    line = AuditEvent.objects.get(action="customer.import")
    assert (line.subject, line.details) == ("customers", {"created": 1, "changed": 0})


def test_every_file_goes_out_and_comes_in_again_unchanged():
    north, south = UnitFactory(), UnitFactory()
    one = CustomerFactory(name="=SUM(A1)", serving_unit=north, expectations="Quick\n- and friendly")
    promise(one, results={"2025-03-01": "79.5"}, blocks="B1 B4", comparison="at_most", target="80.25")
    channel(one, heard_on=date(2025, 5, 1), contacts=1200, blocks="B7")
    figure(one, "2025-03-01", "-12.5", answers=40)
    figure(one, "2025-03-01", "8", measure="own", name="@Trust")
    link(north, south, heard_through="")

    files = {name: exported(name) for name in FILES}

    assert [IMPORTS[name](text.encode(), file=name).changes for name, text in files.items()] == [()] * 6
    Customer.objects.all().delete()
    assert [IMPORTS[name](text.encode(), file=name).created for name, text in files.items()] == [
        1, 1, 1, 1, 2, 0
    ]  # fmt: skip
    assert {name: exported(name) for name in FILES} == files


def test_texts_that_a_spreadsheet_would_run_are_guarded_and_numbers_are_not():
    one = CustomerFactory(name="=1+1", expectations="@cmd")
    figure(one, "2025-03-01", -12)

    assert ",'=1+1," in exported("customers")
    assert ",'@cmd" in exported("customers")
    assert ",-12," in exported("satisfaction")


@pytest.mark.parametrize(
    ("row", "column"),
    [
        ("A,nps,,2025-03-01,140,,", "value"),
        ("A,nps,,2025-03-01,-101,,", "value"),
        ("A,csat,,2025-03-01,-1,,", "value"),
        ("A,ces,,2025-03-01,0.5,,", "value"),
        ("A,ces,,2025-03-01,7.0001,,", "value"),
        ("A,own,,2025-03-01,1,,", "name"),
        ("A,nps,Mine,2025-03-01,1,,", "name"),
        ("A,smile,,2025-03-01,1,,", "measure"),
        ("A,nps,,01/03/2025,1,,", "measured_on"),
        ("A,nps,,2025-02-30,1,,", "measured_on"),
        ("A,nps,,1066-10-14,1,,", "measured_on"),
        ("A,nps,,2025-03-01,NaN,,", "value"),
        ("A,nps,,2025-03-01,1e2,,", "value"),
        ("A,nps,,2025-03-01,1,-1,", "answers"),
        ("A,nps,,2025-03-01,1,99999999999,", "answers"),
        ("B,nps,,2025-03-01,1,,", "customer"),
    ],
)
def test_a_figure_off_its_scale_or_without_sense_is_refused(row, column):
    CustomerFactory(code="A")

    found = refused("satisfaction", "customer,measure,name,measured_on,value,answers,note\n" + row + "\n")

    assert [(number, name) for number, name, _value in found] == [(2, column)]
    assert not SatisfactionFigure.objects.exists()


def test_a_figure_of_the_future_is_refused():
    CustomerFactory(code="A")
    day = (date.today() + timedelta(days=3)).isoformat()
    head = "customer,measure,name,measured_on,value,answers,note\n"

    assert refused("satisfaction", f"{head}A,nps,,{day},1,,\n") == [(2, "measured_on", day)]


def test_three_years_of_figures_come_in_at_once():
    CustomerFactory(code="A")
    days = [f"{year}-{month:02}-28" for year in (2023, 2024, 2025) for month in range(1, 13)]
    rows = [f"A,nps,,{day},{number},100,\n" for number, day in enumerate(days)]
    head = "measured_on,customer,measure,name,value,answers,note\n"
    text = head + "".join(f"{day},A,nps,,{number},100,\n" for number, day in enumerate(days))

    plan = IMPORTS["satisfaction"](text.encode(), file="x")

    assert plan.created == len(rows) == SatisfactionFigure.objects.count()


def test_a_result_is_judged_by_the_target_of_its_time():
    one = CustomerFactory(code="A")
    kept = promise(one, target=80)
    head = "customer,promise,measured_on,value,note\n"
    IMPORTS["results"](f"{head}A,P1,2025-03-01,85,\n".encode(), file="x")
    kept.target = 90
    kept.save()

    IMPORTS["results"](f"{head}A,P1,2025-03-01,85,\nA,P1,2025-09-01,85,\n".encode(), file="x")

    judged = PromiseResult.objects.order_by("measured_on").values_list("target", "kept")
    assert [(int(target), kept) for target, kept in judged] == [(80, True), (90, False)]


def test_a_result_of_a_promise_nobody_made_is_refused():
    CustomerFactory(code="A")
    promise(CustomerFactory(code="B"))

    assert refused("results", "customer,promise,measured_on,value,note\nA,P1,2025-03-01,1,\n") == [
        (2, "promise", "P1")
    ]


def test_a_unit_is_not_its_own_customer():
    UnitFactory(code="A")

    found = refused("links", "supplier,customer,delivers,expectation,heard_through\nA,A,Parts,,\n")

    assert found == [(2, "customer", "A")]


def test_a_manager_imports_customers_of_the_own_units_only():
    north, south = UnitFactory(code="NORTH"), UnitFactory(code="SOUTH")
    manager = PersonFactory(unit=north, roles=["manager"])
    CustomerFactory(code="THEIRS", owner_unit=south)

    customers("MINE,Name,client,0,NORTH,SOUTH,\n", by=manager)

    assert refused("customers", HEAD + "NEW,Name,client,0,SOUTH,,\n", by=manager) == [(2, "customer", "NEW")]
    taken = HEAD + "THEIRS,Name,client,0,NORTH,,\n"
    assert refused("customers", taken, by=manager) == [(2, "customer", "THEIRS")]
    channels = "customer,channel,kind,description,frequency,contacts,heard_on,blocks\n"
    wanted = channels + "THEIRS,H1,visit,We go there,yearly,,,\n"
    assert refused("channels", wanted, by=manager) == [(2, "customer", "THEIRS")]


def test_whoever_may_not_keep_the_register_imports_nothing():
    with pytest.raises(PermissionDenied):
        customers("A,Name,client,0,ORG,,\n", by=PersonFactory(roles=["auditor"]))


def zipped() -> bytes:
    """A megabyte of nothing in a kilobyte."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("customers.csv", b"0" * 1_000_000)
    return packed.getvalue()


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (zipped(), "an archive"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 100, "a workbook"),
        (b"%PDF-1.7", "a document"),
        (HEAD.encode() + b"A,Na\x00me,client,0,ORG,,\n", "without NUL characters"),
        (HEAD.encode() + b"A,\xff\xfe,client,0,ORG,,\n", "text in UTF-8"),
        (HEAD.encode() + b'A,"' + b"x" * 200_000 + b'",client,0,ORG,,\n', "a line of at most"),
        (HEAD.encode() + "A,a\u202eb,client,0,ORG,,\n".encode(), "on one line"),
        (b"", "a header row with this column"),
        (b"customer,name,kind,internal,owner_unit,serving_unit,expectations,email\n", "one of the columns"),
    ],
)
def test_a_hostile_file_is_refused_with_a_word_on_what_was_expected(data, told):
    root()

    with pytest.raises(InvalidFileError, match=told):
        import_customers(data, file="customers.csv")
    assert not Customer.objects.exists()


PROMISES = "customer,promise,text,measure,comparison,target,measured_in,blocks\n"


def test_a_block_that_the_framework_has_not_is_refused_with_its_place(monkeypatch):
    monkeypatch.setattr("organisation.blocks.choices", lambda: [("B1", "Define"), ("B4", "Everyone")])
    CustomerFactory(code="K")
    channels = "customer,channel,kind,description,frequency,contacts,heard_on,blocks\n"

    found = refused("promises", PROMISES + "K,P1,Soon,Days,at_most,3,days,B1 B9\n")
    other = refused("channels", channels + "K,C1,survey,Asked,yearly,,,X1\n")

    assert (found, other) == ([(2, "blocks", "B9")], [(2, "blocks", "X1")])


def test_a_block_that_a_row_names_already_may_stay_and_without_a_framework_any_may_come(monkeypatch):
    promise(CustomerFactory(code="K"), code="P1", blocks="OLD")
    text = exported("promises")
    monkeypatch.setattr("organisation.blocks.choices", lambda: [("B1", "Define")])

    assert IMPORTS["promises"](text.encode(), file="promises.csv").changes == ()
    monkeypatch.setattr("organisation.blocks.choices", list)
    IMPORTS["promises"](text.replace("OLD", "NEW").encode(), file="promises.csv")
    assert "NEW" in exported("promises")


def test_a_file_without_the_standard_deviation_leaves_it_as_it_is():
    figure(CustomerFactory(code="K"), "2025-03-01", 5.5, measure="ces", answers=40, sd="1.2")
    head = "customer,measure,name,measured_on,value,answers,note\n"

    IMPORTS["satisfaction"]((head + "K,ces,,2025-03-01,5.6,40,\n").encode(), file="s.csv")

    found = SatisfactionFigure.objects.get()
    assert (float(found.value), float(found.sd)) == (5.6, 1.2)
    full = head.replace("note", "note,sd") + "K,ces,,2025-03-01,5.6,40,,-1\n"
    assert refused("satisfaction", full) == [(2, "sd", "-1")]
