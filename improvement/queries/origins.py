"""What an action can be about: a published figure, a gap, an entry, a finding, a theme; in one sentence each.

A reference is kind and codes with slashes between: `figure/2026/SERVICE/B3`. Its sentence is made here from what is
published or named by nature, never from what a form or file says, so that nobody can put words into a figure.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from django.db.models import QuerySet
from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _

from assessments.models import ChecklistEntry, Cycle, CycleUnit, Distribution, Figure
from assessments.queries import comments
from cfm.lib.csv_table import date_of
from cfm.lib.templatetags.cfm import number
from competencies.models import Competency
from improvement.models import Action, Finding, Process
from improvement.models.actions import MAX_HEARD
from organisation import permissions
from organisation.models import Person, Unit

PUBLISHED: Final = (Cycle.State.PUBLISHED, Cycle.State.ARCHIVED)
ALL: Final = "ALL"
About = Action.About


@dataclass(frozen=True)
class Origin:
    """What was heard. unit: code of the unit it was heard in; block, cycle: codes, empty where there is none.

    level: the maturity level (1…5) of the block in the unit, None where it is not known.
    """

    kind: str
    reference: str
    unit: str
    heard: str
    block: str = ""
    cycle: str = ""
    level: int | None = None


def origin(reference: str, reader: Person | None) -> Origin | None:
    """Return what a reference stands for; None for nothing, or what this reader may not see. reader None: the server.

    A constant number of queries.
    """
    kind, *codes = reference.split("/")
    maker = _MAKERS.get(kind)
    if maker is None or len(codes) != 3 or not all(codes):
        return None
    return maker(reference, codes[0], codes[1], codes[2], reader)


def level_of(unit: str, block: str) -> tuple[int | None, str]:
    """Return the level of a block in a unit in the newest published cycle, and that cycle's code. One query."""
    rows = Figure.objects.visible().filter(unit__code=unit, audience="all", dimension=block)
    newest = rows.order_by("-release__cycle__closed_at", "-release__number").values_list(
        "level", "release__cycle__code"
    )
    found = newest.first()
    return found if found else (None, "")


def published() -> QuerySet[Cycle]:
    """Return the published cycles, the newest first."""
    return Cycle.objects.filter(state__in=PUBLISHED).order_by("-closed_at", "-pk")


def _cycle(code: str) -> Cycle | None:
    return published().select_related("framework").filter(code=code).first()


def _reaches(reader: Person | None, code: str, action: str) -> bool:
    """Whether the reader's role reaches the unit with this code."""
    if reader is None:
        return True
    if not permissions.can(reader, action):
        return False
    found: bool = Unit.objects.visible_to(reader, action).filter(code=code).exists()
    return found


def _reads_figures(reader: Person | None, unit: CycleUnit) -> bool:
    """Whether published figures of the unit are for this reader: the organisation, the own unit, and by role more."""
    if reader is None or unit.parent_position < 0 or unit.code == reader.unit.code:
        return True
    return _reaches(reader, unit.code, "figures.view_units")


def _figures(cycle: Cycle, unit: CycleUnit, dimension: str) -> dict[str, Figure]:
    lens = cycle.framework.instrument.primary.code
    rows = Figure.objects.visible().filter(
        release__cycle=cycle, unit=unit, lens=lens, dimension=dimension, score__isnull=False
    )
    return {row.audience: row for row in rows.order_by("release__number")}


def _place(cycle_code: str, unit_code: str, reader: Person | None) -> tuple[Cycle, CycleUnit] | None:
    cycle = _cycle(cycle_code)
    unit = CycleUnit.objects.filter(cycle=cycle, code=unit_code).first() if cycle else None
    if cycle is None or unit is None or not _reads_figures(reader, unit):
        return None
    return cycle, unit


def _title(cycle: Cycle, dimension: str) -> str:
    if dimension == ALL:
        return _("Customer focus as a whole")
    return next((str(one.title) for one in cycle.framework.instrument.blocks if one.code == dimension), "")


def _score(figure: Figure) -> str:
    shown = number(figure.score)
    if figure.band > 0:
        return _("at least {score}").format(score=shown)
    return _("at most {score}").format(score=shown) if figure.band < 0 else shown


def _figure(
    reference: str, cycle_code: str, unit_code: str, dimension: str, reader: Person | None
) -> Origin | None:
    place = _place(cycle_code, unit_code, reader)
    if place is None:
        return None
    cycle, unit = place
    figure = _figures(cycle, unit, dimension).get("all")
    if figure is None:
        return None
    told = {
        "title": _title(cycle, dimension),
        "unit": unit.name,
        "score": _score(figure),
        "cycle": cycle.title,
    }
    heard = _("{title} stands at {score} of 100 in {unit} ({cycle}).").format(**told)
    if figure.n is not None and figure.invited is not None:
        heard += " " + _("It rests on {n} of {invited} people.").format(
            n=number_format(figure.n), invited=number_format(figure.invited)
        )
    block = "" if dimension == ALL else dimension
    return Origin(About.FIGURE, reference, unit.code, heard, block, cycle.code, figure.level)


