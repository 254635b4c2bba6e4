"""Preparing a cycle: changing a draft step by step, and taking an earlier cycle as the start of the next."""

from typing import Any, Final

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from assessments.models import Cycle, CycleTexts, Framework
from assessments.services.cycles import create, locked
from assessments.services.errors import TransitionError
from cfm.lib import audit
from organisation.models import Unit

CHANGEABLE: Final = frozenset(
    {
        "title",
        "framework",
        "scope",
        "only_audience",
        "languages",
        "closes_at",
        "turnout_goal",
        "k",
        "k_comments",
        "keep_days",
    }
)
COPIED: Final = ("scope", "only_audience", "languages", "turnout_goal", "k", "k_comments", "keep_days")
TEXTS: Final = ("language", "invitation_subject", "invitation_body", "reminder_subject", "reminder_body")


@transaction.atomic
def change(*, cycle: Cycle, by: int | None = None, **fields: Any) -> Cycle:
    """Change a draft. fields: any of CHANGEABLE. Returns the cycle as it is now.

    Raises TransitionError once it is open, ValidationError for values a cycle can't have, ValueError for other fields.
    """
    if not set(fields) <= CHANGEABLE:
        raise ValueError(f"can't be changed: {sorted(set(fields) - CHANGEABLE)}")
    row = locked(cycle.pk)
    if row.state != Cycle.State.DRAFT:
        raise TransitionError(_("The cycle was opened, so this is fixed."))
    for name, value in fields.items():
        setattr(row, name, value)
    _require_units(row)
    _require_languages(row)
    row.full_clean()
    row.save(update_fields={*fields, "languages"})
    audit.record("cycle.change", row.code, by=by, fields=sorted(fields))
    return row


@transaction.atomic
def copy(*, cycle: Cycle, code: str, title: str, by: int | None = None) -> Cycle:
    """Make a draft with the settings and texts of an earlier cycle and the newest version of its framework.

    The closing time is not copied. Units that are gone are left out; where none is left, ValidationError is raised,
    since a cycle without units asks everyone. Raises ValidationError for a taken or wrong code, too.
    """
    framework = Framework.objects.filter(code=cycle.framework.code).latest("version")
    settings = {name: getattr(cycle, name) for name in COPIED}
    settings["scope"] = _still_there(cycle.scope)
    if cycle.scope and not settings["scope"]:
        raise ValidationError({"code": [_("None of the units of that cycle exists any more.")]})
    draft = create(code=code, title=title, framework=framework, by=by, **settings)
    for texts in CycleTexts.objects.filter(cycle=cycle):
        CycleTexts.objects.create(cycle=draft, **{name: getattr(texts, name) for name in TEXTS})
    audit.record("cycle.copy", code, by=by, source=cycle.code)
    return draft


def _require_units(row: Cycle) -> None:
    missing = sorted(set(row.scope) - set(_still_there(row.scope)))
    if missing:
        raise ValidationError({"scope": [_("There is no unit %(codes)s.") % {"codes": ", ".join(missing)}]})


def _require_languages(row: Cycle) -> None:
    """Refuse languages in which the framework is not complete; with another framework those that it lacks go."""
    complete = row.framework.instrument.languages
    lacking = [code for code in row.languages if code not in complete]
    if lacking and row.framework_id == Cycle.objects.values_list("framework", flat=True).get(pk=row.pk):
        raise ValidationError(
            {"languages": [_("The framework is not complete in %(codes)s.") % {"codes": ", ".join(lacking)}]}
        )
    row.languages = [code for code in row.languages if code in complete]


def _still_there(scope: list[str]) -> list[str]:
    known = set(Unit.objects.filter(code__in=scope).values_list("code", flat=True))
    return [code for code in scope if code in known]
