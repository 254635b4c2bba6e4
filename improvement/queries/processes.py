"""Processes with what their audits found, as plain data in a number of queries that doesn't grow with them."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Prefetch, QuerySet

from improvement.models import CheckAnswer, Finding, Process, ProcessAudit
from improvement.rules import convenience as rules
from improvement.rules.convenience import Convenience
from organisation.models import Person, Unit


@dataclass(frozen=True)
class AuditRow:
    """An audit with its score."""

    audit: ProcessAudit
    found: Convenience
    answers: Mapping[str, str]

    @property
    def waiting(self) -> Decimal:
        """Days that the customer waits in all steps."""
        return sum((one.wait_days for one in self.audit.steps.all() if one.wait_days is not None), Decimal(0))

    @property
    def waiting_decimals(self) -> int:
        return int(self.waiting != self.waiting.to_integral_value())

    @property
    def ours(self) -> int:
        """How many steps serve only ourselves."""
        return sum(one.convenience == "organisation" for one in self.audit.steps.all())


@dataclass(frozen=True)
class ProcessRow:
    """A process with its audits, the newest first."""

    process: Process
    audits: Sequence[AuditRow]
    today: date

    @property
    def newest(self) -> AuditRow | None:
        return self.audits[0] if self.audits else None

    @property
    def due(self) -> date:
        """When it is to be audited again."""
        audited = self.newest.audit.audited_on if self.newest else None
        return rules.next_audit(audited, self.process.every_months, first=self.process.registered_on)

    @property
    def is_due(self) -> bool:
        return not self.process.retired and self.due <= self.today

    @property
    def open_findings(self) -> list[Finding]:
        """Findings of all its audits about which something is still to be done."""
        return [one for row in self.audits for one in row.audit.findings.all() if one.is_live]

    @property
    def late_findings(self) -> list[Finding]:
        return [one for one in self.open_findings if one.is_late(self.today)]


def with_audits(processes: QuerySet[Process]) -> QuerySet[Process]:
    """Return the processes with everything a row shows, in a constant number of queries."""
    findings = Finding.objects.select_related("owner").order_by("number")
    audits = (
        ProcessAudit.objects.select_related("auditor")
        .order_by("-audited_on")
        .prefetch_related("steps", "checks", Prefetch("findings", queryset=findings))
    )
    found: QuerySet[Process] = processes.select_related("unit", "owner").prefetch_related(
        Prefetch("audits", queryset=audits)
    )
    return found


def row_of(process: Process, today: date) -> ProcessRow:
    """Return a process with its scores. process: as `with_audits` reads it."""
    return ProcessRow(process, [audit_row(one) for one in process.audits.all()], today)


def audit_row(audit: ProcessAudit) -> AuditRow:
    answers = {one.check_code: one.answer for one in audit.checks.all()}
    found = rules.convenience((one.convenience for one in audit.steps.all()), answers.values())
    return AuditRow(audit, found, answers)


def process_rows(
    reader: Person, today: date, *, unit: Unit | None = None, touches: str = "", retired: bool = False
) -> list[ProcessRow]:
    """Return the processes the reader may see, by unit and name."""
    processes = Process.objects.visible_to(reader)
    if unit is not None:
        processes = processes.filter(unit__in=[one.pk for one in unit.descendants(include_self=True)])
    if touches:
        processes = processes.filter(touches=touches)
    if not retired:
        processes = processes.filter(retired=False)
    rows = [row_of(one, today) for one in with_audits(processes)]
    return sorted(rows, key=lambda row: (row.process.unit.name, row.process.name, row.process.code))


@dataclass(frozen=True)
class MapRow:
    """A unit of the convenience map. cells: mean points of the newest audits of its processes and those below.

    own: how many audited processes that is.
    """

    unit: Unit
    depth: int
    own: int
    score: float | None
    steps: float | None
    checks: Sequence[float | None]


CHECKS = tuple(CheckAnswer.Check.values)


def convenience_map(rows: Iterable[ProcessRow], reader: Person) -> list[MapRow]:
    """Return the units that have audited processes, or have them below, from the top, as far as the reader reaches.

    A unit's figures are the mean over the newest audits of its processes and those of the units below.
    """
    audits: defaultdict[int, list[AuditRow]] = defaultdict(list)
    for row in rows:
        if row.newest is not None:
            audits[row.process.unit_id].append(row.newest)
    if not audits:
        return []
    units = list(Unit.objects.visible_to(reader, "process.view").with_tree_fields())
    top = min((unit.tree_depth for unit in units), default=0)
    below: defaultdict[int, list[AuditRow]] = defaultdict(list)
    for unit in units:
        for above in unit.tree_path:
            below[above] += audits.get(unit.pk, [])
    return [
        _map_row(unit, unit.tree_depth - top, below[unit.pk])
        for unit in units
        if _is_shown(unit, audits, below)
    ]


def _is_shown(unit: Unit, audits: Mapping[int, list[AuditRow]], below: Mapping[int, list[AuditRow]]) -> bool:
    """A unit with processes of its own, or one in which several units below come together."""
    return bool(below[unit.pk]) and (unit.pk in audits or len(below[unit.pk]) > 1)


def _map_row(unit: Unit, depth: int, found: Sequence[AuditRow]) -> MapRow:
    return MapRow(
        unit=unit,
        depth=depth,
        own=len(found),
        score=rules.mean(one.found.score for one in found if one.found.score is not None),
        steps=rules.mean(one.found.steps for one in found if one.found.steps is not None),
        checks=[_check_mean(code, found) for code in CHECKS],
    )


def _check_mean(code: str, found: Sequence[AuditRow]) -> float | None:
    points = (rules.ANSWER_POINTS[one.answers[code]] for one in found if code in one.answers)
    return rules.mean(one for one in points if one is not None)
