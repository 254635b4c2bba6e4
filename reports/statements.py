"""How each statement was answered: diverging bars, right is favourable, and the table with every share."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from cfm.lib import charts
from organisation.models import Person
from reports import queries, sentences, statistics
from reports.choices import NotFoundError, choice, picked
from reports.desk import at_home
from reports.explanations import EXPLANATIONS
from reports.facts import Panel
from reports.look import Look
from reports.numbers import number
from reports.plans import plans_about
from reports.queries import PublishedCycle, UnitRow
from reports.statistics import Answers
from reports.tables import Column, Row, Table, arranged, name_box, number_box, text_box
from reports.trust import agreement

PARAMETERS: Final = ("cycle", "unit", "audience", "block", "sort")
TURNED: Final = "↺"
ON_PAPER: Final = 12  # statements in one picture


def statements_page(person: Person, parameters: Mapping[str, str]) -> Look | None:
    """Return the page, or None before the first publication. Raises NotFoundError for what isn't there."""
    cycles = queries.published_cycles()
    if not cycles:
        return None
    query = {name: parameters[name] for name in PARAMETERS if parameters.get(name)}
    cycle = picked(cycles, query.get("cycle"), cycles[-1])
    unit = at_home(queries.tree(cycle), queries.reach(person), query.get("unit"))
    audience, block = query.get("audience", "staff"), query.get("block")
    blocks = {one.code: str(one.title) for one in cycle.instrument.blocks}
    if audience not in _audiences() or (block is not None and block not in blocks):
        raise NotFoundError(block)
    found = statistics.answers(cycle, unit, audience=audience, block=block)
    return Look(
        title=_("Statements"),
        headline=_headline(found, unit),
        cycle=cycle,
        unit=unit,
        panels=_panels(cycle, unit, query, found, blocks) if found else [],
        plans=plans_about(cycle, unit, found),
        choosers=[
            (
                _("Cycle"),
                [choice(query, "cycle", one.code, one.title, one is cycle) for one in reversed(cycles)],
            ),
            (
                _("Answers of"),
                [
                    choice(query, "audience", code, name, code == audience)
                    for code, name in _audiences().items()
                ],
            ),
            (
                _("Block"),
                [
                    choice(query, "block", "", _("All"), block is None),
                    *(choice(query, "block", code, name, code == block) for code, name in blocks.items()),
                ],
            ),
        ],
    )


def statement_panels(cycle: PublishedCycle, unit: UnitRow) -> list[Panel]:
    """Return each audience's statements as files have them: in the picture only the least favourable. Two queries."""
    panels = []
    blocks = {one.code: str(one.title) for one in cycle.instrument.blocks}
    for audience, name in _audiences().items():
        found = statistics.answers(cycle, unit, audience=audience)
        if not found:
            continue
        low = sorted(found, key=lambda one: one.favourable)[:ON_PAPER]
        panel = _panel(cycle, unit, {"audience": audience}, found, blocks)
        points = cycle.instrument.scale.labels_in(get_language() or "")
        panels.append(
            replace(
                panel,
                title=_("{audience}: the least favourable statements").format(audience=name),
                sentence=f"{_headline(found, unit)} {panel.sentence}",
                figure=charts.diverging(
                    [charts.Spread(_label(one), _keyed(one), one.n) for one in low], points
                ),
            )
        )
    return panels


def _audiences() -> dict[str, str]:
    return {"staff": _("Staff"), "manager": _("Managers")}


def _headline(found: Sequence[Answers], unit: UnitRow) -> str:
    if not found:
        return _("How {unit} answered its statements can't be shown.").format(unit=unit.name)
    low = min(found, key=lambda one: one.score)
    return _("Least favourable in {unit}: “{text}” ({share} % favourable).").format(
        unit=unit.name, text=low.text, share=number(low.favourable)
    )


def _panels(
    cycle: PublishedCycle,
    unit: UnitRow,
    query: Mapping[str, str],
    found: Sequence[Answers],
    blocks: Mapping[str, str],
) -> list[Panel]:
    agreed = _agreement(cycle, query, found, blocks)
    return [_panel(cycle, unit, query, found, blocks), *([agreed] if agreed else [])]


