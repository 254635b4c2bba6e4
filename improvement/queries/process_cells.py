"""Processes and their audits as the cells of their files."""

from collections.abc import Iterator

from django.db.models import QuerySet

from cfm.lib.csv_table import Cells, iso, plain
from improvement.models import CheckAnswer, Finding, Process, ProcessAudit, Step


def process_cells(processes: QuerySet[Process]) -> Iterator[Cells]:
    """Yield the rows of processes.csv."""
    for one in processes.select_related("unit", "owner").order_by("code"):
        yield {
            "process": one.code,
            "name": one.name,
            "unit": one.unit.code,
            "owner": one.owner.person_id if one.owner else "",
            "touches": one.touches,
            "serves": one.serves,
            "purpose": one.purpose,
            "every_months": str(one.every_months),
            "retired": str(int(one.retired)),
        }


def audit_cells(processes: QuerySet[Process]) -> Iterator[Cells]:
    """Yield the rows of process_audits.csv: of each audit itself, then its steps, answers and findings."""
    audits = (
        ProcessAudit.objects.filter(process__in=processes)
        .select_related("process", "auditor")
        .prefetch_related("steps", "checks", "findings__owner")
        .order_by("process__code", "audited_on")
    )
    for audit in audits:
        yield _cells(audit, "audit", 0) | {
            "text": audit.summary,
            "owner": audit.auditor.person_id if audit.auditor else "",
        }
        yield from (_step(audit, one) for one in audit.steps.all())
        yield from (_check(audit, one) for one in audit.checks.all())
        yield from (_finding(audit, one) for one in audit.findings.all())


def _cells(audit: ProcessAudit, part: str, number: int) -> Cells:
    cells = dict.fromkeys(("text", "answer", "wait_days", "follow_up", "owner", "due", "done"), "")
    place = {"process": audit.process.code, "audited_on": iso(audit.audited_on)}
    return place | {"part": part, "number": str(number)} | cells


def _step(audit: ProcessAudit, one: Step) -> Cells:
    said = {"text": one.text, "answer": one.convenience, "wait_days": plain(one.wait_days)}
    return _cells(audit, "step", one.number) | said


def _check(audit: ProcessAudit, one: CheckAnswer) -> Cells:
    return _cells(audit, "check", int(one.check_code[1:])) | {"answer": one.answer}


def _finding(audit: ProcessAudit, one: Finding) -> Cells:
    return _cells(audit, "finding", one.number) | {
        "text": one.text,
        "answer": one.state,
        "follow_up": one.follow_up,
        "owner": one.owner.person_id if one.owner else "",
        "due": iso(one.due_on),
        "done": iso(one.done_on),
    }
