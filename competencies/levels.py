"""The proficiency scale, and the compact form in which the levels of a person stand: one character a competency."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Final

import numpy as np
import numpy.typing as npt

SCALE_MIN: Final = 1
SCALE_MAX: Final = 5
LEVELS: Final = tuple(range(SCALE_MIN, SCALE_MAX + 1))
DEFAULT_LEVEL: Final = 3  # what a core competency asks of roles whose profile does not name it
DEFAULT_IMPORTANCE: Final = 1
NO_LEVEL: Final = "0"
NO_DATE: Final = "00000000"

Levels = npt.NDArray[np.int8]
_DIGITS: Final = 10 ** np.arange(len(NO_DATE))[::-1]


def require_level(value: int) -> int:
    """Return the level. Raises ValueError unless it is a whole number from 1 to 5."""
    if isinstance(value, bool) or value not in LEVELS:
        raise ValueError(f"a level is a whole number from {SCALE_MIN} to {SCALE_MAX}, not {value!r}")
    return value


def pack_levels(levels: Mapping[int, int]) -> str:
    """Return the levels as one character a slot, 0 where there is none. levels: slot (0…) → level 1 to 5.

    >>> pack_levels({0: 3, 2: 5})
    '305'
    """
    cells = [NO_LEVEL] * (1 + max(levels, default=-1))
    for slot, level in levels.items():
        cells[slot] = str(require_level(level))
    return "".join(cells)


def pack_dates(dates: Mapping[int, date]) -> str:
    """Return the days as eight characters a slot, zeros where there is none. dates: slot (0…) → day.

    >>> pack_dates({1: date(2026, 3, 31)})
    '0000000020260331'
    """
    cells = [NO_DATE] * (1 + max(dates, default=-1))
    for slot, day in dates.items():
        cells[slot] = day.strftime("%Y%m%d")
    return "".join(cells)


def unpack_date(packed: str, slot: int) -> str:
    """Return the day of a slot in ISO form, empty where there is none.

    >>> unpack_date("0000000020260331", 1), unpack_date("", 4)
    ('2026-03-31', '')
    """
    day = packed[8 * slot : 8 * slot + 8]
    return f"{day[:4]}-{day[4:6]}-{day[6:]}" if day and day != NO_DATE else ""


def unpack_levels(packed: Sequence[str], slots: int) -> Levels:
    """Return an array (texts, slots) of levels, 0 where there is none.

    Raises ValueError for a text with another character than 0 to 5.

    >>> unpack_levels(["305", ""], 3).tolist()
    [[3, 0, 5], [0, 0, 0]]
    """
    text = "".join(one[:slots].ljust(slots, NO_LEVEL) for one in packed)
    cells = np.frombuffer(text.encode(), dtype=np.uint8).astype(np.int8) - ord(NO_LEVEL)
    if cells.size and (cells.min() < 0 or cells.max() > SCALE_MAX):
        raise ValueError("packed levels are characters from 0 to 5")
    return cells.reshape(len(packed), slots)


def unpack_days(packed: Sequence[str], slots: int) -> npt.NDArray[np.int64]:
    """Return an array (texts, slots) of days as numbers, 0 where there is none.

    Raises ValueError for a text with another character than 0 to 9.

    >>> unpack_days(["0000000020260331", ""], 2).tolist()
    [[0, 20260331], [0, 0]]
    """
    width = len(NO_DATE) * slots
    text = "".join(one[:width].ljust(width, NO_LEVEL) for one in packed)
    cells = np.frombuffer(text.encode(), dtype=np.uint8).astype(np.int64) - ord(NO_LEVEL)
    if cells.size and (cells.min() < 0 or cells.max() > 9):
        raise ValueError("packed days are digits")
    days: npt.NDArray[np.int64] = cells.reshape(len(packed), slots, len(NO_DATE)) @ _DIGITS
    return days


def shared(slots: Iterable[int]) -> int:
    """Return how many slots an array needs to hold these.

    >>> shared([4, 1]), shared([])
    (5, 0)
    """
    return 1 + max(slots, default=-1)
