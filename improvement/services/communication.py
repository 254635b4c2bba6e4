"""Planning what is told, drafting it from a cycle, and keeping that it was told."""

from datetime import date, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from assessments.models import Cycle
from cfm.lib import audit
from improvement.models import Message
from improvement.queries.message_words import Said, said
from improvement.queries.templates import Template, quotations, templates
from improvement.rules.messages import filled
from improvement.services.errors import RefusedError
from organisation.models import Person, Unit


@transaction.atomic
def draft(*, cycle: Cycle, unit: Unit, language: str, by: Person | None) -> list[Message]:
    """Draft what is to be told around a cycle, and return what is new; drafts that are there stay as they are.

    Messages about results wait until the cycle is published. Raises RefusedError for a cancelled cycle.
    """
    if cycle.state == Cycle.State.CANCELLED:
        raise RefusedError(_("This cycle was cancelled: there is nothing to tell."))
    Cycle.objects.select_for_update().get(pk=cycle.pk)
    known = set(
        Message.objects.filter(cycle=cycle, unit=unit, language=language).values_list("template", flat=True)
    )
    about = said(cycle, language)
    wanted = [one for one in templates() if one.code not in known]
    made = [_drafted(one, about, cycle, unit, language, by) for one in wanted]
    kept = [one for one in made if one is not None]
    for one in kept:
        one.full_clean()
        one.save()
    if kept:
        actor = by.pk if by else None
        audit.record(
            "message.draft", cycle.code, by=actor, unit=unit.pk, messages=len(kept), language=language
        )
    return kept


def _drafted(
    template: Template, about: Said, cycle: Cycle, unit: Unit, language: str, by: Person | None
) -> Message | None:
    if template.results and about.release is None:
        return None
    subject = filled([template.subject.in_language(language)], about.words)
    body = filled([one.in_language(language) for one in template.body], about.words)
    if not subject or not body:
        return None
    return Message(
        unit=unit,
        cycle=cycle,
        template=template.code,
        language=language,
        subject=subject[:200],
        body=body,
        quotation=template.quotation,
        audience=template.audience,
        channel=template.channel,
        due_on=about.milestones[template.milestone] + timedelta(days=template.days),
        owner=by,
        release=about.release if template.results else None,
    )


@transaction.atomic
def save_message(*, message: Message | None, by: int | None, **fields: Any) -> Message:
    """Plan a message (None), or change one that is not sent yet.

    fields: unit, cycle, language, subject, body, quotation, audience, channel, due_on, owner, state (draft, ready or
    dropped). Raises ValidationError by field.
    """
    saved = Message() if message is None else Message.objects.select_for_update().get(pk=message.pk)
    if saved.state == Message.State.SENT:
        raise ValidationError(_("What was sent stays as it was sent. Undo the sending first."))
    for name, value in fields.items():
        setattr(saved, name, value)
    if saved.state == Message.State.SENT:
        raise ValidationError({"state": _("Say on which day it was sent, on the page of the message.")})
    if saved.quotation and saved.quotation not in quotations():
        raise ValidationError({"quotation": _("There is no such quotation.")})
    saved.full_clean()
    saved.save()
    audit.record("message.save", str(saved.pk), by=by, unit=saved.unit_id, state=saved.state)
    return saved


@transaction.atomic
def record_sent(*, message: Message, on: date, through: str, by: Person) -> Message:
    """Keep that a message was told, when and through which channel. Raises ValidationError by field."""
    saved = Message.objects.select_for_update().get(pk=message.pk)
    if on > timezone.localdate():
        raise ValidationError({"sent_on": _("This day is yet to come.")})
    if not saved.is_live:
        raise ValidationError(_("This message is sent or left out already."))
    saved.state, saved.sent_on, saved.sent_by, saved.sent_through = Message.State.SENT, on, by, through
    saved.full_clean()
    saved.save()
    audit.record("message.sent", str(saved.pk), by=by.pk, on=on.isoformat(), through=through)
    return saved


@transaction.atomic
def undo_sent(*, message: Message, by: int | None) -> Message:
    """Take back that a message was sent; does nothing where it wasn't."""
    saved = Message.objects.select_for_update().get(pk=message.pk)
    if saved.state == Message.State.SENT:
        saved.state, saved.sent_on, saved.sent_by, saved.sent_through = Message.State.READY, None, None, ""
        saved.save()
        audit.record("message.undo", str(saved.pk), by=by)
    return saved
