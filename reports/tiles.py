"""The few numbers at the top of a page of results."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from reports import sentences
from reports.desk import Desk, defined, gate_of, primary
from reports.differences import Difference, difference
from reports.facts import why_url
from reports.numbers import counted, interval, number, score, signed, signed_interval
from reports.queries import ALL, Cell, UnitRow


@dataclass(frozen=True)
class Tile:
    """One number that matters. level: 1 to 5 shows a badge instead of a number; muted: within noise.

    why: address of the page that tells how the number was made.
    """

    label: str
    number: str
    note: str = ""
    suffix: str = ""
    level: int = 0
    muted: bool = False
    hidden: bool = False
    why: str = ""


def tiles(desk: Desk, above: UnitRow | None) -> list[Tile]:
    """Return score, level, turnout and change; and for a unit the distance from the organisation above."""
    overall = primary(desk, desk.unit, ALL)
    shown = [_overall_tile(desk, overall), _level_tile(desk)]
    if above is None or overall is None:
        shown.append(_turnout_tile(desk))
    shown.append(_change_tile(desk, overall))
    if above:
        shown.append(_against_tile(desk, overall, above))
    return shown


def _overall_tile(desk: Desk, overall: Cell | None) -> Tile:
    label = _("Overall score")
    if overall is None:
        return Tile(label, "", sentences.not_shown(desk.cycle.k), hidden=True)
    parts = [counted(overall) and _("{n} people").format(n=counted(overall))]
    span = interval(overall.ci_low, overall.ci_high, 0)
    parts.append(span and _("95% interval {interval}").format(interval=span))
    return Tile(
        label,
        score(overall),
        " · ".join(filter(None, parts)),
        suffix=_("of 100"),
        why=why_url(desk.cycle.code, "all", desk.instrument.primary.code, ALL, desk.unit.code),
    )


def _level_tile(desk: Desk) -> Tile:
    gate = gate_of(desk)
    label = _("Level every block reaches")
    if gate is None:
        return Tile(label, "", sentences.not_shown(desk.cycle.k), hidden=True)
    overall = primary(desk, desk.unit, ALL)
    level = overall.level if overall else None
    return Tile(label, gate.name, sentences.held_by(gate, level), level=gate.level)


def _turnout_tile(desk: Desk) -> Tile:
    if desk.unit.parent < 0 and desk.cycle.counted is not None:
        invited = sum(row.invited for row in desk.tree.units)
        share = 100 * desk.cycle.counted / invited if invited else 0.0
        note = _("{n} of {invited} people asked").format(
            n=number(desk.cycle.counted), invited=number(invited)
        )
        return Tile(_("Turnout"), number(share), note, suffix=_("%"))
    blocks = [primary(desk, desk.unit, block.code) for block in desk.instrument.blocks]
    most = max((cell for cell in blocks if cell and cell.n), key=lambda cell: cell.n or 0, default=None)
    if most is None:
        return Tile(_("Answers"), "", sentences.not_shown(desk.cycle.k), hidden=True)
    return Tile(
        _("Answers"), number(most.n or 0), _("of {n} people asked").format(n=number(most.invited or 0))
    )


def _change_tile(desk: Desk, overall: Cell | None) -> Tile:
    label, key = _("Change since last time"), (desk.instrument.primary.code, ALL)
    before = desk.previous
    if before is None:
        return Tile(label, "–", _("No earlier cycle to compare with."), muted=True)
    apart = difference(overall, defined(desk.history[before.release].get(key)))
    if apart is None:
        return Tile(label, "", sentences.not_shown(desk.cycle.k), hidden=True)
    return _difference_tile(label, apart, sentences.change(apart, before.title))


def _against_tile(desk: Desk, overall: Cell | None, above: UnitRow) -> Tile:
    label = _("Against {whole}").format(whole=above.name)
    apart = difference(overall, primary(desk, above, ALL))
    if apart is None:
        return Tile(label, "", sentences.not_shown(desk.cycle.k), hidden=True)
    return _difference_tile(label, apart, sentences.against(apart, desk.unit.name, above.name))


def _difference_tile(label: str, apart: Difference, sentence: str) -> Tile:
    span = signed_interval(apart.low, apart.high, 0)
    note = f"{sentence} {_('95% interval {interval}').format(interval=span)}" if span else sentence
    return Tile(label, signed(apart.value), note, suffix=_("points"), muted=not apart.clear)
