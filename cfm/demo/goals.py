"""The goals of the demo (fixtures/demo/goals.yaml): four years from January of last year.

The figures of an indicator follow its way at a pace of its own: a quarter's figure stands at

    baseline + (target − baseline) · min(1.1, pace · share of the time gone) · (1 + noise),  noise ~ N(0, 0.04),

so that a pace near 1 is on track and one of 0.5 behind, whatever today's date is.
"""

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Any, Final

import numpy as np
import yaml
from django.conf import settings
from django.utils import timezone

from cfm.demo.people import managers
from cfm.lib.csv_table import Table
from improvement.models import Goal, GoalFramework
from improvement.services.goal_import import FRAMEWORK_TABLE, GOAL_TABLE
from improvement.services.goal_parts_import import ACTUAL_TABLE, IMPORTS, PART_TABLE
from organisation.models import Person

FILE: Final = settings.BASE_DIR / "fixtures" / "demo" / "goals.yaml"
FRAMEWORK: Final = "four-years"
PERSONAL_END: Final = 0.75  # share of the four years after which goals of people are due
Say = Callable[[str], None]
Data = dict[str, Any]


def build(*, seed: int, say: Say) -> None:
    """Make whatever of it is not there yet, through the imports that a real organisation uses."""
    if GoalFramework.objects.filter(code=FRAMEWORK).exists():
        return
    year = timezone.localdate().year - 1
    starts, ends = date(year, 1, 1), date(year + 3, 12, 31)
    data = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    title = f"Closer to our customers {year}–{year + 3}"
    _load("goal_frameworks", FRAMEWORK_TABLE, [(FRAMEWORK, title, starts, ends, "EUR")])
    _load("goals", GOAL_TABLE, _goals(data, starts, ends))
    _load("goal_parts", PART_TABLE, _parts(data, starts, ends))
    _load("goal_actuals", ACTUAL_TABLE, _actuals(data, starts, ends, seed))
    say(f"goals: {Goal.objects.filter(framework__code=FRAMEWORK).count()}")


def _load(name: str, table: Table, rows: Iterator[tuple[object, ...]] | list[tuple[object, ...]]) -> None:
    cells = (dict(zip(table.columns, map(str, row), strict=True)) for row in rows)
    IMPORTS[name]("".join(table.lines(cells)).encode(), file=f"{name}.csv")


def _on(starts: date, ends: date, share: float) -> date:
    return starts + timedelta(days=round((ends - starts).days * share))


def _goals(data: Data, starts: date, ends: date) -> Iterator[tuple[object, ...]]:
    owners = managers()
    for one in data["goals"]:
        until = _on(starts, ends, one.get("ends", 1))
        yield (
            *(one["code"], FRAMEWORK, one["title"], one["why"], one["unit"], "", owners.get(one["unit"], "")),
            *(one.get("parent", ""), one["block"], one["key_components"], starts, until, "active", ""),
            *(one.get("target", ""), ""),
        )
    for one in data["people"]:
        person = Person.objects.select_related("unit").get(email=one["email"])
        until = _on(starts, ends, PERSONAL_END)
        yield (
            *(
                one["code"],
                FRAMEWORK,
                one["title"],
                "",
                person.unit.code,
                person.person_id,
                "",
                one["parent"],
            ),
            *("B5", "", starts, until, "active", "", "", ""),
        )


def _parts(data: Data, starts: date, ends: date) -> Iterator[tuple[object, ...]]:
    today = timezone.localdate()
    for one in data["goals"]:
        code, until = one["code"], _on(starts, ends, one.get("ends", 1))
        days = [_on(starts, until, share) for _text, share, _done in one["outputs"]]
        for number, ((text, _share, kept), due) in enumerate(zip(one["outputs"], days, strict=True), 1):
            done = due - timedelta(days=9) if kept and due <= today else ""
            yield code, "output", number, text, "", "", "", "", due, done, "", "", ""
        for number, way in enumerate(one["indicators"], 1):
            yield _indicator(code, number, way)
        for number, text in enumerate(one["strategies"], 1):
            yield code, "strategy", number, text, "", "", "", "", "", "", "", "", ""
        for number, (text, output, kind, planned, share) in enumerate(one.get("resources", ()), 1):
            gone = (today - starts).days / max(1, (days[output - 1] - starts).days)
            used = round(planned * share * min(1.0, gone))
            yield code, "resource", number, text, output, "", "", "", "", "", kind, planned, used
    for one in data["people"]:
        yield _indicator(one["code"], 1, one["indicator"])


def _indicator(code: str, number: int, way: list[Any]) -> tuple[object, ...]:
    text, measure, baseline, target, _decimals, _pace = way
    return code, "indicator", number, text, "", measure, baseline, target, "", "", "", "", ""


def _actuals(data: Data, starts: date, ends: date, seed: int) -> Iterator[tuple[object, ...]]:
    """Yield a figure a quarter up to today for each indicator."""
    rng, today = np.random.default_rng([seed, 11]), timezone.localdate()
    ways = [
        (one["code"], number, way, one.get("ends", 1))
        for one in data["goals"]
        for number, way in enumerate(one["indicators"], 1)
    ]
    ways += [(one["code"], 1, one["indicator"], PERSONAL_END) for one in data["people"]]
    for code, number, (_text, _measure, baseline, target, decimals, pace), share in ways:
        until = _on(starts, ends, share)
        day = starts + timedelta(days=91)
        while day <= today:
            gone = (day - starts).days / (until - starts).days
            way = min(1.1, pace * gone) * (1 + float(rng.normal(0, 0.04)))
            value = round(baseline + (target - baseline) * way, decimals)
            yield code, number, day, int(value) if decimals == 0 else value, ""
            day += timedelta(days=91)
