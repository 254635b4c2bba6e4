"""The ways to look at a unit's results: one row of links that keeps unit, cycle and lens."""

from collections.abc import Mapping
from typing import Final
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from organisation import permissions
from organisation.models import Person
from reports.choices import Choice
from reports.queries import UnitRow

# (name of the address, label, the action it needs); the first has the unit in its path, the others as a parameter
PLACES: Final[tuple[tuple[str, Promise, str], ...]] = (
    ("dashboard_unit", _("Overview"), "figures.view"),
    ("levels", _("Levels"), "figures.view"),
    ("priorities", _("Priorities"), "figures.view"),
    ("statements", _("Statements"), "figures.view"),
    ("heat_map", _("Units and blocks"), "dashboard.view"),
    ("shrunken", _("Own and shrunken"), "dashboard.view"),
    ("compare", _("Compare"), "figures.view"),
    ("benchmarks", _("Benchmarks"), "figures.view"),
    ("pack", _("Board pack"), "pack.make"),
)
KEPT: Final = ("cycle", "lens")


def places(person: Person, here: str, unit: UnitRow, query: Mapping[str, str]) -> list[Choice]:
    """Return a link to each place this person may go to. here: the name of the address of the page itself."""
    kept = {name: query[name] for name in KEPT if query.get(name)}
    return [
        Choice(str(label), _address(name, unit, kept), name == here)
        for name, label, action in PLACES
        if permissions.can(person, action)
    ]


def _address(name: str, unit: UnitRow, kept: Mapping[str, str]) -> str:
    if name == "dashboard_unit":
        return reverse(name, args=[unit.code]) + (f"?{urlencode(kept)}" if kept else "")
    return f"{reverse(name)}?{urlencode({'unit': unit.code, **kept})}"
