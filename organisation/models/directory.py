"""Who: the unit tree, people (the user model), job roles and role grants."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, ClassVar, Self

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from tree_queries.models import TreeNode
from tree_queries.query import TreeQuerySet

from organisation import permissions
from organisation.permissions import Grant

if TYPE_CHECKING:
    from django.db.models.fields.related_descriptors import RelatedManager


class UnitQuerySet(TreeQuerySet):  # type: ignore[misc]
    def within(self, scope: Iterable[int] | None) -> Self:
        """The units with these ids and all below them; every unit for None."""
        if scope is None:
            return self
        ids: set[int] = set()
        for unit in scope:
            ids.update(Unit.objects.descendants(unit, include_self=True).values_list("pk", flat=True))
        found: Self = self.filter(pk__in=ids)
        return found

    def visible_to(self, person: Person, action: str = "unit.view") -> Self:
        """Units that the action reaches for this person."""
        return self.within(permissions.scope(person, action))


class Unit(TreeNode):  # type: ignore[misc]
    """A part of the organisation. The one unit without a parent is the organisation itself."""

    code = models.CharField(_("code"), max_length=40, unique=True)
    name = models.CharField(_("name"), max_length=200)

    objects: ClassVar[Any] = UnitQuerySet.as_manager()

    class Meta:
        ordering = ["name", "code"]
        constraints = [
            models.CheckConstraint(condition=~Q(code=""), name="unit_has_code"),
            models.UniqueConstraint(
                models.ExpressionWrapper(Q(parent__isnull=True), output_field=models.BooleanField()),
                condition=Q(parent__isnull=True),
                name="one_root_unit",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class JobRole(models.Model):
    """What a person is employed as; role profiles say what it requires."""

    name = models.CharField(_("name"), max_length=120, unique=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class PersonQuerySet(models.QuerySet["Person"]):
    def active(self) -> Self:
        return self.filter(is_active=True)

    def visible_to(self, person: Person, action: str = "person.view") -> Self:
        """People in the units that the action reaches for this person."""
        scope = permissions.scope(person, action)
        return self if scope is None else self.filter(unit__in=Unit.objects.within(scope))


class PersonManager(BaseUserManager["Person"]):
    def get_by_natural_key(self, username: str | None) -> Person:
        return self.get(email__iexact=username)


class Person(AbstractBaseUser):
    """Someone who works here; signs in with an e-mail address where there is one."""

    person_id = models.CharField(_("person id"), max_length=40, unique=True)
    email = models.EmailField(_("e-mail"), null=True, blank=True, unique=True)
    name = models.CharField(_("name"), max_length=200)
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="people", verbose_name=_("unit"))
    manager = models.ForeignKey(
        "self", models.SET_NULL, null=True, blank=True, related_name="reports", verbose_name=_("line manager")
    )
    job_role = models.ForeignKey(
        JobRole, models.PROTECT, null=True, blank=True, related_name="people", verbose_name=_("job role")
    )
    is_active = models.BooleanField(_("active"), default=True)
    language = models.CharField(_("language"), max_length=10, blank=True)
    # Noted by the nightly job (organisation/services/leavers.py), so that every way of leaving counts.
    inactive_since = models.DateField(_("inactive since"), null=True, editable=False)
    anonymised_at = models.DateTimeField(_("made anonymous"), null=True, editable=False)

    if TYPE_CHECKING:
        role_grants: RelatedManager[RoleGrant]

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["person_id", "name"]

    objects = PersonManager.from_queryset(PersonQuerySet)()

    class Meta:
        ordering = ["name", "person_id"]
        constraints = [
            models.UniqueConstraint(Lower("email"), name="email_unique_in_any_case"),
            models.CheckConstraint(condition=~Q(email=""), name="email_null_not_empty"),
            # The sign-in looks addresses up in lower case.
            models.CheckConstraint(condition=Q(email=Lower("email")), name="email_in_lower_case"),
            models.CheckConstraint(condition=~Q(person_id=""), name="person_has_id"),
            models.CheckConstraint(
                condition=Q(anonymised_at__isnull=True) | Q(is_active=False, email__isnull=True),
                name="anonymous_person_is_gone",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @cached_property
    def grants(self) -> tuple[Grant, ...]:
        """Roles held, with the unit each reaches: staff is implied; a manager's reach is the own unit by default."""
        held = [Grant(permissions.STAFF, self.unit_id)]
        for row in self.role_grants.all():
            own = self.unit_id if row.role == permissions.MANAGER else None
            held.append(Grant(row.role, row.unit_id or own))
        return tuple(held)

    @property
    def roles(self) -> frozenset[str]:
        return frozenset(grant.role for grant in self.grants)

    @property
    def is_staff(self) -> bool:
        """Whether Django's admin lets this person in."""
        return permissions.ADMINISTRATOR in self.roles

    def has_module_perms(self, app_label: str) -> bool:
        return self.is_active and self.is_staff

    def has_perm(self, perm: str, obj: object = None) -> bool:
        return self.is_active and self.is_staff

    def get_full_name(self) -> str:
        return self.name

    def get_short_name(self) -> str:
        return self.name.split(" ")[0]


class Approval(models.Model):
    """Something that one person has asked for and a second one decides (docs/roles.md, the two-person rule)."""

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        APPROVED = "approved", _("approved")
        REFUSED = "refused", _("refused")

    action = models.CharField(max_length=40)
    subject = models.CharField(max_length=120)
    arguments = models.JSONField(default=dict)  # ids and codes only
    state = models.CharField(max_length=8, choices=State, default=State.WAITING)
    asked_by = models.ForeignKey(Person, models.CASCADE, related_name="+")
    asked_at = models.DateTimeField(auto_now_add=True)
    decided_by = models.ForeignKey(Person, models.SET_NULL, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-asked_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["action", "subject"], condition=Q(state="waiting"), name="one_waiting_approval"
            ),
            models.CheckConstraint(
                condition=Q(state__in=["waiting", "approved", "refused"]), name="approval_state_known"
            ),
            # Whoever asked may take it back, but never say yes to it.
            models.CheckConstraint(
                condition=~Q(state="approved") | ~Q(asked_by=models.F("decided_by")),
                name="approved_by_a_second_person",
            ),
            models.CheckConstraint(
                condition=Q(state="waiting") | Q(decided_at__isnull=False), name="a_decision_has_a_date"
            ),
        ]


class RoleGrant(models.Model):
    """A system role of a person, reaching a unit and those below (empty: the role's whole reach)."""

    class Role(models.TextChoices):
        MANAGER = permissions.MANAGER, _("manager")
        EXECUTIVE = permissions.EXECUTIVE, _("executive")
        HR = permissions.HR, _("HR")
        ADMINISTRATOR = permissions.ADMINISTRATOR, _("administrator")
        AUDITOR = permissions.AUDITOR, _("auditor")

    person = models.ForeignKey(Person, models.CASCADE, related_name="role_grants")
    role = models.CharField(_("role"), max_length=13, choices=Role)
    unit = models.ForeignKey(Unit, models.CASCADE, null=True, blank=True, verbose_name=_("reaches"))

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["person", "role"], name="a_role_once_a_person"),
            models.CheckConstraint(
                condition=Q(role__in=[role for role in permissions.ROLES if role != permissions.STAFF]),
                name="role_known",
            ),
        ]

    def __str__(self) -> str:
        return self.get_role_display()


class SignInCount(models.Model):
    """How often people signed in on a day and how often it failed; nobody is named. At night a line of the log."""

    day = models.DateField(unique=True)
    succeeded = models.PositiveIntegerField(default=0)
    failed = models.PositiveIntegerField(default=0)
