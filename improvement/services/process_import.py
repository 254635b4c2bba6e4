"""processes.csv and process_audits.csv."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cfm.lib.csv_import import Errors, Row
from cfm.lib.csv_table import Table, amount, choice, date_of, day, line, lines, optional, whole
from improvement.models import CheckAnswer, Finding, Process, ProcessAudit, Step
from improvement.models.processes import MAX_MONTHS, MAX_NAME, MAX_SUMMARY, MAX_TEXT
from improvement.models.reach import editable_units
from improvement.queries import process_cells
from improvement.services import files
from improvement.services.files import A_PERSON, A_UNIT, File, code, complain, import_file, known_in
from improvement.services.processes import save_process
from organisation.models import Person, Unit

PROCESS_TABLE: Final = Table(
    ("process", "name", "unit", "owner", "touches", "serves", "purpose", "every_months", "retired"),
    keys=("process",),
    checks={
        "process": code,
        "name": line(MAX_NAME),
        "unit": code,
        "owner": optional(code),
        "touches": choice(Process.Touches.values),
        "serves": line(MAX_TEXT),
        "purpose": optional(line(MAX_TEXT)),
        "every_months": whole(1, MAX_MONTHS),
        "retired": choice(["0", "1"]),
    },
    numbers=frozenset({"every_months", "retired"}),
)
AUDIT_TABLE: Final = Table(
    (
        "process", "audited_on", "part", "number", "text", "answer", "wait_days", "follow_up", "owner", "due", "done",
    ),
    keys=("process", "audited_on", "part", "number"),
    checks={
        "process": code,
        "audited_on": day,
        "part": choice(["audit", "step", "check", "finding"]),
        "number": whole(0, 9999),
        "text": optional(lines(MAX_SUMMARY)),
        "answer": optional(line(20)),
        "wait_days": optional(amount(places=1, digits=6, low=Decimal(0))),
        "follow_up": optional(line(MAX_TEXT)),
        "owner": optional(code),
        "due": optional(day),
        "done": optional(day),
    },
    numbers=frozenset({"number", "wait_days"}),
)  # fmt: skip
_ANSWERS: Final[dict[str, list[str]]] = {
    "audit": [],
    "step": Step.For.values,
    "check": CheckAnswer.Answer.values,
    "finding": Finding.State.values,
}
_ALLOWED: Final[dict[str, frozenset[str]]] = {
    "audit": frozenset({"text", "owner"}),
    "step": frozenset({"text", "answer", "wait_days"}),
    "check": frozenset({"answer"}),
    "finding": frozenset({"text", "answer", "follow_up", "owner", "due", "done"}),
}
_COLUMNS: Final = {"due_on": "due", "done_on": "done", "audited_on": "audited_on", "state": "answer"}


def _editable(by: Person | None) -> QuerySet[Process]:
    found: QuerySet[Process] = Process.objects.all() if by is None else Process.objects.editable_by(by)
    return found


def _write_processes(rows: Mapping[str, Row], *, by: Person | None, errors: Errors) -> None:
    known = {one.code: one for one in Process.objects.filter(code__in=rows)}
    units = {one.code: one for one in Unit.objects.all()}
    owners = Person.objects.in_bulk({row["owner"] for row in rows.values()}, field_name="person_id")
    reach = None if by is None else set(editable_units(by, "process.edit"))
    for key, row in rows.items():
        before = errors.count
        unit = known_in(units, row, "unit", A_UNIT, errors=errors, empty=False)
        owner = known_in(owners, row, "owner", A_PERSON, errors=errors)
        if key in known:
            files.require_reach(reach, known[key].unit_id, row, "process", errors)
        if unit is not None:
            files.require_reach(reach, unit.pk, row, "unit", errors)
        if errors.count == before:
            _save_process(row, known.get(key), unit, owner, by, errors)


def _save_process(
    row: Row, process: Process | None, unit: Unit, owner: Person | None, by: Person | None, errors: Errors
) -> None:
    try:
        save_process(
            process=process,
            by=by.pk if by else None,
            code=row["process"],
            name=row["name"],
            unit=unit,
            owner=owner,
            touches=row["touches"],
            serves=row["serves"],
            purpose=row["purpose"],
            every_months=int(row["every_months"]),
            retired=row["retired"] == "1",
        )
    except ValidationError as error:
        complain(errors, row, error, {"code": "process"})


def _write_audits(rows: Mapping[str, Row], *, by: Person | None, errors: Errors) -> None:
    codes = {row["process"] for row in rows.values()}
    processes = {one.code: one for one in Process.objects.filter(code__in=codes)}
    reach = {one.code for one in _editable(by).filter(code__in=codes)}
    people = Person.objects.in_bulk({row["owner"] for row in rows.values()}, field_name="person_id")
    audits = {
        (one.process_id, one.audited_on): one
        for one in ProcessAudit.objects.filter(process__in=processes.values())
    }
    for part in _ALLOWED:  # the audit itself first
        for row in rows.values():
            if row["part"] == part:
                _write_row(row, processes, reach, people, audits, errors)


def _write_row(
    row: Row,
    processes: dict[str, Process],
    reach: set[str],
    people: dict[Any, Person],
    audits: dict[tuple[int, date], ProcessAudit],
    errors: Errors,
) -> None:
    before = errors.count
    process = known_in(
        processes, row, "process", _("the code of a process in the database"), errors=errors, empty=False
    )
    if process is not None and process.code not in reach:
        errors.add(row.number, "process", row["process"], str(files.OUT_OF_REACH))
    owner = known_in(people, row, "owner", A_PERSON, errors=errors)
    _check_columns(row, errors)
    on = date_of(row["audited_on"])
    if process is None or on is None or errors.count > before:
        return
    if on > timezone.localdate():
        errors.add(row.number, "audited_on", row["audited_on"], _("a day that is not yet to come"))
        return
    audit = audits.get((process.pk, on))
    if row["part"] == "audit":
        audit = audit or ProcessAudit(process=process, audited_on=on)
        audit.summary, audit.auditor = row["text"], owner
        audit.save()
        audits[process.pk, on] = audit
    elif audit is None:
        expected = _("a day for which the file or the database has a row with the part audit")
        errors.add(row.number, "audited_on", row["audited_on"], expected)
    else:
        _save_part(row, audit, owner, errors)


def _check_columns(row: Row, errors: Errors) -> None:
    """Note what this part must have and hasn't, and what it has and can't have."""
    part, number = row["part"], int(row["number"])
    for column in AUDIT_TABLE.columns[4:]:
        if row[column] and column not in _ALLOWED[part]:
            errors.add(row.number, column, row[column], _("nothing, since this is the part %s") % part)
    if _ANSWERS[part] and row["answer"] not in _ANSWERS[part]:
        errors.add(row.number, "answer", row["answer"], _("one of %s") % ", ".join(_ANSWERS[part]))
    if part in {"step", "finding"} and (
        not row["text"] or len(row["text"]) > MAX_TEXT or "\n" in row["text"]
    ):
        errors.add(row.number, "text", row["text"], _("1 to %d characters on one line") % MAX_TEXT)
    most = {"audit": 0, "check": len(CheckAnswer.Check.values)}.get(part, 9999)
    if not min(1, most) <= number <= most:
        told = {"low": min(1, most), "high": most}
        errors.add(row.number, "number", row["number"], _("a number from %(low)d to %(high)d") % told)
    if part == "finding" and (row["answer"] == "done") != bool(row["done"]):
        errors.add(row.number, "done", row["done"], _("the day if, and only if, the answer is done"))


def _save_part(row: Row, audit: ProcessAudit, owner: Person | None, errors: Errors) -> None:
    number = int(row["number"])
    part: Step | CheckAnswer | Finding
    if row["part"] == "step":
        part = Step.objects.filter(audit=audit, number=number).first() or Step(audit=audit, number=number)
        part.text, part.convenience = row["text"], row["answer"]
        part.wait_days = Decimal(row["wait_days"]) if row["wait_days"] else None
    elif row["part"] == "check":
        place = {"audit": audit, "check_code": f"C{number}"}
        part = CheckAnswer.objects.filter(**place).first() or CheckAnswer(**place)
        part.answer = row["answer"]
    else:
        part = Finding.objects.filter(audit=audit, number=number).first() or Finding(
            audit=audit, number=number
        )
        part.text, part.follow_up, part.owner = row["text"], row["follow_up"], owner
        part.state, part.due_on, part.done_on = row["answer"], date_of(row["due"]), date_of(row["done"])
    try:
        part.full_clean()
    except ValidationError as error:
        complain(errors, row, error, _COLUMNS)
    else:
        part.save()


FILES: Final[dict[str, File]] = {
    "processes": File(
        PROCESS_TABLE,
        gettext_lazy("process"),
        "process",
        "processes",
        lambda by: {PROCESS_TABLE.key(one): one for one in process_cells.process_cells(_editable(by))},
        _write_processes,
    ),
    "process_audits": File(
        AUDIT_TABLE,
        gettext_lazy("row of an audit"),
        "process",
        "process_audits",
        lambda by: {AUDIT_TABLE.key(one): one for one in process_cells.audit_cells(_editable(by))},
        _write_audits,
    ),
}
IMPORTS: Final = {name: partial(import_file, kind) for name, kind in FILES.items()}
