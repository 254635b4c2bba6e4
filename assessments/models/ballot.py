"""The sealed ballot (docs/confidentiality.md): who was asked here, what was answered there, and no link.

No row of this module has a date, an address or a session. Ids are random.
"""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q
from django.db.models.functions import Length
from django.utils.translation import gettext_lazy as _

from assessments.models.cycle import Audience, Cycle, CycleUnit
from organisation.models import Person

models.CharField.register_lookup(Length)

AUDIENCE_KNOWN = Q(audience__in=["staff", "manager"])


class Invitation(models.Model):
    """Who was asked. `submitted` says that an envelope is in, not what is in it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    cycle = models.ForeignKey(Cycle, models.CASCADE, related_name="invitations")
    person = models.ForeignKey(Person, models.CASCADE, related_name="invitations")
    unit = models.ForeignKey(CycleUnit, models.CASCADE, related_name="invitations")
    audience = models.CharField(max_length=7, choices=Audience)
    submitted = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["cycle", "person"], name="asked_once_a_cycle"),
            models.CheckConstraint(condition=AUDIENCE_KNOWN, name="invitation_audience_known"),
        ]


class Envelope(models.Model):
    """Answers sealed for the cycle's public key. Paper answers have no invitation."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    cycle = models.ForeignKey(Cycle, models.CASCADE, related_name="envelopes")
    invitation = models.OneToOneField(Invitation, models.CASCADE, null=True, related_name="envelope")
    sealed = models.BinaryField()


class Draft(models.Model):
    """Answers not yet submitted, encrypted under a key only the respondent's browser holds; no person, no date."""

    key = models.CharField(primary_key=True, max_length=64)
    cycle = models.ForeignKey(Cycle, models.CASCADE, related_name="drafts")
    sealed = models.BinaryField()

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(key__length=64), name="draft_key_is_a_digest")]


class PaperFile(models.Model):
    """A file of paper answers, known again by a keyed digest whose secret dies with the cycle's key."""

    cycle = models.ForeignKey(Cycle, models.CASCADE, related_name="paper_files")
    digest = models.CharField(max_length=64)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["cycle", "digest"], name="paper_file_once")]


class Response(models.Model):
    """What one respondent answered: a character an item in the frozen order (0 none, 1… options, x not applicable)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    cycle = models.ForeignKey(Cycle, models.CASCADE, related_name="responses")
    unit = models.ForeignKey(CycleUnit, models.CASCADE, related_name="responses")
    audience = models.CharField(max_length=7, choices=Audience)
    codes = models.TextField()

    class Meta:
        indexes = [models.Index(fields=["cycle", "audience", "unit"], name="response_by_cell")]
        constraints = [
            models.CheckConstraint(condition=AUDIENCE_KNOWN, name="response_audience_known"),
            models.CheckConstraint(condition=Q(codes__regex=r"^[0-9abx]+$"), name="response_codes_alphabet"),
        ]


class Comment(models.Model):
    """A remark, split off its answers at the close; stores only the unit at which it may be shown."""

    class State(models.TextChoices):
        NEW = "new", _("to review")
        SHOWN = "shown", _("shown")
        REDACTED = "redacted", _("shown in part")
        WITHHELD = "withheld", _("withheld")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    cycle = models.ForeignKey(Cycle, models.CASCADE, related_name="comments")
    unit = models.ForeignKey(CycleUnit, models.CASCADE, related_name="comments")
    text = models.TextField(max_length=1000)
    state = models.CharField(max_length=8, choices=State, default=State.NEW)
    themes = models.JSONField(default=list, blank=True)  # words that HR gave it while reviewing
