"""Transformations of the demo: one well prepared, one that is not, one still to come."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Final

from django.utils import timezone

from assessments.models import Transformation
from assessments.queries.readiness import READINESS_COLUMNS, TRANSFORMATION_COLUMNS
from assessments.services.transformation_import import import_readiness, import_transformations
from cfm.demo.people import ACCOUNTS
from cfm.lib import csv_export
from organisation.models import Person

# code, title, unit, days since the start, days until the end, state, what changes for customers
CHANGES: Final = (
    (
        *("ONE-CALL", "One call is enough", "CUS", 120, 150, "running"),
        "Whoever takes a call settles it: moves, bills and complaints without being passed on.",
    ),
    (
        *("METERS", "Smart meters in every home", "OPS", 200, -20, "running"),
        "Bills for what was used, and a warning before a cut.",
    ),
    (
        *("PROMISE", "A promise for outages", "ORG", -40, 320, "planned"),
        "A time by when power is back, given within fifteen minutes and kept.",
    ),
)
# transformation → hazard or point of resilience → state, days until it is due (0: none), evidence, note
SAID: Final[Mapping[str, Mapping[str, tuple[str, int, str, str]]]] = {
    "ONE-CALL": {
        "A13": (
            "in_place",
            0,
            "Minutes of the leaders' day, March",
            "Each director sits in on calls once a month.",
        ),
        "A14": ("partly", 30, "", "The sentence on the wall is not yet in the job descriptions."),
        "A15": ("improving", 0, "Weekly note on waiting times", "Two steps were moved because queues grew."),
        "A16": (
            "in_place",
            0,
            "https://intranet.example/one-call/figures",
            "Each figure has a reader and a use.",
        ),
        "A17": ("in_place", 0, "Questions and answers, updated on Fridays", ""),
        "R-1": ("in_place", 0, "", "Deputies are named for all three leads."),
        "R-2": ("in_place", 0, "Plan for storm weeks", ""),
        "R-3": ("partly", 45, "", "Handover to Billing is still by mail."),
        "R-4": ("in_place", 0, "", "Digital Service lends four people in the first week of a month."),
        "R-5": ("improving", 0, "", "Callers said what they had understood; the text was shortened."),
        "R-6": ("partly", 60, "Training records", "Two of three teams are trained."),
    },
    "METERS": {
        "A13": ("not_in_place", -15, "", "The plan came from a consultant; directors saw the result."),
        "A15": ("planned", 20, "", "A customer panel is to meet before the next street."),
        "A16": (
            "not_in_place",
            10,
            "",
            "Readings arrive every quarter of an hour; nobody has the task of using them.",
        ),
        "A17": ("partly", -5, "Posters in the depots", "Crews hear of dates from the contractor."),
        "R-1": ("partly", 0, "", ""),
        "R-3": ("not_in_place", 30, "", "Stores and crews plan separately."),
        "R-6": ("in_place", 0, "Certificates of all fitters", ""),
    },
    "PROMISE": {
        "A13": ("in_place", 0, "Board paper 14", "The board wrote the first draft itself."),
        "A14": ("in_place", 0, "", "Tested with twelve customers."),
        "A15": ("planned", 35, "", ""),
        "A17": ("planned", 25, "Communication plan, draft", ""),
        "R-2": ("partly", 50, "", ""),
    },
}


def build() -> int:
    """Register the transformations that are not there yet, with what is said of them; returns how many."""
    if Transformation.objects.filter(code__in=SAID).exists():
        return 0
    today, leaders = timezone.localdate(), _leaders()
    rows = [
        (code, title, unit, leaders.get(unit, ""), *_dates(today, since, left), state, purpose)
        for code, title, unit, since, left, state, purpose in CHANGES
    ]
    places = {code: unit for code, _title, unit, *_rest in CHANGES}
    said = [
        (code, point, state, leaders.get(places[code], ""), _due(today, days), evidence, note)
        for code, points in SAID.items()
        for point, (state, days, evidence, note) in points.items()
    ]
    by = Person.objects.get(email=ACCOUNTS["executive"]).pk
    for columns, lines, service in (
        (TRANSFORMATION_COLUMNS, rows, import_transformations),
        (READINESS_COLUMNS, said, import_readiness),
    ):
        service("".join(csv_export.lines(columns, lines)).encode(), file="demo.csv", by=by)
    return len(rows)


def _leaders() -> dict[str, str]:
    """Return a manager (person_id) for each unit that has one."""
    rows = Person.objects.filter(role_grants__role="manager").order_by("-person_id")
    return dict(rows.values_list("unit__code", "person_id"))


def _dates(today: date, since: int, left: int) -> tuple[date, date]:
    return today - timedelta(days=since), today + timedelta(days=left)


def _due(today: date, days: int) -> date | str:
    return today + timedelta(days=days) if days else ""
