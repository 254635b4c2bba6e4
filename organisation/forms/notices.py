"""What the page about one's own mails takes in."""

from django import forms
from django.utils.translation import gettext_lazy as _

from organisation.models import MailChoice


class MailForm(forms.Form):
    """How somebody wants mails that are no invitations."""

    how = forms.ChoiceField(label=_("Send them"), choices=MailChoice.How.choices, widget=forms.RadioSelect)
