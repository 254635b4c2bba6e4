"""What the pages of results take in."""

from django import forms
from django.utils.translation import gettext_lazy as _


class MailingForm(forms.Form):
    """Whether executives are mailed the board pack, and how long after publication."""

    on = forms.BooleanField(
        label=_("Mail every executive their board pack after each publication"), required=False
    )
    days = forms.IntegerField(
        label=_("Days after publication"),
        min_value=0,
        max_value=60,
        help_text=_("0 is the same day, 60 the most."),
    )
