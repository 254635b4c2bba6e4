"""Which rows a person's roles reach: the rules that goals, process audits and business cases share."""

from collections.abc import Iterable

from django.db.models import Q

from organisation import permissions
from organisation.models import Person, Unit


def within(path: str, scope: Iterable[int] | None) -> Q:
    """Return the condition that the unit at this path is in the scope; for None every row."""
    return Q() if scope is None else Q(**{f"{path}__in": Unit.objects.within(scope).values("pk")})


def led_units(person: Person) -> list[int]:
    """Return the ids of the units at the top of an executive's reach: the organisation, or what it is narrowed to."""
    if not permissions.can(person, "improvement.lead"):
        return []
    scope = permissions.scope(person, "improvement.lead")
    if scope is not None:
        return sorted(scope)
    return list(Unit.objects.filter(parent=None).values_list("pk", flat=True))


def editable_units(person: Person, action: str) -> list[int]:
    """Return the ids of the units for which the person may write: by the action, or as who leads them."""
    found = set(led_units(person))
    if permissions.can(person, action):
        found.update(Unit.objects.visible_to(person, action).values_list("pk", flat=True))
    return sorted(found)


def may_edit_any(person: Person, action: str) -> bool:
    """Whether the person may write for any unit: by the action, or as who leads one."""
    return permissions.can(person, action) or permissions.can(person, "improvement.lead")
