"""Say what is wrong with an installation, and what to do about it: `manage.py doctor`."""

import os
import shutil
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final, Literal

from django.conf import settings
from django.core.cache import cache
from django.core.mail import get_connection
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone
from django.utils.translation import gettext as _

from assessments.models import Cycle, Framework
from assessments.services import keys
from cfm.lib import jobs
from cfm.lib.models import Job
from cfm.lib.worker import workers_answer
from organisation import permissions
from organisation.models import Person

State = Literal["ok", "warning", "wrong"]
LEAST_FREE_BYTES: Final = 500_000_000
CLOCK_SECONDS: Final = 60
LATE: Final = timedelta(minutes=5)


@dataclass(frozen=True)
class Finding:
    """What was looked at, how it is, and what to do where it is not well."""

    about: str
    state: State
    text: str


Check = Callable[[], Iterator[Finding]]


def examine() -> list[Finding]:
    """Return all findings; without a database with all migrations what rests on its tables is left out."""
    findings = [*_settings(), *_folders(), *_mail()]
    base = [*_of(_("database"), _database)]
    findings += base
    if all(one.state != "wrong" for one in base):
        findings += [*_of(_("people"), _people), *_of(_("keys"), _keys), *_of(_("jobs"), _jobs)]
    return [*findings, *_of(_("workers"), _workers)]


def _of(about: str, check: Check) -> Iterator[Finding]:
    """The findings of a check; one that falls over is a finding itself."""
    try:
        yield from check()
    except Exception as error:  # a doctor must not fall ill
        yield Finding(about, "wrong", f"{type(error).__name__}: {str(error).strip()}")


def _settings() -> Iterator[Finding]:
    about = _("settings")
    if settings.CFM_DEMO or settings.DEBUG:
        yield Finding(
            about,
            "warning",
            _("This is a demo or a debug run: unset CFM_DEMO and DJANGO_DEBUG for real use."),
        )
    if not settings.HTTPS:
        yield Finding(
            about, "warning", _("PUBLIC_URL is not https: passwords and answers travel in the clear.")
        )
    if not os.environ.get("DJANGO_SECRET_KEY") and settings.REDIS_URL:
        yield Finding(
            about,
            "warning",
            _("DJANGO_SECRET_KEY is not set: every machine that serves would make one of its own."),
        )
    yield Finding(about, "ok", _("Pages are at {url}.").format(url=settings.PUBLIC_URL))


