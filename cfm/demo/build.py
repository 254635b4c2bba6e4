"""Put the demo organisation through the doors a real one uses: imports, sealed answers, close, scoring, release."""

import csv
import io
import secrets
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Final

import numpy as np
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import transaction
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from assessments.models import Comment, Cycle, Framework, Invitation
from assessments.services import ballot, comments, counting, cycles
from cfm.demo import (
    actions,
    answers,
    cases,
    changes,
    communication,
    competencies,
    customers,
    evidence,
    goals,
    ideas,
    leaders,
    people,
    processes,
    recognition,
    trail,
)
from cfm.lib.waiting import wait_for
from organisation.models import Person
from reports.models import Norm

FRAMEWORK: Final = settings.BASE_DIR / "fixtures" / "customer_focus_v1.yaml"
UNITS: Final = settings.BASE_DIR / "fixtures" / "demo" / "units.csv"
NORMS: Final = settings.BASE_DIR / "fixtures" / "demo" / "norms.csv"
COMMENTS: Final = settings.BASE_DIR / "fixtures" / "demo" / "comments.txt"
PASSWORD: Final = "demo"  # noqa: S105 - shown on the sign-in page of the demo
# code → months ago that it closed (0: still open); the title is the month.
CYCLES: Final = (("demo-1", 25), ("demo-2", 13), ("demo-3", 4), ("demo-4", 0))
LEFT_TO_REVIEW: Final = 4
KEPT_DAYS: Final = 3 * 365  # of the past cycles: whoever tries --raw out finds all answers still there
Say = Callable[[str], None]


def build(*, number: int, seed: int, say: Say) -> None:
    """Make whatever of the demo is not there yet; a second run finds everything and changes nothing."""
    _organisation(number, seed, say)
    framework: Framework = Framework.objects.filter(code="customer-focus").latest("version")
    for index, (code, _months) in enumerate(CYCLES):
        _cycle(framework, index, seed, say)
        say(f"cycle {code}: {Cycle.objects.get(code=code).get_state_display()}")
    if not Norm.objects.exists():
        call_command("import_norms", str(NORMS), stdout=io.StringIO())
    competencies.build(seed=seed, say=say)
    customers.build(seed=seed, say=say)
    goals.build(seed=seed, say=say)
    if made := changes.build():
        say(f"transformations: {made}")
    processes.build(say=say)
    cases.build(say=say)
    recognition.build(say=say)
    actions.build(say=say)
    communication.build(say=say)
    ideas.build(say=say)
    leaders.build(say=say)
    trail.build()


@transaction.atomic
def _organisation(number: int, seed: int, say: Say) -> None:
    if not Framework.objects.filter(code="customer-focus").exists():
        call_command("load_framework", str(FRAMEWORK), verbosity=0)
        say("framework customer-focus: loaded")
    if Person.objects.filter(email__in=people.ACCOUNTS.values()).exists():
        return
    if Person.objects.exists():
        raise CommandError(_("This database holds another organisation. Give the demo its own CFM_DATA_DIR."))
    rows = people.staff_list(people=number, seed=seed)
    with _csv(people.COLUMNS, (row.values() for row in rows)) as file:
        call_command("import_units", str(UNITS), stdout=io.StringIO())
        call_command("import_people", file, stdout=io.StringIO())
    accounts = Person.objects.filter(email__in=people.ACCOUNTS.values())
    accounts.update(password=make_password(PASSWORD))
    say(f"organisation: {len(rows)} people")


def _cycle(framework: Framework, index: int, seed: int, say: Say) -> None:
    """Take one demo cycle as far as it goes, from wherever an interrupted run left it."""
    code, months = CYCLES[index]
    cycle = Cycle.objects.filter(code=code).first()
    if cycle is None:
        with transaction.atomic():
            cycle = _opened(framework, index, seed, say)
    if months == 0:
        return
    if cycle.state == Cycle.State.OPEN:
        counting.count(cycle=cycle.pk)
    counting.clean(cycle=cycle.pk)
    cycle.refresh_from_db()
    if cycle.state == Cycle.State.CLOSED:
        _review(cycle, left=LEFT_TO_REVIEW if index == len(CYCLES) - 2 else 0)
        wait_for([cycles.request_score(cycle=cycle)])
        cycle.refresh_from_db()
    if cycle.state == Cycle.State.SCORED:
        cycles.publish(cycle=cycle)
    _backdate(cycle, months)


