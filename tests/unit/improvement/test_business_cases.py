"""Business cases: ranges worked by hand, versions that never change, who makes them, their files."""

import math

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from cfm.lib.csv_import import InvalidFileError
from improvement.models import BusinessCase, CaseInput, CaseVersion
from improvement.queries.cases import beside, case_rows
from improvement.rules import business_case as rules
from improvement.rules.business_case import Range, Retention, Standing
from improvement.services import cases
from improvement.services.case_import import FILES, IMPORTS
from organisation.models import Person, Unit
from tests.factories.improvement import RETENTION, business_case, figures
from tests.factories.organisation import PersonFactory, UnitFactory, root

HEADS = {name: ",".join(kind.table.columns) for name, kind in FILES.items()}


@st.composite
def ranges(draw, low: float, high: float) -> Range:
    ends = sorted(draw(st.floats(low, high)) for _end in range(2))
    return Range(*ends)


@st.composite
def retentions(draw) -> Retention:
    return Retention(
        customers=draw(ranges(0, 1e6)),
        margin=draw(ranges(0, 1e4)),
        kept=draw(ranges(0, 0.8)),
        raised=draw(ranges(0, 0.2)),
        discount=draw(ranges(0.01, 0.5)),
    )


def at_most(one: float, other: float) -> bool:
    return one <= other or math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-9)


class TestRules:
    def test_studies_expect_a_fifth_of_the_low_to_two_fifths_of_the_high_costs(self):
        assert rules.studies(Range(1000, 2000)) == Range(200, 800)

    def test_worth_of_a_customer_is_the_sum_of_the_discounted_margins(self):
        summed = math.fsum(100 * 0.8**year / 1.1**year for year in range(1, 400))

        assert rules.lifetime(100, 0.8, 0.1) == pytest.approx(summed)

    def test_worth_of_keeping_more_is_the_difference_it_makes_for_todays_customers(self):
        one = Retention(Range(10, 10), Range(100, 100), Range(0.8, 0.8), Range(0.05, 0.05), Range(0.1, 0.1))

        # 1000 · (0.85/0.25 − 0.8/0.3) = 1000 · (3.4 − 2.6667)
        assert rules.gained(one).low == pytest.approx(733.3333, abs=1e-4)
        assert rules.leaving(one).high == pytest.approx(200)

    @given(retentions(), st.data())
    def test_no_value_inside_the_inputs_leads_outside_of_the_results(self, known, data):
        inside = [
            data.draw(st.floats(one.low, one.high))
            for one in (known.customers, known.margin, known.kept, known.raised, known.discount)
        ]
        point = Retention(*(Range(one, one) for one in inside))

        for formula in (rules.lifetimes, rules.leaving, rules.gained):
            found, whole = formula(point), formula(known)
            assert at_most(whole.low, found.low)
            assert at_most(found.high, whole.high)

    @given(st.lists(ranges(0, 1e9), min_size=1), ranges(0, 1e9), ranges(1, 1e9))
    def test_one_more_category_never_lowers_what_poor_quality_costs(self, parts, further, costs):
        less, more = rules.total(parts), rules.total([*parts, further])

        assert less is not None
        assert more is not None
        assert (less.low <= more.low, less.high <= more.high) == (True, True)
        assert rules.share_of(less, costs).low <= rules.share_of(more, costs).low

    @pytest.mark.parametrize(
        ("share", "expected"),
        [
            (Range(0.1, 0.19), Standing.BELOW),
            (Range(0.1, 0.2), Standing.WITHIN),
            (Range(0.4, 0.9), Standing.WITHIN),
            (Range(0.41, 0.9), Standing.ABOVE),
        ],
    )
    def test_what_was_counted_is_set_against_what_studies_found(self, share, expected):
        assert rules.standing(share) is expected

    @pytest.mark.parametrize(
        "wrong",
        [
            lambda: Range(2, 1),
            lambda: Range(0, math.inf),
            lambda: Range(math.nan, 1),
            lambda: rules.studies(Range(-1, 1)),
            lambda: rules.lifetime(1, 0.5, 0),
            lambda: rules.lifetime(1, 1.1, 0.1),
            lambda: Retention(Range(1, 1), Range(1, 1), Range(0.9, 0.9), Range(0.2, 0.2), Range(0.1, 0.1)),
        ],
    )
    def test_what_cannot_be_is_refused(self, wrong):
        with pytest.raises(ValueError, match=r"."):
            wrong()


@pytest.fixture
def north(db) -> Unit:
    return UnitFactory(code="NORTH")


def browser(person: Person) -> Client:
    client = Client()
    client.force_login(person)
    return client


