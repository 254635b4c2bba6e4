"""import_checklist FILE.csv [--dry-run]"""

from django.utils.translation import gettext as _

from assessments.services.checklist_import import import_checklist
from cfm.lib.commands import ImportCommand
from cfm.lib.import_plan import Plan


class Command(ImportCommand):
    help = _("Set states of key components: cycle,unit,key_component,state,owner,due,evidence,note.")

    def run(self, data: bytes, *, file: str, dry_run: bool) -> Plan:
        return import_checklist(data, file=file, dry_run=dry_run)
