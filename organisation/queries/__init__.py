"""Reading: units and people (directory), and the register of customers (customers, links)."""

from organisation.queries.directory import (
    FIRST_PEOPLE,
    UnitRow,
    children,
    known_job_roles,
    path_above,
    people,
    unit_named,
    unit_rows,
)

__all__ = [
    "FIRST_PEOPLE",
    "UnitRow",
    "children",
    "known_job_roles",
    "path_above",
    "people",
    "unit_named",
    "unit_rows",
]
