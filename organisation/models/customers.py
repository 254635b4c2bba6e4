"""For whom: customers and other constituencies, what they were promised, how they are heard, how satisfied they are.

Nothing here names a person at the customer: contacts are counted. Inside the organisation, units are suppliers and
customers of each other (SupplierLink).
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar, Final, Self

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from organisation import permissions, values
from organisation.models.directory import Person, Unit

if TYPE_CHECKING:
    from django.db.models.fields.related_descriptors import RelatedManager

MAX_DECIMALS: Final = 3
LARGEST: Final = Decimal("999999999.999")
ONE_LINE: Final = [values.one_line]
SEVERAL_LINES: Final = [values.several_lines]


class ChannelKind(models.TextChoices):
    """Ways in which a customer is heard."""

    SURVEY = "survey", _("survey")
    INTERVIEW = "interview", _("interview")
    PANEL = "panel", _("panel or forum")
    MEETING = "meeting", _("regular meeting")
    VISIT = "visit", _("visit")
    FRONT_LINE = "front_line", _("front-line staff")
    HELP_LINE = "help_line", _("help line or counter")
    COMPLAINTS = "complaints", _("complaints and praise")
    ONLINE = "online", _("website, app or social media")
    USAGE = "usage", _("usage data")
    OTHER = "other", _("other")


def decimal_field(label: Any) -> models.DecimalField[Any, Any]:
    return models.DecimalField(
        label,
        max_digits=12,
        decimal_places=MAX_DECIMALS,
        validators=[MinValueValidator(-LARGEST), MaxValueValidator(LARGEST)],
    )


class CustomerQuerySet(models.QuerySet["Customer"]):
    def visible_to(self, person: Person, action: str = "customer.view") -> Self:
        """Everyone may read the register; for a change, those that a unit within reach owns or serves."""
        if not permissions.can(person, action):
            return self.none()
        scope = permissions.scope(person, action)
        if action == "customer.view" or scope is None:
            return self
        units = Unit.objects.within(scope).values("pk")
        return self.filter(Q(owner_unit__in=units) | Q(serving_unit__in=units))


class Customer(models.Model):
    """Somebody the organisation works for or with: outside, or inside as the customer of a unit."""

    class Kind(models.TextChoices):
        CUSTOMER = "customer", _("customer")
        CLIENT = "client", _("client")
        STAKEHOLDER = "stakeholder", _("stakeholder")
        FINANCIER = "financier", _("financier")
        VOLUNTEER = "volunteer", _("volunteer")
        SUPPORTER = "supporter", _("supporter")
        PARTNER = "partner", _("partner")

    code = models.CharField(_("code"), max_length=values.MAX_CODE, unique=True, validators=[values.code])
    name = models.CharField(_("name"), max_length=values.MAX_NAME, validators=ONE_LINE)
    kind = models.CharField(_("kind"), max_length=11, choices=Kind)
    is_internal = models.BooleanField(_("internal: part of the organisation"), default=False)
    owner_unit = models.ForeignKey(
        Unit, models.PROTECT, related_name="owned_customers", verbose_name=_("owner unit")
    )
    serving_unit = models.ForeignKey(
        Unit,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="served_customers",
        verbose_name=_("serving unit"),
    )
    expectations = models.TextField(
        _("expectations"), max_length=values.MAX_TEXT, blank=True, validators=SEVERAL_LINES
    )

    if TYPE_CHECKING:
        owner_unit_id: int
        serving_unit_id: int | None
        promises: RelatedManager[Promise]
        channels: RelatedManager[Channel]
        figures: RelatedManager[SatisfactionFigure]

    objects: ClassVar[Any] = CustomerQuerySet.as_manager()

    class Meta:
        ordering = ["name", "code"]
        verbose_name = _("customer")
        verbose_name_plural = _("customers")
        constraints = [
            models.CheckConstraint(condition=~Q(code=""), name="customer_has_code"),
            models.CheckConstraint(condition=~Q(name=""), name="customer_has_name"),
            models.CheckConstraint(
                condition=Q(
                    kind__in=[
                        "customer",
                        "client",
                        "stakeholder",
                        "financier",
                        "volunteer",
                        "supporter",
                        "partner",
                    ]
                ),
                name="customer_kind_known",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class PartQuerySet(models.QuerySet[Any]):
    """Rows that belong to a customer: reached where the customer is."""

    to_customer = "customer"

    def visible_to(self, person: Person, action: str = "customer.view") -> Self:
        """Rows of the customers that the action reaches."""
        customers = Customer.objects.visible_to(person, action)
        return self.filter(**{f"{self.to_customer}__in": customers.values("pk")})


class Promise(models.Model):
    """An expectation made measurable: what is promised, and from which value on it is kept."""

    class Comparison(models.TextChoices):
        AT_LEAST = "at_least", _("at least")
        AT_MOST = "at_most", _("at most")

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="promises")
    code = models.CharField(_("code"), max_length=values.MAX_CODE, validators=[values.code])
    text = models.CharField(_("promise"), max_length=values.MAX_SENTENCE, validators=ONE_LINE)
    measure = models.CharField(_("measured by"), max_length=values.MAX_NAME, validators=ONE_LINE)
    comparison = models.CharField(_("kept if"), max_length=8, choices=Comparison, default=Comparison.AT_LEAST)
    target = decimal_field(_("target"))
    measured_in = models.CharField(
        _("measured in"), max_length=values.MAX_UNIT_OF_MEASURE, blank=True, validators=ONE_LINE
    )
    blocks = models.CharField(
        _("building blocks"), max_length=values.MAX_CODE_LIST, blank=True, validators=[values.code_list]
    )

    if TYPE_CHECKING:
        customer_id: int
        results: RelatedManager[PromiseResult]

    objects: ClassVar[Any] = PartQuerySet.as_manager()

    class Meta:
        ordering = ["customer", "code"]
        verbose_name = _("promise")
        verbose_name_plural = _("promises")
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "code"],
                name="promise_code_once_a_customer",
                violation_error_message=_("Another promise to this customer has this code."),
            ),
            models.CheckConstraint(condition=~Q(code=""), name="promise_has_code"),
            models.CheckConstraint(
                condition=Q(comparison__in=["at_least", "at_most"]), name="promise_comparison_known"
            ),
        ]

    def __str__(self) -> str:
        return self.text

    def is_kept_by(self, value: Decimal) -> bool:
        """Whether the value reaches today's target."""
        at_least = self.comparison == self.Comparison.AT_LEAST
        return bool(value >= self.target if at_least else value <= self.target)


