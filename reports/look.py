"""A page that looks at one unit's results in one way: a headline, choosers, and panels."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from reports.choices import Choice
from reports.facts import Panel
from reports.plans import Plan
from reports.queries import PublishedCycle, UnitRow


@dataclass(frozen=True)
class Option:
    """One entry of a select."""

    value: str
    label: str
    chosen: bool


@dataclass(frozen=True)
class Select:
    """A choice too long for a row of links. name: its word in the address."""

    name: str
    label: str
    options: Sequence[Option]


@dataclass(frozen=True)
class Look:
    """What the page shows. choosers: (label, its links). selects, kept: a form, and what it carries along.

    action: (address, label) of what the reader may do here. plans: what an action could be planned about.
    """

    title: str
    headline: str
    cycle: PublishedCycle
    unit: UnitRow
    panels: Sequence[Panel]
    choosers: Sequence[tuple[str, Sequence[Choice]]] = ()
    selects: Sequence[Select] = ()
    kept: Sequence[tuple[str, str]] = ()
    notes: Sequence[str] = field(default=())
    action: tuple[str, str] | None = None
    plans: Sequence[Plan] = ()
