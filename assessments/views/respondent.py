"""What all pages of a respondent share: own invitation only, nothing kept by caches, the secret of the draft."""

import re
import secrets
from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any, Final

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.debug import sensitive_post_parameters

from assessments.models import Invitation, Link
from assessments.queries.answering import invitations_of
from assessments.services import ballot, links
from assessments.views.http import PersonRequest
from cfm.lib import languages
from organisation import permissions

# These are sent to the pages they are for alone, so they can't have the prefix of cookies for the whole host.
COOKIE: Final = f"{settings.PATH_COOKIE}cfm_draft"
FORM_COOKIE: Final = f"{settings.PATH_COOKIE}cfm_form"
LINK_COOKIE: Final = f"{settings.PATH_COOKIE}cfm_link"
WHOSE: Final = "whose"  # the field of a form that says for whom it was made
SOON: Final = timedelta(hours=1)
COOKIE_SECONDS: Final = 180 * 24 * 3600
_SECRET: Final = re.compile(r"[A-Za-z0-9_-]{43}")

View = Callable[..., HttpResponse]


def private(view: View) -> View:
    """Ask for sign-in and the right to answer; keep the page out of caches and its fields out of error reports."""
    page: View = never_cache(sensitive_post_parameters()(_signed_in(languages.spoken(view))))
    return page


def respondent_page(view: View) -> View:
    """Give the view one's own invitation to the cycle: by sign-in, else by the personal link one came with.

    404 where the person who is signed in was not asked; the sign-in page where neither is there.
    """

    checked = _checked(view)

    def as_person(request: PersonRequest, code: str, **kwargs: Any) -> HttpResponse:
        invitation: Invitation = get_object_or_404(invitations_of(request.user), cycle__code=code)
        return checked(request, invitation, **kwargs)

    signed_in = _signed_in(as_person)

    @wraps(view)
    def page(request: PersonRequest, code: str, **kwargs: Any) -> HttpResponse:
        invitation = linked_invitation(request, code)
        if invitation is not None:
            request.linked_invitation = invitation  # so that the page says whose it is
            return checked(request, invitation, **kwargs)
        if WHOSE in request.POST and not request.user.is_authenticated:
            with languages.speaking(request):
                return languages.told(_sign_in_again(request, code))
        return signed_in(request, code=code, **kwargs)

    kept_private: View = csrf_exempt(never_cache(sensitive_post_parameters()(page)))
    return kept_private


def _checked(view: View) -> View:
    """Take a form only from whom it was made for: another person may have signed in in this browser since.

    A form that names its owner needs no other proof against forgery, since nobody else can know that token. So it
    is still good after its owner has signed in again, which changes Django's own token.
    """
    protected = csrf_protect(view)

    def owned(request: PersonRequest, invitation: Invitation, **kwargs: Any) -> HttpResponse:
        token = request.POST.get(WHOSE)
        if token is None:
            answer: HttpResponse = protected(request, invitation, **kwargs)
            return answer
        if ballot.form_opened(invitation=invitation, token=token) is None:
            context = {"cycle": invitation.cycle}
            return render(request, "assessments/assess_not_yours.html", context, status=403)
        return view(request, invitation, **kwargs)

    @wraps(view)
    def in_language(request: PersonRequest, invitation: Invitation, **kwargs: Any) -> HttpResponse:
        offered = invitation.cycle.offered_languages
        with languages.speaking(request, offered, known=invitation.person.language):
            return languages.told(owned(request, invitation, **kwargs))

    return in_language


def _sign_in_again(request: HttpRequest, code: str) -> HttpResponse:
    """Give the form back, to be sent again after signing in. Nothing is stored, and no cycle is looked up."""
    context = {
        "fields": [
            (name, value)
            for name, values in request.POST.lists()
            if name != "csrfmiddlewaretoken"
            for value in values
        ],
        "code": code,
        "action": request.path,
    }
    response = render(request, "assessments/assess_sign_in_again.html", context, status=403)
    response._has_been_logged = True  # type: ignore[attr-defined]  # the page asks again and again while it waits
    return response


