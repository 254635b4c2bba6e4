"""How one published figure was made: formula, weights, people, statements, evidence, gate, version, release."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from django.utils.translation import gettext as _

from assessments.instrument.content import Lens
from assessments.models import Release
from assessments.queries import recompute
from assessments.queries.cubes import NoCubeError
from assessments.queries.recompute import Proved
from organisation.models import Person
from reports import queries, sentences
from reports.cases import CaseBeside, case_beside
from reports.choices import NotFoundError, picked
from reports.explanations import EXPLANATIONS, Explanation
from reports.facts import unit_url
from reports.made import Found, found_figures
from reports.numbers import number
from reports.queries import ALL, PublishedCycle, UnitRow
from reports.tables import Table
from reports.trust import trust
from reports.why.steps import Step, steps
from reports.why.subject import AUDIENCES, PEOPLE, Subject, audience_titles
from reports.why.tables import evidence, statements


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
    subject = Subject(chosen, place, seen, audience, dimension, figures)
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
        hidden="" if found else _hidden(subject),
        steps=list(steps(subject, found)) if found else [],
        explanation=EXPLANATIONS[audience if audience in EXPLANATIONS else "score"],
        statistics=_statistics(subject, found) if found else [],
        statements=statements(subject) if audience in PEOPLE else None,
        evidence=evidence(subject, tree) if audience in {"evidence", "composite"} else None,
        level=_level(subject, found) if found else [],
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


def _hidden(subject: Subject) -> str:
    """Say why there is no figure."""
    if subject.audience == "evidence":
        return _("No key component of this dimension has an entry here, so there is no evidence to count.")
    return sentences.why_hidden(subject.cycle.k).replace("“–”", _("This figure"))


def _statistics(subject: Subject, found: Found) -> list[Statistic]:
    """Return how far the figure can be trusted."""
    listed = subject.answers() if subject.audience in PEOPLE else []
    complete = bool(listed) and len(listed) == len(subject.items())
    told = trust(found, listed if complete and subject.dimension != ALL else [], subject.audience in PEOPLE)
    return [Statistic(EXPLANATIONS[key], value) for key, value in told]


def _level(subject: Subject, found: Found) -> list[str]:
    """Return sentences on the level, and for the organisation on its gate."""
    levels = subject.instrument.levels
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
    gate = subject.cycle.gate
    if subject.unit.parent < 0 and subject.lens.primary and subject.audience == "all" and gate.get("level"):
        titles = {block.code: str(block.title) for block in subject.instrument.blocks}
        said.append(
            _(
                "The organisation's level is {n}, the highest that every block reaches; {block} holds it back."
            ).format(n=gate["level"], block=titles.get(gate.get("block", ""), ""))
        )
    return said
