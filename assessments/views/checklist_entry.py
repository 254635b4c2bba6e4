"""One entry of a checklist: its criteria, evidence, review and history; files come in and go out here."""

import uuid
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from assessments import facts
from assessments.instrument import KeyComponent
from assessments.models import ChecklistEntry, EvidenceFile
from assessments.queries import checklists as queries
from assessments.services import evidence, reviews
from assessments.services.checklists import ChecklistClosedError, lacks_reason
from assessments.services.evidence import FileRefusedError
from assessments.services.reviews import NotReviewableError
from assessments.views.checklist_forms import FileForm, VerdictForm
from assessments.views.checklists import Place, crumbs, place_of
from assessments.views.http import PersonRequest
from organisation import permissions
from organisation.models import Person


@dataclass(frozen=True)
class Spot:
    """One key component in a unit's checklist, with what is said of it (None: nothing yet)."""

    place: Place
    component: KeyComponent
    entry: ChecklistEntry | None

    @property
    def arguments(self) -> list[str]:
        return [self.place.cycle.code, self.place.unit.code, self.component.code]

    @property
    def url(self) -> str:
        return reverse("checklist_entry", args=self.arguments)


def _spot(person: Person, code: str, unit: str, component: str) -> Spot:
    """Return the spot if the person may see it; 404 for all others."""
    place = place_of(person, code, unit)
    found = place.cycle.framework.instrument.key_components_by_code.get(component)
    if found is None:
        raise Http404
    entries = ChecklistEntry.objects.select_related("owner", "verdict_by")
    entry = entries.filter(cycle=place.cycle, unit=place.unit, key_component=component).first()
    return Spot(place, found, entry)


def _said(spot: Spot) -> ChecklistEntry:
    if spot.entry is None:
        raise Http404
    return spot.entry


@login_required
@never_cache
@require_safe
def checklist_entry(request: PersonRequest, code: str, unit: str, component: str) -> HttpResponse:
    """Show an entry with all that belongs to it."""
    permissions.require(request.user, "checklist.view")
    return _page(request, _spot(request.user, code, unit, component))


def _page(
    request: PersonRequest,
    spot: Spot,
    *,
    status: int = 200,
    form: VerdictForm | None = None,
    problem: str = "",
) -> HttpResponse:
    place, entry = spot.place, spot.entry
    section = queries.section_of(place.cycle.framework.instrument, spot.component.code)
    page = reverse("checklist_section", args=[*spot.arguments[:2], section.number if section else 1])
    context: dict[str, Any] = {
        "spot": spot,
        "entry": entry,
        "states": [
            (value, label, spot.component.criteria.get(value, ""))
            for value, label in ChecklistEntry.State.choices
        ],
        "section": section,
        "section_url": page,
        "edit_url": f"{page}#entry-{spot.component.code}",
        "crumbs": [
            *crumbs(place),
            *([(f"{section.code} {section.title}", page)] if section else []),
            (spot.component.code, ""),
        ],
        "events": list(entry.events.select_related("by")) if entry else [],
        "files": list(entry.files.select_related("added_by")) if entry else [],
        "file_form": FileForm() if entry and place.may_edit else None,
        "verdict_form": form or (_verdict_form(entry) if entry and place.may_review else None),
        "lacks_reason": bool(entry and lacks_reason(entry.state, entry.note)),
        "most_files": evidence.MOST_FILES,
        "problem": problem,
        "facts": facts.of(spot.component.code, place.unit.code),
    }
    return render(request, "assessments/checklist_entry.html", context, status=status)


def _verdict_form(entry: ChecklistEntry) -> VerdictForm:
    return VerdictForm(initial={"verdict": entry.verdict, "note": entry.verdict_note, "seen": entry.state})


