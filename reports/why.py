"""How one published figure was made: formula, weights, people, statements, evidence, gate, version, release."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from assessments.instrument.content import Instrument, Item, KeyComponent, Lens
from assessments.models import Release
from assessments.queries import recompute
from assessments.queries.cubes import NoCubeError
from assessments.queries.recompute import Proved
from assessments.scoring.intervals import t_975
from organisation.models import Person
from reports import queries, sentences, statistics
from reports.cases import CaseBeside, case_beside
from reports.choices import NotFoundError, picked
from reports.explanations import EXPLANATIONS, Explanation
from reports.facts import unit_url
from reports.made import Found, evidence_of, found_figures
from reports.numbers import interval, number
from reports.queries import ALL, PublishedCycle, UnitRow
from reports.statistics import Answers
from reports.tables import Box, Column, Row, Table, hidden_box, name_box, number_box, text_box
from reports.trust import trust

AUDIENCES: Final = ("all", "staff", "manager", "evidence", "composite")
PEOPLE: Final = AUDIENCES[:3]
HIDDEN: Final = "–"


@dataclass(frozen=True)
class Step:
    """One step from answers to the figure: what is done, the formula, and the same with numbers."""

    what: str
    formula: str
    numbers: str


@dataclass(frozen=True)
class Statistic:
    """A figure beside the score, with its value in words and what it means."""

    explanation: Explanation
    value: str


@dataclass(frozen=True)
class Why:
    """What the page shows. found: None where the figure is hidden. proved: None until asked for."""

    cycle: PublishedCycle
    release: Release
    unit: UnitRow
    lens: Lens
    audience: str
    dimension: str
    title: str
    audience_title: str
    found: Found | None
    hidden: str
    steps: Sequence[Step]
    explanation: Explanation
    statistics: Sequence[Statistic]
    statements: Table | None
    evidence: Table | None
    level: Sequence[str]
    crumbs: Sequence[tuple[str, str]]
    proved: Sequence[Proved] | None = None
    gone: bool = False
    case: CaseBeside | None = None

    @property
    def holds(self) -> bool:
        """Whether every value was found again."""
        return all(one.holds for one in self.proved or ())


def audience_titles() -> Mapping[str, str]:
    """Return whose figures there are: code → name."""
    return {
        "all": _("All answers"),
        "staff": _("Staff"),
        "manager": _("Managers"),
        "evidence": _("Evidence"),
        "composite": _("Composite"),
    }


def why(
    person: Person, *, cycle: str, audience: str, lens: str, dimension: str, unit: str, again: bool = False
) -> Why:
    """Return how a figure was made. again: compute it once more. Raises NotFoundError for what isn't there."""
    cycles = queries.published_cycles()
    if not cycles or audience not in AUDIENCES:
        raise NotFoundError(audience)
    chosen = picked(cycles, cycle, cycles[-1])
    seen = picked(chosen.instrument.lenses, lens, chosen.instrument.primary)
    tree, reach = queries.tree(chosen), queries.reach(person)
    place = tree.find(unit)
    if place is None or not reach.allows(place):
        raise NotFoundError(unit)
    titles = {ALL: _("All together")} | {one.code: str(one.title) for one in seen.dimensions}
    if dimension not in titles:
        raise NotFoundError(dimension)
    figures = found_figures(chosen, place, seen.code)
    page = _Page(chosen, place, seen, audience, dimension, figures, titles[dimension])
    release = Release.objects.select_related("cycle__framework").get(pk=chosen.release)
    found = figures.get((audience, dimension))
    made = Why(
        cycle=chosen,
        release=release,
        unit=place,
        lens=seen,
        audience=audience,
        dimension=dimension,
        title=titles[dimension],
        audience_title=audience_titles()[audience],
        found=found,
        hidden="" if found else page.hidden(),
        steps=list(page.steps(found)) if found else [],
        explanation=EXPLANATIONS[audience if audience in EXPLANATIONS else "score"],
        statistics=page.statistics(found) if found else [],
        statements=page.statements() if audience in PEOPLE else None,
        evidence=page.evidence(tree) if audience in {"evidence", "composite"} else None,
        level=page.level(found) if found else [],
        crumbs=[
            (place.name, unit_url(place.code, {"cycle": chosen.code, "lens": seen.code})),
            (_("Why this score?"), ""),
        ],
        case=case_beside(person, dimension, place.code) if seen is chosen.instrument.primary else None,
    )
    return _proved(made) if again and found else made


