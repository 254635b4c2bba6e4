"""The competencies of the demo: the shipped library, profiles of its job roles, ratings and plans.

The random model behind the ratings. Person p stands in competency c at

    required(p, c) + person(p) + competency(c) + cycle · pace + noise,

where person ~ N(−0.55, 0.5), competency ~ N(0, 0.35), pace 0.12 levels a cycle and noise ~ N(0, 0.6), cut to the scale.
The manager's rating is the nearest level; the self-rating is that of 0.35 levels more. Nine in ten are rated by their
manager, eight in ten by themselves; in the open cycle it is one in three and one in two so far.
Half of those at level 2 or below plan to learn where something can be learned; nine in ten of them have done it by
the next cycle and stand EFFECTS levels higher from then on: the page of learning resources has something to find.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from typing import Final

import numpy as np
from django.conf import settings

from assessments.models import Cycle
from competencies.models import Competency, PlanItem, Requirement, Resource, Sheet
from competencies.queries.library import Demands, demands
from competencies.services.library_import import import_competencies
from competencies.services.plans import save_resource
from competencies.services.profiles import import_profiles
from competencies.services.ratings_import import import_ratings
from organisation.models import JobRole, Person

LIBRARY: Final = settings.BASE_DIR / "fixtures" / "competencies_v1.yaml"
PACE: Final = 0.12
ROSIER: Final = 0.35
RATED: Final = (0.9, 0.8)  # share rated by the manager, and by themselves
SO_FAR: Final = (0.33, 0.5)  # the same in a cycle that is still open
Say = Callable[[str], None]

FRONT: Final = "R01:4:3 R02:3:2 C02:4:2 C03:4:2 C06:4:1.5"
FIELD: Final = "R01:3:2 C03:4:3 C01:3:2 C09:3:1"
SALES: Final = "R03:4:3 R01:3:2 C02:4:2 C11:4:1.5"
OFFICE: Final = "R14:3:2 C05:4:2 C04:3:1.5"
LEAD: Final = "R04:4:3 R05:4:2 R06:4:2 C07:4:1.5 C12:4:1"
PROFILES: Final = {
    "Customer adviser": FRONT,
    "Digital service adviser": FRONT,
    "Billing specialist": "R01:3:2 R02:3:2 C04:4:1.5",
    "Complaints specialist": "R02:5:3 R01:4:2 C06:5:2 C04:4:1",
    "Field technician": FIELD,
    "Metering technician": FIELD,
    "Dispatcher": "R01:3:2 C06:4:2 C03:4:2 R14:3:1",
    "Account adviser": SALES,
    "Business account manager": SALES,
    "Energy adviser": "R03:4:3 C02:4:2 R15:3:1",
    "Partnership manager": "R03:4:2 R10:3:2 C07:4:1",
    "Accountant": OFFICE,
    "HR partner": "R14:4:2 R09:3:2 C10:4:2",
    "Buyer": OFFICE,
    "Lawyer": "R14:3:2 C10:5:2",
    "Software engineer": "R14:3:2 C08:4:2 C11:3:1",
    "Service desk analyst": "R14:4:3 R01:3:1 C06:4:1.5",
    "Data analyst": "R15:4:3 R14:3:1",
    "Stores and fleet assistant": "R14:3:2",
    "Supervisor": LEAD,
    "Team manager": "R04:4:2 R07:4:3 R08:3:2 R09:4:2 R10:3:1.5 C12:4:1",
    "Director": "R07:4:2 R08:4:2 R11:4:3 R12:5:3 R13:4:2 R10:4:1",
    "Chief executive": "R11:5:3 R12:5:3 R13:5:2 R07:4:1",
    "Project manager": "R08:3:2 R10:3:2",
    "Quality officer": "R15:3:2 R07:3:1 C08:4:2",
}

# Code, title, kind, competencies, what one does with it.
RESOURCES: Final = (
    (
        "L1",
        "Ask before you answer",
        "practice",
        "C02",
        "Ask one open question in each contact and note the answer",
    ),
    (
        "L2",
        "Promises on a board",
        "tool",
        "C03",
        "Write each promised date on the team's board and tick it off",
    ),
    ("L3", "A day with the next team", "practice", "C05 C07", "Spend a day with a team that uses our work"),
    ("L4", "From complaint to cause", "course", "C04 R02", "Take the two-day course and bring one real case"),
    ("L5", "Staying calm: an e-learning", "course", "C06", "Complete the three units of the e-learning"),
    (
        "L6",
        "Coaching in ten minutes",
        "coaching",
        "R04",
        "Observe and talk to one person a week, with a coach beside",
    ),
    ("L7", "Small trials", "reading", "C08", "Read the guide and try one improvement on a small scale"),
)
EFFECTS: Final = {
    "C02": 0.9,
    "C03": 0.6,
    "C05": 0.5,
    "C07": 0.5,
    "C04": 0.3,
    "C06": 0.0,
    "R04": 0.8,
    "C08": 0.1,
}


def build(*, seed: int, say: Say) -> None:
    """Make whatever of it is not there yet, through the imports that a real organisation uses."""
    if not Competency.objects.exists():
        plan = import_competencies(LIBRARY.read_bytes(), file=LIBRARY.name)
        say(f"competencies: {plan.created}")
    if not Requirement.objects.exists():
        import_profiles(
            _csv("job_role,competency,required_level,importance", _profiles()), file="profiles.csv"
        )
    if not Resource.objects.exists():
        _resources()
    cycles = list(Cycle.objects.filter(code__startswith="demo-").order_by("code"))
    for index, cycle in enumerate(cycles):
        if not Sheet.objects.filter(cycle=cycle).exists():
            if index:
                _plan(cycles[index - 1], cycle, np.random.default_rng([seed, 8, index]))
            rows = _csv(
                "person_id,competency,rater,level,assessed_on,cycle,note", _ratings(cycle, index, seed)
            )
            plan = import_ratings(rows, file="ratings.csv")
            say(f"ratings of {cycle.code}: {plan.created}")


def _csv(header: str, rows: Iterator[str]) -> bytes:
    return "\n".join([header, *rows]).encode()


def _profiles() -> Iterator[str]:
    known = set(JobRole.objects.values_list("name", flat=True))
    for role, lines in PROFILES.items():
        if role in known:
            for line in lines.split():
                yield f"{role},{line.replace(':', ',')}"


def _ratings(cycle: Cycle, index: int, seed: int) -> Iterator[str]:
    """Yield rows of ratings.csv; a person's place in the model stays the same over the cycles."""
    required = demands()
    people = (
        Person.objects.active().order_by("person_id").values_list("person_id", "job_role", "email", "manager")
    )
    steady, rng = np.random.default_rng([seed, 6]), np.random.default_rng([seed, 7, index])
    hard = {one.code: float(steady.normal(0, 0.35)) for one in required.competencies}
    chance = SO_FAR if cycle.state == Cycle.State.OPEN else RATED
    learned = set(PlanItem.objects.filter(state="done").values_list("person__person_id", "competency__code"))
    day = ((cycle.opened_at or cycle.created_at) + timedelta(days=9)).date()
    for person_id, role, email, manager in people:
        place = float(steady.normal(-0.55, 0.5)) + PACE * index
        sides = [
            side for side, share in zip(("manager", "self"), chance, strict=True) if rng.random() < share
        ]
        sides = [side for side in sides if manager or side == "self"]
        if cycle.state == Cycle.State.OPEN and (email or "").endswith("@demo.example"):
            continue  # left to try
        for code, level in _levels(required, role, place, hard, rng):
            for side in sides:
                said = level + (ROSIER if side == "self" else 0)
                said += EFFECTS.get(code, 0.0) if (person_id, code) in learned else 0.0
                yield f"{person_id},{code},{side},{int(np.clip(np.rint(said), 1, 5))},{day},{cycle.code},"


