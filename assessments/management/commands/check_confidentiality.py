from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from assessments import exports
from assessments.management.commands._cycle import cycle_named
from assessments.models import Cycle
from assessments.services import confidentiality
from assessments.services.confidentiality import Check


class Command(BaseCommand):
    help = "Prove that stored tables, releases and exports tell of nobody; exit 1 with what does."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "cycle", metavar="CYCLE", nargs="?", help=_("code of the cycle; all when not given")
        )

    def handle(self, *args: Any, **options: Any) -> None:
        cycles = [cycle_named(options["cycle"])] if options["cycle"] else confidentiality.opened()
        checks = confidentiality.check_installation()
        for cycle in cycles:
            checks += self._checks(cycle)
        failed = 0
        for check in checks:
            failed += not check.passed
            self._print(check)
        if failed:
            raise CommandError(_("{failed} of {all} checks failed.").format(failed=failed, all=len(checks)))

    def _checks(self, cycle: Cycle) -> list[Check]:
        if cycle.opened_at is None:
            raise CommandError(_("Cycle {code} was never opened.").format(code=cycle.code))
        checks = confidentiality.check_cycle(cycle)
        for release in cycle.releases.filter(visible=True).order_by("number"):
            rows = exports.published_rows(cycle=cycle, release=release)
            checks.append(confidentiality.check_export(cycle, release, rows))
        return checks

    def _print(self, check: Check) -> None:
        mark = _("ok") if check.passed else _("FAILED")
        self.stdout.write(f"{mark}: {check.where + ': ' if check.where else ''}{check.name}")
        for offence in check.offences:
            self.stdout.write(f"    {offence}")
