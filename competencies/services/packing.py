"""Bring the packed levels of sheets up to date: what is handed in, in one character a competency.

Pages and files about thousands of people read these few strings instead of a row per rating.
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from typing import Final

from competencies.levels import pack_dates, pack_levels
from competencies.models import Rater, Rating, Sheet

FIELDS: Final = ["self_levels", "manager_levels", "self_days", "manager_days"]
_BATCH: Final = 500

Side = dict[int, tuple[int, date]]  # slot → level, day


def pack(sheets: Iterable[Sheet]) -> None:
    """Write the packed fields of these sheets from their ratings. Drafts don't count; agreed levels do once signed."""
    everything = list(sheets)
    for start in range(0, len(everything), _BATCH):
        _pack(everything[start : start + _BATCH])


def _pack(sheets: list[Sheet]) -> None:
    rows = Rating.objects.filter(sheet__in=sheets).values_list(
        "sheet_id", "rater", "competency__slot", "level", "agreed", "assessed_on"
    )
    sides: defaultdict[tuple[int, str], Side] = defaultdict(dict)
    signed = {sheet.pk for sheet in sheets if sheet.signed_off}
    for sheet, rater, slot, level, agreed, day in rows:
        sides[sheet, rater][slot] = (agreed or level if sheet in signed else level, day)
    for one in sheets:
        for rater in Rater.values:
            _fill(one, rater, sides.get((one.pk, rater), {}) if one.is_in(rater) else {})
    Sheet.objects.bulk_update(sheets, FIELDS, batch_size=_BATCH)


def _fill(sheet: Sheet, rater: str, side: Side) -> None:
    setattr(sheet, f"{rater}_levels", pack_levels({slot: level for slot, (level, _day) in side.items()}))
    setattr(sheet, f"{rater}_days", pack_dates({slot: day for slot, (_level, day) in side.items()}))