def _levels(
    required: Demands, role: int | None, place: float, hard: dict[str, float], rng: np.random.Generator
) -> Iterator[tuple[str, float]]:
    for line in required.of(role):
        code = line.competency.code
        yield code, line.required_level + place + hard[code] + float(rng.normal(0, 0.6))


def _resources() -> None:
    known = {one.code: one for one in Competency.objects.all()}
    for code, title, kind, codes, description in RESOURCES:
        save_resource(
            resource=None,
            competencies=[known[one] for one in codes.split()],
            by=None,
            code=code,
            title=title,
            kind=kind,
            description=description,
        )


def _plan(cycle: Cycle, after: Cycle, rng: np.random.Generator) -> None:
    """Let half of those at level 2 or below in something that can be learned plan it; most have done it by `after`."""
    serving = {
        link.competency_id: link.resource
        for link in Resource.competencies.through.objects.select_related("resource").order_by("pk")
    }
    sheets = Sheet.objects.filter(cycle=cycle).select_related("person", "cycle").prefetch_related("ratings")
    steps = [
        step for sheet in sheets.order_by("person__person_id") for step in _steps(sheet, after, serving, rng)
    ]
    PlanItem.objects.bulk_create(steps)


def _steps(
    sheet: Sheet, after: Cycle, resources: Mapping[int, Resource], rng: np.random.Generator
) -> Iterator[PlanItem]:
    """Yield steps for the ratings of a sheet at level 2 or below that something serves, half of them."""
    begun = (sheet.cycle.opened_at or sheet.cycle.created_at).date() + timedelta(days=30)
    recent = after.state == Cycle.State.OPEN
    for rating in sorted(sheet.ratings.all(), key=lambda one: one.competency_id):
        resource = resources.get(rating.competency_id)
        if rating.rater == "self" or rating.level > 2 or resource is None or rng.random() < 0.5:
            continue
        done = rng.random() < (0.3 if recent else 0.9)
        yield PlanItem(
            person=sheet.person,
            competency_id=rating.competency_id,
            action=resource.description,
            resource=resource,
            owner=sheet.person,
            starts_on=begun,
            due_on=begun + timedelta(days=120),
            state="done" if done else "in_progress",
            done_on=begun + timedelta(days=int(rng.integers(20, 80))) if done else None,
        )
