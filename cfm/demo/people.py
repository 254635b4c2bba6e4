"""The staff list of the demo organisation as the rows of people.csv."""

from collections.abc import Callable, Iterator, Sequence
from typing import Final

import numpy as np
from django.conf import settings

from organisation.models import Person

COLUMNS: Final = (
    "person_id", "email", "name", "unit", "manager_id", "job_role", "roles", "active", "language",
)  # fmt: skip
# Unit → (share of the staff, job role of its people). Legal and Regulation stays below any threshold on purpose.
TEAMS: Final[dict[str, tuple[float, str]]] = {
    "OPS-NORTH": (0.11, "Field technician"),
    "OPS-SOUTH": (0.10, "Field technician"),
    "OPS-METER": (0.06, "Metering technician"),
    "OPS-DISP": (0.05, "Dispatcher"),
    "OPS-STORE": (0.04, "Stores and fleet assistant"),
    "CUS-PHONE": (0.13, "Customer adviser"),
    "CUS-DIGI": (0.05, "Digital service adviser"),
    "CUS-BILL": (0.07, "Billing specialist"),
    "CUS-CARE": (0.045, "Complaints specialist"),
    "SAL-HOME": (0.045, "Account adviser"),
    "SAL-BUS": (0.04, "Business account manager"),
    "SAL-ADV": (0.035, "Energy adviser"),
    "SAL-PART": (0.02, "Partnership manager"),
    "COR-FIN": (0.045, "Accountant"),
    "COR-HR": (0.035, "HR partner"),
    "COR-PROC": (0.025, "Buyer"),
    "TEC-APP": (0.045, "Software engineer"),
    "TEC-DESK": (0.035, "Service desk analyst"),
    "TEC-DATA": (0.03, "Data analyst"),
}
SPEAK_FRENCH: Final = 12  # one person in so many
SMALL_TEAM: Final = ("COR-LEGAL", 3, "Lawyer")
MIN_TEAM: Final = 6
OFFICE: Final = ("Project manager", "Project manager", "Planner", "Analyst", "Assistant", "Quality officer")
DIVISIONS: Final = ("OPS", "CUS", "SAL", "COR", "TEC")
ACCOUNTS: Final = {
    "staff": "staff@demo.example",
    "manager": "manager@demo.example",
    "executive": "executive@demo.example",
    "hr": "hr@demo.example",
    "administrator": "admin@demo.example",
    "auditor": "auditor@demo.example",
}
NAMES: Final = settings.BASE_DIR / "fixtures" / "demo"
FIRST: Final = (NAMES / "first_names.txt").read_text(encoding="utf-8").split()
LAST: Final = (NAMES / "last_names.txt").read_text(encoding="utf-8").split()
LETTERS: Final = str.maketrans({" ": ".", "'": None})


def staff_list(*, people: int, seed: int) -> list[dict[str, str]]:
    """Return about `people` (at least 60) rows of people.csv; the same seed gives the same people."""
    rng = np.random.default_rng(seed)
    names = _names(rng)
    rows: list[dict[str, str]] = []

    def add(unit: str, job_role: str, manager: str, roles: str = "staff", name: str = "") -> str:
        number = f"P{len(rows) + 1:04d}"
        full = name or next(names)
        email = f"{full.lower().translate(LETTERS)}{len(rows) + 1}@larkfield.example"
        language = "fr" if len(rows) % SPEAK_FRENCH == 3 else ""
        values = (number, email, full, unit, manager, job_role, roles, "1", language)
        rows.append(dict(zip(COLUMNS, values, strict=True)))
        return number

    chief = add("ORG", "Chief executive", "", "executive manager")
    _office(add, "ORG", chief)
    heads = {unit: add(unit, "Director", chief, "executive manager") for unit in DIVISIONS}
    for unit, head in heads.items():
        _office(add, unit, head)
    for unit, size, role in _sizes(people):
        _team(add, unit, size, role, heads[unit.split("-")[0]])
    _give_accounts(rows)
    return rows


def _office(add: Callable[..., str], unit: str, head: str) -> None:
    """People who work for the head of a division, in no team."""
    for job_role in OFFICE:
        add(unit, job_role, head)


def _team(add: Callable[..., str], unit: str, size: int, job_role: str, head: str) -> None:
    """A team manager, a supervisor (who is asked as a manager too) for every eight people, and the others."""
    lead = add(unit, "Team manager", head, "manager")
    supervisors = [add(unit, "Supervisor", lead, "manager") for _number in range((size - 1) // 9)]
    leads = supervisors or [lead]
    for number in range(size - 1 - len(supervisors)):
        add(unit, job_role, leads[number % len(leads)])


def _names(rng: np.random.Generator) -> Iterator[str]:
    for pair in rng.permutation(len(FIRST) * len(LAST)):
        yield f"{FIRST[pair % len(FIRST)]} {LAST[pair // len(FIRST)]}"


def _sizes(people: int) -> list[tuple[str, int, str]]:
    """Return (unit, heads, job role), so that all teams together have about `people`."""
    rest = max(60, people) - (1 + len(OFFICE)) * (1 + len(DIVISIONS)) - SMALL_TEAM[1]
    sizes = [(unit, max(MIN_TEAM, round(share * rest)), role) for unit, (share, role) in TEAMS.items()]
    return [*sizes, SMALL_TEAM]


def _give_accounts(rows: Sequence[dict[str, str]]) -> None:
    """Hand the demo accounts to people whose place fits the role; each holds that one role, to show it alone."""
    managers = {row["unit"]: row for row in reversed(rows) if "manager" in row["roles"]}

    def first_of(unit: str) -> dict[str, str]:
        return next(row for row in rows if row["unit"] == unit and "manager" not in row["roles"])

    managers["CUS"]["email"] = ACCOUNTS["manager"]
    managers["CUS"]["roles"] = "manager"
    first_of("CUS-PHONE")["email"] = ACCOUNTS["staff"]
    first_of("ORG")["job_role"] = "Chief of staff"
    places = {"executive": "ORG", "hr": "COR-HR", "administrator": "TEC-APP", "auditor": "COR-FIN"}
    for role, unit in places.items():
        row = first_of(unit)
        row["email"], row["roles"] = ACCOUNTS[role], f"staff {role}"
    for row in rows:
        if row["email"] in ACCOUNTS.values():
            row["language"] = ""  # whoever tries an account chooses for themselves


def managers() -> dict[str, str]:
    """Return who manages each unit: code → the person id of the first who leads people there."""
    rows = Person.objects.filter(role_grants__role="manager").order_by("-person_id")
    return dict(rows.values_list("unit__code", "person_id"))
