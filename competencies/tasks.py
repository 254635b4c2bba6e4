"""What workers do for this app. A task calls one service."""

from cfm.lib import jobs
from cfm.lib.jobs import Claim
from competencies.services import plan_reminders


@jobs.handler(plan_reminders.REMIND)
def remind_of_plans(claim: Claim) -> None:
    """Write to one person which steps of development plans are due or late."""
    plan_reminders.send(claim=claim)


jobs.periodic(plan_reminders.REMIND)(plan_reminders.due)
