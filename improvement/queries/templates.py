"""Messages as they are written in advance (fixtures/communication.yaml), and sayings to go with them."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Final

import yaml
from django.conf import settings

from assessments.instrument.text import Text

FOLDER: Final = settings.BASE_DIR / "fixtures"
MILESTONES: Final = ("opens", "closes", "published")


@dataclass(frozen=True)
class Template:
    """A message to be drafted so many days after a milestone (before it where negative)."""

    code: str
    milestone: str
    days: int
    audience: str
    channel: str
    results: bool
    quotation: str
    source: tuple[str, ...]
    subject: Text
    body: tuple[Text, ...]


@dataclass(frozen=True)
class Quotation:
    """A saying, word for word, and who said it."""

    code: str
    text: str
    by: str


@cache
def templates() -> tuple[Template, ...]:
    """Return what is written in advance, in the order in which it is told."""
    rows = yaml.safe_load((FOLDER / "communication.yaml").read_text(encoding="utf-8"))
    return tuple(
        Template(
            code=row["code"],
            milestone=row["milestone"],
            days=row["days"],
            audience=row["audience"],
            channel=row["channel"],
            results=row.get("results", False),
            quotation=row["quotation"],
            source=tuple(row["source"]),
            subject=Text(row["subject"]),
            body=tuple(Text(one) for one in row["body"]),
        )
        for row in rows
    )


@cache
def quotations() -> Mapping[str, Quotation]:
    """Return the sayings by code."""
    rows = yaml.safe_load((FOLDER / "quotations.yaml").read_text(encoding="utf-8"))
    return {row["code"]: Quotation(row["code"], row["text"], row["by"]) for row in rows}
