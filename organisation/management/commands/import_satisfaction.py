"""Create and update satisfaction figures of customers from a file, on the server's shell."""

from django.utils.translation import gettext_lazy as _

from cfm.lib.commands import ImportCommand
from cfm.lib.import_plan import Plan
from organisation.imports import IMPORTS


class Command(ImportCommand):
    help = str(_("Creates and updates satisfaction figures of customers from a CSV file; all or nothing."))

    def run(self, data: bytes, *, file: str, dry_run: bool) -> Plan:
        return IMPORTS["satisfaction"](data, file=file, dry_run=dry_run)
