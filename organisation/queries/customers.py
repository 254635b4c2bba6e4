"""What the pages of the register show, in a number of queries that doesn't grow with it."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final

from django.db.models import Count, Exists, Max, OuterRef, Q, QuerySet, Subquery
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cfm.lib import intervals
from cfm.lib.templatetags.cfm import trimmed
from organisation.models import Channel, Customer, Person, Promise, PromiseResult, SatisfactionFigure
from organisation.models.customers import measure_title

QUIET: Final = timedelta(days=365)  # after which a customer who was heard counts as no longer heard


@dataclass(frozen=True)
class Constituency:
    """A kind of customer, and what makes one. source: the idea of the domain it comes from."""

    kind: str
    title: Any
    meaning: Any
    source: str


CONSTITUENCIES: Final = (
    Constituency("customer", _("customers"), _("choose what we offer, and can go elsewhere"), "M-C1"),
    Constituency("client", _("clients"), _("rely on our advice or care over a longer time"), "M-C2"),
    Constituency(
        "stakeholder", _("stakeholders"), _("are touched by what we do, whether they use it or not"), "M-C3"
    ),
    Constituency("financier", _("financiers"), _("give the money, and expect results for it"), "M-C4"),
    Constituency("volunteer", _("volunteers"), _("give their time, and expect it to be worth it"), "M-C5"),
    Constituency("supporter", _("supporters"), _("speak up for us, and expect us to deserve it"), "M-C6"),
    Constituency(
        "partner", _("partners"), _("do business with us, and send others to us or keep them away"), "M-C7"
    ),
)
INTERNAL: Final = Constituency(
    "internal", _("internal customers"), _("colleagues whose work depends on ours"), "M-C8"
)


@dataclass(frozen=True)
class KindCount:
    """How many customers of a kind are registered."""

    constituency: Constituency
    count: int


@dataclass(frozen=True)
class Kept:
    """How many promises were kept when last measured. open: not measured yet."""

    kept: int = 0
    broken: int = 0
    open: int = 0

    @property
    def total(self) -> int:
        return self.kept + self.broken + self.open

    @property
    def measured(self) -> int:
        return self.kept + self.broken


@dataclass(frozen=True)
class Latest:
    """The newest figure of one measure, and the one before it."""

    measure: str
    title: str
    value: Decimal
    measured_on: date
    before: Decimal | None = None

    @property
    def written(self) -> str:
        return written(self.measure, self.value)

    @property
    def change(self) -> str:
        """How far it lies from the one before, in words; empty where there is none."""
        if self.before is None or self.before == self.value:
            return ""
        wording = _("up {points}") if self.value > self.before else _("down {points}")
        return str(wording).format(points=trimmed(abs(self.value - self.before)))


@dataclass(frozen=True)
class Line:
    """A customer in the list. channels: in how many ways it is heard; quiet: for more than a year not at all."""

    customer: Customer
    promises: Kept
    channels: int
    quiet: bool
    latest: Latest | None


def written(measure: str, value: Decimal) -> str:
    """Return a satisfaction figure as its measure is written: NPS with a sign, CSAT in per cent."""
    shown = trimmed(value)
    if measure == "nps" and value > 0:
        return f"+{shown}"
    return f"{shown} %" if measure == "csat" else shown


def customers(reader: Person) -> QuerySet[Customer]:
    """Return the register with what the list filters by: `n_channels`, `heard`, and `breaks` a promise now."""
    broken = with_latest(Promise.objects.filter(customer=OuterRef("pk"))).filter(latest_kept=False)
    found: QuerySet[Customer] = (
        Customer.objects.visible_to(reader)
        .select_related("owner_unit", "serving_unit")
        .annotate(
            n_channels=Count("channels", distinct=True),
            n_dated=Count("channels", filter=Q(channels__heard_on__isnull=False), distinct=True),
            heard=Max("channels__heard_on"),
            breaks=Exists(broken),
        )
    )
    return found


def with_latest(promises: QuerySet[Promise]) -> Any:
    """Annotate promises with their newest result: `latest_kept`, `latest_value`, `latest_on`."""
    newest = PromiseResult.objects.filter(promise=OuterRef("pk")).order_by("-measured_on")
    return promises.annotate(
        latest_kept=Subquery(newest.values("kept")[:1]),
        latest_value=Subquery(newest.values("value")[:1]),
        latest_on=Subquery(newest.values("measured_on")[:1]),
    )


def lines(page: Iterable[Customer]) -> list[Line]:
    """Return the customers of a page of the list with what is said of each. Two queries."""
    rows = list(page)
    promises, latest = kept_by_customer(row.pk for row in rows), _latest(row.pk for row in rows)
    return [
        Line(row, promises.get(row.pk, Kept()), _channels(row), is_quiet(row), latest.get(row.pk))
        for row in rows
    ]


def _channels(row: Any) -> int:
    return int(row.n_channels)


def is_quiet(row: Any) -> bool:
    """Whether every channel says when it last worked, and that is more than a year ago. row: of `customers`."""
    if not row.n_channels or row.n_dated < row.n_channels:
        return False
    return bool(row.heard < timezone.localdate() - QUIET)


def kept_by_customer(ids: Iterable[int] | None = None) -> dict[int, Kept]:
    """Return how many promises each customer has, by how the newest result stands. One query."""
    promises = Promise.objects.order_by() if ids is None else Promise.objects.filter(customer__in=list(ids))
    counts: defaultdict[int, Counter[bool | None]] = defaultdict(Counter)
    for customer, kept in with_latest(promises).values_list("customer_id", "latest_kept"):
        counts[customer][kept] += 1
    return {customer: Kept(found[True], found[False], found[None]) for customer, found in counts.items()}


def _latest(ids: Iterable[int]) -> dict[int, Latest]:
    """Return the newest figure of each customer, with the one before it in the same measure. One query."""
    figures = SatisfactionFigure.objects.filter(customer__in=list(ids)).order_by("-measured_on", "name")
    rows = list(figures.values_list("customer_id", "measure", "name", "value", "measured_on"))
    order = SatisfactionFigure.Measure.values
    rows.sort(key=lambda row: (row[4], -order.index(row[1])), reverse=True)
    series: dict[int, list[Any]] = {}
    for row in rows:
        series.setdefault(row[0], []).append(row)
    found = {}
    for customer, own in series.items():
        newest = own[0]
        same = [row for row in own if row[1:3] == newest[1:3]]
        before = same[1][3] if len(same) > 1 else None
        found[customer] = Latest(newest[1], measure_title(*newest[1:3]), newest[3], newest[4], before)
    return found


@dataclass(frozen=True)
class Overview:
    """The register in numbers. without_voice, broken: the customers concerned, by name."""

    kinds: Sequence[KindCount]
    internal: int
    total: int
    promises: Kept
    without_voice: Sequence[Customer]
    quiet: Sequence[Customer]
    without_promise: int

    @property
    def external(self) -> int:
        return self.total - self.internal

    @property
    def missing(self) -> list[Constituency]:
        """Kinds of which nobody is registered."""
        return [one.constituency for one in self.kinds if not one.count]


def overview(reader: Person) -> Overview:
    """Return the register in numbers. Two queries."""
    rows = list(customers(reader))
    counts = Counter(row.kind for row in rows)
    promises = kept_by_customer()
    internal = sum(row.is_internal for row in rows)
    return Overview(
        kinds=[
            *(KindCount(one, counts[one.kind]) for one in CONSTITUENCIES),
            KindCount(INTERNAL, internal),
        ],
        internal=internal,
        total=len(rows),
        promises=added(promises.values()),
        without_voice=[row for row in rows if not _channels(row)],
        quiet=[row for row in rows if is_quiet(row)],
        without_promise=sum(row.pk not in promises for row in rows),
    )


def added(counts: Iterable[Kept]) -> Kept:
    """Return the counts together."""
    counts = list(counts)
    return Kept(
        sum(one.kept for one in counts), sum(one.broken for one in counts), sum(one.open for one in counts)
    )


@dataclass(frozen=True)
class PromiseLine:
    """A promise with its results, the newest first."""

    promise: Promise
    results: Sequence[PromiseResult]

    @property
    def latest(self) -> PromiseResult | None:
        return self.results[0] if self.results else None

    @property
    def times_kept(self) -> int:
        return sum(result.kept for result in self.results)


@dataclass(frozen=True)
class Series:
    """The figures of one measure, the oldest first. low, high: the ends of its scale, None where it has none."""

    measure: str
    title: str
    figures: Sequence[SatisfactionFigure]
    low: int | None
    high: int | None

    @property
    def latest(self) -> SatisfactionFigure:
        return self.figures[-1]

    @property
    def change(self) -> Decimal | None:
        """How far the newest figure lies from the one before."""
        return self.figures[-1].value - self.figures[-2].value if len(self.figures) > 1 else None

    @property
    def is_clear(self) -> bool | None:
        """Whether the newest figure differs from the one before by more than chance; None where that isn't known."""
        if self.change is None:
            return None
        later, earlier = self.figures[-1], self.figures[-2]
        return intervals.differ(float(self.change), later.half_width, earlier.half_width)


