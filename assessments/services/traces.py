"""Look for what must not be anywhere: links from answers to people, and answers outside their own table."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from django.apps import apps
from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import connection, models
from django.utils.translation import gettext as _

from assessments.models import (
    AUDIENCES,
    Comment,
    CountPart,
    CubePart,
    Cycle,
    Draft,
    Envelope,
    Invitation,
    PaperFile,
    Response,
)
from organisation.models import Person

# Every column that a table of answers may have; a new one has to be thought about here.
COLUMNS: Final[dict[type[models.Model], set[str]]] = {
    Response: {"id", "cycle_id", "unit_id", "audience", "codes"},
    CubePart: {"id", "cycle_id", "number", "data"},
    CountPart: {"id", "cycle_id", "run", "number", "data"},
    Envelope: {"id", "cycle_id", "invitation_id", "sealed"},
    Draft: {"key", "cycle_id", "sealed"},
    PaperFile: {"id", "cycle_id", "digest"},
    Invitation: {"id", "cycle_id", "person_id", "unit_id", "audience", "submitted"},
}
# What is left of answers after the close.
COUNTED: Final[tuple[type[models.Model], ...]] = (
    Response,
    Comment,
    CountPart,
    CubePart,
)
SHORTEST: Final = 8  # answers of fewer items look like any number
OWN_FIELDS: Final = {(Response, "codes"), (Comment, "text")}
_TEXTS = (models.CharField, models.TextField, models.JSONField)


def links() -> list[str]:
    """Return columns and foreign keys through which answers could be led back to a person or a moment."""
    found = []
    for model in COUNTED:
        found += [f"{model._meta.db_table}.{name}" for name in _telling_fields(model)]
    for model in apps.get_models():
        found += [
            f"{model._meta.db_table}.{field.name} → {Response._meta.db_table}"
            for field in model._meta.get_fields()
            if getattr(field, "concrete", False) and field.related_model is Response
        ]
    return found + unknown_columns()


def unknown_columns() -> list[str]:
    """Return columns of the database's own tables of answers that the models do not have."""
    found = []
    with connection.cursor() as cursor:
        for model, known in COLUMNS.items():
            table = model._meta.db_table
            columns = {row.name for row in connection.introspection.get_table_description(cursor, table)}
            found += [f"{table}.{name}" for name in sorted(columns - known)]
    return found


def _telling_fields(model: type[models.Model]) -> Iterator[str]:
    for field in model._meta.get_fields():
        if isinstance(
            field, models.DateField | models.TimeField | models.DateTimeField | models.GenericIPAddressField
        ):
            yield field.name
        if getattr(field, "concrete", False) and field.related_model in {Person, Invitation}:
            yield f"{field.name} → {field.related_model._meta.db_table}"


def answers_elsewhere() -> list[str]:
    """Return places outside the tables of answers that hold somebody's answers or comment, or look as if they did."""
    known, shapes = _answers(), _shapes()
    return [place for place, text in _texts() if _is_answer(text, known, shapes)]


def _answers() -> tuple[set[str], list[str]]:
    codes = {
        row for row in Response.objects.values_list("codes", flat=True).iterator() if len(row) >= SHORTEST
    }
    comments = [text for text in Comment.objects.values_list("text", flat=True) if len(text) >= SHORTEST]
    return codes, comments


def _shapes() -> set[int]:
    """Lengths of a whole questionnaire's answers, of every cycle that was opened."""
    cycles = Cycle.objects.exclude(opened_at=None).select_related("framework")
    instruments = {cycle.framework_id: cycle.framework.instrument for cycle in cycles}
    sizes = {len(one.closed_items(audience)) for one in instruments.values() for audience in AUDIENCES}
    return {size for size in sizes if size >= SHORTEST}


def _is_answer(text: str, known: tuple[set[str], list[str]], shapes: set[int]) -> bool:
    codes, comments = known
    for run in re.findall(rf"[0-9abx]{{{SHORTEST},}}", text):
        for size in shapes:
            if len(run) == size and re.search(rf"(?<![0-9A-Za-z]){run}(?![0-9A-Za-z])", text):
                return True
            if any(run[i : i + size] in codes for i in range(len(run) - size + 1)):
                return True
    return any(comment in text for comment in comments)


def _texts() -> Iterator[tuple[str, str]]:
    """Yield (place, text) of every text in every table, of sessions, and of mails kept as files."""
    for model in apps.get_models():
        if model is Session or model._meta.proxy:
            continue
        names = [f.name for f in model._meta.concrete_fields if isinstance(f, _TEXTS)]
        names = [name for name in names if (model, name) not in OWN_FIELDS]
        if names:
            yield from _rows(model, names)
    for session in Session.objects.iterator():
        yield f"django_session {session.session_key[:8]}…", json.dumps(session.get_decoded(), default=str)
    yield from _mails()


def _rows(model: type[models.Model], names: list[str]) -> Iterator[tuple[str, str]]:
    manager: Any = model._default_manager
    for row in manager.values_list("pk", *names).iterator(chunk_size=2000):
        for name, value in zip(names, row[1:], strict=True):
            if isinstance(value, str) and len(value) < SHORTEST:
                continue
            if value not in (None, "", {}, []):
                text = value if isinstance(value, str) else json.dumps(value, default=str, ensure_ascii=False)
                yield f"{model._meta.db_table}.{name} {row[0]}", text


def _mails() -> Iterator[tuple[str, str]]:
    folder = getattr(settings, "EMAIL_FILE_PATH", None)
    for path in sorted(Path(folder).glob("*")) if folder and Path(folder).is_dir() else []:
        yield _("mail {name}").format(name=path.name), path.read_text(encoding="utf-8", errors="replace")
