"""What every page knows: where one can go, and who may try the demonstration."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from django.conf import settings
from django.db.models import Q
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.functional import SimpleLazyObject, lazystr
from django.utils.translation import gettext_lazy as _

from improvement.models.reach import may_edit_any
from organisation import permissions
from organisation.models import Unit


@dataclass(frozen=True)
class Entry:
    """A place in the navigation: shown if the address exists and the person holds the action."""

    label: Any
    url_name: str
    action: str


@dataclass(frozen=True)
class Link:
    """An entry resolved for one request; `current` is "page", "true" (a page below it) or empty."""

    label: Any
    url: str
    current: str = ""


@dataclass(frozen=True)
class Section:
    """Links under one heading; the first section has none."""

    label: Any
    links: tuple[Link, ...]


SECTIONS: Final[tuple[tuple[Any, tuple[Entry, ...]], ...]] = (
    (
        lazystr(""),
        (
            Entry(_("Home"), "home", "home.view"),
            Entry(_("My questionnaires"), "assess", "questionnaire.answer"),
            Entry(_("Results"), "dashboard", "dashboard.view"),
            Entry(_("You said, we did"), "said", "said.view"),
        ),
    ),
    (
        _("Measure"),
        (
            Entry(_("Cycles"), "cycles", "cycle.view"),
            Entry(_("Checklists"), "checklists", "checklist.view"),
            Entry(_("Frameworks"), "frameworks", "framework.view"),
        ),
    ),
    (
        _("Competencies"),
        (
            Entry(_("Ratings"), "ratings", "rating.view_own"),
            Entry(_("Gaps"), "gaps", "gaps.view"),
            Entry(_("Library"), "competencies", "library.view"),
            Entry(_("Learning"), "resources", "library.view"),
        ),
    ),
    (
        _("Improve"),
        (
            Entry(_("Actions"), "actions", "action.view"),
            Entry(_("Goals"), "goals", "goal.view"),
            Entry(_("Process audits"), "process_audits", "process.view"),
            Entry(_("Recognition"), "recognition", "recognition.view"),
            Entry(_("Ideas"), "ideas", "idea.view"),
            Entry(_("Leaders"), "leaders", "leader.view"),
            Entry(_("Business case"), "business_cases", "case.view"),
            Entry(_("Change readiness"), "transformations", "change.view"),
            Entry(_("Communication"), "communication", "communication.view"),
        ),
    ),
    (
        _("Customers"),
        (
            Entry(_("Register"), "customers", "customer.view"),
            Entry(_("Supplier map"), "supplier_map", "customer.view"),
        ),
    ),
    (
        _("Organisation"),
        (
            Entry(_("Units"), "units", "unit.view"),
            Entry(_("People"), "people", "person.view"),
            Entry(_("Approvals"), "approvals", "approval.view"),
            Entry(_("Audit log"), "audit_log", "audit.view"),
        ),
    ),
)

DEMO_PASSWORD: Final = "demo"  # noqa: S105  # public: the demonstration runs on this machine only
DEMO_ACCOUNTS: Final = (
    ("staff", _("Staff"), _("answers the questionnaire and reads the published results")),
    ("manager", _("Manager"), _("answers for their unit, keeps its checklist, reads its results")),
    ("executive", _("Executive"), _("reads the dashboard of the whole organisation")),
    ("hr", _("HR"), _("runs cycles, sees people and all published results")),
    ("admin", _("Administrator"), _("keeps units, people, roles and frameworks")),
    ("auditor", _("Auditor"), _("checks evidence, the audit log and the proof of confidentiality")),
)


def navigation(request: HttpRequest) -> dict[str, Any]:
    """Context processor: `navigation`, the sections this person may use, found only when a page shows them."""
    return {"navigation": SimpleLazyObject(lambda: sections(request))}


@dataclass(frozen=True)
class Planner:
    """For which units (by code) somebody may plan actions: `{% if "NORTH" in planner %}`; looked up when asked.

    Whoever plans for a unit may also plan about a figure of the whole organisation.
    """

    person: Any

    @cached_property
    def codes(self) -> frozenset[str]:
        if not may_edit_any(self.person, "action.edit"):
            return frozenset()
        led = Q(parent=None) | Q(pk__in=permissions.scope(self.person, "improvement.lead") or ())
        reached = Unit.objects.visible_to(self.person, "action.edit").values("pk")
        rows = led | Q(pk__in=reached) if permissions.can(self.person, "action.edit") else led
        return frozenset(Unit.objects.filter(rows).values_list("code", flat=True))

    def __contains__(self, code: object) -> bool:
        return code in self.codes


def planning(request: HttpRequest) -> dict[str, Any]:
    """Context processor: `planner`, for which units the person may plan actions."""
    person = getattr(request, "user", None)
    return {} if person is None else {"planner": Planner(person)}


def demo(request: HttpRequest) -> dict[str, Any]:
    """Context processor: the accounts listed on the sign-in page, in demo mode only."""
    if not settings.CFM_DEMO:
        return {}
    accounts = [
        {"email": f"{name}@demo.example", "role": role, "description": description}
        for name, role, description in DEMO_ACCOUNTS
    ]
    return {"demo_accounts": accounts, "demo_password": DEMO_PASSWORD}


def sections(request: HttpRequest) -> tuple[Section, ...]:
    """Return the sections with at least one link for the person of the request, the current link marked."""
    person = getattr(request, "user", None)
    if person is None or not person.is_authenticated:
        return ()
    found = [(label, [(entry, _address(entry, person)) for entry in entries]) for label, entries in SECTIONS]
    current = _current(request.path, [url for _label, pairs in found for _entry, url in pairs if url])
    shown = (
        Section(label, tuple(_link(entry, url, request.path, current) for entry, url in pairs if url))
        for label, pairs in found
    )
    return tuple(section for section in shown if section.links)


def _address(entry: Entry, person: Any) -> str:
    """Return the entry's URL, or nothing if it is not (yet) served or not for this person."""
    if not permissions.can(person, entry.action):
        return ""
    if entry.url_name == "approvals" and not settings.TWO_PERSON_RULE:
        return ""
    try:
        return reverse(entry.url_name)
    except NoReverseMatch:
        return ""


def _current(path: str, urls: list[str]) -> str:
    """Return the longest address that the path is at or below; the root only for the root itself."""
    fitting = [url for url in urls if path == url or (url != "/" and path.startswith(url))]
    return max(fitting, key=len, default="")


def _link(entry: Entry, url: str, path: str, current: str) -> Link:
    mark = "" if url != current else "page" if url == path else "true"
    return Link(entry.label, url, mark)
