"""Migrations after the first release leave the version before them working, so that processes restart one by one.

tests/released_migrations.txt names, an app a line, the last migration of the first release (`organisation 0007_name`).
While it is empty nothing is released, and every migration may do what it likes.
"""

from pathlib import Path

import pytest
from django.db import migrations, models
from django.db.migrations.loader import MigrationLoader
from django.db.models.functions import Now

OURS = {"lib", "organisation", "assessments", "competencies", "improvement", "reports"}
RELEASED = Path(__file__).parents[2] / "released_migrations.txt"
TAKEN_AWAY = (
    migrations.RemoveField,
    migrations.DeleteModel,
    migrations.RenameField,
    migrations.RenameModel,
    migrations.AlterModelTable,
)


def breaks(operation: migrations.operations.base.Operation) -> str:
    """Return why the version before could not go on beside this operation; empty where it can."""
    if isinstance(operation, TAKEN_AWAY):
        return "the old version still reads and writes what is taken away: remove it one release later"
    if isinstance(operation, migrations.AddField):
        field = operation.field
        if not (field.null or field.has_db_default() or field.many_to_many):
            return "the old version writes rows without this column: null=True, or a default of the database"
    if isinstance(operation, migrations.AddConstraint):
        return "the old version may write rows that break it: check that, and name the migration in CHECKED"
    return ""


# Constraints of which somebody has checked that the version before never writes rows that break them.
CHECKED: set[tuple[str, str]] = set()


def after_the_release() -> list[migrations.Migration]:
    released = dict(line.split() for line in RELEASED.read_text().splitlines() if line.strip())
    found = MigrationLoader(None).disk_migrations
    return [
        migration
        for (app, name), migration in sorted(found.items())
        if app in OURS and app in released and name > released[app]
    ]


def test_the_version_before_goes_on_beside_every_migration_after_the_first_release():
    broken = [
        f"{migration.app_label}.{migration.name}: {why}"
        for migration in after_the_release()
        if (migration.app_label, migration.name) not in CHECKED
        for operation in migration.operations
        if (why := breaks(operation))
    ]

    assert broken == []


@pytest.mark.parametrize(
    ("operation", "why"),
    [
        (migrations.RemoveField("Person", "name"), "taken away"),
        (migrations.RenameField("Person", "name", "label"), "taken away"),
        (migrations.DeleteModel("Person"), "taken away"),
        (migrations.AddField("Person", "x", models.IntegerField(default=0)), "default of the database"),
        (
            migrations.AddConstraint("P", models.CheckConstraint(condition=models.Q(a=1), name="a")),
            "break it",
        ),
    ],
)
def test_what_an_old_version_can_not_bear_is_named(operation, why):
    assert why in breaks(operation)


@pytest.mark.parametrize(
    "operation",
    [
        migrations.AddField("Person", "x", models.IntegerField(null=True)),
        migrations.AddField("Person", "x", models.DateTimeField(db_default=Now())),
        migrations.CreateModel("New", []),
        migrations.AddIndex("Person", models.Index(fields=["name"], name="by_name")),
    ],
)
def test_what_only_adds_is_no_fault(operation):
    assert breaks(operation) == ""


def test_nothing_is_released_that_does_not_exist():
    released = [tuple(line.split()) for line in RELEASED.read_text().splitlines() if line.strip()]

    assert set(released) <= set(MigrationLoader(None).disk_migrations)
