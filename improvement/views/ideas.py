"""Ideas from staff: sending one, reading, answering, and how the promise to answer is kept."""

import uuid
from typing import Any, Final

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from improvement.forms.ideas import AnswerForm, IdeaFilterForm, IdeaForm, PassOnForm, ReceiptForm, TopicForm
from improvement.models import Idea, IdeaTopic
from improvement.queries import ideas as queries
from improvement.services import ideas as services
from improvement.services.errors import RefusedError
from improvement.views import idea_words as words
from improvement.views.pages import add_errors, form_page
from organisation import permissions
from organisation.models import Person
from organisation.views.http import PersonRequest

PAGE_SIZE: Final = 20


@login_required
@never_cache
@require_safe
def ideas(request: PersonRequest) -> HttpResponse:
    """Ideas with their answers, newest day first; the address narrows them."""
    permissions.require(request.user, "idea.view")
    today = timezone.localdate()
    form = IdeaFilterForm(request.GET)
    chosen = form.chosen()
    page = Paginator(queries.listed(request.user, today=today, **chosen), PAGE_SIZE).get_page(
        request.GET.get("page")
    )
    context = {
        "form": form,
        "page": page,
        "lines": [words.line(row, today) for row in page],
        "sentence": words.headline(queries.promise(today)),
        "narrowed": bool(chosen),
        "waiting": Idea.objects.unanswered().filter(owner=request.user).count(),
        "late": queries.late_of_reports(request.user, today).count(),
        "may_count": permissions.can(request.user, "idea.view_units"),
        "may_topics": permissions.can_everywhere(request.user, "idea.topics"),
        "days": settings.IDEA_RESPONSE_DAYS,
    }
    return render(request, "improvement/ideas.html", context)


@login_required
@never_cache
@sensitive_post_parameters("text", "title", "receipt")
@require_http_methods(["GET", "POST"])
def idea_new(request: PersonRequest) -> HttpResponse:
    """Send an idea. The receipt is shown in the answer to the form and nowhere else; nothing is kept in the session."""
    permissions.require(request.user, "idea.view")
    initial = {"receipt": services.new_receipt()}
    units = list(services.homes(request.user))
    form = IdeaForm(request.POST or None, units=units, initial=initial)
    if form.is_valid():
        try:
            row = _submit(form.cleaned_data, request.user)
        except ValidationError as error:
            form = IdeaForm(_with(request.POST, initial), units=units)
            add_errors(form, error)
        else:
            context = {
                "idea": row,
                "receipt": "" if row.writer_id else form.cleaned_data["receipt"],
                "crumbs": _crumbs(_("Sent")),
            }
            return render(request, "improvement/idea_sent.html", context)
    context = {
        "form": form,
        "days": settings.IDEA_RESPONSE_DAYS,
        "crumbs": _crumbs(_("Send an idea")),
    }
    return render(request, "improvement/idea_new.html", context, status=400 if form.errors else 200)


def _with(sent: QueryDict, values: dict[str, str]) -> QueryDict:
    """Return what was sent with these values instead, so that a form shown again has a receipt of its own."""
    changed = sent.copy()
    for name, value in values.items():
        changed[name] = value
    return changed


def _submit(entered: dict[str, Any], sender: Person) -> Idea:
    return services.submit(
        title=entered["title"],
        text=entered["text"],
        unit=entered["unit"],
        topic=entered.get("topic"),
        writer=sender if entered["named"] == "yes" else None,
        receipt=entered["receipt"],
    )


@login_required
@never_cache
@sensitive_post_parameters("receipt")
@require_http_methods(["GET", "POST"])
def idea_receipt(request: PersonRequest) -> HttpResponse:
    """Read the answer to an idea with its receipt; the code never stands in an address."""
    permissions.require(request.user, "idea.view")
    form = ReceiptForm(request.POST or None)
    found = None
    if form.is_valid():
        found = services.by_receipt(form.cleaned_data["receipt"])
        if found is None:
            form.add_error("receipt", _("No idea has this code."))
    context = {
        "form": form,
        "line": words.line(found, timezone.localdate()) if found else None,
        "answers": words.answers(found) if found else [],
        "crumbs": _crumbs(_("Look up an answer")),
    }
    return render(request, "improvement/idea_receipt.html", context, status=400 if form.errors else 200)


