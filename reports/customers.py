"""The page of one customer: what was promised and how it went, and what the published figures say beside it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from assessments.models import Framework
from cfm.lib import charts
from cfm.lib.templatetags.cfm import number, trimmed
from organisation.models import Customer, Person, SatisfactionFigure, Unit
from organisation.queries import customers as register
from organisation.queries.customers import Kept, Series, Sheet, written
from reports import queries, sentences
from reports.choices import NotFoundError
from reports.desk import Desk, desk_for, gate_of, level_name, primary
from reports.facts import Panel, unit_url
from reports.numbers import counted, interval, sign
from reports.queries import ALL, Cell, PublishedCycle
from reports.tables import Column, Row, Table, name_box, number_box, text_box


@dataclass(frozen=True)
class BlockLine:
    """A building block, its published figure, and what concerns it. score empty: none is shown."""

    code: str
    title: str
    score: str
    interval: str
    answers: str
    level: int
    level_name: str
    why: Sequence[str] = ()
    customers: Sequence[Customer] = ()


@dataclass(frozen=True)
class Results:
    """Published figures for a customer: of the serving unit, or of the organisation where that is out of reach."""

    cycle: PublishedCycle
    name: str
    url: str
    headline: str
    is_serving: bool
    lines: Sequence[BlockLine]


@dataclass(frozen=True)
class CustomerPage:
    customer: Customer
    sheet: Sheet
    headline: str
    panels: Sequence[tuple[Series, Panel]]
    results: Results | None


def customer_page(person: Person, customer: Customer) -> CustomerPage:
    """Return all that the page shows, in a fixed number of queries."""
    sheet = register.sheet(customer)
    return CustomerPage(
        customer=customer,
        sheet=sheet,
        headline=_headline(customer, sheet),
        panels=[(series, _panel(place, series)) for place, series in enumerate(sheet.series)],
        results=_results(person, customer, sheet),
    )


def _headline(customer: Customer, sheet: Sheet) -> str:
    return " ".join([promises_kept(sheet.kept), _voice(customer, sheet)])


def promises_kept(kept: Kept) -> str:
    """Return how many promises are kept, in a sentence."""
    if not kept.total:
        return _("Nothing measurable is promised yet.")
    if not kept.measured:
        return _("No promise has been measured yet.")
    said = ngettext(
        "{kept} of {n} measured promise is kept.", "{kept} of {n} measured promises are kept.", kept.measured
    )
    return said.format(kept=kept.kept, n=kept.measured)


def _voice(customer: Customer, sheet: Sheet) -> str:
    if not sheet.channels:
        return _("This customer has no voice: there is no channel through which it is heard.")
    if sheet.quiet:
        return _("It has not been heard for more than a year.")
    said = ngettext("It is heard in {n} way.", "It is heard in {n} ways.", len(sheet.channels))
    return said.format(n=len(sheet.channels))


# Satisfaction


def _panel(place: int, series: Series) -> Panel:
    figures = series.figures
    figure = charts.readings(
        [one.measured_on.isoformat() for one in figures],
        [float(one.value) for one in figures],
        name=series.title,
        notes=[_note(series, one) for one in figures],
        scale=None if series.low is None or series.high is None else (series.low, series.high),
    )
    return Panel(
        id=f"satisfaction-{place}",
        title=_title(series),
        sentence=_moved(series),
        figure=figure if len(figures) > 1 else None,
        table=_table(series),
    )


def _title(series: Series) -> str:
    known = dict(SatisfactionFigure.Measure.choices)
    return series.title if series.measure == "own" else str(known[series.measure])


def _day(one: SatisfactionFigure) -> str:
    return date_format(one.measured_on, "j F Y")


def _note(series: Series, one: SatisfactionFigure) -> str:
    answers = _("{n} answers").format(n=number(one.answers)) if one.answers is not None else ""
    return "\n".join(
        filter(None, [_day(one), f"{series.title}: {written(series.measure, one.value)}", answers])
    )


def _moved(series: Series) -> str:
    latest, change = series.latest, series.change
    said = _("{measure} was {value} on {day}").format(
        measure=series.title, value=_with_interval(series, latest), day=_day(latest)
    )
    if change is None:
        return f"{said}."
    before = _day(series.figures[-2])
    if not change:
        return _("{said}, as on {before}.").format(said=said, before=before)
    wording = (
        _("{said}, {points} higher than on {before}")
        if change > 0
        else _("{said}, {points} lower than on {before}")
    )
    moved = wording.format(said=said, points=trimmed(abs(change)), before=before)
    return f"{moved}{_beyond_chance(series)}"


def _beyond_chance(series: Series) -> str:
    """Return whether the newest change is more than chance, to end its sentence with."""
    clear = series.is_clear
    if clear is None:
        return _("; whether that is more than chance can’t be told: too little is known of the answers.")
    return _(": more than chance would explain.") if clear else _(": no clear difference.")


def _ends(series: Series, one: SatisfactionFigure) -> tuple[float, float] | None:
    """Return the 95 % interval of a figure, cut to its scale; None where it isn't known."""
    half = one.half_width
    if half is None:
        return None
    low, high = float(one.value) - half, float(one.value) + half
    return (
        low if series.low is None else max(low, series.low),
        high if series.high is None else min(high, series.high),
    )


