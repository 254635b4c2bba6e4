from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from cfm.operation import backup


class Command(BaseCommand):
    help = (
        "Write database and uploaded files, as they are at one moment, to a new file. Keys are never in it."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", metavar="FILE.tar", type=Path)

    def handle(self, *args: Any, **options: Any) -> str:
        try:
            manifest = backup.write(options["file"].absolute())
        except (backup.BackupError, OSError) as error:
            raise CommandError(str(error)) from error
        return _("{file}: database and {number} uploaded files.").format(
            file=options["file"], number=len(manifest["files"]) - 1
        )
