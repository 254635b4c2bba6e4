"""What a business case says, in plain sentences with ranges."""

from django.utils.translation import gettext as _

from cfm.lib.templatetags.cfm import number, percent, trimmed
from improvement.models import CaseInput
from improvement.models.cases import PER_CENT
from improvement.queries.cases import VersionRow
from improvement.rules.business_case import Range, Standing, rough


def money(found: Range, currency: str) -> str:
    """Return an amount that is known as a range, to three figures: EUR 120,000 to 340,000."""
    low, high = number(rough(found.low)), number(rough(found.high))
    if low == high:
        return f"{currency}\u00a0{low}"
    return _("%(currency)s %(low)s to %(high)s") % {"currency": currency, "low": low, "high": high}


def shares(found: Range) -> str:
    """Return a share that is known as a range: 4% to 9%."""
    low, high = percent(found.low), percent(found.high)
    return low if low == high else _("%(low)s to %(high)s") % {"low": low, "high": high}


def figure(one: CaseInput | None, currency: str) -> str:
    """Return an input as it was put in: EUR 12,000 to 15,000; 80 to 84%; 1,200 to 1,300."""
    if one is None:
        return "–"
    if one.kind in PER_CENT:
        low, high = (_("%(number)s%%") % {"number": trimmed(end)} for end in (one.low, one.high))
    else:
        low, high = number(one.low), number(one.high)
    words = low if one.low == one.high else _("%(low)s to %(high)s") % {"low": low, "high": high}
    return words if one.kind in PER_CENT | {CaseInput.Kind.CUSTOMERS} else f"{currency}\u00a0{words}"


def quality(row: VersionRow, currency: str) -> str:
    """Return what poor quality costs; empty where nothing is known of it."""
    found = row.result
    if found.counted is None:
        if found.studies is None:
            return ""
        return _("Studies would lead one to expect that poor quality costs %s a year.") % money(
            found.studies, currency
        )
    told = _("By our own count poor quality costs %s a year.") % money(found.counted, currency)
    if found.share is None or found.standing is None:
        return told
    against = {
        Standing.BELOW: _(
            "That is %s of operating costs; studies found 20%% to 40%%, so some of it may not be seen yet."
        ),
        Standing.WITHIN: _("That is %s of operating costs, in the range of 20%% to 40%% that studies found."),
        Standing.ABOVE: _("That is %s of operating costs, more than the 20%% to 40%% that studies found."),
    }
    return f"{told} {against[found.standing] % shares(found.share)}"


def retention(row: VersionRow, currency: str) -> str:
    """Return what kept customers are worth; empty where that is not known."""
    found = row.result
    if found.gained is None:
        return ""
    raised = row.inputs[CaseInput.Kind.RAISED]
    low, high = trimmed(raised.low), trimmed(raised.high)
    points = low if low == high else _("%(low)s to %(high)s") % {"low": low, "high": high}
    told = {"points": points, "worth": money(found.gained, currency)}
    return _("Keeping %(points)s more of every 100 customers is worth %(worth)s over the years.") % told


def sentence(row: VersionRow | None, currency: str) -> str:
    """Return what a version comes to."""
    if row is None:
        return _("Nothing is put in yet.")
    return " ".join(filter(None, (quality(row, currency), retention(row, currency)))) or _(
        "Operating costs or categories, or all five figures on customers, are still missing."
    )
