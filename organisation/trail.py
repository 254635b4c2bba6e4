"""The audit log in words: names are looked up when a line is shown, since the lines hold ids only."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Final

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from cfm.lib import audit
from cfm.lib.models import AuditEvent
from organisation.models import Approval, Person, RoleGrant, Unit

SHELL: Final = gettext_lazy("the server")
AREAS: Final[dict[str, Any]] = {
    "person": gettext_lazy("People and roles"),
    "sign_in": gettext_lazy("Sign-in and security"),
    "approval": gettext_lazy("Approvals"),
    "unit": gettext_lazy("Units"),
    "job_role": gettext_lazy("Job roles"),
    "customer": gettext_lazy("Customers"),
    "cycle": gettext_lazy("Cycles"),
    "comment": gettext_lazy("Comments"),
    "checklist": gettext_lazy("Checklists"),
    "change": gettext_lazy("Transformations"),
    "framework": gettext_lazy("Frameworks"),
    "scores": gettext_lazy("Figures"),
    "rating": gettext_lazy("Ratings"),
    "gaps": gettext_lazy("Gaps"),
    "plan": gettext_lazy("Development plans"),
    "profile": gettext_lazy("Role profiles"),
    "library": gettext_lazy("Competency library"),
    "resource": gettext_lazy("Learning resources"),
    "goal": gettext_lazy("Goals"),
    "process": gettext_lazy("Process audits"),
    "case": gettext_lazy("Business cases"),
    "message": gettext_lazy("Communication"),
    "recognition": gettext_lazy("Recognition"),
    "idea": gettext_lazy("Ideas"),
    "leader": gettext_lazy("Leaders"),
    "audit": gettext_lazy("Audit log"),
    "data": gettext_lazy("Deletion after time"),
}
ACTIONS: Final[dict[str, Any]] = {
    "goal.framework": gettext_lazy("set the years of goals"),
    "goal.save": gettext_lazy("set a goal"),
    "goal.state": gettext_lazy("said how a goal ended"),
    "goal.part": gettext_lazy("changed a part of a goal"),
    "goal.part_delete": gettext_lazy("deleted a part of a goal"),
    "goal.report": gettext_lazy("reported a figure of a goal"),
    "goal.import": gettext_lazy("imported goals"),
    "goal.export": gettext_lazy("downloaded goals"),
    "action.save": gettext_lazy("planned or changed an action"),
    "action.report": gettext_lazy("reported on an action"),
    "action.step": gettext_lazy("changed a step of an action"),
    "action.import": gettext_lazy("imported actions"),
    "action.export": gettext_lazy("downloaded actions"),
    "process.save": gettext_lazy("registered or changed a process"),
    "process.audit": gettext_lazy("audited a process"),
    "process.finding": gettext_lazy("changed a finding of a process audit"),
    "process.import": gettext_lazy("imported processes or audits"),
    "process.export": gettext_lazy("downloaded processes or audits"),
    "case.save": gettext_lazy("opened or renamed a business case"),
    "case.version": gettext_lazy("saved a version of a business case"),
    "case.import": gettext_lazy("imported business cases"),
    "case.export": gettext_lazy("downloaded business cases"),
    "message.draft": gettext_lazy("drafted messages from a cycle"),
    "message.save": gettext_lazy("planned or changed a message"),
    "message.sent": gettext_lazy("noted that a message was sent"),
    "message.undo": gettext_lazy("took back that a message was sent"),
    "message.export": gettext_lazy("downloaded the communication plan"),
    "person.create": gettext_lazy("registered a person"),
    "person.change": gettext_lazy("changed a person"),
    "person.mails": gettext_lazy("chose how mails come"),
    "person.import": gettext_lazy("imported people"),
    "person.anonymise": gettext_lazy("made a person who left anonymous"),
    "person.my_data": gettext_lazy("downloaded their own data"),
    "person.export": gettext_lazy("downloaded the list of people"),
    "person.set_password": gettext_lazy("set a password on the server"),
    "approval.ask": gettext_lazy("asked for a second person's approval"),
    "approval.approved": gettext_lazy("approved what another had asked for"),
    "approval.refused": gettext_lazy("refused, or took back, what was asked for"),
    "sign_in.success": gettext_lazy("signed in"),
    "sign_in.day": gettext_lazy("sign-ins of a day, counted"),
    "sign_in.password": gettext_lazy("set a new password"),
    "sign_in.factor_added": gettext_lazy("added a second factor"),
    "sign_in.factor_removed": gettext_lazy("removed a second factor"),
    "sign_in.codes_renewed": gettext_lazy("made new recovery codes"),
    "sign_in.single_sign_on": gettext_lazy("signed in by single sign-on for the first time"),
    "unit.create": gettext_lazy("added a unit"),
    "unit.change": gettext_lazy("changed a unit"),
    "unit.delete": gettext_lazy("deleted a unit"),
    "unit.import": gettext_lazy("imported units"),
    "unit.export": gettext_lazy("downloaded the list of units"),
    "customer.create": gettext_lazy("registered a customer"),
    "customer.change": gettext_lazy("changed a customer"),
    "customer.delete": gettext_lazy("deleted a customer"),
    "customer.create_part": gettext_lazy("added something to a customer"),
    "customer.change_part": gettext_lazy("changed something of a customer"),
    "customer.delete_part": gettext_lazy("deleted something of a customer"),
    "customer.create_link": gettext_lazy("added a link between supplier and customer"),
    "customer.change_link": gettext_lazy("changed a link between supplier and customer"),
    "customer.delete_link": gettext_lazy("deleted a link between supplier and customer"),
    "customer.import": gettext_lazy("imported a file of the register of customers"),
    "customer.export": gettext_lazy("downloaded a file of the register of customers"),
    "cycle.create": gettext_lazy("prepared a cycle"),
    "cycle.change": gettext_lazy("changed a cycle's settings"),
    "cycle.open": gettext_lazy("opened a cycle"),
    "cycle.extend": gettext_lazy("moved the end of a cycle"),
    "cycle.close": gettext_lazy("closed a cycle"),
    "cycle.score": gettext_lazy("had a cycle scored"),
    "cycle.publish": gettext_lazy("published a cycle"),
    "cycle.texts": gettext_lazy("changed the texts of a cycle"),
    "cycle.copy": gettext_lazy("copied a cycle"),
    "cycle.letters": gettext_lazy("printed letters with links"),
    "cycle.import_responses": gettext_lazy("imported answers given on paper"),
    "comment.shown": gettext_lazy("released a comment"),
    "comment.redacted": gettext_lazy("redacted a comment"),
    "comment.withheld": gettext_lazy("withheld a comment"),
    "comment.take_back": gettext_lazy("took back a decision on a comment"),
    "checklist.set": gettext_lazy("filled in a checklist"),
    "checklist.import": gettext_lazy("imported checklists"),
    "checklist.copy": gettext_lazy("took a checklist over from an earlier cycle"),
    "checklist.verdict": gettext_lazy("reviewed an entry of a checklist"),
    "checklist.file_added": gettext_lazy("added a file to a checklist"),
    "checklist.file_removed": gettext_lazy("removed a file from a checklist"),
    "change.save": gettext_lazy("registered or changed a transformation"),
    "change.readiness": gettext_lazy("filled in the readiness for a transformation"),
    "change.import": gettext_lazy("imported transformations or their readiness"),
    "framework.load": gettext_lazy("loaded a framework"),
    "scores.export_raw": gettext_lazy("exported unsuppressed figures on the server"),
    "rating.read": gettext_lazy("read a person's ratings"),
    "rating.import": gettext_lazy("imported ratings"),
    "rating.sign_off": gettext_lazy("signed a rating sheet off"),
    "rating.hand_over": gettext_lazy("handed a rating sheet over"),
    "gaps.read": gettext_lazy("read gaps by name"),
    "gaps.export": gettext_lazy("exported gaps by name"),
    "gaps.export_sent": gettext_lazy("received the whole file of gaps"),
    "plan.read": gettext_lazy("read a step of a development plan"),
    "plan.save": gettext_lazy("saved a step of a development plan"),
    "plan.note": gettext_lazy("wrote a coaching note"),
    "profile.save": gettext_lazy("changed a role profile"),
    "library.save": gettext_lazy("changed a competency"),
    "recognition.give": gettext_lazy("thanked somebody or gave an award"),
    "recognition.withdraw": gettext_lazy("withdrew own thanks or an own award"),
    "recognition.take_off": gettext_lazy("took what they had got off the wall"),
    "recognition.put_back": gettext_lazy("put a recognition back on the wall"),
    "recognition.remove": gettext_lazy("took a recognition off the wall as HR"),
    "recognition.export": gettext_lazy("downloaded the wall of recognition"),
    "idea.answer": gettext_lazy("answered an idea"),
    "idea.pass_on": gettext_lazy("gave an idea to somebody else to answer"),
    "idea.topic": gettext_lazy("asked for ideas about a topic, or changed who answers"),
    "leader.commit": gettext_lazy("made or changed an own commitment"),
    "leader.progress": gettext_lazy("told how an own commitment goes"),
    "audit.export": gettext_lazy("downloaded the audit log"),
    "data.retention": gettext_lazy("deleted what was kept long enough"),
}
REASONS: Final[dict[str, Any]] = {
    "line_manager": gettext_lazy("as line manager"),
    "rater": gettext_lazy("as the manager who rates"),
    "hr": gettext_lazy("as HR"),
    "plan_owner": gettext_lazy("as owner of the step"),
    "command": gettext_lazy("on the server"),
}
READ_BY_LIST: Final = ("gaps.read", "gaps.export")  # lines about many people at once
READ_ONE: Final = ("rating.read", "plan.read")
LOOK_BACK: Final = timedelta(days=365)
_PERSON: Final = re.compile(r"person/(\d{1,18})")


@dataclass(frozen=True)
class Line:
    """A line of the log as a page shows it. details: (name, value)."""

    number: int
    at: datetime
    who: str
    what: str
    subject: str
    details: tuple[tuple[str, str], ...]
    why: str
    digest: str


def found(*, who: str = "", area: str = "", since: date | None = None, until: date | None = None) -> Any:
    """Return the lines that fit, the newest first. who: part of the name or the id of the doer or the one concerned."""
    lines = audit.in_period(_midnight(since), _midnight(until and until + timedelta(days=1)))
    if area:
        lines = lines.filter(action__startswith=f"{area}.")
    if who:
        pks = list(
            Person.objects.filter(Q(name__icontains=who) | Q(person_id__iexact=who)).values_list(
                "pk", flat=True
            )[:500]
        )
        lines = lines.filter(Q(actor__in=pks) | Q(subject__in=[f"person/{pk}" for pk in pks]))
    return lines


def _midnight(day: date | None) -> datetime | None:
    return timezone.make_aware(datetime.combine(day, time())) if day else None


def in_words(events: Iterable[AuditEvent]) -> list[Line]:
    """Return the lines of one page; one query finds all names."""
    shown = list(events)
    names = _names(shown)
    return [
        Line(
            number=event.pk,
            at=event.at,
            who=_name(event.actor, names),
            what=str(ACTIONS.get(event.action, event.action)),
            subject=_PERSON.sub(lambda match: _name(int(match[1]), names), event.subject),
            details=tuple(_details(event.details)),
            why=_why(event.details),
            digest=event.digest,
        )
        for event in shown
    ]


def _names(events: Iterable[AuditEvent]) -> dict[int, str]:
    wanted = {event.actor for event in events if event.actor is not None}
    wanted |= {int(pk) for event in events for pk in _PERSON.findall(event.subject)}
    rows = Person.objects.filter(pk__in=wanted).values_list("pk", "name", "person_id")
    return {pk: f"{name} ({person_id})" for pk, name, person_id in rows}


def _name(person: int | None, names: Mapping[int, str]) -> str:
    if person is None:
        return str(SHELL)
    return names.get(person) or _("a person no longer here")


def _why(details: Mapping[str, Any]) -> str:
    why = str(details.get("why") or details.get("reason") or "")
    return str(REASONS.get(why, why))


def _details(details: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name, value in details.items():
        if name == "people":
            count = sum(len(ids) for ids in audit.unpack(str(value))) if isinstance(value, str) else value
            yield _("people"), ngettext("%d person", "%d people", count) % count
        elif name not in {"why", "reason"} and value not in ("", None, [], {}):
            text = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
            yield name.replace("_", " "), text


@dataclass(frozen=True)
class Reading:
    """Somebody saw, or took out, named data of a person."""

    at: datetime
    who: str
    what: str
    why: str
    cycle: str


def readings_of(person: Person) -> list[Reading]:
    """Return who has read this person's named ratings and plans in the last year, the newest first."""
    since = timezone.now() - LOOK_BACK
    one = Q(subject=f"person/{person.pk}", action__in=READ_ONE)
    lines = audit.in_period(since, None).filter(one | Q(action__in=READ_BY_LIST))
    events = [
        event for event in lines.exclude(actor=person.pk).iterator() if audit.concerns(event, person.pk)
    ]
    names = _names(events)
    return [
        Reading(
            event.at,
            _name(event.actor, names),
            str(ACTIONS[event.action]),
            _why(event.details),
            str(event.details.get("cycle", "")),
        )
        for event in events
    ]


