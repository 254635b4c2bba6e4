"""What the pages of business cases take in."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from django import forms
from django.forms.boundfield import BoundField
from django.utils.translation import gettext_lazy as _

from improvement.forms.fields import number_field, rows_of
from improvement.models import BusinessCase, CaseInput
from improvement.models.cases import CATEGORIES, HELP, MAX_TEXT, MAX_TITLE, PER_CENT, RETENTION
from improvement.services.cases import InputData
from organisation.models import Unit
from organisation.values import MAX_CODE

PARTS: Final = ("low", "high", "assumption")
GROUPS: Final = (
    (_("Operating costs"), (CaseInput.Kind.COSTS,)),
    (_("Cost of poor quality, a year"), CATEGORIES),
    (_("Keeping customers"), RETENTION),
)


@dataclass(frozen=True)
class Line:
    """A figure to put in: what it is, and its fields."""

    label: str
    help: Any
    fields: tuple[BoundField, ...]


class VersionForm(forms.Form):
    """The figures of a version; it starts with those of the last."""

    title = forms.CharField(label=_("Title"), max_length=MAX_TITLE)
    note = forms.CharField(label=_("What is new in this version"), max_length=MAX_TEXT, required=False)

    def __init__(
        self, *args: Any, case: BusinessCase | None, last: Mapping[str, InputData], **options: Any
    ) -> None:
        options["initial"] = {} if case is None else {"title": case.title}
        for kind, one in last.items():
            options["initial"] |= {f"{kind}_{part}": _shown(getattr(one, part)) for part in PARTS}
        super().__init__(*args, **options)
        for kind, label in CaseInput.Kind.choices:
            told = f"{label} (%)" if kind in PER_CENT else label
            for part, word in (("low", _("low")), ("high", _("high"))):
                self.fields[f"{kind}_{part}"] = number_field(
                    _("%(figure)s, %(end)s") % {"figure": told, "end": word}, required=False, min_value=0
                )
            self.fields[f"{kind}_assumption"] = forms.CharField(
                label=_("%s: where it comes from") % label, max_length=MAX_TEXT, required=False
            )

    def groups(self) -> list[tuple[Any, list[Line]]]:
        """Return the figures under their headings."""
        return [(title, [self._line(kind) for kind in kinds]) for title, kinds in GROUPS]

    def _line(self, kind: str) -> Line:
        label = str(CaseInput.Kind(kind).label) + (" (%)" if kind in PER_CENT else "")
        return Line(label, HELP[kind], tuple(self[f"{kind}_{part}"] for part in PARTS))

    def clean(self) -> dict[str, Any]:
        entered = self.cleaned_data
        for kind in CaseInput.Kind.values:
            low, high = entered.get(f"{kind}_low"), entered.get(f"{kind}_high")
            told = {f"{kind}_low", f"{kind}_high"} & set(self.errors)
            if not told and (low is None) != (high is None):
                missing = "low" if low is None else "high"
                self.add_error(f"{kind}_{missing}", _("A figure is a range: enter both ends, or neither."))
            elif not told and low is None and entered.get(f"{kind}_assumption"):
                self.add_error(f"{kind}_low", _("Enter the figure that this explains."))
        return entered

    def inputs(self) -> dict[str, InputData]:
        """Return the figures entered, by kind."""
        entered = self.cleaned_data
        return {
            kind: InputData(*(entered[f"{kind}_{part}"] for part in PARTS))
            for kind in CaseInput.Kind.values
            if entered[f"{kind}_low"] is not None
        }


def _shown(value: Decimal | str) -> Decimal | str:
    return value.normalize() + 0 if isinstance(value, Decimal) and value == value.to_integral() else value


class CaseForm(VersionForm):
    """A case to open, with its first version."""

    code = forms.CharField(label=_("Code"), max_length=MAX_CODE)
    unit = forms.ModelChoiceField(Unit.objects.none(), label=_("Unit"), to_field_name="code")
    currency = forms.CharField(label=_("Currency"), min_length=3, max_length=3, initial="EUR")

    def __init__(self, *args: Any, units: Any, **options: Any) -> None:
        super().__init__(*args, case=None, last={}, **options)
        rows_of(self.fields["unit"], units)


class CompareForm(forms.Form):
    """?version=3&against=1; what is unknown is refused."""

    version = forms.TypedChoiceField(label=_("Version"), coerce=int, required=False, empty_value=None)
    against = forms.TypedChoiceField(label=_("compared with"), coerce=int, required=False, empty_value=None)

    def __init__(self, *args: Any, numbers: list[int], **options: Any) -> None:
        super().__init__(*args, **options)
        choices = [(number, str(number)) for number in numbers]
        self.fields["version"].choices = choices  # type: ignore[attr-defined]
        self.fields["against"].choices = [("", _("the one before")), *choices]  # type: ignore[attr-defined]
