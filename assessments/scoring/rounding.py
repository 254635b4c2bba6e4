"""Rounding at the edge: half up, on the number as it is printed."""

from __future__ import annotations

import math
from decimal import ROUND_HALF_UP, Decimal

import numpy as np
import numpy.typing as npt

_NEAR_TIE = 1e-6


def half_up(value: float, decimals: int = 0) -> float:
    """Round half away from zero, as people do by hand. NaN stays NaN.

    The shortest decimal that prints the number is rounded, not its binary neighbour.

    >>> half_up(0.5), half_up(2.675, 2), half_up(-2.5), half_up(47.5)
    (1.0, 2.68, -3.0, 48.0)
    """
    if not math.isfinite(value):
        return value
    step = Decimal(1).scaleb(-decimals)
    return float(Decimal(repr(float(value))).quantize(step, rounding=ROUND_HALF_UP)) + 0.0


def half_up_all(values: npt.NDArray[np.float64], decimals: int = 0) -> npt.NDArray[np.float64]:
    """Round every number of an array like ``half_up``; the same shape, NaN stays NaN.

    Only numbers within a hair of a tie need decimal arithmetic, so this is fast.

    >>> half_up_all(np.array([0.5, 2.675, np.nan]), 2).tolist()
    [0.5, 2.68, nan]
    """
    scaled = np.abs(values) * 10.0**decimals
    whole = np.floor(scaled + 0.5)
    result = np.sign(values) * whole / 10.0**decimals + 0.0
    tie = np.isfinite(values) & (np.abs(scaled - np.floor(scaled) - 0.5) < _NEAR_TIE)
    result[tie] = [half_up(value, decimals) for value in values[tie]]
    return result
