"""import_competencies FILE.csv [--dry-run]"""

from django.utils.translation import gettext as _

from cfm.lib.commands import ImportCommand
from cfm.lib.import_plan import Plan
from competencies.services.library_import import import_competencies


class Command(ImportCommand):
    help = _("Load the competency library: competency,name,kind,definition,level,behaviour, or a .yaml file.")

    def run(self, data: bytes, *, file: str, dry_run: bool) -> Plan:
        return import_competencies(data, file=file, dry_run=dry_run)
