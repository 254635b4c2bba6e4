"""What the pages of competencies take in; the rules themselves are in the services."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from competencies.levels import LEVELS
from competencies.models import Competency, Group, Kind, PlanItem, Resource
from organisation.models import JobRole, Person, Unit
from organisation.values import MAX_CODE

_DAY = {"type": "date"}


def _day_field(label: Any, **options: Any) -> forms.DateField:
    return forms.DateField(label=label, widget=forms.DateInput(attrs=_DAY, format="%Y-%m-%d"), **options)


class CompetencyForm(forms.Form):
    """A competency to add (competency None) or to change."""

    code = forms.CharField(
        label=_("Code"), max_length=MAX_CODE, help_text=_("Stays for ever: files name it by this.")
    )
    name = forms.CharField(label=_("Name"), max_length=200)
    kind = forms.ChoiceField(label=_("Kind"), choices=Kind.choices)
    group = forms.ChoiceField(
        label=_("Written for"), choices=[("", _("everyone")), *Group.choices], required=False
    )
    definition = forms.CharField(
        label=_("Definition"), max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )
    retired = forms.BooleanField(
        label=_("Retired: asked of nobody any more"),
        required=False,
        help_text=_("Ratings made so far are kept."),
    )

    def __init__(self, *args: Any, competency: Competency | None, **options: Any) -> None:
        if competency is not None:
            options["initial"] = _competency_values(competency)
        super().__init__(*args, **options)
        self.fields["code"].disabled = competency is not None
        for level in LEVELS:
            self.fields[f"behaviour_{level}"] = forms.CharField(
                label=_("Behaviour at level %d") % level,
                max_length=1000,
                required=False,
                widget=forms.Textarea(attrs={"rows": 2}),
                help_text=_("Something one can see or count.") if level == LEVELS[0] else "",
            )

    def values(self) -> dict[str, Any]:
        """Return what `services.library.save` takes."""
        entered = dict(self.cleaned_data)
        entered["behaviours"] = {level: entered.pop(f"behaviour_{level}") for level in LEVELS}
        return entered


def _competency_values(one: Competency) -> dict[str, Any]:
    fields = ("code", "name", "kind", "group", "definition", "retired")
    behaviours = {f"behaviour_{row.level}": row.text for row in one.behaviours.all()}
    return {field: getattr(one, field) for field in fields} | behaviours


class CopyForm(forms.Form):
    """From which profile to copy."""

    source = forms.ModelChoiceField(JobRole.objects.none(), label=_("Take the lines of"))

    def __init__(self, *args: Any, target: JobRole, **options: Any) -> None:
        super().__init__(*args, **options)
        with_lines = JobRole.objects.filter(requirements__isnull=False).exclude(pk=target.pk).distinct()
        self.fields["source"].queryset = with_lines  # type: ignore[attr-defined]


class GapFilterForm(forms.Form):
    """?unit=CODE&cycle=CODE&role=1&competency=C01&kind=core&size=1; what is unknown is left out."""

    cycle = forms.ChoiceField(label=_("Cycle"), required=False)
    unit = forms.ModelChoiceField(
        Unit.objects.none(),
        label=_("Unit and below"),
        to_field_name="code",
        required=False,
        empty_label=_("all"),
    )
    kind = forms.ChoiceField(label=_("Kind"), choices=[("", _("all")), *Kind.choices], required=False)
    competency = forms.ModelChoiceField(
        Competency.objects.none(),
        label=_("Competency"),
        to_field_name="code",
        required=False,
        empty_label=_("all"),
    )
    role = forms.ModelChoiceField(
        JobRole.objects.all(), label=_("Job role"), required=False, empty_label=_("all")
    )
    size = forms.ChoiceField(
        label=_("Gaps of"),
        choices=lambda: [("", _("any size")), *((n, _("%d or more levels") % n) for n in (1, 2, 3, 4))],
        required=False,
    )

    def __init__(
        self, *args: Any, units: Any, cycles: list[tuple[str, str]], names: bool, **options: Any
    ) -> None:
        super().__init__(*args, **options)
        self.fields["unit"].queryset = units  # type: ignore[attr-defined]
        self.fields["competency"].queryset = Competency.objects.in_use()  # type: ignore[attr-defined]
        newest = [("", _("newest rating of each"))] if names else []
        self.fields["cycle"].choices = [*newest, *cycles]  # type: ignore[attr-defined]
        if not names:  # a narrower view of the same people would let one subtract
            del self.fields["role"], self.fields["size"]

    def chosen(self) -> dict[str, Any]:
        """Return the values that could be read; a wrong one is as if it were not there."""
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value}


class ReasonForm(forms.Form):
    """Why named data leave the product; asked once a session."""

    reason = forms.CharField(
        label=_("What do you need the file for?"),
        min_length=3,
        max_length=300,
        help_text=_("The audit log keeps it beside your name, the filter and the number of rows."),
    )
    next = forms.CharField(widget=forms.HiddenInput, required=False)


class PlanForm(forms.Form):
    """A step of somebody's development plan."""

    competency = forms.ModelChoiceField(
        Competency.objects.none(), label=_("Competency"), to_field_name="code"
    )
    action = forms.CharField(label=_("What will be done"), max_length=500)
    resource = forms.ModelChoiceField(
        Resource.objects.none(),
        label=_("With"),
        to_field_name="code",
        required=False,
        empty_label=_("nothing from the list"),
    )
    owner = forms.ChoiceField(label=_("Who sees to it"))
    starts_on = _day_field(_("Begins"))
    due_on = _day_field(_("Done by"))
    state = forms.ChoiceField(label=_("State"), choices=PlanItem.State.choices)

    def __init__(self, *args: Any, person: Person, item: PlanItem | None, **options: Any) -> None:
        if item is not None:
            options["initial"] = _plan_values(item)
        super().__init__(*args, **options)
        owners = [one for one in (person, person.manager) if one is not None]
        resources = Resource.objects.in_use()
        if item is not None and item.resource_id is not None:
            resources = resources | Resource.objects.filter(pk=item.resource_id)
        self.fields["competency"].queryset = Competency.objects.in_use()  # type: ignore[attr-defined]
        self.fields["resource"].queryset = resources  # type: ignore[attr-defined]
        self.fields["owner"].choices = [(one.person_id, one.name) for one in owners]  # type: ignore[attr-defined]
        self._owners = {one.person_id: one for one in owners}

    def values(self) -> dict[str, Any]:
        """Return what `services.plans.save` takes."""
        return self.cleaned_data | {"owner": self._owners[self.cleaned_data["owner"]]}


