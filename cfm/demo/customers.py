"""The register of customers of the demo: who they are, what they were promised, how it went over three years.

fixtures/demo/customers holds the register's files, in part short: promises.csv and satisfaction.csv give the first and
last value of a line of half-years, channels.csv how many days ago the customer was heard.
"""

import csv
import io
from collections.abc import Callable, Iterable, Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Final

import numpy as np
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from organisation.imports import IMPORTS
from organisation.models import Customer
from organisation.queries.register import FILES

FOLDER: Final = settings.BASE_DIR / "fixtures" / "demo" / "customers"
HALF_YEARS: Final = 7  # the newest a month ago, the oldest three years before
NOISE: Final = 0.12  # of the way from the first to the last value
Say = Callable[[str], None]
Line = dict[str, str]


@transaction.atomic
def build(*, seed: int, say: Say) -> None:
    """Make the register if there is none, through the imports that a real organisation uses."""
    if Customer.objects.exists():
        return
    promises, figures = _read("promises"), _read("satisfaction")
    _import("customers", _read("customers"))
    _import("promises", promises)
    _import("results", _results(promises, np.random.default_rng([seed, 11])))
    _import("channels", map(_heard, _read("channels")))
    _import("satisfaction", _figures(figures, np.random.default_rng([seed, 12])))
    _import("links", _read("links"))
    say(f"customers: {Customer.objects.count()}")


def _read(name: str) -> list[Line]:
    with (FOLDER / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _import(name: str, lines: Iterable[Line]) -> None:
    text = io.StringIO()
    writer = csv.DictWriter(text, FILES[name].columns, extrasaction="ignore")
    writer.writeheader()
    writer.writerows(lines)
    IMPORTS[name](text.getvalue().encode(), file=f"{name}.csv")


def _days() -> list[date]:
    today = timezone.localdate()
    return [today - timedelta(days=30 + 182 * number) for number in reversed(range(HALF_YEARS))]


def _course(line: Line, rng: np.random.Generator) -> Iterator[tuple[date, Decimal]]:
    """Yield a value a half-year on the way from the first to the last, which stands as given."""
    first, last = float(line["first"]), float(line["last"])
    steps = np.linspace(first, last, HALF_YEARS)
    steps[1:-1] += rng.normal(0, NOISE * abs(last - first), HALF_YEARS - 2)
    places = max(len(line[name].partition(".")[2]) for name in ("first", "last"))
    for day, value in zip(_days(), steps, strict=True):
        yield day, Decimal(f"{value:.{places}f}")


def _results(promises: Iterable[Line], rng: np.random.Generator) -> Iterator[Line]:
    for line in promises:
        most = Decimal(100) if line["measured_in"] == "%" else Decimal(10000)
        for day, value in _course(line, rng) if line["first"] else ():
            yield line | {"measured_on": day.isoformat(), "value": str(min(most, max(Decimal(0), value)))}


def _figures(figures: Iterable[Line], rng: np.random.Generator) -> Iterator[Line]:
    for line in figures:
        usual = int(line["answers"] or 0)
        for day, value in _course(line, rng):
            answers = str(round(usual * rng.uniform(0.85, 1.15))) if usual else ""
            yield line | {"measured_on": day.isoformat(), "value": str(value), "answers": answers}


def _heard(channel: Line) -> Line:
    day = timezone.localdate() - timedelta(days=int(channel["heard_on"]))
    return channel | {"heard_on": day.isoformat()}
