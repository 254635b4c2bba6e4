"""The contract's formulas once more, as simply as they can be written: people in lists, one cell at a time.

For a framework of two blocks with two items each an audience, no reversed item, one key component in the first block.
Shares no code with assessments.scoring; the table of t is that of the textbooks.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import mean, stdev, variance
from typing import Any

T_975 = [12.706205, 4.302653, 3.182446, 2.776445, 2.570582, 2.446912, 2.364624, 2.306004, 2.262157, 2.228139]
T_975 += [2.200985, 2.178813, 2.160369, 2.144787, 2.13145, 2.119905, 2.109816, 2.100922, 2.093024, 2.085963]
T_975 += [2.079614, 2.073873, 2.068658, 2.063899, 2.059539, 2.055529, 2.051831, 2.048407, 2.04523, 2.042272]
T_975 += [2.039513, 2.036933, 2.034515, 2.032245, 2.030108, 2.028094, 2.026192, 2.024394, 2.022691, 2.021075]
BLOCKS = {"B1": (1, 2), "B2": (3, 4)}
ASKED = {"all": ("staff", "manager"), "staff": ("staff",), "manager": ("manager",)}
WEIGHTS = {"staff": 0.4, "manager": 0.3, "evidence": 0.3}
LEVELS = ((1, 0.0), (2, 40.0), (3, 70.0))
Figures = dict[str, Any]


@dataclass(frozen=True)
class Answers:
    """One respondent: values "1"…"5", "" or "NA" of the items 1 to 4 of the own audience."""

    unit: str
    audience: str
    values: tuple[str, ...]


@dataclass(frozen=True)
class World:
    """Everything the figures are made of. parents: unit → the one above; invited: (unit, audience) → heads."""

    parents: dict[str, str]
    invited: dict[tuple[str, str], int]
    people: Sequence[Answers]
    evidence: dict[str, float]

    def under(self, unit: str) -> set[str]:
        below = {one for one, parent in self.parents.items() if parent == unit}
        return {unit}.union(*(self.under(one) for one in below))

    def of(self, unit: str, audience: str) -> list[Answers]:
        units = self.under(unit)
        return [one for one in self.people if one.unit in units and one.audience in ASKED[audience]]


def person_mean(person: Answers, dimension: str) -> float | None:
    """The mean of a block, or of both where a person counts in both."""
    if dimension == "ALL":
        parts = [person_mean(person, block) for block in BLOCKS]
        return None if None in parts else mean(parts)
    applies = [person.values[item - 1] for item in BLOCKS[dimension] if person.values[item - 1] != "NA"]
    answered = [int(value) for value in applies if value]
    return mean(answered) if answered and len(answered) >= len(applies) / 2 else None


def cell(world: World, unit: str, audience: str, dimension: str) -> Figures:
    """Return the figures of one row of scores.csv, those that are defined."""
    if audience == "evidence":
        return evidence(world, unit, dimension)
    if audience == "composite":
        return scored({}, composite(world, unit, dimension))
    people = world.of(unit, audience)
    means = [found for one in people if (found := person_mean(one, dimension)) is not None]
    invited = sum(world.invited[one, asked] for one in world.under(unit) for asked in ASKED[audience])
    figures: Figures = {"n": len(means), "invited": invited}
    centre = middle(world, unit, audience, dimension)
    if centre is not None:
        figures |= scored({"mean": centre}, 25 * (centre - 1))
    if len(means) > 1:
        figures |= spread(means, invited, centre)
    if audience != "all" and dimension != "ALL":
        figures |= agreement([[one.values[item - 1] for item in BLOCKS[dimension]] for one in people])
    return figures | between(world, unit, audience, dimension)


def middle(world: World, unit: str, audience: str, dimension: str) -> float | None:
    if dimension == "ALL":
        parts = [middle(world, unit, audience, block) for block in BLOCKS]
        return None if None in parts else mean(parts)
    means = [person_mean(one, dimension) for one in world.of(unit, audience)]
    counted = [one for one in means if one is not None]
    return mean(counted) if counted else None


def scored(figures: Figures, score: float | None) -> Figures:
    if score is None:
        return figures
    return figures | {"score": score, "level": max(level for level, low in LEVELS if low <= score)}


def spread(means: list[float], invited: int, centre: float | None) -> Figures:
    n, sd = len(means), stdev(means)
    se = sd / n**0.5 * ((1 - n / invited) ** 0.5 if invited >= n else 1)
    if centre is None:
        return {"sd": sd, "se": se}
    reach = T_975[n - 2] * se
    low, high = 25 * (centre - reach - 1), 25 * (centre + reach - 1)
    return {"sd": sd, "se": se, "ci_low": max(0.0, low), "ci_high": min(100.0, high)}


def agreement(rows: list[list[str]]) -> Figures:
    complete = [[int(value) for value in row] for row in rows if all(value.isdigit() for value in row)]
    if len(complete) < 3:
        return {}
    items = len(complete[0])
    variances = [variance(column) for column in zip(*complete, strict=True)]
    total = variance([sum(row) for row in complete])
    share = min(1.0, mean(variances) / 2)  # of the variance of five equally likely options
    rwg = items * (1 - share) / (items * (1 - share) + share)
    return {"rwg": rwg} | ({"alpha": items / (items - 1) * (1 - sum(variances) / total)} if total else {})


def between(world: World, unit: str, audience: str, dimension: str) -> Figures:
    groups: dict[str, list[float]] = {}
    for one in world.of(unit, audience):
        if (found := person_mean(one, dimension)) is not None:
            groups.setdefault(one.unit, []).append(found)
    everyone = [value for group in groups.values() for value in group]
    if len(groups) < 2 or len(everyone) == len(groups):
        return {}
    sum_between = sum(len(group) * (mean(group) - mean(everyone)) ** 2 for group in groups.values())
    sum_within = sum((value - mean(group)) ** 2 for group in groups.values() for value in group)
    msb, msw = sum_between / (len(groups) - 1), sum_within / (len(everyone) - len(groups))
    size = len(everyone) / len(groups)
    return {"icc1": (msb - msw) / (msb + (size - 1) * msw), "icc2": (msb - msw) / msb}


def evidence(world: World, unit: str, dimension: str) -> Figures:
    entries = [value for one, value in world.evidence.items() if one in world.under(unit)]
    if dimension == "B1" and entries:
        return scored({"n": len(entries)}, mean(entries))
    return {"n": len(entries) if dimension == "ALL" else 0}


def composite(world: World, unit: str, dimension: str) -> float | None:
    if dimension == "ALL":
        parts = [composite(world, unit, block) for block in BLOCKS]
        return None if None in parts else mean(parts)
    means = {who: middle(world, unit, who, dimension) for who in ("staff", "manager")}
    found = {who: 25 * (value - 1) for who, value in means.items() if value is not None}
    if (entries := evidence(world, unit, dimension).get("score")) is not None:
        found["evidence"] = entries
    weights = sum(WEIGHTS[part] for part in found)
    return sum(WEIGHTS[part] * score for part, score in found.items()) / weights if found else None
