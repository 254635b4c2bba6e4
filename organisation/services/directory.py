"""Writing units and people one at a time, for administrators in the browser. Rules broken are a ValidationError."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from allauth.account.models import EmailAddress
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Model
from django.utils.translation import gettext as _

from cfm.lib import audit
from cfm.lib.csv_import import clean_cell, has_unseen
from organisation import approvals, permissions, values
from organisation.models import JobRole, Person, RoleGrant, Unit


@dataclass(frozen=True, kw_only=True)
class PersonData:
    """All that can be changed of a person. `roles`: each role held and the unit it reaches (None: its usual reach)."""

    email: str
    name: str
    unit: Unit
    manager: Person | None
    job_role: str
    is_active: bool
    language: str
    roles: Mapping[str, Unit | None]


def save_unit(*, unit: Unit | None, code: str, name: str, parent: Unit | None, by: Person) -> Unit:
    """Create a unit (`unit` None), or change name and parent of one; its code stays.

    Raises ValidationError by field: a code that is taken or none, no name, a parent that is missing, below the unit
    or out of reach.
    """
    with transaction.atomic():
        saved = Unit(code=code) if unit is None else Unit.objects.select_for_update().get(pk=unit.pk)
        old = (saved.name, saved.parent_id)
        _check_code(saved, "code", Unit.objects.filter(code=saved.code))
        saved.name = _one_line("name", name, values.MAX_NAME)
        _check_parent(saved, parent, by)
        saved.parent = parent
        if saved.pk is None or old != (saved.name, saved.parent_id):
            action = "unit.change" if saved.pk else "unit.create"
            _save(saved)
            audit.record(action, saved.code, by=by.pk)
    return saved


def delete_unit(*, unit: Unit, by: Person) -> None:
    """Delete a unit that nothing belongs to. Raises ValidationError that says what still does."""
    with transaction.atomic():
        used = contents(unit)
        if used:
            told = ", ".join(f"{count} {name}" for name, count in used.items())
            raise ValidationError(_("Only an empty unit can be deleted; this one still has: %s.") % told)
        code = unit.code
        unit.delete()
        audit.record("unit.delete", code, by=by.pk)


def contents(unit: Unit) -> dict[str, int]:
    """Return how many rows of which kind belong to the unit, in any app; empty where it can be deleted."""
    counts = {}
    for relation in Unit._meta.related_objects:
        rows = relation.related_model._base_manager.filter(**{relation.field.name: unit})
        if count := rows.count():
            counts[_kind(relation.related_model)] = count
    return counts


def _kind(model: type[Model]) -> str:
    if model is Unit:
        return _("units below it")
    if model is Person:
        return _("people, active or not")
    if model is RoleGrant:
        return _("roles that reach it")
    return str(model._meta.verbose_name_plural)


def create_person(*, person_id: str, data: PersonData, by: Person) -> Person:
    """Register a person, who sets a password by mail. Raises ValidationError by field."""
    person = Person(person_id=person_id)
    person.set_unusable_password()
    with transaction.atomic():
        _check_code(person, "person_id", Person.objects.filter(person_id=person_id))
        _fill(person, data, by)
        _save(person)
        given, _taken = _set_roles(person, data.roles, by)
        audit.record("person.create", f"person/{person.pk}", by=by.pk, given=given)
    return person


def change_person(*, person: Person, data: PersonData, by: Person) -> Person:
    """Change a person. Raises ValidationError by field.

    Nobody takes away, narrows or deactivates their own administrator role, and nobody changes a person or grants a
    role that reaches further than they do.
    """
    with transaction.atomic():
        saved: Person = Person.objects.select_for_update(of=("self",)).get(pk=person.pk)
        old = _state(saved)
        _check_rank(saved, by)
        _check_own(saved, data, by)
        _fill(saved, data, by)
        given, taken = _set_roles(saved, data.roles, by)
        changed = [name for name, value in _state(saved).items() if value != old[name]]
        if changed:
            _save(saved)
        if "email" in changed:
            # The sign-in keeps its own list of addresses: an old one must not open the account any more.
            EmailAddress.objects.filter(user=saved).delete()
        if changed or given or taken:
            details = {"fields": changed, "given": given, "taken": taken}
            audit.record("person.change", f"person/{saved.pk}", by=by.pk, **details)
    return saved


def _state(person: Person) -> dict[str, Any]:
    columns = [field.name for field in fields(PersonData) if field.name != "roles"]
    return {name: person.serializable_value(name) for name in columns}


def _save(row: Unit | Person) -> None:
    """Save; what the database refuses although it was checked is a change at the same moment."""
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError as error:
        message = _("Somebody else changed the same at this moment. Please try again.")
        raise ValidationError(message) from error


def _check_code(row: Unit | Person, field: str, taken: Any) -> None:
    if row.pk is not None:
        return
    if not values.is_code(getattr(row, field)):
        message = _("Use 1 to %d characters; begin with a letter or digit; no slash.") % values.MAX_CODE
        raise ValidationError({field: message})
    if taken.exists():
        raise ValidationError({field: _("This code is taken.")})


def _one_line(field: str, text: str, limit: int, *, empty: bool = False) -> str:
    cleaned = clean_cell(text)
    if (not cleaned and not empty) or len(cleaned) > limit or has_unseen(cleaned):
        raise ValidationError({field: _("Use 1 to %d characters on one line.") % limit})
    return cleaned


def _reach(by: Person, action: str) -> set[int] | None:
    """Return the ids of the units that the action reaches for this person; None for all."""
    scope = permissions.scope(by, action)
    return None if scope is None else set(Unit.objects.within(scope).values_list("pk", flat=True))


def _check_parent(unit: Unit, parent: Unit | None, by: Person) -> None:
    if parent is None:
        root = Unit.objects.filter(parent=None).exclude(pk=unit.pk).first()
        if root is not None:
            message = _("Choose a parent; only %s has none.") % root.name
            raise ValidationError({"parent": message})
        return
    if unit.pk is not None and unit.pk in {above.pk for above in parent.ancestors(include_self=True)}:
        raise ValidationError({"parent": _("A unit can't be below itself.")})
    reach = _reach(by, "unit.edit")
    if reach is not None and parent.pk not in reach and parent.pk != unit.parent_id:
        raise ValidationError({"parent": _("This unit is outside your reach.")})


def _fill(person: Person, data: PersonData, by: Person) -> None:
    """Give the person the data, checked; the roles are set apart."""
    person.name = _one_line("name", data.name, values.MAX_NAME)
    person.email = _email(person, data.email)
    _check_unit(person, data.unit, by)
    person.unit = data.unit
    _check_manager(person, data.manager)
    person.manager = data.manager
    person.job_role = _job_role(data.job_role)
    if data.language and not values.is_language(data.language):
        raise ValidationError({"language": _("Use a language such as en or en-gb.")})
    person.language = data.language
    person.is_active = data.is_active


def _email(person: Person, email: str) -> str | None:
    email = email.strip().lower()  # as the sign-in looks for it
    if not email:
        return None
    if not values.is_email(email):
        raise ValidationError({"email": _("Enter an e-mail address.")})
    if Person.objects.filter(email__iexact=email).exclude(pk=person.pk).exists():
        raise ValidationError({"email": _("Another person has this address.")})
    return email


def _check_unit(person: Person, unit: Unit, by: Person) -> None:
    reach = _reach(by, "person.edit")
    if reach is not None and unit.pk not in reach:
        raise ValidationError({"unit": _("This unit is outside your reach.")})


def _check_manager(person: Person, manager: Person | None) -> None:
    above, seen = manager, set()
    while above is not None and above.pk not in seen:
        if above.pk == person.pk:
            raise ValidationError({"manager": _("Nobody can be above themselves.")})
        seen.add(above.pk)
        above = above.manager


def _job_role(name: str) -> JobRole | None:
    name = _one_line("job_role", name, values.MAX_JOB_ROLE, empty=True)
    return JobRole.objects.get_or_create(name=name)[0] if name else None


def _check_rank(person: Person, by: Person) -> None:
    """Whoever changes an address can take over the account: so only people of no further reach."""
    reach = _reach(by, "person.edit")
    if reach is None:
        return
    if any(grant.unit not in reach for grant in person.grants):
        raise ValidationError(
            _("This person holds roles that reach further than yours; you can't change them.")
        )


def _check_own(person: Person, data: PersonData, by: Person) -> None:
    if person.pk != by.pk or permissions.ADMINISTRATOR not in person.roles:
        return
    held = person.role_grants.get(role=permissions.ADMINISTRATOR)
    kept = permissions.ADMINISTRATOR in data.roles
    if not kept or data.roles[permissions.ADMINISTRATOR] != held.unit:
        raise ValidationError(_("You can't take away or change your own administrator role."))
    if not data.is_active:
        raise ValidationError({"is_active": _("You can't deactivate yourself.")})


def _set_roles(person: Person, roles: Mapping[str, Unit | None], by: Person) -> tuple[list[str], list[str]]:
    """Make the grants those of `roles`; returns the roles given (or given another reach) and taken away."""
    held = {grant.role: grant for grant in person.role_grants.all()} if person.pk else {}
    given = sorted(r for r, unit in roles.items() if r not in held or held[r].unit_id != (unit and unit.pk))
    taken = sorted(held.keys() - roles.keys())
    if given or taken:
        permissions.require(by, "role.grant")
    _check_reach({role: roles[role] for role in given}, person, by)
    person.role_grants.filter(role__in=taken).delete()
    if given and approvals.needed("role.grant"):
        asked = {role: unit.pk if (unit := roles[role]) else None for role in given}
        approvals.ask("role.grant", f"person/{person.pk}", by=by, person=person.pk, roles=asked)
        return [], taken
    for role in given:
        RoleGrant.objects.update_or_create(person=person, role=role, defaults={"unit": roles[role]})
    return given, taken


@approvals.handler("role.grant")
def grant_roles(*, by: Person, person: int, roles: Mapping[str, int | None]) -> None:
    """Give the roles that were asked for and approved by a second administrator, within that one's reach."""
    found = Person.objects.get(pk=person)
    units = Unit.objects.in_bulk([unit for unit in roles.values() if unit is not None])
    wanted = {role: units[unit] if unit is not None else None for role, unit in roles.items()}
    permissions.require(by, "role.grant")
    _check_rank(found, by)
    _check_reach(wanted, found, by)
    for role, unit in wanted.items():
        RoleGrant.objects.update_or_create(person=found, role=role, defaults={"unit": unit})
    audit.record("person.change", f"person/{found.pk}", by=by.pk, fields=[], given=sorted(wanted), taken=[])


def _check_reach(roles: Mapping[str, Unit | None], person: Person, by: Person) -> None:
    reach = _reach(by, "role.grant")
    if reach is None:
        return
    for role, unit in roles.items():
        own = person.unit_id if role == permissions.MANAGER else None
        if (unit.pk if unit else own) not in reach:
            raise ValidationError(_("You can only grant roles that reach units within your own reach."))


def record_export(*, what: str, count: int, by: Person) -> None:
    """Note that somebody took a list of units or people out of the product."""
    audit.record(f"{what}.export", what, by=by.pk, count=count)
