"""What the pages of process audits take in."""

from typing import Any, Final

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from improvement.forms.fields import day_field, rows_of, text_area
from improvement.models import CheckAnswer, Finding, Process, ProcessAudit, Step
from improvement.models.processes import MAX_MONTHS, MAX_NAME, MAX_SUMMARY, MAX_TEXT
from improvement.services.processes import StepData
from organisation.models import Person, Unit
from organisation.values import MAX_CODE

SPARE_STEPS: Final = 4


def person_named(entered: str) -> Person | None:
    """Return the active person with this id, None for an empty one. Raises forms.ValidationError."""
    if not entered:
        return None
    found: Person | None = Person.objects.active().filter(person_id=entered).first()
    if found is None:
        raise forms.ValidationError(_("Nobody active has this id."))
    return found


class ProcessForm(forms.Form):
    """A process to register (process None) or to change."""

    code = forms.CharField(label=_("Code"), max_length=MAX_CODE)
    name = forms.CharField(
        label=_("Process"), max_length=MAX_NAME, help_text=_("As customers would call it: “Moving house”.")
    )
    unit = forms.ModelChoiceField(Unit.objects.none(), label=_("Unit"), to_field_name="code")
    touches = forms.ChoiceField(
        label=_("Kind"), choices=Process.Touches.choices, widget=forms.RadioSelect, initial="customer"
    )
    serves = forms.CharField(
        label=_("Whom it serves"),
        max_length=MAX_TEXT,
        help_text=_("Customers outside, or colleagues inside."),
    )
    purpose = forms.CharField(label=_("What they get from it"), max_length=MAX_TEXT, required=False)
    owner_id = forms.CharField(label=_("Owner (person id)"), max_length=MAX_CODE, required=False)
    every_months = forms.IntegerField(
        label=_("Audited every … months"), min_value=1, max_value=MAX_MONTHS, initial=12
    )
    retired = forms.BooleanField(label=_("No longer done"), required=False)

    def __init__(self, *args: Any, process: Process | None, units: Any, **options: Any) -> None:
        if process is not None:
            names = ("code", "name", "unit", "touches", "serves", "purpose", "every_months", "retired")
            options["initial"] = {name: getattr(process, name) for name in names}
            options["initial"]["owner_id"] = process.owner.person_id if process.owner else ""
        super().__init__(*args, **options)
        self.fields["code"].disabled = process is not None
        rows_of(self.fields["unit"], units)

    def clean_owner_id(self) -> Person | None:
        return person_named(self.cleaned_data["owner_id"])

    def values(self) -> dict[str, Any]:
        """Return what `services.processes.save_process` takes."""
        entered = dict(self.cleaned_data)
        return entered | {"owner": entered.pop("owner_id")}


class StepForm(forms.Form):
    """One step; without a text it is left out."""

    text = forms.CharField(label=_("Step"), max_length=MAX_TEXT, required=False)
    convenience = forms.ChoiceField(
        label=_("Designed for"), choices=[("", "–"), *Step.For.choices], required=False
    )
    wait_days = forms.DecimalField(
        label=_("Days they wait"),
        min_value=0,
        max_digits=6,
        decimal_places=1,
        required=False,
        widget=forms.NumberInput(attrs={"step": "any", "inputmode": "decimal"}),
    )

    def clean(self) -> dict[str, Any]:
        entered = self.cleaned_data
        if entered.get("text") and not entered.get("convenience"):
            self.add_error("convenience", _("For whose convenience is this step?"))
        if not entered.get("text") and (entered.get("convenience") or entered.get("wait_days") is not None):
            self.add_error("text", _("What happens in this step?"))
        return entered


StepFormSet = forms.formset_factory(StepForm, extra=SPARE_STEPS, max_num=40, absolute_max=60)


def step_values(audit: ProcessAudit | None) -> list[dict[str, Any]]:
    """Return the steps of an audit by field of their forms."""
    if audit is None:
        return []
    return [
        {"text": one.text, "convenience": one.convenience, "wait_days": one.wait_days}
        for one in audit.steps.all()
    ]


def steps_of(formset: Any) -> list[StepData]:
    """Return the steps entered, once the forms are valid."""
    return [StepData(**form.cleaned_data) for form in formset if form.cleaned_data.get("text")]


class AuditForm(forms.Form):
    """An audit: when, in short, and the answers to the eight questions."""

    audited_on = day_field(_("Audited on"))
    summary = text_area(
        _("In short"),
        limit=MAX_SUMMARY,
        required=False,
        help_text=_("What would a customer say who lived through it?"),
    )

    def __init__(self, *args: Any, audit: ProcessAudit | None, **options: Any) -> None:
        options["initial"] = {"audited_on": timezone.localdate()}
        if audit is not None:
            options["initial"] = {"audited_on": audit.audited_on, "summary": audit.summary}
            options["initial"] |= {one.check_code: one.answer for one in audit.checks.all()}
        super().__init__(*args, **options)
        for code, question in CheckAnswer.Check.choices:
            self.fields[code] = forms.ChoiceField(
                label=question, choices=[("", _("not answered")), *CheckAnswer.Answer.choices], required=False
            )

    def checks(self) -> dict[str, str]:
        """Return the answers given, by code of the check."""
        return {code: answer for code in CheckAnswer.Check.values if (answer := self.cleaned_data[code])}


class FindingForm(forms.Form):
    """A finding, and what is done about it."""

    text = forms.CharField(label=_("Finding"), max_length=MAX_TEXT)
    follow_up = forms.CharField(label=_("What will be done"), max_length=MAX_TEXT, required=False)
    owner_id = forms.CharField(label=_("By (person id)"), max_length=MAX_CODE, required=False)
    due_on = day_field(_("Until"), required=False)
    state = forms.ChoiceField(label=_("State"), choices=Finding.State.choices)

    def __init__(self, *args: Any, finding: Finding | None, **options: Any) -> None:
        if finding is not None:
            names = ("text", "follow_up", "due_on", "state")
            options["initial"] = {name: getattr(finding, name) for name in names}
            options["initial"]["owner_id"] = finding.owner.person_id if finding.owner else ""
        super().__init__(*args, **options)

    def clean_owner_id(self) -> Person | None:
        return person_named(self.cleaned_data["owner_id"])

    def values(self) -> dict[str, Any]:
        """Return what `services.processes.save_finding` takes."""
        entered = dict(self.cleaned_data)
        return entered | {"owner": entered.pop("owner_id")}


class ProcessFilterForm(forms.Form):
    """?unit=CODE&touches=customer; what is unknown is left out."""

    unit = forms.ModelChoiceField(
        Unit.objects.none(),
        label=_("Unit and below"),
        to_field_name="code",
        required=False,
        empty_label=_("all"),
    )
    touches = forms.ChoiceField(
        label=_("Kind"), choices=[("", _("all")), *Process.Touches.choices], required=False
    )
    retired = forms.BooleanField(label=_("With those no longer done"), required=False)

    def __init__(self, *args: Any, units: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        rows_of(self.fields["unit"], units)

    def chosen(self) -> dict[str, Any]:
        """Return the values that could be read; a wrong one is as if it were not there."""
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value}
