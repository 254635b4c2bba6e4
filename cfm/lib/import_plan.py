"""What an import will do, told before it is done: read by commands and by the preview in the browser."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from django.utils.translation import gettext as _

from cfm.lib.csv_import import visible

CREATED: Final = "created"
CHANGED: Final = "changed"


class PlanChangedError(Exception):
    """The file would now do something else than what was shown: look at the new plan first."""

    def __init__(self, plan: "Plan") -> None:
        super().__init__(_("The data changed meanwhile. Please look at what the file does now."))
        self.plan = plan


@dataclass(frozen=True, slots=True)
class FieldChange:
    """A column's value before and after, as it stands in a file."""

    field: str
    old: str
    new: str

    def __str__(self) -> str:
        return f'{self.field} "{visible(self.old)}" → "{visible(self.new)}"'


@dataclass(frozen=True, slots=True)
class Change:
    """One row to create (its filled columns, old values empty) or to change (the columns that differ)."""

    kind: str
    key: str
    fields: tuple[FieldChange, ...]

    @property
    def is_new(self) -> bool:
        return self.kind == CREATED


@dataclass(frozen=True)
class Plan:
    """What a file does. `what`: the kind of rows in a word (unit, person); `unchanged`: rows that stay as they are."""

    what: str
    changes: tuple[Change, ...]
    unchanged: int

    @property
    def created(self) -> int:
        return sum(change.is_new for change in self.changes)

    @property
    def changed(self) -> int:
        return len(self.changes) - self.created

    @property
    def digest(self) -> str:
        """SHA-256 of all changes: equal plans, equal digests."""
        digest = hashlib.sha256()
        for change in self.changes:
            digest.update(repr(change).encode())
        return digest.hexdigest()

    def require(self, digest: str) -> None:
        """Raise PlanChangedError unless this is the plan with that digest; an empty digest accepts every plan."""
        if digest and digest != self.digest:
            raise PlanChangedError(self)

    def lines(self) -> Iterator[str]:
        """Yield a line for each change and one with the counts."""
        for change in self.changes:
            verb = _("created") if change.is_new else _("changed")
            told = ", ".join(map(str, change.fields))
            yield f"{verb} {self.what} {change.key}" + ("" if change.is_new else f": {told}")
        counts = {"created": self.created, "changed": self.changed, "unchanged": self.unchanged}
        yield _("%(created)d created, %(changed)d changed, %(unchanged)d unchanged") % counts


def compare(key: str, old: Mapping[str, str] | None, new: Mapping[str, str]) -> Change | None:
    """Return what turns the old cells (None: no row yet) into the new ones; None where nothing differs.

    >>> compare("A", {"name": "Sales"}, {"name": "Service"}).fields[0].old
    'Sales'
    >>> compare("A", {"name": "Sales"}, {"name": "Sales"})
    """
    before: Mapping[str, str] = {} if old is None else old
    fields = tuple(
        FieldChange(column, before.get(column, ""), value)
        for column, value in new.items()
        if value != before.get(column, "")
    )
    if old is None:
        return Change(CREATED, key, fields)
    return Change(CHANGED, key, fields) if fields else None


def make_plan(
    what: str, *, known: Mapping[str, Mapping[str, str]], wanted: Mapping[str, Mapping[str, str]]
) -> Plan:
    """Return what turns the known rows into the wanted ones, both as cells by key; rows not wanted stay."""
    compared = [compare(key, known.get(key), cells) for key, cells in wanted.items()]
    changes = tuple(change for change in compared if change is not None)
    return Plan(what, changes, len(compared) - len(changes))
