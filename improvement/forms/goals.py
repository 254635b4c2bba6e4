"""What the pages of goals take in."""

from typing import Any, Final

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from improvement.forms.fields import choices_of, day_field, number_field, rows_of, text_area
from improvement.models import Goal, GoalFramework, Indicator, Output, Resource, Strategy
from improvement.models.goals import MAX_TEXT, MAX_TITLE, MAX_WHY
from improvement.queries.blocks import Vocabulary
from improvement.rules.progress import State
from organisation.models import Person, Unit
from organisation.values import MAX_CODE

STANDINGS: Final = (
    (State.ON_TRACK, _("on track")),
    (State.BEHIND, _("behind, missed or without a recent figure")),
    (State.ACHIEVED, _("achieved")),
    (Goal.State.DROPPED, _("given up")),
)


class FrameworkForm(forms.Form):
    """A framework to add (framework None) or to change."""

    code = forms.CharField(label=_("Code"), max_length=MAX_CODE, help_text=_("For instance 2025-2028."))
    title = forms.CharField(label=_("Title"), max_length=MAX_TITLE)
    starts_on = day_field(_("Begins"))
    ends_on = day_field(_("Ends"), help_text=_("Four years later, as a rule."))
    currency = forms.CharField(
        label=_("Currency of budgets"), min_length=3, max_length=3, help_text=_("Three letters, such as EUR.")
    )

    def __init__(self, *args: Any, framework: GoalFramework | None, **options: Any) -> None:
        if framework is not None:
            names = ("code", "title", "starts_on", "ends_on", "currency")
            options["initial"] = {name: getattr(framework, name) for name in names}
        super().__init__(*args, **options)
        self.fields["code"].disabled = framework is not None


class GoalForm(forms.Form):
    """A goal to set (goal None) or to change. Who can't set goals for people sees no field for a person."""

    code = forms.CharField(
        label=_("Code"), max_length=MAX_CODE, help_text=_("Short and lasting, for instance CUS-2.")
    )
    title = forms.CharField(
        label=_("Goal"),
        max_length=MAX_TITLE,
        help_text=_("A state one can recognise: “Nine in ten calls are settled the first time”."),
    )
    why = text_area(_("Why, and for which customers"), limit=MAX_WHY, required=False)
    unit = forms.ModelChoiceField(Unit.objects.none(), label=_("Unit"), to_field_name="code")
    person_id = forms.CharField(
        label=_("Only for one person (person id)"),
        max_length=MAX_CODE,
        required=False,
        help_text=_(
            "Leave it empty for a goal of the unit. A person’s goal is seen by them, their managers and HR."
        ),
    )
    parent = forms.ModelChoiceField(
        Goal.objects.none(),
        label=_("Serves the goal"),
        to_field_name="code",
        required=False,
        empty_label=_("none"),
    )
    owner_id = forms.CharField(
        label=_("Seen to by (person id)"),
        max_length=MAX_CODE,
        required=False,
        help_text=_("May report figures, too."),
    )
    block = forms.ChoiceField(label=_("Building block"), required=False)
    key_components = forms.MultipleChoiceField(
        label=_("Key components"), required=False, widget=forms.SelectMultiple(attrs={"size": 6})
    )
    starts_on = day_field(_("Begins"))
    due_on = day_field(_("Reached by"))
    target_score = forms.DecimalField(
        label=_("Target score of the block"),
        min_value=0,
        max_value=100,
        decimal_places=1,
        required=False,
        help_text=_("0 to 100; the unit’s page of results shows it beside the score."),
    )
    target_cycle = forms.SlugField(
        label=_("In the cycle"),
        max_length=40,
        required=False,
        help_text=_("Code of the cycle, also one to come; empty for any."),
    )

    def __init__(
        self,
        *args: Any,
        goal: Goal | None,
        framework: GoalFramework,
        units: Any,
        parents: Any,
        people: Any,
        words: Vocabulary,
        **options: Any,
    ) -> None:
        if goal is not None:
            options["initial"] = _goal_values(goal)
        super().__init__(*args, **options)
        self._framework, self._people = framework, people
        self.fields["code"].disabled = goal is not None
        rows_of(self.fields["unit"], units)
        rows_of(self.fields["parent"], parents)
        choices_of(self.fields["block"], [("", _("none")), *_coded(words.blocks)])
        choices_of(self.fields["key_components"], _coded(words.key_components))

    def clean_person_id(self) -> Person | None:
        """Only people for whom one may set goals."""
        return _person(
            self.cleaned_data["person_id"], self._people, _("Nobody within your reach has this id.")
        )

    def clean_owner_id(self) -> Person | None:
        active = Person.objects.active()
        return _person(self.cleaned_data["owner_id"], active, _("Nobody active has this id."))

    def values(self) -> dict[str, Any]:
        """Return what `services.goals.save_goal` takes."""
        entered = dict(self.cleaned_data)
        return entered | {
            "person": entered.pop("person_id"),
            "owner": entered.pop("owner_id"),
            "framework": self._framework,
        }


def _coded(titles: Any) -> list[tuple[str, str]]:
    return [(code, f"{code} {title}") for code, title in titles.items()]


def _person(entered: str, people: Any, message: Any) -> Person | None:
    if not entered:
        return None
    found: Person | None = people.filter(person_id=entered).select_related("unit").first()
    if found is None:
        raise forms.ValidationError(message)
    return found


