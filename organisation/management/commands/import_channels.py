"""Create and update the channels through which customers are heard from a file, on the server's shell."""

from django.utils.translation import gettext_lazy as _

from cfm.lib.commands import ImportCommand
from cfm.lib.import_plan import Plan
from organisation.imports import IMPORTS


class Command(ImportCommand):
    help = str(
        _("Creates and updates channels through which customers are heard from a CSV file; all or nothing.")
    )

    def run(self, data: bytes, *, file: str, dry_run: bool) -> Plan:
        return IMPORTS["channels"](data, file=file, dry_run=dry_run)
