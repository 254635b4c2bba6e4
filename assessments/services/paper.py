"""Answers given on paper or elsewhere: sealed and counted like the others, tied to no invitation."""

import hashlib
import hmac
from collections.abc import Sequence

from django.db import transaction
from django.utils.translation import gettext as _

from assessments.instrument import Instrument
from assessments.models import AUDIENCES, Cycle, CycleUnit, Envelope, PaperFile
from assessments.services import keys, sealing
from assessments.services.ballot import lock
from assessments.services.cycles import State
from assessments.services.errors import ClosedError, ServiceError
from assessments.services.sealing import Ballot
from cfm.lib import audit
from cfm.lib.csv_import import Errors, Row, read_rows


def code_of(value: str, *, minimum: int, maximum: int) -> str | None:
    """Return the character that stands for a value of responses.csv; None for a value that is not on the scale.

    >>> [code_of(value, minimum=1, maximum=5) for value in ("", "NA", "1", "5", "6", "x")]
    ['0', 'x', '1', '5', None, None]
    """
    if value == "":
        return "0"
    if value == "NA":
        return "x"
    if not (value.isascii() and value.lstrip("-").isdigit()) or not minimum <= int(value) <= maximum:
        return None
    return sealing.ALPHABET[int(value) - minimum + 1]


def import_ballots(
    *,
    cycle: Cycle,
    ballots: Sequence[Ballot],
    again: bool = False,
    dry_run: bool = False,
    by: int | None = None,
) -> int:
    """Seal and store paper answers, all or nothing; returns how many.

    Raises ClosedError unless the cycle is open, ServiceError for a file that is in already (unless `again`).
    """
    with transaction.atomic():
        lock(cycle.pk, exclusive=False)
        if not Cycle.objects.filter(pk=cycle.pk, state=State.OPEN).exists():
            raise ClosedError(_("Cycle {code} is not open.").format(code=cycle.code))
        public_key = bytes(cycle.public_key or b"")
        digest = _digest(ballots, keys.read(public_key).paper_secret)
        known = PaperFile.objects.filter(cycle=cycle, digest=digest).exists()
        if known and not again:
            raise ServiceError(_("The same answers were imported before. Use --again to import them twice."))
        if dry_run:
            return len(ballots)
        _store(cycle, ballots, public_key)
        if not known:
            PaperFile.objects.create(cycle=cycle, digest=digest)
        audit.record("cycle.import_responses", cycle.code, by=by, rows=len(ballots))
    return len(ballots)


def _store(cycle: Cycle, ballots: Sequence[Ballot], public_key: bytes) -> None:
    size = sealing.paper_size(max(len(cycle.framework.instrument.closed_items(a)) for a in AUDIENCES))
    bound = sealing.binding(cycle.pk, None)
    Envelope.objects.bulk_create(
        (
            Envelope(cycle=cycle, sealed=sealing.seal(ballot, public_key=public_key, bound=bound, size=size))
            for ballot in ballots
        ),
        batch_size=1000,
    )


def _digest(ballots: Sequence[Ballot], secret: bytes) -> str:
    rows = sorted(f"{ballot.unit},{ballot.audience},{ballot.codes}" for ballot in ballots)
    return hmac.new(secret, "\n".join(rows).encode(), hashlib.sha256).hexdigest()


def read_ballots(*, cycle: Cycle, data: bytes, file: str) -> list[Ballot]:
    """Return the ballots of a responses.csv: one row a respondent. Raises InvalidFileError naming every wrong cell."""
    instrument = cycle.framework.instrument
    columns = _item_columns(instrument)
    units = dict(CycleUnit.objects.filter(cycle=cycle).values_list("code", "position"))
    errors = Errors(file)
    rows = read_rows(data, errors=errors, required=("unit", "audience"), optional=columns)
    ballots = [_ballot(row, columns, units, instrument, errors) for row in rows]
    errors.raise_if_any()
    return ballots


def _ballot(
    row: Row,
    columns: dict[str, tuple[str, int]],
    units: dict[str, int],
    instrument: Instrument,
    errors: Errors,
) -> Ballot:
    unit, audience = units.get(row["unit"]), row["audience"]
    if unit is None:
        errors.add(row.number, "unit", row["unit"], _("the code of a unit of this cycle"))
    if audience not in AUDIENCES:
        errors.add(row.number, "audience", audience, _("staff or manager"))
        return Ballot("")
    codes = ["0"] * len(instrument.closed_items(audience))
    scale = instrument.scale
    for column, value in row.cells.items():
        asked, place = columns.get(column, ("", 0))
        if not asked or value == "":
            continue
        code = code_of(value, minimum=scale.minimum, maximum=scale.maximum)
        if asked != audience:
            errors.add(
                row.number,
                column,
                value,
                _("nothing: this item is not asked of the audience {audience}").format(audience=audience),
            )
        elif code is None:
            errors.add(
                row.number,
                column,
                value,
                _("{low} to {high}, NA or nothing").format(low=scale.minimum, high=scale.maximum),
            )
        else:
            codes[place] = code
    return Ballot("".join(codes), unit=unit or 0, audience=audience)


def _item_columns(instrument: Instrument) -> dict[str, tuple[str, int]]:
    """Return item code → (audience, place in the frozen order) of all closed items."""
    return {
        item.code: (audience, place)
        for audience in AUDIENCES
        for place, item in enumerate(instrument.closed_items(audience))
    }
