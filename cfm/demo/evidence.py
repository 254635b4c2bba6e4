"""The key-component checklist of the demo: taken over from cycle to cycle, a little further each time, and reviewed."""

import io
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from itertools import groupby
from operator import itemgetter
from typing import Final

import numpy as np

from assessments.models import ChecklistEntry, Cycle, EntryEvent
from assessments.services.checklist_copy import copy_forward
from assessments.services.checklist_import import import_checklist
from assessments.services.evidence import add_file
from assessments.services.reviews import give_verdict
from cfm.demo.people import ACCOUNTS
from cfm.lib import csv_export
from organisation.models import Person

COLUMNS: Final = ("cycle", "unit", "key_component", "state", "owner", "due", "evidence", "note")
STATES: Final = ("not_in_place", "planned", "partly", "in_place", "improving")
PLACES: Final = ("ORG", "OPS", "CUS", "SAL", "COR", "TEC")
REVIEWED: Final = ("ORG", "CUS")  # where the auditor looked, in the newest two cycles
COVERED: Final = 0.75  # share of the components a place has looked at

# What stands behind a state once something is in place: a link or where to find it, and a note.
PROOF: Final = {
    "KC01": ("https://intranet.example/customers", "The list names all groups; councils were added last."),
    "KC02": (
        "Service standards, shelf 4",
        "Delivery, hotline and repairs have one; billing is being written.",
    ),
    "KC03": ("Management papers, item 3 of each month", "NPS and complaints stand beside revenue."),
    "KC04": ("Budget book, annex C", "Six of eleven main lines name the output they pay for."),
    "KC05": ("https://intranet.example/reports/customers", "Quarterly; read by all team leads."),
    "KC06": ("Register of causes, updated weekly", "Repeated repairs fell since the review of spare parts."),
    "KC09": ("Poster “The way of an order”", "Three of five ways through the units have an owner."),
    "KC13": ("Team charters in each team room", ""),
    "KC14": ("Change plan, chapter 2", "Each step names what customers will notice."),
    "KC15": ("Calendar of coaching talks", "Monthly in Customer Service, planned elsewhere."),
    "KC20": ("Training records", "All new colleagues in their first month."),
    "KC24": ("Target sheets", "Goals name a customer result from this year on."),
    "KC27": ("https://intranet.example/evaluation-plan", ""),
    "P01": ("Four-year framework, version 2", "Goals and outputs are set; two indicators lack a baseline."),
    "P03": ("Rules of signature", "Team leads may spend up to 500 to help a customer at once."),
    "P06": ("Lessons of the month", "Read out in the weekly round."),
}
NOT_HERE: Final = "Handled centrally: the organisation answers this for all divisions."
MISSING: Final = (
    "The link leads to last year's version.",
    "One team out of five could show it.",
    "The document has no date and no owner.",
)
FILES: Final = {
    "KC01": (
        "Customer groups.csv",
        b"group,inside,owner,last checked\r\nHouseholds,0,SAL,2026-09-14\r\nHousing associations,0,SAL,2026-09-14\r\n"
        b"Installers,0,OPS,2026-06-02\r\nBilling team,1,CUS,2026-10-05\r\n",
    ),
    "KC06": (
        "Causes, third quarter.txt",
        b"Repeated repairs: 41 (second quarter: 58).\nMost frequent cause: part not in the van (17).\n"
        b"Decided: list of twelve parts every van carries.\n",
    ),
}


def entries(
    *, cycle: Cycle, index: int, seed: int, managers: Mapping[str, Person]
) -> Iterator[tuple[str, ...]]:
    """Yield rows of checklist.csv: each place's state of each component, which only ever moves up."""
    components = [one.code for one in cycle.framework.instrument.key_components]
    owners = {place: person.person_id for place, person in managers.items()}
    rng = np.random.default_rng([seed, 5])
    for place in PLACES:
        start = rng.normal(1.3, 0.9, len(components)) + rng.normal(0, 0.3)
        pace = rng.uniform(0.0, 0.7, len(components))
        covered = rng.random(len(components)) < COVERED
        applies = rng.random(len(components)) > 0.03
        for number, code in enumerate(components):
            if not covered[number]:
                continue
            step = int(np.clip(round(start[number] + pace[number] * index), 0, 4))
            if applies[number] or place == "ORG":
                yield cycle.code, place, code, *_said(cycle, place, code, step, number, owners)
            else:
                yield cycle.code, place, code, "not_applicable", "", "", "", NOT_HERE


