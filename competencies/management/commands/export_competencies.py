"""export_competencies [--yaml] [-o FILE]"""

import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from cfm.lib import csv_export
from competencies import document, exports


class Command(BaseCommand):
    help = _(
        "Write the competency library as competencies.csv, or as YAML; importing it again changes nothing."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--yaml", action="store_true", help=_("as YAML, with groups and sources"))
        parser.add_argument("-o", "--output", metavar="FILE", help=_("standard output when not given"))

    def handle(self, *args: Any, **options: Any) -> None:
        text = _yaml() if options["yaml"] else _csv()
        if options["output"] in {None, "-"}:
            sys.stdout.write(text)
            return
        try:
            with Path(options["output"]).open("w", encoding="utf-8", newline="") as file:
                file.write(text)
        except OSError as error:
            raise CommandError(f"{options['output']}: {error.strerror}") from error


def _csv() -> str:
    return "".join(csv_export.lines(exports.COMPETENCY_COLUMNS, exports.competencies_rows()))


def _yaml() -> str:
    return document.write(exports.library_cells(), code="competencies", version=1, title=_("Competencies"))
