"""Writing the register of customers one row at a time, in the browser. Rules broken are a ValidationError by field."""

from typing import Final, TypeVar

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from cfm.lib import audit
from organisation import permissions
from organisation.models import (
    Channel,
    Customer,
    Person,
    Promise,
    PromiseResult,
    SatisfactionFigure,
    SupplierLink,
    Unit,
)

Part = Promise | PromiseResult | Channel | SatisfactionFigure
Row = TypeVar("Row", bound=Customer | Part | SupplierLink)

ACTION: Final = "customer.edit"


def save_customer(*, customer: Customer, by: Person) -> Customer:
    """Create the customer, or change one; its code stays. One of its units must be within reach, before and after.

    Raises PermissionDenied for a customer out of reach, ValidationError by field.
    """
    permissions.require(by, ACTION)
    with transaction.atomic():
        if customer.pk is not None:
            _locked(customer, by)
        if not _reaches(by, customer.owner_unit_id, customer.serving_unit_id):
            message = _("One of the two units must be within your reach: you keep their customers.")
            raise ValidationError({"owner_unit": message})
        return _saved(customer, customer.code, by, "")


def delete_customer(*, customer: Customer, by: Person) -> None:
    """Delete a customer with its promises, channels and figures. Raises PermissionDenied out of reach."""
    permissions.require(by, ACTION)
    with transaction.atomic():
        _locked(customer, by).delete()
        audit.record("customer.delete", customer.code, by=by.pk)


def save_part(*, part: Part, by: Person) -> Part:
    """Create or change what belongs to a customer; a result is judged by the promise's target of now.

    Raises PermissionDenied for a customer out of reach, ValidationError by field.
    """
    permissions.require(by, ACTION)
    with transaction.atomic():
        customer = _locked(part.customer, by)
        if isinstance(part, PromiseResult):
            part.target = part.promise.target
            part.kept = part.promise.is_kept_by(part.value)
        return _saved(part, customer.code, by, "_part")


def delete_part(*, part: Part, by: Person) -> None:
    """Delete what belongs to a customer. Raises PermissionDenied out of reach."""
    permissions.require(by, ACTION)
    with transaction.atomic():
        customer = _locked(part.customer, by)
        pk = part.pk
        part.delete()
        audit.record("customer.delete_part", customer.code, by=by.pk, what=_what(part), row=pk)


def save_link(*, link: SupplierLink, by: Person) -> SupplierLink:
    """Create or change a link between two units, one of them within reach, before and after.

    Raises PermissionDenied for a link out of reach, ValidationError by field.
    """
    permissions.require(by, ACTION)
    with transaction.atomic():
        if link.pk is not None:
            _locked_link(link, by)
        if not _reaches(by, link.supplier_id, link.customer_id):
            raise ValidationError({"supplier": _("One of the two units must be within your reach.")})
        return _saved(link, _ends(link), by, "_link")


def delete_link(*, link: SupplierLink, by: Person) -> None:
    """Delete a link between two units. Raises PermissionDenied out of reach."""
    permissions.require(by, ACTION)
    with transaction.atomic():
        _locked_link(link, by)
        told = _ends(link)
        link.delete()
        audit.record("customer.delete_link", told, by=by.pk)


def _locked(customer: Customer, by: Person) -> Customer:
    """Return the customer as stored, held until the end of the transaction."""
    reachable = Customer.objects.visible_to(by, ACTION).select_for_update(of=("self",))
    found: Customer | None = reachable.filter(pk=customer.pk).first()
    if found is None:
        raise PermissionDenied(ACTION)
    return found


def _locked_link(link: SupplierLink, by: Person) -> None:
    reachable = SupplierLink.objects.visible_to(by, ACTION).select_for_update(of=("self",))
    if not reachable.filter(pk=link.pk).exists():
        raise PermissionDenied(ACTION)


def _reaches(by: Person, *units: int | None) -> bool:
    scope = permissions.scope(by, ACTION)
    return scope is None or bool(
        Unit.objects.within(scope).filter(pk__in=[one for one in units if one]).exists()
    )


def _ends(link: SupplierLink) -> str:
    return f"{link.supplier.code} → {link.customer.code}"


def _what(row: Row) -> str:
    return str(row._meta.verbose_name)


def _saved(row: Row, subject: str, by: Person, kind: str) -> Row:
    """Check the row and save it if something is new; the audit line names the columns, never what they say."""
    row.full_clean()
    changed = _changed(row)
    if not changed:
        return row
    is_new = row.pk is None
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError as error:
        message = _("Somebody else changed the same at this moment. Please try again.")
        raise ValidationError(message) from error
    details = {"what": _what(row), "row": row.pk} if kind == "_part" else {}
    fields = [] if is_new else changed
    audit.record(
        f"customer.{'create' if is_new else 'change'}{kind}", subject, by=by.pk, **details, fields=fields
    )
    return row


def _changed(row: Row) -> list[str]:
    """Return the names of the columns that differ from what is stored; of all of them for a new row."""
    columns = [field.attname for field in row._meta.concrete_fields if not field.primary_key]
    if row.pk is None:
        return columns
    stored = type(row)._base_manager.values(*columns).get(pk=row.pk)
    return [name for name in columns if stored[name] != getattr(row, name)]


def record_export(*, name: str, count: int, by: Person) -> None:
    """Note that somebody took a file of the register out of the product."""
    audit.record("customer.export", name, by=by.pk, count=count)
