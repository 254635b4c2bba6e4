"""Scenes of many people, tabs and threads at once."""

import threading
import urllib.error
import urllib.request
from collections import Counter
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.test import Client
from django.urls import reverse
from waitress import create_server

from assessments.models import Response
from assessments.services import ballot, drafts
from tests.factories import assessments as make
from tests.factories.scenes.common import at_once, close


def storm_of_one(*, times: int) -> dict[str, Any]:
    """One person submits many times at once, with withdrawals in between; then once more."""
    cycle = make.open_cycle()
    (row, *_others) = make.invitations(cycle, audience="staff")

    def act(number: int) -> None:
        if number % 5 == 4:
            ballot.withdraw(invitation=row)
        else:
            ballot.submit(invitation=row, codes="1234")

    faults = at_once(act, times)
    ballot.submit(invitation=row, codes="4321")
    close(cycle.pk)
    return {"faults": faults, "codes": list(Response.objects.values_list("codes", flat=True))}


def storm_on_the_web(*, people: int, times: int) -> dict[str, Any]:
    """A real web server: everybody submits at once, and in the same crowd one person does so many times."""
    cycle = make.open_cycle(people={"NORTH": (people, 0)})
    rows = make.invitations(cycle)
    cookies = [_signed_in(row.person) for row in rows]
    server = create_server(get_wsgi_application(), host="127.0.0.1", port=0, threads=8)
    threading.Thread(target=server.run, daemon=True).start()
    page = f"http://127.0.0.1:{server.effective_port}{reverse('assess_review', args=[cycle.code])}"
    statuses: Counter[int] = Counter()

    def act(number: int) -> None:
        person = number if number < people else 0
        statuses[_post(page, cookies[person], codes=code(person), comment="")] += 1

    faults = at_once(act, people + times)
    server.close()
    close(cycle.pk)
    counted = Counter(Response.objects.values_list("codes", flat=True))
    return {
        "faults": faults,
        "statuses": dict(statuses),
        "each once": counted == Counter(map(code, range(people))),
    }


def _signed_in(person: Any) -> str:
    client = Client()
    client.force_login(person, backend=settings.AUTHENTICATION_BACKENDS[0])
    return f"sessionid={client.cookies['sessionid'].value}"


def _post(page: str, cookie: str, **fields: str) -> int:
    """Send a form as a browser would, with a token against forgery; returns the status that the form gets."""
    token = "t" * 32
    data = urlencode(fields | {"csrfmiddlewaretoken": token}).encode()
    headers = {"Cookie": f"{cookie}; csrftoken={token}"}
    request = urllib.request.Request(page, data=data, headers=headers)
    try:
        with urllib.request.build_opener(_NoRedirect).open(request, timeout=60) as response:
            return int(response.status)
    except urllib.error.HTTPError as error:
        return error.code


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_arguments: Any) -> None:
        return None


def storm_of_drafts(*, pages: int) -> dict[str, Any]:
    """One browser saves all pages of a new draft at once: none may be lost."""
    cycle = make.open_cycle(framework=make.shipped_framework())
    (row, *_others) = make.invitations(cycle, audience="staff")
    secret = b"secret of a browser"
    faults = at_once(lambda place: drafts.merge(secret=secret, invitation=row, changes={place: "5"}), pages)
    draft = drafts.load(secret=secret, invitation=row)
    return {"faults": faults, "saved": draft.codes[:pages] if draft else ""}


def storm_of_many(*, people: int, close_meanwhile: bool = False) -> dict[str, Any]:
    """Everybody submits twice at once; possibly the cycle is closed in the middle of it."""
    cycle = make.open_cycle(people={"NORTH": (people, 0)})
    rows = make.invitations(cycle)
    acknowledged: list[int] = []

    def act(number: int) -> None:
        person = number % people
        if close_meanwhile and number == people:
            close(cycle.pk)
        try:
            ballot.submit(invitation=rows[person], codes=code(person))
        except ballot.ClosedError:
            return
        acknowledged.append(person)

    faults = at_once(act, 2 * people)
    close(cycle.pk)
    counted = Counter(Response.objects.values_list("codes", flat=True))
    return {
        "faults": faults,
        "lost": sum((Counter(map(code, set(acknowledged))) - counted).values()),
        "made up": sum((counted - Counter(map(code, range(people)))).values()),
        "counted": sum(counted.values()),
        "acknowledged": len(set(acknowledged)),
    }


def code(number: int) -> str:
    """Return four answers that stand for a number below 625."""
    return "".join(str(1 + number // 5**place % 5) for place in range(4))
