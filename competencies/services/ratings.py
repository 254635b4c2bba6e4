"""Rating a person in a cycle: saved as one goes, handed in, talked over, signed off. Every change is kept."""

from datetime import date
from typing import Any, Final

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from assessments.models import Cycle
from cfm.lib import audit
from competencies.levels import require_level
from competencies.models import RATED_IN, Competency, Rater, Rating, RatingChange, Sheet
from competencies.services.errors import RefusedError
from competencies.services.packing import pack
from organisation.models import Person

MAX_TEXT: Final = 2000
What = RatingChange.What


def held(*, cycle: Cycle, person: Person) -> Sheet:
    """Return the person's sheet, its row held to the end of this transaction; made at the first call.

    Making it freezes the rater: the line manager of that moment.
    """
    Sheet.objects.get_or_create(cycle=cycle, person=person, defaults={"rater_id": person.manager_id})
    sheet: Sheet = (
        Sheet.objects.select_for_update(of=("self",))
        .select_related("cycle", "person")
        .get(cycle=cycle, person=person)
    )
    return sheet


def side_of(sheet: Sheet, by: Person) -> str:
    """Return the side that this person rates on. Raises RefusedError for anybody but the person and the rater."""
    if by.pk == sheet.person_id:
        return Rater.SELF
    if by.pk == sheet.rater_id:
        return Rater.MANAGER
    raise RefusedError(_("Only the person and the manager who rates them can change this sheet."))


@transaction.atomic
def rate(
    *, cycle: Cycle, person: Person, competency: Competency, level: int | None, note: str, by: Person
) -> Rating | None:
    """Save a level and what shows it; None takes the rating away. Saying the same again changes nothing.

    Raises ValueError for a level off the scale or a note over 2,000 characters, RefusedError where nothing may be
    rated (any more) by this person.
    """
    sheet = held(cycle=cycle, person=person)
    rater = side_of(sheet, by)
    _require_drafting(sheet, rater)
    return _set(sheet, rater, competency, level, _text(note), What.RATED, by)


def _set(
    sheet: Sheet, rater: str, competency: Competency, level: int | None, note: str, what: str, by: Person
) -> Rating | None:
    kept = Rating.objects.filter(sheet=sheet, competency=competency, rater=rater).first()
    old = (kept.level, kept.note) if kept else (None, "")
    if level is None:
        note = ""
    else:
        require_level(level)
    if old == (level, note):
        return kept
    if level is None and kept is not None:
        kept.delete()
        kept = None
    elif level is not None:
        kept = kept or Rating(sheet=sheet, competency=competency, rater=rater)
        kept.level, kept.note, kept.assessed_on = level, note, timezone.localdate()
        kept.save()
    _keep(
        sheet,
        What.CLEARED if level is None and what == What.RATED else what,
        by,
        rater=rater,
        competency=competency,
        old_level=old[0],
        new_level=level,
        old_note=old[1],
        new_note=note,
    )
    return kept


@transaction.atomic
def undo(*, cycle: Cycle, person: Person, competency: Competency, by: Person) -> Rating | None:
    """Put a rating back to what it was before its last change; the history keeps both. Raises RefusedError."""
    sheet = held(cycle=cycle, person=person)
    rater = side_of(sheet, by)
    _require_drafting(sheet, rater)
    last = _undoable(sheet, rater, competency)
    if last is None:
        raise RefusedError(_("There is nothing to put back."))
    return _set(sheet, rater, competency, last.old_level, last.old_note, What.UNDONE, by)


def _undoable(sheet: Sheet, rater: str, competency: Competency) -> RatingChange | None:
    """Return the newest change that no later undo has put back yet."""
    undone = 0
    changes = RatingChange.objects.filter(sheet=sheet, rater=rater, competency=competency).order_by("-pk")
    for change in changes.filter(what__in=[What.RATED, What.CLEARED, What.UNDONE, What.IMPORTED]):
        if change.what == What.UNDONE:
            undone += 1
        elif undone:
            undone -= 1
        else:
            return change
    return None


@transaction.atomic
def hand_in(*, cycle: Cycle, person: Person, by: Person) -> Sheet:
    """Let one side's ratings count, and show both sides to both once both are in. Raises RefusedError."""
    sheet = held(cycle=cycle, person=person)
    rater = side_of(sheet, by)
    _require_drafting(sheet, rater)
    if not sheet.ratings.filter(rater=rater).exists():
        raise RefusedError(_("Rate at least one competency first."))
    return _mark(sheet, rater, timezone.now(), What.HANDED_IN, by)


@transaction.atomic
def take_back(*, cycle: Cycle, person: Person, by: Person) -> Sheet:
    """Reopen one's own side, until sign-off; levels agreed on go, since they rest on both. Raises RefusedError."""
    sheet = held(cycle=cycle, person=person)
    rater = side_of(sheet, by)
    _require_open(sheet)
    if not sheet.is_in(rater):
        raise RefusedError(_("These ratings are not handed in."))
    for rating in sheet.ratings.filter(agreed__isnull=False).order_by("competency__code"):
        _note_agreed(sheet, rating, None, by)
    return _mark(sheet, rater, None, What.TAKEN_BACK, by)


