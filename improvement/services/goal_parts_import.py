"""goal_parts.csv and goal_actuals.csv, and which files of goals there are."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from functools import partial
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cfm.lib.csv_import import Errors, Row
from cfm.lib.csv_table import Cells, Table, amount, choice, date_of, day, line, optional, whole
from improvement.models import Actual, Goal, Indicator, Output
from improvement.models.goals import MAX_TEXT
from improvement.queries import goal_cells
from improvement.services import files
from improvement.services.files import File, code, complain, import_file, known_in
from improvement.services.goal_import import (
    COLUMNS,
    FRAMEWORK_TABLE,
    GOAL_TABLE,
    day_in,
    write_frameworks,
    write_goals,
)
from improvement.services.goals import PARTS, require_sound_part
from organisation.models import Person

A_GOAL: Final = gettext_lazy("the code of a goal in the database")
_PLURAL: Final = {
    "output": "outputs",
    "indicator": "indicators",
    "strategy": "strategies",
    "resource": "resources",
}

PART_TABLE: Final = Table(
    (
        "goal", "part", "number", "text", "output", "measure", "baseline", "target", "due", "delivered", "kind",
        "planned", "used",
    ),
    keys=("goal", "part", "number"),
    checks={
        "goal": code,
        "part": choice(list(_PLURAL)),
        "number": whole(1, 9999),
        "text": line(MAX_TEXT),
        "output": optional(whole(1, 9999)),
        "measure": optional(line(40)),
        "baseline": optional(amount(places=4)),
        "target": optional(amount(places=4)),
        "due": optional(day),
        "delivered": optional(day),
        "kind": optional(choice(["money", "days"])),
        "planned": optional(amount(places=2, low=Decimal(0))),
        "used": optional(amount(places=2, low=Decimal(0))),
    },
    numbers=frozenset({"number", "output", "baseline", "target", "planned", "used"}),
)  # fmt: skip
ACTUAL_TABLE: Final = Table(
    ("goal", "indicator", "on", "value", "note"),
    keys=("goal", "indicator", "on"),
    checks={
        "goal": code,
        "indicator": whole(1, 9999),
        "on": day,
        "value": amount(places=4),
        "note": optional(line(MAX_TEXT)),
    },
    numbers=frozenset({"indicator", "value"}),
)
_FILLED: Final[dict[str, tuple[str, ...]]] = {  # columns that a part has, the first ones must be filled
    "output": (),
    "indicator": ("baseline", "target"),
    "strategy": (),
    "resource": ("output", "kind", "planned"),
}
_ALLOWED: Final[dict[str, frozenset[str]]] = {
    "output": frozenset({"due", "delivered"}),
    "indicator": frozenset({"output", "measure", "baseline", "target"}),
    "strategy": frozenset(),
    "resource": frozenset({"output", "kind", "planned", "used"}),
}


def _goals_for(rows: Mapping[str, Row], by: Person | None) -> tuple[dict[str, Goal], set[str] | None]:
    """Return the goals named by code, and the codes of those whose parts this person may change (None: all)."""
    named = Goal.objects.select_related("framework").filter(code__in={row["goal"] for row in rows.values()})
    goals = {one.code: one for one in named}
    if by is None:
        return goals, None
    return goals, set(Goal.objects.editable_by(by).filter(code__in=goals).values_list("code", flat=True))


def _goal_of(row: Row, goals: dict[str, Goal], reach: set[str] | None, errors: Errors) -> Goal | None:
    goal: Goal | None = known_in(goals, row, "goal", A_GOAL, errors=errors, empty=False)
    if goal is not None and reach is not None and goal.code not in reach:
        errors.add(row.number, "goal", row["goal"], str(files.OUT_OF_REACH))
        return None
    return goal


def _write_parts(rows: Mapping[str, Row], *, by: Person | None, errors: Errors) -> None:
    goals, reach = _goals_for(rows, by)
    for word in _PLURAL:  # outputs come first: the others refer to them
        outputs = {(one.goal_id, one.number): one for one in Output.objects.filter(goal__in=goals.values())}
        for row in rows.values():
            if row["part"] == word:
                _write_part(row, _goal_of(row, goals, reach, errors), outputs, errors)


def _write_part(row: Row, goal: Goal | None, outputs: dict[tuple[int, int], Output], errors: Errors) -> None:
    before = errors.count
    _check_columns(row, errors)
    if goal is None:
        return
    output = outputs.get((goal.pk, int(row["output"]))) if row["output"] else None
    if row["output"] and output is None:
        errors.add(row.number, "output", row["output"], _("the number of an output of this goal"))
    if errors.count > before:
        return
    model = PARTS[_PLURAL[row["part"]]]
    part = model.objects.filter(goal=goal, number=row["number"]).first() or model(
        goal=goal, number=int(row["number"])
    )
    for field, value in _part_fields(row, output).items():
        setattr(part, field, value)
    try:
        require_sound_part(part)
        part.full_clean()
    except ValidationError as error:
        complain(errors, row, error, COLUMNS)
    else:
        part.save()


def _check_columns(row: Row, errors: Errors) -> None:
    """Note what this part must have and hasn't, and what it has and can't have."""
    word = row["part"]
    for column in _FILLED[word]:
        if not row[column]:
            errors.add(row.number, column, "", _("a value, since this is the part %s") % word)
    for column in PART_TABLE.columns[4:]:
        if row[column] and column not in _ALLOWED[word]:
            errors.add(row.number, column, row[column], _("nothing, since this is the part %s") % word)


def _part_fields(row: Row, output: Output | None) -> dict[str, Any]:
    fields: dict[str, Any] = {"text": row["text"]}
    if row["part"] == "output":
        fields |= {"due_on": date_of(row["due"]), "delivered_on": date_of(row["delivered"])}
    elif row["part"] == "indicator":
        fields |= {
            "output": output,
            "measure": row["measure"],
            "baseline": Decimal(row["baseline"]),
            "target": Decimal(row["target"]),
        }
    elif row["part"] == "resource":
        planned, used = Decimal(row["planned"]), Decimal(row["used"] or 0)
        fields |= {"output": output, "kind": row["kind"], "planned": planned, "used": used}
    return fields


# Figures


def _write_actuals(rows: Mapping[str, Row], *, by: Person | None, errors: Errors) -> None:
    goals, reach = _goals_for(rows, by)
    if by is not None and reach is not None:
        own = Goal.objects.reportable_by(by).filter(code__in=goals)
        reach |= set(own.values_list("code", flat=True))
    found = Indicator.objects.filter(goal__in=goals.values()).select_related("goal")
    indicators = {(one.goal.code, one.number): one for one in found}
    known = {
        (one.indicator_id, one.on): one for one in Actual.objects.filter(indicator__in=indicators.values())
    }
    for row in rows.values():
        goal = _goal_of(row, goals, reach, errors)
        if goal is None:
            continue
        indicator = indicators.get((goal.code, int(row["indicator"])))
        if indicator is None:
            expected = _("the number of an indicator of this goal")
            errors.add(row.number, "indicator", row["indicator"], expected)
            continue
        day_ = day_in(row["on"])
        actual = known.get((indicator.pk, day_)) or Actual(indicator=indicator, on=day_)
        actual.value, actual.note = Decimal(row["value"]), row["note"]
        actual.save()


def _by_key(table: Table, rows: Iterable[Cells]) -> dict[str, Cells]:
    return {table.key(cells): cells for cells in rows}


def _editable(by: Person | None) -> QuerySet[Goal]:
    found: QuerySet[Goal] = Goal.objects.all() if by is None else Goal.objects.editable_by(by)
    return found


def _reportable(by: Person | None) -> QuerySet[Goal]:
    found: QuerySet[Goal] = Goal.objects.all() if by is None else Goal.objects.reportable_by(by)
    return found


FILES: Final[dict[str, File]] = {
    "goal_frameworks": File(
        FRAMEWORK_TABLE,
        gettext_lazy("framework"),
        "goal",
        "goal_frameworks",
        lambda by: _by_key(FRAMEWORK_TABLE, goal_cells.framework_cells()),
        write_frameworks,
    ),
    "goals": File(
        GOAL_TABLE,
        gettext_lazy("goal"),
        "goal",
        "goals",
        lambda by: _by_key(GOAL_TABLE, goal_cells.goal_cells(_editable(by))),
        write_goals,
    ),
    "goal_parts": File(
        PART_TABLE,
        gettext_lazy("part"),
        "goal",
        "goal_parts",
        lambda by: _by_key(PART_TABLE, goal_cells.part_cells(_editable(by))),
        _write_parts,
    ),
    "goal_actuals": File(
        ACTUAL_TABLE,
        gettext_lazy("figure"),
        "goal",
        "goal_actuals",
        lambda by: _by_key(ACTUAL_TABLE, goal_cells.actual_cells(_reportable(by))),
        _write_actuals,
    ),
}
IMPORTS: Final = {name: partial(import_file, file_kind) for name, file_kind in FILES.items()}