def _opened(framework: Framework, index: int, seed: int, say: Say) -> Cycle:
    code, months = CYCLES[index]
    closes = timezone.now() + timedelta(days=16)
    title = date_format(timezone.now() - timedelta(days=30.4 * months), "F Y")
    keep = {"keep_days": KEPT_DAYS} if months else {}
    cycle = cycles.create(code=code, title=title, framework=framework, closes_at=closes, **keep)
    cycle = cycles.open_cycle(cycle=cycle)
    _answer(cycle, index, seed, share=1.0 if months else 0.35)
    _evidence(cycle, index, seed)
    return cycle


def _answer(cycle: Cycle, index: int, seed: int, *, share: float) -> None:
    """Let the people of the random model submit, each through the service that a browser uses."""
    instrument = cycle.framework.instrument
    accounts = people.ACCOUNTS.values()
    rows = list(
        Invitation.objects.filter(cycle=cycle).select_related("unit", "person").order_by("person__person_id")
    )
    asked = [answers.Respondent(row.unit.position, row.audience) for row in rows]
    world = answers.make_world(instrument, units=cycle.units.count(), seed=seed)
    takes_part = answers.who_answers(world, asked, cycle=index, seed=seed, share=share)
    codes = answers.answer(instrument, world, asked, cycle=index, seed=seed)
    remarks = _remarks(len(rows), index, seed)
    for row, answered, said, remark in zip(rows, takes_part, codes, remarks, strict=True):
        still_to_try = share < 1 and row.person.email in accounts
        row.cycle = cycle  # one framework in memory for all
        if answered and not still_to_try:
            ballot.submit(invitation=row, codes=said, comment=remark)


def _review(cycle: Cycle, *, left: int) -> None:
    """Let the comments be shown, as HR would after reading them, but some of the last cycle that wait for a visitor."""
    waiting = Comment.objects.filter(cycle=cycle, state=Comment.State.NEW).order_by("pk")
    for pk in list(waiting.values_list("pk", flat=True))[left:]:
        comments.decide(comment=pk, state=Comment.State.SHOWN, by=None)


def _remarks(count: int, index: int, seed: int) -> list[str]:
    """Return a comment for about one in five, drawn from the list of the demo."""
    rng = np.random.default_rng([seed, 4, index])
    texts = [line for line in COMMENTS.read_text(encoding="utf-8").splitlines() if line and line[0] != "#"]
    return [str(rng.choice(texts)) if rng.random() < 0.2 else "" for _person in range(count)]


def _evidence(cycle: Cycle, index: int, seed: int) -> None:
    before = CYCLES[index - 1][0] if index else ""
    evidence.fill(cycle=cycle, before=before, index=index, seed=seed)
    if index >= len(CYCLES) - 2:
        evidence.prove_and_review(cycle=cycle, seed=seed)


def _backdate(cycle: Cycle, months: int) -> None:
    """Give a past cycle dates in the past, so that the trend has a time axis."""
    closed = timezone.now() - timedelta(days=30.4 * months)
    if cycle.closed_at and cycle.closed_at > closed + timedelta(days=15):
        Cycle.objects.filter(pk=cycle.pk).update(
            opened_at=closed - timedelta(days=21),
            closes_at=closed,
            closed_at=closed,
            published_at=closed + timedelta(days=10),
            close_certificate=cycle.close_certificate
            | dict.fromkeys(("counted_at", "destroyed_at"), closed.isoformat(timespec="minutes")),
        )
        cycle.refresh_from_db(fields=["opened_at"])
        evidence.backdate(cycle)


@contextmanager
def _csv(columns: Sequence[str], rows: Iterable[Iterable[object]]) -> Iterator[str]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"{secrets.token_hex(4)}.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(columns)
            writer.writerows(rows)
        yield str(path)
