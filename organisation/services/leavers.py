"""People who have left: noted, and made anonymous at once or after some days. Rows stay, names and addresses go."""

import secrets
from datetime import date
from typing import Final

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from cfm.lib import audit, personal
from organisation import permissions
from organisation.models import Person, Unit

NAME: Final = "Former colleague"


def note(*, today: date) -> None:
    """Write down since when people are not active, whichever way they were made so."""
    Person.objects.filter(is_active=False, inactive_since=None).update(inactive_since=today)
    Person.objects.filter(is_active=True).exclude(inactive_since=None).update(inactive_since=None)


def anonymise(*, person: Person, by: Person | None) -> Person:
    """Replace name, e-mail and person id, sign the person out everywhere, and delete what was written about them.

    What the person did stays, under the new name; the audit log holds ids, so no line of it changes. Done again, it
    changes nothing. by: None for the server. Raises ValidationError for oneself, for the last administrator, and for
    somebody whose roles reach further than those of `by`.
    """
    with transaction.atomic():
        row = Person.objects.select_for_update(of=("self",)).get(pk=person.pk)
        if row.anonymised_at is not None:
            return row
        require_possible(row, by=by)
        for forget in personal.FORGETS.values():
            forget(row.pk)
        _replace(row)
        audit.record("person.anonymise", f"person/{row.pk}", by=by.pk if by else None)
    return row


def _replace(row: Person) -> None:
    row.person_id, row.name, row.email = f"left-{secrets.token_hex(5)}", NAME, None
    row.manager, row.job_role, row.language, row.last_login = None, None, "", None
    row.set_unusable_password()
    row.is_active = False
    row.inactive_since = row.inactive_since or timezone.localdate()
    row.anonymised_at = timezone.now()
    row.save()


def require_possible(row: Person, *, by: Person | None) -> None:
    """Raise ValidationError where this person can't be made anonymous (by this one)."""
    if by is not None and row.pk == by.pk:
        raise ValidationError(_("You can't make yourself anonymous."))
    if by is not None and not _reaches(row, by):
        message = _("This person holds roles that reach further than yours; you can't make them anonymous.")
        raise ValidationError(message)
    admins = Person.objects.active().filter(role_grants__role=permissions.ADMINISTRATOR)
    if row.is_active and permissions.ADMINISTRATOR in row.roles and not admins.exclude(pk=row.pk).exists():
        raise ValidationError(_("This is the only administrator. Make somebody else one first."))


def _reaches(row: Person, by: Person) -> bool:
    scope = permissions.scope(by, "person.anonymise")
    if scope is None:
        return True
    reach = set(Unit.objects.within(scope).values_list("pk", flat=True))
    return all(grant.unit in reach for grant in row.grants)


def anonymise_old(*, before: date) -> int:
    """Make everybody anonymous who left before this day; returns how many."""
    old = Person.objects.filter(is_active=False, anonymised_at=None, inactive_since__lt=before)
    count = 0
    for person in old.order_by("pk"):
        anonymise(person=person, by=None)
        count += 1
    return count
