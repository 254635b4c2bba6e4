"""actions.csv and action_steps.csv."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cfm.lib.csv_import import Errors, Row
from cfm.lib.csv_table import Table, amount, choice, date_of, day, line, optional, whole
from improvement.models import Action, ActionStep
from improvement.models.actions import MAX_REFERENCE, MAX_TEXT, MAX_TITLE
from improvement.models.reach import editable_units
from improvement.queries import action_cells
from improvement.queries.origins import Origin, origin
from improvement.services import files
from improvement.services.actions import MOST_STEPS, report, save_action, save_step
from improvement.services.files import A_PERSON, A_UNIT, File, code, complain, import_file, known_in
from organisation.models import Person, Unit

ACTION_TABLE: Final = Table(
    (
        "action", "title", "unit", "block", "owner", "planned", "due", "state", "outcome", "ended", "about",
        "expected_points", "baseline_cycle", "told", "more_because",
    ),
    keys=("action",),
    checks={
        "action": code,
        "title": line(MAX_TITLE),
        "unit": code,
        "block": optional(line(20)),
        "owner": optional(code),
        "planned": day,
        "due": day,
        "state": choice(Action.State.values),
        "outcome": optional(line(MAX_TEXT)),
        "ended": optional(day),
        "about": optional(line(MAX_REFERENCE)),
        "expected_points": optional(amount(places=1, digits=4, low=Decimal("0.1"), high=Decimal(100))),
        "baseline_cycle": optional(code),
        "told": choice(["0", "1"]),
        "more_because": optional(line(MAX_TEXT)),
    },
    numbers=frozenset({"expected_points", "told"}),
)  # fmt: skip
STEP_TABLE: Final = Table(
    ("action", "number", "text", "done"),
    keys=("action", "number"),
    checks={
        "action": code,
        "number": whole(1, MOST_STEPS),
        "text": line(MAX_TEXT),
        "done": optional(day),
    },
    numbers=frozenset({"number"}),
)
_COLUMNS: Final = {
    "code": "action",
    "due_on": "due",
    "planned_on": "planned",
    "note": "outcome",
    "on": "ended",
    "done_on": "done",
}


def _editable(by: Person | None) -> QuerySet[Action]:
    found: QuerySet[Action] = Action.objects.all() if by is None else Action.objects.editable_by(by)
    return found


@dataclass(frozen=True)
class _Known:
    """What the rows of a file refer to."""

    actions: Mapping[str, Action]
    units: Mapping[str, Unit]
    owners: Mapping[Any, Person]
    reach: set[int] | None


def _write_actions(rows: Mapping[str, Row], *, by: Person | None, errors: Errors) -> None:
    known = _Known(
        {one.code: one for one in Action.objects.filter(code__in=rows).select_related("unit", "owner")},
        {one.code: one for one in Unit.objects.all()},
        Person.objects.in_bulk({row["owner"] for row in rows.values()}, field_name="person_id"),
        None if by is None else set(editable_units(by, "action.edit")),
    )
    for key in sorted(rows, key=lambda one: rows[one]["state"] in Action.OPEN):  # ended ones make room first
        _write_action(key, rows[key], known, by, errors)


def _write_action(key: str, row: Row, known: _Known, by: Person | None, errors: Errors) -> None:
    before, action = errors.count, known.actions.get(key)
    unit = known_in(known.units, row, "unit", A_UNIT, errors=errors, empty=False)
    owner = known_in(known.owners, row, "owner", A_PERSON, errors=errors)
    if action is not None:
        files.require_reach(known.reach, action.unit_id, row, "action", errors)
    if unit is not None:
        files.require_reach(known.reach, unit.pk, row, "unit", errors)
    about = _about(row, action, by, errors)
    _check_end(row, errors)
    if errors.count == before:
        try:
            _save(row, action, unit, owner, about, by)
        except ValidationError as error:
            complain(errors, row, error, _COLUMNS)


def _about(row: Row, action: Action | None, by: Person | None, errors: Errors) -> Origin | None:
    """What a new action is about; that of a known one stays."""
    if action is not None:
        if row["about"] != action.about:
            errors.add(row.number, "about", row["about"], _("what it was when the action was planned"))
        return None
    found = origin(row["about"], by) if row["about"] else None
    if row["about"] and found is None:
        errors.add(row.number, "about", row["about"], _("a reference to something that you may read"))
    return found


def _check_end(row: Row, errors: Errors) -> None:
    ends = row["state"] not in Action.OPEN
    for column in ("outcome", "ended"):
        if bool(row[column]) != ends:
            expected = _("something if, and only if, the state is done or not_done")
            errors.add(row.number, column, row[column], expected)


def _save(
    row: Row, action: Action | None, unit: Unit, owner: Person | None, about: Origin | None, by: Person | None
) -> None:
    saved = save_action(
        action=action,
        unit=unit,
        origin=about,
        expected_points=Decimal(row["expected_points"]) if row["expected_points"] else None,
        by=by.pk if by else None,
        code=row["action"],
        title=row["title"],
        block=row["block"],
        owner=owner,
        planned_on=date_of(row["planned"]),
        due_on=date_of(row["due"]),
        baseline_cycle=row["baseline_cycle"],
        told=row["told"] == "1",
        more_because=row["more_because"],
    )
    ended: date | None = date_of(row["ended"])
    if (saved.state, saved.outcome, saved.closed_on) != (row["state"], row["outcome"], ended):
        report(action=saved, state=row["state"], note=row["outcome"], by=by, on=ended)


def _write_steps(rows: Mapping[str, Row], *, by: Person | None, errors: Errors) -> None:
    codes = {row["action"] for row in rows.values()}
    actions = {one.code: one for one in Action.objects.filter(code__in=codes)}
    reach = set(_editable(by).filter(code__in=codes).values_list("code", flat=True))
    steps = {
        (one.action_id, one.number): one for one in ActionStep.objects.filter(action__in=actions.values())
    }
    a_code = _("the code of an action in the database")
    for row in rows.values():
        action = known_in(actions, row, "action", a_code, errors=errors, empty=False)
        if action is not None and action.code not in reach:
            errors.add(row.number, "action", row["action"], str(files.OUT_OF_REACH))
        elif action is not None:
            _write_step(row, action, steps, by, errors)


def _write_step(
    row: Row, action: Action, steps: dict[tuple[int, int], ActionStep], by: Person | None, errors: Errors
) -> None:
    number, done = int(row["number"]), date_of(row["done"])
    step = steps.get((action.pk, number)) or ActionStep(action=action, number=number)
    if done is not None and done > timezone.localdate():
        errors.add(row.number, "done", row["done"], _("a day that is not yet to come"))
        return
    try:
        save_step(action=action, step=step, text=row["text"], done_on=done, by=by.pk if by else None)
    except ValidationError as error:
        complain(errors, row, error, _COLUMNS)


FILES: Final[dict[str, File]] = {
    "actions": File(
        ACTION_TABLE,
        gettext_lazy("action"),
        "action",
        "actions",
        lambda by: {ACTION_TABLE.key(one): one for one in action_cells.action_cells(_editable(by))},
        _write_actions,
    ),
    "action_steps": File(
        STEP_TABLE,
        gettext_lazy("step of an action"),
        "action",
        "action_steps",
        lambda by: {STEP_TABLE.key(one): one for one in action_cells.step_cells(_editable(by))},
        _write_steps,
    ),
}
IMPORTS: Final = {name: partial(import_file, kind) for name, kind in FILES.items()}
