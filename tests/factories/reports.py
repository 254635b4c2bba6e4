"""Published releases for tests of pages: rows as scoring would write them, with figures chosen by the test.

    cycle = published("autumn", units={"ORG": None, "NORTH": "ORG"}, scores={"ORG": 58, "NORTH": 61})
    published("spring", scores={"ORG": 54, "NORTH": None})              # NORTH is hidden
    published("x", changes={("ORG", "manager", "B3"): {"score": 80}, ("ORG", "all", "B2"): None})

A score is that of all answers in every dimension of every lens. Staff stand 2 points below, managers 3 above,
evidence 10 below. Units exist beside the cycle's frozen tree, so that people can belong to them.
"""

import itertools
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from assessments.instrument import parse
from assessments.instrument.content import Instrument
from assessments.models import Cycle, CycleUnit, Figure, Framework, Release
from organisation.models import Person, RoleGrant, Unit
from tests.factories.assessments import SHIPPED

UNITS: Mapping[str, str | None] = {"ORG": None, "NORTH": "ORG", "DEPOT": "NORTH", "SOUTH": "ORG"}
SCORES: Mapping[str, float | None] = {"ORG": 58, "NORTH": 61, "DEPOT": 64, "SOUTH": 47}
APART: Mapping[str, float] = {"all": 0, "staff": -2, "manager": 3, "evidence": -10, "composite": -3}
PEOPLE: Mapping[str, int] = {"all": 50, "staff": 40, "manager": 10}
Change = Mapping[str, Any] | None
_numbers = itertools.count(1)


def person(*, unit: str = "ORG", role: str = "", name: str = "", reaches: str = "") -> Person:
    """Return somebody new in the unit, with one role besides staff. reaches: the unit a grant is narrowed to."""
    number = next(_numbers)
    row: Person = Person.objects.create(
        person_id=f"R{number:05d}",
        email=f"r{number:05d}@test.example",
        name=name or f"Rae {number:05d}",
        unit=Unit.objects.get(code=unit),
    )
    if role:
        narrowed = Unit.objects.get(code=reaches) if reaches else None
        RoleGrant.objects.create(person=row, role=role, unit=narrowed)
    return row


def live_units(units: Mapping[str, str | None] = UNITS, *, names: Mapping[str, str] | None = None) -> None:
    """Make the units that are not there yet (code → code of the parent, a parent first)."""
    for code, parent in units.items():
        above = Unit.objects.get(code=parent) if parent else None
        Unit.objects.get_or_create(
            code=code, defaults={"name": (names or {}).get(code, code.title()), "parent": above}
        )


@cache
def _shipped() -> tuple[str, str]:
    """Source and digest of the shipped framework; parsing it takes longer than most tests."""
    source = SHIPPED.read_text(encoding="utf-8")
    return source, parse(source).digest


def framework() -> Framework:
    """Return the shipped framework."""
    source, digest = _shipped()
    row, _is_new = Framework.objects.get_or_create(
        code="customer-focus", version=1, defaults={"source": source, "digest": digest}
    )
    return row


def published(
    code: str = "demo-1",
    *,
    units: Mapping[str, str | None] = UNITS,
    scores: Mapping[str, float | None] = SCORES,
    changes: Mapping[tuple[str, str, str], Change] | None = None,
    names: Mapping[str, str] | None = None,
    using: Framework | None = None,
    state: str = Cycle.State.PUBLISHED,
    visible: bool = True,
    **fields: Any,
) -> Cycle:
    """Return a cycle with one release.

    units: in tree order. using: a framework other than the shipped one.
    scores: None or missing hides the unit. changes: (unit, audience, dimension) of any lens →
    other values of the figure, None drops it. fields: of the cycle.
    """
    live_units(units, names=names)
    number = next(_numbers)
    closed = datetime(2025, 1, 1, tzinfo=UTC) + timedelta(days=number)
    defaults: dict[str, Any] = {
        "title": f"Title of {code}",
        "framework": using or framework(),
        "public_key": b"k" * 32,
        "opened_at": closed - timedelta(days=20),
        "closed_at": closed,
        "published_at": closed + timedelta(days=3),
        "close_certificate": {"counted": 40},
    }
    cycle: Cycle = Cycle.objects.create(code=code, state=state, **defaults | fields)
    rows = frozen_tree(cycle, units, names or {})
    release = Release.objects.create(cycle=cycle, number=1, visible=visible, gate={"level": 2, "block": "B2"})
    Figure.objects.bulk_create(_figures(release, rows, scores, changes or {}), batch_size=500)
    return cycle


def frozen_tree(
    cycle: Cycle, units: Mapping[str, str | None], names: Mapping[str, str]
) -> dict[str, CycleUnit]:
    """Make the cycle's units: 10 staff and 2 managers in each."""
    made: dict[str, CycleUnit] = {}
    for position, (code, parent) in enumerate(units.items()):
        made[code] = CycleUnit(
            cycle=cycle,
            position=position,
            parent_position=made[parent].position if parent else -1,
            depth=made[parent].depth + 1 if parent else 0,
            code=code,
            name=names.get(code, code.title()),
            staff_invited=10,
            manager_invited=2,
        )
    CycleUnit.objects.bulk_create(made.values())
    return made


def _figures(
    release: Release,
    units: Mapping[str, CycleUnit],
    scores: Mapping[str, float | None],
    changes: Mapping[tuple[str, str, str], Change],
) -> Iterator[Figure]:
    instrument = release.cycle.framework.instrument
    for code, unit in units.items():
        base = scores.get(code)
        if base is None:
            continue
        for audience, lens, dimension in _keys(instrument):
            change = changes.get((code, audience, dimension), {})
            if change is not None:
                values = _values(instrument, audience, base + APART[audience]) | _level(instrument, change)
                yield Figure(
                    release=release, unit=unit, audience=audience, lens=lens, dimension=dimension, **values
                )


def _keys(instrument: Instrument) -> Iterator[tuple[str, str, str]]:
    for audience in APART:
        for lens in instrument.lenses:
            for dimension in [*(one.code for one in lens.dimensions), "ALL"]:
                yield audience, lens.code, dimension


def _values(instrument: Instrument, audience: str, score: float) -> dict[str, Any]:
    score = min(100.0, max(0.0, score))
    values = {"score": score, "mean": 1 + score / 25} | _level(instrument, {"score": score})
    if audience in PEOPLE:
        interval = {"ci_low": max(0.0, score - 2), "ci_high": min(100.0, score + 2)}
        values |= interval | {"n": PEOPLE[audience], "invited": PEOPLE[audience] + 10, "sd": 0.5, "se": 0.04}
    return values


def _level(instrument: Instrument, values: Mapping[str, Any]) -> dict[str, Any]:
    score = values.get("score")
    if score is None:
        return dict(values)
    return {"level": sum(level.lower <= score for level in instrument.levels)} | dict(values)
