"""Forms of those who prepare and run cycles: one a step."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from assessments.models import RESERVED_CODES, Audience, Cycle, Framework

if TYPE_CHECKING:
    ChoiceOfFramework = forms.ModelChoiceField[Framework]
else:
    ChoiceOfFramework = forms.ModelChoiceField


class MomentInput(forms.DateTimeInput):
    """Date and time by the browser's own picker."""

    input_type = "datetime-local"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%dT%H:%M")


class FrameworkChoice(ChoiceOfFramework):
    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.instrument.title} · {obj}"


class CodeForm(forms.Form):
    """Title and code of a new cycle. Codes that are taken are refused by the service."""

    title = forms.CharField(
        label=_("Title"), max_length=200, help_text=_("What people read, for example “Spring 2027”.")
    )
    code = forms.SlugField(
        label=_("Code"),
        max_length=40,
        help_text=_("Short, for addresses and files: letters, digits, hyphens. It can’t be changed later."),
    )

    def clean_code(self) -> str:
        code: str = self.cleaned_data["code"]
        if code in RESERVED_CODES:
            raise forms.ValidationError(
                _("This code is taken by an address of the product."), code="reserved"
            )
        return code


class WhatForm(forms.Form):
    """What is asked, and under which title."""

    title = forms.CharField(
        label=_("Title"), max_length=200, help_text=_("What people read, for example “Spring 2027”.")
    )
    framework = FrameworkChoice(
        label=_("Framework"),
        queryset=Framework.objects.none(),
        empty_label=None,
        help_text=_("What is asked. The version you choose can never change once a cycle is open."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        frameworks = Framework.objects.order_by("code", "-version")
        self.fields["framework"].queryset = frameworks  # type: ignore[attr-defined]


class CycleForm(CodeForm, WhatForm):
    """A new cycle, still a draft: the first step. The others have what most need already."""

    field_order = ("title", "code", "framework")


class WhoForm(forms.Form):
    """Who is asked. Ticking no unit means everyone."""

    scope = forms.MultipleChoiceField(
        label=_("Units"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Each with the units below it. Tick none to ask the whole organisation."),
    )
    only_audience = forms.ChoiceField(
        label=_("Audiences"),
        required=False,
        widget=forms.RadioSelect,
        choices=[
            ("", _("Staff and managers")),
            (Audience.STAFF, _("Staff only")),
            (Audience.MANAGER, _("Managers only")),
        ],
    )

    def __init__(self, *args: Any, units: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["scope"].choices = units  # type: ignore[attr-defined]


class LanguagesForm(forms.Form):
    """In which languages the questionnaire can be answered. Ticking none means all of them."""

    languages = forms.MultipleChoiceField(
        label=_("Languages"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_(
            "Everyone is written to in their own language if it is ticked, and can switch while answering. "
            "Tick none to offer all of them."
        ),
    )

    def __init__(self, *args: Any, choices: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["languages"].choices = choices  # type: ignore[attr-defined]


class WhenForm(forms.Form):
    """Until when, and how many answers are aimed at."""

    closes_at = forms.DateTimeField(label=_("Closes"), widget=MomentInput())
    turnout_goal = forms.IntegerField(
        label=_("Turnout aimed at, in %"),
        min_value=1,
        max_value=100,
        initial=70,
        help_text=_("Shown beside the turnout while the cycle is open. 70 % is a usual aim at work."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["closes_at"].help_text = _("Last moment for answers. Time zone: %(zone)s.") % {
            "zone": timezone.get_current_timezone_name()
        }

    def clean_closes_at(self) -> datetime:
        closes: datetime = self.cleaned_data["closes_at"]
        if closes <= timezone.now():
            raise forms.ValidationError(_("Choose a moment in the future."), code="past")
        return closes


class LimitsForm(forms.Form):
    """How many answers a figure and a comment need, and how long answers are kept."""

    k = forms.IntegerField(
        label=_("Fewest answers for a figure"),
        min_value=5,
        max_value=1000,
        initial=5,
        help_text=_(
            "5 or more. Figures about fewer people are shown to nobody. It can’t be lowered once open."
        ),
    )
    k_comments = forms.IntegerField(
        label=_("Fewest answers for comments"),
        min_value=10,
        max_value=1000,
        initial=10,
        help_text=_("10 or more. Comments are shown only for groups at least this large."),
    )
    keep_days = forms.IntegerField(
        label=_("Days until the answers are deleted"),
        min_value=0,
        max_value=3650,
        initial=30,
        help_text=_(
            "Counted from the publication; 0 deletes them at once. Figures and comments stay, and so do the sums over "
            "groups large enough. The respondents are told."
        ),
    )

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        if data.get("k") and data.get("k_comments") and data["k_comments"] < data["k"]:
            self.add_error("k_comments", _("Comments need at least as many answers as figures."))
        return data


def initial_of(form: type[forms.Form], cycle: Cycle) -> dict[str, Any]:
    """Return what the form starts with for a draft: the draft's own values."""
    return {name: getattr(cycle, name) for name in form.base_fields}
