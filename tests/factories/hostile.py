"""Fill every name and text of an installation with what must never run: for tests, in a copy of the demo.

Run as `manage.py shell -c "from tests.factories import hostile; hostile.fill()"`.
"""

from itertools import count
from typing import Final

from django.apps import apps
from django.db.models import CharField, Field, Model, TextField, Value
from django.db.models.functions import Cast, Concat

MARK: Final = "zzcanary"
PAYLOADS: Final = (
    f"<img src={MARK} onerror=alert(1)>",
    f'"><script>alert("{MARK}")</script>',
    f"=cmd|' /C {MARK}'!A0",
    f"\u202e{MARK}</title></textarea><svg/onload=alert(2)>",
    f"{{{{7*7}}}}${{7*7}} {MARK} %(x)s %s {{0}} '+alert(3)+'",
)
APPS: Final = ("organisation", "assessments", "competencies", "improvement", "reports")
# Names by which rows are found, kinds, digests and packed figures: no free text.
LEFT: Final = frozenset(
    {
        *(
            "code",
            "person_id",
            "email",
            "password",
            "language",
            "currency",
            "key",
            "digest",
            "codes",
            "source",
        ),
        *(
            "key_component",
            "block",
            "dimension",
            "lens",
            "audience",
            "kind",
            "state",
            "action",
            "subject",
            "theme",
        ),
        *(
            "item_digest",
            "key_fingerprint",
            "media_type",
            "target_cycle",
            "cycle_code",
            "value",
            "number",
            "rater",
        ),
        *(
            "self_levels",
            "manager_levels",
            "self_days",
            "manager_days",
            "sha256",
            "version",
            "reason",
            "name_key",
        ),
    }
)
SKIPPED: Final = frozenset(
    {"Framework", "Figure", "Analysis", "Distribution", "CubePart", "Release", "EntryEvent"}
)


def fill() -> int:
    """Overwrite every free text of every row; returns how many columns were filled."""
    payloads = count()
    filled = 0
    for model in apps.get_models():
        if model._meta.app_label not in APPS or model.__name__ in SKIPPED:
            continue
        for field in model._meta.concrete_fields:
            if is_text(field):
                _fill(model, field, PAYLOADS[next(payloads) % len(PAYLOADS)])
                filled += 1
    return filled


def is_text(field: Field) -> bool:
    plain = type(field) in (CharField, TextField)
    return plain and not (field.choices or field.primary_key or field.name in LEFT)


def _fill(model: type[Model], field: Field, payload: str) -> None:
    """Write the payload, with the row's id behind it where there is room: some names are unique."""
    room = (field.max_length or 1000) - 20
    rows = model._base_manager.exclude(**{field.name: ""}) if field.blank else model._base_manager.all()
    text = Concat(Value(payload[:room]), Value(" "), Cast("pk", CharField(max_length=20)))
    rows.update(**{field.name: text})
