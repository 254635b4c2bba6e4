"""The files of a board pack: native charts with the page's own figures, and no cell that is a formula."""

import io
import re
import zipfile
from dataclasses import replace
from xml.etree import ElementTree

import pytest
from pptx import Presentation

from assessments.models import Distribution, Release
from reports.choices import NotFoundError
from reports.pack import gather
from reports.pack.content import Content
from reports.pack.frames import frame
from reports.pack.paper import paper
from reports.pack.pictures import pictures
from reports.pack.plain import plain
from reports.pack.slides import presentation
from reports.pack.workbook import workbook
from tests.factories.reports import UNITS, published

pytestmark = pytest.mark.django_db

FORMULA = '=HYPERLINK("http://evil.example","Org")'


def content(names: dict[str, str] | None = None, **options) -> Content:
    cycle = published("spring", names=names, **options)
    return gather(Release.objects.get(cycle=cycle), cycle.units.get(position=0))


def parts(data: bytes) -> dict[str, str]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name).decode("utf-8", "replace") for name in archive.namelist()}


def test_the_pack_tells_the_minute_every_panel_and_every_lens():
    found = content()

    assert found.headline.startswith("Org stands at 58 of 100")
    assert [panel.id for panel in found.panels][:5] == [
        "01-blocks",
        "02-views",
        "03-gap",
        "04-trend",
        "05-units",
    ]
    assert len(found.panels) == 5 + 2 + 4
    assert {row[1] for row in found.figures} == set(UNITS)


def test_priorities_statements_and_benchmarks_are_in_the_pack_too():
    cycle = published("spring")
    release = Release.objects.get(cycle=cycle)
    for number, item in enumerate(cycle.framework.instrument.closed_items("staff")):
        Distribution.objects.create(
            release=release,
            unit=cycle.units.get(code="ORG"),
            audience="staff",
            item=item.code,
            counts=[number, 1, 5, 20, 5],
            missing=0,
        )

    found = gather(release, cycle.units.get(position=0))
    named = {panel.title: panel for panel in found.panels}
    low = named["Staff: the least favourable statements"]
    deck = Presentation(io.BytesIO(presentation(found)))

    assert {"01-blocks", "06-matrix", "07-statements", "08-inside"} <= {one.id for one in found.panels}
    assert len(plain(low.figure).categories) == 12
    assert len(low.table.rows) == len(cycle.framework.instrument.closed_items("staff"))
    assert low.title in {shape.name for slide in deck.slides for shape in slide.shapes if shape.has_chart}
    assert "07-statements.svg" in " ".join(parts(pictures(found)))
    assert paper(found).startswith(b"%PDF")


def test_the_pack_of_a_unit_holds_nothing_of_units_beside_it():
    cycle = published("spring")

    found = gather(Release.objects.get(cycle=cycle), cycle.units.get(code="NORTH"))

    assert {row[1] for row in found.figures} == {"NORTH", "DEPOT"}
    assert "South" not in repr(found.panels)


def test_a_release_that_is_not_visible_makes_no_pack():
    cycle = published("hidden", visible=False)

    with pytest.raises(NotFoundError):
        gather(Release.objects.get(cycle=cycle), cycle.units.get(position=0))


def test_slides_carry_native_charts_with_the_figures_of_the_page():
    found = content()

    deck = Presentation(io.BytesIO(presentation(found)))

    charts = [shape.chart for slide in deck.slides for shape in slide.shapes if shape.has_chart]
    shown = [plain(panel.figure) for panel in found.panels if plain(panel.figure).kind != "grid"]
    assert len(charts) == len(shown) == 10
    for chart, expected in zip(charts, shown, strict=True):
        plots = [series for plot in chart.plots for series in plot.series]
        if expected.kind == "points":  # each has a series of its own, so that it can be named
            assert [value for series in plots for value in series.values] == expected.series[0].values
            continue
        assert [list(series.values) for series in plots] == [list(line.values) for line in expected.series]
    assert charts[0].value_axis.maximum_scale == 100


