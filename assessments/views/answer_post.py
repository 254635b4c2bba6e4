"""Reads what a respondent's browser sends. Strict: one value that does not fit, and nothing is changed."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final

from django.http import QueryDict

from assessments.queries.answering import NOT_ANSWERED, Page, Questionnaire

COMMENT_CHARACTERS: Final = 1000
FIELD: Final = "item-"  # before the code of an item, so that no code can be taken for another field
BUTTONS: Final = frozenset({"go", "clear", "language"})
KEPT: Final = frozenset({"kept", "kept_comment"})
NOT_ANSWERS: Final = frozenset({"csrfmiddlewaretoken", "whose"})
DIRECTIONS: Final = frozenset({"next", "back", "review", "save", "stay"})
_NO_TEXT: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


class BadAnswerError(ValueError):
    """Something that none of our pages can have sent."""


@dataclass(frozen=True)
class Answers:
    """Codes for the whole questionnaire and the comment, as the respondent's page held them."""

    codes: str
    comment: str = ""

    @property
    def empty(self) -> bool:
        return not self.comment and not self.codes.strip(NOT_ANSWERED)

    @property
    def comment_too_long(self) -> bool:
        return len(self.comment) > COMMENT_CHARACTERS

    def changed(self, changes: Mapping[int, str], comment: str | None) -> Answers:
        """Return these answers with those of one page put in; comment None leaves it."""
        codes = "".join(changes.get(place, code) for place, code in enumerate(self.codes))
        return Answers(codes, self.comment if comment is None else comment)


@dataclass(frozen=True)
class PostedPage:
    """One page as sent. changes: place → character; comment: None where the page has no comment box.

    go: where to; anchor: the statement to come back to; kept: what the other pages held when this one was loaded;
    language: the one to go on in, empty to keep it.
    """

    changes: Mapping[int, str]
    comment: str | None
    go: str
    anchor: str
    kept: Answers
    language: str = ""


def read_page(post: QueryDict, page: Page, questionnaire: Questionnaire) -> PostedPage:
    """Return the answers of a page. Raises BadAnswerError for an unknown field, value or direction."""
    fields = {FIELD + question.code: question.index for question in page.questions}
    _check_names(post, {*fields, *BUTTONS, *KEPT} | ({"comment"} if page.comment else set()))
    if not {post[name] for name in fields if name in post} <= set(questionnaire.labels):
        raise BadAnswerError("a value that is not on the scale")
    changes = {place: post.get(name, NOT_ANSWERED) for name, place in fields.items()}
    go, anchor = _read_buttons(post, fields, questionnaire)
    if anchor:
        changes[fields[FIELD + anchor]] = NOT_ANSWERED
    comment = clean(post.get("comment", "")) if page.comment else None
    language = post.get("language", "")[:10]
    return PostedPage(changes, comment, go, anchor, _read_kept(post, questionnaire), language)


def read_review(post: QueryDict, questionnaire: Questionnaire) -> Answers:
    """Return the whole questionnaire as the review page showed it. Raises BadAnswerError."""
    _check_names(post, {"codes", "comment"})
    comment = clean(post.get("comment", ""))
    if comment and not any(page.comment for page in questionnaire.pages):
        raise BadAnswerError("a comment nobody asked for")
    return Answers(_checked_codes(post.get("codes", ""), questionnaire), comment)


def clean(text: str) -> str:
    """Return the text with plain line ends, composed characters, and without characters no keyboard types.

    >>> clean("so\\r\\nit goes\\x00 ")
    'so\\nit goes'
    """
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    return unicodedata.normalize("NFC", _NO_TEXT.sub("", lines)).strip()


def _check_names(post: QueryDict, allowed: Collection[str]) -> None:
    for name, values in post.lists():
        if name not in NOT_ANSWERS and (name not in allowed or len(values) != 1):
            raise BadAnswerError("a field that is not on the page")


def _read_buttons(
    post: QueryDict, fields: Mapping[str, int], questionnaire: Questionnaire
) -> tuple[str, str]:
    anchor = post.get("clear", "")
    if anchor and FIELD + anchor not in fields:
        raise BadAnswerError("a statement that is not on the page")
    go = "stay" if anchor or post.get("language") else post.get("go", "next")
    if go not in DIRECTIONS and go not in {str(page.number) for page in questionnaire.pages}:
        raise BadAnswerError("a direction that is not on the page")
    return go, anchor


def _read_kept(post: QueryDict, questionnaire: Questionnaire) -> Answers:
    codes = _checked_codes(post.get("kept") or questionnaire.blank, questionnaire)
    return Answers(codes, clean(post.get("kept_comment", "")))


def _checked_codes(codes: str, questionnaire: Questionnaire) -> str:
    if len(codes) != questionnaire.size or not set(codes) <= {NOT_ANSWERED, *questionnaire.labels}:
        raise BadAnswerError("answers that do not fit the questionnaire")
    return codes
