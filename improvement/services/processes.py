"""Keeping processes, their audits, and what follows from them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from cfm.lib import audit as audit_log
from improvement.models import CheckAnswer, Finding, Process, ProcessAudit, Step
from organisation import values
from organisation.models import Person


@dataclass(frozen=True)
class StepData:
    """A step as it was seen. convenience: one of Step.For."""

    text: str
    convenience: str
    wait_days: Decimal | None = None


@transaction.atomic
def save_process(*, process: Process | None, by: int | None, **fields: Any) -> Process:
    """Register a process (None), or change one; its code stays.

    fields: code, name, unit, owner, touches, serves, purpose, every_months, retired. Raises ValidationError by field.
    """
    saved = Process() if process is None else Process.objects.select_for_update().get(pk=process.pk)
    for name, value in fields.items():
        setattr(saved, name, value)
    if not values.is_code(saved.code):
        raise ValidationError({"code": _("A code begins with a letter or digit and holds no slash.")})
    saved.full_clean()
    saved.save()
    audit_log.record("process.save", saved.code, by=by, unit=saved.unit_id)
    return saved


@transaction.atomic
def save_audit(
    *,
    process: Process,
    audit: ProcessAudit | None,
    audited_on: date,
    auditor: Person | None,
    summary: str,
    steps: Sequence[StepData],
    checks: Mapping[str, str],
    by: int | None,
) -> ProcessAudit:
    """Keep what was found on a walk through the process (audit None), or correct it; findings stay.

    steps: in their order; checks: code of the check → answer, those not answered left out.
    Raises ValidationError by field.
    """
    Process.objects.select_for_update().get(pk=process.pk)
    if audited_on > timezone.localdate():
        raise ValidationError({"audited_on": _("This day is yet to come.")})
    others = ProcessAudit.objects.filter(process=process, audited_on=audited_on)
    if (others.exclude(pk=audit.pk) if audit else others).exists():
        raise ValidationError({"audited_on": _("There is an audit of this day already.")})
    if not steps and not checks:
        raise ValidationError(_("Enter at least one step or answer."))
    saved = audit or ProcessAudit(process=process)
    saved.audited_on, saved.auditor, saved.summary = audited_on, auditor, summary.strip()
    saved.full_clean()
    saved.save()
    _write_steps(saved, steps)
    _write_checks(saved, checks)
    subject = f"{process.code}/{audited_on.isoformat()}"
    audit_log.record("process.audit", subject, by=by, steps=len(steps), checks=len(checks))
    return saved


def _write_steps(audit: ProcessAudit, steps: Sequence[StepData]) -> None:
    audit.steps.all().delete()
    rows = [
        Step(audit=audit, number=number, text=one.text, convenience=one.convenience, wait_days=one.wait_days)
        for number, one in enumerate(steps, 1)
    ]
    for row in rows:
        row.full_clean(validate_unique=False, validate_constraints=False)
    Step.objects.bulk_create(rows)


def _write_checks(audit: ProcessAudit, checks: Mapping[str, str]) -> None:
    audit.checks.all().delete()
    rows = [CheckAnswer(audit=audit, check_code=code, answer=answer) for code, answer in checks.items()]
    for row in rows:
        row.full_clean(validate_unique=False, validate_constraints=False)
    CheckAnswer.objects.bulk_create(rows)


@transaction.atomic
def save_finding(*, audit: ProcessAudit, finding: Finding | None, by: int | None, **fields: Any) -> Finding:
    """Note a finding (None), or change one and what is done about it; the day it is done is that of the first "done".

    fields: text, follow_up, owner, due_on, state. Raises ValidationError by field.
    """
    ProcessAudit.objects.select_for_update().get(pk=audit.pk)
    saved = finding or Finding(audit=audit, number=next_number(audit))
    for name, value in fields.items():
        setattr(saved, name, value)
    saved.done_on = (saved.done_on or timezone.localdate()) if saved.state == Finding.State.DONE else None
    saved.full_clean()
    saved.save()
    audit_log.record("process.finding", audit.process.code, by=by, number=saved.number, state=saved.state)
    return saved


def next_number(audit: ProcessAudit) -> int:
    """Return the number of the audit's next finding."""
    highest: int | None = Finding.objects.filter(audit=audit).aggregate(Max("number"))["number__max"]
    return (highest or 0) + 1
