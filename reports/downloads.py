"""Published figures as a file, for the units a person may see."""

from collections.abc import Iterator

from assessments import exports
from assessments.models import Cycle, Release
from organisation.models import Person
from reports import queries
from reports.choices import NotFoundError


def reachable_scores(person: Person, code: str | None) -> tuple[str, Iterator[exports.Row]]:
    """Return the cycle's code and the rows of scores.csv, hidden cells empty.

    code: of a published cycle, None for the newest. Raises NotFoundError where there is none.
    """
    published = {cycle.code: cycle for cycle in queries.published_cycles()}
    if not published or (code and code not in published):
        raise NotFoundError(code)
    chosen = published[code] if code else list(published.values())[-1]
    reach, tree = queries.reach(person), queries.tree(chosen)
    positions = [unit.position for unit in tree.units if reach.allows(unit)]
    cycle = Cycle.objects.select_related("framework").get(pk=chosen.pk)
    units = cycle.units.filter(position__in=positions).order_by("position")
    release = Release.objects.get(pk=chosen.release)
    return chosen.code, exports.published_rows(cycle=cycle, release=release, units=units)
