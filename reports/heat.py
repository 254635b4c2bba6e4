"""The heat map: units × dimensions with the number in each cell, sortable, to any depth, by any audience and lens.

It is a table and nothing else, so that a thousand units are sent in one go, read by a screen reader and printed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote, urlencode

from django.core.paginator import Page, Paginator
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from assessments.instrument.content import Lens
from cfm.lib import charts
from organisation.models import Person
from reports import queries, sentences
from reports.choices import Choice, NotFoundError, choice, picked
from reports.desk import at_home
from reports.facts import legend, unit_url, why_url
from reports.numbers import counted, sign
from reports.queries import ALL, Cell, PublishedCycle, Tree, UnitRow
from reports.tables import Column

PARAMETERS: Final = ("cycle", "lens", "unit", "depth", "sort", "audience")
A_PAGE: Final = 1000
READABLE: Final = 60  # rows that are shown without being asked for
NAME: Final = "name"
Line = Mapping[str, Cell]


@dataclass(frozen=True)
class HeatMap:
    """What the page shows."""

    cycle: PublishedCycle
    top: UnitRow
    caption: str
    sentence: str
    columns: Sequence[Column]
    rows: Sequence[SafeString]
    page: "Page[UnitRow]"
    legend: Sequence[tuple[str, str]]
    note: str
    cycles: Sequence[Choice]
    lenses: Sequence[Choice]
    audiences: Sequence[Choice]
    depths: Sequence[Choice]


@dataclass(frozen=True)
class _Asked:
    """What the address asks for."""

    query: Mapping[str, str]
    cycle: PublishedCycle
    lens: Lens
    audience: str
    tree: Tree
    top: UnitRow
    units: Sequence[UnitRow]
    depth: int
    deepest: int

    @property
    def codes(self) -> list[str]:
        return [ALL, *(one.code for one in self.lens.dimensions)]

    @property
    def falling(self) -> bool:
        return self.query.get("sort", "").startswith("-")

    @property
    def key(self) -> str:
        """The column sorted by; empty for the order of the tree."""
        wanted = self.query.get("sort", "").removeprefix("-")
        return wanted if wanted in {NAME, "n", *self.codes} else ""


def heat_map(person: Person, parameters: Mapping[str, str]) -> HeatMap | None:
    """Return the grid, or None before the first publication. Raises NotFoundError for what isn't there."""
    cycles = queries.published_cycles()
    if not cycles:
        return None
    asked = _asked(person, cycles, {n: parameters[n] for n in PARAMETERS if parameters.get(n)})
    lines = queries.grid(
        asked.cycle, lens=asked.lens.code, audience=asked.audience, depth=asked.top.depth + asked.depth
    )
    ordered = _ordered(asked, lines)
    page = Paginator(ordered, A_PAGE).get_page(parameters.get("page"))
    return HeatMap(
        cycle=asked.cycle,
        top=asked.top,
        caption=_("{lens}: {unit} and the units below").format(lens=asked.lens.title, unit=asked.top.name),
        sentence=_sentence(asked, lines),
        columns=_columns(asked),
        rows=_rows(asked, list(page), lines),
        page=page,
        legend=legend(asked.cycle.instrument),
        note=_note(asked, lines),
        cycles=[
            choice(asked.query, "cycle", one.code, one.title, one is asked.cycle) for one in reversed(cycles)
        ],
        lenses=[
            choice(asked.query, "lens", one.code, str(one.title), one is asked.lens)
            for one in asked.cycle.instrument.lenses
        ],
        audiences=[
            choice(asked.query, "audience", code, label, code == asked.audience)
            for code, label in audiences().items()
        ],
        depths=_depths(asked),
    )


def audiences() -> dict[str, str]:
    """Return whose figures can be looked at: code → name."""
    return {
        "all": _("All answers"),
        "staff": _("Staff"),
        "manager": _("Managers"),
        "evidence": _("Evidence"),
        "composite": _("Composite"),
    }


def _asked(person: Person, cycles: Sequence[PublishedCycle], query: dict[str, str]) -> _Asked:
    cycle = picked(cycles, query.get("cycle"), cycles[-1])
    lens = picked(cycle.instrument.lenses, query.get("lens"), cycle.instrument.primary)
    audience = query.get("audience", "all")
    tree, reach = queries.tree(cycle), queries.reach(person)
    top = at_home(tree, reach, query.get("unit"), below=True)
    if audience not in audiences():
        raise NotFoundError(audience)
    reached = [row for row in tree.below(top) if reach.below(row)]
    deepest = max(row.depth for row in reached) - top.depth
    depth = _depth(query.get("depth"), reached, top, deepest)
    units = [row for row in reached if row.depth - top.depth <= depth]
    return _Asked(query, cycle, lens, audience, tree, top, units, depth, deepest)


def _depth(wanted: str | None, reached: Sequence[UnitRow], top: UnitRow, deepest: int) -> int:
    """As asked for; else as deep as makes a readable grid."""
    if wanted is not None:
        if not (wanted.isascii() and wanted.isdigit()):
            raise NotFoundError(wanted)
        return min(int(wanted[:6]), deepest)
    for depth in range(deepest, 1, -1):
        if sum(row.depth - top.depth <= depth for row in reached) <= READABLE:
            return depth
    return min(1, deepest)


