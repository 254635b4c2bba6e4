"""A panel's table as a pandas frame: numbers where the screen shows a number, words where it shows words."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from django.utils.formats import get_format

from assessments.scoring.rounding import half_up
from reports.tables import Box, Column, Table

if TYPE_CHECKING:
    import pandas as pd

NUMBER: Final = re.compile(r"[+−]?[\d.,\u00a0\u202f ]+")
Value = float | int | str | None


def frame(table: Table) -> pd.DataFrame:
    """Return the table, its first column as index. A figure that is not shown is the sign of the screen."""
    import pandas as pd

    labels = _labels(table.columns)
    rows = [[value(box) for box in row.cells] for row in table.rows]
    made = pd.DataFrame(rows, columns=labels, dtype=object)
    return made.set_index(labels[0])


def value(box: Box) -> Value:
    """Return what a cell holds: a number half up to what the screen shows of it, else its text.

    >>> value(Box("57.3", value=57.25, numeric=True)), value(Box("≥ 88", value=87.5, numeric=True))
    (57.3, '≥ 88')
    """
    if (
        box.hidden
        or not box.numeric
        or not isinstance(box.value, (int, float))
        or not NUMBER.fullmatch(box.text)
    ):
        return box.text or None
    point = get_format("DECIMAL_SEPARATOR")
    decimals = len(box.text.rpartition(point)[2]) if point in box.text else 0
    rounded = half_up(float(box.value), decimals)
    return rounded if decimals else int(rounded)


def _labels(columns: Sequence[Column]) -> list[str]:
    """Names of columns, no two alike: the full title where the label is a short one."""
    labels: list[str] = []
    for column in columns:
        label = (
            f"{column.label} {column.title}"
            if column.title and column.label != column.title
            else column.label
        )
        labels.append(label if label not in labels else f"{label} ({len(labels) + 1})")
    return labels
