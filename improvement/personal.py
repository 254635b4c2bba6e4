"""What this app holds about a person, and forgets of a leaver (cfm/lib/personal.py)."""

from collections.abc import Iterator

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from cfm.lib import personal
from cfm.lib.personal import Row
from improvement.models import (
    Action,
    ActionUpdate,
    Actual,
    CaseVersion,
    Commitment,
    CommitmentNote,
    DigestDeclined,
    DigestSent,
    Finding,
    Goal,
    Idea,
    IdeaAnswer,
    IdeaMailed,
    IdeaTopic,
    Indicator,
    Message,
    Output,
    Process,
    ProcessAudit,
    Recognition,
    Reflection,
    Strategy,
)


@personal.part(
    "goals",
    title=_("Your own goals"),
    kept=_(
        "Named by nature: seen by you, the managers whose reach holds you, and HR. Deleted when you have left and are "
        "made anonymous."
    ),
    columns=("goal", "title", "why", "starts_on", "due_on", "state", "what_came_of_it"),
    where="goals",
)
def _goals(pk: int) -> Iterator[Row]:
    mine = Goal.objects.filter(person=pk)
    yield from mine.values_list("code", "title", "why", "starts_on", "due_on", "state", "closing_note")


@personal.part(
    "goal_parts",
    title=_("Parts of your own goals and the figures reported"),
    kept=_("They belong to the goals above and go with them."),
    columns=("goal", "part", "number", "text", "on", "value", "note"),
)
def _parts(pk: int) -> Iterator[Row]:
    for name, table in (("output", Output), ("strategy", Strategy), ("indicator", Indicator)):
        for code, number, text in table.objects.filter(goal__person=pk).values_list(
            "goal__code", "number", "text"
        ):
            yield [code, name, number, text, None, None, ""]
    figures = Actual.objects.filter(indicator__goal__person=pk)
    for code, number, on, value, note in figures.values_list(
        "indicator__goal__code", "indicator__number", "on", "value", "note"
    ):
        yield [code, "figure", number, "", on, value, note]


@personal.part(
    "seen_to",
    title=_("Goals, actions, processes and findings that you see to, reported on or audited"),
    kept=_("So that one knows whom to ask. Seen by whoever sees the goal, the action or the process."),
    columns=("what", "code", "title", "on"),
)
def _seen_to(pk: int) -> Iterator[Row]:
    for row in Goal.objects.filter(owner=pk).values_list("code", "title", "due_on"):
        yield ["goal", *row]
    for code, name in Process.objects.filter(owner=pk).values_list("code", "name"):
        yield ["process", code, name, None]
    audits = ProcessAudit.objects.filter(auditor=pk)
    for code, name, on in audits.values_list("process__code", "process__name", "audited_on"):
        yield ["process audit", code, name, on]
    versions = CaseVersion.objects.filter(saved_by=pk)
    for code, title, at in versions.values_list("case__code", "case__title", "saved_at"):
        yield ["business case", code, title, at]
    for row in Action.objects.filter(owner=pk).values_list("code", "title", "due_on"):
        yield ["action", *row]
    for row in ActionUpdate.objects.filter(by=pk).values_list("action__code", "note", "on"):
        yield ["update of an action", *row]
    for what, who in (("message", "owner"), ("message sent", "sent_by")):
        told = Message.objects.filter(**{who: pk}).values_list("pk", "subject", "due_on")
        yield from ([what, *one] for one in told)
    findings = Finding.objects.filter(owner=pk)
    for code, text, due in findings.values_list("audit__process__code", "text", "due_on"):
        yield ["finding", code, text, due]


