"""The communication plan: what is told to whom, through which channel, when, and that it was."""

from collections.abc import Sequence
from datetime import date

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cfm.lib.csv_export import lines as csv_lines
from improvement.forms.communication import DraftForm, MessageForm, PlanFilterForm, SentForm
from improvement.models import Message
from improvement.models.reach import editable_units
from improvement.queries import communication as queries
from improvement.queries.templates import quotations
from improvement.services import communication as services
from improvement.services.exports import record_export
from improvement.views.goal_words import words
from improvement.views.pages import Crumbs, add_errors, form_page
from organisation import permissions
from organisation.models import Unit
from organisation.views.http import PersonRequest, csv_response

KINDS = {
    Message.State.DRAFT: "neutral",
    Message.State.READY: "active",
    Message.State.SENT: "done",
    Message.State.DROPPED: "neutral",
}


@login_required
@never_cache
@require_safe
def communication(request: PersonRequest) -> HttpResponse:
    """The plan by day; the address narrows it."""
    permissions.require(request.user, "communication.view")
    form = PlanFilterForm(request.GET, cycles=queries.cycles_for(request.user))
    rows = list(queries.messages(request.user, **form.chosen()))
    today = timezone.localdate()
    context = {
        "form": form,
        "narrowed": bool(form.chosen()),
        "sections": _sections(rows, today),
        "sentence": _headline(rows, today),
        "may_edit": bool(editable_units(request.user, "communication.edit")),
    }
    return render(request, "improvement/communication.html", context)


def _sections(rows: Sequence[Message], today: date) -> list[tuple[str, list[tuple[Message, bool, str]]]]:
    """Return what is still to be told, the next first, and what is done with, the last first."""
    lines = [(row, row.is_late(today), KINDS[Message.State(row.state)]) for row in rows]
    found = [
        (_("Still to be told"), [line for line in lines if line[0].is_live]),
        (_("Told, or left out"), [line for line in reversed(lines) if not line[0].is_live]),
    ]
    return [(heading, section) for heading, section in found if section]


def _headline(rows: Sequence[Message], today: date) -> str:
    """Return what the plan says: what comes next, and what is late."""
    if not rows:
        return _("Nothing is planned here yet")
    live = [row for row in rows if row.is_live]
    late = sum(row.is_late(today) for row in live)
    if late:
        told = {"n": late, "all": len(live)}
        return (
            ngettext(
                "%(n)d of %(all)d messages still to be told is late",
                "%(n)d of %(all)d messages still to be told are late",
                late,
            )
            % told
        )
    if not live:
        return _("Everything that was planned is told")
    following = live[0]
    told_next = {"audience": following.get_audience_display(), "day": words(following.due_on)}
    return _("Next: a message to %(audience)s on %(day)s") % told_next


@login_required
@never_cache
@require_safe
def message(request: PersonRequest, number: int) -> HttpResponse:
    """One message with its text, its quotation, and whether it was sent."""
    permissions.require(request.user, "communication.view")
    found = get_object_or_404(queries.messages(request.user), pk=number)
    return _message(request, found, SentForm(message=found))


def _message(request: PersonRequest, found: Message, form: SentForm) -> HttpResponse:
    context = {
        "message": found,
        "form": form,
        "late": found.is_late(timezone.localdate()),
        "kind": KINDS[Message.State(found.state)],
        "quotation": quotations().get(found.quotation),
        "may_edit": Message.objects.editable_by(request.user).filter(pk=found.pk).exists(),
        "crumbs": _crumbs(found.subject),
    }
    return render(request, "improvement/message.html", context, status=400 if form.errors else 200)


def _editable(request: PersonRequest, number: int) -> Message:
    permissions.require(request.user, "communication.view")
    rows = Message.objects.editable_by(request.user).select_related("unit", "cycle", "owner", "sent_by")
    found: Message = get_object_or_404(rows, pk=number)
    return found


