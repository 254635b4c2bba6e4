"""Keeping the library: one competency in the browser, many from a file."""

from collections.abc import Mapping
from typing import Final

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from cfm.lib import audit
from competencies.document import Cells, behaviour_key
from competencies.levels import LEVELS
from competencies.models import Behaviour, Competency
from organisation import values

MAX_NAME: Final = 200
MAX_DEFINITION: Final = 2000
MAX_BEHAVIOUR: Final = 1000


@transaction.atomic
def save(
    *,
    competency: Competency | None,
    code: str,
    name: str,
    kind: str,
    group: str,
    definition: str,
    retired: bool,
    behaviours: Mapping[int, str],
    by: int | None,
) -> Competency:
    """Create a competency (None) or change one; its code stays. behaviours: level → text, empty takes it away.

    Raises ValidationError by field.
    """
    saved = Competency(code=code, slot=next_slot()) if competency is None else competency
    if competency is None and not values.is_code(code):
        raise ValidationError({"code": _("A code begins with a letter or digit and holds no slash.")})
    saved.name, saved.kind, saved.group = name, kind, group
    saved.definition, saved.retired = definition, retired
    saved.full_clean()
    saved.save()
    write_behaviours({saved.pk: behaviours})
    audit.record("library.save", saved.code, by=by)
    return saved


def next_slot() -> int:
    """Return the first place in packed levels that no competency has."""
    highest = Competency.objects.aggregate(Max("slot"))["slot__max"]
    return 0 if highest is None else highest + 1


def write_behaviours(texts: Mapping[int, Mapping[int, str]]) -> None:
    """Bring behaviours to these texts. texts: id of the competency → level → text; empty takes it away."""
    wanted = {(pk, level): text for pk, levels in texts.items() for level, text in levels.items()}
    kept = {(row.competency_id, row.level): row for row in Behaviour.objects.filter(competency__in=texts)}
    gone = [row.pk for key, row in kept.items() if key in wanted and not wanted[key]]
    new = [
        Behaviour(competency_id=pk, level=level, text=text) for (pk, level), text in wanted.items() if text
    ]
    Behaviour.objects.filter(pk__in=gone).delete()
    Behaviour.objects.bulk_create(
        new, update_conflicts=True, unique_fields=["competency", "level"], update_fields=["text"]
    )


def store(wanted: Mapping[str, Cells]) -> None:
    """Write the cells of competencies by code, checked by the caller; cells that are not there stay."""
    kept = {one.code: one for one in Competency.objects.filter(code__in=wanted)}
    slot = next_slot()
    for code, cells in wanted.items():
        one = kept.setdefault(code, Competency(code=code, slot=slot))
        slot += one.pk is None
        for field in ("name", "kind", "definition", "group"):
            setattr(one, field, cells.get(field, getattr(one, field)))
        if "source" in cells:
            one.source = cells["source"].split()
        one.save()
    write_behaviours({kept[code].pk: behaviours_of(cells) for code, cells in wanted.items()})


def behaviours_of(cells: Cells) -> dict[int, str]:
    """Return the behaviours that the cells name, by level."""
    return {level: cells[behaviour_key(level)] for level in LEVELS if behaviour_key(level) in cells}
