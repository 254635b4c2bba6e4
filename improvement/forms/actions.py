"""What the pages of actions take in."""

from datetime import timedelta
from typing import Any, Final

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from improvement.forms.fields import choices_of, day_field, number_field, rows_of, text_area
from improvement.forms.processes import person_named
from improvement.models import Action, ActionStep
from improvement.models.actions import MAX_REFERENCE, MAX_TEXT, MAX_TITLE
from improvement.queries.origins import Origin
from organisation.models import Person, Unit
from organisation.values import MAX_CODE

WEEKS: Final = 8  # how long a new action takes unless another day is entered
MAX_STEPS_TEXT: Final = 3000
Choices = list[tuple[str, str]]


class ActionForm(forms.Form):
    """An action to plan (action None) or to change. The field for the reason of a fourth appears when it is needed."""

    about = forms.CharField(max_length=MAX_REFERENCE, required=False, widget=forms.HiddenInput)
    title = forms.CharField(
        label=_("What will be done"),
        max_length=MAX_TITLE,
        help_text=_("So that a customer or colleague would notice: “Answer every letter within three days”."),
    )
    unit = forms.ModelChoiceField(Unit.objects.none(), label=_("Unit"), to_field_name="code")
    owner_id = forms.CharField(
        label=_("Seen to by (person id)"),
        max_length=MAX_CODE,
        required=False,
        help_text=_("One person, who may report progress and is reminded by mail."),
    )
    due_on = day_field(_("Done by"))
    steps = text_area(
        _("Steps"),
        limit=MAX_STEPS_TEXT,
        rows=4,
        required=False,
        help_text=_("One a line; you can add and tick them off later."),
    )
    block = forms.ChoiceField(label=_("Building block"), required=False)
    expected_points = number_field(
        _("Expected change of its score, in points"),
        places=1,
        required=False,
        min_value=0,
        max_value=100,
        help_text=_(
            "For instance 6: the block’s score in this unit rises by 6 of 100 by the next cycle. After that "
            "cycle you see what was achieved."
        ),
    )
    baseline_cycle = forms.ChoiceField(label=_("Counted from the cycle"), required=False)
    told = forms.BooleanField(
        label=_("Tell everybody under “You said, we did”"),
        required=False,
        initial=True,
        help_text=_("Everyone in the unit reads it, everyone in the organisation for the topmost unit."),
    )
    more_because = forms.CharField(
        label=_("Why one more?"), max_length=MAX_TEXT, required=False, widget=forms.HiddenInput
    )

    def __init__(
        self,
        *args: Any,
        action: Action | None,
        origin: Origin | None,
        units: Any,
        blocks: Choices,
        cycles: Choices,
        reader: Person,
        title: str = "",
        **options: Any,
    ) -> None:
        options["initial"] = _values(action) if action else _first(origin, reader, title, cycles)
        super().__init__(*args, **options)
        rows_of(self.fields["unit"], units)
        choices_of(self.fields["block"], [("", _("none")), *blocks])
        choices_of(self.fields["baseline_cycle"], [("", _("none")), *cycles])
        if action is not None:
            del self.fields["steps"]
        if self.data.get("more_because") or (action and action.more_because):
            self.ask_why()

    def ask_why(self) -> None:
        """Show the field for the reason of one more open action."""
        self.fields["more_because"].widget = forms.Textarea(attrs={"rows": 2})

    def clean_owner_id(self) -> Person | None:
        return person_named(self.cleaned_data["owner_id"])

    def clean_expected_points(self) -> Any:
        """Nothing expected is the same as 0."""
        return self.cleaned_data["expected_points"] or None

    def values(self) -> dict[str, Any]:
        """Return what `services.actions.save_action` takes beside origin and steps."""
        entered = dict(self.cleaned_data)
        entered.pop("steps", None)
        entered.pop("about")
        return entered | {"owner": entered.pop("owner_id")}

    def step_texts(self) -> list[str]:
        """Return the steps entered, one a line."""
        lines = self.cleaned_data.get("steps", "").splitlines()
        return [line.strip()[:MAX_TEXT] for line in lines if line.strip()]


def _values(action: Action) -> dict[str, Any]:
    names = (
        "about", "title", "unit", "due_on", "block", "expected_points", "baseline_cycle", "told", "more_because",
    )  # fmt: skip
    return {name: getattr(action, name) for name in names} | {
        "owner_id": action.owner.person_id if action.owner else ""
    }


def _first(origin: Origin | None, reader: Person, title: str, cycles: Choices) -> dict[str, Any]:
    """What a new action begins with."""
    newest = cycles[0][0] if cycles else ""
    return {
        "about": origin.reference if origin else "",
        "title": title,
        "unit": origin.unit if origin else reader.unit.code,
        "owner_id": reader.person_id,
        "due_on": timezone.localdate() + timedelta(weeks=WEEKS),
        "block": origin.block if origin else "",
        "baseline_cycle": (origin.cycle if origin else "") or newest,
        "told": origin is None or origin.kind != Action.About.GAP,
    }


class ReportForm(forms.Form):
    """How an action stands."""

    state = forms.ChoiceField(label=_("State"), choices=Action.State.choices, widget=forms.RadioSelect)
    note = text_area(
        _("What is new?"),
        limit=MAX_TEXT,
        rows=2,
        required=False,
        help_text=_(
            "A sentence. At the end it says what came of it, or why it is not done, and is told to everybody."
        ),
    )


class StepForm(forms.Form):
    """A step."""

    text = forms.CharField(label=_("Step"), max_length=MAX_TEXT)
    done_on = day_field(_("Done on"), required=False)

    def __init__(self, *args: Any, step: ActionStep | None, **options: Any) -> None:
        if step is not None:
            options["initial"] = {"text": step.text, "done_on": step.done_on}
        super().__init__(*args, **options)


class ActionFilterForm(forms.Form):
    """?unit=CODE&block=B3&state=late&owner=P1&view=board; what is unknown is left out."""

    unit = forms.ModelChoiceField(
        Unit.objects.none(),
        label=_("Unit and below"),
        to_field_name="code",
        required=False,
        empty_label=_("all"),
    )
    block = forms.ChoiceField(label=_("Building block"), required=False)
    state = forms.ChoiceField(
        label=_("State"),
        choices=[("", _("any")), ("late", _("overdue")), *Action.State.choices],
        required=False,
    )
    owner = forms.CharField(label=_("Seen to by (person id)"), max_length=MAX_CODE, required=False)
    view = forms.ChoiceField(label=_("As"), choices=[("", _("list")), ("board", _("board"))], required=False)

    def __init__(self, *args: Any, units: Any, blocks: Choices, **options: Any) -> None:
        super().__init__(*args, **options)
        rows_of(self.fields["unit"], units)
        choices_of(self.fields["block"], [("", _("all")), *blocks])

    def chosen(self) -> dict[str, Any]:
        """Return the values that could be read; a wrong one is as if it were not there."""
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value}
