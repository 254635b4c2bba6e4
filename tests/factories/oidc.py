"""A provider of single sign-on (OpenID Connect) in a thread, for tests: signs anybody in as whom it is told.

with provider(claims={"sub": "1", "email": "ada@test.example", "email_verified": True}) as issuer: ...
"""

import base64
import hashlib
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)


@dataclass
class Provider:
    """What the provider says, and what it was asked. issuer: its address."""

    claims: dict[str, Any]
    issuer: str = ""
    asked: list[dict[str, str]] = field(default_factory=list)
    challenges: dict[str, str] = field(default_factory=dict)
    audience: str = "cfm"
    broken: bool = False


@contextmanager
def provider(claims: dict[str, Any]) -> Iterator[Provider]:
    """Run a provider while the block runs."""
    state = Provider(claims)
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(state))
    state.issuer = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield state
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _handler(state: Provider) -> type[BaseHTTPRequestHandler]:  # noqa: C901 - one class with four answers
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            url = urlsplit(self.path)
            query = {name: values[0] for name, values in parse_qs(url.query).items()}
            if state.broken:
                self._send({}, 500)
            elif url.path == "/.well-known/openid-configuration":
                self._send(_discovery(state))
            elif url.path == "/authorize":
                self._authorize(query)
            elif url.path == "/userinfo":
                known = self.headers.get("Authorization") == "Bearer the-access-token"
                self._send(state.claims if known else {}, 200 if known else 401)
            else:
                self._send({}, 404)

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            query = {name: values[0] for name, values in parse_qs(body).items()}
            verifier = hashlib.sha256(query.get("code_verifier", "").encode()).digest()
            challenge = base64.urlsafe_b64encode(verifier).rstrip(b"=").decode()
            if state.challenges.pop(query.get("code", ""), None) != challenge:
                self._send({"error": "invalid_grant"}, 400)
                return
            now = int(time.time())
            told = {"iss": state.issuer, "aud": state.audience, "iat": now, "exp": now + 60, **state.claims}
            token = jwt.encode(told, KEY, algorithm="RS256")
            self._send({"access_token": "the-access-token", "token_type": "Bearer", "id_token": token})

        def _authorize(self, query: dict[str, str]) -> None:
            state.asked.append(query)
            state.challenges["the-code"] = query["code_challenge"]
            answer = urlencode({"code": "the-code", "state": query["state"]})
            self.send_response(302)
            self.send_header("Location", f"{query['redirect_uri']}?{answer}")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def _send(self, content: dict[str, Any], status: int = 200) -> None:
            body = json.dumps(content).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: Any) -> None:
            """Stay quiet."""

    return Handler


def _discovery(state: Provider) -> dict[str, Any]:
    return {
        "issuer": state.issuer,
        "authorization_endpoint": f"{state.issuer}/authorize",
        "token_endpoint": f"{state.issuer}/token",
        "userinfo_endpoint": f"{state.issuer}/userinfo",
        "jwks_uri": f"{state.issuer}/jwks",
        "token_endpoint_auth_methods_supported": ["client_secret_post"],
    }
