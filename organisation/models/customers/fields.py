"""What the fields of the register share."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

from organisation import values

MAX_DECIMALS: Final = 3
LARGEST: Final = Decimal("999999999.999")
ONE_LINE: Final = [values.one_line]
SEVERAL_LINES: Final = [values.several_lines]


def decimal_field(label: Any) -> models.DecimalField[Any, Any]:
    return models.DecimalField(
        label,
        max_digits=12,
        decimal_places=MAX_DECIMALS,
        validators=[MinValueValidator(-LARGEST), MaxValueValidator(LARGEST)],
    )
