"""Triggers by which the database itself refuses to change or delete lines of the audit log.

They are put up after every migrate, since a migration that rebuilds the table (as on SQLite) would lose them.
"""

from typing import Any, Final

from django.db import connection

TABLE: Final = "lib_auditevent"
SQLITE: Final = {
    "audit_no_update": f"BEFORE UPDATE ON {TABLE} BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END",
    "audit_no_delete": f"BEFORE DELETE ON {TABLE} BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END",
}
POSTGRESQL: Final = {
    "audit_no_update": f"BEFORE UPDATE OR DELETE ON {TABLE} FOR EACH ROW EXECUTE FUNCTION cfm_audit_append_only()",
    "audit_no_truncate": f"BEFORE TRUNCATE ON {TABLE} FOR EACH STATEMENT EXECUTE FUNCTION cfm_audit_append_only()",
}
FUNCTION: Final = """
CREATE OR REPLACE FUNCTION cfm_audit_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'the audit log is append-only'; END $$
"""


def missing() -> list[str]:
    """Return the names of triggers that should be there and are not (or, on PostgreSQL, are switched off)."""
    return sorted(set(_wanted()) - _present())


def put_up(**_signal: Any) -> None:
    """Create the triggers that are missing."""
    wanted, gone = _wanted(), missing()
    if not gone or TABLE not in connection.introspection.table_names():
        return
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(FUNCTION)
        for name in gone:
            _drop(cursor, name)
            cursor.execute(f"CREATE TRIGGER {name} {wanted[name]}")


def take_down() -> None:
    """Remove the triggers: for tests that wipe their database."""
    with connection.cursor() as cursor:
        for name in _wanted():
            _drop(cursor, name)


def _wanted() -> dict[str, str]:
    return POSTGRESQL if connection.vendor == "postgresql" else SQLITE


def _drop(cursor: Any, name: str) -> None:
    table = f" ON {TABLE}" if connection.vendor == "postgresql" else ""
    cursor.execute(f"DROP TRIGGER IF EXISTS {name}{table}")


def _present() -> set[str]:
    if connection.vendor == "postgresql":
        query = "SELECT tgname FROM pg_trigger WHERE tgrelid = to_regclass(%s) AND tgenabled IN ('O', 'A')"
    else:
        query = "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = %s"
    with connection.cursor() as cursor:
        cursor.execute(query, [TABLE])
        return {row[0] for row in cursor.fetchall()}
