"""Work to be done and what was done: rows that hold ids only, never names, and know no app above."""

import uuid

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class Job(models.Model):
    """A piece of work outside a request. This row is the truth; the broker only rings (docs/adr/0003-jobs.md)."""

    class State(models.TextChoices):
        QUEUED = "queued", _("waiting")
        RUNNING = "running", _("running")
        DONE = "done", _("done")
        FAILED = "failed", _("failed")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=40)
    key = models.CharField(max_length=120)
    arguments = models.JSONField(default=dict)
    state = models.CharField(max_length=8, choices=State, default=State.QUEUED)
    tries = models.PositiveSmallIntegerField(default=0)
    step = models.PositiveIntegerField(default=0)
    steps = models.PositiveIntegerField(default=0)
    message = models.TextField(blank=True)
    asked_by = models.BigIntegerField(null=True)  # a person's id as a plain value
    not_before = models.DateTimeField()
    lease = models.UUIDField(null=True)
    lease_until = models.DateTimeField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "key"],
                condition=Q(state__in=["queued", "running"]),
                name="one_live_job_a_key",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["queued", "running", "done", "failed"]), name="job_state_known"
            ),
        ]
        indexes = [models.Index(fields=["state", "not_before"], name="job_waiting")]

    @property
    def finished(self) -> bool:
        return self.state in {self.State.DONE, self.State.FAILED}

    @property
    def percent(self) -> int:
        """Share of the steps done, 0 to 100."""
        if self.state == self.State.DONE:
            return 100
        return min(99, 100 * self.step // self.steps) if self.steps else 0


class AuditEvent(models.Model):
    """Who did what to what, and why: ids only. Never about answers. Only `cfm.lib.audit` writes; nothing changes it.

    previous, digest: the chain (cfm/lib/audit.py). That no two lines follow the same one is a constraint.
    """

    at = models.DateTimeField()
    actor = models.BigIntegerField(null=True)  # a person's id; empty for a command on the server
    action = models.CharField(max_length=60)
    subject = models.CharField(max_length=120)
    details = models.JSONField(default=dict)
    previous = models.CharField(max_length=64)
    digest = models.CharField(max_length=64)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["previous"], name="audit_lines_follow_each_other"),
            models.UniqueConstraint(fields=["digest"], name="audit_digest_once"),
            models.CheckConstraint(condition=~Q(digest=F("previous")), name="audit_digest_is_new"),
        ]
        indexes = [
            models.Index(fields=["subject", "id"], name="audit_subject"),
            models.Index(fields=["action", "id"], name="audit_action"),
            models.Index(fields=["actor", "id"], name="audit_actor"),
        ]
