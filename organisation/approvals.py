"""The two-person rule, a setting: what one person asks for is done only when a second one, who could do it too, agrees.

A handler registers by the name of the permission that it needs, so that a lower app can carry out what a higher one
does. It gets `by`, the second person, and the arguments, which are ids.
"""

from collections.abc import Callable
from typing import Any, Final

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from cfm.lib import audit
from organisation import permissions
from organisation.models import Approval, Person

Handler = Callable[..., None]
HANDLERS: Final[dict[str, Handler]] = {}


class NotApprovableError(Exception):
    """It can't be decided like that; the message says why."""


def handler(action: str) -> Callable[[Handler], Handler]:
    """Register the function that does what was approved."""

    def register(function: Handler) -> Handler:
        HANDLERS[action] = function
        return function

    return register


def needed(action: str) -> bool:
    """Whether one person alone may not do this."""
    return bool(settings.TWO_PERSON_RULE) and action in HANDLERS


@transaction.atomic
def ask(action: str, subject: str, *, by: Person, **arguments: Any) -> Approval:
    """Put it down for a second person; what was asked before about the same subject is replaced."""
    Approval.objects.filter(action=action, subject=subject, state=Approval.State.WAITING).delete()
    approval = Approval.objects.create(action=action, subject=subject, arguments=arguments, asked_by=by)
    audit.record("approval.ask", subject, by=by.pk, wanted=action, approval=approval.pk)
    return approval


def waiting_for(reader: Person) -> QuerySet[Approval]:
    """Return what the reader may decide, or has asked for."""
    actions = [action for action in HANDLERS if permissions.can(reader, action)]
    found: QuerySet[Approval] = Approval.objects.filter(state=Approval.State.WAITING, action__in=actions)
    return found.select_related("asked_by")


@transaction.atomic
def decide(approval: Approval, *, by: Person, approve: bool) -> Approval:
    """Do what was asked for, or put it aside. Whoever asked can take it back, not approve it.

    Raises NotApprovableError, and whatever the action itself refuses with.
    """
    row = Approval.objects.select_for_update(of=("self",)).select_related("asked_by").get(pk=approval.pk)
    if row.state != Approval.State.WAITING:
        raise NotApprovableError(_("Somebody else has decided this meanwhile."))
    permissions.require(by, row.action)
    if approve and row.asked_by_id == by.pk:
        raise NotApprovableError(_("A second person has to approve what you asked for."))
    if approve and not (row.asked_by.is_active and permissions.can(row.asked_by, row.action)):
        raise NotApprovableError(_("Who asked for this may not do it any more. Refuse it."))
    row.state = Approval.State.APPROVED if approve else Approval.State.REFUSED
    row.decided_by, row.decided_at = by, timezone.now()
    row.save()
    if approve:
        HANDLERS[row.action](by=by, **row.arguments)
    audit.record(f"approval.{row.state}", row.subject, by=by.pk, wanted=row.action, approval=row.pk)
    return row
