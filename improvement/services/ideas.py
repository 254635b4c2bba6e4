"""Submitting ideas, answering them, and passing them on."""

import re
from collections.abc import Sequence
from datetime import date
from typing import Final

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Max, Q
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from assessments.services import links
from cfm.lib import audit
from improvement.models import Idea, IdeaAnswer, IdeaTopic
from improvement.rules import ideas as rules
from improvement.services.errors import RefusedError
from organisation import permissions, values
from organisation.models import Person, Unit

RECEIPT: Final = re.compile(rf"[{links.CODE_LETTERS}]{{16}}")


def new_receipt() -> str:
    """Return a code to keep, such as BCDF-GHJK-MNPQ-RSTV (69 bits)."""
    return links.new_code()


def typed(text: str) -> str:
    """Return the letters of a receipt as a person types it: case, spaces and hyphens do not matter.

    >>> typed(" bcdf ghjk-mnpq-rstv ")
    'BCDFGHJKMNPQRSTV'
    """
    return re.sub(r"[\s-]", "", text).upper()


def is_receipt(text: str) -> bool:
    return RECEIPT.fullmatch(typed(text)) is not None


def digest_of(receipt: str) -> str:
    """Return what is stored of a receipt: a keyed digest, 64 hexadecimal digits."""
    return salted_hmac("cfm.idea.receipt", typed(receipt), algorithm="sha256").hexdigest()


def by_receipt(receipt: str) -> Idea | None:
    """Return the idea of a receipt; one query whatever was sent."""
    found: Idea | None = Idea.objects.filter(receipt=digest_of(receipt)).first()
    return found


@transaction.atomic
def submit(
    *, title: str, text: str, unit: Unit, topic: IdeaTopic | None, writer: Person | None, receipt: str
) -> Idea:
    """Keep an idea; writer None: nothing about who wrote it. The same again with its receipt is the same idea.

    Leaves no line in the audit log, since its order and time would tell who it was. Raises ValidationError by field,
    also for another idea with a receipt that was used.
    """
    if not is_receipt(receipt):
        raise ValidationError(_("Open the page anew and send it again."))
    today = timezone.localdate()
    row = Idea(
        title=title.strip(),
        text=text.strip(),
        unit=unit,
        topic=topic,
        writer=writer,
        owner=owner_of(unit, topic, writer),
        receipt=digest_of(receipt),
        submitted_on=today,
        promised_by=rules.promised_by(today, settings.IDEA_RESPONSE_DAYS),
    )
    known = Idea.objects.filter(receipt=row.receipt).first()
    if known is not None:
        return _same(known, row)
    row.full_clean()
    row.save(force_insert=True)
    return row


def _same(known: Idea, sent: Idea) -> Idea:
    """Return the idea kept if the same was sent again; raise ValidationError for another one under its receipt."""
    names = ("title", "text", "unit_id", "topic_id", "writer_id")
    if any(getattr(known, name) != getattr(sent, name) for name in names):
        raise ValidationError(
            _("An idea was sent from this page already. Send it once more to send this as another one.")
        )
    return known


def owner_of(unit: Unit, topic: IdeaTopic | None, writer: Person | None = None) -> Person | None:
    """Return who answers: for a topic its owner while active, else who leads the unit; None where nobody does.

    A leader's own named idea goes to their line manager.
    """
    found = topic.owner if topic is not None and topic.owner.is_active else manager_of(unit)
    if writer is not None and found is not None and found.pk == writer.pk:
        return writer.manager if writer.manager and writer.manager.is_active else None
    return found


def manager_of(unit: Unit) -> Person | None:
    """Return who leads the unit, else the nearest unit above: a manager there whose own line manager is elsewhere."""
    line = [unit, *reversed(list(unit.ancestors()))]
    reach = Q(role_grants__role=permissions.MANAGER) & (
        Q(role_grants__unit=None, unit__in=line) | Q(role_grants__unit__in=line)
    )
    people = Person.objects.active().filter(reach).select_related("manager").prefetch_related("role_grants")
    found = list(people.order_by("person_id").distinct())
    for place in line:
        here = [one for one in found if _leads(one, place)]
        heads = [one for one in here if one.manager is None or one.manager_id not in {x.pk for x in here}]
        if here:
            return (heads or here)[0]
    return None


def _leads(person: Person, unit: Unit) -> bool:
    return any(grant.role == permissions.MANAGER and grant.unit == unit.pk for grant in person.grants)


@transaction.atomic
def answer(
    *,
    idea: Idea,
    state: str,
    text: str,
    by: Person,
    due_on: date | None = None,
    action_code: str = "",
    thanks: str = "",
    shown: bool = True,
) -> IdeaAnswer:
    """Say what becomes of an idea; each answer stays. Raises ValidationError by field, RefusedError for others."""
    row: Idea = Idea.objects.select_for_update().get(pk=idea.pk)
    if not Idea.objects.answerable_by(by).filter(pk=row.pk).exists():
        raise RefusedError(_("Somebody else answers this idea by now."))
    if state == Idea.State.ACCEPTED and due_on is None:
        raise ValidationError({"due_on": _("By when will it be done?")})
    if action_code and not values.is_code(action_code):
        raise ValidationError({"action_code": _("This is no code.")})
    row.state, row.thanks, row.shown = state, thanks.strip(), shown
    row.due_on, row.action_code = due_on, action_code
    row.answered_on = row.answered_on or timezone.localdate()
    number = (row.answers.aggregate(Max("number"))["number__max"] or 0) + 1
    said = IdeaAnswer(idea=row, number=number, by=by, state=state, text=text.strip())
    row.full_clean()
    row.save()
    said.full_clean(validate_constraints=False)
    said.save()
    audit.record("idea.answer", f"idea/{row.pk}", by=by.pk, state=str(state), number=number)
    return said


@transaction.atomic
def pass_on(*, idea: Idea, to: Person, by: Person) -> None:
    """Give an idea to somebody else to answer; the promised day stays. Raises RefusedError."""
    row: Idea = Idea.objects.select_for_update().get(pk=idea.pk)
    if not Idea.objects.assignable_by(by).filter(pk=row.pk).exists() or not to.is_active:
        raise RefusedError(_("Somebody else answers this idea by now."))
    row.owner = to
    row.save(update_fields=["owner"])
    audit.record("idea.pass_on", f"idea/{row.pk}", by=by.pk, to=to.pk)


@transaction.atomic
def save_topic(
    *, topic: IdeaTopic | None, code: str, name: str, owner: Person, is_open: bool, by: int | None
) -> IdeaTopic:
    """Ask for ideas about something (topic None), or change who answers them. Raises ValidationError by field."""
    row = topic or IdeaTopic(code=code)
    row.name, row.owner, row.is_open = name, owner, is_open
    row.full_clean()
    row.save()
    audit.record("idea.topic", row.code, by=by, owner=owner.pk, is_open=is_open)
    return row


def homes(person: Person) -> Sequence[Unit]:
    """Return the units that an idea of this person may be for: their own first, then those above it."""
    return list(reversed(list(person.unit.ancestors(include_self=True))))
