"""Installations with processes of their own, one after the other: tests that use them share an xdist group."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.factories import installation as installations
from tests.factories.installation import Installation, Stage


@pytest.fixture(scope="session")
def installation_template(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    with installations.template(tmp_path_factory.mktemp("template")) as made:
        yield made


@pytest.fixture(scope="session")
def stage(installation_template: Installation) -> Iterator[Stage]:
    made = Stage(installation_template.environment)
    yield made
    made.end()


@pytest.fixture
def installation(installation_template: Installation, stage: Stage, tmp_path: Path) -> Iterator[Installation]:
    """A data directory and a migrated database on disk, for processes that the test starts."""
    folder = tmp_path / "installation"
    folder.mkdir()
    with installations.copy(installation_template, folder, stage) as made:
        yield made
