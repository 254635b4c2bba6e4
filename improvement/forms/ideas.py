"""What the pages of ideas take in."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from improvement.forms.fields import day_field, rows_of, text_area
from improvement.models import Idea, IdeaTopic
from improvement.models.ideas import MAX_ANSWER, MAX_IDEA, MAX_THANKS, MAX_TITLE
from organisation import values
from organisation.models import Person, Unit

MAX_RECEIPT = 40


class IdeaForm(forms.Form):
    """An idea, named or not. The receipt travels with the form, so that a second click sends nothing new."""

    title = forms.CharField(label=_("Idea"), max_length=MAX_TITLE, validators=[values.one_line])
    text = text_area(
        _("In more words"),
        limit=MAX_IDEA,
        rows=6,
        help_text=_("What would be better for customers or colleagues, and what would it take?"),
        validators=[values.several_lines],
    )
    unit = forms.ModelChoiceField(Unit.objects.none(), label=_("For"), to_field_name="code", empty_label=None)
    topic = forms.ModelChoiceField(
        IdeaTopic.objects.filter(is_open=True),
        label=_("Topic"),
        to_field_name="code",
        required=False,
        empty_label=_("none of these: it goes to who leads the unit"),
    )
    named = forms.ChoiceField(
        label=_("Your name"),
        choices=[("no", _("Send it without my name")), ("yes", _("Send it with my name"))],
        widget=forms.RadioSelect,
    )
    receipt = forms.CharField(widget=forms.HiddenInput, max_length=MAX_RECEIPT)

    def __init__(self, *args: Any, units: list[Unit], **options: Any) -> None:
        super().__init__(*args, **options)
        rows_of(self.fields["unit"], Unit.objects.filter(pk__in=[one.pk for one in units]))
        if units:
            self.fields["unit"].initial = units[0].code
        if not IdeaTopic.objects.filter(is_open=True).exists():
            del self.fields["topic"]


class ReceiptForm(forms.Form):
    """The code that was shown when an idea was sent."""

    receipt = forms.CharField(
        label=_("Code of the receipt"),
        max_length=MAX_RECEIPT,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters"}),
        help_text=_("16 letters, such as BCDF-GHJK-MNPQ-RSTV."),
    )


class AnswerForm(forms.Form):
    """What becomes of an idea."""

    state = forms.ChoiceField(
        label=_("What becomes of it"),
        choices=[one for one in Idea.State.choices if one[0] != Idea.State.NEW],
        widget=forms.RadioSelect,
    )
    text = text_area(
        _("Answer"),
        limit=MAX_ANSWER,
        rows=4,
        help_text=_("What happens next, or why not. A reason is owed also for a no."),
        validators=[values.several_lines],
    )
    due_on = day_field(_("Done by"), required=False, help_text=_("Needed for an idea that is accepted."))
    action_code = forms.CharField(
        label=_("Code of the action that carries it out"), max_length=values.MAX_CODE, required=False
    )
    thanks = forms.CharField(
        label=_("Thanks"), max_length=MAX_THANKS, required=False, validators=[values.one_line]
    )
    shown = forms.BooleanField(
        label=_("Show idea and answer to the people whom it is for"),
        required=False,
        initial=True,
        help_text=_(
            "Leave it out only if it tells of a person. Whoever wrote it reads the answer in any case."
        ),
    )

    def __init__(self, *args: Any, idea: Idea, **options: Any) -> None:
        options["initial"] = {
            "state": "" if idea.state == Idea.State.NEW else idea.state,
            "due_on": idea.due_on,
            "action_code": idea.action_code,
            "thanks": idea.thanks or _("Thank you for this idea."),
            "shown": idea.shown,
        }
        super().__init__(*args, **options)

    def clean(self) -> dict[str, Any]:
        entered = self.cleaned_data
        if entered.get("state") == Idea.State.ACCEPTED and "due_on" in entered and not entered["due_on"]:
            self.add_error("due_on", _("By when will it be done?"))
        return entered


def active_person(entered: str) -> Person:
    """Return the active person with this id. Raises forms.ValidationError."""
    found: Person | None = Person.objects.active().filter(person_id=entered).first()
    if found is None:
        raise forms.ValidationError(_("Nobody active has this id."))
    return found


class PassOnForm(forms.Form):
    """Who is to answer an idea instead."""

    person_id = forms.CharField(
        label=_("Answered by (person id)"),
        max_length=values.MAX_CODE,
        help_text=_("Whoever can decide. The promised day stays."),
    )

    def clean_person_id(self) -> Person:
        return active_person(self.cleaned_data["person_id"])


class TopicForm(forms.Form):
    """A topic about which ideas are asked for (topic None: a new one)."""

    code = forms.CharField(label=_("Code"), max_length=values.MAX_CODE, validators=[values.code])
    name = forms.CharField(label=_("Topic"), max_length=MAX_TITLE, validators=[values.one_line])
    owner_id = forms.CharField(label=_("Answered by (person id)"), max_length=values.MAX_CODE)
    is_open = forms.BooleanField(label=_("Ideas are asked for"), required=False, initial=True)

    def __init__(self, *args: Any, topic: IdeaTopic | None, **options: Any) -> None:
        if topic is not None:
            options["initial"] = {
                "code": topic.code,
                "name": topic.name,
                "owner_id": topic.owner.person_id,
                "is_open": topic.is_open,
            }
        super().__init__(*args, **options)
        self.fields["code"].disabled = topic is not None

    def clean_owner_id(self) -> Person:
        return active_person(self.cleaned_data["owner_id"])

    def values(self) -> dict[str, Any]:
        """Return what `services.ideas.save_topic` takes."""
        entered = dict(self.cleaned_data)
        return entered | {"owner": entered.pop("owner_id")}


class IdeaFilterForm(forms.Form):
    """?look=mine&state=accepted&topic=CODE; what is unknown is left out."""

    look = forms.ChoiceField(
        label=_("Which"),
        choices=[
            ("", _("all that I may see")),
            ("mine", _("waiting for my answer")),
            ("own", _("sent with my name")),
            ("late", _("past the promised day")),
        ],
        required=False,
    )
    state = forms.ChoiceField(label=_("State"), choices=[("", _("all")), *Idea.State.choices], required=False)
    unit = forms.ModelChoiceField(
        Unit.objects.all(),
        label=_("Unit and below"),
        to_field_name="code",
        required=False,
        empty_label=_("all"),
    )
    topic = forms.ModelChoiceField(
        IdeaTopic.objects.all(),
        label=_("Topic"),
        to_field_name="code",
        required=False,
        empty_label=_("all"),
    )

    def chosen(self) -> dict[str, Any]:
        """Return the values that could be read; a wrong one is as if it were not there."""
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value}
