"""The leaders' page: own commitments and reflections, and what the leaders of one's team committed themselves to."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from improvement.forms.leaders import CommitmentForm, ProgressForm, ReflectionForm
from improvement.models import Commitment, Reflection
from improvement.queries import leaders as queries
from improvement.services import leaders as services
from improvement.views import leader_words as words
from improvement.views.pages import add_errors, form_page
from organisation import permissions
from organisation.views.http import PersonRequest


@login_required
@never_cache
@require_safe
def leaders(request: PersonRequest) -> HttpResponse:
    """What the leaders of one's team committed themselves to; for a leader also their own, with the questions."""
    permissions.require(request.user, "leader.view")
    today = timezone.localdate()
    may_commit = permissions.can(request.user, "leader.commit")
    own = queries.own(request.user) if may_commit else None
    asked = queries.questions()
    team = queries.of_team(request.user)
    context = {
        "may_commit": may_commit,
        "own": [words.line(one, today) for one in own.commitments] if own else [],
        "questions": [
            (code, text, [one for one in own.reflections if one.question == code])
            for code, text in asked.items()
        ]
        if own
        else [],
        "team": [words.leader(row, today, asked) for row in team],
        "sentence": words.headline(own, team, today),
        "prompts": queries.prompts() if may_commit else [],
    }
    return render(request, "improvement/leaders.html", context)


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def commitment_new(request: PersonRequest) -> HttpResponse:
    """Commit oneself to something; ?prompt= begins with a proposal."""
    permissions.require(request.user, "leader.commit")
    return _commitment(request, None)


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def commitment_edit(request: PersonRequest, pk: int) -> HttpResponse:
    """Put one's own commitment differently."""
    permissions.require(request.user, "leader.commit")
    return _commitment(request, _own_commitment(request, pk))


def _own_commitment(request: PersonRequest, pk: int) -> Commitment:
    found: Commitment = get_object_or_404(Commitment.objects.of(request.user), pk=pk)
    return found


def _commitment(request: PersonRequest, found: Commitment | None) -> HttpResponse:
    prompt = request.GET.get("prompt", "")
    form = CommitmentForm(request.POST or None, commitment=found, prompt=prompt)
    if form.is_valid():
        try:
            services.save_commitment(commitment=found, by=request.user, **form.cleaned_data)
        except ValidationError as error:
            add_errors(form, error)
        else:
            messages.success(request, _("Your team sees it from now on."))
            return redirect("leaders")
    title = _("Change the commitment") if found else _("Commit yourself")
    lead = _("Named by nature: your team reads it, with how it goes. Better one that is kept than five.")
    return _page(request, form, title, lead=lead)


def _page(request: PersonRequest, form: Any, title: str, **context: Any) -> HttpResponse:
    return form_page(request, form, title, _crumbs(title), reverse("leaders"), **context)


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def commitment_report(request: PersonRequest, pk: int) -> HttpResponse:
    """Tell one's team how a commitment goes."""
    permissions.require(request.user, "leader.commit")
    found = _own_commitment(request, pk)
    form = ProgressForm(request.POST or None, initial={"state": found.state})
    if form.is_valid():
        services.report(commitment=found, by=request.user, **form.cleaned_data)
        messages.success(request, _("Your team reads how it goes."))
        return redirect("leaders")
    return _page(request, form, _("How it goes"), eyebrow=found.text)


@login_required
@never_cache
@sensitive_post_parameters("text")
@require_http_methods(["GET", "POST"])
def reflection_new(request: PersonRequest, question: str) -> HttpResponse:
    """Answer a question, for oneself unless shared."""
    permissions.require(request.user, "leader.commit")
    if question not in queries.questions():
        raise Http404
    return _reflection(request, None, question)


@login_required
@never_cache
@sensitive_post_parameters("text")
@require_http_methods(["GET", "POST"])
def reflection_edit(request: PersonRequest, pk: int) -> HttpResponse:
    """Change one's own answer, share it or take it back."""
    permissions.require(request.user, "leader.commit")
    found = _own_reflection(request, pk)
    return _reflection(request, found, found.question)


def _own_reflection(request: PersonRequest, pk: int) -> Reflection:
    found: Reflection = get_object_or_404(Reflection.objects.of(request.user), pk=pk)
    return found


def _reflection(request: PersonRequest, found: Reflection | None, question: str) -> HttpResponse:
    form = ReflectionForm(request.POST or None, reflection=found)
    if form.is_valid():
        saved = services.save_reflection(
            reflection=found, question=question, by=request.user, **form.cleaned_data
        )
        told = _("Your team reads it.") if saved.shared else _("It is kept for you alone.")
        messages.success(request, told)
        return redirect("leaders")
    lead = _(
        "Private unless you share it. Whoever runs the server could read it in the database: write no secrets."
    )
    return _page(request, form, queries.questions()[question], eyebrow=question, lead=lead)


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def reflection_delete(request: PersonRequest, pk: int) -> HttpResponse:
    """Ask, then delete one's own answer."""
    permissions.require(request.user, "leader.commit")
    found = _own_reflection(request, pk)
    if request.method == "POST":
        services.delete_reflection(reflection=found, by=request.user)
        messages.success(request, _("Your answer is deleted."))
        return redirect("leaders")
    context = {
        "title": _("Delete this answer?"),
        "text": found.text,
        "action_url": request.path,
        "confirm_label": _("Delete"),
        "cancel_url": reverse("leaders"),
        "danger": True,
    }
    return render(request, "components/confirm_page.html", context)


def _crumbs(here: str) -> list[tuple[str, str]]:
    return [(_("Leaders"), reverse("leaders")), (here, "")]
