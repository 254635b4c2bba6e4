"""What the commands on cycles share."""

import sys
from argparse import ArgumentTypeError
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from assessments.models import Cycle
from assessments.services.errors import ServiceError
from cfm.lib.csv_import import InvalidFileError


class CycleCommand(BaseCommand):
    """A command on one cycle: refusals of services become one message and exit code 1."""

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("cycle", metavar="CYCLE", help=_("code of the cycle"))

    def handle(self, *args: Any, **options: Any) -> str | None:
        with refusals_as_errors():
            return self.run(cycle_named(options["cycle"]), options)

    def run(self, cycle: Cycle, options: dict[str, Any]) -> str | None:
        """Do the work; the returned line is printed."""
        raise TypeError(type(self).__name__)


def cycle_named(code: str) -> Cycle:
    """Return the cycle. Raises CommandError naming those there are."""
    try:
        cycle: Cycle = Cycle.objects.select_related("framework").get(code=code)
    except Cycle.DoesNotExist:
        known = ", ".join(Cycle.objects.values_list("code", flat=True)) or _("none yet")
        raise CommandError(
            _("There is no cycle {code}. Cycles: {known}.").format(code=repr(code), known=known)
        ) from None
    return cycle


@contextmanager
def refusals_as_errors() -> Iterator[None]:
    """Turn what a service refuses into CommandError (exit code 1)."""
    try:
        yield
    except InvalidFileError as error:
        raise CommandError("\n".join(error.lines())) from error
    except ValidationError as error:
        raise CommandError("\n".join(_validation_lines(error))) from error
    except ServiceError as error:
        raise CommandError(str(error)) from error


def _validation_lines(error: ValidationError) -> list[str]:
    if not hasattr(error, "error_dict"):
        return list(error.messages)
    return [f"{field}: {message}" for field, messages in error.message_dict.items() for message in messages]


@contextmanager
def output(path: str | None) -> Iterator[TextIO]:
    """Open a file for writing; standard output for None and `-`. Raises CommandError."""
    if path in {None, "-"}:
        yield sys.stdout
        return
    try:
        with Path(str(path)).open("w", encoding="utf-8", newline="") as file:
            yield file
    except OSError as error:
        raise CommandError(f"{path}: {error.strerror}") from error


def at_least_one(text: str) -> int:
    """Return the whole number. Raises ArgumentTypeError (exit code 2) for anything else."""
    if not (text.isascii() and text.isdecimal()) or int(text) < 1:
        raise ArgumentTypeError(_("a whole number of at least 1, not {text}").format(text=repr(text)))
    return int(text)


def whole_number(text: str) -> int:
    """Return the whole number of at least 0. Raises ArgumentTypeError (exit code 2) for anything else."""
    if not (text.isascii() and text.isdecimal()):
        raise ArgumentTypeError(_("a whole number of at least 0, not {text}").format(text=repr(text)))
    return int(text)
