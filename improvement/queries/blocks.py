"""Building blocks and key components by code, to which goals are linked: those of the framework in use."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from assessments.instrument import Instrument
from assessments.models import Cycle, Framework


@dataclass(frozen=True)
class Vocabulary:
    """What codes stand for; both empty while no framework is loaded."""

    instrument: Instrument | None

    @cached_property
    def blocks(self) -> Mapping[str, str]:
        """Code → title of the primary lens's dimensions, in order."""
        return {one.code: str(one.title) for one in self.instrument.blocks} if self.instrument else {}

    @cached_property
    def key_components(self) -> Mapping[str, str]:
        """Code → title of what counts as evidence, in order."""
        if self.instrument is None:
            return {}
        return {one.code: str(one.title) for one in self.instrument.key_components}


def vocabulary() -> Vocabulary:
    """Return the codes of the newest opened cycle's framework, else of the one loaded last."""
    cycle = (
        Cycle.objects.select_related("framework")
        .exclude(opened_at=None)
        .order_by("-opened_at", "-pk")
        .first()
    )
    framework = cycle.framework if cycle else Framework.objects.order_by("-loaded_at", "-pk").first()
    return Vocabulary(framework.instrument if framework else None)
