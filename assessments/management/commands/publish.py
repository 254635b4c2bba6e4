from typing import Any

from django.utils.translation import gettext as _

from assessments.management.commands._cycle import CycleCommand
from assessments.models import Cycle
from assessments.services import cycles, retention


class Command(CycleCommand):
    help = "Make the figures of a scored cycle visible."

    def run(self, cycle: Cycle, options: dict[str, Any]) -> str:
        published = cycles.publish(cycle=cycle)
        line = _("Cycle {code} is published.").format(code=cycle.code)
        if published.keep_days:
            return line
        deleted = retention.delete(cycle=cycle.pk).close_certificate["answers_deleted"]
        retention.clean(cycle=cycle.pk)
        return line + "\n" + _("Its {answers} answers are deleted.").format(answers=deleted)
