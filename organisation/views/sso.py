"""Single sign-on: allauth's views, with an answer in words when the provider is down."""

from collections.abc import Callable
from typing import Any, Final

from allauth.socialaccount.providers.openid_connect import views as oidc
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from requests import RequestException

ANEW: Final = "prompt=login&max_age=0"


def _answered(view: Callable[..., HttpResponse], request: HttpRequest, provider_id: str) -> HttpResponse:
    try:
        return view(request, provider_id)
    except (
        RequestException,
        ValueError,
        KeyError,
    ):  # not reached, no JSON, or not all that a provider must say
        return render(request, "socialaccount/authentication_error.html", status=503)


def login(request: HttpRequest, provider_id: str, **_options: Any) -> HttpResponse:
    """Send the person to the provider; with ?fresh=1 the provider is to ask anew who it is.

    What else the address says of the request to the provider is not passed on.
    """
    query = request.GET.copy()
    for name in ("auth_params", "scope", "action"):
        query.pop(name, None)
    if "fresh" in query:
        query["auth_params"] = ANEW
    request.GET = query  # type: ignore[assignment]
    return _answered(oidc.login, request, provider_id)


def callback(request: HttpRequest, provider_id: str, **_options: Any) -> HttpResponse:
    """Take the person back from the provider."""
    return _answered(oidc.callback, request, provider_id)
