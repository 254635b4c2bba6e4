"""How many have answered, as it may be told: written down once a day while a cycle is open."""

from __future__ import annotations

from django.db import models

from assessments.models.cycle import Cycle


class TurnoutSnapshot(models.Model):
    """Today's turnout of a cycle in steps of 10 per cent. Yesterday's is overwritten: a history would date answers.

    figures: {"all": per cent or null, "units": {position: per cent}}; units that may not be shown are not in it.
    """

    cycle = models.OneToOneField(Cycle, models.CASCADE, related_name="turnout_snapshot")
    day = models.DateField()
    figures = models.JSONField()

    def __str__(self) -> str:
        return f"{self.cycle_id} {self.day}"
