"""What the pages of the register take in; the rules themselves are in the models and services."""

from typing import TYPE_CHECKING, Any, ClassVar, Final

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from organisation import blocks
from organisation.forms.directory import UnitChoiceField
from organisation.models import (
    Channel,
    Customer,
    Promise,
    PromiseResult,
    SatisfactionFigure,
    SupplierLink,
    Unit,
)

if TYPE_CHECKING:
    _Form = forms.ModelForm[Any]
else:
    _Form = forms.ModelForm

CODE_HELP: Final = _("Stays for ever: files name it by this code.")


class DayInput(forms.DateInput):
    """The browser's own way to choose a day."""

    input_type = "date"

    def __init__(self, **options: Any) -> None:
        super().__init__(format="%Y-%m-%d", **options)


class BlocksField(forms.MultipleChoiceField):
    """Building blocks to tick, kept as codes separated by spaces; codes kept before stay on offer."""

    widget = forms.CheckboxSelectMultiple

    def __init__(self, kept: str) -> None:
        offered = dict(blocks.choices())
        for code in kept.split():
            offered.setdefault(code, code)
        super().__init__(
            choices=[(code, f"{code} {title}" if title != code else code) for code, title in offered.items()],
            required=False,
            initial=kept.split(),
            label=_("Building blocks it concerns"),
            help_text=_("The customer's page then shows the published figures of these blocks."),
        )

    def clean(self, value: Any) -> str:
        return " ".join(super().clean(value))


class RegisterForm(_Form):
    """A row of the register; its code can be chosen once. customer: to whom it belongs, where it does."""

    def __init__(self, *args: Any, customer: Customer | None = None, **options: Any) -> None:
        super().__init__(*args, **options)
        if customer is not None and isinstance(self.instance, (Promise, Channel, SatisfactionFigure)):
            self.instance.customer = customer
        if "code" in self.fields:
            self.fields["code"].help_text = CODE_HELP
            self.fields["code"].disabled = self.instance.pk is not None
        if "blocks" in self.fields:
            self.fields["blocks"] = BlocksField(self.instance.blocks)

    def take(self, error: ValidationError) -> None:
        """Show what the service refused at its field; above the form where the form has no such field."""
        found = error.error_dict if hasattr(error, "error_dict") else {"": error.error_list}
        for name, errors in found.items():
            self.add_error(name if name in self.fields else None, ValidationError(errors))


class CustomerForm(RegisterForm):
    owner_unit = UnitChoiceField(
        label=_("Owner unit"), help_text=_("Answers for the relationship, whoever serves.")
    )
    serving_unit = UnitChoiceField(
        label=_("Serving unit"),
        required=False,
        empty_label=_("nobody yet"),
        help_text=_(
            "Whose daily work the customer gets; its published figures stand on the customer's page."
        ),
    )

    class Meta:
        model = Customer
        fields = ("code", "name", "kind", "is_internal", "owner_unit", "serving_unit", "expectations")
        widgets: ClassVar[dict[str, Any]] = {"expectations": forms.Textarea(attrs={"rows": 5})}
        help_texts: ClassVar[dict[str, Any]] = {
            "name": _("A group or an organisation. Nobody is named: no personal data belong here."),
            "expectations": _("In their words, one a line. What can be measured becomes a promise."),
        }

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        for name in ("owner_unit", "serving_unit"):
            self.fields[name].queryset = Unit.objects.all()  # type: ignore[attr-defined]
            if self.instance.pk is not None:
                self.initial[name] = getattr(self.instance, name)


class PromiseForm(RegisterForm):
    class Meta:
        model = Promise
        fields = ("code", "text", "measure", "comparison", "target", "measured_in", "blocks")
        help_texts: ClassVar[dict[str, Any]] = {
            "text": _("What the customer can count on, in one sentence."),
            "measure": _("What is counted or timed, so that anybody would find the same."),
            "target": _("Results keep the target of their time when this one changes."),
            "measured_in": _("Such as %, days, minutes."),
        }


class ResultForm(RegisterForm):
    class Meta:
        model = PromiseResult
        fields = ("promise", "measured_on", "value", "note")
        widgets: ClassVar[dict[str, Any]] = {"measured_on": DayInput()}

    def __init__(self, *args: Any, customer: Customer, **options: Any) -> None:
        super().__init__(*args, customer=customer, **options)
        promise = self.fields["promise"]
        promise.queryset = customer.promises.all()  # type: ignore[attr-defined]
        promise.to_field_name = "code"  # type: ignore[attr-defined]
        promise.empty_label = None  # type: ignore[attr-defined]
        if self.instance.pk is not None:
            promise.disabled = True
            self.initial["promise"] = self.instance.promise


class ChannelForm(RegisterForm):
    class Meta:
        model = Channel
        fields = ("code", "kind", "description", "frequency", "contacts", "heard_on", "blocks")
        widgets: ClassVar[dict[str, Any]] = {"heard_on": DayInput()}
        help_texts: ClassVar[dict[str, Any]] = {
            "description": _("What happens, and who learns of it. No names, no addresses."),
            "contacts": _("How many contacts in a year, counted or estimated; nobody is named."),
        }


class FigureForm(RegisterForm):
    class Meta:
        model = SatisfactionFigure
        fields = ("measure", "name", "measured_on", "value", "answers", "sd", "note")
        widgets: ClassVar[dict[str, Any]] = {"measured_on": DayInput()}
        help_texts: ClassVar[dict[str, Any]] = {
            "name": _("Only for a measure of our own, the same each time, such as Trust index."),
            "answers": _("How many answers the figure rests on."),
            "sd": _(
                "Of the answers, where known: with it one can tell a change from chance. Not needed for NPS and CSAT; "
                "of NPS it is 100 · √(p + d − (p − d)²) for shares p of promoters and d of detractors."
            ),
            "note": _("Where it comes from, such as the survey's name."),
        }


class LinkForm(RegisterForm):
    supplier = UnitChoiceField(label=_("Supplier: the unit that delivers"))
    customer = UnitChoiceField(label=_("Customer: the unit that receives"))

    class Meta:
        model = SupplierLink
        fields = ("supplier", "customer", "delivers", "expectation", "heard_through")
        help_texts: ClassVar[dict[str, Any]] = {
            "heard_through": _("How the supplier learns what the customer thinks of it; empty: not at all."),
        }

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        for name in ("supplier", "customer"):
            self.fields[name].queryset = Unit.objects.all()  # type: ignore[attr-defined]
            if self.instance.pk is not None:
                self.initial[name] = getattr(self.instance, name)
        self.fields["heard_through"].choices = [  # type: ignore[attr-defined]
            ("", _("nothing: it has no voice")),
            *list(self.fields["heard_through"].choices)[1:],  # type: ignore[attr-defined]
        ]
