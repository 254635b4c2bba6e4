from datetime import datetime, time
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.exceptions import ObjectDoesNotExist
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _

from assessments.management.commands._cycle import at_least_one, refusals_as_errors, whole_number
from assessments.models import Framework, MailRound
from assessments.queries import mailing
from assessments.services import cycles, invitations
from cfm.lib import jobs


class Command(BaseCommand):
    help = "Make a cycle for everyone active and open it."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("code", metavar="CODE")
        parser.add_argument(
            "--framework", metavar="FW[:VERSION]", required=True, help="latest version unless named"
        )
        parser.add_argument("--title", metavar="T", default="")
        parser.add_argument("--closes", metavar="YYYY-MM-DD", help="last day on which answers are taken")
        parser.add_argument(
            "--k", metavar="N", type=at_least_one, default=5, help="fewest answers for a figure"
        )
        parser.add_argument(
            "--keep-days",
            metavar="N",
            type=whole_number,
            default=30,
            help="days after publication on which the answers are deleted; figures stay",
        )
        parser.add_argument(
            "--recovery-copy",
            metavar="FILE",
            type=Path,
            help="a new file on another medium, for one copy of the key that opens the answers",
        )
        parser.add_argument(
            "--invite", action="store_true", help="send everybody with an address a mail with a personal link"
        )

    def handle(self, *args: Any, **options: Any) -> str:
        framework = framework_named(options["framework"])
        closes_at = end_of_day(options["closes"]) if options["closes"] else None
        if options["k"] < 5:
            raise CommandError(_("--k {k}: expected 5 or more").format(k=options["k"]))
        with refusals_as_errors(), transaction.atomic():
            cycle = cycles.create(
                code=options["code"],
                title=options["title"] or options["code"],
                framework=framework,
                closes_at=closes_at,
                k=options["k"],
                k_comments=max(10, options["k"]),
                keep_days=options["keep_days"],
            )
            cycle = cycles.open_cycle(cycle=cycle, recovery=options["recovery_copy"])
            mails = invitations.request_invitations(cycle=cycle) if options["invite"] else None
        invited = cycle.invitations.count()
        line = _("Cycle {code} is open: {invited} people invited, key {key}.").format(
            code=cycle.code, invited=invited, key=cycle.key_fingerprint[:16]
        )
        return line if mails is None else f"{line}\n{_send(mails)}"


def _send(mails: MailRound) -> str:
    """Send the mails here where no worker runs elsewhere; those that fail are tried again by the next worker.

    Returns a line on how far they are.
    """
    if not settings.REDIS_URL:
        for job in mailing.jobs_of(mails):
            jobs.run(job)
    now = mailing.rounds_of([mails])[0]
    return _("{done} of {total} mails are out, {waiting} wait for a worker, {failed} failed.").format(
        done=now.done, total=mails.total, waiting=now.waiting, failed=now.failed
    )


def framework_named(name: str) -> Framework:
    """Return the framework `code` (latest version) or `code:version`. Raises CommandError."""
    code, _colon, version = name.partition(":")
    rows = Framework.objects.filter(code=code)
    if version:
        rows = rows.filter(version=int(version)) if version.isdigit() else rows.none()
    try:
        framework: Framework = rows.latest("version")
    except ObjectDoesNotExist:
        known = ", ".join(map(str, Framework.objects.all())) or _("none: use load_framework first")
        raise CommandError(
            _("There is no framework {name}. Frameworks: {known}.").format(name=repr(name), known=known)
        ) from None
    return framework


def end_of_day(text: str) -> datetime:
    """Return the last minute of a day to come (or today), written as YYYY-MM-DD. Raises CommandError."""
    try:
        day = parse_date(text)
    except ValueError:
        day = None
    if day is None:
        raise CommandError(_("--closes {text}: expected a day such as 2027-03-31").format(text=repr(text)))
    if day < timezone.localdate():
        raise CommandError(_("--closes {text}: expected today or a later day").format(text=repr(text)))
    return timezone.make_aware(datetime.combine(day, time(23, 59)))
