"""Hands one mail to the mail server, or goes through the same motions without sending it.

A reminder is not sent to somebody who has answered. So that neither a failed job nor the time it took tells who that
is, both go the same way: sign in, name sender and recipient; then one sends the text, and the other takes it back.
"""

from contextlib import suppress
from smtplib import SMTPException, SMTPResponseException
from typing import Any, Final

from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.smtp import EmailBackend
from django.core.mail.message import sanitize_address
from django.utils.translation import gettext as _

PERMANENT: Final = 500  # RFC 5321, 4.2.1: codes from here on will not change by themselves


class MailServerError(Exception):
    """The server did not take the mail; names no address. late: it had accepted sender and recipient before."""

    def __init__(self, message: str, *, permanent: bool = False, late: bool = False) -> None:
        super().__init__(message)
        self.permanent = permanent
        self.late = late


def deliver(message: EmailMessage, *, send: bool) -> None:
    """Hand over a mail to one recipient; with send False, go as far as its address and take it back.

    Raises MailServerError.
    """
    connection = get_connection()
    whole: Any = message.message()
    content: bytes = whole.as_bytes(linesep="\r\n")
    if isinstance(connection, EmailBackend):
        _over_smtp(connection, message, content, send=send)
    elif send:
        try:
            connection.send_messages([message])
        except OSError:
            raise MailServerError(_("The mail could not be written."), late=True) from None


def _over_smtp(connection: EmailBackend, message: EmailMessage, content: bytes, *, send: bool) -> None:
    try:
        server = _addressed(connection, message, size=len(content))
        try:
            _check(server.data(content) if send else server.rset())
        except (OSError, SMTPException) as error:
            raise _told(error, late=True) from None
    finally:
        # What the server says to the goodbye does not undo its yes.
        with suppress(Exception):
            connection.close()


def _addressed(connection: EmailBackend, message: EmailMessage, *, size: int) -> Any:
    """Return the server's connection, with sender and recipient accepted. Raises MailServerError."""
    try:
        connection.open()
        server: Any = connection.connection
        server.ehlo_or_helo_if_needed()
        options = [f"size={size}"] if server.has_extn("size") else []
        _check(server.mail(sanitize_address(message.from_email, "utf-8"), options))
        _check(server.rcpt(sanitize_address(message.to[0], "utf-8")))
    except (OSError, SMTPException) as error:
        raise _told(error) from None
    return server


def _check(answer: tuple[int, bytes]) -> None:
    code, text = answer
    if not 200 <= code < 300:
        raise SMTPResponseException(code, text)


def _told(error: Exception, *, late: bool = False) -> MailServerError:
    """Say what happened without the server's own words: they often repeat the address."""
    if not isinstance(error, SMTPResponseException):
        return MailServerError(_("The mail server could not be reached."), late=late)
    text = _("The mail server refused the mail (code {code}).").format(code=error.smtp_code)
    return MailServerError(text, permanent=error.smtp_code >= PERMANENT, late=late)
