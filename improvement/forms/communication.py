"""What the pages of the communication plan take in."""

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from assessments.models import Cycle
from cfm.lib import languages
from improvement.forms.fields import choices_of, day_field, rows_of, text_area
from improvement.forms.processes import person_named
from improvement.models import Message
from improvement.models.communication import MAX_BODY, MAX_SUBJECT
from improvement.queries.templates import quotations
from organisation.models import Person, Unit
from organisation.values import MAX_CODE


def _languages() -> list[tuple[str, str]]:
    return [(code, languages.name_of(code)) for code in languages.shipped()]


class DraftForm(forms.Form):
    """Around which cycle, for which unit and in which language messages are drafted."""

    cycle = forms.ModelChoiceField(
        Cycle.objects.none(), label=_("Cycle"), to_field_name="code", empty_label=None
    )
    unit = forms.ModelChoiceField(
        Unit.objects.none(),
        label=_("For"),
        to_field_name="code",
        empty_label=None,
        help_text=_("Figures in the texts are those of the whole organisation, which everybody may see."),
    )
    language = forms.ChoiceField(label=_("Language"))

    def __init__(self, *args: Any, cycles: Any, units: Any, **options: Any) -> None:
        options.setdefault("initial", {"language": get_language()})
        super().__init__(*args, **options)
        rows_of(self.fields["cycle"], cycles)
        rows_of(self.fields["unit"], units)
        choices_of(self.fields["language"], _languages())


class MessageForm(forms.Form):
    """A message to plan (message None) or to change."""

    subject = forms.CharField(label=_("What"), max_length=MAX_SUBJECT)
    unit = forms.ModelChoiceField(Unit.objects.none(), label=_("Unit"), to_field_name="code")
    audience = forms.ChoiceField(label=_("To whom"), choices=Message.Audience.choices)
    channel = forms.ChoiceField(label=_("Through"), choices=Message.Channel.choices)
    due_on = day_field(_("When"))
    owner_id = forms.CharField(label=_("Seen to by (person id)"), max_length=MAX_CODE, required=False)
    body = text_area(
        _("Text"),
        limit=MAX_BODY,
        rows=12,
        required=False,
        help_text=_("Leave out figures that not everybody who gets it may see."),
    )
    quotation = forms.ChoiceField(label=_("Quotation to go with it"), required=False)
    state = forms.ChoiceField(label=_("State"))

    def __init__(self, *args: Any, message: Message | None, units: Any, **options: Any) -> None:
        options["initial"] = {"due_on": timezone.localdate(), "state": Message.State.DRAFT}
        if message is not None:
            names = ("subject", "audience", "channel", "due_on", "body", "quotation", "state")
            options["initial"] = {name: getattr(message, name) for name in names}
            options["initial"]["unit"] = message.unit.code
            options["initial"]["owner_id"] = message.owner.person_id if message.owner else ""
        super().__init__(*args, **options)
        rows_of(self.fields["unit"], units)
        sayings = [(one.code, f"{one.text[:60]} ({one.by})") for one in quotations().values()]
        choices_of(self.fields["quotation"], [("", _("none")), *sayings])
        choices_of(
            self.fields["state"],
            [(code, label) for code, label in Message.State.choices if code != Message.State.SENT],
        )

    def clean_owner_id(self) -> Person | None:
        return person_named(self.cleaned_data["owner_id"])

    def values(self) -> dict[str, Any]:
        """Return what `services.communication.save_message` takes."""
        entered = dict(self.cleaned_data)
        return entered | {"owner": entered.pop("owner_id")}


class SentForm(forms.Form):
    """On which day a message was told, and through which channel."""

    sent_on = day_field(_("Sent on"))
    sent_through = forms.ChoiceField(label=_("Sent through"), choices=Message.Channel.choices)

    def __init__(self, *args: Any, message: Message, **options: Any) -> None:
        options["initial"] = {"sent_on": timezone.localdate(), "sent_through": message.channel}
        super().__init__(*args, **options)


class PlanFilterForm(forms.Form):
    """?cycle=CODE&state=draft; what is unknown is left out."""

    cycle = forms.ModelChoiceField(
        Cycle.objects.none(), label=_("Cycle"), to_field_name="code", required=False, empty_label=_("all")
    )
    state = forms.ChoiceField(
        label=_("State"), choices=[("", _("all")), *Message.State.choices], required=False
    )

    def __init__(self, *args: Any, cycles: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        rows_of(self.fields["cycle"], cycles)

    def chosen(self) -> dict[str, Any]:
        """Return the values that could be read; a wrong one is as if it were not there."""
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value}
