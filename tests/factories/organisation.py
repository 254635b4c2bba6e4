"""Units, job roles and people for tests.

PersonFactory(roles=["manager"])                  # in the root unit, everyone's reach as usual
PersonFactory(roles={"hr": north}, unit=south)    # HR for the unit north and those below
"""

from typing import Any

import factory
from factory.django import DjangoModelFactory

from organisation.models import JobRole, Person, RoleGrant, Unit


def root() -> Unit:
    """Return the one root unit, made on the first call."""
    return Unit.objects.get_or_create(parent=None, defaults={"code": "ORG", "name": "Organisation"})[0]


class UnitFactory(DjangoModelFactory):
    """A unit right below the root unless `parent` says otherwise (None: the root itself)."""

    class Meta:
        model = Unit

    code = factory.Sequence(lambda number: f"U{number}")
    name = factory.LazyAttribute(lambda unit: f"Unit {unit.code}")
    parent = factory.LazyFunction(root)


class JobRoleFactory(DjangoModelFactory):
    class Meta:
        model = JobRole
        django_get_or_create = ("name",)

    name = factory.Sequence(lambda number: f"Job role {number}")


class PersonFactory(DjangoModelFactory):
    """An active person with an address and no password. `roles`: names, or a map role → unit."""

    class Meta:
        model = Person
        skip_postgeneration_save = True

    person_id = factory.Sequence(lambda number: f"P{number}")
    name = factory.Sequence(lambda number: f"Person {number}")
    email = factory.LazyAttribute(lambda person: f"{person.person_id.lower()}@test.example")
    password = "!"  # pages are entered by client.force_login
    unit = factory.LazyFunction(root)

    @factory.post_generation
    def roles(self: Person, create: bool, given: Any, **options: Any) -> None:
        reaches = given if isinstance(given, dict) else dict.fromkeys(given or ())
        for role, unit in reaches.items():
            RoleGrant.objects.create(person=self, role=role, unit=unit)
