"""What worked: expected against achieved in words, as a picture and as tables."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import fsum

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cfm.lib import charts
from cfm.lib.charts import Series
from improvement.models import Action
from organisation.models import Person
from reports import queries
from reports.effects import Comparison, Effect, Verdict, comparisons, effects
from reports.facts import Panel
from reports.numbers import number, sign, signed, signed_interval
from reports.tables import Box, Column, Row, Table, arranged, name_box, number_box, text_box

MOST_DRAWN = 15


@dataclass(frozen=True)
class Line:
    """An action with what became of it, in words."""

    action: Action
    word: str
    kind: str
    sentence: str


@dataclass(frozen=True)
class EffectsPage:
    """worked: those with a clear rise, the largest first; others: measured, without one; waiting: how many wait."""

    headline: str
    worked: Sequence[Line]
    others: Sequence[Line]
    waiting: int
    panel: Panel | None
    with_without: Sequence[str]
    comparison: Table | None


def words(effect: Effect) -> tuple[str, str, str]:
    """Return a word for what became of an action, the kind of its badge, and a sentence."""
    kinds = {
        Verdict.WAITING: (_("not measured yet"), "neutral"),
        Verdict.HIDDEN: (_("not shown"), "neutral"),
        Verdict.NOISE: (_("no clear difference"), "neutral"),
        Verdict.REACHED: (_("reached"), "done"),
        Verdict.LESS: (_("less than expected"), "active"),
        Verdict.FELL: (_("fell"), "warning"),
    }
    return *kinds[effect.verdict], sentence(effect)


def sentence(effect: Effect) -> str:
    """Return what was expected and what was measured."""
    expected = _("+{points} on {block} was expected.").format(
        points=number(effect.expected, _decimals(effect.expected)), block=effect.block
    )
    if effect.later is None:
        return expected + " " + _("It is measured when the next cycle is published.")
    if effect.change is None:
        return (
            expected
            + " "
            + _("{cycle} shows no figure to compare: too few answers, or not for you.").format(
                cycle=effect.later.title
            )
        )
    found = _("From {before} to {after} in {cycle}: {change}").format(
        before=sign(effect.before),
        after=sign(effect.after),
        cycle=effect.later.title,
        change=signed(effect.change.value, 1),
    )
    if effect.change.low is not None:
        found += " " + _("(95% interval {interval})").format(
            interval=signed_interval(effect.change.low, effect.change.high)
        )
    if not effect.change.clear:
        found += ", " + _("no clear difference")
    return f"{found}. {expected}"


def _decimals(value: float) -> int:
    return 0 if value == int(value) else 1


def effect_of(person: Person, action: Action) -> Effect | None:
    """Return what became of one action; None where nothing was expected."""
    if action.expected_points is None:
        return None
    return effects([action], queries.published_cycles(), queries.reach(person))[0]


def effects_page(person: Person, query: dict[str, str]) -> EffectsPage:
    """Return what worked, as far as this person reaches. The same queries for any number of actions."""
    cycles, reach = queries.published_cycles(), queries.reach(person)
    rows = list(
        Action.objects.visible_to(person)
        .exclude(baseline_cycle="")
        .select_related("unit", "owner")
        .order_by("code")
    )
    found = effects(rows, cycles, reach)
    measured = [one for one in found if one.change is not None]
    compared = comparisons(rows, cycles, reach)
    rose = [one for one in measured if one.verdict in {Verdict.REACHED, Verdict.LESS}]
    rest = [one for one in measured if one not in rose]
    return EffectsPage(
        headline=_headline(found, measured, rose),
        worked=[_line(one) for one in _by_change(rose)],
        others=[_line(one) for one in _by_change(rest)],
        waiting=len(found) - len(measured),
        panel=_panel(_by_change(measured), query) if measured else None,
        with_without=[_with_without(one) for one in compared],
        comparison=_comparison(compared, query) if compared else None,
    )


def _by_change(found: Sequence[Effect]) -> list[Effect]:
    return sorted(found, key=lambda one: (-(one.change.value if one.change else 0), one.action.code))


def _line(effect: Effect) -> Line:
    return Line(effect.action, *words(effect))


def _headline(found: Sequence[Effect], measured: Sequence[Effect], rose: Sequence[Effect]) -> str:
    if not found:
        return _("No action says yet what it should change")
    if not measured:
        return _("Nothing can be measured yet: that takes the cycle after the one an action counts from")
    return ngettext(
        "{rose} of {n} measured action came with a clear rise",
        "{rose} of {n} measured actions came with a clear rise",
        len(measured),
    ).format(rose=len(rose), n=len(measured))


def _panel(measured: Sequence[Effect], query: dict[str, str]) -> Panel:
    drawn = measured[:MOST_DRAWN]
    names = [f"{one.action.title} ({one.action.unit.name})" for one in drawn]
    notes = [f"{name}\n{sentence(one)}" for name, one in zip(names, drawn, strict=True)]
    before = [one.before.score if one.before else None for one in drawn]
    after = [one.after.score if one.after else None for one in drawn]
    figure = charts.dumbbell(
        [one.action.code for one in drawn],
        Series(_("Before"), "previous", before, notes=notes),
        Series(_("After"), "all", after, notes=notes),
        [bool(one.change and one.change.clear) for one in drawn],
    )
    changes = [one.change.value for one in measured if one.change]
    text = _("On average {change} points where {expected} were expected.").format(
        change=signed(fsum(changes) / len(changes), 1),
        expected=signed(fsum(one.expected for one in measured) / len(measured), 1),
    )
    note = " · ".join(f"{one.action.code} {name}" for one, name in zip(drawn, names, strict=True))
    return Panel("before-after", _("Before and after"), text, figure, _table(measured, query), note=note)


def _table(measured: Sequence[Effect], query: dict[str, str]) -> Table:
    columns = [
        Column("action", _("Action"), numeric=False),
        Column("unit", _("Unit"), numeric=False),
        Column("block", _("Block"), numeric=False),
        Column("before", _("Before")),
        Column("after", _("After")),
        Column("expected", _("Expected")),
        Column("change", _("Change")),
        Column("interval", _("95% interval")),
        Column("word", _("In a word"), numeric=False),
    ]
    rows = [
        Row(
            [
                name_box(one.action.title, href=reverse("action", args=[one.action.code])),
                text_box(one.action.unit.name),
                text_box(one.block),
                number_box(sign(one.before), one.before.score if one.before else None),
                number_box(sign(one.after), one.after.score if one.after else None),
                number_box(signed(one.expected, 1), one.expected),
                number_box(signed(one.change.value, 1), one.change.value),
                number_box(signed_interval(one.change.low, one.change.high), one.change.low),
                text_box(words(one)[0]),
            ],
            muted=not one.change.clear,
        )
        for one in measured
        if one.change
    ]
    table = Table(_("Expected against achieved"), columns, rows, anchor="before-after-title")
    return arranged(table, query)


def _with_without(one: Comparison) -> str:
    """Return with against without in plain words, with the number of units."""
    told = {"block": one.title, "later": one.later.title, "earlier": one.earlier.title}
    if one.gap is None:
        return _(
            "{block}, {earlier} to {later}: nothing to compare, since all units that can be shown are on one side."
        ).format(**told)
    told |= {
        "with_n": ngettext("{n} unit", "{n} units", len(one.with_action)).format(n=len(one.with_action)),
        "without_n": ngettext("{n} unit", "{n} units", len(one.without)).format(n=len(one.without)),
        "with_mean": signed(fsum(one.with_action) / len(one.with_action), 1),
        "without_mean": signed(fsum(one.without) / len(one.without), 1),
    }
    text = _(
        "{block}, {earlier} to {later}: {with_mean} in {with_n} with an action, {without_mean} in {without_n} without."
    ).format(**told)
    if one.gap.low is None:
        return text + " " + _("Too few units to say whether that is chance.")
    if not one.gap.clear:
        return text + " " + _("That is no clear difference.")
    return text + " " + _("That is more than chance would make of it; what else differed is not known.")


def _comparison(compared: Sequence[Comparison], query: dict[str, str]) -> Table:
    columns = [
        Column("block", _("Block"), numeric=False),
        Column("cycles", _("Cycles"), numeric=False),
        Column("with", _("Units with an action")),
        Column("with_change", _("Their change")),
        Column("without", _("Units without")),
        Column("without_change", _("Their change")),
        Column("gap", _("Difference")),
        Column("gap_interval", _("95% interval")),
    ]
    rows = [
        Row(
            [
                name_box(one.title),
                text_box(f"{one.earlier.title} – {one.later.title}"),
                *_group(one.with_action),
                *_group(one.without),
                number_box(signed(one.gap.value, 1) if one.gap else "", one.gap.value if one.gap else None),
                number_box(
                    signed_interval(one.gap.low, one.gap.high) if one.gap else "",
                    one.gap.low if one.gap else None,
                ),
            ],
            muted=not (one.gap and one.gap.clear),
        )
        for one in compared
    ]
    note = _(
        "The lowest units that are shown in both cycles, so that nobody counts twice. An action counts for its unit "
        "and all below; those of the whole organisation are left out here."
    )
    table = Table(
        _("Units with an action and without"), columns, rows, name="by", anchor="with-title", note=note
    )
    return arranged(table, query)


def _group(changes: Sequence[float]) -> list[Box]:
    mean = fsum(changes) / len(changes) if changes else None
    return [
        number_box(str(len(changes)), len(changes)),
        number_box("" if mean is None else signed(mean, 1), mean),
    ]