def text(response) -> str:
    return " ".join(response.content.decode().replace("\u00a0", " ").split())


def entered(**fields: object) -> dict[str, object]:
    start = {"code": "BC", "unit": "NORTH", "currency": "eur", "title": "Falling short", "note": ""}
    return start | {"rework_low": "10", "rework_high": "20"} | fields


def test_a_case_begins_with_its_first_version(north):
    manager = PersonFactory(unit=north, roles=["manager"])

    response = browser(manager).post("/business-case/-/new/", entered(rework_assumption="A guess"))

    assert response.headers["Location"] == "/business-case/BC/"
    found = CaseVersion.objects.get()
    assert (found.case.currency, found.number, found.saved_by) == ("EUR", 1, manager)
    assert [(one.kind, one.low, one.high, one.assumption) for one in found.inputs.all()] == [
        ("rework", 10, 20, "A guess")
    ]


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"rework_low": "30"}, "The low figure is above the high one."),
        ({"rework_high": ""}, "enter both ends, or neither"),
        ({"rework_low": "-1"}, "greater than or equal to 0"),
        ({"rework_low": "", "rework_high": ""}, "Enter at least one figure."),
        ({"errors_assumption": "Known"}, "Enter the figure that this explains."),
        ({"kept_low": "80", "kept_high": "90"}, "needs all five of its figures"),
        (figures(**RETENTION | {"kept": (80, 99), "raised": (1, 2)}), "at most 1"),
        (figures(**RETENTION | {"kept": (80, 101)}), "above 100 per cent"),
        (figures(**RETENTION | {"discount": (0, 5)}), "must be above 0"),
        ({"code": "a/b"}, "holds no slash"),
    ],
)
def test_figures_that_cannot_be_are_refused_and_nothing_is_saved(north, fields, told):
    manager = browser(PersonFactory(unit=north, roles=["manager"]))

    response = manager.post("/business-case/-/new/", entered(**fields))

    assert response.status_code == 400
    assert told in text(response)
    assert not BusinessCase.objects.exists()


def test_a_saved_version_never_changes_and_the_next_starts_with_its_figures(north):
    case = business_case("BC", unit=north, rework=(10, 20))
    manager = browser(PersonFactory(unit=north, roles=["manager"]))

    page = text(manager.get("/business-case/BC/version/"))
    assert 'name="rework_low" value="10"' in page
    same = manager.post("/business-case/BC/version/", entered(rework_assumption="Known"))
    assert (same.status_code, "Nothing is different from version 1." in text(same)) == (400, True)
    manager.post("/business-case/BC/version/", entered(rework_high="15", note="Measured"))

    found = {one.number: [(i.low, i.high) for i in one.inputs.all()] for one in case.versions.all()}
    assert found == {1: [(10, 20)], 2: [(10, 15)]}
    with pytest.raises(ValueError, match="never changes"):
        CaseInput.objects.first().save()
    with pytest.raises(ValueError, match="never changes"):
        CaseVersion.objects.first().save()


def test_the_page_tells_results_as_ranges_with_their_assumptions_and_what_differs(north):
    case = business_case("BC", unit=north, operating_costs=(1000, 2000), rework=(10, 20))
    inputs = cases.inputs_of(case.versions.get())
    inputs["rework"] = cases.InputData(10, 300, "Measured")
    cases.save_version(case=case, inputs=inputs, note="", by=None)
    executive = browser(PersonFactory(roles=["executive"]))

    first, second = (
        text(executive.get("/business-case/BC/?version=1")),
        text(executive.get("/business-case/BC/")),
    )

    assert "poor quality costs EUR 10 to 20 a year. That is 1% to 2% of operating costs" in first
    assert "some of it may not be seen yet" in first
    assert "EUR 10 to 300 a year. That is 1% to 30%" in second
    assert "Studies put the cost of poor quality at 20 to 40 per cent" in second
    assert "Lower cost can still miss what customers value." in second
    assert "What differs" not in first
    assert "Measured" in second
    assert "What differs" in second
    assert executive.get("/business-case/BC/?version=3").status_code == 404


def test_worth_of_kept_customers_is_told_with_its_formula_and_sources(north):
    business_case("BC", unit=north, **RETENTION)

    page = text(browser(PersonFactory(roles=["hr"])).get("/business-case/BC/"))

    assert "Keeping 5 more of every 100 customers is worth EUR 733 over the years." in page
    assert "Gupta and Lehmann, 2003" in page
    assert "Reichheld and Sasser (1990)" in page


