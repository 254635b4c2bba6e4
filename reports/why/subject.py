"""What a page explains: which figure of which unit, and the statements it rests on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from django.utils.translation import gettext as _

from assessments.instrument.content import Instrument, Item, Lens
from reports import statistics
from reports.made import Found
from reports.queries import ALL, PublishedCycle, UnitRow
from reports.statistics import Answers

AUDIENCES: Final = ("all", "staff", "manager", "evidence", "composite")
PEOPLE: Final = AUDIENCES[:3]


@dataclass(frozen=True)
class Subject:
    """The figure a page explains, with the others of its unit and lens: (audience, dimension) → figure."""

    cycle: PublishedCycle
    unit: UnitRow
    lens: Lens
    audience: str
    dimension: str
    figures: Mapping[tuple[str, str], Found]

    @property
    def instrument(self) -> Instrument:
        return self.cycle.instrument

    def items(self) -> list[Item]:
        """The statements of the dimension as this audience is asked them; of all together: staff's, or the pair's."""
        asked = [item for item in self.instrument.items if item.kind == "rating" and self._is_inside(item)]
        if self.audience != "all":
            return [item for item in asked if item.audience == self.audience]
        staff = [item for item in asked if item.audience == "staff"]
        told = {item.pair for item in staff}
        return staff + [item for item in asked if item.audience == "manager" and item.code not in told]

    def answers(self) -> list[Answers]:
        items = {item.code for item in self.items()}
        return [
            one
            for one in statistics.answers(self.cycle, self.unit, audience=self.audience)
            if one.item in items
        ]

    def _is_inside(self, item: Item) -> bool:
        place = item.dimensions.get(self.lens.code)
        return place == self.dimension or (self.dimension == ALL and place is not None)


def audience_titles() -> Mapping[str, str]:
    """Return whose figures there are: code → name."""
    return {
        "all": _("All answers"),
        "staff": _("Staff"),
        "manager": _("Managers"),
        "evidence": _("Evidence"),
        "composite": _("Composite"),
    }
