"""The random model behind the demo's answers.

Person p of unit u answers item i of block b in cycle c with the nearest option to

    3 + block(b) + improvement(b, c) + unit(u, b) + rosier(b) if p is a manager + person(p) + item(i) + noise,

where unit ~ N(0, 0.45) for a unit and N(0, 0.15) more for each of its blocks, person ~ N(0, 0.5), item ~ N(0, 0.12)
and noise ~ N(0, 0.75), cut to the scale and turned round for reversed items. 2 % of the answers are missing and 4 %
say "does not apply". One block (B3) improves from cycle to cycle and B8 falls back a little; managers see everything
0.35 to 1 point rosier than staff. The turnout of a unit is uniform between 62 and 95 %. Figures are not made
up anywhere else: everything on the dashboards is computed from these answers by the real jobs.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from assessments.instrument import Instrument, Item

BLOCK: Final = {
    "B1": 0.55,
    "B2": -0.55,
    "B3": -0.15,
    "B4": 0.35,
    "B5": 0.05,
    "B6": -0.1,
    "B7": -0.3,
    "B8": 0.2,
}
IMPROVEMENT: Final = {"B3": 0.32, "B6": 0.08, "B8": -0.12}
ROSIER: Final = {"B2": 0.35, "B3": 0.5, "B5": 0.6, "B7": 1.0, "B8": 0.8}
ROSIER_ELSE: Final = 0.45
MISSING: Final = 0.02
NOT_APPLICABLE: Final = 0.04


@dataclass(frozen=True)
class Respondent:
    """Someone who was asked: place of the unit in the frozen tree, and audience."""

    unit: int
    audience: str


@dataclass(frozen=True)
class World:
    """What stays the same over all cycles: how units and items differ."""

    units: npt.NDArray[np.float64]  # (units, blocks)
    turnout: npt.NDArray[np.float64]  # (units,)
    items: Mapping[str, float]


def make_world(instrument: Instrument, *, units: int, seed: int) -> World:
    """Draw the units' and items' effects."""
    rng = np.random.default_rng([seed, 1])
    blocks = len(instrument.blocks)
    unit = rng.normal(0, 0.45, (units, 1)) + rng.normal(0, 0.15, (units, blocks))
    items = {item.code: float(rng.normal(0, 0.12)) for item in instrument.items}
    return World(units=unit, turnout=rng.uniform(0.62, 0.95, units), items=items)


def who_answers(
    world: World, asked: Sequence[Respondent], *, cycle: int, seed: int, share: float = 1.0
) -> npt.NDArray[np.bool_]:
    """Return for each person asked whether they answer; `share` scales the turnout (a cycle still open)."""
    rng = np.random.default_rng([seed, 2, cycle])
    chance = np.array([world.turnout[one.unit] for one in asked]) * share
    answers: npt.NDArray[np.bool_] = rng.random(len(asked)) < chance
    return answers


def answer(
    instrument: Instrument, world: World, asked: Sequence[Respondent], *, cycle: int, seed: int
) -> list[str]:
    """Return the codes of everybody asked, a character an item in the frozen order of their audience."""
    rng = np.random.default_rng([seed, 3, cycle])
    lens = next(lens.code for lens in instrument.lenses if lens.primary)
    blocks = [dimension.code for dimension in instrument.blocks]
    return [_person(instrument, world, one, lens, blocks, cycle, rng) for one in asked]


def _person(
    instrument: Instrument,
    world: World,
    one: Respondent,
    lens: str,
    blocks: Sequence[str],
    cycle: int,
    rng: np.random.Generator,
) -> str:
    person = rng.normal(0, 0.5)
    codes = []
    for item in instrument.closed_items(one.audience):
        centre = person + world.items[item.code] + rng.normal(0, 0.75)
        centre += _view(item, one, world, lens, blocks, cycle)
        codes.append(_code(instrument, item, centre, rng.random()))
    return "".join(codes)


def _view(item: Item, one: Respondent, world: World, lens: str, blocks: Sequence[str], cycle: int) -> float:
    """Return what block, unit, cycle and role add; an outcome item sees the mean of all blocks."""
    code = item.dimensions.get(lens)
    chosen = [code] if code else list(blocks)
    rosier = one.audience == "manager"
    return float(
        np.mean(
            [
                BLOCK.get(block, 0.0)
                + IMPROVEMENT.get(block, 0.0) * cycle
                + world.units[one.unit, blocks.index(block)]
                + (ROSIER.get(block, ROSIER_ELSE) if rosier else 0.0)
                for block in chosen
            ]
        )
    )


def _code(instrument: Instrument, item: Item, centre: float, chance: float) -> str:
    scale = instrument.scale
    if chance < MISSING:
        return "0"
    if chance < MISSING + NOT_APPLICABLE:
        return "x"
    middle = (scale.minimum + scale.maximum) / 2
    signed = -centre if item.reverse else centre
    value = int(np.clip(np.rint(middle + signed), scale.minimum, scale.maximum))
    return str(value - scale.minimum + 1) if value - scale.minimum < 9 else "ab"[value - scale.minimum - 9]
