"""What a board pack tells of a unit: the minute, every panel of its page, and the blocks by every other lens."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import count

from django.utils.translation import gettext as _

from assessments import exports
from assessments.models import Cycle, CycleUnit, Release
from reports import panels, queries
from reports.benchmarks import benchmark_panels
from reports.choices import NotFoundError
from reports.desk import Desk, desk_of
from reports.facts import Panel
from reports.overview import Overview, overview
from reports.pages import headline, panels_of
from reports.priorities import priorities_panel
from reports.queries import Reach
from reports.statements import statement_panels


@dataclass(frozen=True)
class Content:
    """A unit's results in one cycle. figures: rows of scores.csv for the unit and those below it."""

    unit: str
    cycle: str
    headline: str
    rests_on: str
    minute: Overview
    panels: Sequence[Panel]
    columns: Sequence[str]
    figures: Sequence[exports.Row]

    @property
    def title(self) -> str:
        return _("Customer focus of {unit}").format(unit=self.unit)


def gather(release: Release, unit: CycleUnit) -> Content:
    """Return what the pack tells: of published figures, as who reaches the unit and all below it reads them.

    Raises NotFoundError when the release is not the visible one of its cycle.
    """
    desk = _desk(release, unit)
    facts = desk.facts(aims=True)
    return Content(
        unit=desk.unit.name,
        cycle=desk.cycle.title,
        headline=headline(desk),
        rests_on=_("Every figure rests on at least {k} answers.").format(k=desk.cycle.k),
        minute=overview(facts, desk.unit),
        panels=_numbered(
            [
                *panels_of(desk, facts),
                priorities_panel(desk, facts),
                *statement_panels(desk.cycle, desk.unit),
                *benchmark_panels(desk, facts),
                *_other_lenses(release, unit, desk),
            ]
        ),
        columns=exports.COLUMNS,
        figures=_figures(release, desk),
    )


def _desk(release: Release, unit: CycleUnit, **query: str) -> Desk:
    cycles = queries.published_cycles()
    cycle = next((one for one in cycles if one.release == release.pk), None)
    if cycle is None:
        raise NotFoundError(str(release.pk))
    tree = queries.tree(cycle)
    top = next(row for row in tree.units if row.position == unit.position)
    reach = Reach(top.code, frozenset(row.code for row in tree.below(top)))
    return desk_of(reach, top.code, cycles, {"cycle": cycle.code, **query})


def _other_lenses(release: Release, unit: CycleUnit, desk: Desk) -> list[Panel]:
    found = []
    for lens in desk.instrument.lenses:
        if lens.primary:
            continue
        other = _desk(release, unit, lens=lens.code)
        whole = other.tree.units[0] if other.unit.parent >= 0 else None
        found.append(panels.blocks(other.facts(), other.unit, whole))
    return found


def _numbered(found: Sequence[Panel]) -> list[Panel]:
    """Panels under names of their own, for files and sheets."""
    return [
        replace(panel, id=f"{number:02d}-{panel.id}") for number, panel in zip(count(1), found, strict=False)
    ]


def _figures(release: Release, desk: Desk) -> list[exports.Row]:
    cycle = Cycle.objects.select_related("framework").get(pk=release.cycle_id)
    positions = [row.position for row in desk.tree.below(desk.unit)]
    units = cycle.units.filter(position__in=positions).order_by("position")
    return list(exports.published_rows(cycle=cycle, release=release, units=units))
