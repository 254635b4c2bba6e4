"""The board pack as slides: a sentence as title, a native chart whose numbers can be edited, alternative texts."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any, Final

from django.utils.translation import gettext as _

from cfm.lib.csv_export import cell as guarded
from reports.facts import Panel
from reports.overview import Overview, Ranked
from reports.pack.content import Content
from reports.pack.drawing import level_of
from reports.pack.palette import colour
from reports.pack.plain import Line, Plain, plain

WIDTH, HEIGHT = 13.333, 7.5  # inches, 16:9
MARGIN: Final = 0.6
GRID_ROWS: Final = 24


def presentation(content: Content) -> bytes:
    """Return a .pptx: title, the minute, and a slide for each panel (a grid of many units takes several)."""
    from pptx import Presentation
    from pptx.util import Inches

    deck = Presentation()
    deck.slide_width, deck.slide_height = Inches(WIDTH), Inches(HEIGHT)
    deck.core_properties.title = content.title
    deck.core_properties.author = ""
    writer = _Writer(deck)
    writer.cover(content)
    writer.minute(content.minute)
    for panel in content.panels:
        writer.panel(panel)
    file = io.BytesIO()
    deck.save(file)
    return file.getvalue()


class _Writer:
    """Puts slides into a deck, all on the layout that has nothing but a title."""

    def __init__(self, deck: Any) -> None:
        self.deck = deck

    def _slide(self, title: str, small: str = "", size: int = 28) -> Any:
        from pptx.util import Inches

        slide = self.deck.slides.add_slide(self.deck.slide_layouts[5])
        heading = slide.shapes.title
        heading.left, heading.top = Inches(MARGIN), Inches(0.65)
        heading.width, heading.height = Inches(WIDTH - 2 * MARGIN), Inches(1.1)
        heading.text_frame.word_wrap = True
        heading.text_frame.text = title
        _style(heading.text_frame.paragraphs[0], size=size, bold=True)
        heading.text_frame.vertical_anchor = _top()
        if small:
            self._text(slide, [small], top=0.3, height=0.35, size=12, shade="organisation")
        return slide

    def _text(
        self,
        slide: Any,
        lines: Sequence[str],
        *,
        top: float,
        height: float,
        left: float = MARGIN,
        width: float = WIDTH - 2 * MARGIN,
        size: int = 16,
        shade: str = "text",
        bold_first: bool = False,
    ) -> None:
        from pptx.util import Inches

        box = slide.shapes.add_textbox(Inches(left), Inches(top), Inches(width), Inches(height))
        frame = box.text_frame
        frame.word_wrap = True
        for number, line in enumerate(lines):
            paragraph = frame.paragraphs[0] if not number else frame.add_paragraph()
            paragraph.text = line
            _style(paragraph, size=size, shade=shade, bold=bold_first and not number, after=6)

    def cover(self, content: Content) -> None:
        slide = self._slide(content.headline, f"{content.title} · {content.cycle}", size=36)
        slide.shapes.title.top = _inches(2.2)
        slide.shapes.title.height = _inches(2.4)
        self._text(slide, [content.rests_on], top=5.4, height=0.5, size=14, shade="organisation")

    def minute(self, minute: Overview) -> None:
        slide = self._slide(_("In a minute"))
        half = (WIDTH - 3 * MARGIN) / 2
        ways = {"height": 2.2, "width": half, "size": 15, "bold_first": True}
        self._text(slide, [_("Strengths"), *map(_strength, minute.strengths)], top=1.6, **ways)  # type: ignore[arg-type]
        self._text(
            slide,
            [_("Priorities"), *(f"{_strength(one)}: {one.why}" for one in minute.priorities)],
            top=1.6,
            left=2 * MARGIN + half,
            **ways,  # type: ignore[arg-type]
        )
        lines = [f"{line.title}: {line.text}" for line in minute.lines]
        self._text(slide, [*lines, *minute.trust], top=4.1, height=3.0, size=14)

    def panel(self, panel: Panel) -> None:
        """A slide with the panel's chart; without one its sentence alone tells what there is to tell."""
        if panel.figure is None:
            self._slide(panel.sentence, panel.title)
            return
        shown = plain(panel.figure)
        if shown.kind == "grid":
            for first in range(0, len(shown.categories), GRID_ROWS):
                self._grid(self._slide(panel.sentence, panel.title, size=22), shown, first, panel)
            return
        slide = self._slide(panel.sentence, panel.title, size=24)
        self._chart(slide, shown, panel)
        if panel.note:
            slide.notes_slide.notes_text_frame.text = panel.note

    def _chart(self, slide: Any, shown: Plain, panel: Panel) -> None:
        from pptx.util import Inches

        kind, data = _chart_data(shown)
        place = (Inches(MARGIN), Inches(1.8), Inches(WIDTH - 2 * MARGIN), Inches(HEIGHT - 2.1))
        graphic = slide.shapes.add_chart(kind, *place, data)
        graphic.name = panel.title
        graphic._element.nvGraphicFramePr.cNvPr.set("descr", f"{panel.title}. {panel.sentence}")
        _dress(graphic.chart, shown)

    def _grid(self, slide: Any, shown: Plain, first: int, panel: Panel) -> None:
        from pptx.util import Inches, Pt

        rows = range(first, min(first + GRID_ROWS, len(shown.categories)))
        place = (Inches(MARGIN), Inches(1.7), Inches(WIDTH - 2 * MARGIN), Inches(0.22 * (len(rows) + 1)))
        graphic = slide.shapes.add_table(len(rows) + 1, len(shown.columns) + 1, *place)
        graphic.name = panel.title
        graphic._element.nvGraphicFramePr.cNvPr.set("descr", f"{panel.title}. {panel.sentence}")
        table = graphic.table
        table.columns[0].width = Inches(3.4)
        for place_, label in enumerate(["", *shown.columns]):
            _cell(table.cell(0, place_), label, "surface", "text", bold=True)
        for line, row in enumerate(rows, 1):
            table.rows[line].height = Pt(15)
            _cell(table.cell(line, 0), shown.categories[row], "surface", "text")
            for column, (sign, value) in enumerate(zip(shown.cells[row], shown.values[row], strict=True), 1):
                shade = f"heat-{level_of(shown, value)}" if value is not None else "hidden"
                ink = f"{shade}-ink" if value is not None else "text"
                _cell(table.cell(line, column), sign if value is not None else "–", shade, ink)


