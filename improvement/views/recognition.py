"""Recognition: the wall, giving thanks and awards, taking them off, and what was given by unit."""

from collections.abc import Iterable
from typing import Any, Final

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cfm.lib import csv_export
from improvement.forms.recognition import AwardForm, RemovalForm, ThanksForm, WallFilterForm
from improvement.models import DigestDeclined, Recognition
from improvement.queries import recognition as queries
from improvement.queries.recognition_facts import COUNTED
from improvement.services import recognition as services
from improvement.services.errors import RefusedError
from improvement.services.exports import record_export
from improvement.views import recognition_words as words
from improvement.views.pages import add_errors, form_page
from organisation import permissions
from organisation.models import Person, Unit
from organisation.views.http import PersonRequest, csv_response, require_fresh

PAGE_SIZE: Final = 20
MOST_OF_MINE: Final = 100
COLUMNS: Final = (
    "given_on",
    "kind",
    "award",
    "unit",
    "unit_name",
    "person_id",
    "name",
    "giver_id",
    "giver",
    "competency",
    "customer",
    "deed",
    "whats_next",
    "state",
    "reason",
    "reason_note",
)


@login_required
@never_cache
@require_safe
def recognition(request: PersonRequest) -> HttpResponse:
    """The wall, the newest first; the address narrows it to a unit, a competency or a kind."""
    permissions.require(request.user, "recognition.view")
    form = WallFilterForm(request.GET)
    chosen = form.chosen()
    rows = queries.wall(request.user, **chosen)
    page = Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))
    since = queries.midnight(timezone.localdate() - words.RECENT)
    context = {
        "form": form,
        "page": page,
        "lines": [words.line(row, request.user) for row in page],
        "sentence": words.headline(rows.filter(given_at__gte=since), chosen.get("unit")),
        "narrowed": bool(chosen),
        "may_award": permissions.can(request.user, "recognition.award"),
        "may_count": permissions.can(request.user, "recognition.count"),
        "may_export": permissions.can(request.user, "recognition.export"),
        "digest": not DigestDeclined.objects.filter(person=request.user).exists(),
    }
    return render(request, "improvement/recognition.html", context)


@login_required
@never_cache
@require_safe
def recognition_mine(request: PersonRequest) -> HttpResponse:
    """What one gave and what one got, also what hangs on the wall no more."""
    permissions.require(request.user, "recognition.view")
    rows = queries.with_names(Recognition.objects.of(request.user))[:MOST_OF_MINE]
    context = {
        "lines": [words.line(row, request.user) for row in rows],
        "crumbs": _crumbs(_("Mine")),
    }
    return render(request, "improvement/recognition_mine.html", context)


@login_required
@never_cache
@require_safe
def recognition_one(request: PersonRequest, pk: int) -> HttpResponse:
    """One message, with what the reader may do with it."""
    permissions.require(request.user, "recognition.view")
    row = _visible(request, pk)
    context = {
        "line": words.line(row, request.user),
        "moves": services.moves(row, request.user),
        "crumbs": _crumbs(words.title(row)),
    }
    return render(request, "improvement/recognition_one.html", context)


def _visible(request: PersonRequest, pk: int) -> Recognition:
    rows = queries.with_names(Recognition.objects.visible_to(request.user))
    found: Recognition = get_object_or_404(rows, pk=pk)
    return found


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def recognition_new(request: PersonRequest) -> HttpResponse:
    """Thank a colleague or a team: whom, then what for."""
    permissions.require(request.user, "recognition.view")
    return _give(request, is_award=False)


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def recognition_award(request: PersonRequest) -> HttpResponse:
    """Give an award to a person or team of one's own part of the organisation."""
    permissions.require(request.user, "recognition.award")
    return _give(request, is_award=True)


def _give(request: PersonRequest, *, is_award: bool) -> HttpResponse:
    title = _("Give an award") if is_award else _("Thank somebody")
    person, unit = _chosen(request, is_award=is_award)
    if unit is None:
        return _search(request, title, is_award=is_award)
    form = (AwardForm if is_award else ThanksForm)(request.POST or None)
    if form.is_valid():
        try:
            row = services.give(giver=request.user, person=person, unit=unit, **form.cleaned_data)
        except ValidationError as error:
            add_errors(form, error)
        except RefusedError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("It hangs on the wall."))
            return redirect("recognition_one", row.pk)
    back = reverse("recognition_award" if is_award else "recognition_new")
    whom = person.name if person else unit.name
    eyebrow = _("To {name}").format(name=whom)
    lead = _("Everyone who works here reads it, with your name and theirs.")
    return form_page(request, form, title, _crumbs(title), back, eyebrow=eyebrow, lead=lead)


