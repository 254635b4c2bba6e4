"""goal_frameworks.csv and goals.csv."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Final

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cfm.lib.csv_import import Errors, Row
from cfm.lib.csv_table import Table, amount, choice, date_of, day, line, lines, optional
from improvement.models import Goal, GoalFramework
from improvement.models.goals import MAX_TEXT, MAX_TITLE, MAX_WHY
from improvement.models.reach import editable_units
from improvement.queries.blocks import vocabulary
from improvement.services import files
from improvement.services.files import A_PERSON, A_UNIT, code, codes, complain, known_in
from improvement.services.goals import require_sound, save_framework
from organisation import values
from organisation.models import Person, Unit

A_GOAL: Final = gettext_lazy("the code of a goal in the database")
COLUMNS: Final = {"starts_on": "starts", "due_on": "due", "ends_on": "ends", "delivered_on": "delivered"}
FRAMEWORK_TABLE: Final = Table(
    ("framework", "title", "starts", "ends", "currency"),
    keys=("framework",),
    checks={"framework": code, "title": line(MAX_TITLE), "starts": day, "ends": day, "currency": line(3)},
)
GOAL_TABLE: Final = Table(
    (
        "goal", "framework", "title", "why", "unit", "person_id", "owner", "parent", "block", "key_components",
        "starts", "due", "state", "closing_note", "target_score", "target_cycle",
    ),
    keys=("goal",),
    checks={
        "goal": code,
        "framework": code,
        "title": line(MAX_TITLE),
        "why": optional(lines(MAX_WHY)),
        "unit": code,
        "person_id": optional(code),
        "owner": optional(code),
        "parent": optional(code),
        "block": optional(code),
        "key_components": codes,
        "starts": day,
        "due": day,
        "state": choice(Goal.State.values),
        "closing_note": optional(line(MAX_TEXT)),
        "target_score": optional(amount(places=1, low=Decimal(0), high=Decimal(100))),
        "target_cycle": optional(code),
    },
    numbers=frozenset({"target_score"}),
)  # fmt: skip


def day_in(value: str) -> date:
    found = date_of(value)
    if found is None:
        raise ValueError(value)
    return found


# Frameworks


def write_frameworks(rows: Mapping[str, Row], *, by: Person | None, errors: Errors) -> None:
    known = {one.code: one for one in GoalFramework.objects.filter(code__in=rows)}
    for key, row in rows.items():
        try:
            save_framework(
                framework=known.get(key),
                code=key,
                title=row["title"],
                starts_on=day_in(row["starts"]),
                ends_on=day_in(row["ends"]),
                currency=row["currency"],
                by=by.pk if by else None,
            )
        except ValidationError as error:
            complain(errors, row, error, COLUMNS)


# Goals


def write_goals(rows: Mapping[str, Row], *, by: Person | None, errors: Errors) -> None:
    writer = _GoalWriter(rows, by, errors)
    above = {key: row["parent"] or None for key, row in rows.items()}
    for key in values.on_a_cycle({key: parent for key, parent in above.items() if parent}):
        errors.add(rows[key].number, "parent", rows[key]["parent"], _("a goal that does not serve this one"))
        del above[key]
    for layer in values.from_the_top(above):
        for key in layer:
            writer.write(rows[key])


class _GoalWriter:
    """Looks up what the rows of goals.csv refer to once, then writes row by row."""

    def __init__(self, rows: Mapping[str, Row], by: Person | None, errors: Errors) -> None:
        self.errors, self.by = errors, by
        self.frameworks = {one.code: one for one in GoalFramework.objects.all()}
        self.units: dict[str, Unit] = {one.code: one for one in Unit.objects.all()}
        ids = {row[column] for row in rows.values() for column in ("person_id", "owner")}
        people = Person.objects.select_related("unit").filter(person_id__in=ids)
        self.people = {one.person_id: one for one in people}
        named = {row[column] for row in rows.values() for column in ("goal", "parent")}
        goals = Goal.objects.select_related("unit", "person", "framework").filter(code__in=named)
        self.goals = {one.code: one for one in goals}
        self.words = vocabulary()
        self.reach = None if by is None else set(editable_units(by, "goal.edit"))
        self.people_reach = None if by is None else self._people_reach(by)

    def _people_reach(self, by: Person) -> set[int]:
        return set(Unit.objects.visible_to(by, "goal.edit").values_list("pk", flat=True))

    def write(self, row: Row) -> None:
        """Write one row, or note what is wrong with it."""
        before = self.errors.count
        goal = self.goals.get(row["goal"]) or Goal(code=row["goal"])
        if goal.pk:
            self._require_reach(goal, row, "goal")
        self._fill(goal, row)
        if self.errors.count > before:
            return
        self._require_reach(goal, row, "unit")
        try:
            require_sound(goal)
            goal.full_clean()
        except ValidationError as error:
            complain(self.errors, row, error, COLUMNS)
        if self.errors.count == before:
            goal.save()
            self.goals[goal.code] = goal

    def _require_reach(self, goal: Goal, row: Row, column: str) -> None:
        if goal.person is not None:
            files.require_reach(self.people_reach, goal.person.unit_id, row, column, self.errors)
        else:
            files.require_reach(self.reach, goal.unit_id, row, column, self.errors)

    def _fill(self, goal: Goal, row: Row) -> None:
        look = partial(known_in, row=row, errors=self.errors)
        framework = look(
            self.frameworks,
            column="framework",
            expected=_("the code of a framework in the database"),
            empty=False,
        )
        unit = look(self.units, column="unit", expected=A_UNIT, empty=False)
        person = look(self.people, column="person_id", expected=A_PERSON)
        owner = look(self.people, column="owner", expected=A_PERSON)
        parent = look(
            self.goals, column="parent", expected=_("the code of a goal in this file or in the database")
        )
        look(self.words.blocks, column="block", expected=_("the code of a building block, or nothing"))
        self._check_components(row)
        if framework is None or unit is None:
            return
        if person is not None and person.unit_id != unit.pk:
            expected = _("%s, the unit in which this person works") % person.unit.code
            self.errors.add(row.number, "unit", row["unit"], expected)
        goal.framework, goal.unit, goal.person, goal.owner, goal.parent = (
            framework,
            unit,
            person,
            owner,
            parent,
        )
        goal.title, goal.why, goal.block = row["title"], row["why"], row["block"]
        goal.key_components = row["key_components"].split()
        goal.starts_on, goal.due_on = day_in(row["starts"]), day_in(row["due"])
        goal.state, goal.closing_note = row["state"], row["closing_note"]
        goal.target_score = Decimal(row["target_score"]) if row["target_score"] else None
        goal.target_cycle = row["target_cycle"]

    def _check_components(self, row: Row) -> None:
        for one in row["key_components"].split():
            if one not in self.words.key_components:
                self.errors.add(row.number, "key_components", one, _("codes of key components"))
