"""Asking for a new password tells nobody whether an address is known: not by words, not by the time it takes."""

import uuid
from typing import Any

from allauth.account.forms import ResetPasswordForm
from django.http import HttpRequest

from cfm.lib import jobs


class QuietResetForm(ResetPasswordForm):  # type: ignore[misc]
    """Leaves the work to a job, for an unknown address too: the answer takes as long either way."""

    def save(self, request: HttpRequest, **options: Any) -> str:
        people = [person.pk for person in self.users]
        jobs.enqueue("account.reset", key=str(uuid.uuid4()), people=people)
        return str(self.cleaned_data["email"])
