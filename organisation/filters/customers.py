"""The register of customers, narrowed and sorted by its address."""

import django_filters as filters
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from organisation.models import Customer, Unit


class CustomerFilter(filters.FilterSet):  # type: ignore[misc]
    """?q=…&kind=client&internal=0&unit=CODE&look=no_voice&sort=-name; the rows are those of queries.customers."""

    q = filters.CharFilter(label=_("Name, code or expectation"), method="search")
    kind = filters.ChoiceFilter(label=_("Kind"), choices=Customer.Kind.choices, empty_label=_("any"))
    internal = filters.ChoiceFilter(
        label=_("Where"),
        field_name="is_internal",
        choices=[("0", _("outside")), ("1", _("inside the organisation"))],
        empty_label=_("anywhere"),
        method="where",
    )
    unit = filters.ModelChoiceFilter(
        label=_("Owned or served by (with units below)"),
        queryset=Unit.objects.all(),
        to_field_name="code",
        method="in_unit",
        empty_label=_("any unit"),
    )
    look = filters.ChoiceFilter(
        label=_("Look at"),
        choices=[
            ("no_voice", _("those without a voice")),
            ("broken", _("those with a promise not kept")),
            ("unserved", _("those whom no unit serves")),
        ],
        empty_label=_("everyone"),
        method="looking",
    )
    sort = filters.OrderingFilter(
        fields={
            "name": "name",
            "kind": "kind",
            "owner_unit__name": "owner",
            "serving_unit__name": "serving",
        },
        label=_("Sort"),
    )

    class Meta:
        model = Customer
        fields: tuple[str, ...] = ()

    def search(self, rows: QuerySet[Customer], name: str, value: str) -> QuerySet[Customer]:
        found = Q(name__icontains=value) | Q(code__icontains=value) | Q(expectations__icontains=value)
        return rows.filter(found)

    def where(self, rows: QuerySet[Customer], name: str, value: str) -> QuerySet[Customer]:
        return rows.filter(is_internal=value == "1")

    def in_unit(self, rows: QuerySet[Customer], name: str, value: Unit) -> QuerySet[Customer]:
        units = Unit.objects.within([value.pk]).values("pk")
        return rows.filter(Q(owner_unit__in=units) | Q(serving_unit__in=units))

    def looking(self, rows: QuerySet[Customer], name: str, value: str) -> QuerySet[Customer]:
        wanted = {"no_voice": Q(n_channels=0), "broken": Q(breaks=True), "unserved": Q(serving_unit=None)}
        return rows.filter(wanted[value])

    def filter_queryset(self, rows: QuerySet[Customer]) -> QuerySet[Customer]:
        """Narrow and sort; the code decides between equals, so that pages never overlap."""
        found: QuerySet[Customer] = super().filter_queryset(rows)
        return found.order_by(*(found.query.order_by or ("name",)), "code")
