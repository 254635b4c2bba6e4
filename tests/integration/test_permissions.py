"""Every address × every role gets what tests/permissions.yaml says; an address that is not listed there fails."""

import hashlib
import re
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.conf import settings
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction
from django.http import HttpResponse
from django.test import Client, override_settings
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import timezone

from assessments.models import (
    ChecklistEntry,
    Comment,
    Cycle,
    CycleUnit,
    EvidenceFile,
    Invitation,
    Release,
    Transformation,
)
from assessments.services.checklists import set_entry
from cfm.lib.models import AuditEvent, Job
from improvement.services import actions
from organisation.models import Person, Unit
from reports.models import Norm, Pack
from reports.services import packs
from tests.factories import assessments as make
from tests.factories import customers, improvement, reports
from tests.factories.organisation import PersonFactory, UnitFactory

DATA = yaml.safe_load(Path(__file__).parents[1].joinpath("permissions.yaml").read_text(encoding="utf-8"))
ROLES = DATA["roles"]
UNITS = {"ORG": None, "NORTH": "ORG", "DEPOT": "NORTH", "SOUTH": "ORG"}
AUDIT = AuditEvent._meta.db_table
READS = re.compile(
    r"SELECT|EXPLAIN|SAVEPOINT|RELEASE|ROLLBACK|WITH (RECURSIVE )?__|\\w+ (INTO )?.?django_session"
)
UNWATCHED = {"django_session", "django_migrations", AUDIT}

pytestmark = pytest.mark.django_db


@dataclass(frozen=True)
class Case:
    """One line of the matrix: what each role gets at an address."""

    name: str
    method: str
    path: str
    expected: dict[str, str]
    body: dict[str, str]
    file: str
    audited: bool

    def __str__(self) -> str:
        detail = "-".join([*self.body.values(), self.file])[:40]
        return re.sub(r"[^\w/.?=-]+", "_", f"{self.method} {self.path} {detail}").strip("_")


def _case(line: dict[str, Any]) -> Case:
    method = "get" if "get" in line else "post"
    statuses = line["expect"].split()
    if len(statuses) != len(ROLES):
        raise ValueError(f"{line[method]}: {len(statuses)} statuses for {len(ROLES)} roles")
    expected = dict(zip(ROLES, statuses, strict=True))
    details = (line.get("body", {}), line.get("file", ""), line.get("audited", False))
    return Case(line["name"], method, line[method], expected, *details)


CASES = [_case(line) for line in DATA["cases"]]
POSTED = {case.name for case in CASES if case.method == "post"}
READ_ONLY = {case.name: case for case in CASES if case.name not in POSTED}


# The world


@dataclass(frozen=True)
class World:
    """What the cases find: one session a role, and words of the cases that stand for ids."""

    cookies: dict[str, dict[str, str]]
    words: dict[str, str]
    tables: dict[str, str]

    def client(self, role: str) -> Client:
        """A fresh browser in which this role is signed in."""
        client = Client()
        client.cookies = SimpleCookie(self.cookies[role])
        return client


@pytest.fixture(scope="module")
def world(django_db_setup, django_db_blocker, tmp_path_factory) -> Iterator[World]:
    """Make the world once; every case plays in it and is undone."""
    keys = tmp_path_factory.mktemp("keys")
    with django_db_blocker.unblock(), undone(), override_settings(KEY_DIR=keys):
        yield make_world()


