"""Small frameworks and answers for tests of scoring, as hypothesis strategies."""

from itertools import chain
from typing import NamedTuple

import numpy as np
from hypothesis import strategies as st

from assessments.scoring.cube import Cube
from assessments.scoring.evidence import EvidenceCube, tally_evidence
from assessments.scoring.shown import Shown
from assessments.scoring.spec import DimensionSpec, ItemSpec, LensSpec, Spec
from assessments.scoring.tally import decode, tally

OPTIONS = "123456789ab"
WEIGHTS = {"staff": 0.4, "manager": 0.3, "evidence": 0.3}


class Response(NamedTuple):
    """One person's answers and the unit index they count in."""

    unit: int
    audience: str
    codes: str


class Case(NamedTuple):
    """Everything figures are made of."""

    spec: Spec
    parent: list[int]
    responses: list[Response]
    invited: dict[str, list[int]]
    entries: list[tuple[int, int, list[int]]]
    shown: Shown | None
    k: int


def simple_spec(
    *, items: int = 5, blocks: int = 1, audiences: tuple[str, ...] = ("staff",), **changes
) -> Spec:
    """Blocks B1… of so many plain items an audience, on five points."""
    of_audience = tuple(
        ItemSpec(f"I{b}{i}", reverse=False, dimensions={"blocks": f"B{b + 1}"})
        for b in range(blocks)
        for i in range(items)
    )
    dimensions = tuple(DimensionSpec(f"B{b + 1}") for b in range(blocks))
    plain = {
        "minimum": 1,
        "maximum": 5,
        "items": dict.fromkeys(audiences, of_audience),
        "lenses": (LensSpec("blocks", True, dimensions),),
        "levels": (0, 20, 40, 60, 80),
        "weights": WEIGHTS,
    }
    return Spec(**(plain | changes))


def cube_of(spec: Spec, responses: list[Response], units: int) -> Cube:
    """The direct cube of some responses."""
    return Cube({audience: _part(spec, audience, responses, units) for audience in spec.audiences})


def _part(spec, audience, responses, units):
    own = [response for response in responses if response.audience == audience]
    codes = decode("".join(response.codes for response in own).encode(), len(spec.items[audience]))
    return tally(spec, audience, codes, np.array([response.unit for response in own], dtype=np.int64), units)


def evidence_of(case: Case) -> EvidenceCube:
    """The direct evidence of a case."""
    return tally_evidence(case.spec, case.entries, units=len(case.parent))


@st.composite
def specs(draw) -> Spec:
    """Two to eleven points, one to three blocks, another lens, items in both, one or none, one or two audiences."""
    minimum = draw(st.sampled_from([-2, 0, 1]))
    weight = st.sampled_from([0.1, 0.5, 1, 3])
    lenses = tuple(
        LensSpec(
            code, code == "blocks", tuple(DimensionSpec(f"{code[0]}{i}", draw(weight)) for i in range(size))
        )
        for code, size in (("blocks", draw(st.integers(1, 3))), ("other", draw(st.integers(1, 2))))
    )
    audiences = ("staff", "manager") if draw(st.booleans()) else ("staff",)
    levels = tuple(draw(st.sampled_from([(0, 20, 40, 60, 80), (0, 50), (0, 33.3, 50, 87.5)])))
    items = {audience: draw(st.lists(_items(lenses), min_size=1, max_size=7)) for audience in audiences}
    named = {
        a: tuple(ItemSpec(f"{a}{i}", *item) for i, item in enumerate(listed)) for a, listed in items.items()
    }
    maximum = minimum + draw(st.integers(1, 10))
    return Spec(minimum, maximum, named, lenses, levels, WEIGHTS)


def _items(lenses):
    places = [
        st.sampled_from([None, *(dimension.code for dimension in lens.dimensions)]).map(
            lambda code, lens=lens: [(lens.code, code)] if code else []
        )
        for lens in lenses
    ]
    return st.tuples(st.booleans(), st.tuples(*places).map(lambda found: dict(chain(*found))))


@st.composite
def cases(draw, *, published: bool | None = None) -> Case:
    """A framework, a tree of up to five units, up to a dozen answers in it, evidence, and masks or none."""
    spec = draw(specs())
    units = draw(st.integers(1, 5))
    parent = [-1, *(draw(st.integers(-1, u - 1)) for u in range(1, units))]
    responses = draw(st.lists(_responses(spec, units), max_size=12))
    heads = st.lists(st.integers(0, 8), min_size=units, max_size=units)
    values = st.sampled_from([0, 25, 50, 75, 100])
    one_column = st.integers(0, len(spec.dimensions) - 1).map(lambda column: [column])
    entries = draw(st.lists(st.tuples(st.integers(0, units - 1), values, one_column), max_size=6))
    with_masks = draw(st.booleans()) if published is None else published
    shown = draw(_masks(units, len(spec.columns))) if with_masks else None
    invited = {audience: draw(heads) for audience in spec.audiences}
    return Case(spec, parent, responses, invited, entries, shown, draw(st.sampled_from([2, 3, 5])))


def _responses(spec, units):
    def of(audience):
        usual = st.sampled_from(OPTIONS[: spec.options])
        code = st.one_of(usual, usual, usual, st.sampled_from("0x"))
        size = len(spec.items[audience])
        codes = st.lists(code, min_size=size, max_size=size).map("".join)
        return st.builds(Response, st.integers(0, units - 1), st.just(audience), codes)

    return st.one_of([of(audience) for audience in spec.audiences])


@st.composite
def _masks(draw, units, columns) -> Shown:
    mostly = st.sampled_from([True, True, True, False])
    size = units * columns
    masks = [
        np.array(draw(st.lists(mostly, min_size=size, max_size=size))).reshape(units, columns)
        for _ in range(3)
    ]
    return Shown(*masks)
