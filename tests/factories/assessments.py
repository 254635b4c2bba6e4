"""Rows of the measuring for tests, made through the services that the product uses.

    cycle = open_cycle(people={"NORTH": (12, 2), "SOUTH": (3, 1)})     # (staff, managers) a unit
    submitted(cycle)                                                   # everybody answers
    cycle = closed_cycle(people={"NORTH": (12, 2)})                    # open, everybody, counted

`units` maps the code of a unit to that of its parent; the unit without one is the root. Units and people that are
there already are kept, so several cycles can share an organisation.
"""

import hashlib
import itertools
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from pathlib import Path

from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.db import connection
from django.db.models import Model

from assessments.instrument import parse
from assessments.models import Analysis, CubePart, Cycle, Distribution, Figure, Framework, Invitation
from assessments.services import ballot, counting, cycles
from cfm.lib import erase
from organisation import permissions
from organisation.models import Person, RoleGrant, Unit

SHIPPED = Path(__file__).resolve().parents[2] / "fixtures" / "customer_focus_v1.yaml"
UNITS: Mapping[str, str | None] = {"ORG": None, "NORTH": "ORG", "SOUTH": "ORG"}
PEOPLE: Mapping[str, tuple[int, int]] = {"ORG": (1, 1), "NORTH": (6, 1), "SOUTH": (6, 1)}
_numbers = itertools.count(1)

HEAD = """\
code: {code}
version: {version}
title: {{en: Small}}
scale: {{min: 1, max: 5, labels: {{en: [Strongly disagree, Disagree, Neither, Agree, Strongly agree]}}}}
levels:
  - {{level: 1, name: {{en: Low}}, from: 0}}
  - {{level: 2, name: {{en: Middle}}, from: 40}}
  - {{level: 3, name: {{en: High}}, from: 70}}
weights: {{staff: 0.4, manager: 0.3, evidence: 0.3}}
lenses:
  - code: blocks
    primary: true
    title: {{en: Blocks}}
    dimensions:
      - {{code: B1, title: {{en: First block}}}}
      - {{code: B2, title: {{en: Second block}}}}
key_components:
  - {{code: KC01, title: {{en: Something in place}}, dimensions: {{blocks: B1}}}}
items:
"""
BLOCKS = ("B1", "B1", "B2", "B2")


def small_framework_text(*, code: str = "small", version: int = 1, comments: bool = True) -> str:
    """Return a framework of two blocks with two items each for staff (S1…S4) and managers (M1…M4)."""
    lines = [HEAD.format(code=code, version=version)]
    for audience, letter, other in (("staff", "S", "M"), ("manager", "M", "S")):
        lines += [
            f"  - {{code: {letter}{number}, audience: {audience}, pair: {other}{number}, "
            f"text: {{en: Statement {number}.}}, dimensions: {{blocks: {block}}}}}\n"
            for number, block in enumerate(BLOCKS, start=1)
        ]
        if comments:
            lines.append(
                f"  - {{code: {letter}C, audience: {audience}, kind: comment, text: {{en: What else?}}}}\n"
            )
    return "".join(lines)


def framework_row(*, text: str = "", **fields: object) -> Framework:
    """Return the small framework (or that of the text), made at the first call. fields: code, version, comments."""
    source = text or small_framework_text(**fields)  # type: ignore[arg-type]
    instrument = parse(source)
    row, _is_new = Framework.objects.get_or_create(
        code=instrument.code,
        version=instrument.version,
        defaults={"source": source, "digest": instrument.digest},
    )
    return row


def shipped_framework() -> Framework:
    """Return the framework that the product ships: 8 blocks, 43 closed items an audience."""
    return framework_row(text=SHIPPED.read_text(encoding="utf-8"))


def organisation(
    *, units: Mapping[str, str | None] = UNITS, people: Mapping[str, tuple[int, int]] = PEOPLE
) -> dict[str, Unit]:
    """Make units (code → parent's code) and fill them up to so many staff and managers; returns units by code."""
    rows: dict[str, Unit] = {unit.code: unit for unit in Unit.objects.filter(code__in=units)}
    for code, parent in units.items():
        if code not in rows:
            rows[code] = Unit.objects.create(
                code=code, name=f"Unit {code.title()}", parent=rows[parent] if parent else None
            )
    for code, (staff, managers) in people.items():
        _fill(rows[code], staff=staff, managers=managers)
    return rows


def _fill(unit: Unit, *, staff: int, managers: int) -> None:
    is_manager = {"role_grants__role": permissions.MANAGER}
    heads = Person.objects.filter(unit=unit, is_active=True)
    there = heads.filter(**is_manager).count()
    _people(unit, staff - (heads.count() - there))
    RoleGrant.objects.bulk_create(
        RoleGrant(person=person, role=permissions.MANAGER) for person in _people(unit, managers - there)
    )


