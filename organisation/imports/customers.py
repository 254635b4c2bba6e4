"""customers.csv and the files of what belongs to a customer or links two units: columns, checks and rows."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Final

from django.utils.translation import gettext as _

from cfm.lib.csv_import import Errors, Row, text_cell, truth_cell
from cfm.lib.import_plan import Plan
from organisation import values
from organisation.imports import register
from organisation.imports.cells import (
    choice_cell,
    code_cell,
    code_list_cell,
    count_cell,
    day_cell,
    known_cell,
    lines_cell,
    number_cell,
)
from organisation.imports.register import Cells, Kind, World
from organisation.models import (
    Channel,
    Customer,
    Promise,
    PromiseResult,
    SatisfactionFigure,
    SupplierLink,
)
from organisation.models.customers import LARGEST, ChannelKind
from organisation.queries.register import (
    CHANNELS,
    CUSTOMERS,
    LINKS,
    PROMISES,
    RESULTS,
    SATISFACTION,
)


def _unit(row: Row, column: str, world: World, errors: Errors, *, empty: bool = False) -> str:
    what = (
        _("the code of a unit in the database, or nothing")
        if empty
        else _("the code of a unit in the database")
    )
    return known_cell(row, column, known=world.units, what=what, errors=errors, empty=empty)


def _customer_cells(row: Row, world: World, errors: Errors) -> Cells:
    owner = _unit(row, "owner_unit", world, errors)
    serving = _unit(row, "serving_unit", world, errors, empty=True)
    before = world.customers.get(row["customer"])
    if not world.may_keep(owner, serving) or (before and not world.may_keep(*before[1:])):
        world.refuse(row, "customer", errors)
    return {
        "customer": code_cell(row, "customer", errors=errors),
        "name": text_cell(row, "name", limit=values.MAX_NAME, errors=errors),
        "kind": choice_cell(row, "kind", choices=Customer.Kind.values, errors=errors),
        "internal": "1" if truth_cell(row, "internal", errors=errors) else "0",
        "owner_unit": owner,
        "serving_unit": serving,
        "expectations": lines_cell(row, "expectations", limit=values.MAX_TEXT, errors=errors),
    }


def _customer(cells: Cells, world: World) -> Customer:
    return Customer(
        code=cells["customer"],
        name=cells["name"],
        kind=cells["kind"],
        is_internal=cells["internal"] == "1",
        owner_unit_id=world.units[cells["owner_unit"]],
        serving_unit_id=world.units.get(cells["serving_unit"]),
        expectations=cells["expectations"],
    )


def _promise_cells(row: Row, world: World, errors: Errors) -> Cells:
    limit = values.MAX_UNIT_OF_MEASURE
    return {
        "customer": world.customer(row, errors),
        "promise": code_cell(row, "promise", errors=errors),
        "text": text_cell(row, "text", limit=values.MAX_SENTENCE, errors=errors),
        "measure": text_cell(row, "measure", limit=values.MAX_NAME, errors=errors),
        "comparison": choice_cell(row, "comparison", choices=Promise.Comparison.values, errors=errors),
        "target": number_cell(row, "target", errors=errors, low=-LARGEST, high=LARGEST),
        "measured_in": text_cell(row, "measured_in", limit=limit, errors=errors, empty=True),
        "blocks": world.check_blocks(row, "promise", code_list_cell(row, "blocks", errors=errors), errors),
    }


def _promise(cells: Cells, world: World) -> Promise:
    columns = ("text", "measure", "comparison", "measured_in", "blocks")
    return Promise(
        customer_id=world.customers[cells["customer"]][0],
        code=cells["promise"],
        target=Decimal(cells["target"]),
        **{column: cells[column] for column in columns},
    )


def _result_cells(row: Row, world: World, errors: Errors) -> Cells:
    customer = world.customer(row, errors)
    if customer in world.customers and (customer, row["promise"]) not in world.promises:
        expected = _("the code of a promise to customer %s") % customer
        errors.add(row.number, "promise", row["promise"], expected)
    return {
        "customer": customer,
        "promise": row["promise"],
        "measured_on": day_cell(row, "measured_on", errors=errors),
        "value": number_cell(row, "value", errors=errors, low=-LARGEST, high=LARGEST),
        "note": text_cell(row, "note", limit=values.MAX_SENTENCE, errors=errors, empty=True),
    }


def _result(cells: Cells, world: World) -> PromiseResult:
    promise, value = world.promises[cells["customer"], cells["promise"]], Decimal(cells["value"])
    return PromiseResult(
        promise=promise,
        measured_on=date.fromisoformat(cells["measured_on"]),
        value=value,
        note=cells["note"],
        target=promise.target,
        kept=promise.is_kept_by(value),
    )


def _channel_cells(row: Row, world: World, errors: Errors) -> Cells:
    return {
        "customer": world.customer(row, errors),
        "channel": code_cell(row, "channel", errors=errors),
        "kind": choice_cell(row, "kind", choices=ChannelKind.values, errors=errors),
        "description": text_cell(row, "description", limit=values.MAX_SENTENCE, errors=errors),
        "frequency": choice_cell(row, "frequency", choices=Channel.Frequency.values, errors=errors),
        "contacts": count_cell(row, "contacts", errors=errors),
        "heard_on": day_cell(row, "heard_on", errors=errors, empty=True),
        "blocks": world.check_blocks(row, "channel", code_list_cell(row, "blocks", errors=errors), errors),
    }


def _channel(cells: Cells, world: World) -> Channel:
    columns = ("kind", "description", "frequency", "blocks")
    return Channel(
        customer_id=world.customers[cells["customer"]][0],
        code=cells["channel"],
        contacts=int(cells["contacts"]) if cells["contacts"] else None,
        heard_on=date.fromisoformat(cells["heard_on"]) if cells["heard_on"] else None,
        **{column: cells[column] for column in columns},
    )


def _figure_cells(row: Row, world: World, errors: Errors) -> Cells:
    measure = choice_cell(row, "measure", choices=SatisfactionFigure.Measure.values, errors=errors)
    name = text_cell(row, "name", limit=values.MAX_MEASURE, errors=errors, empty=True)
    if (measure == "own") != bool(name):
        expected = _("a name where the measure is own, nothing where it is nps, csat or ces")
        errors.add(row.number, "name", name, expected)
    low, high = SatisfactionFigure.SCALES.get(measure, (-LARGEST, LARGEST))
    return {
        "customer": world.customer(row, errors),
        "measure": measure,
        "name": name,
        "measured_on": day_cell(row, "measured_on", errors=errors),
        "value": number_cell(row, "value", errors=errors, low=low, high=high),
        "answers": count_cell(row, "answers", errors=errors),
        "note": text_cell(row, "note", limit=values.MAX_SENTENCE, errors=errors, empty=True),
        "sd": number_cell(row, "sd", errors=errors, low=0, high=LARGEST) if row["sd"] else "",
    }


def _figure(cells: Cells, world: World) -> SatisfactionFigure:
    return SatisfactionFigure(
        customer_id=world.customers[cells["customer"]][0],
        measure=cells["measure"],
        name=cells["name"],
        measured_on=date.fromisoformat(cells["measured_on"]),
        value=Decimal(cells["value"]),
        answers=int(cells["answers"]) if cells["answers"] else None,
        note=cells["note"],
        sd=Decimal(cells["sd"]) if cells["sd"] else None,
    )


def _link_cells(row: Row, world: World, errors: Errors) -> Cells:
    supplier, customer = _unit(row, "supplier", world, errors), _unit(row, "customer", world, errors)
    if supplier == customer:
        errors.add(row.number, "customer", customer, _("a unit other than the supplier"))
    elif not world.may_keep(supplier, customer):
        errors.add(row.number, "supplier", supplier, _("a link from or to a unit within your reach"))
    limit = values.MAX_SENTENCE
    return {
        "supplier": supplier,
        "customer": customer,
        "delivers": text_cell(row, "delivers", limit=limit, errors=errors),
        "expectation": text_cell(row, "expectation", limit=limit, errors=errors, empty=True),
        "heard_through": choice_cell(
            row, "heard_through", choices=ChannelKind.values, errors=errors, empty=True
        ),
    }


def _link(cells: Cells, world: World) -> SupplierLink:
    return SupplierLink(
        supplier_id=world.units[cells["supplier"]],
        customer_id=world.units[cells["customer"]],
        delivers=cells["delivers"],
        expectation=cells["expectation"],
        heard_through=cells["heard_through"],
    )


_KINDS: Final = (
    Kind(
        CUSTOMERS,
        lambda: _("customer"),
        _customer_cells,
        _customer,
        ("code",),
        ("name", "kind", "is_internal", "owner_unit", "serving_unit", "expectations"),
    ),
    Kind(
        PROMISES,
        lambda: _("promise"),
        _promise_cells,
        _promise,
        ("customer", "code"),
        ("text", "measure", "comparison", "target", "measured_in", "blocks"),
    ),
    Kind(
        RESULTS,
        lambda: _("result"),
        _result_cells,
        _result,
        ("promise", "measured_on"),
        ("value", "note", "target", "kept"),
    ),
    Kind(
        CHANNELS,
        lambda: _("channel"),
        _channel_cells,
        _channel,
        ("customer", "code"),
        ("kind", "description", "frequency", "contacts", "heard_on", "blocks"),
    ),
    Kind(
        SATISFACTION,
        lambda: _("satisfaction figure"),
        _figure_cells,
        _figure,
        ("customer", "measure", "name", "measured_on"),
        ("value", "answers", "note", "sd"),
    ),
    Kind(
        LINKS,
        lambda: _("link"),
        _link_cells,
        _link,
        ("supplier", "customer"),
        ("delivers", "expectation", "heard_through"),
    ),
)
IMPORTS: Final[dict[str, Callable[..., Plan]]] = {
    kind.file.name: partial(register.run, kind) for kind in _KINDS
}
import_customers: Final = IMPORTS["customers"]