class ResultQuerySet(PartQuerySet):
    to_customer = "promise__customer"


class PromiseResult(models.Model):
    """What was measured on a day, judged by the target of then: a later target changes no past verdict."""

    promise = models.ForeignKey(Promise, models.CASCADE, related_name="results", verbose_name=_("promise"))
    measured_on = models.DateField(_("measured on"), validators=[values.past_day])
    value = decimal_field(_("value"))
    note = models.CharField(_("note"), max_length=values.MAX_SENTENCE, blank=True, validators=ONE_LINE)
    target = decimal_field(_("target of then"))
    kept = models.BooleanField(_("kept"))

    if TYPE_CHECKING:
        promise_id: int

    objects: ClassVar[Any] = ResultQuerySet.as_manager()

    class Meta:
        ordering = ["promise", "-measured_on"]
        verbose_name = _("result")
        verbose_name_plural = _("results")
        constraints = [
            models.UniqueConstraint(
                fields=["promise", "measured_on"],
                name="one_result_a_promise_and_day",
                violation_error_message=_("There is a result of this day already; change that one."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.promise}: {self.value}"

    @property
    def customer(self) -> Customer:
        return self.promise.customer


class Channel(models.Model):
    """A way in which the customer is heard, and how often; contacts are counted, nobody is named."""

    class Frequency(models.TextChoices):
        CONTINUOUS = "continuous", _("all the time")
        WEEKLY = "weekly", _("every week")
        MONTHLY = "monthly", _("every month")
        QUARTERLY = "quarterly", _("every quarter")
        YEARLY = "yearly", _("every year")
        OCCASIONALLY = "occasionally", _("now and then")

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="channels")
    code = models.CharField(_("code"), max_length=values.MAX_CODE, validators=[values.code])
    kind = models.CharField(_("kind"), max_length=10, choices=ChannelKind)
    description = models.CharField(_("what happens"), max_length=values.MAX_SENTENCE, validators=ONE_LINE)
    frequency = models.CharField(_("how often"), max_length=12, choices=Frequency)
    contacts = models.PositiveIntegerField(
        _("contacts a year"), null=True, blank=True, validators=[MaxValueValidator(2_000_000_000)]
    )
    heard_on = models.DateField(_("last heard on"), null=True, blank=True, validators=[values.past_day])
    blocks = models.CharField(
        _("building blocks"), max_length=values.MAX_CODE_LIST, blank=True, validators=[values.code_list]
    )

    if TYPE_CHECKING:
        customer_id: int

    objects: ClassVar[Any] = PartQuerySet.as_manager()

    class Meta:
        ordering = ["customer", "code"]
        verbose_name = _("channel")
        verbose_name_plural = _("channels")
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "code"],
                name="channel_code_once_a_customer",
                violation_error_message=_("Another channel of this customer has this code."),
            ),
            models.CheckConstraint(condition=~Q(code=""), name="channel_has_code"),
            models.CheckConstraint(condition=Q(kind__in=ChannelKind.values), name="channel_kind_known"),
            models.CheckConstraint(
                condition=Q(
                    frequency__in=["continuous", "weekly", "monthly", "quarterly", "yearly", "occasionally"]
                ),
                name="channel_frequency_known",
            ),
        ]

    def __str__(self) -> str:
        return self.description


