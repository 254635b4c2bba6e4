"""Respondents who answer again and again, and a ledger that knows what was sent and what was acknowledged."""

import hashlib
import http.client
import os
import random
import re
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from email.message import EmailMessage
from http.cookies import SimpleCookie
from pathlib import Path
from urllib.parse import urlencode

DIGITS = 8
TIMEOUT = 45.0


def written(person: int, number: int, *, items: int) -> str:
    """Return answers that tell whose they are and which try: digits of both, then what follows from them."""
    head = "".join(str(1 + value // 5**place % 5) for value in (person, number) for place in range(DIGITS))
    rest = random.Random(f"{person}/{number}")  # the same on both sides of the books
    return head + "".join(str(rest.randint(1, 5)) for _item in range(items - len(head)))


def read(codes: str) -> tuple[int, int]:
    """Return (person, number) of answers. Raises ValueError for answers that nobody wrote."""
    digits = [int(one) - 1 for one in codes[: 2 * DIGITS]]
    person, number = (
        sum(digit * 5**place for place, digit in enumerate(part))
        for part in (digits[:DIGITS], digits[DIGITS:])
    )
    if written(person, number, items=len(codes)) != codes:
        raise ValueError(codes)
    return person, number


class Ledger:
    """A line before a submission is sent and one after its answer, each on disk before the next step."""

    def __init__(self, path: Path) -> None:
        self.file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self.lock = threading.Lock()
        self.sent: dict[int, int] = {}
        self.acknowledged: dict[int, int] = {}
        self.last_yes = time.monotonic()
        self.yes = 0

    def send(self, person: int, number: int) -> None:
        self._write(f"sent {person} {number}\n")
        self.sent[person] = number

    def acknowledge(self, person: int, number: int) -> None:
        self._write(f"yes {person} {number}\n")
        with self.lock:
            self.acknowledged[person] = number
            self.last_yes = time.monotonic()
            self.yes += 1

    def _write(self, line: str) -> None:
        with self.lock:
            os.write(self.file, line.encode())
            os.fsync(self.file)


class Respondent:
    """Somebody with a personal link, in a browser that forgets nothing."""

    def __init__(self, number: int, port: int, token: str, code: str, items: int) -> None:
        self.number, self.port, self.token, self.code, self.items = number, port, token, code, items
        self.cookies: dict[str, str] = {}
        self.tries = 0
        self.arrived = False

    def submit(self, ledger: Ledger) -> int:
        """Arrive if need be, then submit anew; returns the last status, 0 where nothing answered."""
        try:
            if not self.arrived and (status := self._arrive()) >= 400:
                return status
            self.tries += 1
            ledger.send(self.number, self.tries)
            codes = written(self.number, self.tries, items=self.items)
            status, place = self._ask(f"/assess/{self.code}/review/", codes=codes, comment="")
            if status == 302 and place.endswith("/thanks/"):
                ledger.acknowledge(self.number, self.tries)
            elif status in {302, 403}:
                self.arrived = False
            return status
        except (OSError, http.client.HTTPException):
            return 0

    def _arrive(self) -> int:
        status, _place = self._ask(f"/assess/t/{self.token}/", begin="1")
        if status == 302:
            status, _place = self._ask(f"/assess/{self.code}/")
            self.arrived = status == 200
        return status

    def _ask(self, path: str, **fields: str) -> tuple[int, str]:
        token = hashlib.sha256(self.token.encode()).hexdigest()[:32]
        sent = self.cookies | {"csrftoken": token}
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in sent.items())}
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=TIMEOUT)
        try:
            if fields:
                headers["Content-Type"] = "application/x-www-form-urlencoded"
                body = urlencode(fields | {"csrfmiddlewaretoken": token})
                connection.request("POST", path, body, headers)
            else:
                connection.request("GET", path, headers=headers)
            answer = connection.getresponse()
            answer.read()
        finally:
            connection.close()
        for cookie in answer.headers.get_all("Set-Cookie") or []:
            for name, morsel in SimpleCookie(cookie).items():
                self.cookies[name] = morsel.value
        return answer.status, answer.headers.get("Location", "")


@dataclass
class Load:
    """Threads of respondents; each person belongs to one thread, so that a person's tries have an order."""

    people: list[Respondent]
    ledger: Ledger
    threads: int = 6
    pause: float = 0.02
    statuses: Counter[int] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    fault: str = ""
    _stop: threading.Event = field(default_factory=threading.Event)
    _running: list[threading.Thread] = field(default_factory=list)

    def start(self) -> None:
        self._stop.clear()
        self._running = [
            threading.Thread(target=self._answer, args=(self.people[number :: self.threads],), daemon=True)
            for number in range(self.threads)
        ]
        for thread in self._running:
            thread.start()

    def stop(self) -> None:
        self._stop.set()
        for thread in self._running:
            thread.join(2 * TIMEOUT)

    def _answer(self, mine: list[Respondent]) -> None:
        choose = random.Random()
        while not self._stop.is_set():
            status = choose.choice(mine).submit(self.ledger)
            self.statuses[status] += 1
            if status >= 500 and status != 503:
                self.wrong.append(f"{status} during: {self.fault}")
            if status == 0 or status >= 500:
                time.sleep(0.2)
            time.sleep(self.pause)


def tokens_of(mail: EmailMessage) -> list[str]:
    """Return the tokens of personal links in a mail."""
    body = mail.get_body(("plain",))
    text = body.get_content() if body else ""
    return re.findall(r"/assess/t/([A-Za-z0-9_-]+)/", text)