def _said(
    cycle: Cycle, place: str, code: str, step: int, number: int, owners: dict[str, str]
) -> tuple[str, str, str, str, str]:
    """Return state, owner, due, evidence and note of an entry."""
    owner = owners.get(place, "") if number % 3 else ""
    evidence, note = PROOF.get(code, ("", "")) if step >= 2 and place in {"ORG", "CUS"} else ("", "")
    opened = cycle.opened_at or datetime.now().astimezone()
    due = (opened + timedelta(days=60 + 15 * (number % 5))).date().isoformat() if step in {1, 2} else ""
    return STATES[step], owner, due, evidence, note


def _people() -> dict[str, Person]:
    """Return a manager for each place that has one."""
    rows = Person.objects.filter(role_grants__role="manager", unit__code__in=PLACES).select_related("unit")
    return {person.unit.code: person for person in rows.order_by("-person_id")}


def fill(*, cycle: Cycle, before: str, index: int, seed: int) -> None:
    """Let each place's manager take over what the cycle before (its code, empty for none) says, and say what moved."""
    managers = _people()
    rows = entries(cycle=cycle, index=index, seed=seed, managers=managers)
    for place, said in groupby(rows, key=itemgetter(1)):
        by = managers[place].pk if place in managers else None
        if before:
            copy_forward(source=Cycle.objects.get(code=before), cycle=cycle, units=[place], by=by)
        file = "".join(csv_export.lines(COLUMNS, said)).encode()
        import_checklist(file, file="checklist.csv", by=by)


def prove_and_review(*, cycle: Cycle, seed: int) -> None:
    """Add files, and let the auditor look at some entries."""
    found = ChecklistEntry.objects.filter(cycle=cycle, unit__code__in=REVIEWED).order_by(
        "unit__position", "pk"
    )
    auditor, managers = Person.objects.get(email=ACCOUNTS["auditor"]).pk, _people()
    rng = np.random.default_rng([seed, 6])
    for entry in found.select_related("unit"):
        if entry.unit.code == "ORG" and entry.key_component in FILES:
            name, content = FILES[entry.key_component]
            add_file(entry=entry, content=io.BytesIO(content), name=name, by=managers["ORG"].pk)
        chance = rng.random()
        if chance < 0.5 and entry.state != ChecklistEntry.State.NOT_APPLICABLE:
            doubted = chance < 0.08
            give_verdict(
                entry=entry.pk,
                verdict="not_confirmed" if doubted else "confirmed",
                note=MISSING[entry.pk % len(MISSING)] if doubted else "",
                seen=entry.state,
                by=auditor,
            )


def backdate(cycle: Cycle) -> None:
    """Move the history of a past cycle's checklist into the weeks in which it was open."""
    if cycle.opened_at is None:
        return
    events = EntryEvent.objects.filter(entry__cycle=cycle)
    for pks, days in _spread(list(events.order_by("pk").values_list("pk", "kind", "note"))):
        events.filter(pk__in=pks).update(at=cycle.opened_at + timedelta(days=days, hours=days))
    reviewed = cycle.opened_at + timedelta(days=20)
    ChecklistEntry.objects.filter(cycle=cycle).exclude(verdict="").update(verdict_at=reviewed)


def _spread(events: list[tuple[int, str, str]]) -> Iterator[tuple[list[int], int]]:
    """Yield ids of events with the day on which they happened: taken over first, said over two weeks, then reviewed."""
    for place in range(12):
        said = [pk for pk, kind, note in events if kind != "verdict" and not note and pk % 12 == place]
        yield said, 3 + place
    yield [pk for pk, kind, note in events if kind == "state" and note], 1
    yield [pk for pk, kind, _note in events if kind == "verdict"], 20
