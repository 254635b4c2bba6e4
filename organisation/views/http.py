"""What the views of this app share about requests and answers."""

from collections.abc import Iterator

from allauth.account.decorators import reauthentication_required
from django.http import HttpRequest, StreamingHttpResponse

from cfm.lib import csv_export
from organisation.models import Person


class PersonRequest(HttpRequest):
    """A request of somebody who has signed in."""

    user: Person


def require_fresh(request: PersonRequest) -> None:
    """Send whoever has not just proved who they are to do so, and then back here: before named data leave the product.

    Raises ReauthenticationRequired, which allauth's middleware answers. People who sign in by single sign-on alone
    have nothing to prove it with here.
    """
    _proved(request)


@reauthentication_required  # type: ignore[untyped-decorator]
def _proved(request: PersonRequest) -> None:
    """Nothing to do for those who come this far."""


def csv_response(name: str, lines: Iterator[str]) -> StreamingHttpResponse:
    """Return a CSV file as a download, sent while it is written."""
    response = StreamingHttpResponse(csv_export.pieces(lines), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Cache-Control"] = "no-store"
    return response
