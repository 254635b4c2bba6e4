"""The library and the role profiles, as pages and files show them."""

from collections import defaultdict
from dataclasses import dataclass, field

from django.db.models import Count, Q, QuerySet

from competencies.document import Cells, behaviour_key
from competencies.levels import DEFAULT_IMPORTANCE, DEFAULT_LEVEL, LEVELS
from competencies.models import Behaviour, Competency, Kind, Requirement
from organisation.models import JobRole, Person


def competencies(search: str = "", kind: str = "", *, retired: bool = False) -> QuerySet[Competency]:
    """Return competencies with their behaviours; search: part of name, code or definition; kind: core, role or all."""
    found: QuerySet[Competency] = Competency.objects.prefetch_related("behaviours").filter(retired=retired)
    if search:
        found = found.filter(
            Q(name__icontains=search) | Q(code__icontains=search) | Q(definition__icontains=search)
        )
    return found.filter(kind=kind) if kind in Kind.values else found


def cells() -> dict[str, Cells]:
    """Return every competency's cells by code, as an import compares them. Two queries."""
    found: dict[str, Cells] = {}
    columns = ("code", "name", "kind", "definition", "group", "source")
    for code, name, kind, definition, group, source in Competency.objects.values_list(*columns):
        texts = {"name": name, "kind": kind, "definition": definition, "group": group}
        found[code] = texts | {"source": " ".join(source)} | {behaviour_key(level): "" for level in LEVELS}
    for code, level, text in Behaviour.objects.values_list("competency__code", "level", "text"):
        found[code][behaviour_key(level)] = text
    return found


@dataclass(frozen=True)
class ProfileRow:
    """A job role with how many active people hold it and how many lines its profile has."""

    job_role: JobRole
    people: int
    lines: int


def profiles() -> list[ProfileRow]:
    """Return all job roles with the size of their profile. One query."""
    roles = JobRole.objects.annotate(
        n_people=Count("people", filter=Q(people__is_active=True), distinct=True),
        n_lines=Count("requirements", filter=Q(requirements__competency__retired=False), distinct=True),
    )
    return [ProfileRow(role, role.n_people, role.n_lines) for role in roles]


def without_job_role(reader: Person) -> int:
    """Return how many active people the reader may see have no job role, so that only core competencies apply."""
    visible = Person.objects.visible_to(reader, "rating.view_all")
    return int(visible.active().filter(job_role=None).count())


@dataclass(frozen=True)
class Line:
    """What one job role needs of one competency. by_default: a core competency that the profile does not name."""

    competency: Competency
    required_level: int
    importance: float
    by_default: bool


@dataclass
class Demands:
    """What each job role asks: profile lines, and core competencies at level 3 with importance 1 where not named."""

    competencies: list[Competency]
    by_role: dict[int, dict[int, tuple[int, float]]] = field(default_factory=lambda: defaultdict(dict))

    def of(self, job_role: int | None) -> list[Line]:
        """Return the lines that apply to a job role (its id), in the order of the library."""
        named = self.by_role.get(job_role, {}) if job_role is not None else {}
        default = (DEFAULT_LEVEL, float(DEFAULT_IMPORTANCE))
        return [
            Line(one, *named.get(one.pk, default), by_default=one.pk not in named)
            for one in self.competencies
            if one.pk in named or one.kind == Kind.CORE
        ]


def demands() -> Demands:
    """Return what is required of every job role; retired competencies of nobody. Two queries."""
    found = Demands(list(Competency.objects.in_use()))
    rows = Requirement.objects.filter(competency__retired=False).values_list(
        "job_role_id", "competency_id", "required_level", "importance"
    )
    for job_role, competency, level, importance in rows:
        found.by_role[job_role][competency] = (level, float(importance))
    return found
