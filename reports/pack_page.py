"""The page of the board pack: whose it is, how far it is, its files, and a sheet for each team."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from django.urls import reverse
from django.utils.translation import get_language

from cfm.lib.models import Job
from organisation.models import Person
from reports import queries
from reports.choices import Choice, choice, picked
from reports.desk import at_home
from reports.models import Pack, PackMailing
from reports.pack import FILES
from reports.queries import PublishedCycle, UnitRow
from reports.services import mailing, packs

SHEETS: Final = 60  # teams listed; deeper ones are found on the pages of their units


@dataclass(frozen=True)
class File:
    """One file to download."""

    name: str
    label: str
    url: str
    size: int


@dataclass(frozen=True)
class Sheet:
    """The way to a team's sheet."""

    name: str
    url: str


@dataclass(frozen=True)
class PackPage:
    """What the page shows. job: the newest wish for this pack."""

    cycle: PublishedCycle
    unit: UnitRow
    pack: Pack | None
    job: Job | None
    files: Sequence[File]
    sheets: Sequence[Sheet]
    mailing: PackMailing
    cycles: Sequence[Choice]


def pack_page(person: Person, parameters: Mapping[str, str]) -> PackPage | None:
    """Return the page, or None before the first publication. Raises NotFoundError for what isn't there."""
    found = place(person, parameters)
    if found is None:
        return None
    cycles, cycle, unit, below = found
    pack = (
        Pack.objects.visible_to(person)
        .filter(release=cycle.release, unit__position=unit.position, language=get_language())
        .first()
    )
    query = {"unit": unit.code, "cycle": cycle.code}
    return PackPage(
        cycle=cycle,
        unit=unit,
        pack=pack,
        job=_job(cycle, unit),
        files=_files(pack) if pack else [],
        sheets=[
            Sheet(row.name, f"{reverse('team_sheet', args=[row.code])}?cycle={cycle.code}") for row in below
        ],
        mailing=mailing.chosen(),
        cycles=[choice(query, "cycle", one.code, one.title, one is cycle) for one in reversed(cycles)],
    )


Place = tuple[Sequence[PublishedCycle], PublishedCycle, UnitRow, Sequence[UnitRow]]


def place(person: Person, parameters: Mapping[str, str]) -> Place | None:
    """Return the cycles, the one named, the unit named, and the shallowest units from there down.

    None before the first publication. Raises NotFoundError for what this person does not reach by role.
    """
    cycles = queries.published_cycles()
    if not cycles:
        return None
    cycle = picked(cycles, parameters.get("cycle") or None, cycles[-1])
    tree, reach = queries.tree(cycle), queries.reach(person)
    unit = at_home(tree, reach, parameters.get("unit") or None, below=True)
    rows = sorted(tree.below(unit), key=lambda row: row.depth)[:SHEETS]
    return cycles, cycle, unit, sorted(rows, key=lambda row: row.position)


def _job(cycle: PublishedCycle, unit: UnitRow) -> Job | None:
    """The newest wish, if it is not done yet."""
    name = packs.key(cycle.release, queries.cycle_unit(cycle, unit).pk, get_language() or "")
    newest = Job.objects.filter(kind=packs.MAKE, key=name).order_by("-created_at").first()
    return None if newest is None or newest.state == Job.State.DONE else newest


def _files(pack: Pack) -> list[File]:
    sizes = dict(pack.files.values_list("name", "size"))
    return [
        File(name, str(label), reverse("pack_file", args=[pack.pk, name]), sizes[name])
        for name, (label, _make) in FILES.items()
        if name in sizes
    ]
