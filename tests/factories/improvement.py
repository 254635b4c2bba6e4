"""Goals, processes and business cases for tests, made through the services that the product uses.

framework()                                         # 2025 to 2028
goal("G1", unit=north, parent=top)                  # of a unit; person=ada for one of a person
indicator(one, 40, 60, {date(2026, 1, 1): 50})      # baseline, target, figures
audited(process("P1"), date(2026, 1, 1), ["customer", "organisation"], {"C1": "yes"})
thanks(ada, ben)                                    # or thanks(ada, unit=north); award="…" for an award
action("A1", unit=north, owner=ada)                 # due in a year
idea(unit=north)                                    # without a name; writer=ada with one
commitment(lead)                                    # due in a month; reflection(lead) is private
"""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal

from django.utils import timezone

from improvement.models import (
    Action,
    BusinessCase,
    Commitment,
    Goal,
    GoalFramework,
    Idea,
    Indicator,
    Message,
    Output,
    Process,
    ProcessAudit,
    Recognition,
    Reflection,
)
from improvement.services import actions, cases, communication, goals, processes, recognition
from improvement.services import ideas as idea_services
from improvement.services import leaders as leader_services
from organisation.models import Person, Unit
from tests.factories.organisation import root

# Worth of keeping 5 more of 100: 10 customers · 100 a year · (0.85/0.25 − 0.8/0.3) = 733.33.
RETENTION: dict[str, tuple[float, float]] = {
    "customers": (10, 10),
    "margin": (100, 100),
    "kept": (80, 80),
    "raised": (5, 5),
    "discount": (10, 10),
}
STARTS, ENDS = date(2025, 1, 1), date(2028, 12, 31)


def framework(code: str = "F1") -> GoalFramework:
    """Return the framework of the years 2025 to 2028."""
    return GoalFramework.objects.filter(code=code).first() or goals.save_framework(
        framework=None,
        code=code,
        title=f"Years {code}",
        starts_on=STARTS,
        ends_on=ENDS,
        currency="EUR",
        by=None,
    )


def goal(code: str = "G1", *, unit: Unit | None = None, **fields: object) -> Goal:
    """Return a goal of the unit (the organisation) from the begin to the end of the framework."""
    values: dict = {
        "framework": framework(),
        "title": f"Goal {code}",
        "why": "",
        "person": None,
        "owner": None,
        "parent": None,
        "block": "",
        "key_components": [],
        "starts_on": STARTS,
        "due_on": ENDS,
        "target_score": None,
        "target_cycle": "",
    }
    return goals.save_goal(goal=None, code=code, unit=unit or root(), by=None, **(values | fields))


def output(
    of: Goal, text: str = "A leaflet", *, due: date | None = None, delivered: date | None = None
) -> Output:
    found = goals.save_part(
        goal=of, what="outputs", part=None, text=text, due_on=due, delivered_on=delivered, by=None
    )
    assert isinstance(found, Output)
    return found


def indicator(
    of: Goal, baseline: float = 40, target: float = 60, figures: Mapping[date, float] | None = None
) -> Indicator:
    """Return an indicator with these figures."""
    found = goals.save_part(
        goal=of,
        what="indicators",
        part=None,
        text="Settled the first time",
        measure="%",
        baseline=Decimal(str(baseline)),
        target=Decimal(str(target)),
        output=None,
        by=None,
    )
    assert isinstance(found, Indicator)
    for day, value in (figures or {}).items():
        goals.report(indicator=found, on=day, value=Decimal(str(value)), note="", by=None)
    return found


def process(code: str = "P1", *, unit: Unit | None = None, **fields: object) -> Process:
    """Return a process of the unit (the organisation), never audited."""
    values: dict = {
        "name": f"Process {code}",
        "owner": None,
        "touches": "customer",
        "serves": "home customers",
        "purpose": "",
        "every_months": 12,
        "retired": False,
    }
    return processes.save_process(process=None, code=code, unit=unit or root(), by=None, **(values | fields))


