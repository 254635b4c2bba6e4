"""The language of a page: what the reader chose, else what they are known to speak, if the page is offered in it.

`speak` does it for every page; a view that offers other languages, such as the questionnaire, does it once more inside.
`scripts/messages.py` says which texts lack a language, and a test keeps those complete of which no page may be half in
one language and half in another.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import wraps
from typing import Any, Final

from django.conf import settings
from django.conf.locale import LANG_INFO
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.utils.cache import patch_vary_headers
from django.utils.translation.trans_real import parse_accept_lang_header

COOKIE_SECONDS: Final = 365 * 24 * 3600
TAG: Final = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8}){0,3}")

View = Callable[..., HttpResponse]


@dataclass(frozen=True)
class Choice:
    """A language that a page can be read in. name: in that language."""

    code: str
    name: str
    current: bool


def shipped() -> tuple[str, ...]:
    """Return the languages that the product's own texts are in, the usual one first."""
    return tuple(code for code, _name in settings.LANGUAGES)


def name_of(code: str) -> str:
    """Return the language's name in that language; the code of one that has no name here.

    >>> name_of("fr"), name_of("en-gb"), name_of("tlh")
    ('Français', 'English', 'tlh')
    """
    info = LANG_INFO.get(code.split("-")[0], {})
    name = str(info.get("name_local", code))
    return name[:1].upper() + name[1:] if info else name


def choices(offered: Sequence[str], current: str) -> list[Choice]:
    """Return the languages for a switch, the current one marked."""
    return [Choice(code, name_of(code), code == current) for code in offered]


def pick(offered: Sequence[str], wishes: Iterable[str]) -> str:
    """Return the first wish that is offered, or a relative of it; without one English, else what is offered first.

    >>> pick(["en", "fr"], ["de", "fr-CA"]), pick(["de", "en"], ["pl"]), pick(["de"], [])
    ('fr', 'en', 'de')
    """
    known = {code.lower(): code for code in offered}
    families = {code.lower().split("-")[0]: code for code in reversed(offered)}
    for wish in (*wishes, settings.LANGUAGE_CODE):
        wanted = wish.lower()
        found = known.get(wanted) or families.get(wanted.split("-")[0])
        if found:
            return found
    return offered[0]


def wished(request: HttpRequest, offered: Sequence[str]) -> str:
    """Return the language that the address asks to show something in, else the one this page is read in."""
    return pick(offered, [request.GET.get("language", ""), translation.get_language() or ""])


def wishes(request: HttpRequest) -> list[str]:
    """Return what this reader would like, the strongest wish first: chosen, known of the person, set in the browser."""
    chosen = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
    known = _known(request)
    browser = [code for code, _weight in parse_accept_lang_header(request.headers.get("Accept-Language", ""))]
    return [wish for wish in (chosen, known, *browser) if wish and wish != "*"]


def _known(request: HttpRequest) -> str:
    """Return the language of the person signed in; without a database the page that says so is in some language."""
    try:
        return str(getattr(getattr(request, "user", None), "language", ""))
    except DatabaseError:
        return ""


def locale_of(code: str) -> str:
    """Return the language as our own texts know it: en is en-gb; one that we do not speak stays as it is."""
    try:
        return translation.get_supported_language_variant(code)
    except LookupError:
        return code.lower()


@contextmanager
def speaking(request: Any, offered: Sequence[str] = (), *, known: str = "") -> Iterator[str]:
    """Use the reader's language for what is done inside. offered: shipped ones unless given; known: of the person.

    Leaves `request.languages`, the choices for the switch, which is in the menu only where the page has none.
    """
    codes = tuple(offered) or shipped()
    asked = wishes(request)
    if known:  # a choice goes first, what the browser says last
        asked.insert(1 if settings.LANGUAGE_COOKIE_NAME in request.COOKIES else 0, known)
    language = pick(codes, asked)
    request.languages = choices(codes, language)
    request.languages_in_menu = False
    with translation.override(locale_of(language)):
        yield language


def speak(get_response: View) -> View:
    """Middleware: show every page in the reader's language, with a switch in the menu."""

    def middleware(request: HttpRequest) -> HttpResponse:
        with speaking(request):
            request.languages_in_menu = True  # type: ignore[attr-defined]
            response = get_response(request)
            if "Content-Language" not in response:
                told(response)
            patch_vary_headers(response, ["Accept-Language"])
            return response

    return middleware


def spoken(view: View) -> View:
    """Show the page in the reader's language where the page has a switch of its own."""

    @wraps(view)
    def page(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        with speaking(request):
            return told(rendered(view(request, *args, **kwargs)))

    return page


def rendered(response: Any) -> Any:
    """Render a response that would otherwise be rendered later, when the language is another one."""
    if getattr(response, "is_rendered", True) is False:
        response.render()
    return response


def told(response: HttpResponse) -> HttpResponse:
    """Say in the headers which language this is; call it while that language is in use."""
    response["Content-Language"] = translation.get_language() or settings.LANGUAGE_CODE
    return response


def keep(response: HttpResponse, code: str, *, secure: bool) -> HttpResponse:
    """Let the browser remember the choice; what is no language tag is not kept."""
    if not TAG.fullmatch(code):
        return response
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        code,
        max_age=COOKIE_SECONDS,
        secure=secure,
        httponly=True,
        samesite="Lax",
    )
    return response
