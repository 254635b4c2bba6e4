"""CSV files: check everything, tell what will change, then change all of it or nothing."""

from organisation.imports.customers import IMPORTS, import_customers
from organisation.imports.people import import_people
from organisation.imports.units import import_units

__all__ = ["IMPORTS", "import_customers", "import_people", "import_units"]
