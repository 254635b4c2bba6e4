"""Role profiles: what a job role asks, one line a competency; by page and from profiles.csv."""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Final

from django.db import transaction
from django.utils.translation import gettext as _

from cfm.lib import audit, csv_export
from cfm.lib.csv_import import Errors, Row, index, read_rows
from cfm.lib.import_plan import Plan, make_plan
from competencies.levels import LEVELS, require_level
from competencies.models import Competency, Requirement
from organisation.models import JobRole

COLUMNS: Final = ("job_role", "competency", "required_level", "importance")
MAX_IMPORTANCE: Final = 100
Line = tuple[int, Decimal]  # required level, importance


def importance(text: str) -> Decimal:
    """Return the importance, 0 to 100 with at most two decimals. Raises ValueError."""
    try:
        value = Decimal(text)
    except InvalidOperation:
        raise ValueError(text) from None
    if not value.is_finite() or not 0 <= value <= MAX_IMPORTANCE or value != round(value, 2):
        raise ValueError(text)
    return value


@transaction.atomic
def save_profile(*, job_role: JobRole, lines: Mapping[int, Line], by: int | None) -> int:
    """Make these the lines of the profile; others go. lines: id of the competency → (required level, importance).

    Returns how many lines there are. Raises ValueError for a level that is not on the scale.
    """
    for level, _importance in lines.values():
        require_level(level)
    Requirement.objects.filter(job_role=job_role).exclude(competency__in=lines).delete()
    _upsert({(job_role.pk, competency): line for competency, line in lines.items()})
    audit.record("profile.save", f"job_role/{job_role.pk}", by=by, lines=len(lines))
    return len(lines)


@transaction.atomic
def copy_profile(*, source: JobRole, target: JobRole, by: int | None) -> int:
    """Give the target the lines of the source that it has not; its own stay. Returns how many were added."""
    there = set(Requirement.objects.filter(job_role=target).values_list("competency_id", flat=True))
    lines = {
        (target.pk, row.competency_id): (row.required_level, row.importance)
        for row in Requirement.objects.filter(job_role=source).exclude(competency__in=there)
    }
    _upsert(lines)
    audit.record("profile.copy", f"job_role/{target.pk}", by=by, source=source.pk, lines=len(lines))
    return len(lines)


def _upsert(lines: Mapping[tuple[int, int], Line]) -> None:
    rows = [
        Requirement(job_role_id=role, competency_id=competency, required_level=level, importance=weight)
        for (role, competency), (level, weight) in lines.items()
    ]
    Requirement.objects.bulk_create(
        rows,
        batch_size=1000,
        update_conflicts=True,
        unique_fields=["job_role", "competency"],
        update_fields=["required_level", "importance"],
    )


@transaction.atomic
def import_profiles(data: bytes, *, file: str, by: int | None = None, dry_run: bool = False) -> Plan:
    """Create and update lines of role profiles; those not in the file stay as they are.

    Job roles and competencies must be known. Returns what was done, or with `dry_run` would be.
    Raises InvalidFileError with every mistake; then nothing is changed.
    """
    errors = Errors(file)
    rows = index(read_rows(data, errors=errors, required=COLUMNS), COLUMNS[:2], errors=errors)
    roles = dict(JobRole.objects.values_list("name", "pk"))
    competencies = dict(Competency.objects.values_list("code", "pk"))
    lines = {key: _line(row, roles, competencies, errors) for key, row in rows.items()}
    errors.raise_if_any()
    wanted = {_key(*key): _cells(*line) for key, line in lines.items()}
    plan = make_plan(_("requirement"), known=_known(), wanted=wanted)
    if not dry_run and plan.changes:
        _upsert({(roles[role], competencies[code]): line for (role, code), line in lines.items()})
        audit.record("profile.import", "profiles", by=by, created=plan.created, changed=plan.changed)
    return plan


def _line(row: Row, roles: Mapping[str, int], competencies: Mapping[str, int], errors: Errors) -> Line:
    if row["job_role"] not in roles:
        expected = _("the name of a job role that somebody in the database has or had")
        errors.add(row.number, "job_role", row["job_role"], expected)
    if row["competency"] not in competencies:
        expected = _("the code of a competency in the library")
        errors.add(row.number, "competency", row["competency"], expected)
    if row["required_level"] not in {str(level) for level in LEVELS}:
        errors.add(row.number, "required_level", row["required_level"], _("a level from 1 to 5"))
        return 1, Decimal(1)
    try:
        return int(row["required_level"]), importance(row["importance"])
    except ValueError:
        expected = _("a number from 0 to %d with at most two decimals") % MAX_IMPORTANCE
        errors.add(row.number, "importance", row["importance"], expected)
        return 1, Decimal(1)


def _key(job_role: str, competency: str) -> str:
    return f"{job_role}/{competency}"


def _cells(level: int, weight: Decimal) -> dict[str, str]:
    return {"required_level": str(level), "importance": csv_export.number(weight)}


def _known() -> dict[str, dict[str, str]]:
    columns = ("job_role__name", "competency__code", "required_level", "importance")
    return {
        _key(role, code): _cells(level, weight)
        for role, code, level, weight in Requirement.objects.values_list(*columns)
    }
