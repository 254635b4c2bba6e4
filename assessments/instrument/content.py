"""A framework as data: what is asked, of whom, and how it counts. Frozen; no Django model, no database."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

from assessments.instrument.text import Text

if TYPE_CHECKING:
    from assessments.scoring.spec import Spec

AUDIENCES: Final = ("staff", "manager")
CLOSED_KINDS: Final = ("rating", "outcome")
EVIDENCE_KINDS: Final = ("component", "principle")


@dataclass(frozen=True)
class Scale:
    """Whole points from minimum to maximum; labels per language, one a point, may be missing."""

    minimum: int
    maximum: int
    labels: Mapping[str, tuple[str, ...]]

    @property
    def points(self) -> tuple[int, ...]:
        """The values one can choose, in order."""
        return tuple(range(self.minimum, self.maximum + 1))

    def labels_in(self, language: str) -> tuple[str, ...]:
        """Return a label a point in the language, in English, or in the first language; numbers if there is none."""
        if not self.labels:
            return tuple(str(point) for point in self.points)
        columns = zip(*self.labels.values(), strict=True)
        texts = (Text(dict(zip(self.labels, column, strict=True))) for column in columns)
        return tuple(text.in_language(language) for text in texts)


@dataclass(frozen=True)
class Level:
    """A maturity level: reached from `lower` on (a score, 0–100)."""

    level: int
    name: Text
    lower: float


@dataclass(frozen=True)
class Dimension:
    """A part of a lens; descriptors say what one sees at a level."""

    code: str
    title: Text
    weight: float
    descriptors: Mapping[int, Text]
    source: tuple[str, ...]


@dataclass(frozen=True)
class Lens:
    """A way of cutting the same answers. The dimensions of the primary one are the building blocks."""

    code: str
    title: Text
    primary: bool
    dimensions: tuple[Dimension, ...]
    source: tuple[str, ...]


@dataclass(frozen=True)
class Item:
    """A statement (rating, outcome) or an open question (comment) for one audience."""

    code: str
    audience: str
    text: Text
    reverse: bool
    kind: str
    pair: str | None
    dimensions: Mapping[str, str]  # lens → dimension
    source: tuple[str, ...]


@dataclass(frozen=True)
class KeyComponent:
    """Something that is in place or not; criteria say what would have to be seen for a state."""

    code: str
    title: Text
    kind: str
    criteria: Mapping[str, Text]
    dimensions: Mapping[str, str]  # lens → dimension
    source: tuple[str, ...]

    @property
    def is_evidence(self) -> bool:
        """Whether its state counts in the evidence score."""
        return self.kind in EVIDENCE_KINDS


@dataclass(frozen=True)
class Advice:
    """Something to bear in mind that is shown and not scored."""

    code: str
    title: Text
    text: Text
    source: tuple[str, ...]


@dataclass(frozen=True)
class Instrument:
    """One version of a framework."""

    code: str
    version: int
    title: Text
    scale: Scale
    levels: tuple[Level, ...]
    weights: Mapping[str, float]
    lenses: tuple[Lens, ...]
    items: tuple[Item, ...]
    key_components: tuple[KeyComponent, ...]
    advice: tuple[Advice, ...]

    def closed_items(self, audience: str) -> tuple[Item, ...]:
        """Return the items rated by the audience in the frozen order, which is the order of `codes`."""
        return tuple(item for item in self.items if item.audience == audience and item.kind in CLOSED_KINDS)

    def comment_items(self, audience: str) -> tuple[Item, ...]:
        """Return the audience's open questions: none or one."""
        return tuple(item for item in self.items if item.audience == audience and item.kind == "comment")

    @cached_property
    def primary(self) -> Lens:
        """The lens every item counts in first."""
        return next(lens for lens in self.lenses if lens.primary)

    @property
    def blocks(self) -> tuple[Dimension, ...]:
        """The building blocks."""
        return self.primary.dimensions

    @cached_property
    def items_by_code(self) -> Mapping[str, Item]:
        return {item.code: item for item in self.items}

    @cached_property
    def key_components_by_code(self) -> Mapping[str, KeyComponent]:
        return {component.code: component for component in self.key_components}

    @cached_property
    def languages(self) -> tuple[str, ...]:
        """Languages in which everything that respondents read has a text: all statements, blocks and labels."""
        texts = [*(item.text for item in self.items), *(block.title for block in self.blocks)]
        kept = [code for code in texts[0].languages if all(code in text.languages for text in texts)]
        return tuple(code for code in kept if not self.scale.labels or code in self.scale.labels)

    def untranslated(self, language: str) -> int:
        """Return how many statements and questions have no text in the language."""
        return sum(language not in item.text.languages for item in self.items)

    @cached_property
    def item_digest(self) -> str:
        """SHA-256 (hex) of the frozen order of closed items, per audience."""
        return _digest({who: [item.code for item in self.closed_items(who)] for who in AUDIENCES})

    @cached_property
    def digest(self) -> str:
        """SHA-256 (hex) of what the file says; layout, comments and written-out defaults don't change it."""
        return _digest(asdict(self))

    def spec(self) -> "Spec":
        """Return what scoring needs to know."""
        from assessments.instrument.specify import specify  # reading a framework needs no NumPy

        return specify(self)


def _digest(data: object) -> str:
    canonical = json.dumps(data, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()
