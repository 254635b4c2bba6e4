"""What concerns the person who has signed in, and nobody else."""

from typing import Final

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from cfm.lib import audit, personal
from organisation import exports, permissions, trail
from organisation.forms.notices import MailForm
from organisation.services import notices
from organisation.views.http import PersonRequest, require_fresh

PAGE_SIZE: Final = 50


@login_required
@never_cache
@require_safe
def readers(request: PersonRequest) -> HttpResponse:
    """Who has read my named ratings and plans."""
    permissions.require(request.user, "me.view")
    page = Paginator(trail.readings_of(request.user), PAGE_SIZE).get_page(request.GET.get("page"))
    return render(request, "organisation/my_readers.html", {"page": page})


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def mails(request: PersonRequest) -> HttpResponse:
    """How I want mails that are no invitations: at once, once a week, or not at all."""
    permissions.require(request.user, "me.view")
    form = MailForm(request.POST or None, initial={"how": notices.choice_of(request.user)})
    if form.is_valid():
        notices.choose(person=request.user, how=form.cleaned_data["how"])
        messages.success(request, _("Your choice is saved."))
        return redirect("my_mails")
    status = 400 if form.errors else 200
    return render(request, "organisation/my_mails.html", {"form": form}, status=status)


@login_required
@never_cache
@require_safe
def mine(request: PersonRequest) -> HttpResponse:
    """What is held about me, in words, and what I can do about it."""
    permissions.require(request.user, "me.view")
    rows = [(part, sum(1 for _row in part.rows(request.user.pk))) for part in personal.PARTS.values()]
    context = {
        "held": [(part, count) for part, count in rows if count],
        "nothing": [part for part, count in rows if not count],
    }
    return render(request, "organisation/my_data.html", context)


@login_required
@never_cache
@require_safe
def download(request: PersonRequest) -> HttpResponse:
    """Everything that is held about me, as a ZIP of tables (CSV) and one JSON file."""
    permissions.require(request.user, "me.view")
    require_fresh(request)
    audit.record("person.my_data", f"person/{request.user.pk}", by=request.user.pk)
    response = HttpResponse(exports.my_data(request.user), content_type="application/zip")
    name = f"my-data-{timezone.localdate():%Y-%m-%d}.zip"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Cache-Control"] = "no-store"
    return response
