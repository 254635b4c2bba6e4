"""Serve the pages of each role in a large organisation: queries, milliseconds of server time, bytes.

Run: `python benchmarks/pages.py [people] [units] [cycles]`. Medians of nine requests through the whole stack, in a
database of its own, with published figures, actions, thanks and ideas in proportion to the people. Exits 1 when a page
takes 150 ms or more of the process.
"""

import io
import sys
from datetime import timedelta

import dashboards as large  # makes the database and its figures
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.core.management import call_command
from django.utils import timezone

from assessments.models import Framework
from improvement.models import Action, Idea, Recognition
from organisation.models import Person, RoleGrant, Unit

LIMIT = 150
ROLES = {
    "staff": 7,
    "manager": 1,
    "executive": 2,
    "hr": 3,
    "administrator": 4,
    "auditor": 5,
}  # whose place in the list
EVERYBODY = (
    "/",
    "/assess/",
    "/recognition/",
    "/ideas/",
    "/leaders/",
    "/actions/-/said/",
    "/me/",
    "/competencies/",
)
PAGES = {
    "staff": EVERYBODY,
    "manager": ("/", "/dashboard/", "/actions/", "/actions/-/effects/", "/checklists/", "/goals/", "/ideas/"),
    "executive": (
        "/",
        "/dashboard/",
        "/dashboard/map/",
        "/dashboard/levels/",
        "/actions/",
        "/actions/-/effects/",
        "/actions/-/said/",
        "/communication/",
        "/competencies/gaps/",
    ),
    "hr": (
        "/",
        "/people/",
        "/units/",
        "/cycles/",
        "/actions/",
        "/recognition/",
        "/ideas/",
        "/competencies/gaps/",
    ),
    "administrator": ("/people/", "/units/", "/cycles/"),
    "auditor": ("/", "/checklists/"),
}


def make(people: int, units: int, cycles: int) -> dict[str, Person]:
    """Fill the database; returns a person of each role."""
    call_command("migrate", verbosity=0)
    path = large.ROOT / "fixtures" / "customer_focus_v1.yaml"
    call_command("load_framework", str(path), stdout=io.StringIO())
    root = Unit.objects.create(code="U0000", name="The organisation")
    made = [root]
    for number in range(1, units):
        parent = made[(number - 1) // 6]
        made.append(Unit(code=f"U{number:04d}", name=f"Unit {number}", parent=parent, pk=root.pk + number))
    Unit.objects.bulk_create(made[1:], batch_size=500)
    for number in range(cycles):
        large.cycle_of(Framework.objects.get(), made, number)
    staff = add_people(people, made)
    add_work(staff, made)
    return {role: staff[place] for role, place in ROLES.items()}


def add_people(people: int, units: list[Unit]) -> list[Person]:
    password = make_password(None)
    rows = [
        Person(
            person_id=f"P{number}",
            name=f"Person {number}",
            email=f"p{number}@bench.example",
            unit=units[number % len(units)],
            password=password,
        )
        for number in range(people)
    ]
    staff = Person.objects.bulk_create(rows, batch_size=1000)
    for person in staff[1:]:
        person.manager = staff[int(person.person_id[1:]) // 10]
    Person.objects.bulk_update(staff, ["manager"], batch_size=1000)
    grants = [RoleGrant(person=staff[place], role=role) for role, place in ROLES.items() if role != "staff"]
    RoleGrant.objects.bulk_create(grants)
    return staff


def add_work(staff: list[Person], units: list[Unit]) -> None:
    """Three actions a unit, two thanks a person, an idea of every second person."""
    today = timezone.localdate()
    Action.objects.bulk_create(
        Action(
            code=f"A{number}",
            title=f"Action {number}",
            unit=units[number % len(units)],
            block=f"B{number % 8 + 1}",
            owner=staff[number % len(staff)],
            due_on=today + timedelta(days=number % 90 - 30),
        )
        for number in range(3 * len(units))
    )
    Recognition.objects.bulk_create(
        (
            Recognition(
                kind="thanks",
                deed="Called back.",
                giver=staff[(number + 7) % len(staff)],
                person=one,
                unit_id=one.unit_id,
            )
            for number, one in enumerate([*staff, *staff])
        ),
        batch_size=1000,
    )
    ideas = (
        Idea(
            title=f"Idea {number}",
            text="Open at seven.",
            receipt=f"{number:064x}",
            unit_id=one.unit_id,
            writer=one,
            owner=staff[number // 10],
            promised_by=today + timedelta(days=14),
        )
        for number, one in enumerate(staff[::2])
    )
    Idea.objects.bulk_create(ideas, batch_size=1000)


def main(people: int = 10_000, units: int = 500, cycles: int = 3) -> int:
    settings.ALLOWED_HOSTS = ["testserver"]
    roles = make(people, units, cycles)
    slow = 0
    for role, paths in PAGES.items():
        for path in paths:
            milliseconds, clock, queries, size = large.measure(roles[role], path)
            slow += milliseconds >= LIMIT
            print(
                f"{role:>14} {path:<24} {queries:>3} queries {milliseconds:>6.0f} ms ({clock:.0f} by the clock) "
                f"{size:>8} bytes",
                flush=True,
            )
    return int(slow > 0)


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
