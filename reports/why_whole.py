"""How drivers and the screen for careless answers were made: figures about the whole organisation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from django.utils.translation import gettext as _

from assessments.models import Release
from assessments.queries import recompute
from assessments.queries.recompute import Proved
from reports import queries, statistics
from reports.choices import NotFoundError, picked
from reports.explanations import EXPLANATIONS, Explanation
from reports.facts import unit_url
from reports.made import found_figures
from reports.numbers import number, signed
from reports.queries import PublishedCycle, UnitRow
from reports.statistics import Careless, DriverAnalysis
from reports.tables import Column, Row, Table, name_box, number_box, text_box

KINDS: Final = ("drivers", "careless")


@dataclass(frozen=True)
class WhyWhole:
    """What the page shows. table: None where nothing can be said. facts: how it was made, in sentences."""

    kind: str
    cycle: PublishedCycle
    release: Release
    explanation: Explanation
    sentence: str
    facts: Sequence[str]
    table: Table | None
    crumbs: Sequence[tuple[str, str]]
    proved: Sequence[Proved] | None = None

    @property
    def holds(self) -> bool:
        """Whether every value was found again."""
        return all(one.holds for one in self.proved or ())


def why_whole(*, cycle: str, kind: str, again: bool = False) -> WhyWhole:
    """Return how drivers or the screen were made. again: compute them once more. Raises NotFoundError."""
    cycles = queries.published_cycles()
    if not cycles or kind not in KINDS:
        raise NotFoundError(kind)
    chosen = picked(cycles, cycle, cycles[-1])
    release = Release.objects.select_related("cycle__framework").get(pk=chosen.release)
    whole = queries.tree(chosen).units[0]
    of_drivers = kind == "drivers"
    sentence, facts, table = _of_drivers(chosen) if of_drivers else _of_careless(chosen, whole)
    proving = recompute.drivers_again if of_drivers else recompute.careless_again
    return WhyWhole(
        kind=kind,
        cycle=chosen,
        release=release,
        explanation=EXPLANATIONS[kind],
        sentence=sentence,
        facts=facts,
        table=table,
        crumbs=[
            (whole.name, unit_url(whole.code, {"cycle": chosen.code})),
            (str(EXPLANATIONS[kind].name), ""),
        ],
        proved=proving(release) if again and table else None,
    )


def _of_drivers(cycle: PublishedCycle) -> tuple[str, list[str], Table | None]:
    found = statistics.drivers(cycle)
    if found.withheld:
        return drivers_withheld(found, cycle.k), [], None
    columns = [
        Column("block", _("Building block"), numeric=False),
        Column("share", _("Share of what is explained")),
        Column("interval", _("95% interval"), numeric=False),
    ]
    rows = [
        Row(
            [
                name_box(f"{one.block} {one.title}"),
                number_box(_("{share} %").format(share=number(100 * one.share, 1)), one.share),
                text_box(
                    _("{low} to {high} %").format(
                        low=number(100 * one.low, 1), high=number(100 * one.high, 1)
                    )
                ),
            ]
        )
        for one in found.drivers
    ]
    sentence = _(
        "Together the blocks explain {r2} % of the differences in the outcome statements ({low} to {high} %)."
    )
    facts = [
        _("{n} people count in every block and in the outcome.").format(n=number(found.n)),
        _(
            "The outcome is a person's mean of the outcome statements; the blocks are the person's scores in them."
        ),
        _(
            "Shares: increase of R² by a block, averaged over all orders of entering (Lindeman, Merenda & Gold, 1980)."
        ),
        _("Intervals: 1,000 bootstrap samples with a fixed seed, drawn when the cycle was scored."),
    ]
    said = sentence.format(
        r2=number(100 * found.r2), low=number(100 * found.r2_low), high=number(100 * found.r2_high)
    )
    return said, facts, Table(_("Drivers of the outcome"), columns, rows)


def drivers_withheld(found: DriverAnalysis, k: int) -> str:
    """Say why there is no driver analysis."""
    reasons = {
        "few": _("Driver analysis needs {needed} people who count in every block and in the outcome."),
        "left_out": _("Not shown: fewer than {k} people would be left out, and could be found out."),
        "no_outcome": _("The framework has no outcome statements."),
        "no_variance": _("The outcome does not vary with the blocks."),
        "blocks": _("Driver analysis takes 2 to 12 building blocks."),
    }
    other = _("This cycle was scored before there was driver analysis.")
    return reasons.get(found.withheld, other).format(needed=number(found.needed), k=k)


def _of_careless(cycle: PublishedCycle, whole: UnitRow) -> tuple[str, list[str], Table | None]:
    found = statistics.careless(cycle)
    if found.withheld:
        return careless_withheld(found, cycle.k), [], None
    lens = cycle.instrument.primary
    figures = found_figures(cycle, whole, lens.code)
    columns = [
        Column("block", _("Building block"), numeric=False),
        Column("with", _("All answers")),
        Column("without", _("Without careless answers")),
        Column("apart", _("Difference")),
    ]
    rows = []
    for block in lens.dimensions:
        with_them, without = figures.get(("all", block.code)), found.scores.get((lens.code, block.code))
        if with_them is None or without is None:
            continue
        rows.append(
            Row(
                [
                    name_box(f"{block.code} {block.title}"),
                    number_box(number(with_them.score, 1), with_them.score),
                    number_box(number(without, 1), without),
                    number_box(signed(without - with_them.score, 1), without - with_them.score),
                ]
            )
        )
    sentence = _(
        "{flagged} of {n} people ({share} %) chose one option for at least half of the questionnaire in a row."
    )
    facts = [
        _("The longest string of one option: Johnson (2005); the cut at half of the items: Curran (2016)."),
        _("Who they are is not stored, and no unit has such a figure."),
    ]
    said = sentence.format(flagged=number(found.flagged), n=number(found.n), share=number(found.share, 1))
    return said, facts, Table(_("Scores with and without careless answers"), columns, rows)


def careless_withheld(found: Careless, k: int) -> str:
    """Say why the screen shows nothing."""
    reasons = {
        "left_out": _("Not shown: fewer than {k} people gave such answers, or fewer than {k} did not."),
        "short": _("The questionnaire is too short for the screen."),
    }
    other = _("This cycle was scored before there was a screen.")
    return reasons.get(found.withheld, other).format(k=k)
