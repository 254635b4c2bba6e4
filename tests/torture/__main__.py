"""`python -m tests.torture`: break everything, print a table, exit with 1 when a promise is broken."""

import platform
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

from tests.factories.mailserver import MailServer, mail_server
from tests.torture import books, faults
from tests.torture.load import Ledger, Load, Respondent, tokens_of
from tests.torture.plant import ROOT, Plant, ServicePlant, SinglePlant, plant

CODE = "storm"
RECOVERY_SECONDS = 30.0
ITEMS = 43  # of the staff questionnaire: eight blocks of five, three outcomes


@dataclass
class Report:
    """Lines of the table, and the promises that were broken."""

    rows: list[tuple[str, str, str]] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)
    place: str = ""

    def line(self, what: str, figure: str, faults: list[str]) -> None:
        self.rows.append((f"{self.place}: {what}", figure, "broken" if faults else "kept"))
        self.broken += [f"{self.place}: {what}: {fault}" for fault in faults[:5]]
        print(f"{self.rows[-1][2]:<7} {self.rows[-1][0]:<58} {figure}", flush=True)
        for fault in faults[:5]:
            print(f"        {fault}", flush=True)


def organise(made: Plant, people: int, *, k: str = "5") -> None:
    """Units, people and an open cycle, by the commands that operators use."""
    units = made.folder / "units.csv"
    units.write_text("unit,name,parent\nORG,Organisation,\nA,North,ORG\nB,South,ORG\n")
    rows = ["person_id,email,name,unit,manager_id,job_role,roles,active,language"]
    rows += [f"P{n},p{n}@firm.example,Person {n},{'AB'[n % 2]},,,staff,1," for n in range(people)]
    (made.folder / "people.csv").write_text("\n".join(rows) + "\n")
    made.done("migrate", "--verbosity", "0")
    made.done("load_framework", "fixtures/customer_focus_v1.yaml")
    made.done("import_units", str(units))
    made.done("import_people", str(made.folder / "people.csv"))
    made.done("open_cycle", CODE, "--framework", "customer-focus", "--closes", "2099-12-31", "--k", k)


def healthy(made: Plant, seconds: float = 60) -> float:
    """Wait until /healthz is 200; returns how long that took, in seconds. Raises SystemExit when it never is."""
    began = time.monotonic()
    while time.monotonic() - began < seconds:
        try:
            with urlopen(f"http://127.0.0.1:{made.port}/healthz", timeout=5) as answer:
                if answer.status == 200:
                    return time.monotonic() - began
        except (HTTPError, URLError, OSError):
            time.sleep(0.2)
    logs = "\n".join(faults.log_tail(path) for path in sorted(made.folder.glob("*.log")))
    raise SystemExit(f"not well after {seconds} seconds:\n{logs}")


def printed_links(made: Plant, people: int) -> dict[int, str]:
    """A personal link each, made as for letters."""
    lines = made.ask(
        "from assessments.models import Invitation\nfrom assessments.services import links\n"
        f"for row in Invitation.objects.filter(cycle__code={CODE!r}).select_related('person'):\n"
        "    token = links.new_token()\n    links.keep_token(invitation=row.pk, token=token)\n"
        "    print(row.person.person_id[1:], token)"
    )
    return {int(number): token for number, token in (line.split() for line in lines.splitlines())}


def respondents(made: Plant, tokens: dict[int, str]) -> list[Respondent]:
    return [Respondent(number, made.port, token, CODE, ITEMS) for number, token in sorted(tokens.items())]


def break_under_load(made: Plant, load: Load, report: Report, todo: dict[str, Callable[[Any], None]]) -> None:
    """One fault after the other while people answer; each must be over within the promised time."""
    for name, fault in todo.items():
        load.fault = name
        wrong, yes = len(load.wrong), load.ledger.yes
        fault(made)
        mended = time.monotonic()
        while load.ledger.last_yes < mended and time.monotonic() - mended < 2 * RECOVERY_SECONDS:
            time.sleep(0.1)
        took = load.ledger.last_yes - mended
        well = healthy(made)
        slow = (
            [] if 0 <= took <= RECOVERY_SECONDS else [f"no submission for {time.monotonic() - mended:.0f} s"]
        )
        report.line(
            name,
            f"next yes after {max(took, 0):.1f} s, well after {well:.1f} s, {load.ledger.yes - yes} submissions",
            [*load.wrong[wrong:], *slow],
        )
        time.sleep(3)


