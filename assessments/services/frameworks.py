"""Loading frameworks: a version is kept as the file it came from, and stays as it is once a cycle uses it."""

from dataclasses import dataclass

from django.db import models, transaction
from django.utils.translation import gettext_lazy as _

from assessments.instrument import Instrument, parse
from assessments.models import Framework
from assessments.services.errors import ServiceError
from cfm.lib import audit


class VersionInUseError(ServiceError):
    """A version that a cycle uses would say something else."""


class Outcome(models.TextChoices):
    """What loading a file does to the version it names."""

    CREATED = "created", _("created")
    UPDATED = "updated", _("updated")
    UNCHANGED = "unchanged", _("unchanged")


@dataclass(frozen=True)
class Check:
    """What a file says, and what loading it would do now."""

    instrument: Instrument
    outcome: Outcome


def check(*, text: str, filename: str = "") -> Check:
    """Read the text of a file and say what loading it would do, without doing it.

    Raises InstrumentError for a file with mistakes, VersionInUseError for a version that can't change any more.
    """
    instrument = parse(text, filename)
    kept = Framework.objects.filter(code=instrument.code, version=instrument.version).first()
    outcome = Outcome.CREATED if kept is None else _outcome(kept, instrument, text, filename)
    return Check(instrument, outcome)


@transaction.atomic
def load(*, text: str, filename: str = "", by: int | None = None) -> tuple[Framework, Outcome]:
    """Keep the framework version that the text describes; the same content again changes nothing.

    A version that no cycle uses is replaced. Raises InstrumentError and VersionInUseError as `check` does.
    """
    instrument = parse(text, filename)
    framework, is_new = Framework.objects.select_for_update().get_or_create(
        code=instrument.code,
        version=instrument.version,
        defaults={"source": text, "digest": instrument.digest},
    )
    outcome = Outcome.CREATED if is_new else _outcome(framework, instrument, text, filename)
    if outcome == Outcome.UPDATED:
        framework.source, framework.digest = text, instrument.digest
        framework.save()
    if outcome != Outcome.UNCHANGED:
        audit.record("framework.load", str(framework), by=by, outcome=outcome.value, digest=instrument.digest)
    return framework, outcome


def _outcome(kept: Framework, instrument: Instrument, text: str, filename: str) -> Outcome:
    """Return what the file does to a version that is there already.

    In a version in use, a file that says the same in another layout changes nothing.
    """
    same = kept.digest == instrument.digest
    if same and (kept.source == text or kept.in_use):
        return Outcome.UNCHANGED
    if kept.in_use:
        raise VersionInUseError(_refusal(kept, filename))
    return Outcome.UPDATED


def _refusal(kept: Framework, filename: str) -> str:
    cycles = kept.cycles.order_by("pk").values_list("code", flat=True)[:5]
    message = _(
        "version %(version)d of “%(code)s” is used by %(cycles)s and can't change: give the file a new version"
    )
    told = {"version": kept.version, "code": kept.code, "cycles": ", ".join(cycles)}
    return (f"{filename}: " if filename else "") + str(message) % told
