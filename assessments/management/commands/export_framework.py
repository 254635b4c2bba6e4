"""export_framework CODE [--version N] [-o FILE]"""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from assessments.models import Framework


class Command(BaseCommand):
    help = _("Give a framework version back as the YAML file it was loaded from.")

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        """Let `--version N` be ours; Django's own would print the version of Django."""
        return super().create_parser(prog_name, subcommand, conflict_handler="resolve", **kwargs)

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("code", metavar="CODE")
        parser.add_argument(
            "--version", dest="number", type=int, metavar="N", help=_("the latest unless given")
        )
        parser.add_argument(
            "-o", "--output", default="-", metavar="FILE", help=_("- is standard output, the default")
        )

    def handle(self, *args: Any, **options: Any) -> None:
        framework = _find(options["code"], options["number"])
        if options["output"] == "-":
            self._print(framework.source)
            return
        try:
            Path(options["output"]).write_bytes(framework.source.encode())
        except OSError as error:
            raise CommandError(f"{options['output']}: {error.strerror}") from error
        self.stdout.write(_("wrote %s") % options["output"])

    def _print(self, source: str) -> None:
        """Write the bytes of the file as they are, whatever the terminal's line ends and encoding."""
        binary = getattr(self.stdout, "buffer", None)
        if binary is None:
            self.stdout.write(source, ending="")
        else:
            binary.write(source.encode())
            binary.flush()


def _find(code: str, number: int | None) -> Framework:
    versions = Framework.objects.filter(code=code).order_by("-version")
    found: Framework | None = (versions if number is None else versions.filter(version=number)).first()
    if found is None:
        wanted = code if number is None else f"{code}:{number}"
        known = ", ".join(map(str, Framework.objects.all())) or _("none")
        told = {"wanted": wanted, "known": known}
        raise CommandError(_('there is no framework "%(wanted)s"; there is: %(known)s') % told)
    return found