@contextmanager
def undone() -> Iterator[None]:
    """Whatever happens inside leaves no trace in the database."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def make_world() -> World:
    reports.live_units(UNITS)
    people = _people()
    make.organisation(units=UNITS, people={"NORTH": (8, 1), "DEPOT": (6, 0), "SOUTH": (6, 1)})
    reports.published("public", units=UNITS)
    reports.published("hidden", units=UNITS, state=Cycle.State.SCORED, visible=False)
    _cycles(list(people.values()))
    _goals(people["staff"])
    for code in ("NORTH", "SOUTH"):
        Transformation.objects.create(
            code=f"{code}-1",
            title=code.title(),
            unit=Unit.objects.get(code=code),
            framework=reports.framework(),
            starts=date(2026, 1, 1),
        )
    _processes()
    _actions(people["staff"])
    UnitFactory(code="EMPTY", parent=people["hr_south"].role_grants.get().unit)
    job = Job.objects.create(
        kind="cycle.score",
        key="closed",
        state=Job.State.FAILED,
        not_before=timezone.now(),
        asked_by=people["hr"].pk,
    )
    closed = Cycle.objects.get(code="closed")
    comment = Comment.objects.create(cycle=closed, unit=closed.units.get(position=0), text="More chairs.")
    words = {
        "EVIDENCE": str(_evidence().pk),
        "JOB": str(job.pk),
        "FRAMEWORK": str(make.framework_row().pk),
        "COMMENT": str(comment.pk),
        "PACK": str(_pack().pk),
        **improvement.ideas(people["staff"], people["manager"], Unit.objects.get(code="SOUTH")),
        "COMMITMENT1": str(improvement.commitment(people["manager"]).pk),
        "REFLECTION1": str(improvement.reflection(people["manager"]).pk),
        "THANKS": str(improvement.thanks(people["manager"], people["staff"]).pk),
        "NORM": str(Norm.objects.create(code="peers", title="Peers", source="A study").pk),
    }
    words |= {
        "MESSAGE_ORG": str(improvement.message("To all", unit=Unit.objects.get(code="ORG")).pk),
        "MESSAGE": str(improvement.message("To NORTH", unit=Unit.objects.get(code="NORTH")).pk),
    }
    words |= customers.register(Unit.objects.get(code="NORTH"), Unit.objects.get(code="SOUTH"))
    return World({role: _signed_in(people.get(role)) for role in ROLES}, words, fingerprint())


def _pack() -> Pack:
    """Keep a board pack of NORTH in `public`."""
    unit = CycleUnit.objects.get(cycle__code="public", code="NORTH")
    release = Release.objects.get(cycle__code="public")
    files = [("board-pack.pdf", b"%PDF-1.4")]
    return packs.store(release=release.pk, unit=unit.pk, language="en-gb", files=files)


def _evidence() -> EvidenceFile:
    """Say something of KC01 in NORTH, in a cycle and the one before, and keep a file with it."""
    for code, state in (("theirs", "planned"), ("running", "partly")):
        cycle = Cycle.objects.get(code=code)
        set_entry(cycle=cycle, unit=cycle.units.get(code="NORTH"), key_component="KC01", state=state)
    entry = ChecklistEntry.objects.get(cycle__code="running")
    details = {"name": "x.txt", "media_type": "text/plain", "size": 1, "digest": "0" * 64}
    file: EvidenceFile = EvidenceFile.objects.create(entry=entry, stored=uuid.UUID(int=7), **details)
    return file


@pytest.fixture(autouse=True)
def _content_of_the_file(settings: Any, _own_data_directory: None) -> None:
    folder = settings.DATA_DIR / "uploads" / "evidence"
    folder.mkdir(parents=True)
    (folder / uuid.UUID(int=7).hex).write_bytes(b"x")


def _people() -> dict[str, Person]:
    units = make.organisation(units=UNITS, people={})
    for name in ("NORTH", "DEPOT", "SOUTH"):
        PersonFactory(person_id=f"P-{name}", unit=units[name])
    homes = {"staff": "NORTH", "manager": "NORTH"}
    people = {}
    for role in ROLES[1:]:
        name = {"hr_south": "hr", "admin_south": "administrator"}.get(role, role)
        reach = {name: units["SOUTH"]} if role.endswith("_south") else {name: None}
        held = {} if role == "staff" else reach
        people[role] = PersonFactory(person_id=f"P-{role}", unit=units[homes.get(role, "ORG")], roles=held)
        people[role].set_password("correct horse battery")
        people[role].save()
    return people


def _goals(staff: Person) -> None:
    for code, unit in {"GORG": "ORG", "GN": "NORTH", "GS": "SOUTH"}.items():
        improvement.goal(code, unit=Unit.objects.get(code=unit))
    improvement.indicator(improvement.goal("GP", person=staff))


def _processes() -> None:
    for code, unit in {"PORG": "ORG", "PN": "NORTH", "PS": "SOUTH"}.items():
        process = improvement.process(code, unit=Unit.objects.get(code=unit))
        improvement.audited(process, date(2026, 1, 31), ["customer", "organisation"])
        improvement.business_case(f"B{code}", unit=process.unit, rework=(10, 20))


def _actions(staff: Person) -> None:
    for code, unit, owner in [
        ("AORG", "ORG", None),
        ("AN", "NORTH", None),
        ("AS", "SOUTH", None),
        ("AOWN", "SOUTH", staff),
    ]:
        found = improvement.action(code, unit=Unit.objects.get(code=unit), owner=owner)
        actions.save_step(action=found, step=None, text="Begin", done_on=None, by=None)


def _cycles(people: list[Person]) -> None:
    for code in ("closed", "running", "theirs"):
        make.cycle_draft(code=code, closes_at=datetime(2090, 5, 31, tzinfo=UTC))
    for cycle in Cycle.objects.filter(code__in=["closed", "running", "theirs"]):
        make.cycles.open_cycle(cycle=cycle)
    make.counting.count(cycle=Cycle.objects.get(code="closed").pk)
    make.cycle_draft(code="sketch")
    Invitation.objects.filter(cycle__code="theirs", person__in=people).delete()


def _signed_in(person: Person | None) -> dict[str, str]:
    client = Client()
    if person is not None:
        client.force_login(person, backend=settings.AUTHENTICATION_BACKENDS[0])
        session = client.session  # somebody who has just proved again who they are
        session["account_authentication_methods"] = [
            {"method": "password", "at": time.time() + 10**6, "reauthenticated": True}
        ]
        session["account_authentication_methods_user"] = str(person.pk)
        session.save()
    return {name: morsel.value for name, morsel in client.cookies.items()}


# Asking


def ask(world: World, role: str, case: Case) -> HttpResponse:
    """Send the case's request as this role."""
    path = case.path
    for word, value in world.words.items():
        path = path.replace(word, value)
    body: dict[str, Any] = {name: world.words.get(value, value) for name, value in case.body.items()}
    if case.file:
        body["file"] = SimpleUploadedFile("upload.csv", case.file.encode())
    response: HttpResponse = getattr(world.client(role), case.method)(path, body)
    if response.streaming:
        b"".join(response)
    return response