@login_required
@never_cache
@require_safe
def idea(request: PersonRequest, pk: uuid.UUID) -> HttpResponse:
    """One idea with all that was answered."""
    permissions.require(request.user, "idea.view")
    found = _visible(request, pk)
    context = {
        "line": words.line(found, timezone.localdate()),
        "answers": words.answers(found),
        "may_answer": Idea.objects.answerable_by(request.user).filter(pk=found.pk).exists(),
        "may_assign": Idea.objects.assignable_by(request.user).filter(pk=found.pk).exists(),
        "may_thank": found.writer is not None and found.writer_id != request.user.pk,
        "crumbs": _crumbs(found.title),
    }
    return render(request, "improvement/idea.html", context)


def _visible(request: PersonRequest, pk: uuid.UUID) -> Idea:
    found: Idea = get_object_or_404(queries.with_names(Idea.objects.visible_to(request.user)), pk=pk)
    return found


def _answerable(request: PersonRequest, pk: uuid.UUID) -> Idea:
    rows = queries.with_names(Idea.objects.answerable_by(request.user))
    found: Idea = get_object_or_404(rows, pk=pk)
    return found


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def idea_answer(request: PersonRequest, pk: uuid.UUID) -> HttpResponse:
    """Say what becomes of an idea."""
    permissions.require(request.user, "idea.view")
    found = _answerable(request, pk)
    form = AnswerForm(request.POST or None, idea=found)
    if form.is_valid():
        try:
            services.answer(idea=found, by=request.user, **form.cleaned_data)
        except ValidationError as error:
            add_errors(form, error)
        except RefusedError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("Your answer is kept; whoever may see the idea reads it."))
            return redirect("idea", found.pk)
    title, back = _("Answer the idea"), reverse("idea", args=[found.pk])
    return form_page(request, form, title, _crumbs(title), back, eyebrow=found.title, lead=found.text)


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def idea_owner(request: PersonRequest, pk: uuid.UUID) -> HttpResponse:
    """Give an idea to somebody else to answer."""
    permissions.require(request.user, "idea.view")
    found: Idea = get_object_or_404(Idea.objects.assignable_by(request.user), pk=pk)
    form = PassOnForm(request.POST or None)
    if form.is_valid():
        try:
            services.pass_on(idea=found, to=form.cleaned_data["person_id"], by=request.user)
        except RefusedError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("It is passed on."))
            return redirect("ideas")
    title, back = _("Pass it on"), reverse("idea", args=[found.pk])
    return form_page(request, form, title, _crumbs(title), back, eyebrow=found.title)


@login_required
@never_cache
@require_safe
def ideas_late(request: PersonRequest) -> HttpResponse:
    """What waits past the promised day with those who report to the reader, and counts by unit in reach."""
    permissions.require(request.user, "idea.view")
    today = timezone.localdate()
    rows = list(queries.late_of_reports(request.user, today))
    context = {
        "lines": [words.line(row, today) for row in rows],
        "sentence": words.late_sentence(len(rows)),
        "table": words.promise_table(queries.by_unit(request.user, today)),
        "crumbs": _crumbs(_("Past the promised day")),
    }
    return render(request, "improvement/ideas_late.html", context)


@login_required
@never_cache
@require_safe
def idea_topics(request: PersonRequest) -> HttpResponse:
    """The topics about which ideas are asked for."""
    permissions.require_everywhere(request.user, "idea.topics")
    context = {"topics": list(queries.topics(all_of_them=True)), "crumbs": _crumbs(_("Topics"))}
    return render(request, "improvement/idea_topics.html", context)


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def idea_topic(request: PersonRequest, code: str = "") -> HttpResponse:
    """Ask for ideas about something, or change who answers them."""
    permissions.require_everywhere(request.user, "idea.topics")
    found = get_object_or_404(IdeaTopic.objects.select_related("owner"), code=code) if code else None
    form = TopicForm(request.POST or None, topic=found)
    if form.is_valid():
        try:
            saved = services.save_topic(topic=found, by=request.user.pk, **form.values())
        except ValidationError as error:
            add_errors(form, error, {"owner": "owner_id"})
        else:
            messages.success(request, _("%s is saved.") % saved.name)
            return redirect("idea_topics")
    title = found.name if found else _("New topic")
    crumbs = [(_("Ideas"), reverse("ideas")), (_("Topics"), reverse("idea_topics")), (title, "")]
    return form_page(request, form, title, crumbs, reverse("idea_topics"))


def _crumbs(here: str) -> list[tuple[str, str]]:
    return [(_("Ideas"), reverse("ideas")), (here, "")]
