"""What the views of this app share about requests and answers."""

from collections.abc import Iterator

from django.http import HttpRequest, StreamingHttpResponse

from cfm.lib import csv_export
from organisation.models import Person
from organisation.sign_in import require_fresh

__all__ = ["PersonRequest", "csv_response", "require_fresh"]


class PersonRequest(HttpRequest):
    """A request of somebody who has signed in."""

    user: Person


def csv_response(name: str, lines: Iterator[str]) -> StreamingHttpResponse:
    """Return a CSV file as a download, sent while it is written."""
    response = StreamingHttpResponse(csv_export.pieces(lines), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Cache-Control"] = "no-store"
    return response
