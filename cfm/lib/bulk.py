"""Inserting very many rows at once: what the database takes, past the making of a model object for each."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connection, models


def insert(model: type[models.Model], fields: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Insert the rows in the caller's transaction, by COPY where the database has it; nothing is read back.

    fields: names of concrete fields. rows: a value for each, as the driver writes it (UUIDs excepted, which are
    written for the column): numbers, texts, None; JSON as its text. No default is filled in and no signal sent;
    constraints of the database hold as ever. Raises IntegrityError.
    """
    found: list[Any] = [model._meta.get_field(name) for name in fields]
    columns = ", ".join(connection.ops.quote_name(one.column) for one in found)
    table = connection.ops.quote_name(model._meta.db_table)
    if connection.vendor == "postgresql":
        copying = f"COPY {table} ({columns}) FROM STDIN"
        with (
            connection.cursor() as cursor,
            connection.wrap_database_errors,
            cursor.copy(copying) as copy,
        ):
            for row in rows:
                copy.write_row(row)
        return
    places = [place for place, one in enumerate(found) if _target(one).get_internal_type() == "UUIDField"]
    marks = ", ".join(["%s"] * len(found))
    cells: Any = (_without_uuids(row, places) for row in rows) if places else rows
    with connection.cursor() as cursor:
        cursor.executemany(f"INSERT INTO {table} ({columns}) VALUES ({marks})", cells)  # noqa: S608 (quoted above)


def _target(one: Any) -> Any:
    return one.target_field if one.is_relation else one


def _without_uuids(row: Sequence[Any], places: Sequence[int]) -> list[Any]:
    """Return the row with UUIDs as the 32 digits that stand in a column of text."""
    cells = list(row)
    for place in places:
        cells[place] = None if cells[place] is None else cells[place].hex
    return cells
