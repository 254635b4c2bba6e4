#!/usr/bin/env python3
"""Write the style rules that plotly.js would inject as a static sheet, so that a strict CSP can forbid injecting.

plotly.js skips its own rules when it finds an element with the id `plotly.js-style-global` and the class
`no-inline-styles`; its map library skips its sheet when an element with `map_marker()` as id exists.
Run after plotly was upgraded: `python scripts/make_plotly_css.py`. A test compares the result.
"""

import re
from pathlib import Path
from typing import Final

from cfm.lib.finders import wheel_folder

ROOT: Final = Path(__file__).resolve().parent.parent
SHEET: Final = ROOT / "static" / "cfm" / "plotly.css"
MARKER: Final = ROOT / "templates" / "components" / "_plotly_marker.html"

RULES = re.compile(r'\{"X,X div":.*?\};for\(')
RULE = re.compile(r"""(?:(?<=[{,])([A-Za-z]\w*)|"([^"]*)"):(?:'([^']*)'|"([^"]*)")""")
MAP_STYLE = re.compile(r'getElementById\("([0-9a-f]{64})"\)\)\{var \w+=document\.createElement\("style"\)')
HEAD = "/* Made by scripts/make_plotly_css.py from the installed plotly.js: do not edit. */\n"


def plotly_source() -> str:
    """Return the text of the installed plotly.min.js."""
    return (wheel_folder("plotly", "package_data") / "plotly.min.js").read_text(encoding="utf-8")


def sheet(source: str) -> str:
    """Return plotly's global rules as CSS. Raises ValueError when plotly.js no longer holds them as expected."""
    found = RULES.search(source)
    if found is None:
        raise ValueError("plotly.js holds no global style rules in the known form.")
    rules = [_rule(*groups) for groups in RULE.findall(found.group())]
    # plotly inserts each rule before the last one, so the first of its list wins
    return HEAD + "".join(reversed(rules))


def _rule(name: str, quoted: str, single: str, double: str) -> str:
    selector = re.sub("^,", " ,", name or quoted)
    selector = selector.replace("X", ".js-plotly-plot .plotly").replace("Y", ".plotly-notifier")
    return f"{selector} {{ {single or double} }}\n"


def map_marker(source: str) -> str:
    """Return the id whose presence keeps plotly's map library from injecting its style sheet."""
    found = MAP_STYLE.search(source)
    if found is None:
        raise ValueError("plotly.js injects its map styles in an unknown form, or no longer.")
    return found.group(1)


def marker(source: str) -> str:
    """Return the template fragment that carries the marker."""
    return f'<meta id="{map_marker(source)}"\n      name="plotly-map-styles"\n      content="none">\n'


if __name__ == "__main__":
    text = plotly_source()
    SHEET.write_text(sheet(text), encoding="utf-8")
    MARKER.write_text(marker(text), encoding="utf-8")
