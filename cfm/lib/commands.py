"""What commands share: exit 0 on success, 1 on bad input (messages on standard error), 2 on wrong usage."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from cfm.lib import csv_import
from cfm.lib.csv_import import InvalidFileError
from cfm.lib.import_plan import Plan


class ImportCommand(BaseCommand):
    """`FILE [--dry-run]`: prints a line for each thing done; on any mistake changes nothing and exits 1."""

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", metavar="FILE", help=_("a CSV file; - reads standard input"))
        parser.add_argument("--dry-run", action="store_true", help=_("check everything, write nothing"))

    def run(self, data: bytes, *, file: str, dry_run: bool) -> Plan:
        """Import the content of the file; `file` is its name in messages. Raises InvalidFileError."""
        raise NotImplementedError

    def handle(self, *args: Any, **options: Any) -> None:
        file, dry_run = options["file"], options["dry_run"]
        try:
            plan = self.run(csv_import.load(file), file=file, dry_run=dry_run)
        except InvalidFileError as error:
            raise CommandError("\n".join(error.lines())) from error
        for line in plan.lines():
            self.stdout.write(line)
        if dry_run:
            self.stdout.write(_("Dry run: nothing was written."))