@dataclass(frozen=True)
class Sheet:
    """All that belongs to one customer."""

    promises: Sequence[PromiseLine]
    channels: Sequence[Channel]
    series: Sequence[Series]

    @property
    def kept(self) -> Kept:
        latest = [line.latest for line in self.promises]
        kept = sum(one.kept for one in latest if one)
        open_ = sum(one is None for one in latest)
        return Kept(kept, len(latest) - kept - open_, open_)

    @property
    def contacts(self) -> int | None:
        """Contacts a year over all channels that count them; None where none does."""
        counted = [channel.contacts for channel in self.channels if channel.contacts is not None]
        return sum(counted) if counted else None

    @property
    def heard_on(self) -> date | None:
        return max((channel.heard_on for channel in self.channels if channel.heard_on), default=None)

    @property
    def quiet(self) -> bool:
        """Whether every channel says when it last worked, and that is more than a year ago."""
        days = [channel.heard_on for channel in self.channels]
        if not days or None in days or self.heard_on is None:
            return False
        return self.heard_on < timezone.localdate() - QUIET

    @property
    def blocks(self) -> Mapping[str, list[str]]:
        """Code of a building block → the promises and channels that concern it, in words."""
        found: defaultdict[str, list[str]] = defaultdict(list)
        parts: list[Promise | Channel] = [*(line.promise for line in self.promises), *self.channels]
        for one in parts:
            for code in one.blocks.split():
                found[code].append(str(one))
        return dict(sorted(found.items()))


