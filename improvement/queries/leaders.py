"""Commitments with their progress, and the prompts of fixtures/leaders_v1.yaml in the reader's language."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import yaml
from django.conf import settings
from django.db.models import Prefetch, QuerySet
from django.utils.translation import get_language

from assessments.instrument.text import Text
from improvement.models import Commitment, CommitmentNote, Reflection
from improvement.models.leaders import leaders_of
from organisation.models import Person


@dataclass(frozen=True)
class Prompt:
    """A proposal for a commitment, to be put into one's own words."""

    code: str
    title: str
    text: str


@cache
def _content() -> Mapping[str, Any]:
    path = settings.BASE_DIR / "fixtures" / "leaders_v1.yaml"
    found: Mapping[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return found


def _said(text: Mapping[str, str]) -> str:
    return Text(text).in_language(get_language() or settings.LANGUAGE_CODE)


def prompts() -> list[Prompt]:
    """Return the proposals in order, in the language that is active."""
    return [Prompt(one["code"], _said(one["title"]), _said(one["text"])) for one in _content()["commitments"]]


def questions() -> dict[str, str]:
    """Return the questions for reflection by code, in the language that is active."""
    return {one["code"]: _said(one["text"]) for one in _content()["questions"]}


@dataclass(frozen=True)
class LeaderRow:
    """A leader with what their team sees."""

    leader: Person
    commitments: Sequence[Commitment]
    reflections: Sequence[Reflection]


def _commitments() -> QuerySet[Commitment]:
    notes = CommitmentNote.objects.order_by("-on", "-pk")
    found: QuerySet[Commitment] = Commitment.objects.prefetch_related(Prefetch("notes", queryset=notes))
    return found


def own(person: Person) -> LeaderRow:
    """Return what a leader wrote, private reflections included."""
    return LeaderRow(person, list(_commitments().filter(leader=person)), list(Reflection.objects.of(person)))


def of_team(reader: Person) -> list[LeaderRow]:
    """Return the leaders in whose team the reader is and who committed themselves to something or shared something."""
    shared = Reflection.objects.filter(shared=True)
    leaders = leaders_of(reader).select_related("unit", "job_role")
    rows = leaders.prefetch_related(
        Prefetch("commitments", queryset=_commitments(), to_attr="seen_commitments"),
        Prefetch("reflections", queryset=shared, to_attr="seen_reflections"),
    )
    found = [_row(one) for one in rows.order_by("name", "person_id")]
    return [one for one in found if one.commitments or one.reflections]


def _row(leader: Any) -> LeaderRow:
    return LeaderRow(leader, leader.seen_commitments, leader.seen_reflections)
