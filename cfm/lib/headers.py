"""Headers that every answer carries: what a browser may not do for our pages, and what it may not keep."""

from collections.abc import Callable
from typing import Final

from django.http import HttpRequest, HttpResponse

# What no page of ours uses. Security keys are used by the pages of the sign-in, from this origin alone.
OFF: Final = (
    *(
        "accelerometer",
        "autoplay",
        "bluetooth",
        "browsing-topics",
        "camera",
        "display-capture",
        "encrypted-media",
    ),
    *("fullscreen", "geolocation", "gyroscope", "hid", "idle-detection", "local-fonts", "magnetometer"),
    *(
        "microphone",
        "midi",
        "payment",
        "picture-in-picture",
        "screen-wake-lock",
        "serial",
        "usb",
        "web-share",
    ),
    "xr-spatial-tracking",
)
OWN: Final = ("publickey-credentials-create", "publickey-credentials-get")
PERMISSIONS: Final = ", ".join([*(f"{name}=()" for name in OFF), *(f"{name}=(self)" for name in OWN)])


def hardened(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware, outside that of sessions: whatever depends on who asks is kept by no cache, ours or another's."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        response.headers.setdefault("Permissions-Policy", PERMISSIONS)
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        if "cookie" in response.headers.get("Vary", "").lower() and "no-store" not in _kept(response):
            response["Cache-Control"] = "no-store, private"
        return response

    return middleware


def _kept(response: HttpResponse) -> str:
    return str(response.headers.get("Cache-Control", ""))
