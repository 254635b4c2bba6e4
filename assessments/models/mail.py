"""What goes out to those who are asked (docs/adr/0005-mail.md): links, rounds of mail, texts, moved closing times.

Nothing here says who was mailed or who had answered: every round leaves one link for each person it asked, whether
a mail went out or not, and no link has a date or names its round.
"""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from assessments.models.ballot import Invitation
from assessments.models.cycle import Cycle


class Link(models.Model):
    """A way to one questionnaire without signing in; only the keyed digest of its secret is kept."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    invitation = models.ForeignKey(Invitation, models.CASCADE, related_name="links")
    digest = models.CharField(max_length=64, unique=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(digest__length=64), name="link_holds_a_digest")]


class MailRound(models.Model):
    """One sending to everybody with an address: the invitation, or a reminder. Its jobs are gone once it is done."""

    class Kind(models.TextChoices):
        INVITATION = "invitation", _("invitation")
        REMINDER = "reminder", _("reminder")

    cycle = models.ForeignKey(Cycle, models.CASCADE, related_name="mail_rounds")
    kind = models.CharField(max_length=10, choices=Kind)
    number = models.PositiveSmallIntegerField()  # counted from 1 for each kind
    total = models.PositiveIntegerField()  # people it looks at
    queued_at = models.DateTimeField(auto_now_add=True)
    # Whether the server refused a reminder after it had taken the address. A count would tell how many got one.
    troubled = models.BooleanField(default=False)

    class Meta:
        ordering = ["queued_at", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["cycle", "kind", "number"], name="mail_round_once"),
            models.CheckConstraint(
                condition=Q(kind__in=["invitation", "reminder"]), name="mail_round_kind_known"
            ),
            models.CheckConstraint(condition=Q(number__gte=1), name="mail_rounds_count_from_1"),
        ]

    def __str__(self) -> str:
        return f"{self.cycle_id} {self.kind} {self.number}"


class CycleTexts(models.Model):
    """What the mails of a cycle say in one language; an empty text stands for the one that is shipped."""

    cycle = models.ForeignKey(Cycle, models.CASCADE, related_name="texts")
    language = models.CharField(_("language"), max_length=10, default="en")  # as the framework names it
    invitation_subject = models.CharField(_("subject of the invitation"), max_length=120, blank=True)
    invitation_body = models.TextField(_("text of the invitation"), max_length=4000, blank=True)
    reminder_subject = models.CharField(_("subject of the reminder"), max_length=120, blank=True)
    reminder_body = models.TextField(_("text of the reminder"), max_length=4000, blank=True)

    class Meta:
        ordering = ["cycle", "language"]
        constraints = [models.UniqueConstraint(fields=["cycle", "language"], name="texts_once_a_language")]


class Extension(models.Model):
    """A closing time that was moved to later, to be announced to those who are asked."""

    cycle = models.ForeignKey(Cycle, models.CASCADE, related_name="extensions")
    was = models.DateTimeField()
    until = models.DateTimeField()

    class Meta:
        ordering = ["until"]
        constraints = [models.CheckConstraint(condition=Q(until__gt=F("was")), name="extended_to_later")]