def _chosen(request: PersonRequest, *, is_award: bool) -> tuple[Person | None, Unit | None]:
    """Return person and unit that the address names; both None where it names nobody. Raises Http404."""
    person = None
    if code := request.GET.get("person"):
        colleagues = Person.objects.active().exclude(pk=request.user.pk).select_related("unit")
        person = get_object_or_404(colleagues, person_id=code)
        unit = person.unit
    elif code := request.GET.get("unit"):
        unit = get_object_or_404(Unit, code=code)
    else:
        return None, None
    if is_award and not services.may_award(request.user, person, unit):
        raise Http404
    return person, unit


def _search(request: PersonRequest, title: str, *, is_award: bool) -> HttpResponse:
    within = Unit.objects.visible_to(request.user, "recognition.award") if is_award else None
    search = request.GET.get("q", "")
    context = {
        "title": title,
        "crumbs": _crumbs(title),
        "search": search,
        "found": queries.find(search, giver=request.user, within=within),
        "is_award": is_award,
    }
    return render(request, "improvement/recognition_whom.html", context)


@login_required
@require_POST
def recognition_move(request: PersonRequest, pk: int, name: str) -> HttpResponse:
    """Withdraw, take off or put back; the page after it offers the way back."""
    permissions.require(request.user, "recognition.view")
    row = _visible(request, pk)
    if name not in services.MOVES:
        raise Http404
    try:
        services.move(recognition=row.pk, name=name, by=request.user)
    except RefusedError as error:
        if not services.may_ever(row, request.user, name):
            raise PermissionDenied(name) from error
        messages.error(request, str(error))
    else:
        messages.success(request, words.moved(name))
    return redirect("recognition_one", row.pk)


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def recognition_remove(request: PersonRequest, pk: int) -> HttpResponse:
    """Take a message off the wall as HR, with a reason."""
    permissions.require(request.user, "recognition.moderate")
    row = _visible(request, pk)
    if "remove" not in services.moves(row, request.user):
        raise Http404
    form = RemovalForm(request.POST or None)
    if form.is_valid():
        services.remove(recognition=row.pk, by=request.user, **form.cleaned_data)
        messages.success(request, words.moved("remove"))
        return redirect("recognition_one", row.pk)
    title = _("Take it off the wall")
    back = reverse("recognition_one", args=[row.pk])
    return form_page(request, form, title, _crumbs(title), back, eyebrow=words.title(row))


@login_required
@never_cache
@require_safe
def recognition_counts(request: PersonRequest) -> HttpResponse:
    """What was given in the last year by unit: facts for the checklist, in the order of the tree."""
    permissions.require(request.user, "recognition.count")
    since = timezone.localdate() - COUNTED
    units = Unit.objects.visible_to(request.user, "recognition.count").with_tree_fields()
    rows = queries.counts(units, since=since)
    context = {
        "table": words.counts_table(rows, since),
        "sentence": words.counts_sentence(rows),
        "crumbs": _crumbs(_("By unit")),
    }
    return render(request, "improvement/recognition_counts.html", context)


@login_required
@require_POST
def recognition_digest(request: PersonRequest) -> HttpResponse:
    """Have the monthly mail, or not."""
    permissions.require(request.user, "recognition.view")
    wanted = request.POST.get("wanted") == "1"
    services.choose_digest(person=request.user, wanted=wanted)
    messages.success(
        request, _("You get the monthly mail.") if wanted else _("You don’t get the monthly mail any more.")
    )
    return redirect("recognition")


@login_required
@require_safe
def recognition_csv(request: PersonRequest) -> StreamingHttpResponse:
    """Send the wall as a file, with what was taken off it; named, so HR proves again who they are."""
    permissions.require(request.user, "recognition.export")
    require_fresh(request)
    rows = list(queries.export_rows(request.user))
    record_export(area="recognition", what="recognition", by=request.user.pk, rows=len(rows))
    lines = csv_export.lines(COLUMNS, _cells(rows), bom="bom" in request.GET)
    return csv_response("recognition.csv", lines)


def _cells(rows: Iterable[Recognition]) -> Iterable[tuple[Any, ...]]:
    for row in rows:
        yield (
            timezone.localtime(row.given_at).date(),
            row.kind,
            row.award,
            row.unit.code,
            row.unit.name,
            row.person.person_id if row.person else "",
            row.person.name if row.person else "",
            row.giver.person_id if row.giver else "",
            row.giver.name if row.giver else "",
            row.competency.code if row.competency else "",
            row.customer.code if row.customer else "",
            row.deed,
            row.whats_next,
            row.state,
            row.reason,
            row.reason_note,
        )


def _crumbs(here: str) -> list[tuple[str, str]]:
    return [(_("Recognition"), reverse("recognition")), (here, "")]
