from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from cfm.lib import audit, audit_guard


class Command(BaseCommand):
    help = "Check that no line of the audit log was changed, taken out, put in or moved."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--anchor",
            metavar="NUMBER:HASH",
            default="",
            help="an end of the log noted earlier; finds out whether lines were cut off since",
        )

    def handle(self, *args: Any, **options: Any) -> str:
        try:
            verdict = audit.verify(anchor=options["anchor"])
        except ValueError as error:
            raise CommandError(str(error)) from error
        if not verdict.sound:
            raise CommandError(_("The audit log is broken: %s.") % verdict.problem)
        if gone := audit_guard.missing():
            raise CommandError(
                _("The database does not guard the audit log (%s): run manage.py migrate.") % ", ".join(gone)
            )
        return _("%(lines)d lines, unbroken. The end to note down: %(head)s") % {
            "lines": verdict.lines,
            "head": verdict.head,
        }
