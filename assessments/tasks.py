"""What workers do for the measuring: each job is one call of a service."""

from collections.abc import Iterator
from contextlib import contextmanager

from assessments.models import Cycle
from assessments.services import counting, cycles, invitations, retention, scoring, shares, turnout
from assessments.services.errors import ServiceError
from cfm.lib import jobs
from cfm.lib.jobs import Claim, JobError
from organisation import approvals
from organisation.models import Person


@jobs.handler("cycle.close")
def close_cycle(claim: Claim) -> None:
    """Count and close, destroy the key, clean up; done again after a fault, it ends with the same result."""
    cycle: int = claim.arguments["cycle"]
    claim.progress(0, 3)
    try:
        counting.count(cycle=cycle)
        claim.progress(2, 3)
        counting.clean(cycle=cycle)
    except (ServiceError, Cycle.DoesNotExist) as error:
        raise JobError(str(error)) from error


@jobs.handler("cycle.score")
def score_cycle(claim: Claim) -> None:
    """Compute the figures of a closed cycle and prepare its release."""
    try:
        scoring.score(claim=claim)
    except (ServiceError, Cycle.DoesNotExist) as error:
        raise JobError(str(error)) from error


@jobs.handler(shares.KIND)
def count_share(claim: Claim) -> None:
    """Count a range of units of a large cycle."""
    try:
        shares.count_share(claim=claim)
    except (ServiceError, Cycle.DoesNotExist) as error:
        raise JobError(str(error)) from error


@jobs.handler("answers.delete")
def delete_answers(claim: Claim) -> None:
    """Delete the answers of a published cycle and wipe the files; done again, it finishes what is left."""
    cycle: int = claim.arguments["cycle"]
    try:
        retention.delete(cycle=cycle)
        retention.clean(cycle=cycle)
    except (ServiceError, Cycle.DoesNotExist) as error:
        raise JobError(str(error)) from error


@jobs.handler("mail.send")
def send_mail(claim: Claim) -> None:
    """Do one person's part of a round of mail; done again, it sends the same mail."""
    invitations.send(claim=claim)


@approvals.handler("cycle.open")
def open_approved(*, by: Person, cycle: int) -> None:
    """Open a cycle that two people want open."""
    with _told():
        cycles.open_cycle(cycle=Cycle.objects.get(pk=cycle), by=by.pk)


@approvals.handler("cycle.close")
def close_approved(*, by: Person, cycle: int) -> None:
    """Have a cycle counted and closed that two people want closed."""
    with _told():
        cycles.request_close(cycle=Cycle.objects.get(pk=cycle), by=by.pk)


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except (ServiceError, Cycle.DoesNotExist) as error:
        raise approvals.NotApprovableError(str(error)) from error


jobs.periodic("cycle.close")(counting.request_due)
jobs.periodic("answers.delete")(retention.request_due)
jobs.periodic("mail.tidy")(invitations.tidy)
jobs.periodic("turnout.refresh")(turnout.refresh)
