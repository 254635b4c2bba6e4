"""units.csv, people.csv and the files of the register of customers in the form in which they are imported."""

from collections.abc import Iterator

from cfm.lib import csv_export
from organisation import values
from organisation.models import Person, Unit
from organisation.queries.register import File, readable
from organisation.values import PEOPLE_COLUMNS, UNIT_COLUMNS


def units_csv(reader: Person, *, bom: bool = False) -> Iterator[str]:
    """Yield units.csv line by line: the units that the reader may see."""
    units = Unit.objects.visible_to(reader).order_by("code")
    return csv_export.lines(UNIT_COLUMNS, units.values_list("code", "name", "parent__code"), bom=bom)


def people_csv(reader: Person, *, bom: bool = False) -> Iterator[str]:
    """Yield people.csv line by line: the people whom the reader may see."""
    people = (
        Person.objects.visible_to(reader)
        .select_related("unit", "manager", "job_role")
        .prefetch_related("role_grants")
        .order_by("person_id")
    )
    rows = (_person_cells(person) for person in people.iterator(chunk_size=2000))
    return csv_export.lines(PEOPLE_COLUMNS, rows, bom=bom)


def _person_cells(person: Person) -> tuple[object, ...]:
    return (
        person.person_id,
        person.email,
        person.name,
        person.unit.code,
        person.manager.person_id if person.manager else None,
        person.job_role,
        values.role_list(grant.role for grant in person.role_grants.all()),
        person.is_active,
        person.language,
    )


def register_csv(file: File, reader: Person, *, bom: bool = False) -> Iterator[str]:
    """Yield a file of the register of customers line by line: the rows that the reader may see."""
    return csv_export.lines(file.columns, file.rows(readable(file, reader)), bom=bom)
