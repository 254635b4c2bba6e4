"""Files that leave the product."""

from cfm.lib import audit


def record_export(*, area: str, what: str, by: int, rows: int) -> None:
    """Note in the audit log that a file was downloaded. area: goal, process or case; what: the name of the file."""
    audit.record(f"{area}.export", what, by=by, rows=rows)
