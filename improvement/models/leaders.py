"""What leaders commit themselves to (L, E, IC4: walk the talk), how it goes, and what they ask themselves (Q).

A commitment is seen by the leader's team. A reflection is the leader's alone until they share it with the team.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any, ClassVar, Final, Self

from django.db import models
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from organisation import permissions, values
from organisation.models import Person

if TYPE_CHECKING:
    from django.db.models.fields.related_descriptors import RelatedManager

MAX_COMMITMENT: Final = 500
MAX_NOTE: Final = 1000
MAX_REFLECTION: Final = 4000
LEADERS: Final = (permissions.MANAGER, permissions.EXECUTIVE)


def leaders_of(person: Person) -> QuerySet[Person]:
    """Return the active leaders in whose team this person is, themselves left out.

    A team: those who report to the leader, and the people of the unit that the leader belongs to, or that their role
    as manager or executive is narrowed to, with all units below it.
    """
    line = [unit.pk for unit in person.unit.ancestors(include_self=True)]
    leads = Q(role_grants__role__in=LEADERS)
    here = leads & (Q(role_grants__unit__in=line) | Q(role_grants__unit=None, unit__in=line))
    direct = leads & Q(pk=person.manager_id)
    pks = Person.objects.active().filter(here | direct).exclude(pk=person.pk).values("pk")
    return Person.objects.filter(pk__in=pks)


class OfLeaderQuerySet(models.QuerySet[Any]):
    """Rows that belong to a leader."""

    def visible_to(self, person: Person) -> Self:
        """One's own, and those of the leaders in whose team one is."""
        return self.filter(Q(leader=person) | Q(leader__in=leaders_of(person).values("pk")))

    def of(self, person: Person) -> Self:
        return self.filter(leader=person)


class Commitment(models.Model):
    """What a leader will do so that others see it, by a day. sources: codes of the ideas it comes from."""

    class State(models.TextChoices):
        UNDER_WAY = "under_way", _("under way")
        KEPT = "kept", _("kept")
        DROPPED = "dropped", _("given up")

    leader = models.ForeignKey(
        Person, models.CASCADE, related_name="commitments", verbose_name=_("committed by")
    )
    text = models.TextField(
        _("I commit myself to"), max_length=MAX_COMMITMENT, validators=[values.several_lines]
    )
    sources = models.JSONField(_("comes from"), default=list, blank=True)
    made_on = models.DateField(_("made"), default=timezone.localdate, editable=False)
    due_on = models.DateField(_("seen by"))
    state = models.CharField(_("state"), max_length=9, choices=State, default=State.UNDER_WAY)

    if TYPE_CHECKING:
        notes: RelatedManager[CommitmentNote]

    objects: ClassVar[Any] = OfLeaderQuerySet.as_manager()

    class Meta:
        ordering = ["due_on", "pk"]
        verbose_name = _("commitment")
        verbose_name_plural = _("commitments")
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["under_way", "kept", "dropped"]), name="commitment_state_known"
            ),
            models.CheckConstraint(condition=~Q(text=""), name="commitment_says_something"),
        ]

    def __str__(self) -> str:
        return self.text[:60]

    def is_late(self, today: date) -> bool:
        """Whether its day is past and nothing is said of how it ended."""
        return self.state == self.State.UNDER_WAY and self.due_on < today


class CommitmentNote(models.Model):
    """How a commitment goes, told by the leader on a day."""

    commitment = models.ForeignKey(Commitment, models.CASCADE, related_name="notes")
    on = models.DateField(default=timezone.localdate, editable=False)
    state = models.CharField(max_length=9, choices=Commitment.State)
    text = models.TextField(_("how it goes"), max_length=MAX_NOTE, validators=[values.several_lines])

    class Meta:
        ordering = ["-on", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["under_way", "kept", "dropped"]), name="commitment_note_state_known"
            ),
            models.CheckConstraint(condition=~Q(text=""), name="commitment_note_says_something"),
        ]


class ReflectionQuerySet(OfLeaderQuerySet):
    def visible_to(self, person: Person) -> Self:
        """One's own, and what the leaders of one's team shared; nobody else's, whatever one's roles."""
        shared = Q(leader__in=leaders_of(person).values("pk"), shared=True)
        return self.filter(Q(leader=person) | shared)


class Reflection(models.Model):
    """A leader's answer to one of the questions, for themselves alone unless shared with the team."""

    class Question(models.TextChoices):
        CHANGE = "Q-1", "Q-1"
        HEAR = "Q-2", "Q-2"

    leader = models.ForeignKey(
        Person, models.CASCADE, related_name="reflections", verbose_name=_("written by")
    )
    question = models.CharField(_("question"), max_length=3, choices=Question)
    text = models.TextField(_("answer"), max_length=MAX_REFLECTION, validators=[values.several_lines])
    written_on = models.DateField(_("written"), default=timezone.localdate, editable=False)
    shared = models.BooleanField(_("shared with my team"), default=False)

    objects: ClassVar[Any] = ReflectionQuerySet.as_manager()

    class Meta:
        ordering = ["-written_on", "-pk"]
        verbose_name = _("reflection")
        verbose_name_plural = _("reflections")
        constraints = [
            models.CheckConstraint(
                condition=Q(question__in=["Q-1", "Q-2"]), name="reflection_question_known"
            ),
        ]