@personal.part(
    "recognition",
    title=_("Thanks and awards that you gave or got, and the monthly mail about them"),
    kept=_(
        "Named by nature: everyone who works here reads what hangs on the wall. You withdraw what you gave and take "
        "off what you got. What you got is deleted when you have left and are made anonymous; what you gave to others "
        "stays."
    ),
    columns=("what", "on", "award", "to", "deed", "whats_next", "state"),
    where="recognition_mine",
)
def _recognition(pk: int) -> Iterator[Row]:
    rows = Recognition.objects.select_related("person", "unit").filter(Q(giver=pk) | Q(person=pk))
    for row in rows:
        what = "got" if row.person_id == pk else "given"
        yield [what, row.given_at.date(), row.award, row.to, row.deed, row.whats_next, row.state]
    for month in DigestSent.objects.filter(person=pk).values_list("month", flat=True):
        yield ["monthly mail", month, "", "", "", "", "sent"]
    if DigestDeclined.objects.filter(person=pk).exists():
        yield ["monthly mail", None, "", "", "", "", "declined"]


@personal.part(
    "ideas",
    title=_("Ideas that you sent with your name, or answer"),
    kept=_(
        "Seen by whoever may see the idea. Your name goes when you have left and are made anonymous; the idea stays. "
        "Ideas without a name are in no list: nobody can find whose they are."
    ),
    columns=("what", "on", "title", "text", "state"),
    where="ideas",
)
def _ideas(pk: int) -> Iterator[Row]:
    for on, title, text, state in Idea.objects.filter(writer=pk).values_list(
        "submitted_on", "title", "text", "state"
    ):
        yield ["sent", on, title, text, state]
    for on, title, state in Idea.objects.filter(owner=pk).values_list("promised_by", "title", "state"):
        yield ["to answer", on, title, "", state]
    answers = IdeaAnswer.objects.filter(by=pk)
    for on, title, text, state in answers.values_list("answered_on", "idea__title", "text", "state"):
        yield ["answered", on, title, text, state]
    for name in IdeaTopic.objects.filter(owner=pk).values_list("name", flat=True):
        yield ["topic", None, name, "", ""]
    for on in IdeaMailed.objects.filter(owner=pk).values_list("on", flat=True):
        yield ["last mail about them", on, "", "", ""]


@personal.forget("ideas")
def _forget_ideas(pk: int) -> None:
    """Take a leaver's name off their ideas; what waits for their answer waits for HR to name somebody."""
    Idea.objects.filter(writer=pk).update(writer=None)
    Idea.objects.filter(owner=pk, answered_on=None).update(owner=None)
    IdeaMailed.objects.filter(owner=pk).delete()


@personal.part(
    "leaders",
    title=_("Your commitments as a leader, and your answers to the questions"),
    kept=_(
        "Commitments are seen by your team. An answer that you did not share is read by nobody else. All of it is "
        "deleted when you have left and are made anonymous."
    ),
    columns=("what", "on", "text", "state"),
    where="leaders",
)
def _leaders(pk: int) -> Iterator[Row]:
    for on, text, state in Commitment.objects.filter(leader=pk).values_list("due_on", "text", "state"):
        yield ["commitment", on, text, state]
    notes = CommitmentNote.objects.filter(commitment__leader=pk)
    for on, text, state in notes.values_list("on", "text", "state"):
        yield ["how it goes", on, text, state]
    for on, code, text, shared in Reflection.objects.filter(leader=pk).values_list(
        "written_on", "question", "text", "shared"
    ):
        yield [code, on, text, "shared" if shared else "private"]


@personal.forget("leaders")
def _forget_leaders(pk: int) -> None:
    """Delete a leaver's commitments and reflections."""
    Commitment.objects.filter(leader=pk).delete()
    Reflection.objects.filter(leader=pk).delete()


@personal.forget("recognition")
def _forget_recognition(pk: int) -> None:
    """Delete what was written about a leaver; what they wrote to others is theirs."""
    Recognition.objects.filter(person=pk).delete()
    DigestSent.objects.filter(person=pk).delete()
    DigestDeclined.objects.filter(person=pk).delete()


@personal.forget("goals")
def _forget_goals(pk: int) -> None:
    """Delete a leaver's own goals; those of others that served one of them serve what it served."""
    while goal := Goal.objects.filter(person=pk).first():
        goal.children.update(parent=goal.parent_id)
        goal.resources.all().delete()
        goal.delete()
