"""What workers do for reports: each job is one call of a service."""

from django.utils.translation import gettext as _

from assessments.models import CycleUnit, Release
from cfm.lib import jobs
from cfm.lib.jobs import Claim, JobError
from reports.choices import NotFoundError
from reports.services import mailing, packs


@jobs.handler(packs.MAKE)
def make_pack(claim: Claim) -> None:
    """Make a board pack; done again after a fault, it ends with the same files."""
    try:
        packs.make(claim=claim)
    except (NotFoundError, Release.DoesNotExist, CycleUnit.DoesNotExist) as error:
        raise JobError(_("These figures are not published any more.")) from error


@jobs.handler(mailing.MAIL)
def mail_pack(claim: Claim) -> None:
    """Mail one executive the board pack."""
    mailing.send(claim=claim)


jobs.periodic("pack.mail")(mailing.due)
jobs.periodic("pack.tidy")(packs.tidy)
