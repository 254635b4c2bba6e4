"""Pages of CSV files: what there is, to download, and to import with a look at what will change."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from cfm.lib.csv_table import Cells
from improvement.services.exports import record_export
from improvement.services.files import File
from organisation import permissions
from organisation.models import Person
from organisation.views.http import PersonRequest, csv_response
from organisation.views.imports import Kind, import_page


@dataclass(frozen=True)
class FileSet:
    """Files of one kind of thing. home: name of the page they belong to; csv, load: names of the two addresses.

    rows: what a reader may download, as cells; imports: the services by name.
    """

    home: str
    title: Any
    heading: Any
    action: str
    csv: str
    load: str
    titles: Mapping[str, Any]
    files: Mapping[str, File]
    imports: Mapping[str, Any]
    rows: Mapping[str, Callable[[Person], Iterable[Cells]]]
    may_import: Callable[[Person, str], bool]

    def overview(self, request: PersonRequest) -> HttpResponse:
        """Show the files: what each holds."""
        permissions.require(request.user, self.action)
        lines = [
            {
                "title": title,
                "columns": self.files[name].table.columns,
                "download": reverse(self.csv, args=[name]),
                "import": reverse(self.load, args=[name]) if self.may_import(request.user, name) else "",
            }
            for name, title in self.titles.items()
        ]
        crumbs = [(self.title, reverse(self.home)), (_("Files"), "")]
        context = {"lines": lines, "crumbs": crumbs, "title": self.heading}
        return render(request, "improvement/files.html", context)

    def download(self, request: PersonRequest, name: str) -> StreamingHttpResponse:
        """Send a file of what the reader may see; ?bom=1 for spreadsheets that need a byte order mark."""
        permissions.require(request.user, self.action)
        if name not in self.files:
            raise Http404
        file = self.files[name]
        rows = list(self.rows[name](request.user))
        record_export(area=file.area, what=name, by=request.user.pk, rows=len(rows))
        return csv_response(f"{name}.csv", file.table.lines(rows, bom="bom" in request.GET))

    def upload(self, request: PersonRequest, name: str) -> HttpResponse:
        """Import a file, within the reach of whoever does it."""
        permissions.require(request.user, self.action)
        if name not in self.files:
            raise Http404
        if not self.may_import(request.user, name):
            raise PermissionDenied(name)
        return import_page(
            request,
            Kind(
                name=self.home,
                title=self.titles[name],
                service=self.imports[name],
                columns=self.files[name].table.columns,
                actions=(),
            ),
        )
