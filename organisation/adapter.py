"""How sign-in behaves: people are registered by the organisation, nobody signs up."""

import logging
from base64 import urlsafe_b64decode, urlsafe_b64encode
from hashlib import blake2b
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from django.conf import settings
from django.http import HttpRequest
from django.shortcuts import render
from nacl.secret import SecretBox

from organisation.models import Person

logger = logging.getLogger(__name__)
NO_ADDRESS = "0.0.0.0"  # noqa: S104 - of a request that came over a socket of the machine itself


class ClosedSignupAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def get_client_ip(self, request: HttpRequest) -> str:
        """Return the address that attempts are counted by; all that have none are counted together."""
        known = request.META.get("REMOTE_ADDR") or settings.ALLAUTH_TRUSTED_PROXY_COUNT
        return str(super().get_client_ip(request)) if known else NO_ADDRESS

    def send_notification_mail(self, template_prefix: str, user: Person, *args: Any, **options: Any) -> None:
        """Tell people of changes at their account; a mail server that is down keeps nobody from making them."""
        if user.email:
            try:
                super().send_notification_mail(
                    template_prefix, user, *args, **options | {"email": user.email}
                )
            except OSError:
                logger.warning("a mail about a change at somebody's account was not sent")


class SecretMFAAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    """Keeps the secrets of second factors encrypted with a key made of DJANGO_SECRET_KEY, which no backup holds."""

    def encrypt(self, text: str) -> str:
        return urlsafe_b64encode(_box().encrypt(text.encode())).decode()

    def decrypt(self, encrypted_text: str) -> str:
        return str(_box().decrypt(urlsafe_b64decode(encrypted_text)).decode())


def _box() -> SecretBox:
    key = blake2b(settings.SECRET_KEY.encode(), digest_size=SecretBox.KEY_SIZE, person=b"cfm-mfa").digest()
    return SecretBox(key)


class StaffSocialAdapter(DefaultSocialAccountAdapter):  # type: ignore[misc]
    """Lets people in whom the organisation has registered and the provider knows by the same verified address."""

    def is_open_for_signup(self, request: HttpRequest, sociallogin: Any) -> bool:
        return False

    def pre_social_login(self, request: HttpRequest, sociallogin: Any) -> None:
        """Keep of what the provider tells who it is and when that was proved, and turn strangers away."""
        told = sociallogin.account.extra_data.get("id_token") or {}
        sociallogin.state["proved_at"] = told.get("auth_time")
        sociallogin.account.extra_data = {}
        if not sociallogin.is_existing and not request.user.is_authenticated:
            raise ImmediateHttpResponse(render(request, "socialaccount/unknown.html", status=403))


def display_name(person: Person) -> str:
    """The name shown in messages of the sign-in pages."""
    return person.name
