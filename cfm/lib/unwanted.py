"""Refuse addresses with characters that no database takes, before a query meets them."""

from collections.abc import Callable

from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse

NUL = "\x00"


def refuse_nul(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware: 400 for a NUL in path or query. PostgreSQL can't store one, so nothing here is called that."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if NUL in request.path or any(
            NUL in one for pair in request.GET.lists() for one in (pair[0], *pair[1])
        ):
            raise BadRequest("NUL in the address")
        return get_response(request)

    return middleware
