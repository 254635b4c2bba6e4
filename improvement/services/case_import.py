"""business_cases.csv and business_case_versions.csv."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import partial
from typing import Final

from django.core.exceptions import ValidationError
from django.db.models import Max, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cfm.lib.csv_import import Errors, Row
from cfm.lib.csv_table import Table, amount, choice, line, optional, whole
from improvement.models import BusinessCase, CaseInput
from improvement.models.cases import MAX_TEXT, MAX_TITLE, MOST
from improvement.models.reach import editable_units
from improvement.queries import case_cells
from improvement.queries.case_cells import NOTE
from improvement.services import files
from improvement.services.cases import InputData, save_case, save_version
from improvement.services.files import A_UNIT, File, code, complain, import_file, known_in
from organisation.models import Person, Unit

CASE_TABLE: Final = Table(
    ("case", "title", "unit", "currency"),
    keys=("case",),
    checks={"case": code, "title": line(MAX_TITLE), "unit": code, "currency": line(3)},
)
_FIGURE: Final = optional(amount(places=2, low=Decimal(0), high=MOST))
VERSION_TABLE: Final = Table(
    ("case", "version", "input", "low", "high", "assumption"),
    keys=("case", "version", "input"),
    checks={
        "case": code,
        "version": whole(1, 9999),
        "input": choice([*CaseInput.Kind.values, NOTE]),
        "low": _FIGURE,
        "high": _FIGURE,
        "assumption": optional(line(MAX_TEXT)),
    },
    numbers=frozenset({"version", "low", "high"}),
)


def _editable(by: Person | None) -> QuerySet[BusinessCase]:
    found: QuerySet[BusinessCase] = (
        BusinessCase.objects.all() if by is None else BusinessCase.objects.editable_by(by)
    )
    return found


def _write_cases(rows: Mapping[str, Row], *, by: Person | None, errors: Errors) -> None:
    known = {one.code: one for one in BusinessCase.objects.select_related("unit").filter(code__in=rows)}
    units = {one.code: one for one in Unit.objects.all()}
    reach = None if by is None else set(editable_units(by, "case.edit"))
    for key, row in rows.items():
        before = errors.count
        unit = known_in(units, row, "unit", A_UNIT, errors=errors, empty=False)
        if key in known:
            files.require_reach(reach, known[key].unit_id, row, "case", errors)
        if unit is not None:
            files.require_reach(reach, unit.pk, row, "unit", errors)
        if errors.count > before:
            continue
        told = {"title": row["title"], "unit": unit, "currency": row["currency"]}
        try:
            save_case(case=known.get(key), code=key, by=by.pk if by else None, **told)
        except ValidationError as error:
            complain(errors, row, error, {"code": "case"})


def _write_versions(rows: Mapping[str, Row], *, by: Person | None, errors: Errors) -> None:
    codes = {row["case"] for row in rows.values()}
    cases = BusinessCase.objects.in_bulk(codes, field_name="code")
    reach = None if by is None else set(_editable(by).filter(code__in=codes).values_list("code", flat=True))
    groups: defaultdict[tuple[str, int], list[Row]] = defaultdict(list)
    for row in rows.values():
        groups[row["case"], int(row["version"])].append(row)
    with_last = BusinessCase.objects.filter(code__in=codes).annotate(last=Max("versions__number"))
    last = {code: number or 0 for code, number in with_last.values_list("code", "last")}
    for (case, number), group in sorted(groups.items()):
        if _may_follow(group[0], last, reach, errors):
            _write_version(cases[case], group, by, errors)
            last[case] = number


def _may_follow(row: Row, last: Mapping[str, int], reach: set[str] | None, errors: Errors) -> bool:
    """Note a case that isn't there or out of reach, and a version that isn't the next."""
    if row["case"] not in last:
        errors.add(row.number, "case", row["case"], _("the code of a business case in the database"))
        return False
    if reach is not None and row["case"] not in reach:
        errors.add(row.number, "case", row["case"], str(files.OUT_OF_REACH))
        return False
    following = last[row["case"]] + 1
    if int(row["version"]) != following:
        expected = _("%d, the next one: a saved version never changes") % following
        errors.add(row.number, "version", row["version"], expected)
        return False
    return True


def _write_version(case: BusinessCase, group: Sequence[Row], by: Person | None, errors: Errors) -> None:
    before = errors.count
    note, inputs, places = "", {}, {}
    for row in group:
        places[row["input"]] = row
        if row["input"] == NOTE:
            note = row["assumption"]
            continue
        for column in ("low", "high"):
            if not row[column]:
                errors.add(row.number, column, "", _("a number: a figure is a range"))
        if row["low"] and row["high"]:
            inputs[row["input"]] = InputData(Decimal(row["low"]), Decimal(row["high"]), row["assumption"])
    if errors.count > before:
        return
    try:
        save_version(case=case, inputs=inputs, note=note, by=by)
    except ValidationError as error:
        _complain(errors, group[0], places, error)


def _complain(errors: Errors, first: Row, places: Mapping[str, Row], error: ValidationError) -> None:
    """Note what is wrong with a figure in its row; with one that is missing in the first of the version."""
    for kind, found in (getattr(error, "error_dict", None) or {"": [error]}).items():
        row = places.get(kind, first)
        column = "low" if kind in places else "input" if kind else ""
        for message in ValidationError(found).messages:
            told = message if kind in places or not kind else f"{kind}: {message}"
            errors.add(row.number, column, row[column] if column else "", told)


FILES: Final = {
    "business_cases": File(
        CASE_TABLE,
        gettext_lazy("business case"),
        "case",
        "business_cases",
        lambda by: {CASE_TABLE.key(one): one for one in case_cells.case_cells(_editable(by))},
        _write_cases,
    ),
    "business_case_versions": File(
        VERSION_TABLE,
        gettext_lazy("figure of a version"),
        "case",
        "business_case_versions",
        lambda by: {VERSION_TABLE.key(one): one for one in case_cells.version_cells(_editable(by))},
        _write_versions,
    ),
}
IMPORTS: Final = {name: partial(import_file, kind) for name, kind in FILES.items()}