def _agreement(
    cycle: PublishedCycle, query: Mapping[str, str], found: Sequence[Answers], blocks: Mapping[str, str]
) -> Panel | None:
    """How far people agree in each block of which every statement is shown; None where there is no such block."""
    lens = cycle.instrument.primary.code
    items = cycle.instrument.closed_items(query.get("audience", "staff"))
    rows = []
    for code, title in blocks.items():
        listed = [one for one in found if one.block == code]
        if len(listed) != sum(item.dimensions.get(lens) == code for item in items):
            continue
        told = dict(agreement(listed))
        if told:
            rows.append(Row([name_box(title), text_box(told["rwg_star"]), text_box(told.get("ad", ""))]))
    if not rows:
        return None
    columns = [
        Column("name", _("Block"), numeric=False),
        Column("star", "r*_wg(j)", numeric=False),
        Column("ad", _("Average deviation (AD)"), numeric=False),
    ]
    return Panel(
        id="agreement",
        title=_("Agreement"),
        sentence=_("How far people agree with each other, block by block."),
        figure=None,
        table=Table(
            _("Agreement in each block"),
            columns,
            rows,
            note=" ".join(EXPLANATIONS[key].sentences for key in ("rwg_star", "ad")),
        ),
    )


def _panel(
    cycle: PublishedCycle,
    unit: UnitRow,
    query: Mapping[str, str],
    found: Sequence[Answers],
    blocks: Mapping[str, str],
) -> Panel:
    points = cycle.instrument.scale.labels_in(get_language() or "")
    rows = [charts.Spread(_label(one), _keyed(one), one.n) for one in found]
    turned = _("{sign}: worded the other way round, so answers are turned round here.").format(sign=TURNED)
    said = [_("Right of the middle is favourable."), turned if any(one.reverse for one in found) else ""]
    return Panel(
        id="statements",
        title=blocks.get(query.get("block", ""), _("All statements that can be shown")),
        sentence=_sentence(cycle, query, found),
        figure=charts.diverging(rows, points),
        table=_table(cycle, unit, query, found, blocks, points),
        note=" ".join(filter(None, said)),
    )


def _sentence(cycle: PublishedCycle, query: Mapping[str, str], found: Sequence[Answers]) -> str:
    """From how many per cent to how many, and how many of the statements these are."""
    lens, block = cycle.instrument.primary.code, query.get("block")
    items = cycle.instrument.closed_items(query.get("audience", "staff"))
    total = sum(block in {None, item.dimensions.get(lens)} for item in items)
    shares = sorted(one.favourable for one in found)
    low, high = number(shares[0]), number(shares[-1])
    span = (
        _("{share} % favourable.").format(share=low)
        if low == high
        else _("From {low} % to {high} % favourable.").format(low=low, high=high)
    )
    if len(found) == total:
        return span
    return f"{span} " + _(
        "{n} of {total} statements are shown; the others would tell of too few people."
    ).format(n=len(found), total=total)


def _label(one: Answers) -> str:
    return f"{TURNED} {one.text}" if one.reverse else one.text


def _keyed(one: Answers) -> list[float]:
    return [100 * count / one.n for count in one.keyed]


def _table(
    cycle: PublishedCycle,
    unit: UnitRow,
    query: Mapping[str, str],
    found: Sequence[Answers],
    blocks: Mapping[str, str],
    points: Sequence[str],
) -> Table:
    columns = [
        Column("name", _("Statement"), numeric=False),
        Column("block", _("Block"), numeric=False),
        Column("score", _("Score")),
        Column("favourable", _("Favourable, %")),
        *(Column(f"p{place}", f"{label}, %") for place, label in enumerate(points, 1)),
        Column("n", _("Answers")),
        Column("turned", _("Turned round"), numeric=False),
    ]
    rows = [
        Row(
            [
                name_box(one.text),
                text_box(blocks.get(one.block, _("Outcome"))),
                number_box(number(one.score, 1), one.score),
                number_box(number(one.favourable), one.favourable),
                *(number_box(number(share), share) for share in _keyed(one)),
                number_box(number(one.n), one.n),
                text_box(_("yes") if one.reverse else ""),
            ]
        )
        for one in found
    ]
    caption = _("How statements were answered in {unit}").format(unit=unit.name)
    return arranged(
        Table(
            caption,
            columns,
            rows,
            anchor="statements-title",
            note=f"{sentences.why_hidden(cycle.k)} {EXPLANATIONS['distribution'].sentences}",
        ),
        dict(query),
    )