@login_required
@require_POST
def entry_verdict(request: PersonRequest, code: str, unit: str, component: str) -> HttpResponse:
    """Keep the verdict of a reviewer."""
    permissions.require(request.user, "checklist.review")
    spot = _spot(request.user, code, unit, component)
    entry, form = _said(spot), VerdictForm(request.POST)
    if not form.is_valid():
        return _page(request, spot, status=400, form=form)
    if not spot.place.may_review:
        return _page(request, spot, status=409, problem=_("Nothing was saved: this cycle is archived."))
    try:
        changed = reviews.give_verdict(entry=entry.pk, by=request.user.pk, **form.cleaned_data)
    except NotReviewableError as error:
        return _page(request, spot, status=409, form=form, problem=str(error))
    messages.success(request, _("Verdict saved.") if changed else _("Nothing was changed."))
    following = queries.next_to_review(spot.place.cycle, spot.place.unit, component)
    if "next" in request.POST and following:
        return redirect("checklist_entry", *spot.arguments[:2], following)
    return redirect(spot.url)


@login_required
@require_POST
def entry_file_add(request: PersonRequest, code: str, unit: str, component: str) -> HttpResponse:
    """Keep a file with the entry."""
    permissions.require(request.user, "checklist.edit")
    spot = _spot(request.user, code, unit, component)
    entry = _said(spot)
    if not spot.place.may_edit:
        return _page(request, spot, status=409, problem=_closed())
    form = FileForm(request.POST, request.FILES)
    if not form.is_valid():
        return _page(request, spot, status=400, problem=_refused(" ".join(map(str, form["file"].errors))))
    file = form.cleaned_data["file"]
    try:
        kept = evidence.add_file(entry=entry, content=file, name=file.name, by=request.user.pk)
    except FileRefusedError as error:
        return _page(request, spot, status=400, problem=_refused(str(error)))
    except ChecklistClosedError:
        return _page(request, spot, status=409, problem=_closed())
    messages.success(request, _("%s is kept as evidence.") % kept.name)
    return redirect(spot.url)


def _closed() -> str:
    return _("Nothing was saved: this checklist can't be changed any more.")


def _refused(why: str) -> str:
    return _("The file was not taken. %s") % why


def _file(spot: Spot, pk: uuid.UUID) -> EvidenceFile:
    return get_object_or_404(EvidenceFile.objects.select_related("entry"), entry=_said(spot), pk=pk)


@login_required
@never_cache
@require_safe
def entry_file(request: PersonRequest, code: str, unit: str, component: str, file: uuid.UUID) -> FileResponse:
    """Send a file as a download, never to be shown in the page's own origin."""
    permissions.require(request.user, "checklist.view")
    found = _file(_spot(request.user, code, unit, component), file)
    try:
        content = evidence.path_of(found).open("rb")
    except FileNotFoundError as error:
        raise Http404(_("The file is missing in the data directory.")) from error
    response = FileResponse(content, as_attachment=True, filename=found.name, content_type=found.media_type)
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["X-Content-Type-Options"] = "nosniff"
    return response


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def entry_file_remove(
    request: PersonRequest, code: str, unit: str, component: str, file: uuid.UUID
) -> HttpResponse:
    """Ask, then take a file away."""
    permissions.require(request.user, "checklist.edit")
    spot = _spot(request.user, code, unit, component)
    found = _file(spot, file)
    if request.method != "POST":
        context = {
            "title": _("Remove %s?") % found.name,
            "text": _("The file goes for good; the history keeps its name."),
            "confirm_label": _("Remove the file"),
            "cancel_url": spot.url,
            "danger": True,
        }
        return render(request, "components/confirm_page.html", context)
    if not spot.place.may_edit:
        return _page(request, spot, status=409, problem=_closed())
    try:
        evidence.remove_file(file=found, by=request.user.pk)
    except ChecklistClosedError:
        return _page(request, spot, status=409, problem=_closed())
    messages.success(request, _("%s was removed.") % found.name)
    return redirect(spot.url)


_ENTRY = "checklists/<slug:code>/<str:unit>/entries/<str:component>/"
urlpatterns = [
    path(_ENTRY, checklist_entry, name="checklist_entry"),
    path(f"{_ENTRY}verdict/", entry_verdict, name="entry_verdict"),
    path(f"{_ENTRY}files/", entry_file_add, name="entry_file_add"),
    path(f"{_ENTRY}files/<uuid:file>/", entry_file, name="entry_file"),
    path(f"{_ENTRY}files/<uuid:file>/remove/", entry_file_remove, name="entry_file_remove"),
]
