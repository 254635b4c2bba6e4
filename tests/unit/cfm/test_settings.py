"""A wrong setting stops the start with one line; a line left empty is a line left out."""

import os
import runpy
import socket
import subprocess
import sys
from argparse import ArgumentTypeError
from pathlib import Path

import pytest
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import CommandError
from environs import EnvError

from cfm.serve import port_number, require_free

ROOT = Path(settings.BASE_DIR)


@pytest.fixture
def read_settings(monkeypatch, tmp_path):
    """Read the settings file anew, with these variables and a data directory of its own."""

    def read(**environment):
        for name, value in {"CFM_DATA_DIR": str(tmp_path), **environment}.items():
            monkeypatch.setenv(name, value)
        return runpy.run_path(str(ROOT / "cfm" / "settings.py"))

    return read


def manage(folder, *arguments, **environment):
    """Run manage.py as an operator would, in a data directory of its own."""
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env={**os.environ, "CFM_DATA_DIR": str(folder), **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATABASE_URL", "nonsense"),
        ("REDIS_URL", "localhost:6379"),
        ("EMAIL_URL", "nonsense"),
        ("PUBLIC_URL", "cfm.example"),
        ("TIME_ZONE", "Mars/Olympus"),
        ("LOG_LEVEL", "loud"),
        ("DJANGO_DEBUG", "perhaps"),
        ("SECOND_FACTOR_ROLES", "hr,king"),
        ("RETAIN_JOBS_DAYS", "1"),
        ("CFM_DATA_DIR", os.devnull),
    ],
)
def test_a_wrong_setting_stops_the_start_and_is_named(read_settings, name, value):
    with pytest.raises((ImproperlyConfigured, EnvError), match=name):
        read_settings(**{name: value})


@pytest.mark.parametrize(
    "environment",
    [
        {"DJANGO_ALLOWED_HOSTS": "127.0.0.1,cfm.example"},
        {"DJANGO_ALLOWED_HOSTS": "*"},
        {"DJANGO_DEBUG": "true"},
    ],
)
def test_demo_mode_is_refused_on_other_hosts_and_with_debug(read_settings, environment):
    with pytest.raises(ImproperlyConfigured, match="CFM_DEMO"):
        read_settings(CFM_DEMO="true", **environment)


def test_the_example_as_it_stands_means_the_defaults(read_settings, tmp_path):
    lines = (ROOT / ".env.example").read_text().splitlines()
    example = dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))

    found = read_settings(**{**example, "CFM_DATA_DIR": str(tmp_path)})

    assert found["DATABASES"]["default"]["NAME"] == str(tmp_path / "db.sqlite3")
    assert found["CELERY_BROKER_URL"] == "memory://"
    assert found["TIME_ZONE"] == "UTC"


def test_a_command_tells_a_wrong_setting_in_one_line(tmp_path):
    command = manage(tmp_path, "cycles", DATABASE_URL="nonsense")

    assert command.returncode == 1
    assert command.stderr.startswith("Settings: ")
    assert command.stderr.count("\n") == 1


def test_a_database_that_does_not_answer_stops_the_server_at_its_start(tmp_path):
    server = manage(tmp_path, "serve", DATABASE_URL=f"sqlite:///{tmp_path}/nowhere/db.sqlite3")

    assert server.returncode == 1
    assert server.stderr.startswith("Database: ")


@pytest.mark.parametrize("port", ["0", "65536", "http", ""])
def test_a_port_that_cannot_exist_is_wrong_usage(port):
    with pytest.raises(ArgumentTypeError):
        port_number(port)


def test_a_taken_port_is_told_before_the_work_begins():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()

        with pytest.raises(CommandError, match="choose another"):
            require_free(port=taken.getsockname()[1])
