"""The communication plan (B8): what is told to whom, through which channel, when, and that it was."""

from __future__ import annotations

from datetime import date
from typing import Any, ClassVar, Final, Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from assessments.models import Cycle
from improvement.models.reach import led_units, within
from organisation import permissions
from organisation.models import Person, Unit

MAX_SUBJECT: Final = 200
MAX_BODY: Final = 6000


class MessageQuerySet(models.QuerySet["Message"]):
    def visible_to(self, person: Person) -> Self:
        """Messages of the units that one's roles reach, and of the units above one's own, which concern it too."""
        if not permissions.can(person, "communication.view"):
            return self.none()
        if permissions.can_everywhere(person, "communication.view"):
            return self.all()
        own_line = [unit.pk for unit in person.unit.ancestors(include_self=True)]
        return self.filter(
            Q(unit__in=own_line) | within("unit", permissions.scope(person, "communication.view"))
        )

    def editable_by(self, person: Person) -> Self:
        """Messages of units for which the person plans what is told."""
        if permissions.can_everywhere(person, "communication.edit"):
            return self.all()
        reached = Q(unit__in=led_units(person))
        if permissions.can(person, "communication.edit"):
            reached |= within("unit", permissions.scope(person, "communication.edit"))
        return self.filter(reached)


class Message(models.Model):
    """Something to be told. Sending is done by people, in a meeting as well as by mail; the plan keeps that it was."""

    class Audience(models.TextChoices):
        EVERYONE = "everyone", _("everyone")
        MANAGERS = "managers", _("managers")
        EXECUTIVES = "executives", _("executives")

    class Channel(models.TextChoices):
        MAIL = "mail", _("mail")
        MEETING = "meeting", _("meeting")
        INTRANET = "intranet", _("intranet")
        NOTICE = "notice", _("notice board")

    class State(models.TextChoices):
        DRAFT = "draft", _("draft")
        READY = "ready", _("ready")
        SENT = "sent", _("sent")
        DROPPED = "dropped", _("left out")

    unit = models.ForeignKey(Unit, models.PROTECT, related_name="messages", verbose_name=_("unit"))
    cycle = models.ForeignKey(
        Cycle, models.CASCADE, null=True, blank=True, related_name="messages", verbose_name=_("cycle")
    )
    template = models.CharField(max_length=40, blank=True, editable=False)
    language = models.CharField(_("language"), max_length=10)
    subject = models.CharField(_("what"), max_length=MAX_SUBJECT)
    body = models.TextField(_("text"), max_length=MAX_BODY, blank=True)
    quotation = models.CharField(_("quotation"), max_length=40, blank=True)
    audience = models.CharField(_("to whom"), max_length=10, choices=Audience)
    channel = models.CharField(_("through"), max_length=8, choices=Channel)
    due_on = models.DateField(_("when"))
    owner = models.ForeignKey(
        Person, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("seen to by")
    )
    state = models.CharField(_("state"), max_length=7, choices=State, default=State.DRAFT)
    # Number of the release that the figures in the text were taken from.
    release = models.PositiveIntegerField(null=True, editable=False)
    sent_on = models.DateField(_("sent on"), null=True, blank=True)
    sent_by = models.ForeignKey(
        Person, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("sent by")
    )
    sent_through = models.CharField(_("sent through"), max_length=8, choices=Channel, blank=True)

    objects: ClassVar[Any] = MessageQuerySet.as_manager()

    class Meta:
        ordering = ["due_on", "pk"]
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        constraints = [
            models.UniqueConstraint(
                fields=["cycle", "unit", "template", "language"],
                condition=~Q(template=""),
                name="message_drafted_once",
            ),
            models.CheckConstraint(
                condition=Q(audience__in=["everyone", "managers", "executives"]),
                name="message_audience_known",
            ),
            models.CheckConstraint(
                condition=Q(channel__in=["mail", "meeting", "intranet", "notice"]),
                name="message_channel_known",
            ),
            models.CheckConstraint(
                condition=Q(state="sent", sent_on__isnull=False)
                | (Q(state__in=["draft", "ready", "dropped"]) & Q(sent_on__isnull=True, sent_through="")),
                name="message_sent_has_its_day",
            ),
        ]

    def __str__(self) -> str:
        return self.subject

    @property
    def is_live(self) -> bool:
        """Whether it is still to be told."""
        return self.state in {self.State.DRAFT, self.State.READY}

    def is_late(self, today: date) -> bool:
        return self.is_live and self.due_on < today
