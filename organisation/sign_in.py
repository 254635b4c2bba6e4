"""How sign-in behaves: quiet about who is registered, a fresh proof before what matters, second factors by role."""

import logging
import time
import uuid
from collections.abc import Callable
from typing import Any, Final
from urllib.parse import urlencode

from allauth.account import app_settings
from allauth.account import signals as account
from allauth.account.adapter import get_adapter
from allauth.account.decorators import reauthentication_required
from allauth.account.forms import ResetPasswordForm
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.signals import user_login_failed
from django.db.models import F
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from cfm.lib import audit, jobs
from organisation import permissions
from organisation.models import Person, SignInCount

logger = logging.getLogger(__name__)

PROVED: Final = (
    "proved_at_provider"  # in the session: when, by the provider's own word, it was proved who this is
)
NAMED_ROLES: Final = frozenset({permissions.HR, permissions.ADMINISTRATOR, permissions.AUDITOR})
SKEW_SECONDS: Final = 60  # by which two clocks may differ
FACTORS: Final = [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]
# What changes how one signs in: a stolen session must not get itself a factor of its own.
CHANGES: Final = frozenset(
    {
        *(
            "mfa_activate_totp",
            "mfa_deactivate_totp",
            "mfa_generate_recovery_codes",
            "mfa_view_recovery_codes",
        ),
        *("mfa_download_recovery_codes", "mfa_add_webauthn", "mfa_edit_webauthn", "mfa_remove_webauthn"),
        *("account_set_password", "socialaccount_connections"),
    }
)
FREE: Final = (
    "mfa_",
    "account_",
    "openid_connect_",
    "socialaccount_",
)  # open to those who lack a second factor
ALSO_FREE: Final = frozenset({"language", "healthz", "metrics", "logout", "jsi18n"})


class QuietResetForm(ResetPasswordForm):  # type: ignore[misc]
    """Leaves the work to a job, for an unknown address too: the answer takes as long either way."""

    def save(self, request: HttpRequest, **options: Any) -> str:
        people = [person.pk for person in self.users]
        jobs.enqueue("account.reset", key=str(uuid.uuid4()), people=people)
        return str(self.cleaned_data["email"])


def require_fresh(request: HttpRequest) -> None:
    """Send whoever has not just proved who they are to do so, and then back here.

    By password or second factor; who has neither, at the provider of single sign-on. Raises what allauth's middleware
    turns into an answer.
    """
    if asked := at_provider(request):
        raise ImmediateHttpResponse(asked)
    _proved(request)


@reauthentication_required  # type: ignore[untyped-decorator]
def _proved(request: HttpRequest) -> None:
    """Nothing to do for those who come this far."""


def at_provider(request: HttpRequest) -> HttpResponse | None:
    """Return the way to the provider for somebody who can prove nothing here and has not just proved it there."""
    providers: Any = settings.SOCIALACCOUNT_PROVIDERS
    apps = providers["openid_connect"]["APPS"]
    if not apps or get_adapter().get_reauthentication_methods(request.user):
        return None
    proved = request.session.get(PROVED, 0.0)
    if (
        proved is not None
        and abs(time.time() - proved) <= app_settings.REAUTHENTICATION_TIMEOUT + SKEW_SECONDS
    ):
        return None
    if proved is None and request.resolver_match and request.resolver_match.url_name not in CHANGES:
        messages.warning(
            request,
            _("Your provider does not say when you proved who you are. Add a second factor here first."),
        )
        return redirect("mfa_index")
    query = urlencode({"next": request.get_full_path(), "fresh": "1"})
    return redirect(f"{reverse('openid_connect_login', args=[apps[0]['provider_id']])}?{query}")


class Guard:
    """Middleware: a fresh proof before one's sign-in is changed, and a second factor for the roles of the settings."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: object, args: object, kwargs: object
    ) -> HttpResponse | None:
        name = str(request.resolver_match.url_name) if request.resolver_match else ""
        if name in CHANGES and request.user.is_authenticated and (asked := at_provider(request)):
            return asked
        if settings.SECOND_FACTOR_ROLES and not name.startswith(FREE) and name not in ALSO_FREE:
            return _second_factor(request)
        return None


def _second_factor(request: HttpRequest) -> HttpResponse | None:
    person = request.user
    if not isinstance(person, Person) or person.roles.isdisjoint(settings.SECOND_FACTOR_ROLES):
        return None
    if is_mfa_enabled(person, FACTORS):
        return None
    messages.warning(request, _("Your role needs a second factor. Set up an app or a security key to go on."))
    return redirect("mfa_index")


@receiver(user_login_failed)
def log_failure(sender: object, **_details: Any) -> None:
    """Tell the operator that somebody failed to sign in; not who, since the address may hold a password."""
    logger.warning("sign-in failed")
    _count("failed")


@receiver(account.user_logged_in)
def note_sign_in(
    sender: object, request: Any, user: Person, sociallogin: Any = None, **_details: Any
) -> None:
    """Count it. Only roles that see or change what concerns others are named: when staff come is nobody's business."""
    _count("succeeded")
    if sociallogin is not None:
        request.session[PROVED] = sociallogin.state.get("proved_at")
    if not user.roles.isdisjoint(NAMED_ROLES):
        kind = "single sign-on" if sociallogin is not None else "password or key"
        audit.record("sign_in.success", f"person/{user.pk}", by=user.pk, kind=kind)


def _count(what: str) -> None:
    row, _new = SignInCount.objects.get_or_create(day=timezone.localdate())
    SignInCount.objects.filter(pk=row.pk).update(**{what: F(what) + 1})
