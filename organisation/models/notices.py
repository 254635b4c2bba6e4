"""Mails that are no invitations: how somebody wants them, and what waits for the next weekly one."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from organisation.models.directory import Person

MAX_SUBJECT = 200


class MailChoice(models.Model):
    """How a person wants such mails; without a row at once."""

    class How(models.TextChoices):
        NOW = "now", _("at once")
        WEEKLY = "weekly", _("together, once a week")
        OFF = "off", _("not at all")

    person = models.OneToOneField(
        Person, models.CASCADE, primary_key=True, related_name="mail_choice", verbose_name=_("person")
    )
    how = models.CharField(_("mails"), max_length=6, choices=How, default=How.NOW)
    digest_on = models.DateField()  # when the last weekly mail went out, or was chosen

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(how__in=["now", "weekly", "off"]), name="mail_choice_known"),
        ]


class Notice(models.Model):
    """A mail that waits for the person's weekly one; deleted when that is sent."""

    person = models.ForeignKey(Person, models.CASCADE, related_name="notices")
    key = models.CharField(max_length=120)  # the same for the same mail, so that it waits once
    subject = models.CharField(max_length=MAX_SUBJECT)
    body = models.TextField()
    kept_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["person", "key"], name="notice_once")]
