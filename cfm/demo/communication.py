"""The communication plan of the demo: drafted from its last two cycles, what is past told on its day, but for one."""

from collections.abc import Callable

from django.conf import settings
from django.utils import timezone

from assessments.models import Cycle
from cfm.demo.people import ACCOUNTS
from improvement.models import Message
from improvement.services.communication import draft, record_sent
from organisation.models import Person, Unit

Say = Callable[[str], None]
CYCLES = ("demo-3", "demo-4")
FORGOTTEN = "progress"  # so that the plan has something late


def build(*, say: Say) -> None:
    """Make whatever of it is not there yet, through the services that the pages use."""
    if Message.objects.exists():
        return
    owner = Person.objects.get(email=ACCOUNTS["hr"])
    top = Unit.objects.get(parent=None)
    for code in CYCLES:
        cycle = Cycle.objects.select_related("framework").get(code=code)
        for one in draft(cycle=cycle, unit=top, language=settings.LANGUAGE_CODE, by=owner):
            if one.due_on <= timezone.localdate() and one.template != FORGOTTEN:
                record_sent(message=one, on=one.due_on, through=one.channel, by=owner)
    say(f"messages: {Message.objects.count()}")
