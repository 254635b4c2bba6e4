"""Plain data → Plotly figures, as plain dicts: knows no Django, no app and no colours.

A figure is `{"data": […], "layout": {…}}` with scores rounded half up to one decimal, so that it is small and equals
its table. Colours are names of CSS variables (`var(--cfm-chart-staff)`), which `static/cfm/charts.js` resolves in the
reader's theme, beside fonts and grid. Every text is escaped here: Plotly reads some HTML in its texts. Series differ
in marker and dash as well as in colour. Scores run from 0 to 100 and every axis of scores shows the whole of it.
`layout.meta.narrow` is the height on a narrow screen, where it is another.
"""

from cfm.lib.charts.customers import Flow, flows, readings
from cfm.lib.charts.figures import bars, dumbbell, heat, heatmap, radar, steps, trend
from cfm.lib.charts.multiples import trends
from cfm.lib.charts.parts import HIDDEN_SIGN, Band, Json, Series, colour, rounded, text, wrapped
from cfm.lib.charts.ranges import Stretch, ranges
from cfm.lib.charts.spread import Spot, Spread, diverging, matrix, tones

__all__ = [
    "HIDDEN_SIGN",
    "Band",
    "Flow",
    "Json",
    "Series",
    "Spot",
    "Spread",
    "Stretch",
    "bars",
    "colour",
    "diverging",
    "dumbbell",
    "flows",
    "heat",
    "heatmap",
    "matrix",
    "radar",
    "ranges",
    "readings",
    "rounded",
    "steps",
    "text",
    "tones",
    "trend",
    "trends",
    "wrapped",
]
