import sys
from typing import Any

from django.core.management.base import BaseCommand

from assessments.models import Cycle
from cfm.lib import csv_export


class Command(BaseCommand):
    help = "Print all cycles as CSV: code,title,state."

    def handle(self, *args: Any, **options: Any) -> None:
        rows = Cycle.objects.order_by("created_at", "pk").values_list("code", "title", "state")
        csv_export.write(sys.stdout, ["code", "title", "state"], rows)
