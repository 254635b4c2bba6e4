"""Making business cases, and keeping every version as it was saved."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from cfm.lib import audit
from improvement.models import BusinessCase, CaseInput, CaseVersion
from improvement.models.cases import PER_CENT, RETENTION
from organisation import values
from organisation.models import Person, Unit

Kind = CaseInput.Kind
HUNDRED: Final = Decimal(100)


@dataclass(frozen=True)
class InputData:
    """A figure as a range: amounts a year, customers, or per cent; and where it comes from."""

    low: Decimal
    high: Decimal
    assumption: str = ""


@transaction.atomic
def save_case(
    *, case: BusinessCase | None, code: str, title: str, unit: Unit, currency: str, by: int | None
) -> BusinessCase:
    """Open a business case (None), or change what it is called; code, unit and currency stay.

    Raises ValidationError by field.
    """
    saved = BusinessCase(code=code, unit=unit, currency=currency.upper()) if case is None else case
    if not values.is_code(saved.code):
        raise ValidationError({"code": _("A code begins with a letter or digit and holds no slash.")})
    if saved.unit_id != unit.pk:
        raise ValidationError({"unit": _("A case stays with its unit: its versions are compared.")})
    if saved.currency != currency.upper():
        raise ValidationError({"currency": _("A case keeps its currency: its versions are compared.")})
    saved.title = title
    saved.full_clean()
    saved.save()
    audit.record("case.save", saved.code, by=by, unit=saved.unit_id)
    return saved


@transaction.atomic
def save_version(
    *, case: BusinessCase, inputs: Mapping[str, InputData], note: str, by: Person | None
) -> CaseVersion:
    """Keep these figures as the case's next version, which nobody can change afterwards.

    inputs: one of CaseInput.Kind → its range. Raises ValidationError by kind, also when nothing is new.
    """
    BusinessCase.objects.select_for_update().get(pk=case.pk)  # numbers are given one after the other
    require_sound(inputs)
    last = case.versions.prefetch_related("inputs").first()
    if last is not None and inputs_of(last) == dict(inputs):
        raise ValidationError(_("Nothing is different from version %d.") % last.number)
    number = 1 if last is None else last.number + 1
    version = CaseVersion(case=case, number=number, saved_by=by, note=note.strip())
    version.full_clean()
    version.save()
    order = {kind: place for place, kind in enumerate(Kind.values)}
    for kind in sorted(inputs, key=lambda kind: order[kind]):
        one = inputs[kind]
        row = CaseInput(
            version=version, kind=kind, low=one.low, high=one.high, assumption=one.assumption.strip()
        )
        row.full_clean()
        row.save()
    audit.record("case.version", case.code, by=by.pk if by else None, number=number, inputs=len(inputs))
    return version


def inputs_of(version: CaseVersion) -> dict[str, InputData]:
    """Return a version's figures by kind, as the next version starts with them."""
    return {one.kind: InputData(one.low, one.high, one.assumption) for one in version.inputs.all()}


def require_sound(inputs: Mapping[str, InputData]) -> None:
    """Raise ValidationError by kind unless every figure is a range that can be, and the figures fit each other."""
    if not inputs:
        raise ValidationError(_("Enter at least one figure."))
    wrong = {kind: problem for kind, one in inputs.items() if (problem := _problem(kind, one))}
    missing = [kind for kind in RETENTION if kind not in inputs]
    if missing and len(missing) < len(RETENTION):
        message = _("The value of kept customers needs all five of its figures.")
        wrong |= dict.fromkeys(missing, message)
    kept, raised = inputs.get(Kind.KEPT), inputs.get(Kind.RAISED)
    if kept and raised and not wrong and kept.high + raised.high > HUNDRED:
        wrong[Kind.RAISED] = _("More than all customers can't be kept: at most %s points can be gained.") % (
            HUNDRED - kept.high
        )
    if wrong:
        raise ValidationError(dict(wrong))


def _problem(kind: str, one: InputData) -> str:
    if one.low < 0:
        return _("This is below 0.")
    if one.low > one.high:
        return _("The low figure is above the high one.")
    if kind in PER_CENT and one.high > HUNDRED:
        return _("This is above 100 per cent.")
    if kind == Kind.DISCOUNT and one.low <= 0:
        return _("The discount rate must be above 0.")
    return ""
