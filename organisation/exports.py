"""units.csv, people.csv and the files of the register of customers as they are imported; and all about one person."""

import io
import json
import zipfile
from collections.abc import Iterator
from typing import Final

from django.core.serializers.json import DjangoJSONEncoder
from django.utils.translation import gettext as _

from cfm.lib import csv_export, personal
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


ABOUT: Final = "about.txt"


def my_data(person: Person) -> bytes:
    """Return a ZIP of all that is held about the person: a CSV a table, one JSON file, and what it is for in words."""
    tables = {part.name: [list(row) for row in part.rows(person.pk)] for part in personal.PARTS.values()}
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(ABOUT, _about(tables))
        archive.writestr("my-data.json", _json(tables))
        for name, rows in tables.items():
            archive.writestr(f"{name}.csv", "".join(csv_export.lines(personal.PARTS[name].columns, rows)))
    return file.getvalue()


def _json(tables: dict[str, list[list[object]]]) -> str:
    named = {
        name: [dict(zip(personal.PARTS[name].columns, row, strict=True)) for row in rows]
        for name, rows in tables.items()
    }
    return json.dumps(named, cls=DjangoJSONEncoder, ensure_ascii=False, indent=2)


def _about(tables: dict[str, list[list[object]]]) -> str:
    answers = _(
        "Your answers to questionnaires are not in these files: they are stored without your name, and neither a page "
        "nor a command of this product can look yours up."
    )
    parts = (
        f"{name}.csv – {personal.PARTS[name].title} ({len(rows)})\n{personal.PARTS[name].kept}"
        for name, rows in tables.items()
    )
    return "\n\n".join([*parts, answers, ""])
