"""Frameworks: reading them, taking them home as files, and loading new versions."""

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core import signing
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from assessments.instrument import MAX_BYTES, InstrumentError, decode
from assessments.models import ChecklistEntry, Framework
from assessments.queries import frameworks as queries
from assessments.services import frameworks as services
from assessments.services.frameworks import VersionInUseError
from assessments.views.http import PersonRequest
from organisation import permissions
from organisation.models import Person

CONFIRM_WITHIN = 3600  # seconds between looking at what a file does and loading it


class UploadForm(forms.Form):
    file = forms.FileField(
        label=gettext_lazy("Framework file"),
        help_text=gettext_lazy("A YAML file of at most 1 MB. You see what it does before anything is kept."),
        widget=forms.ClearableFileInput(attrs={"accept": ".yaml,.yml"}),
    )


@login_required
@require_safe
def frameworks(request: PersonRequest) -> HttpResponse:
    """List every version of every framework."""
    permissions.require(request.user, "framework.view")
    context = {
        "frameworks": queries.frameworks_with_cycles(request.user),
        "may_load": permissions.can_everywhere(request.user, "framework.load"),
    }
    return render(request, "assessments/frameworks.html", context)


@login_required
@require_safe
def framework(request: PersonRequest, code: str, version: int) -> HttpResponse:
    """Show what a version asks, of whom, and how it counts."""
    permissions.require(request.user, "framework.view")
    found = _get(request.user, code, version)
    cycles = list(found.cycles.order_by("-pk").values_list("code", "title"))
    return render(request, "assessments/framework.html", {"cycles": cycles, **_content(found)})


def _get(person: Person, code: str, version: int) -> Framework:
    found: Framework = get_object_or_404(Framework.objects.visible_to(person), code=code, version=version)
    return found


def _content(found: Framework) -> dict[str, Any]:
    instrument = found.instrument
    return {
        "framework": found,
        "instrument": instrument,
        "blocks": queries.blocks(instrument),
        "outside": queries.outside_blocks(instrument),
        "lenses": queries.other_lenses(instrument),
        "groups": queries.groups(instrument.key_components),
        "states": ChecklistEntry.State.choices,
        "scale": queries.scale(instrument, get_language() or ""),
        "weights": queries.shares(instrument),
    }


@login_required
@require_safe
def framework_yaml(request: PersonRequest, code: str, version: int) -> HttpResponse:
    """Give a version back as the file it was loaded from, byte for byte."""
    permissions.require(request.user, "framework.view")
    found = _get(request.user, code, version)
    response = HttpResponse(found.source.encode(), content_type="application/yaml; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{code}_v{version}.yaml"'
    return response


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def framework_load(request: PersonRequest) -> HttpResponse:
    """Take a file and show what loading it would do, or what is wrong with it."""
    permissions.require_everywhere(request.user, "framework.load")
    if request.method != "POST":
        return _upload(request, UploadForm())
    form = UploadForm(request.POST, request.FILES)
    if not form.is_valid():
        return _upload(request, form, status=400)
    file = form.cleaned_data["file"]
    try:
        text = decode(file.read(MAX_BYTES + 1))
        checked = services.check(text=text, filename=file.name)
    except InstrumentError as error:
        return _upload(request, UploadForm(), status=400, file=file.name, mistakes=error)
    except VersionInUseError as error:
        return _upload(request, UploadForm(), status=400, refusal=str(error))
    token = signing.dumps([file.name, text], salt=_salt(request.user), compress=True)
    context = {
        "file": file.name,
        "token": token,
        "checked": checked,
        "blocks": queries.blocks(checked.instrument),
    }
    return render(request, "assessments/framework_check.html", context)


def _salt(person: Person) -> str:
    return f"framework-load-{person.pk}"


def _upload(request: PersonRequest, form: UploadForm, *, status: int = 200, **context: Any) -> HttpResponse:
    return render(request, "assessments/framework_load.html", {"form": form, **context}, status=status)


@login_required
@require_POST
def framework_confirm(request: PersonRequest) -> HttpResponse:
    """Load the file that was looked at just now."""
    permissions.require_everywhere(request.user, "framework.load")
    try:
        token = request.POST.get("token", "")
        name, text = signing.loads(token, salt=_salt(request.user), max_age=CONFIRM_WITHIN)
        found, outcome = services.load(text=text, filename=name, by=request.user.pk)
    except signing.BadSignature:
        refusal = _("This was checked too long ago, or by somebody else. Please choose the file again.")
        return _upload(request, UploadForm(), status=400, refusal=refusal)
    except (InstrumentError, VersionInUseError) as error:
        return _upload(request, UploadForm(), status=400, refusal=str(error))
    told = {"title": found.instrument.title, "version": found.version, "outcome": outcome.label}
    messages.success(request, _("%(title)s, version %(version)d: %(outcome)s.") % told)
    return redirect(reverse("framework", args=[found.code, found.version]))


urlpatterns = [
    path("frameworks/", frameworks, name="frameworks"),
    path("frameworks/load/", framework_load, name="framework_load"),
    path("frameworks/load/confirm/", framework_confirm, name="framework_confirm"),
    path("frameworks/<slug:code>/<int:version>/", framework, name="framework"),
    path("frameworks/<slug:code>/<int:version>/yaml/", framework_yaml, name="framework_yaml"),
]
