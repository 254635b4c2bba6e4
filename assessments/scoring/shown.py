"""Which cells of a release are shown: three masks that travel between disclosure and figures."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True)
class Shown:
    """Masks of shape (units U, columns C), in the order of the frozen tree and of ``Spec.columns``.

    all: staff and managers together are shown. split: staff and managers are shown as a pair.
    spread: n, sd, se and interval of an ``ALL`` column may be given (True in every other column).
    """

    all: npt.NDArray[np.bool_]
    split: npt.NDArray[np.bool_]
    spread: npt.NDArray[np.bool_]