def _views(
    reference: str, cycle_code: str, unit_code: str, dimension: str, reader: Person | None
) -> Origin | None:
    place = _place(cycle_code, unit_code, reader)
    if place is None:
        return None
    cycle, unit = place
    found = _figures(cycle, unit, dimension)
    if "manager" not in found or "staff" not in found:
        return None
    heard = _("Managers see {title} at {managers}, staff at {staff}, in {unit} ({cycle}).").format(
        title=_title(cycle, dimension),
        managers=_score(found["manager"]),
        staff=_score(found["staff"]),
        unit=unit.name,
        cycle=cycle.title,
    )
    level = found["all"].level if "all" in found else None
    block = "" if dimension == ALL else dimension
    return Origin(About.VIEWS, reference, unit.code, heard, block, cycle.code, level)


def _statement(
    reference: str, cycle_code: str, unit_code: str, item: str, reader: Person | None
) -> Origin | None:
    place = _place(cycle_code, unit_code, reader)
    if place is None:
        return None
    cycle, unit = place
    asked = cycle.framework.instrument.items_by_code.get(item)
    rows = Distribution.objects.visible().filter(release__cycle=cycle, unit=unit, item=item)
    row = rows.order_by("-release__number", "audience").first()  # all before the item's own audience
    if asked is None or row is None or not sum(row.counts):
        return None
    high = row.counts[-(len(row.counts) // 2) :]
    heard = _("“{text}”: {share}% agree in {unit} ({cycle}).").format(
        text=asked.text, share=number(100 * sum(high) / sum(row.counts)), unit=unit.name, cycle=cycle.title
    )
    block = asked.dimensions.get(cycle.framework.instrument.primary.code, "")
    return Origin(About.STATEMENT, reference, unit.code, heard[:MAX_HEARD], block, cycle.code)


def _gap(
    reference: str, cycle_code: str, unit_code: str, competency: str, reader: Person | None
) -> Origin | None:
    """A competency gap, without its figures: those a manager sees may be of few people."""
    found = Competency.objects.filter(code=competency).first()
    unit = Unit.objects.filter(code=unit_code).first()
    if found is None or unit is None or not _reaches(reader, unit_code, "gaps.view"):
        return None
    heard = _("In {unit}, “{competency}” is not yet where the work requires it.").format(
        unit=unit.name, competency=found.name
    )
    return Origin(About.GAP, reference, unit.code, heard, "B5", "" if cycle_code == "-" else cycle_code)


def _checklist(
    reference: str, cycle_code: str, unit_code: str, component: str, reader: Person | None
) -> Origin | None:
    entries = ChecklistEntry.objects.select_related("cycle__framework", "unit")
    entry = entries.filter(cycle__code=cycle_code, unit__code=unit_code, key_component=component).first()
    if entry is None or not _reaches(reader, unit_code, "checklist.view"):
        return None
    instrument = entry.cycle.framework.instrument
    asked = instrument.key_components_by_code.get(component)
    if asked is None:
        return None
    heard = _("“{title}” is {state} in {unit} ({cycle}).").format(
        title=asked.title, state=entry.get_state_display(), unit=entry.unit.name, cycle=entry.cycle.title
    )
    block = asked.dimensions.get(instrument.primary.code, "")
    cycle = entry.cycle.code if entry.cycle.state in PUBLISHED else ""
    return Origin(About.CHECKLIST, reference, unit_code, heard[:MAX_HEARD], block, cycle)


def _process(reference: str, code: str, on: str, finding: str, reader: Person | None) -> Origin | None:
    processes = Process.objects.all() if reader is None else Process.objects.visible_to(reader)
    process = processes.select_related("unit").filter(code=code).first()
    day = date_of(on)
    if process is None or day is None or not (finding.isdecimal() and len(finding) < 5):
        return None
    row = Finding.objects.filter(audit__process=process, audit__audited_on=day, number=int(finding)).first()
    if row is None:
        return None
    heard = _("Walking through “{process}” on {day} we found: {finding}").format(
        process=process.name, day=date_format(day, "j F Y"), finding=row.text
    )
    return Origin(About.PROCESS, reference, process.unit.code, heard[:MAX_HEARD])


def _comment(
    reference: str, cycle_code: str, unit_code: str, theme: str, reader: Person | None
) -> Origin | None:
    cycle = _cycle(cycle_code)
    unit = CycleUnit.objects.filter(cycle=cycle, code=unit_code).first() if cycle else None
    if cycle is None or unit is None or theme not in themes(cycle, unit, reader):
        return None
    heard = _("Comments touch on “{theme}” in {unit} ({cycle}).").format(
        theme=theme, unit=unit.name, cycle=cycle.title
    )
    return Origin(About.COMMENT, reference, unit.code, heard, "", cycle.code)


def themes(cycle: Cycle, unit: CycleUnit, reader: Person | None) -> list[str]:
    """Return the themes that k or more of the released comments at a unit share, the most used first."""
    everything = cycle.comments.filter(state__in=comments.RELEASED)
    rows = everything if reader is None else comments.readable(reader, cycle)
    return [one for one in comments.shared_themes(rows, unit, cycle.k) if "/" not in one]


_MAKERS: Final[dict[str, Callable[[str, str, str, str, Person | None], Origin | None]]] = {
    About.FIGURE: _figure,
    About.VIEWS: _views,
    About.STATEMENT: _statement,
    About.GAP: _gap,
    About.CHECKLIST: _checklist,
    About.PROCESS: _process,
    About.COMMENT: _comment,
}
