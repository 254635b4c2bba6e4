"""What the figure was made from: statements with how they were answered, and key components with their entries."""

from __future__ import annotations

from typing import Final

from django.utils.translation import gettext as _

from assessments.instrument.content import Item, KeyComponent
from reports import queries
from reports.explanations import EXPLANATIONS
from reports.made import evidence_of
from reports.numbers import number
from reports.queries import ALL
from reports.statistics import Answers
from reports.tables import Box, Column, Row, Table, hidden_box, name_box, number_box, text_box
from reports.why.subject import Subject

HIDDEN: Final = "–"


def statements(subject: Subject) -> Table:
    """Return the statements with how often each point was chosen."""
    told = {one.item: one for one in subject.answers()}
    points = subject.instrument.scale.points
    columns = [
        Column("item", _("Statement"), numeric=False),
        Column("n", _("Answers")),
        *(Column(f"p{point}", str(point)) for point in points),
        Column("score", _("Score")),
    ]
    rows = [_statement(subject, item, told.get(item.code)) for item in subject.items()]
    note = EXPLANATIONS["distribution"].sentences
    return Table(_("Statements and how they were answered"), columns, rows, note=note)


def _statement(subject: Subject, item: Item, told: Answers | None) -> Row:
    text = f"{item.code} {item.text}"
    if item.reverse:
        text = _("{statement} (reversed)").format(statement=text)
    if told is None:
        dashes = [hidden_box(HIDDEN) for _point in range(len(subject.instrument.scale.points) + 2)]
        return Row([name_box(text), *dashes])
    counts: list[Box] = [number_box(number(count), count) for count in told.counts]
    score = number_box(number(told.score, 1), told.score)
    return Row([name_box(text), number_box(number(told.n), told.n), *counts, score])


def evidence(subject: Subject, tree: queries.Tree) -> Table:
    """Return the key components of the dimension and what was entered for them."""
    inside = [row.position for row in tree.below(subject.unit)]
    components = [one for one in subject.instrument.key_components if _counts(subject, one)]
    entries = evidence_of(subject.cycle, inside, [one.code for one in components])
    columns = [
        Column("component", _("Key component"), numeric=False),
        Column("n", _("Entries that count")),
        Column("states", _("State"), numeric=False),
        Column("score", _("Mean")),
    ]
    rows = []
    for one in components:
        made = entries.get(one.code)
        rows.append(
            Row(
                [
                    name_box(f"{one.code} {one.title}"),
                    number_box(number(made.n) if made else number(0), made.n if made else 0),
                    text_box(made.states if made else _("no entry")),
                    number_box(number(made.mean, 1), made.mean) if made else number_box("", None),
                ]
            )
        )
    return Table(_("Evidence"), columns, rows)


def _counts(subject: Subject, component: KeyComponent) -> bool:
    place = component.dimensions.get(subject.lens.code)
    inside = place == subject.dimension or (subject.dimension == ALL and place is not None)
    return component.is_evidence and inside
