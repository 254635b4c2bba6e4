"""Questions for a team meeting about its results, from fixtures/discussion_questions.yaml."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import yaml
from django.conf import settings
from django.utils.translation import get_language

from assessments.instrument.text import Text
from reports.overview import Overview


@cache
def _content() -> Mapping[str, Any]:
    path = settings.BASE_DIR / "fixtures" / "discussion_questions.yaml"
    found: Mapping[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return found


def questions(minute: Overview) -> list[str]:
    """Return five to seven questions: to open, two for each of the first two priorities, a strength, to close.

    A block of another framework has no questions of its own; the general ones stay.
    """
    content = _content()
    asked = [_text(content["opening"])]
    for one in minute.priorities[:2]:
        asked += [_text(entry) for entry in content["blocks"].get(one.dimension.code, [])]
    if minute.strengths:
        asked.append(_text(content["strength"]).format(block=minute.strengths[0].title))
    return [*asked, _text(content["closing"])]


def _text(entry: Mapping[str, Any]) -> str:
    return Text(entry["text"]).in_language(get_language() or settings.LANGUAGE_CODE)


def sources() -> Sequence[str]:
    """Return every code that a question comes from."""
    content = _content()
    entries = [content["opening"], content["strength"], content["closing"]]
    entries += [entry for entries_ in content["blocks"].values() for entry in entries_]
    return [code for entry in entries for code in entry["source"]]
