"""Writing people by the thousand: a fixed number of statements a batch, whatever the file says."""

import secrets
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX

from cfm.lib.import_plan import Change, Plan
from organisation import permissions, values
from organisation.models import JobRole, Person, RoleGrant, Unit

Cells = dict[str, str]

_BATCH: Final = 2000
_FIELDS: Final = ["email", "name", "unit", "manager", "job_role", "is_active", "language"]


def write(plan: Plan, wanted: dict[str, Cells]) -> None:
    """Bring the people of the plan to their wanted cells, within the caller's transaction."""
    _free_addresses(plan)
    ids: dict[str, int] = dict(Person.objects.order_by().values_list("person_id", "pk"))
    people = _people([wanted[change.key] for change in plan.changes])
    # From the top down, so that a new line manager has an id when the reports are written.
    new = {code: wanted[code]["manager_id"] for code in people if code not in ids}
    known = [code for code in people if code in ids]
    for layer in [*values.from_the_top(new), known]:
        _upsert([people[code] for code in layer], wanted, ids)
    _set_roles(plan, ids)


def _batches(items: Iterable[int]) -> Iterator[list[int]]:
    everything = list(items)
    for start in range(0, len(everything), _BATCH):
        yield everything[start : start + _BATCH]


def _has(change: Change, column: str) -> bool:
    return any(field.field == column for field in change.fields)


def _free_addresses(plan: Plan) -> None:
    """Take old addresses away first: two people may swap theirs, and no old one may sign in any more."""
    codes = {change.key for change in plan.changes if not change.is_new and _has(change, "email")}
    if not codes:
        return
    rows = Person.objects.order_by().values_list("person_id", "pk")
    for batch in _batches(pk for code, pk in rows if code in codes):
        Person.objects.filter(pk__in=batch).update(email=None)
        EmailAddress.objects.filter(user__in=batch).delete()


def _people(rows: Sequence[Cells]) -> dict[str, Person]:
    """Return unsaved people by person id; a new one has no password until they set it by mail."""
    units = dict(Unit.objects.values_list("code", "pk"))
    job_roles = _job_roles({cells["job_role"] for cells in rows} - {""})
    return {
        cells["person_id"]: Person(
            person_id=cells["person_id"],
            email=cells["email"] or None,
            name=cells["name"],
            unit_id=units[cells["unit"]],
            job_role_id=job_roles.get(cells["job_role"]),
            is_active=cells["active"] == "1",
            language=cells["language"],
            password=UNUSABLE_PASSWORD_PREFIX + secrets.token_urlsafe(30),  # make_password is slow
        )
        for cells in rows
    }


def _job_roles(names: set[str]) -> dict[str, int]:
    """Return the ids of job roles by name; new ones are created."""
    found = set(JobRole.objects.values_list("name", flat=True))
    JobRole.objects.bulk_create(JobRole(name=name) for name in sorted(names - found))
    return dict(JobRole.objects.values_list("name", "pk"))


def _upsert(people: list[Person], wanted: dict[str, Cells], ids: dict[str, int]) -> None:
    """Create people, or update those whose person id is known (never the password); their ids go into `ids`."""
    for person in people:
        person.manager_id = ids.get(wanted[person.person_id]["manager_id"])
    written = Person.objects.bulk_create(
        people,
        batch_size=_BATCH,
        update_conflicts=True,
        unique_fields=["person_id"],
        update_fields=_FIELDS,
    )
    ids.update((person.person_id, person.pk) for person in written)


def _set_roles(plan: Plan, ids: dict[str, int]) -> None:
    """Take roles away and give new ones with their usual reach; one held before and after keeps its reach."""
    taken = defaultdict(list)
    given = []
    for change in plan.changes:
        for field in change.fields:
            if field.field == "roles":
                old, new = set(field.old.split()), set(field.new.split())
                for role in old - new:
                    taken[role].append(ids[change.key])
                fresh = sorted(new - old - {permissions.STAFF})
                given += [RoleGrant(person_id=ids[change.key], role=role) for role in fresh]
    for role, people in taken.items():
        for batch in _batches(people):
            RoleGrant.objects.filter(role=role, person__in=batch).delete()
    RoleGrant.objects.bulk_create(given, batch_size=_BATCH)
