"""Loading and exporting framework versions, on the shell and by the service."""

import io
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command, execute_from_command_line

from assessments.instrument import InstrumentError
from assessments.models import Framework
from assessments.models.framework import FrozenError
from assessments.services import frameworks
from assessments.services.frameworks import Outcome, VersionInUseError
from cfm.lib.models import AuditEvent
from tests.factories.assessments import SHIPPED, cycle_draft, small_framework_text

pytestmark = pytest.mark.django_db

TEXT = small_framework_text()
OTHER = TEXT.replace("First block", "Another block")
SAME = TEXT + "# nothing new\n"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "small.yaml"
    path.write_bytes(TEXT.encode())
    return path


def run(*args: str) -> str:
    out = io.StringIO()
    call_command(*args, stdout=out)
    return out.getvalue()


def test_a_new_version_is_created_with_an_audit_line():
    framework, outcome = frameworks.load(text=TEXT, by=7)

    assert outcome == Outcome.CREATED
    assert framework.source == TEXT
    assert framework.instrument.digest == framework.digest
    event = AuditEvent.objects.get()
    assert (event.action, event.subject, event.actor) == ("framework.load", "small:1", 7)


def test_loading_the_same_text_again_changes_nothing():
    first, _outcome = frameworks.load(text=TEXT)

    again, outcome = frameworks.load(text=TEXT)

    assert outcome == Outcome.UNCHANGED
    assert (again.pk, again.loaded_at) == (first.pk, first.loaded_at)
    assert AuditEvent.objects.count() == 1


@pytest.mark.parametrize("text", [OTHER, SAME], ids=["other content", "other layout"])
def test_a_version_that_no_cycle_uses_is_replaced(text):
    frameworks.load(text=TEXT)

    framework, outcome = frameworks.load(text=text)

    assert outcome == Outcome.UPDATED
    assert Framework.objects.get().source == text
    assert framework.instrument == frameworks.check(text=text).instrument


def test_a_version_in_use_refuses_other_content_and_stays_as_it_is():
    cycle_draft(code="spring")

    with pytest.raises(VersionInUseError, match=r"small\.yaml: version 1 of “small” is used by spring"):
        frameworks.load(text=OTHER, filename="small.yaml")

    assert Framework.objects.get().source == TEXT


def test_a_version_in_use_keeps_its_own_layout_when_the_content_is_the_same():
    cycle_draft()

    _framework, outcome = frameworks.load(text=SAME)

    assert outcome == Outcome.UNCHANGED
    assert Framework.objects.get().source == TEXT


def test_a_version_in_use_refuses_to_be_saved():
    cycle_draft()

    with pytest.raises(FrozenError):
        Framework.objects.get().save()


def test_a_second_version_stands_beside_the_first():
    cycle_draft()

    frameworks.load(text=small_framework_text(version=2))

    assert list(Framework.objects.values_list("version", flat=True)) == [1, 2]


def test_a_check_says_what_loading_would_do_and_does_nothing():
    checked = frameworks.check(text=TEXT)

    assert checked.outcome == Outcome.CREATED
    assert not Framework.objects.exists()


def test_a_wrong_file_is_refused_and_nothing_is_kept():
    with pytest.raises(InstrumentError, match=r"small.yaml:2: version"):
        frameworks.load(text=TEXT.replace("version: 1", "version: 0"), filename="small.yaml")

    assert not Framework.objects.exists()


def test_an_instrument_is_read_once_a_process(django_assert_num_queries):
    frameworks.load(text=TEXT)
    first = Framework.objects.get().instrument
    light = Framework.objects.defer("source").get()

    with django_assert_num_queries(0):
        assert light.instrument is first


def test_the_command_says_what_it_did(file):
    assert run("load_framework", str(file)) == (
        "created framework small:1: 2 blocks, 10 items, 1 key components\n"
    )
    assert run("load_framework", str(file)).startswith("unchanged framework small:1")


def test_a_dry_run_writes_nothing(file):
    out = run("load_framework", str(file), "--dry-run")

    assert out.startswith("created framework small:1")
    assert not Framework.objects.exists()


def test_the_command_names_file_and_line_of_every_mistake_and_exits_1(file):
    file.write_text(TEXT.replace("version: 1", "version: x").replace("primary: true", "primary: no"))

    with pytest.raises(CommandError) as caught:
        call_command("load_framework", str(file))

    assert caught.value.returncode == 1
    lines = str(caught.value).splitlines()
    assert lines[0].startswith(f"{file}:2: version: expected a whole number")
    assert lines[1].startswith(f"{file}:10: lenses: one lens must be the primary one")
    assert not Framework.objects.exists()


@pytest.mark.parametrize("content", [b"\xff\xfe", b"code: x\0", b"x" * 1_000_001])
def test_the_command_refuses_files_that_are_no_text(file, content):
    file.write_bytes(content)

    with pytest.raises(CommandError, match=r"small.yaml:1: ") as caught:
        call_command("load_framework", str(file))

    assert caught.value.returncode == 1


def test_the_command_refuses_a_file_that_is_not_there(tmp_path):
    with pytest.raises(CommandError, match="No such file"):
        call_command("load_framework", str(tmp_path / "none.yaml"))


def test_the_command_refuses_to_change_a_version_in_use(file):
    cycle_draft(code="spring")
    file.write_text(OTHER)

    with pytest.raises(CommandError, match="is used by spring and can't change"):
        call_command("load_framework", str(file))


@pytest.mark.parametrize("ends", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_an_exported_file_is_the_loaded_one_byte_for_byte(tmp_path, ends, mark):
    loaded, exported = tmp_path / "in.yaml", tmp_path / "out.yaml"
    loaded.write_bytes((mark + TEXT).replace("\n", ends).encode())
    run("load_framework", str(loaded))

    told = run("export_framework", "small", "-o", str(exported))

    assert told == f"wrote {exported}\n"
    assert exported.read_bytes() == loaded.read_bytes()
    assert run("load_framework", str(exported)).startswith("unchanged")


def test_the_shipped_file_makes_the_round_trip(tmp_path):
    run("load_framework", str(SHIPPED))

    run("export_framework", "customer-focus", "-o", str(tmp_path / "out.yaml"))

    assert (tmp_path / "out.yaml").read_bytes() == SHIPPED.read_bytes()


def test_the_latest_version_is_exported_unless_one_is_named():
    for version in (2, 10):
        frameworks.load(text=small_framework_text(version=version))

    assert run("export_framework", "small") == small_framework_text(version=10)
    assert run("export_framework", "small", "--version", "2") == small_framework_text(version=2)


def test_version_is_ours_and_not_djangos_when_typed_on_the_shell(capsysbinary):
    frameworks.load(text=TEXT)

    execute_from_command_line(["manage.py", "export_framework", "small", "--version", "1"])

    assert capsysbinary.readouterr().out == TEXT.encode()


@pytest.mark.parametrize("args", [["none"], ["small", "--version", "3"]])
def test_a_framework_that_is_not_there_is_refused(args):
    frameworks.load(text=TEXT)

    with pytest.raises(CommandError, match=r"there is: small:1") as caught:
        call_command("export_framework", *args)

    assert caught.value.returncode == 1


def test_a_place_that_cannot_be_written_is_refused(tmp_path):
    frameworks.load(text=TEXT)

    with pytest.raises(CommandError, match="No such file or directory"):
        call_command("export_framework", "small", "-o", str(tmp_path / "none" / "out.yaml"))
