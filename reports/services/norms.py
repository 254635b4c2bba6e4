"""norms.csv: tables of other organisations' scores, created and changed by code; all or nothing."""

import itertools
from collections import defaultdict
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Final

from django.db import transaction
from django.utils.translation import gettext as _

from assessments.models import Framework
from cfm.lib import audit
from cfm.lib.csv_import import Errors, Row, index, read_rows, text_cell
from cfm.lib.import_plan import Plan, make_plan
from organisation.models import Person
from reports.models import Norm, NormPoint

COLUMNS: Final = ("norm", "title", "source", "block", "percentile", "score")
KEY: Final = ("norm", "block", "percentile")
LEAST_POINTS: Final = 3  # fewer tell too little of a distribution
Cells = dict[str, str]


@transaction.atomic
def import_norms(
    data: bytes, *, file: str, by: Person | None = None, dry_run: bool = False, expect: str = ""
) -> Plan:
    """Create and change norms. A norm and block in the file replace all of that norm's points of that block.

    data: the file's content; file: its name in messages; by: who does it (None: the server's shell);
    expect: the digest of a plan seen before, empty for any. Returns what was done, or with `dry_run` would be.
    Raises InvalidFileError with every mistake, PlanChangedError if the plan is not the expected one; either way
    nothing is changed.
    """
    wanted = _read(data, file)
    plan = make_plan(_("percentile"), known=_known(), wanted=wanted)
    plan.require(expect)
    if not dry_run:
        _write(wanted)
        if plan.changes:
            actor = by.pk if by else None
            audit.record("norm.import", "norms", by=actor, created=plan.created, changed=plan.changed)
    return plan


def _known() -> dict[str, Cells]:
    rows = NormPoint.objects.select_related("norm").order_by("norm__code", "block", "percentile")
    return {
        f"{row.norm.code}/{row.block}/{row.percentile}": {
            "norm": row.norm.code,
            "title": row.norm.title,
            "source": row.norm.source,
            "block": row.block,
            "percentile": str(row.percentile),
            "score": _plain(Decimal(repr(row.score))),
        }
        for row in rows
    }


def _plain(value: Decimal) -> str:
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def _read(data: bytes, file: str) -> dict[str, Cells]:
    """Return the cells of the file by norm, block and percentile, checked against each other."""
    errors = Errors(file)
    rows = index(read_rows(data, errors=errors, required=COLUMNS), KEY, errors=errors)
    blocks = {block.code for row in Framework.objects.all() for block in row.instrument.blocks}
    for row in rows.values():
        _check(row, blocks, errors)
    errors.raise_if_any()
    wanted = {"/".join(_key(row)): _cells(row) for row in rows.values()}
    _check_together(list(rows.values()), errors)
    errors.raise_if_any()
    return wanted


def _key(row: Row) -> tuple[str, str, str]:
    return row["norm"], row["block"], str(int(row["percentile"]))


def _cells(row: Row) -> Cells:
    numbers = {"percentile": str(int(row["percentile"])), "score": _plain(Decimal(row["score"]))}
    return {column: row[column] for column in COLUMNS} | numbers


def _check(row: Row, blocks: set[str], errors: Errors) -> None:
    text_cell(row, "norm", limit=40, errors=errors)
    text_cell(row, "title", limit=200, errors=errors)
    text_cell(row, "source", limit=300, errors=errors)
    if row["block"] not in blocks:
        errors.add(row.number, "block", row["block"], _("the code of a block of a loaded framework"))
    place = row["percentile"]
    if not (place.isascii() and place.isdigit() and 1 <= int(place[:4]) <= 99):
        errors.add(row.number, "percentile", place, _("a whole number from 1 to 99"))
    if not _is_score(row["score"]):
        errors.add(row.number, "score", row["score"], _("a number from 0 to 100, with a point"))


def _is_score(text: str) -> bool:
    try:
        return 0 <= Decimal(text) <= 100
    except InvalidOperation:
        return False


def _check_together(rows: list[Row], errors: Errors) -> None:
    """A norm has one title and source; a block's scores climb with the percentile, from at least three of them."""
    first: dict[str, Row] = {}
    tables: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in rows:
        before = first.setdefault(row["norm"], row)
        for column in ("title", "source"):
            if row[column] != before[column]:
                expected = _("the same as in row {row}: “{value}”").format(
                    row=before.number, value=before[column]
                )
                errors.add(row.number, column, row[column], expected)
        tables[row["norm"], row["block"]].append(row)
    for table in tables.values():
        table.sort(key=lambda row: int(row["percentile"]))
        if len(table) < LEAST_POINTS:
            expected = _("at least {n} percentiles of a block").format(n=LEAST_POINTS)
            errors.add(table[-1].number, "percentile", table[-1]["percentile"], expected)
        for below, row in itertools.pairwise(table):
            if Decimal(row["score"]) < Decimal(below["score"]):
                expected = _("at least {score}, the score of the percentile below").format(
                    score=below["score"]
                )
                errors.add(row.number, "score", row["score"], expected)


def _write(wanted: Mapping[str, Cells]) -> None:
    norms = {}
    for cells in wanted.values():
        if cells["norm"] not in norms:
            values = {"title": cells["title"], "source": cells["source"]}
            norms[cells["norm"]], _is_new = Norm.objects.update_or_create(code=cells["norm"], defaults=values)
    for code, block in {(cells["norm"], cells["block"]) for cells in wanted.values()}:
        NormPoint.objects.filter(norm=norms[code], block=block).delete()
    NormPoint.objects.bulk_create(
        NormPoint(
            norm=norms[cells["norm"]],
            block=cells["block"],
            percentile=int(cells["percentile"]),
            score=float(cells["score"]),
        )
        for cells in wanted.values()
    )


@transaction.atomic
def delete_norm(*, norm: Norm, by: Person) -> None:
    """Take a norm away, with its points."""
    audit.record("norm.delete", norm.code, by=by.pk)
    norm.delete()
