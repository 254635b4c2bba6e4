"""Static files that come from wheels."""

from pathlib import Path

import pytest
from django.contrib.staticfiles import finders

from cfm.lib.finders import WHEEL_FILES, WheelFinder, wheel_folder
from scripts import make_plotly_css


@pytest.mark.parametrize("address", ["plotly/plotly.min.js", "bootstrap/bootstrap.min.css"])
def test_a_file_of_a_wheel_is_served(address):
    found = finders.find(address)

    assert found is not None
    assert Path(found).is_file()


@pytest.mark.parametrize(
    "address", ["plotly/widgetbundle.js", "plotly/../__init__.py", "plotly/", "nothing/plotly.min.js", ""]
)
def test_nothing_else_of_a_wheel_is_served(address):
    assert WheelFinder().find(address) == []


def test_every_listed_file_exists_below_its_address():
    listed = {f"{storage.prefix}/{path}": storage.exists(path) for path, storage in WheelFinder().list(None)}

    assert listed == {f"{name}/{file}": True for name, (_, _, files) in WHEEL_FILES.items() for file in files}


def test_ignored_files_are_not_listed():
    assert [path for path, _ in WheelFinder().list(["*.map", "*.css"])] == ["plotly.min.js"]


def test_a_package_that_is_not_installed_is_named():
    with pytest.raises(ValueError, match="no_such_package_here"):
        wheel_folder("no_such_package_here", "static")


def test_the_static_sheet_holds_the_rules_of_the_installed_plotly():
    source = make_plotly_css.plotly_source()

    assert make_plotly_css.SHEET.read_text(encoding="utf-8") == make_plotly_css.sheet(source)


def test_the_marker_in_pages_is_the_one_the_installed_plotly_looks_for():
    source = make_plotly_css.plotly_source()

    assert make_plotly_css.MARKER.read_text(encoding="utf-8") == make_plotly_css.marker(source)


def test_a_plotly_without_known_rules_is_refused():
    with pytest.raises(ValueError, match="style rules"):
        make_plotly_css.sheet("Plotly = {}")
    with pytest.raises(ValueError, match="map styles"):
        make_plotly_css.map_marker("Plotly = {}")
