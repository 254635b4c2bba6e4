"""Some looks at named data, so that the audit log and "Who has read my ratings" have something to show."""

from assessments.models import Cycle
from cfm.demo.people import ACCOUNTS
from cfm.lib.models import AuditEvent
from competencies.exports import GapFilter
from competencies.services import export, readings
from organisation.models import Person

REASON = "Training budget for next year"


def build() -> None:
    """Let the demo's manager and HR read as they would; a second run adds nothing."""
    if AuditEvent.objects.filter(action="rating.read").exists():
        return
    accounts = {person.email: person for person in Person.objects.filter(email__in=ACCOUNTS.values())}
    staff, hr = accounts[ACCOUNTS["staff"]], accounts[ACCOUNTS["hr"]]
    cycle = Cycle.objects.get(code="demo-3")
    if staff.manager is not None:
        readings.note_person(reader=staff.manager, person=staff, cycle=cycle)
    readings.note_person(reader=hr, person=staff, cycle=cycle)
    chosen = GapFilter(cycle=cycle)
    export.record(by=hr.pk, chosen=chosen, rows=None, reason=REASON, cycle=cycle.code)
