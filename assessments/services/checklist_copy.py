"""Taking a checklist over from an earlier cycle: what is said there and not yet here, with its files."""

from collections.abc import Collection

from django.db import transaction
from django.utils.translation import gettext as _

from assessments.models import ChecklistEntry, Cycle
from assessments.queries import checklists as queries
from assessments.services.checklists import Values, require_editable, store, values_of
from assessments.services.cycles import locked
from assessments.services.evidence import share_files
from cfm.lib import audit

Place = tuple[int, str]


@transaction.atomic
def copy_forward(*, source: Cycle, cycle: Cycle, units: Collection[str], by: int | None) -> int:
    """Say of the units (codes) what the source says of them, where nothing is said yet; returns how many entries.

    Owners who have left, key components that the new framework does not have and verdicts stay behind: what was
    reviewed was the state of then. Raises ChecklistClosedError unless the cycle is opened and not yet published.
    """
    cycle = locked(cycle.pk)
    require_editable(cycle)
    places = dict(cycle.units.filter(code__in=units).values_list("code", "pk"))
    old = {
        (places[entry.unit.code], entry.key_component): entry
        for entry in queries.to_copy(source, cycle, units)
    }
    copied = store(
        cycle,
        {place: _values(entry) for place, entry in old.items()},
        by=by,
        note=_("taken over from %s") % source.title[:400],
    )
    new = ChecklistEntry.objects.filter(cycle=cycle, unit__in={unit for unit, _code in old})
    share_files({old[key].pk: entry for entry in new if (key := (entry.unit_id, entry.key_component)) in old})
    if copied:
        audit.record("checklist.copy", cycle.code, by=by, source=source.pk, entries=copied)
    return copied


def _values(entry: ChecklistEntry) -> Values:
    values = values_of(entry)
    if entry.owner is None or entry.owner.is_active:
        return values
    return Values(values.state, None, values.due, values.evidence, values.note)