def _interval(series: Series, one: SatisfactionFigure) -> str:
    ends = _ends(series, one)
    if ends is None:
        return ""
    decimals = 0 if series.measure in {"nps", "csat"} else 1
    return _("{low} to {high}").format(low=number(ends[0], decimals), high=number(ends[1], decimals))


def _with_interval(series: Series, one: SatisfactionFigure) -> str:
    value, ends = written(series.measure, one.value), _interval(series, one)
    return _("{value} (probably {ends})").format(value=value, ends=ends) if ends else value


def _table(series: Series) -> Table:
    rows = [
        Row(
            [
                name_box(_day(one)),
                number_box(written(series.measure, one.value), float(one.value)),
                text_box(_interval(series, one) or "–"),
                number_box("" if one.answers is None else number(one.answers), one.answers),
                text_box(one.note),
            ]
        )
        for one in reversed(series.figures)
    ]
    columns = [
        Column("day", _("Measured on"), numeric=False),
        Column("value", series.title),
        Column("interval", _("95% interval"), numeric=False),
        Column("answers", _("Answers")),
        Column("note", _("Note"), numeric=False),
    ]
    return Table(_("{measure} over time").format(measure=series.title), columns, rows)


# Published figures


def _results(person: Person, customer: Customer, sheet: Sheet) -> Results | None:
    cycles = queries.published_cycles()
    if not cycles:
        return None
    desk = _desk(person, customer.serving_unit, cycles)
    if desk is None:
        return None
    is_serving = customer.serving_unit is not None and desk.unit.code == customer.serving_unit.code
    return Results(
        cycle=desk.cycle,
        name=desk.unit.name,
        url=unit_url(desk.unit.code, {}),
        headline=_standing(desk),
        is_serving=is_serving,
        lines=_lines(desk, sheet.blocks),
    )


def _desk(person: Person, unit: Unit | None, cycles: Sequence[PublishedCycle]) -> Desk | None:
    """Return the figures of the unit, or of the organisation where the unit's are out of reach or not there."""
    for code in [*([unit.code] if unit else []), queries.ROOT]:
        try:
            return desk_for(person, code, cycles, {})
        except NotFoundError:
            continue
    return None


def _standing(desk: Desk) -> str:
    overall = primary(desk, desk.unit, ALL)
    return sentences.headline(
        desk.unit.name,
        overall,
        level_name(desk.instrument, overall.level if overall else None),
        gate_of(desk),
        k=desk.cycle.k,
        anything=any(primary(desk, desk.unit, block.code) for block in desk.instrument.blocks),
    )


def _lines(desk: Desk, blocks: Mapping[str, Sequence[str]]) -> list[BlockLine]:
    """Return the blocks that something of the customer concerns, in the order of the framework."""
    return [
        _line(desk, block.code, str(block.title), why=blocks[block.code])
        for block in desk.instrument.blocks
        if block.code in blocks
    ]


def _line(
    desk: Desk, code: str, title: str, *, why: Sequence[str] = (), customers: Sequence[Customer] = ()
) -> BlockLine:
    cell: Cell | None = primary(desk, desk.unit, code)
    level = cell.level or 0 if cell else 0
    return BlockLine(
        code=code,
        title=title,
        score=sign(cell, 0),
        interval=interval(cell.ci_low, cell.ci_high, 0) if cell else "",
        answers=counted(cell),
        level=level,
        level_name=level_name(desk.instrument, level),
        why=why,
        customers=customers,
    )


@dataclass(frozen=True)
class BlocksPage:
    """Which customers each building block concerns, with the organisation's published figure.

    elsewhere: blocks of other frameworks that promises or channels name.
    """

    cycle: PublishedCycle | None
    lines: Sequence[BlockLine]
    untouched: int
    elsewhere: Sequence[str]


def blocks_page(person: Person) -> BlocksPage:
    """Return the building blocks with the customers whom a promise or a channel ties to them."""
    concerned = register.concerned(person)
    cycles = queries.published_cycles()
    desk = _desk(person, None, cycles) if cycles else None
    titles = dict(block_choices())
    lines = [
        _line(desk, code, title, customers=concerned.get(code, []))
        if desk
        else BlockLine(code, title, "", "", "", 0, "", customers=concerned.get(code, []))
        for code, title in titles.items()
    ]
    return BlocksPage(
        cycle=desk.cycle if desk else None,
        lines=lines,
        untouched=sum(not line.customers for line in lines),
        elsewhere=sorted(set(concerned) - set(titles)),
    )


def block_choices() -> list[tuple[str, str]]:
    """Return codes and titles of the building blocks: of the newest published cycle, else of the newest framework."""
    cycles = queries.published_cycles()
    if cycles:
        instrument = cycles[-1].instrument
    else:
        framework = Framework.objects.order_by("-loaded_at", "-pk").first()
        if framework is None:
            return []
        instrument = framework.instrument
    return [(block.code, str(block.title)) for block in instrument.blocks]