def _plan_values(item: PlanItem) -> dict[str, Any]:
    fields = ("competency", "action", "resource", "starts_on", "due_on", "state")
    owner = item.owner.person_id if item.owner else ""
    return {field: getattr(item, field) for field in fields} | {"owner": owner}


class ResourceForm(forms.Form):
    """A learning resource to add (resource None) or to change."""

    code = forms.CharField(label=_("Code"), max_length=MAX_CODE)
    title = forms.CharField(label=_("Title"), max_length=200)
    kind = forms.ChoiceField(label=_("Kind"), choices=Resource.Kind.choices)
    url = forms.URLField(label=_("Address"), max_length=500, required=False, assume_scheme="https")
    description = forms.CharField(
        label=_("Description"), max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )
    competencies = forms.ModelMultipleChoiceField(
        Competency.objects.none(), label=_("For"), to_field_name="code", widget=forms.CheckboxSelectMultiple
    )
    retired = forms.BooleanField(label=_("Retired: offered to nobody any more"), required=False)
    retired_because = forms.CharField(
        label=_("Why it was retired"),
        max_length=300,
        required=False,
        help_text=_("For instance: no effect after two cycles."),
    )

    def __init__(self, *args: Any, resource: Resource | None, **options: Any) -> None:
        if resource is not None:
            fields = ("code", "title", "kind", "url", "description", "retired", "retired_because")
            options["initial"] = {field: getattr(resource, field) for field in fields}
            options["initial"]["competencies"] = [one.code for one in resource.competencies.all()]
        super().__init__(*args, **options)
        self.fields["code"].disabled = resource is not None
        self.fields["competencies"].queryset = Competency.objects.in_use()  # type: ignore[attr-defined]
