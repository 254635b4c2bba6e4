"""Recognition as facts about a unit: a sentence for its page of counts and for its checklist (KC10)."""

from datetime import timedelta
from typing import Final

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from assessments.facts import Fact
from improvement.queries.recognition import UnitCount, count_of
from organisation.models import Unit

COUNTED: Final = timedelta(days=365)


def fact(row: UnitCount) -> str:
    """Return the counts of a unit as one sentence."""
    if not row.total:
        return _("%(unit)s: no thanks and no award in the last twelve months") % {"unit": row.unit.name}
    thanks = ngettext("%d message of thanks", "%d messages of thanks", row.thanks) % row.thanks
    awards = ngettext("%d award", "%d awards", row.awards) % row.awards
    return _(
        "%(unit)s: %(thanks)s and %(awards)s in the last twelve months, in %(months)d of them; "
        "what is next is named %(ahead)d times"
    ) % {
        "unit": row.unit.name,
        "thanks": thanks,
        "awards": awards,
        "months": row.months,
        "ahead": row.looking_ahead,
    }


def facts_of(unit: str) -> list[Fact]:
    """Return what was given in the unit with this code and those below it; nothing for one that is no more."""
    found = Unit.objects.filter(code=unit).first()
    if found is None:
        return []
    row = count_of(found, since=timezone.localdate() - COUNTED)
    return [Fact(fact(row), f"{reverse('recognition')}?unit={found.code}")]
