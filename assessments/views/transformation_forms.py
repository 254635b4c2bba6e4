"""What the pages of transformations take in; the rules themselves are in the services."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from assessments.models import Transformation
from assessments.services.transformations import MAX_PURPOSE, MAX_TITLE, Data, is_free_code
from organisation import values
from organisation.forms import UnitChoiceField
from organisation.models import Person, Unit


class TransformationForm(forms.Form):
    """A transformation to register (row None) or to change, by this person."""

    code = forms.CharField(
        label=gettext_lazy("Code"),
        max_length=values.MAX_CODE,
        help_text=gettext_lazy("Stays for ever: files name the transformation by it."),
    )
    title = forms.CharField(label=gettext_lazy("Title"), max_length=MAX_TITLE)
    purpose = forms.CharField(
        label=gettext_lazy("What changes for customers"),
        max_length=MAX_PURPOSE,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    unit = UnitChoiceField(label=gettext_lazy("Unit"), help_text=gettext_lazy("With the units below it."))
    owner = forms.ModelChoiceField(
        Person.objects.none(),
        label=gettext_lazy("Led by"),
        to_field_name="person_id",
        required=False,
        widget=forms.TextInput(attrs={"list": "people", "autocomplete": "off"}),
        help_text=gettext_lazy("The person id of whoever leads the change."),
        error_messages={"invalid_choice": gettext_lazy("There is nobody with this id whom you may name.")},
    )
    starts = forms.DateField(
        label=gettext_lazy("Starts"),
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        input_formats=["%Y-%m-%d"],
    )
    ends = forms.DateField(
        label=gettext_lazy("Ends"),
        required=False,
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        input_formats=["%Y-%m-%d"],
    )
    state = forms.ChoiceField(label=gettext_lazy("State"), choices=Transformation.State.choices)

    def __init__(self, *args: Any, row: Transformation | None, by: Person, **options: Any) -> None:
        if row is not None:
            options["initial"] = _initial(row)
        super().__init__(*args, **options)
        self.fields["code"].disabled = row is not None
        people = Person.objects.visible_to(by, "change.edit").active()
        if row is not None and row.owner_id:
            people = people | Person.objects.filter(pk=row.owner_id)
        self.fields["unit"].queryset = Unit.objects.visible_to(by, "change.edit")  # type: ignore[attr-defined]
        self.fields["owner"].queryset = people  # type: ignore[attr-defined]
        self._is_new = row is None

    def clean_code(self) -> str:
        code: str = self.cleaned_data["code"]
        if not self._is_new:
            return code
        if not is_free_code(code):
            raise ValidationError(_("This can't be a code: letters and digits, no slash."))
        if Transformation.objects.filter(code=code).exists():
            raise ValidationError(_("There is a transformation with this code already."))
        return code

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        starts, ends = data.get("starts"), data.get("ends")
        if starts and ends and ends < starts:
            self.add_error("ends", _("It can't end before it starts."))
        return data

    @property
    def data_sent(self) -> Data:
        """What was sent, once it is valid."""
        sent = self.cleaned_data
        return Data(
            title=sent["title"],
            unit=sent["unit"].pk,
            owner=sent["owner"].pk if sent["owner"] else None,
            starts=sent["starts"],
            ends=sent["ends"],
            state=sent["state"],
            purpose=sent["purpose"].replace("\r\n", "\n").strip(),
        )


def _initial(row: Transformation) -> dict[str, Any]:
    return {
        "code": row.code,
        "title": row.title,
        "purpose": row.purpose,
        "unit": row.unit.code,
        "owner": row.owner.person_id if row.owner else "",
        "starts": row.starts,
        "ends": row.ends,
        "state": row.state,
    }
