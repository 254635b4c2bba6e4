"""Attacks by order: does the place of a row tell who answered, when, or from which envelope it came?

Compared are the places in the file (rowid, ctid), which are the order of a dump and of a query without ORDER BY, the
ids, and PostgreSQL's transaction ids (xmin). Each attack has a mutation that it must find.
"""

import itertools
import random
import uuid

import numpy as np
import pytest
from django.db import connection, models

from assessments.models import Comment, Cycle, Envelope, Invitation, Response
from assessments.services import counting
from tests.factories import assessments as make

pytestmark = pytest.mark.django_db
PEOPLE = 200
# Chance correlation of 200 random ranks stays below 0.5 in all but about one in 10^12 runs.
CHANCE = 0.5


def four_digits(number: int) -> str:
    return "".join(str(1 + number // 5**place % 5) for place in range(4))


def number_of(codes: str) -> int:
    return sum((int(digit) - 1) * 5**place for place, digit in enumerate(codes))


def in_physical_order(model: type[models.Model], columns: str, cycle: Cycle) -> list[tuple]:
    """Return rows as they lie in the file, which is the order of a dump and of a query without ORDER BY."""
    place = "ctid" if connection.vendor == "postgresql" else "rowid"
    table = connection.ops.quote_name(model._meta.db_table)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {columns} FROM {table} WHERE cycle_id = %s ORDER BY {place}", [cycle.pk])
        return cursor.fetchall()


def correlation(order: list, other: list) -> float:
    """Return Spearman's rank correlation of two orders of the same things, without its sign."""
    rank = {thing: place for place, thing in enumerate(other)}
    return abs(float(np.corrcoef(np.arange(len(order)), [rank[thing] for thing in order])[0, 1]))


def traces_of_order(cycle: Cycle) -> dict[str, float]:
    """Close a cycle that 200 people of one unit answered, and compare every order with every order known before."""
    asked = make.invitations(cycle)
    random.Random(3).shuffle(asked)
    make.submitted(
        cycle,
        rows=asked,
        codes=lambda row, number: four_digits(number),
        comment=lambda row, number: f"remark {number}",
    )
    number = {row.pk: place for place, row in enumerate(asked)}
    envelopes = Envelope.objects.order_by("pk").values_list("invitation", flat=True)
    known = {
        "time": list(range(PEOPLE)),
        "envelope id": [number[invitation] for invitation in envelopes],
        "invitation id": [number[pk] for pk in sorted(number)],
        "person": [number[row.pk] for row in sorted(asked, key=lambda row: row.person_id)],
        "place of the invitation": [number[pk] for pk in in_order_of_place(Invitation, cycle)],
    }
    counting.count(cycle=cycle.pk)
    answers = [number_of(codes) for (codes,) in in_physical_order(Response, "codes", cycle)]
    remarks = [int(text.split()[1]) for (text,) in in_physical_order(Comment, "text", cycle)]
    found = {f"answers by {name}": correlation(answers, order) for name, order in known.items()}
    found |= {f"comments by {name}": correlation(remarks, order) for name, order in known.items()}
    by_id = [number_of(row.codes) for row in Response.objects.order_by("pk")]
    found["ids of answers by time"] = correlation(by_id, known["time"])
    found["comments by answers"] = correlation(remarks, answers)
    found["comment ids by answer ids"] = correlation(
        [int(row.text.split()[1]) for row in Comment.objects.order_by("pk")], by_id
    )
    return {name: value for name, value in found.items() if value > CHANCE}


def in_order_of_place(model: type[models.Model], cycle: Cycle) -> list:
    field = model._meta.pk
    convert = field.to_python
    return [convert(pk) for (pk,) in in_physical_order(model, "id", cycle)]


@pytest.fixture
def crowd():
    return make.open_cycle(people={"NORTH": (PEOPLE, 0)})


def test_no_order_of_answers_or_comments_follows_time_person_or_envelope(crowd):
    assert traces_of_order(crowd) == {}


def test_the_comparison_finds_answers_that_are_not_shuffled(crowd, monkeypatch):
    monkeypatch.setattr(counting, "shuffle", lambda rows: None)

    found = traces_of_order(crowd)

    assert found["answers by envelope id"] == pytest.approx(1)
    assert found["comments by answers"] == pytest.approx(1)


def test_the_comparison_finds_answers_written_as_they_came(crowd, monkeypatch):
    """Ids that grow with time, as a counter or a time-ordered UUID would, and no shuffle."""
    numbers = itertools.count(1)
    monkeypatch.setitem(vars(Envelope._meta.pk), "_get_default", lambda: uuid.UUID(int=next(numbers)))
    monkeypatch.setattr(counting, "shuffle", lambda rows: None)

    assert traces_of_order(crowd)["answers by time"] == pytest.approx(1)


def moved_invitations(cycle: Cycle) -> bool:
    """Whether places or transaction ids of invitations still tell who submitted, and in which order."""
    found = in_order_of_place(Invitation, cycle)
    return found != sorted(found) or len(transactions(Invitation, cycle)) > 1


def transactions(model: type[models.Model], cycle: Cycle) -> set:
    """Return the ids of the transactions that wrote the rows; PostgreSQL alone keeps them."""
    if connection.vendor != "postgresql":
        return set()
    return {row[0] for row in in_physical_order(model, "xmin::text", cycle)}


def half_submits(cycle: Cycle) -> None:
    make.submitted(cycle, rows=make.invitations(cycle)[::2])
    counting.count(cycle=cycle.pk)


@pytest.mark.django_db(transaction=True)
def test_places_and_transaction_ids_of_invitations_do_not_tell_who_answered_when():
    cycle = make.open_cycle(people={"NORTH": (30, 0)})

    half_submits(cycle)

    assert not moved_invitations(cycle)
    assert len(transactions(Response, cycle) | transactions(Comment, cycle)) <= 1


@pytest.mark.django_db(transaction=True)
def test_the_look_at_places_finds_invitations_that_are_not_written_anew(monkeypatch):
    monkeypatch.setattr(counting, "_forget", lambda cycle: Envelope.objects.filter(cycle=cycle).delete())
    cycle = make.open_cycle(people={"NORTH": (30, 0)})

    half_submits(cycle)

    assert moved_invitations(cycle)
