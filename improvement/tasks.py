"""What workers do for improvement: each job is one call of a service."""

from cfm.lib import jobs
from cfm.lib.jobs import Claim
from improvement.services import digests, idea_mails, reminders


@jobs.handler(digests.DIGEST)
def send_digest(claim: Claim) -> None:
    """Mail one person the digest of recognition."""
    digests.send(claim=claim)


@jobs.handler(idea_mails.REMIND)
def remind_owner(claim: Claim) -> None:
    """Write to one person which ideas wait for their answer."""
    idea_mails.send(claim=claim)


@jobs.handler(reminders.REMIND)
def remind_of_actions(claim: Claim) -> None:
    """Write to one person which of their actions are due or overdue."""
    reminders.send(claim=claim)


jobs.periodic("action.remind")(reminders.due)
jobs.periodic("recognition.digest")(digests.due)
jobs.periodic("idea.remind")(idea_mails.due)
