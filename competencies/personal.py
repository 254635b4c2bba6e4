"""What this app holds about a person, forgets of a leaver, and deletes after some days (cfm/lib/personal.py)."""

from collections.abc import Iterator
from datetime import datetime

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from cfm.lib import personal
from cfm.lib.personal import Row
from competencies.models import CoachingNote, PlanItem, Rater, Rating, RatingChange, Sheet


@personal.part(
    "ratings",
    title=_("Ratings of you"),
    kept=_(
        "To agree on what you want to learn. Named by nature: seen by you, by the manager who rates you once you share "
        "them, and by HR. What your manager has not shared with you yet is not in the file. Words are deleted when "
        "you have left and are made anonymous, levels some time later."
    ),
    columns=("cycle", "competency", "rater", "level", "agreed", "assessed_on", "note"),
    where="ratings",
)
def _ratings(pk: int) -> Iterator[Row]:
    shared = _shared(pk)
    rows = Rating.objects.filter(sheet__person=pk).select_related("sheet__cycle", "competency")
    for one in rows.order_by("sheet", "competency__code", "rater"):
        if one.rater == Rater.SELF or one.sheet_id in shared:
            where = (one.sheet.cycle.code, one.competency.code, one.rater)
            yield [*where, one.level, one.agreed, one.assessed_on, one.note]


@personal.part(
    "conversations",
    title=_("What was said about your ratings"),
    kept=_(
        "Comments of both sides, sign-off and your reply, which you can write once a sheet is signed off."
    ),
    columns=("cycle", "signed_off", "rated_by", "your_comment", "managers_comment", "your_reply"),
    where="ratings",
)
def _conversations(pk: int) -> Iterator[Row]:
    for one in Sheet.objects.filter(person=pk).select_related("cycle", "rater", "signed_off_by"):
        rater = one.rater.name if one.rater else ""
        said = one.manager_comment if one.is_shared else ""
        yield [one.cycle.code, one.signed_off_at, rater, one.person_comment, said, one.reply]


@personal.part(
    "rating_history",
    title=_("How your ratings changed"),
    kept=_("So that nothing is changed behind your back. Deleted when you have left and are made anonymous."),
    columns=(
        "cycle",
        "at",
        "what",
        "rater",
        "competency",
        "old_level",
        "new_level",
        "old_note",
        "new_note",
        "by_you",
    ),
)
def _history(pk: int) -> Iterator[Row]:
    shared = _shared(pk)
    rows = RatingChange.objects.filter(sheet__person=pk).select_related("sheet__cycle", "competency")
    for one in rows:
        if one.rater == Rater.MANAGER and one.sheet_id not in shared:
            continue
        competency = one.competency.code if one.competency else ""
        levels = (one.old_level, one.new_level, one.old_note, one.new_note)
        yield [one.sheet.cycle.code, one.at, one.what, one.rater, competency, *levels, one.by_id == pk]


def _shared(pk: int) -> set[int]:
    return {one.pk for one in Sheet.objects.filter(person=pk).select_related("cycle") if one.is_shared}


@personal.part(
    "plan",
    title=_("Your development plan"),
    kept=_("What you want to learn, with what, until when. Seen by you, your line manager and HR."),
    columns=("competency", "action", "resource", "seen_to_by_you", "starts_on", "due_on", "state", "done_on"),
    where="ratings",
)
def _plan(pk: int) -> Iterator[Row]:
    for one in PlanItem.objects.filter(person=pk).select_related("competency", "resource"):
        what = (
            one.competency.code,
            one.action,
            one.resource.code if one.resource else "",
            one.owner_id == pk,
        )
        yield [*what, one.starts_on, one.due_on, one.state, one.done_on]


@personal.part(
    "coaching",
    title=_("Coaching notes about you, and those you wrote"),
    kept=_("Seen by you and your line manager alone, not even by HR."),
    columns=("at", "about_you", "by_you", "note"),
)
def _coaching(pk: int) -> Iterator[Row]:
    for one in CoachingNote.objects.filter(Q(person=pk) | Q(author=pk)):
        yield [one.at, one.person_id == pk, one.author_id == pk, one.text]


@personal.part(
    "others",
    title=_("People whose ratings or plans you see to"),
    kept=_("Your work as a manager: whom you rate, what you signed off, which steps of plans you see to."),
    columns=("person_id", "cycle_or_competency", "yours"),
)
def _others(pk: int) -> Iterator[Row]:
    for row in Sheet.objects.filter(rater=pk).values_list("person__person_id", "cycle__code"):
        yield [*row, "rates"]
    for row in Sheet.objects.filter(signed_off_by=pk).values_list("person__person_id", "cycle__code"):
        yield [*row, "signed off"]
    plans = PlanItem.objects.filter(owner=pk).exclude(person=pk)
    for row in plans.values_list("person__person_id", "competency__code"):
        yield [*row, "sees to a step"]


@personal.forget("ratings")
def _forget_words(pk: int) -> None:
    """Delete all that was written about a leaver; the levels stay, without a name, until the nightly job."""
    RatingChange.objects.filter(sheet__person=pk).delete()
    Rating.objects.filter(sheet__person=pk).update(note="")
    Sheet.objects.filter(person=pk).update(person_comment="", manager_comment="", reply="")
    CoachingNote.objects.filter(person=pk).delete()
    PlanItem.objects.filter(person=pk).delete()


@personal.rule("ratings", setting="RETAIN_RATINGS_DAYS")
def _old_ratings(before: datetime) -> int:
    sheets = Sheet.objects.filter(person__anonymised_at__lt=before)
    count: int = sheets.count()
    sheets.delete()
    return count