def whose(request: HttpRequest, invitation: Invitation) -> str:
    """Return a token to lie in a form, which says for whom it was made and tells nobody else."""
    token = form_token(request)
    if ballot.form_opened(invitation=invitation, token=token) is not None:
        return token
    return ballot.form_token(invitation=invitation)


def _signed_in(view: View) -> View:
    """Ask for sign-in and the right to answer."""

    @wraps(view)
    def allowed(request: PersonRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        permissions.require(request.user, "questionnaire.answer")
        return view(request, *args, **kwargs)

    asked: View = login_required(allowed)
    return asked


def linked_invitation(request: HttpRequest, code: str) -> Invitation | None:
    """Return the invitation that a personal link opened in this browser; a sign-in counts more than a link."""
    value = request.COOKIES.get(LINK_COOKIE, "")
    if not value or request.user.is_authenticated:
        return None
    return links.invitation_of_session(value, code=code)


def keep_link(request: HttpRequest, response: HttpResponse, link: Link) -> HttpResponse:
    """Let this browser answer the link's questionnaire, for its pages alone and until the browser ends."""
    response.set_cookie(
        LINK_COOKIE,
        links.session_of(link),
        path=reverse("assess_start", args=[link.invitation.cycle.code]),
        secure=request.is_secure(),
        httponly=True,
        samesite="Lax",
    )
    return response


def read_secret(request: HttpRequest) -> bytes | None:
    """Return the secret that this browser's drafts are encrypted with; None where there is none yet."""
    value = request.COOKIES.get(COOKIE, "")
    return value.encode() if _SECRET.fullmatch(value) else None


def new_secret() -> bytes:
    """Return 32 random bytes as 43 characters that a cookie can hold."""
    return secrets.token_urlsafe(32).encode()


def keep_secret(request: HttpRequest, response: HttpResponse, secret: bytes) -> HttpResponse:
    """Leave the secret in the browser, where no script can read it and no other page is sent it."""
    response.set_cookie(
        COOKIE,
        secret.decode(),
        max_age=COOKIE_SECONDS,
        path=reverse("assess"),
        secure=request.is_secure(),
        httponly=True,
        samesite="Lax",
    )
    return response


def form_token(request: HttpRequest) -> str:
    """Return the signed note of when this browser opened the questionnaire; empty where there is none."""
    return request.COOKIES.get(FORM_COOKIE, "")


def takes_answers(request: HttpRequest, invitation: Invitation) -> bool:
    """Whether it is worth while to show a form: the cycle is open, and its announced end not over for this form.

    For pages only; the submitting transaction decides for itself.
    """
    opened = ballot.form_opened(invitation=invitation, token=form_token(request))
    times = ballot.closing(invitation.cycle)
    return invitation.cycle.is_open and times.takes(now=timezone.now(), form_opened=opened)


def keep_form(request: HttpRequest, response: HttpResponse, invitation: Invitation) -> HttpResponse:
    """Note when the questionnaire was first opened, for this cycle's pages alone and until the browser ends."""
    if ballot.form_opened(invitation=invitation, token=form_token(request)) is None:
        response.set_cookie(
            FORM_COOKIE,
            ballot.form_token(invitation=invitation),
            path=reverse("assess_start", args=[invitation.cycle.code]),
            secure=request.is_secure(),
            httponly=True,
            samesite="Lax",
        )
    return response


def time_left(invitation: Invitation) -> dict[str, Any]:
    """Return the closing time, and whether a page should speak of it: soon (an hour before), late (after it)."""
    times = ballot.closing(invitation.cycle)
    if times.announced is None or timezone.now() < times.announced - SOON:
        return {"times": times, "time_left": ""}
    return {"times": times, "time_left": "soon" if timezone.now() <= times.announced else "late"}