def answer(response: HttpResponse) -> str:
    """Return the status as the matrix writes it."""
    location = response.headers.get("Location", "")
    return "login" if response.status_code == 302 and "/login/" in location else str(response.status_code)


def fingerprint() -> dict[str, str]:
    """Return a checksum of every table but those of sessions, migrations and the audit log."""
    found = {}
    with connection.cursor() as cursor:
        for table in sorted(set(connection.introspection.table_names(cursor)) - UNWATCHED):
            cursor.execute(f'SELECT * FROM "{table}"')
            rows = sorted(repr([_plain(value) for value in row]) for row in cursor.fetchall())
            found[table] = hashlib.sha256("\n".join(rows).encode()).hexdigest()
        cursor.execute(f'SELECT count(*) FROM "{AUDIT}"')
        found[AUDIT] = str(cursor.fetchone()[0])
    return found


@contextmanager
def writes() -> Iterator[list[str]]:
    """Collect the statements inside the block that may change a row of a watched table."""
    statements: list[str] = []

    def watch(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if not READS.match(sql):
            statements.append(sql)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(watch):
        yield statements


def _plain(value: Any) -> Any:
    return bytes(value) if isinstance(value, memoryview) else value


# The tests


@pytest.mark.parametrize("case", CASES, ids=str)
def test_every_role_gets_what_the_matrix_says(world: World, case: Case) -> None:
    found, changed = _play(world, case)

    assert found == case.expected
    assert changed == {}


def _play(world: World, case: Case) -> tuple[dict[str, str], dict[str, list[str]]]:
    """Return what each role gets, and the tables changed where nothing may change: by a GET or a refusal."""
    found, changed = {}, {}
    for role in ROLES:
        cache.clear()  # of what allauth counts against guessing
        with undone():
            with writes() as written:
                found[role] = answer(ask(world, role, case))
            if written and (case.method == "get" or found[role][0] in "4l"):
                now = fingerprint()
                tables = [name for name, sum_ in world.tables.items() if now[name] != sum_]
                tables = [name for name in tables if not (case.audited and name == AUDIT)]
                changed |= {role: tables} if tables else {}
    return found, changed


@pytest.mark.parametrize("name", sorted(READ_ONLY))
def test_an_address_without_a_line_for_post_refuses_post(world: World, name: str) -> None:
    line = READ_ONLY[name]
    case = Case(name, "post", line.path, {}, {}, "", False)

    found, changed = _play(world, case)

    assert {found[role] for role in ROLES[1:]} <= {"405", "403", "404"}
    assert found["anonymous"] in {"login", "405", "403"}
    assert changed == {}


def test_every_address_has_a_line() -> None:
    listed = {case.name for case in CASES}

    served = {name for path, name in _addresses(get_resolver()) if not path.startswith("admin/")}

    assert served == listed


def _addresses(resolver: URLResolver, above: str = "") -> Iterator[tuple[str, str | None]]:
    for found in resolver.url_patterns:
        path = above + str(found.pattern)
        if isinstance(found, URLPattern):
            yield path, found.name
        else:
            yield from _addresses(found, path)


def _admin_paths() -> list[str]:
    paths = [path for path, _name in _addresses(get_resolver()) if path.startswith("admin/")]
    filled = [re.sub(r"<[^>]+>", "1", path.replace("^(?P<app_label>", "(?P<app_label>")) for path in paths]
    plain = [path for path in filled if "(" not in path]
    return sorted({f"/{path}" for path in plain} | {"/admin/organisation/", "/admin/anything-else/"})


@pytest.mark.parametrize("role", [role for role in ROLES if role not in {"administrator", "admin_south"}])
def test_the_admin_refuses_whoever_is_no_administrator(world: World, role: str) -> None:
    client = world.client(role)

    got = {
        (method, path): getattr(client, method)(path) for path in _admin_paths() for method in ("get", "post")
    }

    let_in = [key for key, response in got.items() if answer(response) not in {"login", "403", "404"}]
    assert [key for key in let_in if key[1] not in {"/admin/login/", "/admin/logout/"}] == []


def test_the_admin_shows_a_narrowed_administrator_nothing_out_of_reach(world: World) -> None:
    client = world.client("admin_south")
    north = Person.objects.get(person_id="P-NORTH")

    shown = client.get("/admin/organisation/person/").content.decode()
    hidden = client.get(f"/admin/organisation/person/{north.pk}/change/")

    assert "P-SOUTH" in shown
    assert "P-NORTH" not in shown
    assert hidden.status_code in {302, 404}


def test_a_get_of_the_admin_changes_nothing(world: World) -> None:
    client = world.client("administrator")

    for path in _admin_paths():
        client.get(path)

    assert fingerprint() == world.tables


def test_a_job_is_named_by_an_id_nobody_can_guess(world: World) -> None:
    assert uuid.UUID(world.words["JOB"]).version == 4
