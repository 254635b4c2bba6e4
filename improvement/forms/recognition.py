"""What the pages of recognition take in."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from competencies.models import Competency
from improvement.forms.fields import text_area
from improvement.models import Recognition
from improvement.models.recognition import MAX_AWARD, MAX_DEED, MAX_NEXT, MAX_REASON
from organisation import values
from organisation.models import Customer, Unit


class ThanksForm(forms.Form):
    """Thanks for something done for customers."""

    deed = text_area(
        _("What did they do?"),
        limit=MAX_DEED,
        rows=4,
        help_text=_("What happened, and what a customer or colleague had from it. No customer’s name here."),
        validators=[values.several_lines],
    )
    whats_next = forms.CharField(
        label=_("What’s next?"),
        max_length=MAX_NEXT,
        required=False,
        help_text=_("Good is never good enough: what could become of it, here or elsewhere?"),
        validators=[values.one_line],
    )
    competency = forms.ModelChoiceField(
        Competency.objects.in_use(),
        label=_("Competency that it shows"),
        to_field_name="code",
        required=False,
        empty_label=_("none in particular"),
    )
    customer = forms.ModelChoiceField(
        Customer.objects.all(),
        label=_("For which customer or constituency"),
        to_field_name="code",
        required=False,
        empty_label=_("none in particular"),
    )


class AwardForm(ThanksForm):
    """An award: it has a name, and names what is next."""

    field_order = ("award", "deed", "whats_next", "competency", "customer")
    award = forms.CharField(
        label=_("Award"),
        max_length=MAX_AWARD,
        help_text=_("For example “Customer promise of the quarter”."),
        validators=[values.one_line],
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["whats_next"].required = True


class RemovalForm(forms.Form):
    """Why HR takes a message off the wall."""

    reason = forms.ChoiceField(
        label=_("Reason"), choices=Recognition.Reason.choices, widget=forms.RadioSelect
    )
    note = forms.CharField(
        label=_("In a sentence"),
        max_length=MAX_REASON,
        help_text=_("Whoever gave it and whoever got it read this."),
        validators=[values.one_line],
    )


class WallFilterForm(forms.Form):
    """?unit=CODE&competency=CODE&kind=award; what is unknown is left out."""

    unit = forms.ModelChoiceField(
        Unit.objects.all(),
        label=_("Unit and below"),
        to_field_name="code",
        required=False,
        empty_label=_("all"),
    )
    competency = forms.ModelChoiceField(
        Competency.objects.in_use(),
        label=_("Competency"),
        to_field_name="code",
        required=False,
        empty_label=_("all"),
    )
    kind = forms.ChoiceField(
        label=_("Kind"), choices=[("", _("all")), *Recognition.Kind.choices], required=False
    )

    def chosen(self) -> dict[str, Any]:
        """Return the values that could be read; a wrong one is as if it were not there."""
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value}