class SatisfactionFigure(models.Model):
    """How satisfied a customer was, in one measure on one day; the figure comes from outside, by hand or file."""

    class Measure(models.TextChoices):
        NPS = "nps", _("NPS: would recommend, −100 to +100")
        CSAT = "csat", _("CSAT: satisfied, 0 to 100 %")
        CES = "ces", _("CES: ease of dealing with us, 1 to 7")
        OWN = "own", _("a measure of our own")

    SCALES: ClassVar[dict[str, tuple[int, int]]] = {"nps": (-100, 100), "csat": (0, 100), "ces": (1, 7)}

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="figures")
    measure = models.CharField(_("measure"), max_length=4, choices=Measure)
    name = models.CharField(
        _("name of our own measure"), max_length=values.MAX_MEASURE, blank=True, validators=ONE_LINE
    )
    measured_on = models.DateField(_("measured on"), validators=[values.past_day])
    value = decimal_field(_("value"))
    answers = models.PositiveIntegerField(
        _("answers"), null=True, blank=True, validators=[MaxValueValidator(2_000_000_000)]
    )
    note = models.CharField(_("note"), max_length=values.MAX_SENTENCE, blank=True, validators=ONE_LINE)

    if TYPE_CHECKING:
        customer_id: int

    objects: ClassVar[Any] = PartQuerySet.as_manager()

    class Meta:
        ordering = ["customer", "measure", "name", "-measured_on"]
        verbose_name = _("satisfaction figure")
        verbose_name_plural = _("satisfaction figures")
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "measure", "name", "measured_on"],
                name="one_figure_a_measure_and_day",
                violation_error_message=_(
                    "There is a figure of this measure and day already; change that one."
                ),
            ),
            models.CheckConstraint(
                condition=Q(measure="own") & ~Q(name="") | Q(measure__in=["nps", "csat", "ces"], name=""),
                name="own_measure_has_name",
                violation_error_message=_("Name a measure of your own, and only that."),
            ),
            models.CheckConstraint(
                condition=Q(measure="own")
                | Q(measure="nps", value__gte=-100, value__lte=100)
                | Q(measure="csat", value__gte=0, value__lte=100)
                | Q(measure="ces", value__gte=1, value__lte=7),
                name="figure_on_its_scale",
                violation_error_message=_("NPS runs from -100 to 100, CSAT from 0 to 100, CES from 1 to 7."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title} {self.value}"

    @property
    def title(self) -> str:
        """The measure in a word: NPS, CSAT, CES or its own name."""
        return measure_title(self.measure, self.name)


def measure_title(measure: str, name: str) -> str:
    """Return what a measure is called in lists.

    >>> measure_title("nps", ""), measure_title("own", "Trust index")
    ('NPS', 'Trust index')
    """
    return name if measure == "own" else measure.upper()


class SupplierLinkQuerySet(models.QuerySet["SupplierLink"]):
    def visible_to(self, person: Person, action: str = "customer.view") -> Self:
        """Everyone may read the map; for a change, links from or to a unit within reach."""
        if not permissions.can(person, action):
            return self.none()
        scope = permissions.scope(person, action)
        if action == "customer.view" or scope is None:
            return self
        units = Unit.objects.within(scope).values("pk")
        return self.filter(Q(supplier__in=units) | Q(customer__in=units))


class SupplierLink(models.Model):
    """One unit works for another: the supplier delivers something, the customer is heard in some way or not at all."""

    supplier = models.ForeignKey(
        Unit, models.PROTECT, related_name="links_to_customers", verbose_name=_("supplier")
    )
    customer = models.ForeignKey(
        Unit, models.PROTECT, related_name="links_to_suppliers", verbose_name=_("customer")
    )
    delivers = models.CharField(_("delivers"), max_length=values.MAX_SENTENCE, validators=ONE_LINE)
    expectation = models.CharField(
        _("what the customer expects"), max_length=values.MAX_SENTENCE, blank=True, validators=ONE_LINE
    )
    heard_through = models.CharField(_("heard through"), max_length=10, choices=ChannelKind, blank=True)

    if TYPE_CHECKING:
        supplier_id: int
        customer_id: int

    objects: ClassVar[Any] = SupplierLinkQuerySet.as_manager()

    class Meta:
        ordering = ["supplier__name", "customer__name"]
        verbose_name = _("link between supplier and customer")
        verbose_name_plural = _("links between suppliers and customers")
        constraints = [
            models.UniqueConstraint(
                fields=["supplier", "customer"],
                name="supplier_and_customer_once",
                violation_error_message=_("These two units are linked this way already."),
            ),
            models.CheckConstraint(
                condition=~Q(supplier=F("customer")),
                name="no_unit_is_its_own_customer",
                violation_error_message=_("A unit can't be its own customer."),
            ),
            models.CheckConstraint(
                condition=Q(heard_through__in=["", *ChannelKind.values]), name="link_channel_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.supplier} → {self.customer}"