def mails(made: ServicePlant, server: MailServer, report: Report, people: int) -> None:
    """Invite everybody while the mail server refuses and hangs and workers are killed."""
    made.ask(
        "from assessments.models import Cycle\nfrom assessments.services import invitations\n"
        f"invitations.request_invitations(cycle=Cycle.objects.get(code={CODE!r}))"
    )
    kills = 0
    deadline = time.monotonic() + 150
    for part, act in (
        (0.1, "refuse"),
        (0.3, "kill parent"),
        (0.5, "hang"),
        (0.6, "kill child"),
        (0.8, "kill parent"),
    ):
        while len(server.taken) < part * people and time.monotonic() < deadline:
            time.sleep(0.05)
        if act == "refuse":
            server.refuse = {"MAIL": "451 later"}
            time.sleep(3)
            server.refuse = {}
        elif act == "hang":
            server.hang = 6
            time.sleep(5)
            server.hang = 0
        else:
            kills += 2  # each of two children may have had a mail's yes and no commit
            (faults.worker_killed if act == "kill parent" else faults.worker_child_killed)(made)
    waiting = (
        "from cfm.lib.models import Job\n"
        "print(Job.objects.filter(kind='mail.send').exclude(state='failed').count())"
    )
    while int(made.ask(waiting)) and time.monotonic() < deadline:
        time.sleep(3)
    again = (
        "from assessments.models import Cycle\nfrom assessments.services import invitations\n"
        f"invitations.retry_failed(cycle=Cycle.objects.get(code={CODE!r}))"
    )
    made.ask(again)
    while int(made.ask(waiting)) and time.monotonic() < deadline + 60:
        time.sleep(3)
    twice = len(server.taken) - len({mail["To"] for mail in server.taken})
    report.line(
        "mail server refuses and hangs, workers killed while sending",
        f"{len(server.taken)} mails to {people} people, {twice} twice, {kills} senders killed",
        books.mail_faults(server.taken, people, kills),
    )


