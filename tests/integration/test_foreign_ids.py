"""Ids out of reach, singly and in pairs, in path, query and body; fields nobody asked for; roles that are taken away.

The world and its requests are those of the permission matrix. What lies out of reach is the same afterwards, whatever
the answer says.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final

import pytest
from django.core.cache import cache
from django.db.models import Q
from django.test import Client

from assessments.models import ChecklistEntry, Cycle, Transformation
from competencies.models import PlanItem, Rating, Sheet
from improvement.models import Goal, Process
from organisation.models import Customer, Person, RoleGrant, Unit
from tests.factories.organisation import PersonFactory, UnitFactory
from tests.integration.test_permissions import CASES, ROLES, Case, World, ask, undone, world  # noqa: F401

pytestmark = pytest.mark.django_db

# Words of one kind: each can stand where another of its kind stands.
KINDS: Final = (
    ("ORG", "NORTH", "DEPOT", "SOUTH"),
    ("P-NORTH", "P-DEPOT", "P-SOUTH", "P-staff", "P-hr"),
    ("GORG", "GN", "GS", "GP"),
    ("PORG", "PN", "PS"),
    ("C-NORTH", "C-SOUTH"),
    ("NORTH-1", "SOUTH-1"),
    ("public", "hidden", "closed", "running", "theirs", "sketch"),
)
SINGLE: Final = 3  # ids of a kind that are tried at one place
# What each narrowed role reaches; what belongs to other units must stay as it is.
REACH: Final = {
    "manager": ("NORTH", "DEPOT"),
    "hr_south": ("SOUTH", "EMPTY"),
    "admin_south": ("SOUTH", "EMPTY", "NEW"),  # NEW is what the cases create
}
# Steps that concern a whole cycle, or everybody's list, are for those who hold the role anywhere.
WHOLE: Final = re.compile(r"^/(cycles|frameworks|norms|accounts|assess)/|/import/|^/customers/-/map/")


def swapped(text: str) -> Iterator[str]:
    """Yield the text with one known word exchanged for another of its kind."""
    for kind in KINDS:
        for word in kind:
            if re.search(rf"(?<![\w-]){word}(?![\w-])", text):
                for other in kind:
                    if other != word:
                        yield re.sub(rf"(?<![\w-]){word}(?![\w-])", other, text)


def variants(case: Case) -> Iterator[Case]:
    """Yield the case with one id exchanged in path or body, then with one in each, then with ids put into the query."""
    paths = [replace(case, path=path) for path in swapped(case.path)]
    bodies = [
        replace(case, body=case.body | {name: value})
        for name, old in case.body.items()
        for value in swapped(str(old))
    ]
    yield from paths[:SINGLE]
    yield from bodies[:SINGLE]
    for path in paths[:2]:
        yield from (replace(path, body=body.body) for body in bodies[:1])
    query = "unit=NORTH&unit=SOUTH&person_id=P-NORTH&cycle=hidden&code=GS&owner=P-SOUTH"
    yield replace(case, path=f"{case.path}{'&' if '?' in case.path else '?'}{query}")
    yield replace(case, body={"unit": "SOUTH", "person": "P-SOUTH", "owner": "P-DEPOT"} | case.body)


def outside(role: str) -> list[str]:
    """Return all rows that belong to units out of the role's reach, as text."""
    reach = REACH[role]
    people = Person.objects.exclude(unit__code__in=reach)
    own = Q(person__person_id=f"P-{role}")
    found: list[Any] = [
        Unit.objects.exclude(code__in=reach).values_list("code", "name", "parent__code"),
        Unit.objects.filter(code="NEW").exclude(parent__code__in=reach).values_list("parent__code"),
        people.exclude(person_id=f"P-{role}").values_list(),
        RoleGrant.objects.filter(person__in=people).values_list(),
        Goal.objects.exclude(unit__code__in=reach).exclude(own).values_list(),
        Process.objects.exclude(unit__code__in=reach).values_list(),
        Transformation.objects.exclude(unit__code__in=reach).values_list(),
        ChecklistEntry.objects.exclude(unit__code__in=reach).values_list(
            "cycle", "unit", "key_component", "state"
        ),
        Customer.objects.exclude(
            Q(owner_unit__code__in=reach) | Q(serving_unit__code__in=reach)
        ).values_list(),
        Sheet.objects.exclude(person__unit__code__in=reach).exclude(own).values_list(),
        Rating.objects.exclude(sheet__person__unit__code__in=reach)
        .exclude(sheet__person__person_id=f"P-{role}")
        .values_list(),
        PlanItem.objects.exclude(person__unit__code__in=reach).exclude(own).values_list(),
    ]
    return sorted(repr(row) for rows in found for row in rows)


def posts() -> list[Case]:
    return [case for case in CASES if case.method == "post" and not case.file and not WHOLE.search(case.path)]


@pytest.mark.parametrize("role", REACH)
def test_foreign_ids_singly_and_in_pairs_change_nothing_out_of_reach(world: World, role: str) -> None:  # noqa: F811
    before = outside(role)
    sent, problems = 0, []
    for case in posts():
        if case.expected[role] not in {"200", "302", "400"}:
            continue
        for variant in variants(case):
            cache.clear()
            with undone():
                answer = ask(world, role, variant)
                sent += 1
                if answer.status_code >= 500 or (answer.status_code < 400 and outside(role) != before):
                    problems.append(f"{variant.path} {variant.body}: {answer.status_code}")

    assert problems == []
    assert sent > 60


