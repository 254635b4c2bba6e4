"""Development plans, coaching notes and learning resources."""

from collections.abc import Iterable
from datetime import date
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from cfm.lib import audit
from competencies.models import CoachingNote, Competency, PlanItem, Resource
from organisation import values
from organisation.models import Person

MAX_NOTE: Final = 2000
State = PlanItem.State


@transaction.atomic
def save(
    *,
    item: PlanItem | None,
    person: Person,
    competency: Competency,
    action: str,
    resource: Resource | None,
    owner: Person,
    starts_on: date,
    due_on: date,
    state: str,
    by: int | None,
) -> PlanItem:
    """Add a step to somebody's plan (item None) or change one. The day it is done is that of the first "done".

    Raises ValidationError by field.
    """
    saved = PlanItem(person=person) if item is None else PlanItem.objects.select_for_update().get(pk=item.pk)
    if due_on < starts_on:
        raise ValidationError({"due_on": _("This is before it begins.")})
    saved.competency, saved.action, saved.resource, saved.owner = competency, action, resource, owner
    saved.starts_on, saved.due_on, saved.state = starts_on, due_on, state
    saved.done_on = (saved.done_on or timezone.localdate()) if state == State.DONE else None
    saved.full_clean()
    saved.save()
    audit.record("plan.save", f"plan/{saved.pk}", by=by, person=person.pk, state=state)
    return saved


@transaction.atomic
def add_note(*, person: Person, author: Person, text: str) -> CoachingNote:
    """Keep a dated remark of one of the two on the person's development. Raises ValidationError."""
    if len(text) > MAX_NOTE:
        raise ValidationError({"text": _("at most %d characters") % MAX_NOTE})
    note = CoachingNote(person=person, author=author, text=text.replace("\x00", "").strip())
    note.full_clean()
    note.save()
    audit.record("plan.note", f"person/{person.pk}", by=author.pk)
    return note


@transaction.atomic
def save_resource(
    *, resource: Resource | None, competencies: Iterable[Competency], by: int | None, **fields: Any
) -> Resource:
    """Add a learning resource (None) or change one; its code stays.

    fields: code, title, kind, url, description, retired, retired_because. Raises ValidationError by field.
    """
    saved = Resource() if resource is None else resource
    for name, value in fields.items():
        setattr(saved, name, value)
    if not values.is_code(saved.code):
        raise ValidationError({"code": _("A code begins with a letter or digit and holds no slash.")})
    saved.full_clean()
    saved.save()
    saved.competencies.set(competencies)
    audit.record("resource.save", saved.code, by=by)
    return saved
