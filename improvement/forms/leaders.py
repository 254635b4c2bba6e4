"""What the leaders' page takes in."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from improvement.forms.fields import choices_of, day_field, text_area
from improvement.models import Commitment, Reflection
from improvement.models.leaders import MAX_COMMITMENT, MAX_NOTE, MAX_REFLECTION
from improvement.queries import leaders as queries
from organisation import values


class CommitmentForm(forms.Form):
    """A commitment to make (None) or to put differently. prompt: the code of a proposal to begin with."""

    text = text_area(
        _("I commit myself to"),
        limit=MAX_COMMITMENT,
        rows=4,
        help_text=_("In your own words, so that your team can see whether you did it."),
        validators=[values.several_lines],
    )
    due_on = day_field(_("Seen by"), help_text=_("The day by which your team can tell."))
    sources = forms.MultipleChoiceField(
        label=_("Comes from"), widget=forms.CheckboxSelectMultiple, required=False
    )

    def __init__(self, *args: Any, commitment: Commitment | None, prompt: str = "", **options: Any) -> None:
        prompts = queries.prompts()
        begun = next((one for one in prompts if one.code == prompt), None)
        if commitment is not None:
            names = ("text", "due_on", "sources")
            options["initial"] = {name: getattr(commitment, name) for name in names}
        elif begun is not None:
            options["initial"] = {"text": begun.text, "sources": [begun.code]}
        super().__init__(*args, **options)
        choices_of(self.fields["sources"], [(one.code, f"{one.code} {one.title}") for one in prompts])


class ProgressForm(forms.Form):
    """How a commitment goes."""

    state = forms.ChoiceField(
        label=_("State"), choices=Commitment.State.choices, widget=forms.RadioSelect, initial="under_way"
    )
    text = text_area(
        _("How it goes"),
        limit=MAX_NOTE,
        help_text=_("What you did, what came of it, what was hard. Your team reads it."),
        validators=[values.several_lines],
    )


class ReflectionForm(forms.Form):
    """An answer to a question, private unless shared."""

    text = text_area(_("Your answer"), limit=MAX_REFLECTION, rows=8, validators=[values.several_lines])
    shared = forms.BooleanField(
        label=_("Share it with my team"),
        required=False,
        help_text=_("Left out, nobody but you reads it here: not your manager, not HR, not administrators."),
    )

    def __init__(self, *args: Any, reflection: Reflection | None, **options: Any) -> None:
        if reflection is not None:
            options["initial"] = {"text": reflection.text, "shared": reflection.shared}
        super().__init__(*args, **options)