SECRET: Final = "Wolfgang Nordlicht"


@pytest.mark.parametrize("role", ["hr_south", "staff"])
def test_foreign_ids_in_what_is_read_show_no_name_out_of_reach(world: World, role: str) -> None:  # noqa: F811
    problems = []
    with undone():
        Person.objects.filter(person_id__in=["P-NORTH", "P-DEPOT"]).update(name=SECRET)
        for case in (case for case in CASES if case.method == "get" and case.expected[role] == "200"):
            for variant in [*variants(case)][-3:]:
                with undone():
                    answer = ask(world, role, variant)
                    body = b"" if answer.streaming else answer.content
                    if answer.status_code >= 500 or SECRET.encode() in body:
                        problems.append(f"{variant.path}: {answer.status_code}")

    assert problems == []


# Fields that nobody asked for

EXTRA: Final = {
    "is_active": "",
    "is_staff": "1",
    "is_superuser": "1",
    "role": "administrator",
    "roles": "administrator hr",
    "role_administrator": "on",
    "reach_administrator": "",
    "password": "x",
    "password1": "x",
    "id": "1",
    "pk": "1",
    "person_id": "P-admin",
    "anonymised_at": "2020-01-01",
    "inactive_since": "2020-01-01",
    "last_login": "2020-01-01",
    "unit": "ORG",
    "manager": "P-hr",
    "manager_id": "1",
    "email": "evil@test.example",
    "signed_off_by": "1",
    "actor": "1",
    "by": "1",
    "asked_by": "1",
    "state": "published",
    "k": "1",
    "keep_days": "0",
    "verdict": "confirmed",
}
# The pages on which people and roles are what is changed.
ABOUT_PEOPLE: Final = {"person_new", "person_edit", "person_anonymise", "people_import"}


def who_may_what() -> list[str]:
    people = Person.objects.values_list(
        "person_id", "email", "password", "unit", "manager", "is_active", "anonymised_at"
    )
    grants = RoleGrant.objects.values_list("person", "role", "unit")
    cycles = Cycle.objects.values_list("code", "k", "k_comments", "keep_days")
    return sorted(map(repr, [*people, *grants, *cycles]))


@pytest.mark.parametrize("role", ["staff", "manager", "executive", "hr"])
def test_more_fields_than_a_form_has_give_nobody_a_role_and_change_no_account(
    world: World,  # noqa: F811
    role: str,
) -> None:
    before = who_may_what()
    problems, sent = [], 0
    for case in CASES:
        if case.method != "post" or case.expected[role] not in {"302", "200"} or case.name in ABOUT_PEOPLE:
            continue
        if case.name.startswith(("account_", "mfa_", "cycle_")):
            continue
        cache.clear()
        with undone():
            ask(world, role, replace(case, body=EXTRA | case.body))
            sent += 1
            if who_may_what() != before:
                problems.append(f"{case.path} as {role}")

    assert problems == []
    assert sent > 2


def test_the_form_of_a_person_takes_no_field_that_it_does_not_show(world: World) -> None:  # noqa: F811
    hidden = {
        "person_id": "P-OTHER",
        "password": "x",
        "anonymised_at": "2020-01-01",
        "is_superuser": "1",
        "pk": "1",
    }
    with undone():
        old = Person.objects.get(person_id="P-SOUTH")
        body = {"name": "Same", "unit": "SOUTH", "is_active": "on"} | hidden
        done = world.client("administrator").post("/people/P-SOUTH/edit/", body)
        new = Person.objects.get(pk=old.pk)

        assert done.status_code == 302
        assert (new.person_id, new.password, new.anonymised_at) == ("P-SOUTH", old.password, None)


# Roles that are taken away while somebody is signed in


@pytest.fixture
def signed_in() -> tuple[Client, Person]:
    person = PersonFactory(roles=["hr", "administrator"], person_id="BOTH")
    client = Client()
    client.force_login(person)
    return client, person


def test_a_role_taken_away_is_gone_at_the_next_click_for_looking_and_for_doing(signed_in) -> None:
    client, person = signed_in
    form = {"code": "NEW", "name": "New", "parent": "ORG"}
    assert client.get("/people/").status_code == 200

    RoleGrant.objects.filter(person=person).delete()

    assert client.get("/people/").status_code == 403
    assert client.post("/units/-/new/", form).status_code == 403
    assert not Unit.objects.filter(code="NEW").exists()


def test_a_reach_that_was_narrowed_holds_at_the_next_click(signed_in) -> None:
    client, person = signed_in
    here, there = UnitFactory(code="HERE"), UnitFactory(code="THERE")
    PersonFactory(person_id="FAR", unit=there)
    assert client.get("/people/FAR/").status_code == 200

    RoleGrant.objects.filter(person=person).update(unit=here)

    assert client.get("/people/FAR/").status_code == 404
    assert client.post("/people/FAR/edit/", {"name": "Other"}).status_code == 404


def test_every_role_of_the_matrix_is_tried() -> None:
    assert set(REACH) <= set(ROLES)
