"""Lists narrowed and sorted by their address, so that a view can be sent to a colleague."""

from organisation.filters.customers import CustomerFilter
from organisation.filters.people import AuditFilterForm, PeopleFilter

__all__ = ["AuditFilterForm", "CustomerFilter", "PeopleFilter"]
