"""Writing: units and people (directory), and the register of customers (customers, links)."""

from organisation.services.directory import (
    PersonData,
    change_person,
    contents,
    create_person,
    delete_unit,
    record_export,
    save_unit,
)

__all__ = [
    "PersonData",
    "change_person",
    "contents",
    "create_person",
    "delete_unit",
    "record_export",
    "save_unit",
]