def sheet(customer: Customer) -> Sheet:
    """Return all that belongs to the customer. Four queries."""
    promises = customer.promises.prefetch_related("results")
    return Sheet(
        promises=[PromiseLine(one, list(one.results.all())) for one in promises],
        channels=list(customer.channels.all()),
        series=_series(customer.figures.order_by("measure", "name", "measured_on")),
    )


def _series(figures: Iterable[SatisfactionFigure]) -> list[Series]:
    grouped: defaultdict[tuple[str, str], list[SatisfactionFigure]] = defaultdict(list)
    for figure in figures:
        grouped[figure.measure, figure.name].append(figure)
    order = SatisfactionFigure.Measure.values
    found = sorted(grouped.items(), key=lambda pair: (order.index(pair[0][0]), pair[0][1]))
    return [
        Series(
            measure,
            measure_title(measure, name),
            rows,
            *SatisfactionFigure.SCALES.get(measure, (None, None)),
        )
        for (measure, name), rows in found
    ]


def concerned(reader: Person) -> dict[str, list[Customer]]:
    """Return code of a building block → the customers with a promise or a channel that concerns it. Three queries."""
    rows: dict[int, Customer] = {row.pk: row for row in Customer.objects.visible_to(reader)}
    kept: list[tuple[int, str]] = [
        *Promise.objects.exclude(blocks="").values_list("customer_id", "blocks"),
        *Channel.objects.exclude(blocks="").values_list("customer_id", "blocks"),
    ]
    found: defaultdict[str, dict[int, Customer]] = defaultdict(dict)
    for pk, blocks in kept:
        for code in blocks.split() if pk in rows else ():
            found[code][pk] = rows[pk]
    return {code: sorted(those.values(), key=lambda one: one.name) for code, those in found.items()}
