"""Who: the directory of units and people, and the register of customers."""

from organisation.models.customers import (
    Channel,
    Customer,
    Promise,
    PromiseResult,
    SatisfactionFigure,
    SupplierLink,
)
from organisation.models.directory import (
    Approval,
    JobRole,
    Person,
    PersonManager,
    PersonQuerySet,
    RoleGrant,
    SignInCount,
    Unit,
    UnitQuerySet,
)
from organisation.models.notices import MailChoice, Notice

__all__ = [
    "Approval",
    "Channel",
    "Customer",
    "JobRole",
    "MailChoice",
    "Notice",
    "Person",
    "PersonManager",
    "PersonQuerySet",
    "Promise",
    "PromiseResult",
    "RoleGrant",
    "SatisfactionFigure",
    "SignInCount",
    "SupplierLink",
    "Unit",
    "UnitQuerySet",
]
