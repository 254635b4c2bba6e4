"""The board pack: the figures of a unit as slides, workbook, print and pictures, all from the same panels.

`content` gathers what is told, `plain` reads a chart's figure back as categories and series, and `slides`, `workbook`,
`paper` and `pictures` each write one kind of file. Heavy libraries are imported inside functions: only jobs need them.
"""

from reports.pack.content import Content, gather
from reports.pack.files import FILES, KINDS, made

__all__ = ["FILES", "KINDS", "Content", "gather", "made"]
