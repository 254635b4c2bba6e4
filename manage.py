#!/usr/bin/env python
"""Run a management command of CFM."""

import os
import sys

from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line
from django.db import OperationalError
from environs import EnvError

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cfm.settings")
    if sys.argv[1:2] == ["demo"]:
        os.environ["CFM_DEMO"] = "true"
        os.environ["DJANGO_DEBUG"] = "false"
    try:
        execute_from_command_line(sys.argv)
    except (EnvError, ImproperlyConfigured) as error:
        sys.exit(f"Settings: {error}")
    except OperationalError as error:
        hint = " Has `manage.py migrate` been run?" if "no such table" in str(error) else ""
        sys.exit(f"Database: {error}.{hint}")
