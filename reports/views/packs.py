"""Pages of the board pack: make it, fetch its files, print a team's sheet, choose who is mailed."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from organisation import permissions
from reports import pack_page, queries
from reports.choices import NotFoundError
from reports.forms import MailingForm
from reports.models import Pack
from reports.pack import KINDS
from reports.places import places
from reports.services import mailing, packs
from reports.sheet import sheet
from reports.views.http import PersonRequest, nothing_yet


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def pack(request: PersonRequest) -> HttpResponse:
    """Show what there is of a unit's board pack; POST asks for it to be made."""
    permissions.require(request.user, "pack.make")
    try:
        return _ask(request) if request.method == "POST" else _show(request)
    except NotFoundError as error:
        raise Http404 from error


def _ask(request: PersonRequest) -> HttpResponse:
    found = pack_page.place(request.user, request.POST.dict())
    if found is None:
        raise NotFoundError
    _cycles, cycle, unit, _below = found
    packs.request(release=cycle.release, unit=queries.cycle_unit(cycle, unit), by=request.user)
    return redirect(f"{reverse('pack')}?{urlencode({'unit': unit.code, 'cycle': cycle.code})}")


def _show(request: PersonRequest, form: MailingForm | None = None, status: int = 200) -> HttpResponse:
    page = pack_page.pack_page(request.user, request.GET.dict())
    if page is None:
        return nothing_yet(request)
    chosen = page.mailing
    context = {
        "page": page,
        "places": places(request.user, "pack", page.unit, request.GET.dict()),
        "may_choose": permissions.can_everywhere(request.user, "pack.mailing"),
        "form": form or MailingForm(initial={"on": chosen.on_since is not None, "days": chosen.days}),
    }
    return render(request, "reports/pack.html", context, status=status)


@login_required
@require_safe
def pack_file(request: PersonRequest, pk: int, name: str) -> HttpResponse:
    """Send one file of a pack whose unit this person reaches."""
    permissions.require(request.user, "pack.make")
    found = get_object_or_404(
        Pack.objects.visible_to(request.user).select_related("unit", "release__cycle"), pk=pk
    )
    file = get_object_or_404(found.files, name=name)
    stem, _dot, ending = name.rpartition(".")
    response = HttpResponse(bytes(file.data), content_type=KINDS[name])
    saved = f"{stem}-{found.unit.code}-{found.release.cycle.code}.{ending}"
    response.headers["Content-Disposition"] = f'attachment; filename="{_plain(saved)}"'
    response.headers["Cache-Control"] = "no-store"
    return response


def _plain(name: str) -> str:
    """A file name without signs that headers or file systems take for something else."""
    return "".join(
        sign if sign.isalnum() or sign in "-_." else "_" for sign in name.encode("ascii", "replace").decode()
    )


@login_required
@require_POST
def pack_mailing(request: PersonRequest) -> HttpResponse:
    """Choose whether executives are mailed their pack."""
    permissions.require_everywhere(request.user, "pack.mailing")
    form = MailingForm(request.POST)
    if not form.is_valid():
        return _show(request, form, status=400)
    on = form.cleaned_data["on"]
    mailing.choose(on=on, days=form.cleaned_data["days"], by=request.user)
    text = (
        _("Executives are mailed their board pack from the next publication on.")
        if on
        else _("No packs are mailed.")
    )
    messages.success(request, text)
    return redirect("pack")


@login_required
@require_safe
def team_sheet(request: PersonRequest, unit: str) -> HttpResponse:
    """Show a unit's results on one page to print, with questions for its team's meeting."""
    permissions.require(request.user, "figures.view_units")
    try:
        page = sheet(request.user, unit, request.GET.dict())
    except NotFoundError as error:
        raise Http404 from error
    return render(request, "reports/sheet.html", {"page": page}) if page else nothing_yet(request)
