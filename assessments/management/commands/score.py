from typing import Any

from django.utils.translation import gettext as _

from assessments.management.commands._cycle import CycleCommand
from assessments.models import Cycle
from assessments.services import cycles
from cfm.lib.waiting import wait_for, workers


class Command(CycleCommand):
    help = "Score a closed cycle with Celery jobs and wait for them; may be repeated until it is published."

    def run(self, cycle: Cycle, options: dict[str, Any]) -> str:
        cycles.require_transition(cycle, Cycle.State.SCORED)
        with workers():
            wait_for([cycles.request_score(cycle=cycle)])
        release = cycle.releases.latest("number")
        return _("Cycle {code} is scored: {cells} figures may be shown.").format(
            code=cycle.code, cells=release.figures.count()
        )