def _goal_values(goal: Goal) -> dict[str, Any]:
    same = (
        "code", "title", "why", "unit", "parent", "block", "key_components", "starts_on", "due_on",
        "target_score", "target_cycle",
    )  # fmt: skip
    return {name: getattr(goal, name) for name in same} | {
        "person_id": goal.person.person_id if goal.person else "",
        "owner_id": goal.owner.person_id if goal.owner else "",
    }


class CloseForm(forms.Form):
    """How a goal ended, or that it is pursued again."""

    state = forms.ChoiceField(label=_("State"), choices=Goal.State.choices)
    closing_note = forms.CharField(label=_("What came of it"), max_length=MAX_TEXT, required=False)


class OutputForm(forms.Form):
    text = forms.CharField(
        label=_("Output"), max_length=MAX_TEXT, help_text=_("Something one can hand over or show.")
    )
    due_on = day_field(_("Due"), required=False)
    delivered_on = day_field(_("Delivered on"), required=False)

    def __init__(self, *args: Any, goal: Goal, **options: Any) -> None:
        super().__init__(*args, **options)


class IndicatorForm(forms.Form):
    text = forms.CharField(label=_("What is measured"), max_length=MAX_TEXT)
    measure = forms.CharField(
        label=_("Unit of measure"), max_length=40, required=False, help_text=_("For instance %, days, NPS.")
    )
    baseline = number_field(_("Baseline: where it stands at the begin"), places=4)
    target = number_field(
        _("Target: where it should stand at the end"),
        places=4,
        help_text=_("May be lower: less can be better."),
    )
    output = forms.ModelChoiceField(
        Output.objects.none(), label=_("Of output"), required=False, empty_label=_("the goal as a whole")
    )

    def __init__(self, *args: Any, goal: Goal, **options: Any) -> None:
        super().__init__(*args, **options)
        rows_of(self.fields["output"], goal.outputs.all())


class StrategyForm(forms.Form):
    text = forms.CharField(label=_("Strategy: how it is to be reached"), max_length=MAX_TEXT)

    def __init__(self, *args: Any, goal: Goal, **options: Any) -> None:
        super().__init__(*args, **options)


class ResourceForm(forms.Form):
    text = forms.CharField(label=_("What for"), max_length=MAX_TEXT)
    output = forms.ModelChoiceField(
        Output.objects.none(), label=_("For output"), help_text=_("No budget without what it delivers.")
    )
    kind = forms.ChoiceField(label=_("Kind"), choices=Resource.Kind.choices)
    planned = number_field(_("Planned"), min_value=0)
    used = number_field(_("Used so far"), min_value=0, initial=0)

    def __init__(self, *args: Any, goal: Goal, **options: Any) -> None:
        super().__init__(*args, **options)
        rows_of(self.fields["output"], goal.outputs.all())


PART_FORMS: Final[dict[str, Any]] = {
    "outputs": OutputForm,
    "indicators": IndicatorForm,
    "strategies": StrategyForm,
    "resources": ResourceForm,
}


def part_values(part: Output | Indicator | Strategy | Resource) -> dict[str, Any]:
    """Return a part's values by field of its form."""
    names = (
        "text",
        "due_on",
        "delivered_on",
        "measure",
        "baseline",
        "target",
        "output",
        "kind",
        "planned",
        "used",
    )
    return {name: getattr(part, name) for name in names if hasattr(part, name)}


class ReportForm(forms.Form):
    """A figure of one of the goal's indicators."""

    indicator = forms.ModelChoiceField(Indicator.objects.none(), label=_("Indicator"), empty_label=None)
    on = day_field(_("Measured on"))
    value = number_field(_("Figure"), places=4)
    note = forms.CharField(label=_("Note"), max_length=MAX_TEXT, required=False)

    def __init__(self, *args: Any, goal: Goal, **options: Any) -> None:
        super().__init__(*args, **options)
        rows_of(self.fields["indicator"], goal.indicators.all())
        self.fields["on"].initial = timezone.localdate


class GoalFilterForm(forms.Form):
    """?framework=CODE&unit=CODE&block=B3&standing=behind&people=on; what is unknown is left out."""

    framework = forms.ModelChoiceField(
        GoalFramework.objects.all(), label=_("Years"), to_field_name="code", required=False, empty_label=None
    )
    unit = forms.ModelChoiceField(
        Unit.objects.none(),
        label=_("Unit and below"),
        to_field_name="code",
        required=False,
        empty_label=_("all"),
    )
    block = forms.ChoiceField(label=_("Building block"), required=False)
    standing = forms.ChoiceField(label=_("Standing"), choices=[("", _("any")), *STANDINGS], required=False)
    people = forms.BooleanField(label=_("With goals of people"), required=False)

    def __init__(self, *args: Any, units: Any, words: Vocabulary, people: bool, **options: Any) -> None:
        super().__init__(*args, **options)
        rows_of(self.fields["unit"], units)
        choices_of(self.fields["block"], [("", _("all")), *_coded(words.blocks)])
        if not people:
            del self.fields["people"]

    def chosen(self) -> dict[str, Any]:
        """Return the values that could be read; a wrong one is as if it were not there."""
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value}
