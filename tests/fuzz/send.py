"""Sending what was generated, in the world of the permission matrix, and judging the answers."""

import re
import traceback
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Final

from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test.client import ClientHandler
from hypothesis import HealthCheck, Phase, given
from hypothesis import seed as seeded
from hypothesis import settings as hypothesis
from hypothesis import strategies as st

from tests.fuzz.generate import MARK, Asked, requests
from tests.integration.test_permissions import CASES, ROLES, World, ask, undone

BATCH = 25
LOOKERS = ("manager", "hr", "administrator")  # between them they see every form
_FIELD = re.compile(rb"""<(?:input|select|textarea|button)\b[^>]*?\bname="([^"]{1,80})\"""")


@dataclass
class Outcome:
    """How many requests were sent, what came back, and what must never be, a fault once by the place it is at."""

    sent: int = 0
    statuses: dict[str, int] = field(default_factory=dict)
    names: set[str] = field(default_factory=set)
    faults: dict[str, str] = field(default_factory=dict)

    def note(self, asked: Asked, status: str, fault: str = "") -> None:
        self.sent += 1
        self.statuses[status] = self.statuses.get(status, 0) + 1
        self.names.add(asked.name)
        if fault:
            self.faults.setdefault(fault, str(asked))


def send(world: World, asked: Asked) -> tuple[str, str]:
    """Send one request, and undo what it did; returns its status and what is wrong with the answer."""
    try:
        with undone():
            response = _sent(world, asked)
            return str(response.status_code), _wrong(response, asked)
    except Exception as error:
        frames = traceback.extract_tb(error.__traceback__)
        place = next((f for f in reversed(frames) if "site-packages" not in f.filename), frames[-1])
        return "error", f"{type(error).__name__} at {place.filename}:{place.lineno} in {asked.name}: {error}"[
            :400
        ]


HANDLER: Final = ClientHandler(
    enforce_csrf_checks=False
)  # one for all: each of its own would read all static files


def _sent(world: World, asked: Asked) -> HttpResponse:
    client = world.client(asked.role)
    client.handler = HANDLER
    call: Callable[..., Any] = getattr(client, asked.method)
    options: dict[str, Any] = {"headers": asked.headers, "query_params": asked.query}
    if isinstance(asked.body, bytes):
        method = asked.method.upper()
        response = client.generic(method, asked.path, asked.body, asked.media, **options)
    elif asked.method in {"get", "head", "options"}:
        response = call(asked.path, **options)
    elif asked.method == "post":
        body = dict(asked.body)
        if asked.file is not None:
            body["file"] = SimpleUploadedFile("upload.csv", asked.file)
        response = call(asked.path, body, **options)
    else:
        response = call(asked.path, repr(asked.body), **options)
    if response.streaming:
        b"".join(response)
    return response  # type: ignore[no-any-return]


def _wrong(response: HttpResponse, asked: Asked) -> str:
    if response.status_code >= 500:
        return f"{response.status_code} in {asked.name}"
    html = response.headers.get("Content-Type", "").startswith("text/html")
    if html and not response.streaming and MARK.encode() in response.content:
        return f"unescaped in {asked.name}"
    return ""


def fields_of(world: World, *, look: bool) -> dict[str, list[str]]:
    """Return the names of fields by name of the address: those the matrix posts and, with `look`, those pages show."""
    found: dict[str, set[str]] = {}
    for case in CASES:
        found.setdefault(case.name, set()).update(map(str, case.body))
        if look and case.method == "get":
            for role in LOOKERS:
                with undone(), suppress(Exception):
                    response = ask(world, role, case)
                    found[case.name].update(name.decode() for name in _FIELD.findall(response.content))
    return {name: sorted(names - {"csrfmiddlewaretoken"}) for name, names in found.items()}


def run(world: World, *, number: int, seed: int, look: bool, tell: Callable[[Outcome], None]) -> Outcome:
    """Send at least so many requests. tell: called now and then."""
    outcome = Outcome()
    words = tuple(world.words.values())
    strategy = requests(list(ROLES), words, fields_of(world, look=look))

    @seeded(seed)
    @hypothesis(
        max_examples=-(-number // BATCH),
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(st.lists(strategy, min_size=BATCH, max_size=BATCH))
    def play(batch: list[Asked]) -> None:
        cache.clear()  # of what is counted against guessing
        for asked in batch:
            outcome.note(asked, *send(world, asked))
        if outcome.sent % 1000 == 0:
            tell(outcome)

    while outcome.sent < number:
        play()
        play = seeded(seed + outcome.sent)(play)
    return outcome
