"""An installation without a demo: ten people of all roles in two units, and no cycle yet."""

import email
import email.policy
import re
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.conftest import ROOT, demo_environment

UNITS = "unit,name,parent\nORG,Harbour Ferries,\nSER,Service,ORG\nSAL,Sales,ORG\n"
PEOPLE = """person_id,email,name,unit,manager_id,job_role,roles,active,language
P01,admin@demo.example,Ada Admin,SER,,,administrator,1,en
P02,hr@demo.example,Hal Human,SAL,,,hr,1,en
P03,executive@demo.example,Eve Executive,SER,,,executive,1,en
P04,auditor@demo.example,Ann Auditor,SAL,,,auditor,1,en
P05,manager@demo.example,Max Manager,SER,P03,,manager,1,en
P06,lead@demo.example,Lou Lead,SAL,P03,,manager,1,en
P07,resumes@demo.example,Rae Resumes,SER,P05,,staff,1,en
P08,keyboard@demo.example,Kay Keyboard,SAL,P06,,staff,1,en
P09,reminded@demo.example,Rob Reminded,SER,P05,,staff,1,en
P10,late@demo.example,Lea Late,SAL,P06,,staff,1,en
"""
PREPARE = """
import io, sys
import django
django.setup()
from django.core.management import call_command
call_command("migrate", verbosity=0)
call_command("load_framework", "fixtures/customer_focus_v1.yaml")
call_command("import_units", sys.argv[1])
call_command("import_people", sys.argv[2])
from organisation.models import Person
for person in Person.objects.filter(email__in=sys.argv[3:]):
    person.set_password("demo")
    person.save()
"""
SIGN_IN = ("admin", "hr", "executive", "auditor", "manager", "lead")
CYCLE = "spring"
LINK = re.compile(r"https?://\S+/assess/t/[\w-]+/")


@dataclass
class Ferries:
    """An installation without a demo."""

    address: str
    folder: Path

    def links(self, name: str) -> list[str]:
        """Return the personal links in this person's mails, the oldest first."""
        found = []
        for file in sorted((self.folder / "mail").iterdir(), key=lambda one: one.stat().st_mtime_ns):
            for part in re.split(r"^-{79}$", file.read_text(encoding="utf-8"), flags=re.MULTILINE):
                message = email.message_from_string(part.lstrip(), policy=email.policy.default)
                if f"{name}@demo.example" in str(message["To"]):
                    body = message.get_body(("plain",))
                    assert body is not None
                    found += LINK.findall(body.get_content())
        return found

    def pass_announced_close(self) -> None:
        """Let the announced time be over since a second: the clock can't be turned, so the time is moved."""
        over = (datetime.now(UTC) - timedelta(seconds=1)).strftime("%Y-%m-%d %H:%M:%S.%f")
        with closing(sqlite3.connect(self.folder / "db.sqlite3", timeout=20)) as database, database:
            database.execute("UPDATE assessments_cycle SET closes_at = ? WHERE code = ?", [over, CYCLE])


def install(folder: Path) -> None:
    """Make the installation in a folder."""
    (folder / "units.csv").write_text(UNITS, encoding="utf-8")
    (folder / "people.csv").write_text(PEOPLE, encoding="utf-8")
    environment = demo_environment(folder) | {"DJANGO_SETTINGS_MODULE": "cfm.settings"}
    files = [str(folder / "units.csv"), str(folder / "people.csv")]
    subprocess.run(
        [sys.executable, "-c", PREPARE, *files, *(f"{name}@demo.example" for name in SIGN_IN)],
        cwd=ROOT,
        env=environment,
        check=True,
        capture_output=True,
        text=True,
        timeout=400,
    )
