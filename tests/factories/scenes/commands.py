"""Scenes that run management commands as `manage.py` does, and say what is in the tables."""

import hashlib
import io
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.management import execute_from_command_line
from django.db import connection

import cfm.urls  # noqa: F401  # Django's checks read it: once here, not in each child


def command(*, arguments: list[str], stdin: str = "") -> dict[str, Any]:
    """Run one command; returns exit code, standard output and standard error."""
    code: Any = 0
    with _streams(stdin) as (output, errors):
        try:
            execute_from_command_line(["manage.py", *arguments])
        except SystemExit as end:
            code = end.code
        sys.stdout.flush()
        return {"code": code or 0, "out": output.getvalue().decode(), "err": errors.getvalue()}


@contextmanager
def _streams(stdin: str) -> Iterator[tuple[io.BytesIO, io.StringIO]]:
    kept = sys.stdin, sys.stdout, sys.stderr
    output, errors = io.BytesIO(), io.StringIO()
    sys.stdin = io.TextIOWrapper(io.BytesIO(stdin.encode()), encoding="utf-8")
    sys.stdout, sys.stderr = io.TextIOWrapper(output, encoding="utf-8", newline=""), errors
    try:
        yield output, errors
    finally:
        sys.stdin, sys.stdout, sys.stderr = kept


def tables() -> dict[str, str]:
    """Return a checksum of every table."""
    found = {}
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')
            rows = sorted(repr([_plain(value) for value in row]) for row in cursor.fetchall())
            found[table] = hashlib.sha256("\n".join(rows).encode()).hexdigest()
    return found


def _plain(value: Any) -> Any:
    return bytes(value) if isinstance(value, memoryview) else value