def _proved(made: Why) -> Why:
    try:
        values = recompute.figure_again(
            made.release,
            position=made.unit.position,
            audience=made.audience,
            lens=made.lens.code,
            dimension=made.dimension,
        )
        counts = (
            recompute.distributions_again(made.release, position=made.unit.position, audience=made.audience)
            if made.audience in PEOPLE
            else {}
        )
    except NoCubeError:
        return replace(made, proved=(), gone=True)
    labels = _labels()
    rows = [
        replace(one, name=labels[one.name])
        for one in values
        if one.stored is not None or one.again is not None
    ]
    if counts:
        same = float(sum(counts.values()))
        rows.append(Proved(_("Distributions of statements"), float(len(counts)), same, whole=True))
    return replace(made, proved=rows)


def _labels() -> dict[str, str]:
    """What the values of a figure are called."""
    return {
        "n": _("People or entries that count"),
        "invited": _("People asked"),
        "score": _("Score"),
        "level": _("Level"),
        "mean": _("Mean, in points of the scale"),
        "sd": _("Standard deviation, in points"),
        "se": _("Standard error, in points"),
        "ci_low": _("95% interval, from"),
        "ci_high": _("95% interval, to"),
        "alpha": _("Alpha"),
        "rwg": "r_wg(j)",
        "icc1": "ICC(1)",
        "icc2": "ICC(2)",
        "band": _("Bound (−1 at most, 1 at least)"),
    }


