"""Printable letters with a QR code and an access code, for people without e-mail."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, path
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from assessments.services import letters as services
from assessments.services import links
from assessments.services.errors import ServiceError
from assessments.views.http import PersonRequest
from assessments.views.mail_forms import LettersForm
from assessments.views.mails import get


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def letters(request: PersonRequest, code: str) -> HttpResponse:
    """Choose whom to write to; a POST makes the letters, which are shown this once."""
    cycle = get(request, code)
    form = LettersForm(request.POST or None, cycle=cycle)
    context: dict[str, Any] = {"cycle": cycle, "form": form, "problem": ""}
    if request.method == "POST" and form.is_valid():
        try:
            made = services.write(cycle=cycle, by=request.user.pk, **form.cleaned_data)
        except ServiceError as error:
            context["problem"] = str(error)
        else:
            context |= {"letters": made, "code_address": links.code_address()}
            return render(request, "assessments/letters_print.html", context)
    context["without_email"] = services.people(cycle).count()
    status = 409 if context["problem"] else 400 if form.errors else 200
    return render(request, "assessments/letters.html", context, status=status)


urlpatterns: list[URLPattern] = [path("cycles/<slug:code>/letters/", letters, name="cycle_letters")]