def audited(
    of: Process, on: date, steps: Sequence[str] = (), checks: Mapping[str, str] | None = None
) -> ProcessAudit:
    """Return an audit of that day. steps: for whom each is designed; checks: answers by code."""
    found = [processes.StepData(f"Step {number}", whom) for number, whom in enumerate(steps, 1)]
    return processes.save_audit(
        process=of,
        audit=None,
        audited_on=on,
        auditor=None,
        summary="",
        steps=found,
        checks=checks or {},
        by=None,
    )


def business_case(
    code: str = "BC1", *, unit: Unit | None = None, **inputs: tuple[float, float]
) -> BusinessCase:
    """Return a business case of the unit (the organisation) with one version. inputs: kind → (low, high)."""
    saved = cases.save_case(
        case=None, code=code, title=f"Case {code}", unit=unit or root(), currency="EUR", by=None
    )
    found = {
        kind: cases.InputData(*(Decimal(str(end)) for end in ends), "Known") for kind, ends in inputs.items()
    }
    cases.save_version(case=saved, inputs=found, note="", by=None)
    return saved


def figures(**inputs: tuple[float, float]) -> dict[str, str]:
    """Return what a form of a version sends for these inputs."""
    sent = {f"{kind}_low": str(low) for kind, (low, _high) in inputs.items()}
    return sent | {f"{kind}_high": str(high) for kind, (_low, high) in inputs.items()}


def thanks(giver: Person, to: Person | None = None, **fields: object) -> Recognition:
    """Return thanks to a person, or to a unit as a whole (to None)."""
    unit = to.unit if to else None
    values: dict = {"person": to, "unit": unit, "deed": "Stayed until it was done."}
    return recognition.give(giver=giver, **(values | fields))


def action(code: str = "A1", *, unit: Unit | None = None, **fields: object) -> Action:
    """Return an action of the unit (the organisation), planned a year ago and due in a year."""
    today = timezone.localdate()
    values: dict = {
        "title": f"Action {code}",
        "block": "",
        "owner": None,
        "planned_on": today - timedelta(days=365),
        "due_on": today + timedelta(days=365),
        "baseline_cycle": "",
        "told": True,
        "more_because": "",
    }
    return actions.save_action(action=None, code=code, unit=unit or root(), by=None, **(values | fields))


def message(subject: str = "What comes next", *, unit: Unit | None = None, **fields: object) -> Message:
    """Return a planned message to everyone in the unit (the organisation)."""
    values: dict = {
        "cycle": None,
        "language": "en-gb",
        "body": "Soon more.",
        "quotation": "",
        "audience": "everyone",
        "channel": "mail",
        "due_on": date(2026, 3, 1),
        "owner": None,
        "state": "draft",
    }
    return communication.save_message(
        message=None, subject=subject, unit=unit or root(), by=None, **(values | fields)
    )


def idea(title: str = "One form less", *, writer: Person | None = None, **fields: object) -> Idea:
    """Return an idea for the unit (the organisation), without a name unless there is a writer."""
    values: dict = {
        "text": "Ask once.",
        "unit": root(),
        "topic": None,
        "receipt": idea_services.new_receipt(),
    }
    return idea_services.submit(title=title, writer=writer, **(values | fields))


def ideas(writer: Person, owner: Person, elsewhere: Unit) -> dict[str, str]:
    """Return the ids of a waiting idea of the writer for the owner, and of one for a unit elsewhere; and a topic."""
    topic = idea_services.save_topic(
        topic=None, code="FORMS", name="Forms", owner=owner, is_open=True, by=None
    )
    mine = idea(writer=writer, unit=writer.unit, topic=topic)
    other = idea(unit=elsewhere)
    return {"IDEA1": str(mine.pk), "IDEA2": str(other.pk)}


def commitment(leader: Person, text: str = "I answer one complaint a month.", **fields: object) -> Commitment:
    """Return a commitment of the leader, to be seen within 30 days."""
    values: dict = {"due_on": timezone.localdate() + timedelta(days=30), "sources": ["L-2"]}
    return leader_services.save_commitment(commitment=None, text=text, by=leader, **(values | fields))


def reflection(
    leader: Person, text: str = "We are slow.", *, shared: bool = False, question: str = "Q-1"
) -> Reflection:
    """Return a leader's answer, private unless shared."""
    return leader_services.save_reflection(
        reflection=None, question=question, text=text, shared=shared, by=leader
    )
