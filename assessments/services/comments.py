"""Reviewing comments: show, show in part, withhold, take a decision back.

A part of a comment can only be taken out, never rewritten: nobody puts words into another's mouth. What was taken
out is gone, since the shortened text replaces the original in the database.
"""

import re
import uuid
from collections.abc import Sequence
from typing import Final

from django.db import transaction
from django.utils.translation import gettext as _

from assessments.models import Comment
from assessments.services.errors import ServiceError
from cfm.lib import audit

State = Comment.State
GAP: Final = "[…]"
MOST_THEMES: Final = 5
THEME_CHARACTERS: Final = 40
DECISIONS: Final = (State.SHOWN, State.REDACTED, State.WITHHELD)
_SPACE: Final = re.compile(r"\s+")


def decide(
    *, comment: uuid.UUID, state: str, text: str = "", themes: Sequence[str] = (), by: int | None
) -> None:
    """Decide on a comment that waits for review. text: for REDACTED, what is left, with […] for each part taken out.

    themes: up to 5 words or short phrases. Raises ServiceError when somebody else has decided already, and when the
    text holds anything that the comment does not; ValueError for another state.
    """
    if state not in DECISIONS:
        raise ValueError(state)
    with transaction.atomic():
        row = Comment.objects.select_for_update().select_related("cycle").get(pk=comment)
        if row.state != State.NEW:
            raise ServiceError(_("Somebody has decided on this comment already."))
        if state == State.REDACTED:
            row.text = shortened(row.text, to=text)
        elif state == State.SHOWN and GAP in row.text:
            state = State.REDACTED  # shortened before, and decided on again
        row.state, row.themes = state, tidy_themes(themes)
        row.save(update_fields=["text", "state", "themes"])
        audit.record(f"comment.{state}", row.cycle.code, by=by, comment=str(row.pk))


@transaction.atomic
def take_back(*, comment: uuid.UUID, by: int | None) -> bool:
    """Put a comment back to those that wait for review; False when it waits already. A redaction stays redacted."""
    row = Comment.objects.select_for_update().select_related("cycle").get(pk=comment)
    if row.state == State.NEW:
        return False
    row.state = State.NEW
    row.save(update_fields=["state"])
    audit.record("comment.take_back", row.cycle.code, by=by, comment=str(row.pk))
    return True


def shortened(original: str, *, to: str) -> str:
    """Return `to` with plain gaps, if it is the original with parts taken out.

    Raises ServiceError unless every word between the gaps stands in the original, in that order, and something is
    taken out and something left.

    >>> shortened("Ann never calls back.", to="[…] never calls back.")
    '[…] never calls back.'
    """
    parts = [_SPACE.sub(" ", part).strip() for part in to.split(GAP)]
    if len(parts) < 2 or not any(parts):
        raise ServiceError(
            _("Take something out and leave something: put {gap} for each part that is taken out.").format(
                gap=GAP
            )
        )
    if not _stands_in(_SPACE.sub(" ", original).strip(), parts):
        raise ServiceError(
            _(
                "The text can only be shortened. Everything outside {gap} must stand as it was written."
            ).format(gap=GAP)
        )
    return to.replace("\r\n", "\n").strip()


def _stands_in(original: str, parts: Sequence[str]) -> bool:
    """Whether the parts are pieces of the original in order, the first at its start and the last at its end."""
    first, *middle, last = parts
    if not original.startswith(first) or not original.endswith(last):
        return False
    place, end = len(first), len(original) - len(last)
    for part in middle:
        found = original.find(part, place)
        if found < 0:
            return False
        place = found + len(part)
    return place <= end and sum(map(len, parts)) < len(original)


def tidy_themes(themes: Sequence[str]) -> list[str]:
    """Return the themes without blanks and doubles, in the order given, five at most.

    >>> tidy_themes([" Tools ", "tools", "", "Opening hours"])
    ['Tools', 'Opening hours']
    """
    kept: dict[str, str] = {}
    for theme in themes:
        word = _SPACE.sub(" ", theme).strip()[:THEME_CHARACTERS]
        if word:
            kept.setdefault(word.casefold(), word)
    return list(kept.values())[:MOST_THEMES]