def _people(unit: Unit, count: int) -> list[Person]:
    numbers = [next(_numbers) for _person in range(count)]
    rows = [
        Person(
            person_id=f"T{number:06d}",
            email=f"t{number:06d}@test.example",
            name=f"Person {number:06d}",
            unit=unit,
            password=f"{UNUSABLE_PASSWORD_PREFIX}test",
        )
        for number in numbers
    ]
    return list(Person.objects.bulk_create(rows))


def cycle_draft(
    *,
    code: str = "",
    framework: Framework | None = None,
    closes_at: datetime | None = None,
    k: int = 5,
    k_comments: int = 10,
) -> Cycle:
    """Return a draft of the small framework unless another is given."""
    code = code or f"cycle-{next(_numbers)}"
    return cycles.create(
        code=code,
        title=f"Title of {code}",
        framework=framework or framework_row(),
        closes_at=closes_at,
        k=k,
        k_comments=k_comments,
    )


def open_cycle(
    *,
    units: Mapping[str, str | None] | None = None,
    people: Mapping[str, tuple[int, int]] | None = None,
    **fields: object,
) -> Cycle:
    """Return an open cycle of everyone there; makes the organisation first. fields: those of `cycle_draft`.

    Where only people are given, the units they name hang below ORG.
    """
    if units is None and people is not None:
        units = {"ORG": None} | {code: "ORG" for code in people if code != "ORG"}
    organisation(units=units or UNITS, people=PEOPLE if people is None else people)
    return cycles.open_cycle(cycle=cycle_draft(**fields))  # type: ignore[arg-type]


def invitations(cycle: Cycle, **fields: object) -> list[Invitation]:
    """Return the cycle's invitations in the order of people, ready to submit. fields: a filter."""
    rows = list(Invitation.objects.filter(cycle=cycle, **fields).select_related("unit", "person"))
    for row in rows:
        row.cycle = cycle  # one object for all: a framework of its own for each row takes 60 kB
    return sorted(rows, key=lambda row: row.person.person_id)


def some_codes(invitation: Invitation, number: int = 0) -> str:
    """Return answers that differ from respondent to respondent."""
    items = len(invitation.cycle.framework.instrument.closed_items(invitation.audience))
    return "".join(str(1 + (number + number // 5 + place) % 5) for place in range(items))


def submitted(
    cycle: Cycle,
    *,
    rows: Iterable[Invitation] | None = None,
    codes: Callable[[Invitation, int], str] = some_codes,
    comment: Callable[[Invitation, int], str] = lambda invitation, number: "",
) -> list[Invitation]:
    """Let everybody (or the invitations given) submit, in that order; returns the invitations."""
    asked = list(invitations(cycle) if rows is None else rows)
    for number, invitation in enumerate(asked):
        ballot.submit(
            invitation=invitation, codes=codes(invitation, number), comment=comment(invitation, number)
        )
    return asked


def closed_cycle(
    *,
    codes: Callable[[Invitation, int], str] = some_codes,
    comment: Callable[[Invitation, int], str] = lambda invitation, number: "",
    **fields: object,
) -> Cycle:
    """Return a cycle that everybody answered and that is counted and cleaned. fields: those of `open_cycle`."""
    cycle = open_cycle(**fields)  # type: ignore[arg-type]
    submitted(cycle, codes=codes, comment=comment)
    counting.count(cycle=cycle.pk)
    counting.clean(cycle=cycle.pk)
    _tidy()
    return Cycle.objects.select_related("framework").get(pk=cycle.pk)


def _tidy() -> None:
    """Bring invitations into their order, as the wipe does where no transaction of a test surrounds it.

    On PostgreSQL new rows fill the holes of earlier tests, wherever the automatic vacuum found some.
    """
    if connection.vendor != "postgresql" or not connection.in_atomic_block:
        return
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        erase.bring_into_order(Invitation)
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")


def told_of(cycle: Cycle) -> str:
    """Return a digest of all that scoring stored of a cycle: sums, certificate, figures, distributions, analyses."""
    release = cycle.releases.latest("number")
    rows = [
        [bytes(part.data) for part in CubePart.objects.filter(cycle=cycle).order_by("number")],
        sorted(release.certificate.items()),
        *(
            sorted(repr(row) for row in model.objects.filter(release=release).values_list(*_facts(model)))
            for model in (Figure, Distribution, Analysis)
        ),
    ]
    return hashlib.sha256(repr(rows).encode()).hexdigest()


def _facts(model: type[Model]) -> list[str]:
    return [one.name for one in model._meta.concrete_fields if one.name not in {"id", "release"}]
