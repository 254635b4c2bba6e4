"""Filling in what is told: paragraphs whose words are known, and whether a change is worth telling."""

from collections.abc import Iterable, Mapping
from math import hypot
from string import Formatter


def filled(paragraphs: Iterable[str], words: Mapping[str, str]) -> str:
    """Return the paragraphs with their words in braces filled in; one of which a word isn't known is left out.

    words: name → text; an empty text counts as not known. Raises ValueError for braces that hold no name.

    >>> filled(["We stand at {score}.", "Up by {change}."], {"score": "61", "change": ""})
    'We stand at 61.'
    """
    found = [one.format_map(words) for one in paragraphs if all(words.get(name) for name in names(one))]
    return "\n\n".join(found)


def names(text: str) -> list[str]:
    """Return the names in braces of a text. Raises ValueError for braces without a plain name.

    >>> names("{answered} of you: {score}")
    ['answered', 'score']
    """
    found = [name for _before, name, _format, _conversion in Formatter().parse(text) if name is not None]
    if not all(name.isidentifier() for name in found):
        raise ValueError(f"{text!r} holds braces without a name")
    return found


def is_clear(later: float, earlier: float, half_later: float | None, half_earlier: float | None) -> bool:
    """Whether two scores differ by more than chance: |later − earlier| > √(half₁² + half₂²), and by a point as shown.

    half: half the width of the 95 % interval, in score points; where one isn't known nothing is clear. The groups
    count as independent, which errs on the side of "no clear difference" where the same people answered twice.

    >>> is_clear(60, 55, 2, 3), is_clear(60, 57, 2, 3), is_clear(60, 50, None, 2)
    (True, False, False)
    """
    if half_later is None or half_earlier is None:
        return False
    return abs(later - earlier) > max(hypot(half_later, half_earlier), 0.5)
