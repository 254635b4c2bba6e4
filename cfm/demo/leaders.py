"""Commitments and reflections of the demo's leaders (fixtures/demo/leaders.yaml), kept through the services."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any, Final

import yaml
from django.conf import settings
from django.utils import timezone

from cfm.demo.people import ACCOUNTS
from cfm.demo.recognition import somebody
from improvement.models import Commitment, CommitmentNote
from improvement.services import leaders as services
from organisation.models import Person

FILE: Final = settings.BASE_DIR / "fixtures" / "demo" / "leaders.yaml"
Say = Callable[[str], None]


def build(*, say: Say) -> None:
    """Make it unless there is some."""
    if Commitment.objects.exists():
        return
    data = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    for one in data["commitments"]:
        _commit(one, _leader(one["leader"]))
    for one in data["reflections"]:
        fields = {name: one[name] for name in ("question", "text", "shared")}
        services.save_reflection(reflection=None, by=_leader(one["leader"]), **fields)
    say(f"commitments: {Commitment.objects.count()}")


def _leader(named: str) -> Person:
    return Person.objects.get(email=ACCOUNTS[named]) if named in ACCOUNTS else somebody(named)


def _commit(one: dict[str, Any], leader: Person) -> None:
    today = timezone.localdate()
    row = services.save_commitment(
        commitment=None, text=one["text"], due_on=today, sources=one["sources"], by=leader
    )
    for days, state, text in one.get("notes", ()):
        note = services.report(commitment=row, text=text, state=state, by=leader)
        CommitmentNote.objects.filter(pk=note.pk).update(on=today - timedelta(days=days))
    dates = {"due_on": today + timedelta(days=one["days"]), "made_on": today - timedelta(days=60)}
    Commitment.objects.filter(pk=row.pk).update(**dates)
