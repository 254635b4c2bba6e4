"""import_ratings FILE.csv [--dry-run]"""

from django.utils.translation import gettext as _

from cfm.lib.commands import ImportCommand
from cfm.lib.import_plan import Plan
from competencies.services.ratings_import import import_ratings


class Command(ImportCommand):
    help = _("Load ratings: person_id,competency,rater,level,assessed_on,cycle,note.")

    def run(self, data: bytes, *, file: str, dry_run: bool) -> Plan:
        return import_ratings(data, file=file, dry_run=dry_run)
