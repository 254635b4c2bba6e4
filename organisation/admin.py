"""Django's admin: for looking up rows. Changes go through the pages, whose services check and keep the audit log."""

from typing import TYPE_CHECKING, Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialToken
from allauth.usersessions.models import UserSession
from django.contrib import admin
from django.contrib.auth.models import Group
from django.db.models import Model, QuerySet
from django.http import HttpRequest

from cfm.lib import audit
from organisation.models import JobRole, Person, RoleGrant, Unit

# Addresses come with people and groups are not used: neither may be changed past the services and the audit log.
# Second factors, sessions and accounts of single sign-on are nobody's business but their owner's.
admin.site.unregister(
    [EmailAddress, Group, Authenticator, UserSession, SocialAccount, SocialApp, SocialToken]
)

if TYPE_CHECKING:
    _Admin = admin.ModelAdmin[Any]
else:
    _Admin = admin.ModelAdmin


class ReadOnlyAdmin(_Admin):
    """Rows to look at, within the administrator's reach."""

    within = "pk__in"  # what leads from a row to its unit

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        units = Unit.objects.visible_to(request.user, "unit.edit")
        return super().get_queryset(request).filter(**{self.within: units.values("pk")})

    def has_add_permission(self, request: HttpRequest, *args: Any) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


@admin.register(Unit)
class UnitAdmin(ReadOnlyAdmin):
    list_display = ("code", "name", "parent")
    list_select_related = ("parent",)
    search_fields = ("code", "name")


@admin.register(Person)
class PersonAdmin(ReadOnlyAdmin):
    within = "unit__in"
    list_display = ("person_id", "name", "email", "unit", "job_role", "is_active")
    list_filter = ("is_active",)
    list_select_related = ("unit", "job_role")
    search_fields = ("person_id", "name", "email")
    fields = ("person_id", "name", "email", "unit", "manager", "job_role", "language", "is_active")


@admin.register(RoleGrant)
class RoleGrantAdmin(ReadOnlyAdmin):
    within = "person__unit__in"
    list_display = ("person", "role", "unit")
    list_filter = ("role",)
    list_select_related = ("person", "unit")
    search_fields = ("person__person_id", "person__name")
    fields = ("person", "role", "unit")


@admin.register(JobRole)
class JobRoleAdmin(_Admin):
    """The one list that is kept here: names of job roles."""

    list_display = ("name",)
    search_fields = ("name",)

    def save_model(self, request: HttpRequest, obj: JobRole, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        audit.record("job_role.change" if change else "job_role.create", str(obj.pk), by=request.user.pk)

    def delete_model(self, request: HttpRequest, obj: JobRole) -> None:
        audit.record("job_role.delete", str(obj.pk), by=request.user.pk)
        super().delete_model(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[JobRole]) -> None:
        for job_role in queryset:
            self.delete_model(request, job_role)