def _ordered(asked: _Asked, lines: Mapping[int, Line]) -> list[UnitRow]:
    """The order of the tree, or by a column: what is not shown stands last either way."""
    if not asked.key:
        return list(asked.units)
    if asked.key == NAME:
        return sorted(asked.units, key=lambda unit: unit.name.casefold(), reverse=asked.falling)
    values = {unit.position: _value(asked, lines.get(unit.position, {})) for unit in asked.units}
    known = [unit for unit in asked.units if values[unit.position] is not None]
    unknown = [unit for unit in asked.units if values[unit.position] is None]
    known.sort(key=lambda unit: values[unit.position] or 0.0, reverse=asked.falling)
    return known + unknown


def _value(asked: _Asked, line: Line) -> float | None:
    if asked.key == "n":
        cell = _most(line)
        return cell.n if cell else None
    cell = line.get(asked.key)
    return cell.score if cell else None


def _most(line: Line) -> Cell | None:
    """The figure of most people: how many count for the unit at all."""
    return max(
        (cell for cell in line.values() if cell.n is not None), key=lambda cell: cell.n or 0, default=None
    )


def _sentence(asked: _Asked, lines: Mapping[int, Line]) -> str:
    known = [
        (unit.name, cell)
        for unit in asked.units
        if unit is not asked.top
        and (cell := lines.get(unit.position, {}).get(ALL))
        and cell.score is not None
    ]
    whole = lines.get(asked.top.position, {}).get(ALL)
    hidden = sum(not lines.get(unit.position) for unit in asked.units)
    said = sentences.across_units(known, icc2=whole.icc2 if whole else None, hidden=hidden, k=asked.cycle.k)
    return said or _("There are no units below to compare.")


def _note(asked: _Asked, lines: Mapping[int, Line]) -> str:
    whole = lines.get(asked.top.position, {}).get(ALL)
    reliable = whole is not None and whole.icc2 is not None and whole.icc2 >= sentences.RELIABLE_ICC2
    parts = [_("A number leads to how it was made."), sentences.why_hidden(asked.cycle.k)]
    if asked.key in asked.codes and not reliable:
        parts.append(_("The order is no ranking: differences between units are within noise."))
    return " ".join(parts)


def _columns(asked: _Asked) -> list[Column]:
    heads = [(NAME, _("Unit"), ""), (ALL, _("All"), _("All together"))]
    heads += [(one.code, one.code, str(one.title)) for one in asked.lens.dimensions]
    heads.append(("n", _("Entries") if asked.audience == "evidence" else _("Answers"), ""))
    return [_column(asked, *head) for head in heads]


def _column(asked: _Asked, key: str, label: str, title: str) -> Column:
    """Pressing a column sorts by it, largest first for numbers; then the other way; then in the tree's order."""
    rest = {name: value for name, value in asked.query.items() if name != "sort"}
    first, second = (key, f"-{key}") if key == NAME else (f"-{key}", key)
    now = asked.query.get("sort", "")
    following = first if asked.key != key else second if now == first else ""
    address = urlencode(rest | ({"sort": following} if following else {}))
    order = ("descending" if asked.falling else "ascending") if asked.key == key else ""
    return Column(key, label, numeric=key != NAME, title=title, sort_url=f"?{address}", sorted=order)


def _rows(asked: _Asked, units: Sequence[UnitRow], lines: Mapping[int, Line]) -> list[SafeString]:
    writer = _Writer(asked)
    flat = bool(asked.key)
    return [
        writer.row(
            unit,
            lines.get(unit.position, {}),
            asked.codes,
            0 if flat else min(6, unit.depth - asked.top.depth),
            unit_url(unit.code, asked.query),
        )
        for unit in units
    ]


class _Writer:
    """Rows as HTML: in Python, since a template takes ten times as long over ten thousand cells."""

    def __init__(self, asked: _Asked) -> None:
        levels = len(asked.cycle.instrument.levels)
        of_any = why_url(asked.cycle.code, asked.audience, asked.lens.code, ALL, "x")
        self.why = of_any.removesuffix(f"{ALL}/x/")
        self.shades = {n: charts.heat(n, levels) for n in range(1, levels + 1)}
        hidden = f'–<span class="visually-hidden"> {escape(_("not shown"))}</span>'
        self.hidden = f'<td class="heat heat-hidden">{hidden}</td>'

    def row(self, unit: UnitRow, line: Line, codes: Sequence[str], indent: int, url: str) -> SafeString:
        """Return one line of the table."""
        moved = f' class="indent-{indent}"' if indent else ""
        head = f'<th scope="row"{moved}><a href="{escape(url)}">{escape(unit.name)}</a></th>'
        end = escape(f"/{quote(unit.code)}/")
        cells = "".join([self._cell(line.get(code), f"{self.why}{code}{end}") for code in codes])
        n = escape(counted(_most(line))) or "–"
        return mark_safe(f'<tr>{head}{cells}<td class="is-numeric">{n}</td></tr>')  # noqa: S308  # escaped above

    def _cell(self, cell: Cell | None, why: str) -> str:
        """A number, which has nothing to escape, leading to how it was made."""
        if cell is None or cell.score is None:
            return self.hidden
        return (
            f'<td class="heat heat-{self.shades[cell.level or 1]}"><a href="{why}">{sign(cell, 0)}</a></td>'
        )


def _depths(asked: _Asked) -> list[Choice]:
    if asked.deepest < 2:
        return []
    labels = {depth: str(depth) for depth in range(1, asked.deepest)} | {asked.deepest: _("All")}
    return [
        choice(asked.query, "depth", str(depth), label, depth == asked.depth)
        for depth, label in labels.items()
    ]
