"""Business cases (B2): what poor quality costs and what kept customers are worth, in versions that never change."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar, Final, Self

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from improvement.models.reach import led_units, within
from organisation import permissions
from organisation.models import Person, Unit

if TYPE_CHECKING:
    from django.db.models.fields.related_descriptors import RelatedManager

BLOCK: Final = "B2"  # the building block beside which a case is shown
MAX_TITLE: Final = 200
MAX_TEXT: Final = 500
MOST: Final = Decimal("999999999999.99")


class BusinessCaseQuerySet(models.QuerySet["BusinessCase"]):
    def visible_to(self, person: Person) -> Self:
        """Cases of the units that one's roles reach."""
        if not permissions.can(person, "case.view"):
            return self.none()
        return self.filter(within("unit", permissions.scope(person, "case.view")))

    def editable_by(self, person: Person) -> Self:
        """Cases of units for which the person makes them."""
        if permissions.can_everywhere(person, "case.edit"):
            return self.all()
        reached = Q(unit__in=led_units(person))
        if permissions.can(person, "case.edit"):
            reached |= within("unit", permissions.scope(person, "case.edit"))
        return self.filter(reached)


class BusinessCase(models.Model):
    """A calculation for the organisation or a unit; its figures are in its versions."""

    code = models.CharField(_("code"), max_length=40, unique=True)
    title = models.CharField(_("title"), max_length=MAX_TITLE)
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="business_cases", verbose_name=_("unit"))
    currency = models.CharField(_("currency"), max_length=3, default="EUR")

    if TYPE_CHECKING:
        versions: RelatedManager[CaseVersion]

    objects: ClassVar[Any] = BusinessCaseQuerySet.as_manager()

    class Meta:
        ordering = ["title", "code"]
        verbose_name = _("business case")
        verbose_name_plural = _("business cases")
        constraints = [models.CheckConstraint(condition=~Q(code=""), name="business_case_has_code")]

    def __str__(self) -> str:
        return self.title


class CaseVersion(models.Model):
    """What was put in on a day. It is written once; whoever knows better makes the next version."""

    case = models.ForeignKey(BusinessCase, models.CASCADE, related_name="versions")
    number = models.PositiveSmallIntegerField(_("version"))
    saved_at = models.DateTimeField(_("saved"), default=timezone.now)
    saved_by = models.ForeignKey(
        Person, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("saved by")
    )
    note = models.CharField(_("what is new"), max_length=MAX_TEXT, blank=True)

    if TYPE_CHECKING:
        inputs: RelatedManager[CaseInput]

    class Meta:
        ordering = ["case", "-number"]
        constraints = [models.UniqueConstraint(fields=["case", "number"], name="case_version_once")]

    def __str__(self) -> str:
        return f"{self.case} {self.number}"

    def save(self, *args: Any, **options: Any) -> None:
        """Write a new version. Raises ValueError for one that exists: it is frozen."""
        _require_new(self)
        super().save(*args, **options)


class CaseInput(models.Model):
    """A figure of a version, as a range, and where it comes from."""

    class Kind(models.TextChoices):
        COSTS = "operating_costs", _("Operating costs")
        REWORK = "rework", _("Rework")
        WARRANTY = "warranty", _("Warranty")
        COMPLAINTS = "complaints", _("Complaints")
        ERRORS = "errors", _("Errors")
        LOST = "lost_customers", _("Lost customers")
        CUSTOMERS = "customers", _("Customers")
        MARGIN = "margin", _("Margin a customer")
        KEPT = "kept", _("Customers kept from year to year")
        RAISED = "raised", _("Points gained")
        DISCOUNT = "discount", _("Discount rate")

    version = models.ForeignKey(CaseVersion, models.CASCADE, related_name="inputs")
    kind = models.CharField(_("figure"), max_length=16, choices=Kind)
    low = models.DecimalField(_("low"), max_digits=14, decimal_places=2)
    high = models.DecimalField(_("high"), max_digits=14, decimal_places=2)
    assumption = models.CharField(_("where it comes from"), max_length=MAX_TEXT, blank=True)

    class Meta:
        ordering = ["version", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["version", "kind"], name="case_input_once"),
            models.CheckConstraint(condition=Q(low__gte=0, high__gte=F("low")), name="case_input_is_a_range"),
            models.CheckConstraint(
                condition=Q(
                    kind__in=[
                        "operating_costs",
                        "rework",
                        "warranty",
                        "complaints",
                        "errors",
                        "lost_customers",
                        "customers",
                        "margin",
                        "kept",
                        "raised",
                        "discount",
                    ]
                ),
                name="case_input_kind_known",
            ),
        ]

    def save(self, *args: Any, **options: Any) -> None:
        """Write a new input. Raises ValueError for one that exists: its version is frozen."""
        _require_new(self)
        super().save(*args, **options)


def _require_new(row: models.Model) -> None:
    if not row._state.adding:
        raise ValueError("a saved version of a business case never changes")


CATEGORIES: Final = (
    CaseInput.Kind.REWORK,
    CaseInput.Kind.WARRANTY,
    CaseInput.Kind.COMPLAINTS,
    CaseInput.Kind.ERRORS,
    CaseInput.Kind.LOST,
)
RETENTION: Final = (
    CaseInput.Kind.CUSTOMERS,
    CaseInput.Kind.MARGIN,
    CaseInput.Kind.KEPT,
    CaseInput.Kind.RAISED,
    CaseInput.Kind.DISCOUNT,
)
PER_CENT: Final = frozenset({CaseInput.Kind.KEPT, CaseInput.Kind.RAISED, CaseInput.Kind.DISCOUNT})
HELP: Final[Mapping[str, Any]] = {
    CaseInput.Kind.COSTS: _("All costs of running the unit in a year, without purchases for resale."),
    CaseInput.Kind.REWORK: _("Doing again what was not right the first time, and checking it."),
    CaseInput.Kind.WARRANTY: _("Repairs, replacements, credits and penalties."),
    CaseInput.Kind.COMPLAINTS: _("Hearing, answering and making up for them."),
    CaseInput.Kind.ERRORS: _("Wrong orders, data and bills, inside and out, and what follows from them."),
    CaseInput.Kind.LOST: _("Margin of a year that left with customers who need not have gone."),
    CaseInput.Kind.CUSTOMERS: _("How many there are today."),
    CaseInput.Kind.MARGIN: _("What one brings in a year after the costs of serving."),
    CaseInput.Kind.KEPT: _("Of a hundred customers, how many are still there a year later."),
    CaseInput.Kind.RAISED: _("How many more of a hundred could be kept."),
    CaseInput.Kind.DISCOUNT: _("What a year of waiting for money costs; above 0."),
}
