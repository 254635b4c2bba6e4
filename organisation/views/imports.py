"""Uploading CSV files such as units.csv and people.csv: look at what will change, then confirm.

Between the two steps the file travels in the page, compressed and signed for this person and purpose, so that
nothing lies about on the server; what is confirmed is checked again and must do exactly what was shown.
"""

from dataclasses import dataclass
from typing import Any, Final, Protocol

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core import signing
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from cfm.lib.csv_import import InvalidFileError
from cfm.lib.import_plan import Plan, PlanChangedError
from organisation import permissions, values
from organisation.forms import MAX_UPLOAD, UploadForm
from organisation.imports import import_people, import_units
from organisation.models import Person
from organisation.views.http import PersonRequest

SHOWN: Final = 200  # changes told one by one
MAX_AGE: Final = 3600  # seconds between looking and confirming
_TEMPLATE: Final = "organisation/import.html"


class Service(Protocol):
    def __call__(
        self, data: bytes, *, file: str, by: Person | None = None, dry_run: bool = False, expect: str = ""
    ) -> Plan: ...


@dataclass(frozen=True)
class Kind:
    """A kind of file, the service that imports it, and the actions it needs.

    name: of the page to go back to, unless `back` names another. scoped: the service itself keeps to what the person
    reaches; else the actions are needed for the whole organisation.
    """

    name: str
    title: Any
    service: Service
    columns: tuple[str, ...]
    actions: tuple[str, ...]
    scoped: bool = False
    back: str = ""

    @property
    def page(self) -> str:
        return self.back or self.name

    def salt(self, by: Person) -> str:
        return f"organisation.import.{self.name}.{by.pk}"


UNITS: Final = Kind("units", gettext_lazy("Import units"), import_units, values.UNIT_COLUMNS, ("unit.edit",))
PEOPLE: Final = Kind(
    "people",
    gettext_lazy("Import people"),
    import_people,
    values.PEOPLE_COLUMNS,
    ("person.edit", "role.grant"),
)


@login_required
@require_http_methods(["GET", "POST"])
def units_import(request: PersonRequest) -> HttpResponse:
    return import_page(request, UNITS)


@login_required
@require_http_methods(["GET", "POST"])
def people_import(request: PersonRequest) -> HttpResponse:
    return import_page(request, PEOPLE)


def import_page(request: PersonRequest, kind: Kind) -> HttpResponse:
    """Show the form, what a file would do, its mistakes, or do it."""
    require = permissions.require if kind.scoped else permissions.require_everywhere
    for action in kind.actions:
        require(request.user, action)
    if request.method == "GET":
        return _show(request, kind, form=UploadForm())
    try:
        return _confirm(request, kind) if "checked" in request.POST else _preview(request, kind)
    except InvalidFileError as error:
        return _show(request, kind, status=400, form=UploadForm(), mistakes=error)


def _show(request: PersonRequest, kind: Kind, *, status: int = 200, **context: Any) -> HttpResponse:
    return render(request, _TEMPLATE, {"kind": kind, **context}, status=status)


def _preview(request: PersonRequest, kind: Kind) -> HttpResponse:
    form = UploadForm(request.POST, request.FILES)
    if not form.is_valid():
        return _show(request, kind, status=400, form=form)
    file = form.cleaned_data["file"]
    data = file.read()
    plan = kind.service(data, file=file.name, by=request.user, dry_run=True)
    checked = signing.dumps(
        [file.name, data.decode(), plan.digest], salt=kind.salt(request.user), compress=True
    )
    if len(checked) > MAX_UPLOAD * 3 // 4:
        form.add_error("file", _("The file is too large; import it on the server's shell."))
        return _show(request, kind, status=400, form=form)
    return _show_plan(request, kind, plan, checked)


def _show_plan(
    request: PersonRequest, kind: Kind, plan: Plan, checked: str, *, status: int = 200
) -> HttpResponse:
    shown = plan.changes[:SHOWN]
    more = len(plan.changes) - len(shown)
    return _show(request, kind, status=status, plan=plan, shown=shown, more=more, checked=checked)


def _confirm(request: PersonRequest, kind: Kind) -> HttpResponse:
    salt = kind.salt(request.user)
    try:
        file, text, digest = signing.loads(request.POST["checked"], salt=salt, max_age=MAX_AGE)
    except signing.BadSignature:
        messages.error(request, _("This preview is too old or not yours. Please upload the file again."))
        return _show(request, kind, status=400, form=UploadForm())
    data = text.encode()
    try:
        plan = kind.service(data, file=file, by=request.user, expect=digest)
    except PlanChangedError as error:
        messages.warning(request, str(error))
        checked = signing.dumps([file, text, error.plan.digest], salt=salt, compress=True)
        return _show_plan(request, kind, error.plan, checked, status=409)
    *_changes, counts = plan.lines()
    messages.success(request, _("Imported: %s.") % counts)
    return redirect(kind.page)
