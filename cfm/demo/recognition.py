"""Thanks and awards of the demo (fixtures/demo/recognition.yaml), given through the service that the pages use."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any, Final

import yaml
from django.conf import settings
from django.utils import timezone

from cfm.demo.people import ACCOUNTS
from competencies.models import Competency
from improvement.models import DigestRound, Recognition
from improvement.services import digests
from improvement.services import recognition as services
from organisation.models import Customer, Person, Unit

FILE: Final = settings.BASE_DIR / "fixtures" / "demo" / "recognition.yaml"
Say = Callable[[str], None]


def build(*, say: Say) -> None:
    """Make it unless there is some; last month's digest counts as sent, so that the demo mails nobody."""
    DigestRound.objects.get_or_create(month=digests.last_month(timezone.localdate()))
    if Recognition.objects.exists():
        return
    for one in yaml.safe_load(FILE.read_text(encoding="utf-8")):
        _give(one)
    say(f"recognition: {Recognition.objects.count()}")


def _give(one: dict[str, Any]) -> None:
    code, _space, number = one["to"].partition(" ")
    person = somebody(one["to"]) if number or code == "staff" else None
    row = services.give(
        giver=somebody(one["from"]),
        person=person,
        unit=person.unit if person else Unit.objects.get(code=code),
        deed=one["deed"],
        whats_next=one.get("next", ""),
        award=one.get("award", ""),
        competency=Competency.objects.filter(code=one.get("competency")).first(),
        customer=Customer.objects.filter(code=one.get("customer")).first(),
    )
    day = timezone.now() - timedelta(days=one["days"])
    Recognition.objects.filter(pk=row.pk).update(given_at=day)


def somebody(named: str) -> Person:
    """Return a person of the demo: `staff` for that account, `UNIT 0` for who leads a unit, else by number."""
    if named == "staff":
        return Person.objects.select_related("unit").get(email=ACCOUNTS["staff"])
    code, _space, number = named.partition(" ")
    people = Person.objects.filter(unit__code=code).select_related("unit").order_by("person_id")
    if number == "0":
        return people.filter(role_grants__role="manager")[0]
    others = people.exclude(email__in=ACCOUNTS.values())
    return others[min(int(number), others.count() - 1)]
