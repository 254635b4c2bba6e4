"""import_actions FILE.csv [--dry-run]"""

from django.utils.translation import gettext_lazy as _

from cfm.lib.commands import ImportCommand
from cfm.lib.import_plan import Plan
from improvement.services.action_import import IMPORTS


class Command(ImportCommand):
    help = str(_("Creates and updates rows of actions.csv; all or nothing."))

    def run(self, data: bytes, *, file: str, dry_run: bool) -> Plan:
        return IMPORTS["actions"](data, file=file, dry_run=dry_run)