def _folders() -> Iterator[Finding]:
    about = _("data folder")
    free = shutil.disk_usage(settings.DATA_DIR).free
    if free < LEAST_FREE_BYTES:
        yield Finding(about, "wrong", _("Only {free} MB are free: make room.").format(free=free // 1_000_000))
    for folder in (settings.DATA_DIR, settings.KEY_DIR):
        if not os.access(folder, os.W_OK):
            yield Finding(about, "wrong", _("{folder} can't be written.").format(folder=folder))
    for path in [settings.KEY_DIR, *sorted(Path(settings.KEY_DIR).iterdir())]:
        if stat.S_IMODE(path.stat().st_mode) & 0o077:
            yield Finding(
                about,
                "wrong",
                _("Others may read {path}: chmod go= {path}.").format(path=path),
            )
    yield Finding(
        about,
        "ok",
        _("{folder}, {free:.1f} GB free.").format(folder=settings.DATA_DIR, free=free / 1e9),
    )


def _mail() -> Iterator[Finding]:
    about = _("mail")
    if settings.EMAIL_BACKEND.endswith(("filebased.EmailBackend", "locmem.EmailBackend")):
        yield Finding(
            about,
            "warning",
            _("No mail leaves this machine: EMAIL_URL is not set, so they are written to files."),
        )
        return
    try:
        mail = get_connection(fail_silently=False)
        mail.open()
        mail.close()
    except Exception as error:
        yield Finding(
            about, "wrong", _("The mail server can't be used ({why}): see EMAIL_URL.").format(why=error)
        )
    else:
        yield Finding(about, "ok", _("The mail server takes our sign-in."))


def _database() -> Iterator[Finding]:
    about = _("database")
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    yield Finding(about, "ok", _("{vendor} answers.").format(vendor=connection.display_name))
    executor = MigrationExecutor(connection)
    if waiting := executor.migration_plan(executor.loader.graph.leaf_nodes()):
        text = _("{number} migrations wait: run manage.py migrate.").format(number=len(waiting))
        yield Finding(about, "wrong", text)
        return
    if (apart := _clocks_apart()) > CLOCK_SECONDS:
        text = _("The database's clock is {seconds:.0f} seconds away from this machine's: set both by NTP.")
        yield Finding(about, "wrong", text.format(seconds=apart))
    if not Framework.objects.exists():
        text = _("No framework yet: manage.py load_framework fixtures/customer_focus_v1.yaml.")
        yield Finding(about, "warning", text)


def _clocks_apart() -> float:
    """Seconds between the clock that decides on late answers and the one of this machine."""
    if connection.vendor == "sqlite":
        return 0.0
    with connection.cursor() as cursor:
        cursor.execute("SELECT now()")
        there: datetime = cursor.fetchone()[0]
    return abs((there - timezone.now()).total_seconds())


def _people() -> Iterator[Finding]:
    about = _("people")
    active = Person.objects.filter(is_active=True)
    administrators = [
        one for one in active.filter(role_grants__role=permissions.ADMINISTRATOR) if one.has_usable_password()
    ]
    if not administrators:
        text = _("No administrator can sign in: import people, then manage.py set_password.")
        yield Finding(about, "wrong", text)
    yield Finding(about, "ok", _("{number} active people.").format(number=active.count()))


def _keys() -> Iterator[Finding]:
    """Every open cycle needs its private key; a counted one must have none."""
    about = _("keys")
    for cycle in Cycle.objects.exclude(public_key=None).order_by("code"):
        held = keys.exists(bytes(cycle.public_key or b""))
        if cycle.is_open and not held:
            text = _(
                "Cycle {code} is open, but its private key is not here: its answers can't be counted. Put the key "
                "back from the recovery copy, if there is one; after a restore from before the close there is none."
            )
            yield Finding(about, "wrong", text.format(code=cycle.code))
        elif held and not cycle.is_open:
            text = _(
                "The private key of {code} is still here: finish its close with manage.py close_cycle {code}."
            )
            yield Finding(about, "wrong", text.format(code=cycle.code))
        elif cycle.is_open:
            yield Finding(about, "ok", _("The key of {code} is in place.").format(code=cycle.code))


def _jobs() -> Iterator[Finding]:
    about = _("jobs")
    for job in Job.objects.filter(state=Job.State.FAILED).order_by("-finished_at")[:5]:
        yield Finding(about, "warning", f"{job.kind} {job.key}: {job.message}")
    late = jobs.late(LATE)
    if late:
        text = _("{number} jobs have waited for more than five minutes: is a worker running?")
        yield Finding(about, "wrong", text.format(number=late))
    else:
        yield Finding(about, "ok", _("Nothing waits."))


def _workers() -> Iterator[Finding]:
    about = _("workers")
    if not settings.REDIS_URL:
        yield Finding(about, "ok", _("The process of manage.py serve does the jobs."))
        return
    if not workers_answer(seconds=5):
        text = _("No Celery worker answers over {url}: start one with celery -A cfm worker.")
        yield Finding(about, "wrong", text.format(url=settings.REDIS_URL.rsplit("@", 1)[-1]))
        return
    yield Finding(about, "ok", _("A worker answers."))
    swept = cache.get(jobs.SWEPT)
    if swept is None or timezone.now() - swept > LATE:
        text = _("Nobody has looked for missed jobs for five minutes: start celery -A cfm beat.")
        yield Finding(about, "wrong", text)