@dataclass(frozen=True)
class Waiting:
    """Something that waits for a second person, as its page shows it. own: the reader has asked for it."""

    pk: int
    what: str
    subject: str
    details: str
    who: str
    at: datetime
    own: bool


ASKED: Final[dict[str, Any]] = {
    "cycle.open": gettext_lazy("open a cycle"),
    "cycle.close": gettext_lazy("close a cycle and count the answers"),
    "role.grant": gettext_lazy("grant roles"),
}


def approvals_in_words(rows: Iterable[Approval], reader: Person) -> list[Waiting]:
    """Return what waits, with the names of those concerned."""
    shown = list(rows)
    people = Person.objects.in_bulk([one.arguments["person"] for one in shown if "person" in one.arguments])
    units = {unit for one in shown for unit in one.arguments.get("roles", {}).values() if unit}
    names = dict(Unit.objects.filter(pk__in=units).values_list("pk", "name"))
    return [
        Waiting(
            pk=one.pk,
            what=str(ASKED.get(one.action, one.action)),
            subject=people[one.arguments["person"]].name if "person" in one.arguments else one.subject,
            details=", ".join(
                _reach(role, unit, names) for role, unit in one.arguments.get("roles", {}).items()
            ),
            who=one.asked_by.name,
            at=one.asked_at,
            own=one.asked_by_id == reader.pk,
        )
        for one in shown
        if one.arguments.get("person") in people or "person" not in one.arguments
    ]


def _reach(role: str, unit: int | None, names: Mapping[int, str]) -> str:
    name = str(RoleGrant.Role(role).label)
    return f"{name} ({names[unit]})" if unit is not None and unit in names else name
