"""From a framework to what scoring computes with."""

from assessments.instrument.content import AUDIENCES, Instrument, Item, Lens
from assessments.scoring.spec import DimensionSpec, ItemSpec, LensSpec, Spec


def specify(instrument: Instrument) -> Spec:
    """Return items per audience in the frozen order, lenses, level bounds and weights."""
    asked = {audience: instrument.closed_items(audience) for audience in AUDIENCES}
    return Spec(
        minimum=instrument.scale.minimum,
        maximum=instrument.scale.maximum,
        items={audience: tuple(map(_item, items)) for audience, items in asked.items() if items},
        lenses=tuple(_lens(lens) for lens in instrument.lenses),
        levels=tuple(level.lower for level in instrument.levels),
        weights=dict(instrument.weights),
    )


def _item(item: Item) -> ItemSpec:
    return ItemSpec(
        code=item.code,
        reverse=item.reverse,
        dimensions=dict(item.dimensions),
        outcome=item.kind == "outcome",
        pair=item.pair or "",
    )


def _lens(lens: Lens) -> LensSpec:
    dimensions = tuple(DimensionSpec(code=part.code, weight=part.weight) for part in lens.dimensions)
    return LensSpec(code=lens.code, primary=lens.primary, dimensions=dimensions)
