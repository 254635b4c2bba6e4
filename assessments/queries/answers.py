"""The answers of a counted cycle as matrices: texts joined by the database, so that no row is made for a person.

Each person is `_DIGITS` digits of the unit's id and then the codes. SQLite reads its table from one end to the other,
some ten thousand rows at a time; PostgreSQL reads a range of units.
"""

from collections.abc import Iterator, Sequence
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt
from django.db import connection

from assessments.models import Cycle, CycleUnit, Response
from assessments.scoring.spec import Spec
from assessments.scoring.tally import decode

_DIGITS: Final = 12
_ROWS_AT_ONCE: Final = 100_000
_TABLE: Final = Response._meta.db_table


class Matrix(NamedTuple):
    """codes: uint8 (n, items) as `tally.decode` gives them; unit: int (n,), positions in the frozen tree."""

    codes: npt.NDArray[np.uint8]
    unit: npt.NDArray[np.int64]


def matrices(
    cycle: Cycle, spec: Spec, units: Sequence[CycleUnit], *, part: range | None = None
) -> dict[str, Matrix]:
    """Return the answers of each audience. part: positions of the units whose answers are wanted; None for all.

    Raises ValueError for a row that is not whole, or in a unit of another cycle.
    """
    ids = np.array([unit.pk for unit in units], dtype=np.int64)
    wanted = [int(one) for one in ids] if part is None else [int(one) for one in ids[part.start : part.stop]]
    pages: dict[str, list[Matrix]] = {audience: [] for audience in spec.audiences}
    for page in _pages(cycle.pk, spec.audiences, None if part is None else wanted):
        for audience, text in zip(spec.audiences, page, strict=True):
            if text:
                pages[audience].append(_matrix(text.encode(), len(spec.items[audience]), ids))
    return {audience: _joined(pages.pop(audience), len(spec.items[audience])) for audience in spec.audiences}


def _pages(
    cycle: int, audiences: Sequence[str], units: Sequence[int] | None
) -> Iterator[Sequence[str | None]]:
    """Yield pages: per audience the joined texts. units: ids; None for all of the cycle."""
    if connection.vendor == "postgresql":
        yield from _of_postgresql(cycle, audiences, units)
    else:
        yield from _of_sqlite(cycle, audiences, units)


def _of_postgresql(
    cycle: int, audiences: Sequence[str], units: Sequence[int] | None
) -> Iterator[Sequence[str | None]]:
    one = "string_agg(lpad(unit_id::text, %s, '0') || codes, '') FILTER (WHERE audience = %s)"
    each: list[Any] = [value for audience in audiences for value in (_DIGITS, audience)]
    where, more = ("", list[Any]()) if units is None else (" AND unit_id = ANY(%s)", [list(units)])
    sql = f"SELECT {', '.join([one] * len(audiences))} FROM {_TABLE} WHERE cycle_id = %s{where}"  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(sql, [*each, cycle, *more])
        yield cursor.fetchone()


def _of_sqlite(
    cycle: int, audiences: Sequence[str], units: Sequence[int] | None
) -> Iterator[Sequence[str | None]]:
    """Read the table in its own order: over an index each row costs a search of its own, five times as much."""
    one = f"group_concat(printf('%%0{_DIGITS}d', unit_id) || codes, '') FILTER (WHERE audience = %s)"
    where = "" if units is None else f" AND unit_id IN ({', '.join(map(str, units))})"
    sql = (
        f"SELECT {', '.join([one] * len(audiences))} FROM {_TABLE} NOT INDEXED "  # noqa: S608 (names of ours)
        f"WHERE cycle_id = %s{where} AND rowid > %s AND rowid <= %s"
    )
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT COALESCE(MAX(rowid), 0) FROM {_TABLE}")  # noqa: S608
        last = cursor.fetchone()[0]
        for start in range(0, last, _ROWS_AT_ONCE):
            cursor.execute(sql, [*audiences, cycle, start, start + _ROWS_AT_ONCE])
            yield cursor.fetchone()


def _matrix(text: bytes, items: int, ids: npt.NDArray[np.int64]) -> Matrix:
    """Return the people of a text. Raises ValueError; see `matrices`."""
    width = _DIGITS + items
    if len(text) % width:
        raise ValueError(f"{len(text)} characters are not whole rows of {items} items")
    cells = np.frombuffer(text, dtype=np.uint8).reshape(-1, width)
    unit = np.zeros(len(cells), dtype=np.int64)
    for digit in cells[:, :_DIGITS].T:
        unit = unit * 10 + (digit.astype(np.int64) - ord("0"))
    order = np.argsort(ids)
    place = order[np.minimum(np.searchsorted(ids, unit, sorter=order), len(ids) - 1)]
    if (ids[place] != unit).any():
        raise ValueError("answers in a unit that is not of this cycle")
    return Matrix(decode(cells[:, _DIGITS:].tobytes(), items), place)


def _joined(pages: list[Matrix], items: int) -> Matrix:
    if not pages:
        return Matrix(np.zeros((0, items), dtype=np.uint8), np.zeros(0, dtype=np.int64))
    return Matrix(*(np.concatenate(column) for column in zip(*pages, strict=True)))
