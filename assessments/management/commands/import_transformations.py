"""import_transformations FILE.csv [--dry-run]"""

from django.utils.translation import gettext as _

from assessments.services.transformation_import import import_transformations
from cfm.lib.commands import ImportCommand
from cfm.lib.import_plan import Plan


class Command(ImportCommand):
    help = _("Register transformations: transformation,title,unit,owner,starts,ends,state,purpose.")

    def run(self, data: bytes, *, file: str, dry_run: bool) -> Plan:
        return import_transformations(data, file=file, dry_run=dry_run)
