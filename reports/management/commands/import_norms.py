"""Load tables of other organisations' scores from a file, on the server's shell."""

from django.utils.translation import gettext_lazy as _

from cfm.lib.commands import ImportCommand
from cfm.lib.import_plan import Plan
from reports.services.norms import import_norms


class Command(ImportCommand):
    help = str(_("Loads norms (percentiles of other organisations' scores) from a CSV file; all or nothing."))

    def run(self, data: bytes, *, file: str, dry_run: bool) -> Plan:
        return import_norms(data, file=file, dry_run=dry_run)
