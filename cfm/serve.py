"""Serve the product from this process with waitress, until Ctrl-C."""

import socket
from argparse import ArgumentTypeError
from collections.abc import Callable

from django.core.management.base import CommandError
from django.utils.translation import gettext as _
from waitress import create_server


def serve(*, port: int, say: Callable[[str], None], host: str = "127.0.0.1") -> None:
    """Answer requests until interrupted. Raises CommandError when the port is taken."""
    from cfm.wsgi import application

    try:
        server = create_server(application, host=host, port=port, threads=8)
    except OSError as error:
        raise _taken(port, error) from error
    say(_("Serving on http://{host}:{port}/").format(host=host, port=port))
    try:
        server.run()  # returns at Ctrl-C
    finally:
        server.close()
    say(_("Stopped."))


def port_number(text: str) -> int:
    """Return the port. Raises ArgumentTypeError (exit code 2) for anything but 1 to 65535."""
    if not (text.isdecimal() and 1 <= int(text) <= 65_535):
        raise ArgumentTypeError(_("a port from 1 to 65535, not {text}").format(text=repr(text)))
    return int(text)


def require_free(*, port: int, host: str = "127.0.0.1") -> None:
    """Raise CommandError when the port is taken: told before long work, not after it."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise _taken(port, error) from error


def _taken(port: int, error: OSError) -> CommandError:
    return CommandError(
        _("Port {port} can't be used ({reason}): choose another with --port.").format(
            port=port, reason=error.strerror
        )
    )
