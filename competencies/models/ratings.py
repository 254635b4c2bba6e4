"""Named ratings of people in a cycle, by themselves and their manager. They never touch questionnaire answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from assessments.models import Cycle
from competencies.models.library import ON_SCALE, Competency
from organisation import permissions
from organisation.models import Person

if TYPE_CHECKING:
    from django.db.models.fields.related_descriptors import RelatedManager

RATED_IN = (Cycle.State.OPEN, Cycle.State.CLOSED)  # states of a cycle in which pages take ratings


class Rater(models.TextChoices):
    SELF = "self", _("self")
    MANAGER = "manager", _("manager")


class SheetQuerySet(models.QuerySet["Sheet"]):
    def visible_to(self, person: Person) -> Self:
        """One's own; as a manager those one rates and those of people one is the line manager of; HR by scope."""
        mine = Q(person=person)
        if permissions.can(person, "rating.rate_team"):
            mine |= Q(rater=person) | Q(person__manager=person)
        if permissions.can(person, "rating.view_all"):
            mine |= Q(person__in=Person.objects.visible_to(person, "rating.view_all"))
        return self.filter(mine)


class Sheet(models.Model):
    """The ratings of one person in one cycle. The rater is frozen with the first rating; a hand-over moves it on.

    The packed fields hold what counts: levels that are handed in, one character (days: eight) a competency slot.
    Only `competencies.services.packing` writes them.
    """

    cycle = models.ForeignKey(Cycle, models.CASCADE, related_name="sheets")
    person = models.ForeignKey(Person, models.CASCADE, related_name="sheets")
    rater = models.ForeignKey(Person, models.SET_NULL, null=True, blank=True, related_name="sheets_to_rate")
    self_in = models.DateTimeField(null=True, blank=True)
    manager_in = models.DateTimeField(null=True, blank=True)
    signed_off_at = models.DateTimeField(null=True, blank=True)
    signed_off_by = models.ForeignKey(Person, models.SET_NULL, null=True, blank=True, related_name="+")
    person_comment = models.TextField(max_length=2000, blank=True)
    manager_comment = models.TextField(max_length=2000, blank=True)
    reply = models.TextField(max_length=2000, blank=True)
    self_levels = models.TextField(blank=True, editable=False)
    manager_levels = models.TextField(blank=True, editable=False)
    self_days = models.TextField(blank=True, editable=False)
    manager_days = models.TextField(blank=True, editable=False)

    if TYPE_CHECKING:
        ratings: RelatedManager[Rating]

    objects: ClassVar[Any] = SheetQuerySet.as_manager()

    class Meta:
        verbose_name = _("rating sheet")
        verbose_name_plural = _("rating sheets")
        constraints = [models.UniqueConstraint(fields=["cycle", "person"], name="sheet_once_a_cycle")]

    @property
    def both_in(self) -> bool:
        return self.self_in is not None and self.manager_in is not None

    @property
    def signed_off(self) -> bool:
        return self.signed_off_at is not None

    @property
    def takes_ratings(self) -> bool:
        """Whether something may still be rated here: the cycle is open or closed, and nothing is signed off."""
        return self.cycle.state in RATED_IN and not self.signed_off

    @property
    def is_shared(self) -> bool:
        """Whether person and manager see each other's ratings: both are in, or no rating is taken any more."""
        return self.both_in or not self.takes_ratings

    def is_in(self, rater: str) -> bool:
        """Whether this side has handed its ratings in."""
        return (self.self_in if rater == Rater.SELF else self.manager_in) is not None


class Rating(models.Model):
    """The level one side gives, with what shows it; `agreed` is what both settle on in their conversation."""

    sheet = models.ForeignKey(Sheet, models.CASCADE, related_name="ratings")
    competency = models.ForeignKey(Competency, models.PROTECT, related_name="ratings")
    rater = models.CharField(_("rater"), max_length=7, choices=Rater)
    level = models.PositiveSmallIntegerField(_("level"), validators=ON_SCALE)
    agreed = models.PositiveSmallIntegerField(_("agreed level"), null=True, blank=True, validators=ON_SCALE)
    assessed_on = models.DateField(_("assessed on"))
    note = models.TextField(_("what shows it"), max_length=2000, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["sheet", "competency", "rater"], name="rated_once_a_side"),
            models.CheckConstraint(condition=Q(rater__in=["self", "manager"]), name="rating_rater_known"),
            models.CheckConstraint(condition=Q(level__range=(1, 5)), name="rating_level_on_scale"),
            models.CheckConstraint(
                condition=Q(agreed__isnull=True) | Q(agreed__range=(1, 5), rater="manager"),
                name="agreed_level_on_managers_side",
            ),
        ]


class RatingChange(models.Model):
    """One line of the history of a sheet: never changed, never deleted but with the sheet."""

    class What(models.TextChoices):
        RATED = "rated", _("rated")
        CLEARED = "cleared", _("taken away")
        UNDONE = "undone", _("put back")
        IMPORTED = "imported", _("imported")
        HANDED_IN = "handed_in", _("handed in")
        TAKEN_BACK = "taken_back", _("taken back")
        AGREED = "agreed", _("agreed")
        SIGNED_OFF = "signed_off", _("signed off")
        HANDED_OVER = "handed_over", _("handed over")
        COMMENTED = "commented", _("commented")
        REPLIED = "replied", _("replied")

    sheet = models.ForeignKey(Sheet, models.CASCADE, related_name="changes")
    competency = models.ForeignKey(Competency, models.PROTECT, null=True, blank=True, related_name="+")
    rater = models.CharField(max_length=7, choices=Rater, blank=True)
    what = models.CharField(max_length=11, choices=What)
    old_level = models.PositiveSmallIntegerField(null=True)
    new_level = models.PositiveSmallIntegerField(null=True)
    old_note = models.TextField(blank=True)
    new_note = models.TextField(blank=True)
    at = models.DateTimeField(auto_now_add=True)
    by = models.ForeignKey(Person, models.SET_NULL, null=True, related_name="+")  # empty: the server's shell

    class Meta:
        ordering = ["pk"]
