"""load_framework FILE.yaml [--dry-run]"""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from assessments.instrument import Instrument, InstrumentError, decode
from assessments.services import frameworks
from assessments.services.frameworks import Outcome, VersionInUseError
from cfm.lib import csv_import
from cfm.lib.csv_import import InvalidFileError


class Command(BaseCommand):
    help = _("Load a framework version; a version that a cycle uses can never change.")

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", metavar="FILE", help=_("a YAML file; - reads standard input"))
        parser.add_argument("--dry-run", action="store_true", help=_("check everything, write nothing"))

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            data = csv_import.load(options["file"])
            instrument, outcome = _run(data, file=options["file"], dry_run=options["dry_run"])
        except InstrumentError as error:
            error.filename = options["file"]
            raise CommandError(str(error)) from error
        except (InvalidFileError, VersionInUseError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(_line(instrument, outcome))
        if options["dry_run"]:
            self.stdout.write(_("Dry run: nothing was written."))


def _run(data: bytes, *, file: str, dry_run: bool) -> tuple[Instrument, Outcome]:
    text = decode(data)
    if dry_run:
        checked = frameworks.check(text=text, filename=file)
        return checked.instrument, checked.outcome
    framework, outcome = frameworks.load(text=text, filename=file)
    return framework.instrument, outcome


def _line(instrument: Instrument, outcome: Outcome) -> str:
    counts = {
        "outcome": outcome.label,
        "name": f"{instrument.code}:{instrument.version}",
        "blocks": len(instrument.blocks),
        "items": len(instrument.items),
        "components": len(instrument.key_components),
    }
    return (
        _("%(outcome)s framework %(name)s: %(blocks)d blocks, %(items)d items, %(components)d key components")
        % counts
    )
