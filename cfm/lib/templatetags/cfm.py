"""How figures and dates are written on screens: half-up rounding at the very edge, dates in words.

A figure that is not defined (None or NaN) is an en dash, never 0.
"""

import math
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Final

from django import template
from django.utils import timezone
from django.utils.formats import date_format, number_format
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from cfm.lib import languages
from cfm.lib.csv_table import plain

register = template.Library()

UNDEFINED: Final = "–"
MINUS: Final = "−"
Figure = float | int | Decimal | str | None


def half_up(value: float | int | Decimal | str, decimals: int = 0) -> Decimal:
    """Round to so many decimals, halves away from zero (0.5 → 1, 2.45 → 2.5).

    Raises ValueError for text that is no finite number.

    >>> half_up(47.5)
    Decimal('48')
    """
    try:
        number = Decimal(str(value))
        return number.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP)
    except ArithmeticError as error:
        raise ValueError(f"{value!r} is no finite number.") from error


def _is_undefined(value: Figure) -> bool:
    return value is None or value == "" or (isinstance(value, float) and math.isnan(value))


@register.filter
def number(value: Figure, decimals: int = 0) -> str:
    """Write a number in the reader's locale: 1234.5|number → 1,235; 0.25|number:1 → 0.3."""
    if value is None or _is_undefined(value):
        return UNDEFINED
    rounded = half_up(value, decimals)
    text = number_format(abs(rounded), decimals, use_l10n=True, force_grouping=True)
    return f"{MINUS}{text}" if rounded < 0 else text


@register.filter
def trimmed(value: Decimal | None) -> str:
    """Write a number with the decimals it has, at most four: 12.5000|trimmed → 12.5."""
    return number(value, 0 if value is None else min(4, len(plain(value).partition(".")[2])))


@register.filter
def score(value: Figure, decimals: int = 0) -> str:
    """Write a score (0–100): no decimals on screens, one in tables (`|score:1`)."""
    return number(value, decimals)


@register.filter
def signed(value: Figure, decimals: int = 0) -> str:
    """Write a difference with its sign: +4, −3, 0."""
    text = number(value, decimals)
    if value is None or _is_undefined(value):
        return text
    return f"+{text}" if half_up(value, decimals) > 0 else text


@register.filter
def percent(value: Figure, decimals: int = 0) -> str:
    """Write a share (0–1) as a percentage: 269/565 → 48%."""
    if value is None or _is_undefined(value):
        return UNDEFINED
    return _("%(number)s%%") % {"number": number(Decimal(str(value)) * 100, decimals)}


@register.simple_tag
def interval(low: Figure, high: Figure, decimals: int = 0) -> str:
    """Write a 95 % interval of a score: `51 to 58`; a dash if either end is not defined."""
    if _is_undefined(low) or _is_undefined(high):
        return UNDEFINED
    return _("%(low)s to %(high)s") % {"low": number(low, decimals), "high": number(high, decimals)}


@register.filter
def language_named(code: str) -> str:
    """Write a language by its own name: fr → Français."""
    return languages.name_of(code)


@register.filter
def steps(count: int | str) -> range:
    """Return 1…count, to draw steps."""
    return range(1, int(count) + 1)


@register.filter
def day(value: date | datetime | None) -> SafeString | str:
    """Write a date in words: 22 November 2026; a point in time in the current time zone."""
    if value is None or value == "":
        return UNDEFINED
    local = _local(value)
    return format_html('<time datetime="{}">{}</time>', local.isoformat(), date_format(local, "j F Y"))


@register.filter
def moment(value: datetime | None) -> SafeString | str:
    """Write a point in time in words with its time zone: 22 November 2026, 17:00 UTC."""
    if value is None or value == "":
        return UNDEFINED
    local = _local(value)
    return format_html('<time datetime="{}">{}</time>', local.isoformat(), date_format(local, "j F Y, H:i T"))


@register.filter
def due(value: date | datetime | None) -> SafeString | str:
    """Write when something is due: a point in time with its time zone, a day as a day."""
    return moment(value) if isinstance(value, datetime) else day(value)


@register.simple_tag
def table_cells(row: Any) -> SafeString:
    """Write the cells of a row of components/table.html. In Python, since a page may have ten thousand of them."""
    return mark_safe("".join(map(_table_cell, row.cells)))  # noqa: S308  # every text is escaped below


def _table_cell(cell: Any) -> str:
    tag = 'th scope="row"' if cell.header else "td"
    names = [
        "is-numeric" if cell.numeric else "",
        "is-hidden" if cell.hidden else "",
        f"level-{cell.level:d}" if cell.level else "",
        f"indent-{cell.indent:d}" if cell.indent else "",
    ]
    classes = " ".join(filter(None, names))
    start = f'<{tag} class="{classes}">' if classes else f"<{tag}>"
    return f"{start}{_inside(cell)}</{tag[:2]}>"


def _inside(cell: Any) -> str:
    text = escape(cell.text)
    if cell.hidden:
        return _HIDDEN.format(text or UNDEFINED, escape(_("not shown")))
    return f'<a href="{escape(cell.href)}">{text}</a>' if cell.href else str(text)


_HIDDEN: Final = (
    '<span class="suppressed suppressed-short"><span aria-hidden="true">{}</span>'
    '<span class="visually-hidden">{}</span></span>'
)


def _local(value: date | datetime) -> date | datetime:
    aware = isinstance(value, datetime) and timezone.is_aware(value)
    return timezone.localtime(value) if aware and isinstance(value, datetime) else value
