"""Ideas from staff (IE1, IE4): named or not, with an owner who promised an answer by a day.

Of an idea that is not named nothing is stored that tells who wrote it: no person, no time finer than a day, a random
id, no line in the audit log. A receipt, of which only a keyed digest is kept, lets whoever holds it read the answer.
"""

from __future__ import annotations

import uuid
from datetime import date
from typing import TYPE_CHECKING, Any, ClassVar, Final, Self

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from improvement.models.reach import within
from improvement.rules import ideas as rules
from organisation import permissions, values
from organisation.models import Person, Unit

if TYPE_CHECKING:
    from django.db.models.fields.related_descriptors import RelatedManager

MAX_TITLE: Final = 150
MAX_IDEA: Final = 2000
MAX_ANSWER: Final = 1500
MAX_THANKS: Final = 300


class IdeaTopic(models.Model):
    """Something ideas are asked for, with somebody who answers them for the whole organisation."""

    code = models.CharField(_("code"), max_length=values.MAX_CODE, unique=True, validators=[values.code])
    name = models.CharField(_("topic"), max_length=MAX_TITLE, validators=[values.one_line])
    owner = models.ForeignKey(Person, models.PROTECT, related_name="+", verbose_name=_("answered by"))
    is_open = models.BooleanField(_("ideas are asked for"), default=True)

    class Meta:
        ordering = ["name", "code"]
        verbose_name = _("topic for ideas")
        verbose_name_plural = _("topics for ideas")
        constraints = [models.CheckConstraint(condition=~Q(code=""), name="idea_topic_has_code")]

    def __str__(self) -> str:
        return self.name


def _in_reach(person: Person, action: str) -> Q:
    """Return a condition that is never empty: beside another one, an empty one would add no row."""
    return ~Q(pk=None) & within("unit", permissions.scope(person, action))


class IdeaQuerySet(models.QuerySet["Idea"]):
    def visible_to(self, person: Person) -> Self:
        """What was answered in one's own unit and the organisation, one's own, what one answers, and one's reach."""
        home = Q(unit=person.unit_id) | Q(unit__parent=None)
        seen = (home & Q(shown=True) & ~Q(answered_on=None)) | Q(writer=person)
        seen |= Q(owner=person) | Q(owner__manager=person)
        if permissions.can(person, "idea.view_units"):
            seen |= _in_reach(person, "idea.view_units")
        return self.filter(seen)

    def answerable_by(self, person: Person) -> Self:
        """Ideas that this person answers: as owner, or as HR in reach those that nobody owns."""
        return self.assignable_by(person).filter(Q(owner=person) | Q(owner=None))

    def assignable_by(self, person: Person) -> Self:
        """Ideas that this person may give to somebody else to answer: as owner, or as HR in reach."""
        mine = Q(owner=person)
        if permissions.can(person, "idea.assign"):
            mine |= _in_reach(person, "idea.assign")
        return self.filter(mine)

    def unanswered(self) -> Self:
        return self.filter(answered_on=None)

    def late(self, today: date) -> Self:
        """Ideas without an answer though the promised day is past."""
        return self.unanswered().filter(promised_by__lt=today)


class Idea(models.Model):
    """What somebody proposes. writer: empty unless they wanted to be named; unit: whom it is for."""

    class State(models.TextChoices):
        NEW = "new", _("new")
        DISCUSSION = "discussion", _("in discussion")
        ACCEPTED = "accepted", _("accepted")
        DONE = "done", _("done")
        DECLINED = "declined", _("declined")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    title = models.CharField(_("idea"), max_length=MAX_TITLE, validators=[values.one_line])
    text = models.TextField(_("in more words"), max_length=MAX_IDEA, validators=[values.several_lines])
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="ideas", verbose_name=_("for"))
    topic = models.ForeignKey(
        IdeaTopic, models.PROTECT, null=True, blank=True, related_name="ideas", verbose_name=_("topic")
    )
    writer = models.ForeignKey(
        Person, models.SET_NULL, null=True, blank=True, related_name="ideas", verbose_name=_("from")
    )
    owner = models.ForeignKey(
        Person,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="ideas_to_answer",
        verbose_name=_("answered by"),
    )
    receipt = models.CharField(max_length=64, unique=True, editable=False)  # a keyed digest, never the code
    submitted_on = models.DateField(_("submitted"), default=timezone.localdate, editable=False)
    promised_by = models.DateField(_("answer promised by"))
    answered_on = models.DateField(_("first answered"), null=True, blank=True)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.NEW)
    due_on = models.DateField(_("done by"), null=True, blank=True)
    action_code = models.CharField(_("code of the action"), max_length=values.MAX_CODE, blank=True)
    thanks = models.CharField(_("thanks"), max_length=MAX_THANKS, blank=True, validators=[values.one_line])
    shown = models.BooleanField(_("shown to staff"), default=True)

    if TYPE_CHECKING:
        answers: RelatedManager[IdeaAnswer]

    objects: ClassVar[Any] = IdeaQuerySet.as_manager()

    class Meta:
        ordering = ["-submitted_on", "id"]
        verbose_name = _("idea")
        verbose_name_plural = _("ideas")
        indexes = [models.Index(fields=["-submitted_on", "id"], name="idea_by_day")]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["new", "discussion", "accepted", "done", "declined"]),
                name="idea_state_known",
            ),
            models.CheckConstraint(
                condition=(Q(state="new") & Q(answered_on=None)) | (~Q(state="new") & ~Q(answered_on=None)),
                name="an_answered_idea_is_not_new",
            ),
            models.CheckConstraint(
                condition=~Q(state="accepted") | ~Q(due_on=None), name="an_accepted_idea_has_a_date"
            ),
            models.CheckConstraint(
                condition=Q(promised_by__gt=F("submitted_on")), name="idea_answer_promised_later"
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def is_late(self, today: date) -> bool:
        return rules.is_late(self.promised_by, today=today, answered=self.answered_on)


class IdeaAnswer(models.Model):
    """What the owner said, and the state it led to."""

    idea = models.ForeignKey(Idea, models.CASCADE, related_name="answers")
    number = models.PositiveSmallIntegerField()
    answered_on = models.DateField(default=timezone.localdate, editable=False)
    by = models.ForeignKey(Person, models.SET_NULL, null=True, related_name="+")
    state = models.CharField(max_length=10, choices=Idea.State)
    text = models.TextField(_("answer"), max_length=MAX_ANSWER, validators=[values.several_lines])

    class Meta:
        ordering = ["idea", "number"]
        constraints = [
            models.UniqueConstraint(fields=["idea", "number"], name="idea_answer_number_once"),
            models.CheckConstraint(condition=~Q(text=""), name="idea_answer_says_something"),
            models.CheckConstraint(
                condition=Q(state__in=["discussion", "accepted", "done", "declined"]),
                name="idea_answer_state_known",
            ),
        ]


class IdeaMailDay(models.Model):
    """A day on which owners were written to; that there is one row a day makes it happen once."""

    on = models.DateField(unique=True)


class IdeaMailed(models.Model):
    """When an owner was last written to about the ideas that wait for them."""

    owner = models.OneToOneField(Person, models.CASCADE, related_name="ideas_mailed")
    on = models.DateField()
