"""Preparing a cycle step by step: what, who, when, limits, texts, preview, checks; and copying an earlier one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path, reverse
from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.views.decorators.http import require_http_methods, require_safe

from assessments.forms import (
    CodeForm,
    CycleForm,
    LanguagesForm,
    LimitsForm,
    WhatForm,
    WhenForm,
    WhoForm,
    initial_of,
)
from assessments.models import Audience, Cycle
from assessments.queries import answering
from assessments.services import cycles, setup
from assessments.services.errors import ServiceError
from assessments.views.http import PersonRequest
from cfm.lib import languages
from organisation import permissions

METHODS: Final = ("GET", "HEAD", "POST")


@dataclass(frozen=True)
class Step:
    """A page of the wizard that changes the draft."""

    name: str
    label: Promise
    title: Promise
    form: type[forms.Form]


STEPS: Final = (
    Step("what", _lazy("What"), _lazy("What is asked"), WhatForm),
    Step("who", _lazy("Who"), _lazy("Who is asked"), WhoForm),
    Step("languages", _lazy("Languages"), _lazy("In which languages it can be answered"), LanguagesForm),
    Step("when", _lazy("When"), _lazy("Until when, and with which goal"), WhenForm),
    Step("limits", _lazy("Limits"), _lazy("How many answers a figure needs"), LimitsForm),
)
NAMES: Final = tuple(step.name for step in STEPS)


@login_required
@require_http_methods(METHODS)
def cycle_new(request: PersonRequest) -> HttpResponse:
    """The first step: a draft with title, code and framework."""
    permissions.require_everywhere(request.user, "cycle.edit")
    form = CycleForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            cycle = cycles.create(**form.cleaned_data, by=request.user.pk)
        except ValidationError as error:
            add_errors(form, error)
        else:
            return redirect("cycle_setup", cycle.code, "who")
    context = {"form": form, "way": _way(None, "what")}
    return render(request, "assessments/cycle_new.html", context, status=400 if form.is_bound else 200)


@login_required
@require_http_methods(METHODS)
def step(request: PersonRequest, code: str, name: str) -> HttpResponse:
    """One step of a draft: shows its settings; a POST stores them and goes on."""
    cycle = _draft(request, code)
    here = next((one for one in STEPS if one.name == name), None)
    if here is None:
        raise Http404
    form = _form(here, cycle, request)
    if request.method == "POST" and form.is_valid():
        try:
            setup.change(cycle=cycle, by=request.user.pk, **form.cleaned_data)
        except ValidationError as error:
            add_errors(form, error)
        except ServiceError as error:
            messages.error(request, str(error))
            return redirect("cycle", code)
        else:
            return redirect(_after(name, code))
    context = {"cycle": cycle, "step": here, "form": form, "way": _way(cycle, name)}
    return render(request, "assessments/cycle_setup.html", context, status=400 if form.is_bound else 200)


@login_required
@require_safe
def preview(request: PersonRequest, code: str, audience: str) -> HttpResponse:
    """The questionnaire as staff or as managers get it; nothing can be sent."""
    permissions.require_everywhere(request.user, "cycle.edit")
    cycle = _cycle(request, code)
    language = languages.wished(request, cycle.offered_languages)
    instrument = cycle.framework.instrument
    asked = [(one.value, str(one.label)) for one in Audience if instrument.closed_items(one)]
    if audience not in Audience.values:
        raise Http404
    if audience not in dict(asked):
        return redirect("cycle_preview", code, asked[0][0])
    with translation.override(languages.locale_of(language)):
        questionnaire = answering.questionnaire(instrument, audience)
    context = {
        "cycle": cycle,
        "audience": audience,
        "audiences": asked,
        "language": language,
        "languages": languages.choices(cycle.offered_languages, language),
        "questionnaire": questionnaire,
        "way": _way(cycle, "preview") if cycle.state == Cycle.State.DRAFT else [],
    }
    return render(request, "assessments/cycle_questions.html", context)


@login_required
@require_http_methods(METHODS)
def copy(request: PersonRequest, code: str) -> HttpResponse:
    """Take this cycle as the start of the next."""
    permissions.require_everywhere(request.user, "cycle.edit")
    cycle = _cycle(request, code)
    form = CodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            draft = setup.copy(cycle=cycle, by=request.user.pk, **form.cleaned_data)
        except ValidationError as error:
            add_errors(form, error)
        else:
            messages.success(request, _("The draft has the settings and texts of %s.") % cycle.title)
            return redirect("cycle_setup", draft.code, "what")
    context = {"cycle": cycle, "form": form}
    return render(request, "assessments/cycle_copy.html", context, status=400 if form.is_bound else 200)


def way_of(cycle: Cycle) -> list[tuple[str, str, bool]]:
    """Return the steps of a draft for its own page, where the checks are."""
    return _way(cycle, "check")


def add_errors(form: forms.Form, error: ValidationError) -> None:
    """Put what a service refuses beside its field."""
    for field, problems in error.message_dict.items():
        form.add_error(field if field in form.fields else None, problems)


def _cycle(request: PersonRequest, code: str) -> Cycle:
    rows = Cycle.objects.visible_to(request.user).select_related("framework")
    cycle: Cycle = get_object_or_404(rows.defer("framework__source", "public_key"), code=code)
    return cycle


def _draft(request: PersonRequest, code: str) -> Cycle:
    permissions.require_everywhere(request.user, "cycle.edit")
    cycle = _cycle(request, code)
    if cycle.state != Cycle.State.DRAFT:
        raise Http404
    return cycle


def _form(here: Step, cycle: Cycle, request: PersonRequest) -> forms.Form:
    more: dict[str, Any] = {}
    if here.form is WhoForm:
        more = {"units": _units()}
    elif here.form is LanguagesForm:
        complete = cycle.framework.instrument.languages
        more = {"choices": [(code, languages.name_of(code)) for code in complete]}
    return here.form(request.POST or None, initial=initial_of(here.form, cycle), **more)


def _units() -> list[tuple[str, str]]:
    """Return (code, name) of all units, the name set in by its depth."""
    tree = cycles.tree_rows()
    return [
        (code, "\u2003" * depth + name)
        for (_pk, code, name), depth in zip(tree.units, tree.depths, strict=True)
    ]


def _after(name: str, code: str) -> str:
    """Return the address of the step after this one; after the last form come the texts' turn and the preview."""
    place = NAMES.index(name) + 1
    if place < len(NAMES):
        return reverse("cycle_setup", args=[code, NAMES[place]])
    return reverse("cycle_preview", args=[code, Audience.STAFF])


def _way(cycle: Cycle | None, here: str) -> list[tuple[str, str, bool]]:
    """Return (label, address, whether one is here) of each step; no addresses before there is a draft."""
    pages = [(one.name, str(one.label), "cycle_setup", [one.name]) for one in STEPS]
    pages += [
        ("preview", _("Preview"), "cycle_preview", [str(Audience.STAFF.value)]),
        ("texts", _("Mails"), "cycle_texts", []),
        ("check", _("Check and open"), "cycle", []),
    ]
    return [
        (label, reverse(url, args=[cycle.code, *rest]) if cycle else "", name == here)
        for name, label, url, rest in pages
    ]


urlpatterns: list[URLPattern] = [
    path("cycles/new/", cycle_new, name="cycle_new"),
    path("cycles/<slug:code>/setup/<slug:name>/", step, name="cycle_setup"),
    path("cycles/<slug:code>/questions/<slug:audience>/", preview, name="cycle_preview"),
    path("cycles/<slug:code>/copy/", copy, name="cycle_copy"),
]
