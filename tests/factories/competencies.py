"""Competencies, profiles and ratings for tests, made through the services that the product uses.

one = competency("C1")                                  # core, with five behaviours
profile("Adviser", {"C1": (4, 2), "R1": (3, 1)})        # required level, importance
rated(cycle, person, "manager", {"C1": 2})              # handed in
"""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from assessments.models import Cycle
from competencies.levels import LEVELS
from competencies.models import Competency
from competencies.services import library, profiles, ratings, ratings_import
from organisation.models import JobRole, Person


def competency(code: str = "C1", *, kind: str = "core", **fields: object) -> Competency:
    """Return a competency with a behaviour at each level."""
    values: dict = {
        "name": f"Competency {code}",
        "group": "",
        "definition": f"What {code} means.",
        "retired": False,
        "behaviours": {level: f"Does {code} at level {level}." for level in LEVELS},
    }
    return library.save(competency=None, code=code, kind=kind, by=None, **(values | fields))


def profile(job_role: str, lines: Mapping[str, tuple[int, object]]) -> JobRole:
    """Return the job role with these lines: code of the competency → (required level, importance)."""
    role, _new = JobRole.objects.get_or_create(name=job_role)
    ids = dict(Competency.objects.values_list("code", "pk"))
    wanted = {ids[code]: (level, Decimal(str(weight))) for code, (level, weight) in lines.items()}
    profiles.save_profile(job_role=role, lines=wanted, by=None)
    return role


def imported(
    cycle: Cycle, person: Person, rater: str, levels: Mapping[str, int], on: date | str = "2026-03-01"
) -> None:
    """Rate by file, as operators do."""
    rows = [f"{person.person_id},{code},{rater},{level},{on},{cycle.code}," for code, level in levels.items()]
    header = ",".join(ratings_import.COLUMNS)
    ratings_import.import_ratings("\n".join([header, *rows]).encode(), file="ratings.csv")


def rated(
    cycle: Cycle, person: Person, by: Person, levels: Mapping[str, int], *, hand_in: bool = True
) -> None:
    """Rate as the pages do; `by` is the person or the line manager."""
    for code, level in levels.items():
        one = Competency.objects.get(code=code)
        ratings.rate(cycle=cycle, person=person, competency=one, level=level, note="", by=by)
    if hand_in:
        ratings.hand_in(cycle=cycle, person=person, by=by)
