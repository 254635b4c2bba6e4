"""Log lines that hold no personal data: no address of a personal link, no e-mail address, no request."""

import logging
import re
from typing import Final

_SECRETS: Final = (
    (re.compile(r"(/assess/t/)[^/\s?\"']+"), r"\1…"),
    (re.compile(r"(/password/reset/key/)[^/\s?\"']+"), r"\1…"),
    (re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"), "…@…"),
    (re.compile(r"(://[^:/\s]+:)[^@\s]+(@)"), r"\1…\2"),
)


class WithoutPersonalData(logging.Filter):
    """Redact the message, and drop what Django hands along (the request with its cookies and form)."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = redacted(record.getMessage()), None
        record.__dict__.pop("request", None)
        return True


def redacted(text: str) -> str:
    """Return the text without tokens of personal links, e-mail addresses and passwords in addresses.

    >>> redacted("GET /assess/t/AbC123/ by ann@firm.example")
    'GET /assess/t/…/ by …@…'
    >>> redacted("redis://cfm:geheim@cache:6379/0 hangs")
    'redis://cfm:…@cache:6379/0 hangs'
    """
    for pattern, instead in _SECRETS:
        text = pattern.sub(instead, text)
    return text
