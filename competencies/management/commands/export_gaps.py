"""export_gaps [--unit CODE] [--cycle CYCLE] [--layout NAME] [--bom] [-o FILE]"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from assessments.models import Cycle
from competencies.exports import GapFilter
from competencies.queries.standing import NEVER_OPENED
from competencies.services import export, layouts
from competencies.services.errors import RefusedError
from organisation.models import Unit


class Command(BaseCommand):
    help = _("Write the competency gaps of active people as CSV.")

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--unit", metavar="CODE", help=_("only this unit and those below"))
        parser.add_argument("--cycle", metavar="CYCLE", help=_("only ratings of this cycle"))
        parser.add_argument("--bom", action="store_true", help=_("begin with a byte order mark"))
        parser.add_argument(
            "--layout",
            metavar="NAME",
            help=_("a mapping profile: %s, or a YAML file") % ", ".join(layouts.known()),
        )
        parser.add_argument("-o", "--output", metavar="FILE", help=_("standard output when not given"))

    def handle(self, *args: Any, **options: Any) -> None:
        units = None if options["unit"] is None else _unit_ids(options["unit"])
        cycle = None if options["cycle"] is None else _cycle(options["cycle"])
        chosen, output = GapFilter(units, cycle), options["output"]
        details = {"unit": options["unit"] or "", "cycle": options["cycle"] or "", "reason": "command"}
        if options["layout"] is not None:
            _write_layout(options["layout"], chosen, output, bom=options["bom"])
            export.record(by=None, chosen=chosen, rows=None, layout=options["layout"], **details)
            return
        with _output(output) as file:
            count = export.write_gaps(file, chosen, bom=options["bom"])
        export.record(by=None, chosen=chosen, rows=count, **details)
        if output not in {None, "-"}:
            self.stdout.write(_("%(count)d rows written to %(file)s") % {"count": count, "file": output})


def _write_layout(name: str, chosen: GapFilter, output: str | None, *, bom: bool) -> None:
    known = layouts.known()
    path = known.get(name, Path(name))
    if name not in known and path.suffix not in {".yaml", ".yml"}:
        expected = _("--layout: expected one of %(known)s or a YAML file, not %(name)r.")
        raise CommandError(expected % {"known": ", ".join(known), "name": name})
    try:
        pieces = layouts.content(layouts.layout(path), chosen, bom=bom)
        if output in {None, "-"}:
            sys.stdout.buffer.writelines(pieces)
        else:
            with Path(str(output)).open("wb") as file:
                file.writelines(pieces)
    except RefusedError as error:
        raise CommandError(str(error)) from error
    except OSError as error:
        raise CommandError(f"{output}: {error.strerror}") from error


def _unit_ids(code: str) -> frozenset[int]:
    unit = Unit.objects.filter(code=code).first()
    if unit is None:
        raise CommandError(_("--unit: expected the code of a unit, not %r.") % code)
    return frozenset(Unit.objects.within([unit.pk]).values_list("pk", flat=True))


def _cycle(code: str) -> Cycle:
    cycle: Cycle | None = Cycle.objects.filter(code=code).exclude(state__in=NEVER_OPENED).first()
    if cycle is None:
        raise CommandError(_("--cycle: expected the code of a cycle that was opened, not %r.") % code)
    return cycle


@contextmanager
def _output(path: str | None) -> Iterator[TextIO]:
    if path is None or path == "-":
        yield sys.stdout
        return
    try:
        with Path(path).open("w", encoding="utf-8", newline="") as file:
            yield file
    except OSError as error:
        raise CommandError(f"{path}: {error.strerror}") from error
