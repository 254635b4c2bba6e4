"""What to look at before publishing: turnout below the goal, blocks without evidence, work that is left."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from assessments.models import ChecklistEntry, Comment, Cycle
from assessments.queries.proof import last_release
from assessments.queries.turnout import STEP, Turnout, turnout

MOST_NAMED: Final = 8


@dataclass(frozen=True)
class Check:
    """A sentence, and whether all is well, something is to be considered, or publishing would be refused."""

    sentence: str
    state: str = "fine"  # fine | consider | refused


def checks(cycle: Cycle) -> list[Check]:
    """Return the checks of a scored cycle. Names of units and blocks, rounded shares and counts only."""
    found = [_scored_since(cycle), _turnout(cycle), _evidence(cycle), _comments(cycle), _spoiled(cycle)]
    return [check for check in found if check]


def _turnout(cycle: Cycle) -> Check | None:
    rows = [row for row in turnout(cycle) if row.percent is not None]
    low = [row for row in rows if row.percent is not None and row.percent < cycle.turnout_goal]
    if not rows:
        return None
    goal = cycle.turnout_goal
    if not low:
        return Check(_("Turnout reached the goal of {goal} % wherever it is shown.").format(goal=goal))
    sentence = _("Turnout is below the goal of {goal} %: {units}.")
    return Check(sentence.format(goal=goal, units=_listed([_share(row) for row in low])), "consider")


def _share(row: Turnout) -> str:
    """Write a share that was rounded down to 10 per cent as what it stands for."""
    low = row.percent or 0
    return _("{unit} {low} to {high} %").format(unit=row.name, low=low, high=low + STEP - 1)


def _evidence(cycle: Cycle) -> Check | None:
    instrument = cycle.framework.instrument
    lens = instrument.primary.code
    drawn = {one.code: one.dimensions.get(lens) for one in instrument.key_components if one.is_evidence}
    entries = ChecklistEntry.objects.filter(cycle=cycle).exclude(state="not_applicable")
    there = {drawn.get(code) for code in entries.values_list("key_component", flat=True).distinct()}
    asked = [block for block in instrument.blocks if block.code in drawn.values()]
    missing = [f"{block.code} {block.title}" for block in asked if block.code not in there]
    if not asked:
        return None
    if missing:
        return Check(_("There is no evidence for {blocks}.").format(blocks=_listed(missing)), "consider")
    return Check(_("There is evidence for every block."))


def _comments(cycle: Cycle) -> Check | None:
    waiting = Comment.objects.filter(cycle=cycle, state=Comment.State.NEW).count()
    if not waiting:
        return None
    sentence = ngettext(
        "{n} comment waits for review by HR; it is not shown before.",
        "{n} comments wait for review by HR; they are not shown before.",
        waiting,
    )
    return Check(sentence.format(n=waiting), "consider")


def _spoiled(cycle: Cycle) -> Check | None:
    spoiled = cycle.close_certificate.get("spoiled", 0)
    if not spoiled:
        return None
    sentence = ngettext(
        "{n} envelope could not be opened and is in no figure.",
        "{n} envelopes could not be opened and are in no figure.",
        spoiled,
    )
    return Check(sentence.format(n=spoiled), "consider")


def _scored_since(cycle: Cycle) -> Check | None:
    release = last_release(cycle)
    if release is None or release.evidence_version == cycle.evidence_version:
        return None
    return Check(_("The evidence changed after the scoring: score again before you publish."), "refused")


def _listed(names: list[str]) -> str:
    rest = len(names) - MOST_NAMED
    shown = ", ".join(names[:MOST_NAMED])
    return shown if rest <= 0 else _("{names} and {rest} more").format(names=shown, rest=rest)
