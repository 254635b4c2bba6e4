"""Board packs: asked for by a person, made by a job, kept for a month."""

from datetime import timedelta
from typing import Final

from django.conf import settings
from django.db import transaction
from django.utils import timezone, translation

from assessments.models import CycleUnit, Release
from cfm.lib import audit, jobs
from cfm.lib.jobs import Claim
from cfm.lib.models import Job
from organisation.models import Person
from reports.models import Pack, PackFile
from reports.pack import FILES, gather, made

MAKE: Final = "pack.make"
KEPT: Final = timedelta(days=30)


def key(release: int, unit: int, language: str) -> str:
    """Return what makes two wishes for a pack the same."""
    return f"{release}:{unit}:{language}"


@transaction.atomic
def request(*, release: int, unit: CycleUnit, by: Person) -> Job:
    """Ask for the pack of a unit in the reader's language; while one is being made, that one is returned."""
    language = translation.get_language() or settings.LANGUAGE_CODE
    job = jobs.enqueue(
        MAKE, key=key(release, unit.pk, language), by=by.pk, release=release, unit=unit.pk, language=language
    )
    audit.record("pack.make", unit.code, by=by.pk, release=release)
    return job


def make(*, claim: Claim) -> None:
    """Make the files, then store them in one transaction with the job's end. Raises NotFoundError if hidden."""
    wish = claim.arguments
    steps = len(FILES) + 1
    claim.progress(0, steps)
    with translation.override(wish["language"]):
        release = Release.objects.get(pk=wish["release"])
        content = gather(release, CycleUnit.objects.get(pk=wish["unit"]))
        files = []
        for number, file in enumerate(made(content), 1):
            files.append(file)
            claim.progress(number, steps)
    with claim.finishing():
        store(release=release.pk, unit=wish["unit"], language=wish["language"], files=files)


def store(*, release: int, unit: int, language: str, files: list[tuple[str, bytes]]) -> Pack:
    """Put the files in the place of those made before. Inside the caller's transaction."""
    Pack.objects.filter(release=release, unit=unit, language=language).delete()
    pack: Pack = Pack.objects.create(
        release_id=release, unit_id=unit, language=language, made_at=timezone.now()
    )
    PackFile.objects.bulk_create(
        PackFile(pack=pack, name=name, size=len(data), data=data) for name, data in files
    )
    return pack


def tidy() -> int:
    """Delete packs that are a month old; they can be made again. Returns how many rows went."""
    rows, _kinds = Pack.objects.filter(made_at__lt=timezone.now() - KEPT).delete()
    return int(rows)
