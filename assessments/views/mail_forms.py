"""Forms about mail, letters and more time."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from assessments.forms import MomentInput
from assessments.models import Cycle
from assessments.services.texts import Text


class TextsForm(forms.Form):
    """Subject and text of both mails, filled with what would be sent now."""

    invitation_subject = forms.CharField(label=_("Subject of the invitation"), max_length=120, required=False)
    invitation_body = forms.CharField(
        label=_("Text of the invitation"), max_length=4000, required=False, widget=forms.Textarea
    )
    reminder_subject = forms.CharField(label=_("Subject of the reminder"), max_length=120, required=False)
    reminder_body = forms.CharField(
        label=_("Text of the reminder"), max_length=4000, required=False, widget=forms.Textarea
    )

    def __init__(self, *args: Any, texts: Mapping[str, Text], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for kind, text in texts.items():
            self.fields[f"{kind}_subject"].initial = text.subject
            self.fields[f"{kind}_body"].initial = text.body
            self.fields[f"{kind}_body"].widget.attrs["rows"] = 14


class ExtendForm(forms.Form):
    """A later closing time."""

    closes_at = forms.DateTimeField(label=_("New closing time"), widget=MomentInput())

    def __init__(self, *args: Any, cycle: Cycle, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.cycle = cycle
        self.fields["closes_at"].initial = cycle.closes_at
        self.fields["closes_at"].help_text = _("Later than the one announced. Time zone: %(zone)s.") % {
            "zone": timezone.get_current_timezone_name()
        }

    def clean_closes_at(self) -> datetime:
        closes: datetime = self.cleaned_data["closes_at"]
        if self.cycle.closes_at and closes <= self.cycle.closes_at:
            raise forms.ValidationError(
                _("Choose a later time than the one that was announced."), code="earlier"
            )
        return closes


class LettersForm(forms.Form):
    """Whom to write letters to."""

    unit = forms.ChoiceField(label=_("Unit"), required=False)
    with_email = forms.BooleanField(
        label=_("Also people with an e-mail address"),
        required=False,
        help_text=_("Their links in mails stay valid."),
    )

    def __init__(self, *args: Any, cycle: Cycle, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        units = cycle.units.order_by("position").values_list("code", "name")
        self.fields["unit"].choices = [("", _("All units")), *units]  # type: ignore[attr-defined]
