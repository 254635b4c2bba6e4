"""What an export writes, an import reads: the same people, in any words."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cfm.lib.csv_import import clean_cell
from organisation import exports, values
from organisation.imports import import_people, import_units
from organisation.models import Person, Unit
from tests.factories.organisation import PersonFactory, root

pytestmark = pytest.mark.django_db

LETTERS = st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp", "Cf"])
NAMES = st.text(LETTERS, min_size=1, max_size=20).map(clean_cell).filter(bool)
CODES = st.from_regex(r"[A-Za-z0-9][-A-Za-z0-9 .=+@']{0,8}[A-Za-z0-9]", fullmatch=True).filter(values.is_code)
PEOPLE = st.lists(
    st.fixed_dictionaries(
        {
            "code": CODES,
            "name": NAMES,
            "job_role": st.just("") | NAMES,
            "roles": st.sets(st.sampled_from(["manager", "hr", "auditor"])),
            "active": st.booleans(),
        }
    ),
    max_size=6,
    unique_by=lambda person: person["code"],
)


def file_of(people) -> bytes:
    rows = [
        (
            p["code"],
            None,
            p["name"],
            "ORG",
            None,
            p["job_role"],
            values.role_list(p["roles"]),
            p["active"],
            "",
        )
        for p in people
    ]
    return "".join(exports.csv_export.lines(values.PEOPLE_COLUMNS, rows)).encode()


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(people=PEOPLE)
def test_an_exported_file_imported_again_changes_nothing(people):
    reader = PersonFactory(person_id="reader", email=None, roles=["administrator"])
    import_people(file_of(people), file="people.csv")
    exported = "".join(exports.people_csv(reader)).encode()
    assert not import_people(exported, file="people.csv").changes
    assert Person.objects.count() == len({"reader", *(person["code"] for person in people)})
    Person.objects.all().delete()


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(codes=st.lists(CODES, max_size=8, unique=True), names=NAMES, choices=st.randoms(use_true_random=False))
def test_any_tree_exported_and_imported_again_changes_nothing(codes, names, choices):
    reader = PersonFactory(roles=["administrator"])
    above = ["ORG"]
    rows = []
    for code in [code for code in codes if code != "ORG"]:
        rows.append((code, names, choices.choice(above)))
        above.append(code)
    choices.shuffle(rows)
    data = "".join(exports.csv_export.lines(values.UNIT_COLUMNS, rows)).encode()
    import_units(data, file="units.csv")
    exported = "".join(exports.units_csv(reader, bom=True)).encode()
    assert not import_units(exported, file="units.csv").changes
    assert Unit.objects.count() == len(above)
    reader.delete()
    Unit.objects.exclude(pk=root().pk).delete()
