"""Scenes that integration tests play in processes of their own (tests/factories/installation.py, `Stage`).

A scene is a function of this package that returns what JSON can hold. python -m tests.factories.scenes reads an order
a line, plays it in a forked child on the database it names, and writes a line with what came of it.
"""

import json
import os
import sys
import traceback
from pathlib import Path
from typing import Any

import django

django.setup()

from django.conf import settings  # noqa: E402
from django.db import connections  # noqa: E402

from cfm.celery import app as celery_app  # noqa: E402
from tests.factories.scenes import closing, commands, crowds, operation, workers  # noqa: E402

SCENES = {**vars(closing), **vars(commands), **vars(crowds), **vars(operation), **vars(workers)}


def perform(order: dict[str, Any]) -> dict[str, Any]:
    """Play one scene on the installation that the order names; returns what it returned, or why it failed."""
    folder = Path(order["folder"])
    settings.DATA_DIR, settings.KEY_DIR, settings.REDIS_URL = folder, folder / "keys", order["broker"]
    connections.settings["default"]["NAME"] = order["database"]
    celery_app.conf.broker_url = order["broker"] or "memory://"
    if order["broker"]:
        celery_app.conf.broker_transport_options = {"socket_connect_timeout": 2, "max_retries": 0}
    try:
        return {"returned": SCENES[order["scene"]](**order["arguments"])}
    except Exception:
        return {"failed": traceback.format_exc()}


def stage() -> None:
    """Play what is ordered until there are no more orders."""
    for line in sys.stdin:
        sys.stdout.flush()
        child = os.fork()
        if child == 0:
            print(json.dumps(perform(json.loads(line)), default=str), flush=True)
            os._exit(0)
        _child, status = os.waitpid(child, 0)
        if status:
            print(json.dumps({"failed": f"ended with status {status}"}), flush=True)


if __name__ == "__main__":
    stage()
