"""Personal links and access codes. Opening one shows a page with one button and changes nothing: mail scanners click.

The button begins a link session: a signed cookie for the pages of one questionnaire. It is no sign-in, and no other
page opens with it. The address with the token is left behind and told to nobody: no referrer, no cache, no log line.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from functools import wraps
from typing import Any, Final

from allauth.account.adapter import get_adapter
from django.contrib.auth import logout
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse
from django.utils.crypto import salted_hmac
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from assessments.models import Link
from assessments.services import links
from assessments.views.respondent import LINK_COOKIE, keep_link
from cfm.lib import languages

METHODS: Final = ("GET", "HEAD", "POST")
WRONG_CODES: Final = 10
WITHIN_SECONDS: Final = 600
LONGEST_LANGUAGE: Final = 10
View = Callable[..., HttpResponse]


def _untold(view: View) -> View:
    """Keep the address out of caches, referrers and the log, whatever the answer is."""

    @wraps(view)
    def quiet(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = view(request, *args, **kwargs)
        response["Referrer-Policy"] = "no-referrer"
        response._has_been_logged = True  # type: ignore[attr-defined]  # Django logs the path of every 4xx
        return response

    page: View = never_cache(quiet)
    return page


# Without a referrer browsers name no origin either, so Django's check would refuse the form; knowing the token is the
# proof, and _from_elsewhere keeps other sites from pressing the button.
@csrf_exempt
@_untold
def link(request: HttpRequest, token: str) -> HttpResponse:
    """One button that begins to answer; 404 for a token nobody was given, 410 once the cycle takes no answers."""
    if request.method not in METHODS:
        return HttpResponseNotAllowed(METHODS)
    found = links.by_token(token)
    with _speaking(request, found):
        return languages.told(_link(request, found))


def _link(request: HttpRequest, found: Link | None) -> HttpResponse:
    if found is None:
        return render(request, "assessments/mail/link_unknown.html", status=404)
    if request.method == "POST" and not _from_elsewhere(request):
        return _begin(request, found, action=request.path)
    return _ask(request, found, action=request.path)


def _speaking(request: HttpRequest, found: Link | None) -> AbstractContextManager[str]:
    """Use the language of the link's owner, unless this browser chose another; that of strangers without one."""
    if found is None:
        return languages.speaking(request)
    return languages.speaking(
        request, found.invitation.cycle.offered_languages, known=found.invitation.person.language
    )


@never_cache
@sensitive_post_parameters()
@require_http_methods(METHODS)
@languages.spoken
def code(request: HttpRequest) -> HttpResponse:
    """A form for the access code of a letter; throttled after some wrong ones."""
    if request.method != "POST":
        return render(request, "assessments/mail/code.html")
    tries = _tries_key(request)
    if cache.get(tries, 0) >= WRONG_CODES:
        return render(request, "assessments/mail/code.html", {"throttled": True}, status=429)
    typed = request.POST.get("code", "")
    found = links.by_code(typed)
    if found is None:
        _count_wrong(tries)
        return render(request, "assessments/mail/code.html", {"wrong": True, "typed": typed[:40]}, status=400)
    return _begin(request, found, action=request.path, typed=typed)


@require_POST
@languages.spoken
def leave(request: HttpRequest, code: str) -> HttpResponse:
    """End the link session of a questionnaire on this device."""
    response = render(request, "assessments/mail/left.html")
    response.delete_cookie(LINK_COOKIE, path=reverse("assess_start", args=[code]), samesite="Lax")
    return response


@csrf_exempt  # it chooses nothing but a language, and the page of a link names no origin
@require_POST
def language(request: HttpRequest) -> HttpResponse:
    """Let this browser remember the language to read in, and go back to the page."""
    target = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(target, allowed_hosts=None):
        target = reverse("home")
    code = request.POST.get("language", "")[:LONGEST_LANGUAGE]
    return languages.keep(redirect(target), code, secure=request.is_secure())


def _begin(request: HttpRequest, found: Link, *, action: str, typed: str = "") -> HttpResponse:
    """Start the link session and go on to the clean address; ask first where somebody else is signed in."""
    invitation = found.invitation
    if links.is_over(invitation.cycle):
        return render(request, "assessments/mail/link_over.html", {"cycle": invitation.cycle}, status=410)
    target = redirect("assess_start", invitation.cycle.code)
    if request.user.pk == invitation.person_id:
        return target
    if request.user.is_authenticated:
        if "sign_out" not in request.POST:
            return _ask(request, found, action=action, typed=typed)
        logout(request)
    return keep_link(request, target, found)


def _ask(request: HttpRequest, found: Link, *, action: str, typed: str = "") -> HttpResponse:
    invitation = found.invitation
    if links.is_over(invitation.cycle):
        return render(request, "assessments/mail/link_over.html", {"cycle": invitation.cycle}, status=410)
    other = request.user.is_authenticated and request.user.pk != invitation.person_id
    context = {
        "invitation": invitation,
        "cycle": invitation.cycle,
        "other": request.user if other else None,
        "action": action,
        "typed": typed,
    }
    return render(request, "assessments/mail/link.html", context)


def _from_elsewhere(request: HttpRequest) -> bool:
    return request.headers.get("Sec-Fetch-Site", "same-origin") not in {"same-origin", "none"}


def _count_wrong(tries: str) -> None:
    cache.add(tries, 0, WITHIN_SECONDS)
    with suppress(ValueError):  # it ran out in this moment
        cache.incr(tries)


def _tries_key(request: HttpRequest) -> str:
    address = get_adapter().get_client_ip(request)
    return "code-tries:" + salted_hmac("cfm.code-tries", str(address), algorithm="sha256").hexdigest()


urlpatterns: list[URLPattern] = [
    path("assess/t/<str:token>/", link, name="link"),
    path("assess/code/", code, name="access_code"),
    path("assess/language/", language, name="language"),
    path("assess/<slug:code>/leave/", leave, name="link_leave"),
]
