from typing import Any

from django.utils.translation import gettext as _

from assessments.management.commands._cycle import CycleCommand
from assessments.models import Cycle
from assessments.services import retention


class Command(CycleCommand):
    help = "Delete the answers of a published cycle before their days are over; figures and comments stay."

    def run(self, cycle: Cycle, options: dict[str, Any]) -> str:
        deleted = retention.delete(cycle=cycle.pk).close_certificate["answers_deleted"]
        retention.clean(cycle=cycle.pk)
        return _("Cycle {code}: {answers} answers are deleted; its figures stay.").format(
            code=cycle.code, answers=deleted
        )
