"""What pages take in: units, people and files (directory), and the register of customers (customers)."""

from organisation.forms.directory import (
    MAX_UPLOAD,
    AnonymiseForm,
    PersonForm,
    UnitChoiceField,
    UnitForm,
    UploadForm,
)

__all__ = ["MAX_UPLOAD", "AnonymiseForm", "PersonForm", "UnitChoiceField", "UnitForm", "UploadForm"]
