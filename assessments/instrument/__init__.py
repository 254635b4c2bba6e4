"""Framework files (docs/formats.md): YAML text in, a frozen `Instrument` or all its mistakes by line out. Pure."""

from assessments.instrument.build import build
from assessments.instrument.content import (
    AUDIENCES,
    Advice,
    Dimension,
    Instrument,
    Item,
    KeyComponent,
    Lens,
    Level,
    Scale,
)
from assessments.instrument.document import MAX_BYTES, decode, read
from assessments.instrument.meaning import check
from assessments.instrument.problems import InstrumentError, Problem
from assessments.instrument.shape import prune
from assessments.instrument.text import Text

__all__ = [
    "AUDIENCES",
    "MAX_BYTES",
    "Advice",
    "Dimension",
    "Instrument",
    "InstrumentError",
    "Item",
    "KeyComponent",
    "Lens",
    "Level",
    "Problem",
    "Scale",
    "Text",
    "decode",
    "parse",
]


def parse(text: str, filename: str = "") -> Instrument:
    """Return the framework that the text of a YAML file describes.

    Raises InstrumentError, which names every mistake (the first 50 by line) as `file:line: message`.
    """
    try:
        document = read(text)
        problems = [*document.problems, *prune(document), *check(document)]
    except InstrumentError as error:
        error.filename = filename
        raise
    if problems:
        raise InstrumentError(problems, filename)
    return build(document.data)