def _strength(one: Ranked) -> str:
    return f"{one.title} ({one.number})"


def _chart_data(shown: Plain) -> tuple[Any, Any]:
    """The chart's kind and numbers. Names are guarded: they land in a workbook inside the slide."""
    from pptx.chart.data import CategoryChartData, XyChartData
    from pptx.enum.chart import XL_CHART_TYPE

    if shown.kind == "points":
        points = XyChartData()
        for name, x, y in zip(shown.categories, shown.series[0].xs, shown.series[0].values, strict=True):
            points.add_series(guarded(name)).add_data_point(x, y)
        return XL_CHART_TYPE.XY_SCATTER, points
    data = CategoryChartData(number_format="0.0")
    data.categories = [guarded(name) for name in shown.categories]
    for line in shown.series:
        data.add_series(guarded(line.name), line.values)
    kinds = {
        "bars": XL_CHART_TYPE.BAR_CLUSTERED,
        "stacked": XL_CHART_TYPE.BAR_STACKED_100,
        "radar": XL_CHART_TYPE.RADAR_MARKERS,
        "lines": XL_CHART_TYPE.LINE_MARKERS,
    }
    return kinds[shown.kind], data


def _dress(chart: Any, shown: Plain) -> None:
    """Colours of the product, an axis from 0 to 100, a legend below."""
    from pptx.enum.chart import XL_LEGEND_POSITION
    from pptx.util import Pt

    chart.font.size = Pt(12)
    chart.has_title = False
    chart.has_legend = len(shown.series) > 1
    if chart.has_legend:
        chart.legend.position = XL_LEGEND_POSITION.BOTTOM
        chart.legend.include_in_layout = False
    axis = chart.value_axis
    if shown.kind in {"bars", "lines", "radar"}:
        axis.minimum_scale, axis.maximum_scale, axis.major_unit = 0, 100, 20
    axis.major_gridlines.format.line.color.rgb = _rgb("grid")
    if shown.kind in {"bars", "stacked"}:
        chart.category_axis.reverse_order = True  # the first on top, as on the screen
        axis.tick_label_position = _tick_high()
    for plot in chart.plots:
        if shown.kind in {"bars", "stacked"}:
            plot.gap_width = 60
        for series, line in zip(plot.series, shown.series, strict=False):
            _paint(series, line, shown.kind)


def _paint(series: Any, line: Line, kind: str) -> None:
    from pptx.util import Pt

    if kind in {"bars", "stacked"}:
        series.format.fill.solid()
        series.format.fill.fore_color.rgb = _rgb(line.colour)
        return
    series.format.line.color.rgb = _rgb(line.colour)
    series.format.line.width = Pt(2.25)
    series.marker.format.fill.solid()
    series.marker.format.fill.fore_color.rgb = _rgb(line.colour)
    series.smooth = False


def _cell(cell: Any, text: str, shade: str, ink: str, *, bold: bool = False) -> None:
    from pptx.util import Pt

    cell.text = text
    cell.margin_top = cell.margin_bottom = Pt(1)
    cell.fill.solid()
    cell.fill.fore_color.rgb = _rgb(shade)
    _style(cell.text_frame.paragraphs[0], size=10, shade=ink, bold=bold)


def _style(paragraph: Any, *, size: int, shade: str = "text", bold: bool = False, after: int = 0) -> None:
    from pptx.enum.text import PP_ALIGN
    from pptx.util import Pt

    paragraph.alignment = PP_ALIGN.LEFT
    paragraph.space_after = Pt(after)
    paragraph.font.size, paragraph.font.bold = Pt(size), bold
    paragraph.font.color.rgb = _rgb(shade)


def _rgb(name: str) -> Any:
    from pptx.dml.color import RGBColor

    return RGBColor.from_string(colour(name).removeprefix("#").upper())


def _inches(value: float) -> Any:
    from pptx.util import Inches

    return Inches(value)


def _top() -> Any:
    from pptx.enum.text import MSO_ANCHOR

    return MSO_ANCHOR.TOP


def _tick_high() -> Any:
    from pptx.enum.chart import XL_TICK_LABEL_POSITION

    return XL_TICK_LABEL_POSITION.HIGH