def close_in_a_storm(made: Plant, load: Load, report: Report) -> None:
    """Kill the closing process, then let it close, while a thousand submissions arrive."""
    load.fault, load.pause = "the close", 0.0
    before = sum(load.statuses.values())
    dying = subprocess.Popen(
        [sys.executable, "manage.py", "close_cycle", CODE], cwd=ROOT, env=made.environment,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    threading.Timer(2.5, dying.kill).start()
    dying.wait()
    while sum(load.statuses.values()) - before < 300:
        time.sleep(0.1)
    closing = made.manage("close_cycle", CODE)
    after = sum(load.statuses.values())
    while sum(load.statuses.values()) - after < 300:
        time.sleep(0.1)
    load.stop()
    report.line(
        "close killed once and done again under submissions",
        f"{sum(load.statuses.values()) - before} submissions meanwhile",
        [*load.wrong, *([closing.stderr] if closing.returncode else [])],
    )


def check_the_books(made: Plant, load: Load, report: Report) -> None:
    found = books.stored(made, CODE)
    certificate = found["certificate"]
    odd = [] if found["envelopes"] == found["drafts"] == 0 else ["envelopes or drafts are left"]
    report.line(
        "every acknowledged submission stored once, with its last content",
        f"{load.ledger.yes} yes of {len(load.ledger.acknowledged)} people, {len(found['codes'])} stored",
        [*books.faults_of(found, load.ledger), *odd],
    )
    report.line(
        "certificate: submitted + paper = counted + spoiled",
        f"{certificate['submitted']} = {certificate['counted']} + {certificate['spoiled']}",
        []
        if certificate["counted"] == certificate["submitted"] == len(found["codes"])
        else ["counts differ"],
    )
    made.done("score", CODE)
    report.line(
        "scores recomputed from outside", "n and mean of eight blocks", books.figures_apart(made, CODE, found)
    )
    proof = made.manage("check_confidentiality", CODE)
    report.line(
        "check_confidentiality", "exit 0", [] if proof.returncode == 0 else [proof.stdout + proof.stderr]
    )
    statuses = ", ".join(
        f"{status or 'no answer'}: {number}" for status, number in sorted(load.statuses.items())
    )
    report.line("no 5xx but a deliberate 503", statuses, load.wrong)


def restore_elsewhere(made: ServicePlant, report: Report, backup: Path, acknowledged: dict[int, int]) -> None:
    """A backup taken under load, put into an empty installation after the close: all there, and unreadable."""
    with made.database("postgres") as connection:
        connection.execute("CREATE DATABASE elsewhere")
    old = dict(made.environment)
    folder = made.folder / "elsewhere"
    folder.mkdir()
    made.environment |= {
        "CFM_DATA_DIR": str(folder),
        "DATABASE_URL": f"postgres://cfm@127.0.0.1:{made.database_port}/elsewhere",
    }
    restored = made.manage("restore", str(backup))
    held = made.ask(
        "from assessments.models import Invitation\n"
        "print(*Invitation.objects.filter(submitted=True, envelope__isnull=False)"
        ".values_list('person__person_id', flat=True))"
    )
    counted = made.manage("close_cycle", CODE)
    made.environment = old
    missing = {f"P{number}" for number in acknowledged} - set(held.split())
    report.line(
        "backup under load: what was acknowledged before it began",
        f"{len(acknowledged)} acknowledged, {len(held.split())} in it",
        [f"not in the backup: {sorted(missing)[:5]}"] if missing or restored.returncode else [],
    )
    readable = "private key" not in counted.stderr
    report.line("backup from before the close stays unreadable", counted.stderr.strip()[:60],
                ["it could be counted"] if readable else [])  # fmt: skip


def services(report: Report, people: int) -> None:
    report.place = "PostgreSQL, Redis"
    with ExitStack() as stack:
        server = stack.enter_context(mail_server())
        made: ServicePlant = stack.enter_context(plant(ServicePlant))
        made.environment["EMAIL_URL"] = f"smtp://127.0.0.1:{server.port}"
        organise(made, people)
        made.run()
        healthy(made)
        mails(made, server, report, people)
        tokens = {
            int(str(mail["To"]).split("p")[1].split("@")[0]): tokens_of(mail)[0] for mail in server.taken
        }
        load = Load(respondents(made, tokens), Ledger(made.folder / "ledger"))
        load.start()
        half = dict(list(faults.SERVICE_FAULTS.items())[:6])
        break_under_load(made, load, report, half)
        backup, acknowledged = made.folder / "backup.tar", dict(load.ledger.acknowledged)
        made.done("backup", str(backup))
        rest = {name: fault for name, fault in faults.SERVICE_FAULTS.items() if name not in half}
        break_under_load(made, load, report, rest)
        close_in_a_storm(made, load, report)
        check_the_books(made, load, report)
        restore_elsewhere(made, report, backup, acknowledged)


def single(report: Report, people: int) -> None:
    report.place = "SQLite, one process"
    with plant(SinglePlant) as made:
        organise(made, people)
        made.run()
        healthy(made)
        load = Load(respondents(made, printed_links(made, people)), Ledger(made.folder / "ledger"))
        load.start()
        time.sleep(2)
        break_under_load(made, load, report, faults.single_faults(made))
        close_in_a_storm(made, load, report)
        check_the_books(made, load, report)
        if not made.mounted:
            print("not tested: disk full (needs root)", flush=True)
        if not made.faketime:
            print("not tested: clock changes (needs faketime)", flush=True)


def main() -> int:
    began, report = time.monotonic(), Report()
    services(report, people=200)
    single(report, people=60)
    width = max(len(row[0]) for row in report.rows)
    print(f"\n{platform.platform()}, Python {platform.python_version()}, {time.monotonic() - began:.0f} s\n")
    for what, figure, verdict in report.rows:
        print(f"| {what:<{width}} | {verdict} | {figure} |")
    print(f"\n{len(report.broken)} promises broken" if report.broken else "\nall promises kept")
    for fault in report.broken:
        print(f"  {fault}")
    return bool(report.broken)


if __name__ == "__main__":
    sys.exit(main())
