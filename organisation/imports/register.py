"""The files of the register of customers: one way to check, tell and write them, whatever their columns."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from django.db import IntegrityError, transaction
from django.db.models import Model
from django.utils.translation import gettext as _

from cfm.lib import audit, csv_export
from cfm.lib.csv_import import Errors, Row, index, read_rows
from cfm.lib.import_plan import Plan, make_plan
from organisation import blocks, permissions
from organisation.imports.cells import changed_meanwhile
from organisation.models import Channel, Customer, Person, Promise, Unit
from organisation.queries.register import File

Cells = dict[str, str]
_BATCH: Final = 500


class World:
    """What a file refers to, each read once and only if asked for. by: who imports (None: the server's shell)."""

    def __init__(self, by: Person | None) -> None:
        self._by = by

    @cached_property
    def units(self) -> dict[str, int]:
        return dict(Unit.objects.values_list("code", "pk"))

    @cached_property
    def reach(self) -> frozenset[str] | None:
        """Codes of the units whose customers may be changed; None for all."""
        if self._by is None or permissions.scope(self._by, "customer.edit") is None:
            return None
        return frozenset(Unit.objects.visible_to(self._by, "customer.edit").values_list("code", flat=True))

    @cached_property
    def customers(self) -> dict[str, tuple[int, str, str]]:
        """Code → id, owner unit and serving unit."""
        rows = Customer.objects.values_list("code", "pk", "owner_unit__code", "serving_unit__code")
        return {code: (pk, owner, serving or "") for code, pk, owner, serving in rows}

    @cached_property
    def promises(self) -> dict[tuple[str, str], Promise]:
        rows = Promise.objects.select_related("customer")
        return {(one.customer.code, one.code): one for one in rows}

    @cached_property
    def blocks(self) -> frozenset[str]:
        """Codes of the building blocks there are; empty while no framework is loaded."""
        return frozenset(code for code, _title in blocks.choices())

    @cached_property
    def kept_blocks(self) -> dict[tuple[str, str, str], frozenset[str]]:
        """Kind of row, customer and code → the blocks it names already, perhaps of an earlier framework."""
        models: dict[str, Any] = {"promise": Promise, "channel": Channel}
        return {
            (kind, customer, code): frozenset(named.split())
            for kind, model in models.items()
            for customer, code, named in model.objects.values_list("customer__code", "code", "blocks")
        }

    def check_blocks(self, row: Row, kind: str, named: str, errors: Errors) -> str:
        """Return the codes; one that is no building block, and that the row doesn't name already, is noted."""
        kept = self.kept_blocks.get((kind, row["customer"], row[kind]), frozenset())
        for code in named.split() if self.blocks else ():
            if code not in self.blocks | kept:
                expected = _("codes of building blocks (%s), separated by spaces, or nothing")
                errors.add(row.number, "blocks", code, expected % ", ".join(sorted(self.blocks)))
        return named

    def may_keep(self, *units: str) -> bool:
        """Whether customers of one of these units may be changed."""
        return self.reach is None or not self.reach.isdisjoint(units)

    def customer(self, row: Row, errors: Errors) -> str:
        """Return the customer of a row; one that isn't there or out of reach is noted in `errors`."""
        code = row["customer"]
        found = self.customers.get(code)
        if found is None:
            errors.add(row.number, "customer", code, _("the code of a customer in the register"))
        elif not self.may_keep(*found[1:]):
            self.refuse(row, "customer", errors)
        return code

    def refuse(self, row: Row, column: str, errors: Errors) -> None:
        expected = _("a customer whom a unit within your reach owns or serves")
        errors.add(row.number, column, row[column], expected)


@dataclass(frozen=True)
class Kind:
    """How one kind of file is read and written.

    what: one of its rows in a word. check: returns a row's cells as an export writes them and notes mistakes.
    build: returns the unsaved row of the database. unique, fields: what makes it known there, and what may change.
    """

    file: File
    what: Callable[[], str]
    check: Callable[[Row, World, Errors], Cells]
    build: Callable[[Cells, World], Model]
    unique: tuple[str, ...]
    fields: tuple[str, ...]


def run(
    kind: Kind, data: bytes, *, file: str, by: Person | None = None, dry_run: bool = False, expect: str = ""
) -> Plan:
    """Create and update the rows of a file by their keys; those not in the file stay as they are.

    data: the file's content; file: its name in messages; by: who does it (None: the server's shell), within whose
    reach every row must be; expect: the digest of a plan seen before, empty for any. Returns what was done, or with
    `dry_run` would be. Raises InvalidFileError with every mistake, PlanChangedError if the plan is not the expected
    one; either way nothing is changed.
    """
    if by is not None:
        permissions.require(by, "customer.edit")
    world = World(by)
    try:
        with transaction.atomic():
            known = _known(kind)
            wanted = _read(kind, data, file, world, known)
            plan = make_plan(kind.what(), known=known, wanted=wanted)
            plan.require(expect)
            if not dry_run and plan.changes:
                _write(kind, plan, wanted, world)
                _audit(kind, plan, by)
    except IntegrityError as error:
        raise changed_meanwhile(file) from error
    return plan


def _key(kind: Kind, cells: Mapping[str, str]) -> str:
    return " / ".join(cells[column] for column in kind.file.keys if cells[column])


def _known(kind: Kind) -> dict[str, Cells]:
    rows = (dict(zip(kind.file.columns, map(_plain, cells), strict=True)) for cells in kind.file.rows())
    return {_key(kind, cells): cells for cells in rows}


def _plain(value: object) -> str:
    """Return the value as it stands in a file, without the guard against formulas."""
    return value if isinstance(value, str) else csv_export.cell(value)


def _read(kind: Kind, data: bytes, file: str, world: World, known: Mapping[str, Cells]) -> dict[str, Cells]:
    errors = Errors(file)
    optional = kind.file.optional
    required = [column for column in kind.file.columns if column not in optional]
    rows = read_rows(data, errors=errors, required=required, optional=optional)
    found = index(rows, kind.file.keys, errors=errors)
    cells = [_checked(kind, row, world, known, errors) for row in found.values()]
    errors.raise_if_any()
    return {_key(kind, one): one for one in cells}


def _checked(kind: Kind, row: Row, world: World, known: Mapping[str, Cells], errors: Errors) -> Cells:
    """Return a row's cells; a column that the file may lack and does stays as it is."""
    absent = [column for column in kind.file.optional if column not in row.cells]
    cells = kind.check(Row(row.number, {**row.cells, **dict.fromkeys(absent, "")}), world, errors)
    before = known.get(_key(kind, cells), {})
    return cells | {column: before.get(column, "") for column in absent}


def _write(kind: Kind, plan: Plan, wanted: Mapping[str, Cells], world: World) -> None:
    model: Any = kind.file.model
    model.objects.bulk_create(
        [kind.build(wanted[change.key], world) for change in plan.changes],
        batch_size=_BATCH,
        update_conflicts=True,
        unique_fields=list(kind.unique),
        update_fields=list(kind.fields),
    )


def _audit(kind: Kind, plan: Plan, by: Person | None) -> None:
    actor = by.pk if by else None
    audit.record("customer.import", kind.file.name, by=actor, created=plan.created, changed=plan.changed)
