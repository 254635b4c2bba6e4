"""Mail to those who are asked, and more time for them: confirmations with a preview, texts, progress. Counts only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from assessments.models import Audience, Cycle, MailRound
from assessments.queries import mailing
from assessments.services import extend as extending
from assessments.services import invitations, links, texts
from assessments.services.errors import ServiceError
from assessments.views.http import PersonRequest
from assessments.views.jobs import STOP_POLLING
from assessments.views.mail_forms import ExtendForm, TextsForm
from cfm.lib import languages
from organisation import permissions

Kind = MailRound.Kind
METHODS: Final = ["GET", "HEAD", "POST"]


@login_required
@require_http_methods(METHODS)
def invite(request: PersonRequest, code: str) -> HttpResponse:
    """Show the invitation as both audiences get it; on POST, send it to everybody with an address."""
    cycle = get(request, code)
    if request.method != "POST":
        return _confirm(request, cycle, Kind.INVITATION)
    try:
        invitations.request_invitations(cycle=cycle, by=request.user.pk)
    except ServiceError as error:
        return _confirm(request, cycle, Kind.INVITATION, problem=str(error))
    messages.success(request, _("The invitations are on their way."))
    return redirect("cycle", code)


@login_required
@require_http_methods(METHODS)
def remind(request: PersonRequest, code: str) -> HttpResponse:
    """Show the reminder; on POST, send it to those who have not answered, whoever they are."""
    cycle = get(request, code)
    if request.method != "POST":
        return _confirm(request, cycle, Kind.REMINDER)
    number = request.POST.get("number", "")
    try:
        invitations.request_reminder(
            cycle=cycle, by=request.user.pk, number=int(number[:4]) if number.isdecimal() else None
        )
    except ServiceError as error:
        return _confirm(request, cycle, Kind.REMINDER, problem=str(error))
    messages.success(request, _("The reminders are on their way. Nobody sees to whom."))
    return redirect("cycle", code)


@login_required
@require_http_methods(METHODS)
def edit_texts(request: PersonRequest, code: str) -> HttpResponse:
    """What invitation and reminder of this cycle say."""
    cycle = get(request, code, taking=False)
    language = languages.wished(request, cycle.offered_languages)
    with translation.override(languages.locale_of(language)):
        ours = texts.in_force(cycle)
    form = TextsForm(request.POST or None, texts=ours)
    if request.method == "POST" and form.is_valid():
        try:
            texts.save(cycle=cycle, texts=form.cleaned_data, language=language, by=request.user.pk)
        except ValidationError as error:
            for field, problems in error.message_dict.items():
                form.add_error(field if field in form.fields else None, problems)
        else:
            messages.success(request, _("The texts are saved."))
            return redirect("cycle", code)
    status = 400 if form.errors else 200
    context = {
        "cycle": cycle,
        "form": form,
        "placeholders": texts.PLACEHOLDERS,
        "languages": languages.choices(cycle.offered_languages, language),
    }
    return render(request, "assessments/mail/texts.html", context, status=status)


@login_required
@require_http_methods(METHODS)
def extend(request: PersonRequest, code: str) -> HttpResponse:
    """Move the closing time to later."""
    cycle = get(request, code)
    form = ExtendForm(request.POST or None, cycle=cycle)
    if request.method == "POST" and form.is_valid():
        try:
            extending.extend(cycle=cycle, closes_at=form.cleaned_data["closes_at"], by=request.user.pk)
        except ServiceError as error:
            form.add_error(None, str(error))
        else:
            messages.success(
                request, _("The new closing time is set, and told on the questionnaire’s pages.")
            )
            return redirect("cycle", code)
    status = 400 if form.errors else 200
    return render(request, "assessments/mail/extend.html", {"cycle": cycle, "form": form}, status=status)


@login_required
@never_cache
@require_safe
def progress(request: PersonRequest, code: str) -> HttpResponse:
    """How far the rounds are, for htmx; asks no more once nothing waits."""
    cycle = get(request, code, taking=False)
    mail = panel(cycle)
    response = render(request, "assessments/mail/_rounds.html", {"cycle": cycle, "mail": mail})
    if not mail["waiting"]:
        response.status_code = STOP_POLLING
    return response


@login_required
@require_POST
def retry(request: PersonRequest, code: str) -> HttpResponse:
    """Try the mails again that could not be sent."""
    cycle = get(request, code)
    try:
        again = invitations.retry_failed(cycle=cycle, by=request.user.pk)
    except ServiceError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("Mails that are tried again: %d.") % again)
    return redirect("cycle", code)


def panel(cycle: Cycle) -> dict[str, Any]:
    """Return what the page of an open cycle shows of its mails: rounds, reach, and whether anything waits."""
    rounds = mailing.rounds(cycle)
    return {
        "rounds": rounds,
        "reach": mailing.reach(cycle),
        "invited": any(row.round.kind == Kind.INVITATION for row in rounds),
        "waiting": any(row.waiting for row in rounds),
        "failed": sum(row.failed for row in rounds),
    }


def get(request: PersonRequest, code: str, *, taking: bool = True) -> Cycle:
    """Return a cycle for somebody who runs cycles of the whole organisation; 404, with taking, unless it is open."""
    permissions.require_everywhere(request.user, "cycle.edit")
    rows = Cycle.objects.visible_to(request.user).select_related("framework")
    if taking:
        rows = rows.filter(state=Cycle.State.OPEN)
    cycle: Cycle = get_object_or_404(rows.defer("framework__source", "public_key"), code=code)
    return cycle


def _confirm(request: PersonRequest, cycle: Cycle, kind: str, *, problem: str = "") -> HttpResponse:
    rounds = mailing.rounds(cycle)
    context = {
        "cycle": cycle,
        "kind": kind,
        "problem": problem,
        "reach": mailing.reach(cycle),
        "previews": preview(cycle, kind),
        "number": 1 + sum(row.round.kind == kind for row in rounds),
        "already": kind == Kind.INVITATION and any(row.round.kind == kind for row in rounds),
    }
    return render(request, "assessments/mail/confirm.html", context, status=409 if problem else 200)


@dataclass(frozen=True)
class Preview:
    """A mail as somebody gets it. language: its code; name: of the language."""

    audience: str
    language: str
    name: str
    letter: texts.Letter


def preview(cycle: Cycle, kind: str) -> list[Preview]:
    """Return the mail as staff and as managers get it in each language, with a name and a link that are made up."""
    name, link = _("Alex Example"), links.address("…")
    asked = [audience for audience in Audience if cycle.framework.instrument.closed_items(audience)]
    found = []
    for code in cycle.offered_languages:
        for audience in asked:
            label = str(audience.label)
            with translation.override(languages.locale_of(code)):
                text = texts.text_of(cycle, kind)
                letter = texts.letter(text, cycle=cycle, audience=audience, name=name, link=link)
            found.append(Preview(label, code, languages.name_of(code), letter))
    return found


urlpatterns: list[URLPattern] = [
    path("cycles/<slug:code>/invite/", invite, name="cycle_invite"),
    path("cycles/<slug:code>/remind/", remind, name="cycle_remind"),
    path("cycles/<slug:code>/texts/", edit_texts, name="cycle_texts"),
    path("cycles/<slug:code>/extend/", extend, name="cycle_extend"),
    path("cycles/<slug:code>/mail/", progress, name="cycle_mail"),
    path("cycles/<slug:code>/mail/retry/", retry, name="cycle_mail_retry"),
]
