from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils.translation import gettext as _

from assessments import exports
from assessments.management.commands._cycle import CycleCommand, output
from assessments.models import Cycle
from assessments.services import retention, scoring
from cfm.lib import audit, csv_export


class Command(CycleCommand):
    help = "Write the published figures of a cycle as CSV."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument(
            "--raw", action="store_true", help="ignore suppression; possible once scored; audited"
        )
        parser.add_argument("-o", "--output", metavar="FILE", help="standard output when not given")

    def run(self, cycle: Cycle, options: dict[str, Any]) -> None:
        rows = self._raw(cycle) if options["raw"] else self._published(cycle)
        with output(options["output"]) as file:
            csv_export.write(file, exports.COLUMNS, rows)

    def _published(self, cycle: Cycle) -> Any:
        if not cycle.is_published:
            raise CommandError(
                _("Cycle {code} is {state}: its figures can be exported once it is published.").format(
                    code=cycle.code, state=cycle.get_state_display()
                )
            )
        release = cycle.releases.filter(visible=True).latest("number")
        return exports.published_rows(cycle=cycle, release=release)

    def _raw(self, cycle: Cycle) -> Any:
        table = scoring.raw_table(cycle)
        audit.record("scores.export_raw", cycle.code, by=None)
        self.stderr.write(
            _(
                "These figures are not suppressed: small groups can be recognised. This export is in the audit log."
            )
        )
        if retention.is_deleted(cycle):
            self.stderr.write(
                _(
                    "The answers of {code} are deleted: these are the figures of what is left, with small groups "
                    "merged into the unit above."
                ).format(code=cycle.code)
            )
        return exports.raw_rows(cycle=cycle, table=table)