def test_beside_b2_stands_the_case_of_the_nearest_unit_that_the_reader_may_see(north):
    depot = UnitFactory(code="DEPOT", parent=north)
    business_case("TOP", unit=root(), rework=(1, 2))
    business_case("MID", unit=north, rework=(1, 2))
    executive, manager = PersonFactory(roles=["executive"]), PersonFactory(unit=depot, roles=["manager"])

    assert beside("B2", "DEPOT", executive).case.code == "MID"
    assert beside("B2", "ORG", executive).case.code == "TOP"
    assert beside("B1", "ORG", executive) is None
    assert beside("B2", "DEPOT", manager) is None


def test_a_manager_sees_the_cases_of_their_units_and_staff_none(north):
    business_case("MINE", unit=north, rework=(1, 2))
    business_case("OTHER", unit=UnitFactory(code="SOUTH"), rework=(1, 2))

    assert [row.case.code for row in case_rows(PersonFactory(unit=north, roles=["manager"]))] == ["MINE"]
    assert case_rows(PersonFactory(unit=north)) == []


def test_the_list_needs_the_same_queries_for_one_case_and_for_ten(north):
    executive = browser(PersonFactory(roles=["executive"]))

    def queries() -> int:
        with CaptureQueriesContext(connection) as caught:
            executive.get("/business-case/")
        return len(caught)

    business_case("B0", unit=north, rework=(1, 2))
    executive.get("/business-case/")
    few = queries()
    for number in range(1, 10):
        business_case(f"B{number}", unit=UnitFactory(), rework=(1, 2), errors=(3, 4))

    assert queries() == few


def test_without_a_case_the_page_says_what_to_do(db):
    assert "Begin with operating costs" in text(browser(PersonFactory(roles=["hr"])).get("/business-case/"))


def test_hr_of_the_whole_organisation_makes_the_next_version_of_any_case(north):
    business_case("BC", unit=north, rework=(10, 20))

    response = browser(PersonFactory(roles=["hr"])).post(
        "/business-case/BC/version/", entered(rework_low="5")
    )

    assert response.status_code == 302
    assert CaseVersion.objects.count() == 2


# Files

CASES = "BC,Falling short,NORTH,EUR\n"
VERSIONS = "BC,2,rework,10,15,\nBC,1,rework,10,20,A guess\nBC,2,note,,,Measured\n"


def load(name: str, rows: str, **options: object):
    return IMPORTS[name](f"{HEADS[name]}\n{rows}".encode(), file=f"{name}.csv", **options)


@pytest.mark.parametrize("name", FILES)
def test_what_is_downloaded_and_imported_again_changes_nothing(north, name):
    load("business_cases", CASES)
    load("business_case_versions", VERSIONS)

    response = browser(PersonFactory(roles=["hr"])).get(f"/business-case/-/files/{name}.csv")
    plan = IMPORTS[name](b"".join(response), file="again.csv")

    assert (plan.changes, plan.unchanged > 0) == ((), True)
    assert CaseVersion.objects.count() == 2


@pytest.mark.parametrize(
    ("line", "column"),
    [
        ("XX,1,rework,1,2,", "case"),
        ("BC,1,rework,1,2,", "version"),
        ("BC,4,rework,1,2,", "version"),
        ("BC,3,rework,2,1,", "low"),
        ("BC,3,rework,-1,1,", "low"),
        ("BC,3,rework,,1,", "low"),
        ("BC,3,rework,1,,", "high"),
        ("BC,3,luck,1,2,", "input"),
        ("BC,3,kept,80,90,", "input"),
        ("BC,3,discount,0,90,", "low"),
    ],
)
def test_a_wrong_row_is_named_and_nothing_is_imported(north, line, column):
    load("business_cases", CASES)
    load("business_case_versions", VERSIONS)

    with pytest.raises(InvalidFileError) as caught:
        load("business_case_versions", f"{line}\n")

    assert (caught.value.errors[0].row, caught.value.errors[0].column) == (2, column)
    assert CaseVersion.objects.count() == 2


def test_a_manager_imports_only_for_their_own_units(north):
    UnitFactory(code="SOUTH")
    manager = PersonFactory(unit=north, roles=["manager"])

    with pytest.raises(InvalidFileError) as caught:
        load("business_cases", "BS,South,SOUTH,EUR\n", by=manager)

    assert caught.value.errors[0].column == "unit"


def test_a_case_stays_with_its_unit_and_currency(north):
    load("business_cases", CASES)

    with pytest.raises(InvalidFileError) as caught:
        load("business_cases", "BC,Falling short,NORTH,CHF\n")

    assert caught.value.errors[0].column == "currency"
    with pytest.raises(ValidationError):
        cases.save_version(case=BusinessCase.objects.get(), inputs={}, note="", by=None)
