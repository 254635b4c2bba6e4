"""The list of people, narrowed and sorted by its address, so that a view can be sent to a colleague."""

from typing import Any

import django_filters as filters
from django import forms
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from organisation.models import Person, RoleGrant, Unit


class AuditFilterForm(forms.Form):
    """?who=…&area=rating&since=2026-01-01&until=2026-01-31"""

    who = forms.CharField(label=_("Name or person id"), required=False, max_length=100)
    area = forms.ChoiceField(label=_("What about"), required=False)
    since = forms.DateField(label=_("From"), required=False, widget=forms.DateInput({"type": "date"}))
    until = forms.DateField(label=_("Until"), required=False, widget=forms.DateInput({"type": "date"}))

    def __init__(self, data: Any, *, areas: list[tuple[str, Any]]) -> None:
        super().__init__(data)
        area = self.fields["area"]
        area.choices = [("", _("everything")), *areas]  # type: ignore[attr-defined]

    def chosen(self) -> dict[str, Any]:
        """Return what is entered well; the rest is as if it were not there."""
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value}


class PeopleFilter(filters.FilterSet):  # type: ignore[misc]
    """?q=…&unit=CODE&role=hr&active=1&sort=-name"""

    q = filters.CharFilter(label=_("Name, e-mail or person id"), method="search")
    unit = filters.ModelChoiceFilter(
        label=_("Unit and those below"),
        queryset=Unit.objects.none(),
        to_field_name="code",
        method="in_unit",
        empty_label=_("all"),
    )
    role = filters.ChoiceFilter(
        label=_("Role"), field_name="role_grants__role", choices=RoleGrant.Role.choices, empty_label=_("any")
    )
    active = filters.ChoiceFilter(
        label=_("State"),
        field_name="is_active",
        choices=[("1", _("active")), ("0", _("not active"))],
        empty_label=_("any"),
        method="in_state",
    )
    sort = filters.OrderingFilter(
        fields={"name": "name", "person_id": "person_id", "unit__name": "unit", "job_role__name": "job_role"},
        label=_("Sort"),
    )

    class Meta:
        model = Person
        fields: tuple[str, ...] = ()

    def __init__(self, *args: Any, reader: Person, **options: Any) -> None:
        super().__init__(*args, **options)
        self.filters["unit"].queryset = Unit.objects.visible_to(reader, "person.view")

    def search(self, people: QuerySet[Person], name: str, value: str) -> QuerySet[Person]:
        return people.filter(
            Q(name__icontains=value) | Q(email__icontains=value) | Q(person_id__icontains=value)
        )

    def in_unit(self, people: QuerySet[Person], name: str, value: Unit) -> QuerySet[Person]:
        return people.filter(unit__in=Unit.objects.within([value.pk]))

    def in_state(self, people: QuerySet[Person], name: str, value: str) -> QuerySet[Person]:
        return people.filter(is_active=value == "1")

    def filter_queryset(self, people: QuerySet[Person]) -> QuerySet[Person]:
        """Narrow and sort; the person id decides between equals, so that pages never overlap."""
        found: QuerySet[Person] = super().filter_queryset(people)
        return found.order_by(*(found.query.order_by or ("name",)), "person_id")
