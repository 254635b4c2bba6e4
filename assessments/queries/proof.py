"""What proves that a cycle kept its promise: key, counts, audit; and what a release would show."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, QuerySet
from django.utils.dateparse import parse_datetime

from assessments.models import AUDIENCES, Cycle, Figure, Release

HIDDEN_STATES = (Cycle.State.DRAFT, Cycle.State.CANCELLED)


def provable() -> QuerySet[Cycle]:
    """Return the cycles of which there is something to prove: all that were opened. For everyone who signed in."""
    cycles: QuerySet[Cycle] = Cycle.objects.exclude(state__in=HIDDEN_STATES)
    return cycles


def certificate(cycle: Cycle) -> dict[str, Any]:
    """Return what the close wrote, its moments as datetimes; empty before the close."""
    moments = ("counted_at", "destroyed_at", "answers_deleted_at")
    written: dict[str, Any] = cycle.close_certificate
    return written | {name: parse_datetime(written[name]) for name in moments if name in written}


@dataclass(frozen=True)
class Preview:
    """What a prepared release would show. shown: cells; possible: cells if nothing were hidden."""

    number: int
    shown: int
    possible: int
    units: int
    units_all: int
    units_split: int
    certificate: Mapping[str, Any]

    @property
    def hidden(self) -> int:
        return self.possible - self.shown


def last_release(cycle: Cycle) -> Release | None:
    """Return the newest release of the cycle, prepared or published; None before the scoring."""
    return Release.objects.filter(cycle=cycle).order_by("-number").first()


def preview(cycle: Cycle) -> Preview | None:
    """Count the cells of answers (all, staff, manager) of the newest release that are shown. Four queries."""
    release = last_release(cycle)
    if release is None:
        return None
    instrument = cycle.framework.instrument
    dimensions = sum(len(lens.dimensions) + 1 for lens in instrument.lenses)
    asked = [who for who in AUDIENCES if instrument.closed_items(who)]
    cells = Figure.objects.filter(release=release, audience__in=["all", *asked])
    by_unit = _units_by_audience(cells.filter(lens=instrument.primary.code))
    units = cycle.units.count()
    return Preview(
        number=release.number,
        shown=cells.count(),
        possible=units * dimensions * (1 + len(asked)),
        units=units,
        units_all=by_unit.get("all", 0),
        units_split=min(by_unit.get(who, 0) for who in asked) if len(asked) > 1 else 0,
        certificate=release.certificate,
    )


def _units_by_audience(cells: QuerySet[Figure]) -> dict[str, int]:
    rows = cells.values("audience").annotate(n=Count("unit", distinct=True)).order_by()
    return {row["audience"]: row["n"] for row in rows}
