from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from cfm.operation import backup, doctor


class Command(BaseCommand):
    help = "Put a backup into a new, empty installation; then says what doctor says of it."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", metavar="FILE.tar", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            manifest = backup.restore(options["file"])
        except (backup.BackupError, OSError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(_("Restored the backup of {when}.").format(when=manifest["made_at"]))
        if not backup.migrations_known():
            raise CommandError(
                _("The backup comes from a newer version of CFM: install that version before anything else.")
            )
        for finding in doctor.examine():
            if finding.state != "ok":
                self.stdout.write(f"{finding.about}: {finding.text}")
