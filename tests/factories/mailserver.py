"""A mail server for tests: speaks enough SMTP, remembers what it was told, refuses what it is asked to refuse.

with mail_server() as server:
    settings.EMAIL_BACKEND, settings.EMAIL_HOST, settings.EMAIL_PORT = SMTP, "127.0.0.1", server.port
    server.refuse["RCPT"] = "550 no such user"
"""

import contextlib
import socketserver
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

SMTP = "django.core.mail.backends.smtp.EmailBackend"


@dataclass
class MailServer:
    """refuse: command → answer. talks: the commands of each connection; taken: the mails it said yes to.

    hang: seconds that pass before each answer.
    """

    port: int = 0
    hang: float = 0
    refuse: dict[str, str] = field(default_factory=dict)
    talks: list[list[str]] = field(default_factory=list)
    taken: list[EmailMessage] = field(default_factory=list)


class _Talk(socketserver.StreamRequestHandler):
    server: Any

    def handle(self) -> None:
        state: MailServer = self.server.state
        heard: list[str] = []
        state.talks.append(heard)
        self._say("220 ready")
        while line := self.rfile.readline():
            command = line.decode().strip().upper().split(" ")[0].split(":")[0]
            heard.append(command)
            time.sleep(state.hang)
            if command == "QUIT":
                return self._say("221 bye")
            self._answer(state, command)
        return None

    def _answer(self, state: MailServer, command: str) -> None:
        if command in state.refuse:
            return self._say(state.refuse[command])
        if command == "DATA":
            self._say("354 go on")
            state.taken.append(self._read_mail())
        return self._say("250 fine")

    def _read_mail(self) -> EmailMessage:
        lines = []
        while (line := self.rfile.readline()) not in {b".\r\n", b""}:
            lines.append(line[1:] if line.startswith(b"..") else line)
        return message_from_bytes(b"".join(lines), policy=policy.default)  # type: ignore[return-value]

    def _say(self, line: str) -> None:
        self.wfile.write(f"{line}\r\n".encode())


@contextlib.contextmanager
def mail_server() -> Iterator[MailServer]:
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Talk) as tcp:
        tcp.daemon_threads = True
        tcp.state = MailServer(port=tcp.server_address[1])  # type: ignore[attr-defined]
        thread = threading.Thread(target=tcp.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        try:
            yield tcp.state  # type: ignore[attr-defined]
        finally:
            tcp.shutdown()
            thread.join()
