from typing import Any

from django.core.management.base import CommandParser
from django.utils.translation import gettext as _

from assessments.management.commands._cycle import CycleCommand
from assessments.models import Cycle
from assessments.services import paper
from assessments.services.errors import ClosedError
from cfm.lib import csv_import


class Command(CycleCommand):
    help = "Import answers given on paper or elsewhere into an open cycle: responses.csv, all or nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("file", metavar="FILE", help="- for standard input")
        parser.add_argument("--dry-run", action="store_true", help="check everything, write nothing")
        parser.add_argument("--again", action="store_true", help="import the same answers once more")

    def run(self, cycle: Cycle, options: dict[str, Any]) -> str:
        if not cycle.is_open:
            raise ClosedError(_("Cycle {code} is not open.").format(code=cycle.code))
        ballots = paper.read_ballots(cycle=cycle, data=csv_import.load(options["file"]), file=options["file"])
        count = paper.import_ballots(
            cycle=cycle, ballots=ballots, again=options["again"], dry_run=options["dry_run"]
        )
        if options["dry_run"]:
            return _("{count} responses would be imported into {code}.").format(count=count, code=cycle.code)
        return _("{count} responses imported into {code}.").format(count=count, code=cycle.code)
