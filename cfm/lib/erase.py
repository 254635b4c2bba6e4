"""Wipe what deleted rows leave behind in the database's files."""

import time
from collections.abc import Callable
from functools import partial
from typing import Final

from django.db import OperationalError, connection, models, transaction

SECONDS: Final = 60.0
PAUSE_SECONDS: Final = 0.25
LOCK_TIMEOUT: Final = "5s"


class BusyError(Exception):
    """Others held the tables or the log all the time; the message is the database's last word."""


def wipe(*tables: type[models.Model], seconds: float = SECONDS) -> bool:
    """Rewrite the tables' files without their dead rows; False where a surrounding transaction makes it impossible.

    SQLite: VACUUM, then empty the write-ahead log. PostgreSQL: a change of type that changes nothing, for which the
    living rows are written to a new file and the old one is dropped (an empty table becomes an empty file), whoever
    still sees the dead ones; then the order of the ids, since rows written last lie in the holes that earlier changes
    left, and so would tell which those were. Tried again for so many seconds while others are in the way, then raises
    BusyError.
    """
    if connection.in_atomic_block:
        return False
    end = time.monotonic() + seconds
    if connection.vendor == "sqlite":
        _until_done(partial(_run, "VACUUM"), end)
        _until_done(_empty_log, end)
    else:
        for table in tables:
            _until_done(partial(_rewrite, table), end)
            _until_done(partial(bring_into_order, table), end)
    return True


def _run(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


def _empty_log() -> None:
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        if cursor.fetchone()[0]:
            raise OperationalError("the write-ahead log is being read")


def _rewrite(table: type[models.Model]) -> None:
    """Copy one table's living rows to a new file; give up soon where others hold it, so that nobody queues for long.

    VACUUM FULL would keep dead rows for as long as any transaction of the server, even one in another database,
    began before they died. A change of type copies what is alive now and nothing else.
    """
    column = table._meta.concrete_fields[-1]
    quoted = connection.ops.quote_name
    name, kind = quoted(str(column.column)), column.db_type(connection)
    with transaction.atomic():
        _run(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'")
        # PostgreSQL sees through the bare name and would copy nothing.
        _run(
            f"ALTER TABLE {quoted(table._meta.db_table)} "
            f"ALTER COLUMN {name} TYPE {kind} USING COALESCE({name}, {name})"
        )


def bring_into_order(table: type[models.Model]) -> None:
    """Write one table anew in the order of its primary key (PostgreSQL only; the lock is held until the commit)."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'")
        name = table._meta.db_table
        found = connection.introspection.get_constraints(cursor, name)
        key = next(index for index, told in found.items() if told["primary_key"])
        quoted = connection.ops.quote_name
        cursor.execute(f"CLUSTER {quoted(name)} USING {quoted(key)}")


def _until_done(step: Callable[[], None], end: float) -> None:
    while True:
        try:
            return step()
        except OperationalError as error:
            if time.monotonic() > end:
                raise BusyError(str(error)) from error
        time.sleep(PAUSE_SECONDS)
