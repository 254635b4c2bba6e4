from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser
from django.db import transaction
from django.utils.translation import gettext as _

from assessments.management.commands._cycle import CycleCommand
from assessments.models import Cycle
from assessments.services import counting, cycles, keys
from cfm.lib import audit


class Command(CycleCommand):
    help = "Count the answers of an open cycle at once, close it and destroy its key."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument(
            "--recovery-copy",
            metavar="FILE",
            type=Path,
            help="the copy of the key made at the opening; used where the key is lost, and destroyed like it",
        )

    def run(self, cycle: Cycle, options: dict[str, Any]) -> str:
        public, copy = bytes(cycle.public_key or b""), options["recovery_copy"]
        if copy:
            keys.require_copy(public, recovery=copy)
        if cycle.state != Cycle.State.CLOSED or cycle.close_certificate.get("wiped"):
            cycles.require_transition(cycle, Cycle.State.CLOSED)
            if copy:
                keys.restore(public, recovery=copy)
        with transaction.atomic():
            counted = counting.count(cycle=cycle.pk).close_certificate
            if cycle.is_open:
                audit.record("cycle.close", cycle.code, by=None)
        if copy:
            keys.shred(copy)
        counting.clean(cycle=cycle.pk)
        return _(
            "Cycle {code} is closed: {submitted} submitted + {paper} on paper = {counted} counted + {spoiled} spoiled; "
            "its key is destroyed."
        ).format(
            code=cycle.code, **{name: counted[name] for name in ("submitted", "paper", "counted", "spoiled")}
        )
