"""import_profiles FILE.csv [--dry-run]"""

from django.utils.translation import gettext as _

from cfm.lib.commands import ImportCommand
from cfm.lib.import_plan import Plan
from competencies.services.profiles import import_profiles


class Command(ImportCommand):
    help = _("Set what job roles require: job_role,competency,required_level,importance.")

    def run(self, data: bytes, *, file: str, dry_run: bool) -> Plan:
        return import_profiles(data, file=file, dry_run=dry_run)