@dataclass(frozen=True)
class _Page:
    """What the parts of the page are made from."""

    cycle: PublishedCycle
    unit: UnitRow
    lens: Lens
    audience: str
    dimension: str
    figures: Mapping[tuple[str, str], Found]
    title: str

    @property
    def instrument(self) -> Instrument:
        return self.cycle.instrument

    def hidden(self) -> str:
        """Say why there is no figure."""
        if self.audience == "evidence":
            return _(
                "No key component of this dimension has an entry here, so there is no evidence to count."
            )
        return sentences.why_hidden(self.cycle.k).replace("“–”", _("This figure"))

    def steps(self, found: Found) -> Iterator[Step]:
        if self.audience == "evidence" and self.dimension != ALL:
            yield self._of_evidence(found)
        elif self.dimension == ALL:
            yield self._of_all(found)
        elif self.audience == "composite":
            yield self._of_composite(found)
        else:
            yield from self._of_people(found)

    def _of_people(self, found: Found) -> Iterator[Step]:
        low, high = self.instrument.scale.minimum, self.instrument.scale.maximum
        people = found.n or 0
        yield Step(
            _("Each person's mean"),
            _("mean of the answered statements, reversed ones turned round first"),
            ngettext("{n} statement weighs 1", "{n} statements weigh 1/{n} each", self._asked()).format(
                n=self._asked()
            ),
        )
        if found.band:
            limit = _("at most {mean}") if found.band < 0 else _("at least {mean}")
            yield Step(
                _("The unit's mean, as a bound"),
                _(
                    "fewer than 10 people within half a point of an end of the scale: only the bound is published"
                ),
                limit.format(mean=number(found.mean or 0.0, 1)),
            )
        else:
            yield Step(
                _("The unit's mean"),
                _("mean of the people's means"),
                _("{mean} from {n} people").format(mean=number(found.mean or 0.0, 6), n=number(people)),
            )
        yield Step(
            _("The score"),
            _("100 · (mean − {low}) / ({high} − {low})").format(low=low, high=high),
            f"100 · ({number(found.mean or 0.0, 6)} − {low}) / {high - low} = {number(found.score, 6)}",
        )
        if found.se is not None and found.sd is not None and found.invited:
            yield Step(
                _("The standard error"),
                "sd / √n · √(1 − n/N)",
                f"{number(found.sd, 6)} / √{people} · √(1 − {people}/{found.invited}) = {number(found.se, 6)}",
            )
            t = float(t_975(np.array([people - 1.0]))[0])
            reach = number(100 * t * found.se / (high - low), 4)
            yield Step(
                _("The 95% interval"),
                _("score ± t · se · 100 / ({high} − {low}), cut to 0 to 100").format(low=low, high=high),
                _("{score} ± {reach}, with t = {t}: {interval}").format(
                    score=number(found.score, 4),
                    reach=reach,
                    t=number(t, 4),
                    interval=interval(found.ci_low, found.ci_high, 4),
                ),
            )

    def _asked(self) -> int:
        audience = "manager" if self.audience == "manager" else "staff"
        return sum(
            item.dimensions.get(self.lens.code) == self.dimension
            for item in self.instrument.closed_items(audience)
        )

    def _of_all(self, found: Found) -> Step:
        parts = [
            (one.weight, self.figures[self.audience, one.code].score, one.code)
            for one in self.lens.dimensions
            if (self.audience, one.code) in self.figures
        ]
        sums = " + ".join(f"{number(w, 2)} · {number(score, 2)}" for w, score, _code in parts)
        whole = sum(w for w, _score, _code in parts)
        return Step(
            _("Weighted mean of the dimensions"),
            " + ".join(f"{number(w, 2)} · {code}" for w, _score, code in parts) + f" / {number(whole, 2)}",
            f"({sums}) / {number(whole, 2)} = {number(found.score, 6)}",
        )

    def _of_composite(self, found: Found) -> Step:
        names = audience_titles()
        parts = [(names[code], weight, part.score) for code, weight, part in self._parts()]
        whole = sum(weight for _name, weight, _score in parts)
        sums = " + ".join(f"{number(w, 2)} · {number(score, 2)}" for _name, w, score in parts)
        return Step(
            _("Weighted mean of the parts that are there"),
            " + ".join(f"{number(w, 2)} · {name}" for name, w, _score in parts) + f" / {number(whole, 2)}",
            f"({sums}) / {number(whole, 2)} = {number(found.score, 6)}",
        )

    def _parts(self) -> Iterator[tuple[str, float, Found]]:
        weights = dict(self.instrument.weights)
        apart = any((who, self.dimension) in self.figures for who in ("staff", "manager"))
        if not apart:
            weights = {"all": weights["staff"] + weights["manager"], "evidence": weights["evidence"]}
        for code, weight in weights.items():
            if weight and (code, self.dimension) in self.figures:
                yield code, weight, self.figures[code, self.dimension]

    def _of_evidence(self, found: Found) -> Step:
        entries = found.n or 0
        return Step(
            _("Mean of the entries that count"),
            _("not in place 0, planned 25, partly 50, in place 75, in place and improving 100"),
            ngettext("{n} entry: {score}", "{n} entries: {score}", entries).format(
                n=number(entries), score=number(found.score, 6)
            ),
        )

    def statistics(self, found: Found) -> list[Statistic]:
        """Return how far the figure can be trusted."""
        listed = self._answers() if self.audience in PEOPLE else []
        complete = bool(listed) and len(listed) == len(self._items())
        told = trust(found, listed if complete and self.dimension != ALL else [], self.audience in PEOPLE)
        return [Statistic(EXPLANATIONS[key], value) for key, value in told]

    def _items(self) -> list[Item]:
        """The statements of the dimension as this audience is asked them; of all together: staff's, or the pair's."""
        asked = [item for item in self.instrument.items if item.kind == "rating" and self._is_inside(item)]
        if self.audience != "all":
            return [item for item in asked if item.audience == self.audience]
        staff = [item for item in asked if item.audience == "staff"]
        told = {item.pair for item in staff}
        return staff + [item for item in asked if item.audience == "manager" and item.code not in told]

    def _is_inside(self, item: Item) -> bool:
        place = item.dimensions.get(self.lens.code)
        return place == self.dimension or (self.dimension == ALL and place is not None)

    def _answers(self) -> list[Answers]:
        items = {item.code for item in self._items()}
        return [
            one
            for one in statistics.answers(self.cycle, self.unit, audience=self.audience)
            if one.item in items
        ]

    def statements(self) -> Table:
        """Return the statements with how often each point was chosen."""
        told = {one.item: one for one in self._answers()}
        points = self.instrument.scale.points
        columns = [
            Column("item", _("Statement"), numeric=False),
            Column("n", _("Answers")),
            *(Column(f"p{point}", str(point)) for point in points),
            Column("score", _("Score")),
        ]
        rows = [self._statement(item, told.get(item.code)) for item in self._items()]
        note = EXPLANATIONS["distribution"].sentences
        return Table(_("Statements and how they were answered"), columns, rows, note=note)

    def _statement(self, item: Item, told: Answers | None) -> Row:
        text = f"{item.code} {item.text}"
        if item.reverse:
            text = _("{statement} (reversed)").format(statement=text)
        if told is None:
            dashes = [hidden_box(HIDDEN) for _point in range(len(self.instrument.scale.points) + 2)]
            return Row([name_box(text), *dashes])
        counts: list[Box] = [number_box(number(count), count) for count in told.counts]
        score = number_box(number(told.score, 1), told.score)
        return Row([name_box(text), number_box(number(told.n), told.n), *counts, score])

    def evidence(self, tree: queries.Tree) -> Table:
        """Return the key components of the dimension and what was entered for them."""
        inside = [row.position for row in tree.below(self.unit)]
        components = [one for one in self.instrument.key_components if self._counts(one)]
        entries = evidence_of(self.cycle, inside, [one.code for one in components])
        columns = [
            Column("component", _("Key component"), numeric=False),
            Column("n", _("Entries that count")),
            Column("states", _("State"), numeric=False),
            Column("score", _("Mean")),
        ]
        rows = []
        for one in components:
            made = entries.get(one.code)
            rows.append(
                Row(
                    [
                        name_box(f"{one.code} {one.title}"),
                        number_box(number(made.n) if made else number(0), made.n if made else 0),
                        text_box(made.states if made else _("no entry")),
                        number_box(number(made.mean, 1), made.mean) if made else number_box("", None),
                    ]
                )
            )
        return Table(_("Evidence"), columns, rows)

    def _counts(self, component: KeyComponent) -> bool:
        place = component.dimensions.get(self.lens.code)
        inside = place == self.dimension or (self.dimension == ALL and place is not None)
        return component.is_evidence and inside

    def level(self, found: Found) -> list[str]:
        """Return sentences on the level, and for the organisation on its gate."""
        levels = self.instrument.levels
        if not found.level:
            return []
        here = levels[found.level - 1]
        said = [
            _("Level {n}, {name}: from {bound} on.").format(
                n=here.level, name=here.name, bound=number(here.lower, 1)
            )
        ]
        if found.level < len(levels):
            after = levels[found.level]
            said.append(
                _("{points} points more reach level {n}, {name}.").format(
                    points=number(after.lower - found.score, 1), n=after.level, name=after.name
                )
            )
        gate = self.cycle.gate
        if self.unit.parent < 0 and self.lens.primary and self.audience == "all" and gate.get("level"):
            titles = {block.code: str(block.title) for block in self.instrument.blocks}
            said.append(
                _(
                    "The organisation's level is {n}, the highest that every block reaches; {block} holds it back."
                ).format(n=gate["level"], block=titles.get(gate.get("block", ""), ""))
            )
        return said