def _mark(sheet: Sheet, rater: str, at: Any, what: str, by: Person) -> Sheet:
    setattr(sheet, f"{rater}_in", at)
    sheet.save(update_fields=[f"{rater}_in"])
    pack([sheet])
    _keep(sheet, what, by, rater=rater)
    return sheet


@transaction.atomic
def agree(*, cycle: Cycle, person: Person, competency: Competency, level: int | None, by: Person) -> Rating:
    """Note the level both settled on in their conversation; None takes it away. The rater writes it.

    Raises RefusedError unless both sides are in and the rater rated this competency, ValueError for a wrong level.
    """
    sheet = held(cycle=cycle, person=person)
    _require_conversation(sheet)
    if side_of(sheet, by) != Rater.MANAGER:
        raise RefusedError(_("The manager writes down the agreed level."))
    rating = sheet.ratings.filter(competency=competency, rater=Rater.MANAGER).first()
    if rating is None:
        raise RefusedError(_("The manager has not rated this competency."))
    if level is not None:
        require_level(level)
    if rating.agreed != level:
        _note_agreed(sheet, rating, level, by)
    return rating


def _note_agreed(sheet: Sheet, rating: Rating, level: int | None, by: Person) -> None:
    _keep(sheet, What.AGREED, by, competency=rating.competency, old_level=rating.agreed, new_level=level)
    rating.agreed = level
    rating.save(update_fields=["agreed"])


@transaction.atomic
def comment(*, cycle: Cycle, person: Person, text: str, by: Person) -> Sheet:
    """Keep what one of the two says about their conversation. Raises RefusedError, ValueError."""
    sheet = held(cycle=cycle, person=person)
    field = "person_comment" if side_of(sheet, by) == Rater.SELF else "manager_comment"
    _require_conversation(sheet)
    return _say(sheet, field, text, What.COMMENTED, by)


@transaction.atomic
def reply(*, cycle: Cycle, person: Person, text: str, by: Person) -> Sheet:
    """Keep the rated person's answer to a signed-off sheet. Raises RefusedError, ValueError."""
    sheet = held(cycle=cycle, person=person)
    if side_of(sheet, by) != Rater.SELF or not sheet.signed_off:
        raise RefusedError(_("The rated person can reply once the sheet is signed off."))
    return _say(sheet, "reply", text, What.REPLIED, by)


def _say(sheet: Sheet, field: str, text: str, what: str, by: Person) -> Sheet:
    old, new = getattr(sheet, field), _text(text)
    if old != new:
        setattr(sheet, field, new)
        sheet.save(update_fields=[field])
        _keep(sheet, what, by, old_note=old, new_note=new)
    return sheet


@transaction.atomic
def sign_off(*, cycle: Cycle, person: Person, by: Person) -> Sheet:
    """End the rating: nothing changes after this, and agreed levels count as the manager's. Raises RefusedError."""
    sheet = held(cycle=cycle, person=person)
    if side_of(sheet, by) != Rater.MANAGER:
        raise RefusedError(_("The manager signs off."))
    _require_conversation(sheet)
    sheet.signed_off_at, sheet.signed_off_by = timezone.now(), by
    sheet.save(update_fields=["signed_off_at", "signed_off_by"])
    pack([sheet])
    _keep(sheet, What.SIGNED_OFF, by)
    audit.record("rating.sign_off", f"person/{person.pk}", by=by.pk, cycle=cycle.code)
    return sheet


@transaction.atomic
def hand_over(*, cycle: Cycle, person: Person, by: Person) -> Sheet:
    """Make the line manager of today the rater. The caller has checked that `by` may. Raises RefusedError."""
    sheet = held(cycle=cycle, person=person)
    _require_open(sheet)
    if sheet.person.manager_id is None or sheet.person.manager_id == sheet.rater_id:
        raise RefusedError(_("There is no other line manager to hand over to."))
    old, sheet.rater_id = sheet.rater_id, sheet.person.manager_id
    sheet.save(update_fields=["rater"])
    _keep(sheet, What.HANDED_OVER, by)
    details = {"cycle": cycle.code, "old": old, "new": sheet.rater_id}
    audit.record("rating.hand_over", f"person/{person.pk}", by=by.pk, **details)
    return sheet


def _require_open(sheet: Sheet) -> None:
    if sheet.cycle.state not in RATED_IN:
        raise RefusedError(_("Ratings are taken while the cycle is open or closed, not after it is scored."))
    if sheet.signed_off:
        raise RefusedError(_("This sheet is signed off: nothing changes any more."))


def _require_drafting(sheet: Sheet, rater: str) -> None:
    _require_open(sheet)
    if sheet.is_in(rater):
        raise RefusedError(_("These ratings are handed in. Take them back to change them."))


def _require_conversation(sheet: Sheet) -> None:
    _require_open(sheet)
    if not sheet.both_in:
        raise RefusedError(_("The conversation begins when both sides have handed in."))


def _text(text: str) -> str:
    cleaned = text.replace("\r\n", "\n").replace("\x00", "").strip()
    if len(cleaned) > MAX_TEXT:
        raise ValueError(_("at most %d characters") % MAX_TEXT)
    return cleaned


def _keep(sheet: Sheet, what: str, by: Person, **details: Any) -> None:
    RatingChange.objects.create(sheet=sheet, what=what, by=by, **details)


def day_of(text: str) -> date | None:
    """Return the date written as YYYY-MM-DD, None for anything else."""
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    return found if found.isoformat() == text else None
