"""import_action_steps FILE.csv [--dry-run]"""

from django.utils.translation import gettext_lazy as _

from cfm.lib.commands import ImportCommand
from cfm.lib.import_plan import Plan
from improvement.services.action_import import IMPORTS


class Command(ImportCommand):
    help = str(_("Creates and updates rows of action_steps.csv; all or nothing."))

    def run(self, data: bytes, *, file: str, dry_run: bool) -> Plan:
        return IMPORTS["action_steps"](data, file=file, dry_run=dry_run)
