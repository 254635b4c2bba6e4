"""import_readiness FILE.csv [--dry-run]"""

from django.utils.translation import gettext as _

from assessments.services.transformation_import import import_readiness
from cfm.lib.commands import ImportCommand
from cfm.lib.import_plan import Plan


class Command(ImportCommand):
    help = _("Set hazards and resilience: transformation,key_component,state,owner,due,evidence,note.")

    def run(self, data: bytes, *, file: str, dry_run: bool) -> Plan:
        return import_readiness(data, file=file, dry_run=dry_run)
