"""A published cycle with everything a release tells beside the scores: two units, two blocks, an outcome.

    cycle = published_with_statistics(codes=varied, people={"NORTH": (40, 8), "SOUTH": (40, 7)})

Each audience answers four statements of B1, four of B2 and one outcome; staff and managers in pairs.
"""

from collections.abc import Callable, Mapping
from random import Random

from assessments.models import Cycle, Invitation
from assessments.services import cycles
from cfm.lib import jobs
from tests.factories import assessments as make

UNITS: Mapping[str, str | None] = {"ORG": None, "NORTH": "ORG", "SOUTH": "ORG"}
PEOPLE: Mapping[str, tuple[int, int]] = {"NORTH": (40, 8), "SOUTH": (38, 7)}
ITEMS = 9
CARELESS = "3" * ITEMS


def text(*, outcome: bool = True) -> str:
    """Return the framework of these tests."""
    lines = [make.HEAD.format(code="statistics" if outcome else "plain", version=1)]
    for audience, letter, other in (("staff", "S", "M"), ("manager", "M", "S")):
        for number in range(1, ITEMS):
            block = "B1" if number <= 4 else "B2"
            lines.append(
                f"  - {{code: {letter}{number}, audience: {audience}, pair: {other}{number}, "
                f"text: {{en: Statement {number}.}}, dimensions: {{blocks: {block}}}}}\n"
            )
        if outcome:
            lines.append(
                f"  - {{code: {letter}O, audience: {audience}, kind: outcome, pair: {other}O, "
                "text: {en: All is well.}}\n"
            )
    return "".join(lines)


def varied(invitation: Invitation, number: int) -> str:
    """Return answers that hang together: the outcome goes with B2 more than with B1."""
    random = Random(number)
    one, other = random.uniform(1.5, 4.5), random.uniform(1.5, 4.5)
    centres = [one] * 4 + [other] * 4 + [0.3 * one + 0.7 * other]
    return "".join(str(min(5, max(1, round(centre + random.uniform(-1, 1))))) for centre in centres)


def published_with_statistics(
    *,
    codes: Callable[[Invitation, int], str] = varied,
    people: Mapping[str, tuple[int, int]] = PEOPLE,
    outcome: bool = True,
    **fields: object,
) -> Cycle:
    """Return a cycle that everybody answered, scored by its job and published."""
    cycle = make.closed_cycle(
        units=UNITS,
        people=people,
        codes=codes,
        framework=make.framework_row(text=text(outcome=outcome)),
        **fields,
    )
    cycles.request_score(cycle=cycle)
    jobs.run_waiting()
    cycles.publish(cycle=Cycle.objects.get(pk=cycle.pk))
    return Cycle.objects.select_related("framework").get(pk=cycle.pk)