def test_every_slide_has_a_title_and_every_chart_an_alternative_text():
    deck = Presentation(io.BytesIO(presentation(content())))

    assert all(slide.shapes.title.text_frame.text for slide in deck.slides)
    graphics = [
        shape for slide in deck.slides for shape in slide.shapes if shape.has_chart or shape.has_table
    ]
    assert all(shape._element.nvGraphicFramePr.cNvPr.get("descr") for shape in graphics)


def test_hidden_units_are_marked_on_the_slide_of_units():
    deck = Presentation(
        io.BytesIO(presentation(content(scores={"ORG": 58, "NORTH": None, "DEPOT": 64, "SOUTH": 47})))
    )

    table = next(shape.table for slide in deck.slides for shape in slide.shapes if shape.has_table)
    row = next(row for row in table.rows if "North" in row.cells[0].text)
    assert {cell.text for cell in list(row.cells)[1:]} == {"–"}


def test_no_name_becomes_a_formula_in_the_workbook_nor_in_those_inside_slides():
    found = content(names={"ORG": FORMULA})

    book, deck = parts(workbook(found)), presentation(found)

    inside = [
        sheet
        for name, blob in _embedded(deck)
        for part, sheet in parts(blob).items()
        if part.startswith("xl/worksheets/")
    ]
    sheets = [text for name, text in book.items() if name.startswith("xl/worksheets/sheet")]
    assert inside
    assert sheets
    assert not [text for text in (*inside, *sheets) if "<f>" in text]
    assert any("HYPERLINK" in text for text in book.values())


def _embedded(deck: bytes) -> list[tuple[str, bytes]]:
    with zipfile.ZipFile(io.BytesIO(deck)) as archive:
        return [(name, archive.read(name)) for name in archive.namelist() if name.endswith(".xlsx")]


def test_the_workbook_has_a_native_chart_a_panel_and_all_published_figures_as_numbers():
    found = content()

    book = parts(workbook(found))

    assert len([name for name in book if re.fullmatch(r"xl/charts/chart\d+\.xml", name)]) == 10
    last = book[f"xl/worksheets/sheet{len(found.panels) + 2}.xml"]
    assert last.count("<row ") == len(found.figures) + 1
    scores = re.findall(r'<c r="I2"[^>]*><v>([\d.]+)</v>', last)
    assert [float(score) for score in scores] == [58.0]


def test_tables_are_frames_with_numbers_where_the_screen_shows_numbers():
    found = content(changes={("ORG", "all", "B1"): {"score": 57.25}, ("ORG", "all", "B2"): None})

    table = frame(found.panels[0].table)

    assert table.loc["Define customer focus", "Score"] == 57.3
    assert table.loc["Make a business case", "Score"] == "–"
    assert table.loc["Define customer focus", "Answers"] == "50 of 60"


def test_pictures_come_as_png_and_as_svg_with_title_and_description():
    found = content()
    few = replace(found, panels=found.panels[1:2])

    with zipfile.ZipFile(io.BytesIO(pictures(few))) as archive:
        names, svg = archive.namelist(), archive.read("02-views.svg")
        png = archive.read("02-views.png")

    root = ElementTree.fromstring(svg)
    assert names == ["02-views.png", "02-views.svg"]
    assert png.startswith(b"\x89PNG")
    assert [child.tag.rpartition("}")[2] for child in root][:2] == ["title", "desc"]
    assert root[1].text == found.panels[1].sentence


def test_the_print_version_has_a_page_a_panel_and_takes_any_name():
    found = content(names={"ORG": "Price $5 & 日本 $x^2$"})
    few = replace(found, panels=[found.panels[0], found.panels[4]])

    pages = re.findall(rb"/Type /Page\b(?!s)", paper(few))

    assert len(pages) == 1 + 1 + 2  # the minute, blocks, and units with their table