def _units(request: PersonRequest) -> list[int]:
    found = editable_units(request.user, "communication.edit")
    if not found:
        raise PermissionDenied("communication.edit")
    return found


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def communication_draft(request: PersonRequest) -> HttpResponse:
    """Draft messages from the milestones of a cycle and, once published, from its results."""
    units = Unit.objects.filter(pk__in=_units(request)).with_tree_fields()
    form = DraftForm(request.POST or None, cycles=queries.cycles_for(request.user), units=units)
    if form.is_valid():
        made = services.draft(by=request.user, **form.cleaned_data)
        if made:
            told = ngettext("%d message is drafted.", "%d messages are drafted.", len(made)) % len(made)
            messages.success(request, told)
        else:
            messages.info(
                request, _("All messages are drafted already; those about results follow once published.")
            )
        return redirect(f"{reverse('communication')}?cycle={form.cleaned_data['cycle'].code}")
    title = _("Draft from a cycle")
    lead = _(
        "Messages are drafted from the days on which the cycle opens, closes and is published, and from its results."
    )
    return form_page(request, form, title, _crumbs(title), reverse("communication"), lead=lead)


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def message_new(request: PersonRequest) -> HttpResponse:
    _units(request)
    return _edit(request, None)


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def message_edit(request: PersonRequest, number: int) -> HttpResponse:
    return _edit(request, _editable(request, number))


def _edit(request: PersonRequest, found: Message | None) -> HttpResponse:
    form = MessageForm(request.POST or None, message=found, units=Unit.objects.filter(pk__in=_units(request)))
    new = {"cycle": None, "language": get_language() or "en"} if found is None else {}
    if form.is_valid():
        try:
            saved = services.save_message(message=found, by=request.user.pk, **form.values(), **new)
        except ValidationError as error:
            add_errors(form, error, {"owner": "owner_id"})
        else:
            messages.success(request, _("The message is saved."))
            return redirect("message", saved.pk)
    title = found.subject if found else _("Plan a message")
    back = reverse("message", args=[found.pk]) if found else reverse("communication")
    return form_page(request, form, title, _crumbs(title), back)


@login_required
@require_POST
def message_sent(request: PersonRequest, number: int) -> HttpResponse:
    """Keep that a message was sent."""
    found = _editable(request, number)
    if not found.is_live:
        messages.error(request, _("This message is sent or left out already."))
        return redirect("message", found.pk)
    form = SentForm(request.POST, message=found)
    if form.is_valid():
        entered = form.cleaned_data
        try:
            services.record_sent(
                message=found, on=entered["sent_on"], through=entered["sent_through"], by=request.user
            )
        except ValidationError as error:
            add_errors(form, error)
        else:
            messages.success(request, _("It is noted that this was sent. You can undo it below."))
            return redirect("message", found.pk)
    return _message(request, found, form)


@login_required
@require_POST
def message_undo(request: PersonRequest, number: int) -> HttpResponse:
    """Take back that a message was sent."""
    found = services.undo_sent(message=_editable(request, number), by=request.user.pk)
    messages.success(request, _("The message counts as not sent again."))
    return redirect("message", found.pk)


@login_required
@require_safe
def communication_csv(request: PersonRequest) -> StreamingHttpResponse:
    """Send the plan, as much of it as the reader may see."""
    permissions.require(request.user, "communication.view")
    rows = list(queries.messages(request.user))
    record_export(area="message", what="communication", by=request.user.pk, rows=len(rows))
    lines = csv_lines(queries.COLUMNS, queries.cells(rows), bom="bom" in request.GET)
    return csv_response("communication.csv", lines)


@login_required
@require_safe
def communication_ics(request: PersonRequest) -> HttpResponse:
    """Send what is still to be told as a calendar."""
    permissions.require(request.user, "communication.view")
    rows = [row for row in queries.messages(request.user) if row.is_live]
    record_export(area="message", what="calendar", by=request.user.pk, rows=len(rows))
    text = queries.calendar(rows, host=request.get_host().split(":")[0], now=timezone.now())
    response = HttpResponse(text, content_type="text/calendar; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="communication.ics"'
    response["Cache-Control"] = "no-store"
    return response


def _crumbs(here: str) -> Crumbs:
    return [(_("Communication"), reverse("communication")), (here, "")]
