"""Sample data for the style guide: every component with figures that could be true."""

from types import SimpleNamespace
from typing import Any, Final

from django import forms
from django.core.paginator import Paginator

from cfm.lib import charts
from cfm.lib.charts import Band, Json, Series

BLOCKS: Final = (
    "Define customer focus",
    "Make a business case",
    "Set goals",
    "Make it everyone’s business",
    "Cultivate competencies",
    "Develop customer focus",
    "Reward and celebrate",
    "Communicate",
)
STAFF: Final = (58.0, 41.2, 49.5, 62.1, 55.3, 51.0, 38.4, 47.9)
MANAGERS: Final = (66.3, 44.0, 67.8, 69.0, 60.2, 58.8, 52.7, 63.5)
LEVELS: Final = ("Task-focused", "Aware", "Committed", "Aligned", "Customer-driven")
UNITS: Final = (("Northwind", 0), ("Service", 1), ("Service North", 2), ("Research and Development", 1))


class SampleForm(forms.Form):
    """One field of each kind."""

    title = forms.CharField(max_length=80, help_text="As people will read it in their invitation.")
    framework = forms.ChoiceField(choices=[("cf1", "Customer Focus, version 1")])
    closes = forms.DateField(required=False, label="Closes on")
    answers = forms.IntegerField(min_value=5, label="Answers needed to show a score")
    invite = forms.BooleanField(required=False, label="Send the invitations now")


def sample(page: str = "2") -> dict[str, Any]:
    """Return the context of the style guide. page: the number of the sample list's page."""
    return {
        "crumbs": [("Results", "#"), ("Northwind", "#"), ("Service North", "")],
        "steps": [("Draft", "done"), ("Open", "current"), ("Closed", "coming"), ("Scored", "coming")],
        "levels": list(enumerate(LEVELS, 1)),
        "form": SampleForm(),
        "wrong_form": SampleForm({"title": "", "framework": "cf1", "answers": "3"}, auto_id="wrong_%s"),
        "page": Paginator(range(230), 25).get_page(page),
        "block_table": block_table(),
        "unit_table": unit_table(),
        "radar": charts.radar(BLOCKS, views(interval=False)),
        "bars": block_bars(),
        "gaps": charts.dumbbell(BLOCKS, *views(interval=False), [gap > 9 for gap in gaps()]),
        "heat": unit_heat(),
    }


def gaps() -> list[float]:
    """Return managers minus staff, a value a block, in score points."""
    return [manager - staff for staff, manager in zip(STAFF, MANAGERS, strict=True)]


def views(*, interval: bool) -> tuple[Series, Series]:
    """Return how staff and managers see the blocks."""
    return (
        _series("Staff", "staff", STAFF, interval=interval),
        _series("Managers", "manager", MANAGERS, interval=interval),
    )


def _series(name: str, role: str, values: tuple[float, ...], *, interval: bool) -> Series:
    notes = [f"{name}: {value:.0f} of 100" for value in values]
    low = [value - 4 for value in values] if interval else []
    high = [value + 4 for value in values] if interval else []
    return Series(name, role, values, low, high, notes)


def block_bars() -> Json:
    """Return the blocks as bars with level bands and markers."""
    pooled = tuple((staff + manager) / 2 for staff, manager in zip(STAFF, MANAGERS, strict=True))
    bands = [Band(20 * (level - 1), 20 * level, name) for level, name in enumerate(LEVELS, 1)]
    main = _series("All", "all", pooled, interval=True)
    return charts.bars(
        BLOCKS, main, markers=[_series("Evidence", "evidence", STAFF, interval=False)], bands=bands
    )


def unit_heat() -> Json:
    """Return units by blocks, one unit hidden."""
    values: list[list[float | None]] = [_shifted(9), _shifted(4), [None] * len(BLOCKS), _shifted(-16)]
    signs = [["–" if value is None else f"{value:.0f}" for value in row] for row in values]
    columns = [(f"B{number}", name) for number, name in enumerate(BLOCKS, 1)]
    return charts.heatmap(
        UNITS,
        columns,
        values,
        signs=signs,
        hidden="fewer than 5 answers: not shown",
        bounds=[0, 20, 40, 60, 80],
    )


def _shifted(points: float) -> list[float | None]:
    return [value + points * place / 4 for place, value in enumerate(STAFF)]


def block_table() -> SimpleNamespace:
    """Return the table beside the charts of the blocks."""
    columns = [
        _column("Building block", numeric=False),
        _column("Staff", sorted="descending"),
        _column("Managers"),
        _column("Difference"),
    ]
    rows = [
        SimpleNamespace(
            cells=[
                _cell(name, header=True, href="#"),
                _cell(f"{staff:.1f}", level=int(staff // 20) + 1),
                _cell(f"{manager:.1f}", level=int(manager // 20) + 1),
                _cell(f"+{gap:.1f}" if gap > 9 else "no clear difference"),
            ],
            muted=gap <= 9,
        )
        for name, staff, manager, gap in zip(BLOCKS, STAFF, MANAGERS, gaps(), strict=True)
    ]
    return SimpleNamespace(caption="Scores by block", columns=columns, rows=rows, open=False, note="")


def unit_table() -> SimpleNamespace:
    """Return units by blocks as a wide table with a hidden row."""
    columns = [
        _column("Unit", numeric=False),
        *(_column(f"B{n}", title=name) for n, name in enumerate(BLOCKS, 1)),
    ]
    rows = [
        SimpleNamespace(
            cells=[
                _cell(unit, header=True, indent=depth),
                *(_cell("–" if depth == 2 else f"{value:.1f}", hidden=depth == 2) for value in STAFF),
            ],
            muted=False,
        )
        for unit, depth in UNITS
    ]
    note = "“–” is not shown: fewer than 5 people answered."
    return SimpleNamespace(
        caption="Scores by unit and block", columns=columns, rows=rows, open=True, note=note
    )


def _column(label: str, *, numeric: bool = True, sorted: str = "", title: str = "") -> SimpleNamespace:  # noqa: A002
    return SimpleNamespace(
        label=label, numeric=numeric, sort_url="#" if numeric else "", sorted=sorted, title=title
    )


def _cell(
    text: str, *, header: bool = False, href: str = "", level: int = 0, hidden: bool = False, indent: int = 0
) -> SimpleNamespace:
    return SimpleNamespace(
        text=text, header=header, href=href, numeric=not header, level=level, hidden=hidden, indent=indent
    )
