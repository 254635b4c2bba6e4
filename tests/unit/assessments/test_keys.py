"""The private key of a cycle: a file of its own, destroyed by the close."""

import stat

import pytest
from django.core.management import CommandError, call_command

from assessments.models import Cycle
from assessments.services import keys
from assessments.services.errors import KeyFileError
from cfm.lib.models import AuditEvent
from tests.factories import assessments as make


def only_file(settings):
    (path,) = settings.KEY_DIR.glob("*.key")
    return path


def test_a_key_is_read_again_by_its_public_half():
    pair = keys.create()

    again = keys.read(pair.public)

    assert (bytes(again.private), again.paper_secret) == (bytes(pair.private), pair.paper_secret)


def test_a_key_file_is_for_this_user_alone(settings):
    keys.create()

    assert stat.S_IMODE(only_file(settings).stat().st_mode) == 0o600
    assert stat.S_IMODE(settings.KEY_DIR.stat().st_mode) == 0o700


def test_a_missing_key_is_reported():
    with pytest.raises(KeyFileError, match="not in the key folder"):
        keys.read(bytes(32))


def test_a_key_that_was_cut_off_is_reported(settings):
    pair = keys.create()
    path = only_file(settings)
    path.write_bytes(path.read_bytes()[:40])

    with pytest.raises(KeyFileError, match="damaged"):
        keys.read(pair.public)


def test_the_key_of_another_cycle_is_reported(settings):
    pair = keys.create()
    path = only_file(settings)
    path.write_bytes(bytes(keys.create().private) + bytes(32))

    with pytest.raises(KeyFileError, match="not the key of this cycle"):
        keys.read(pair.public)


def test_a_destroyed_key_is_gone_and_destroying_it_again_is_no_fault(settings):
    pair = keys.create()

    keys.destroy(pair.public)
    keys.destroy(pair.public)

    assert not keys.exists(pair.public)
    assert list(settings.KEY_DIR.glob("*.key")) == []


def test_a_key_is_overwritten_before_its_name_is_removed(settings, monkeypatch):
    pair = keys.create()
    path = only_file(settings)
    monkeypatch.setattr("pathlib.Path.unlink", lambda self: None)

    keys.destroy(pair.public)

    assert bytes(pair.private) not in path.read_bytes()
    assert pair.paper_secret not in path.read_bytes()


def test_a_key_is_read_only_where_a_cycle_is_counted_or_paper_imported():
    """Whoever adds another reader has to say so here."""
    from pathlib import Path

    import assessments

    root = Path(assessments.__file__).parents[1]
    sources = [path for app in root.iterdir() if (app / "apps.py").exists() for path in app.rglob("*.py")]
    readers = {path.name for path in sources if "keys.read(" in path.read_text(encoding="utf-8")}

    assert readers == {"counting.py", "paper.py"}


def test_a_recovery_copy_stands_in_for_a_lost_key(tmp_path, settings):
    pair = keys.create(recovery=tmp_path / "copy")
    only_file(settings).unlink()

    keys.restore(pair.public, recovery=tmp_path / "copy")

    assert bytes(keys.read(pair.public).private) == bytes(pair.private)
    assert stat.S_IMODE((tmp_path / "copy").stat().st_mode) == 0o600


def test_a_recovery_copy_never_overwrites_a_file_and_leaves_no_key_behind(tmp_path, settings):
    (tmp_path / "copy").write_text("something else")

    with pytest.raises(KeyFileError, match="File exists"):
        keys.create(recovery=tmp_path / "copy")
    assert (tmp_path / "copy").read_text() == "something else"
    assert not list(settings.KEY_DIR.glob("*.key"))


def test_the_recovery_copy_of_another_cycle_is_refused(tmp_path, settings):
    keys.create(recovery=tmp_path / "copy")
    other = keys.create()

    with pytest.raises(KeyFileError, match="not the key of this cycle"):
        keys.restore(other.public, recovery=tmp_path / "copy")


@pytest.mark.django_db
def test_a_cycle_whose_key_is_lost_is_closed_with_the_recovery_copy_which_ends_with_it(tmp_path, settings):
    make.organisation()
    make.framework_row()
    copy = tmp_path / "copy"
    call_command("open_cycle", "c", "--framework", "small", "--recovery-copy", str(copy))
    cycle = Cycle.objects.get(code="c")
    make.submitted(cycle)
    only_file(settings).unlink()

    with pytest.raises(CommandError, match="not in the key folder"):
        call_command("close_cycle", "c")
    assert not AuditEvent.objects.filter(action="cycle.close").exists()
    call_command("close_cycle", "c", "--recovery-copy", str(copy))

    cycle.refresh_from_db()
    assert cycle.close_certificate["counted"] == 16
    assert not copy.exists()
    assert not list(settings.KEY_DIR.glob("*.key"))


@pytest.mark.django_db
def test_a_file_that_is_not_the_copy_of_this_key_is_neither_used_nor_destroyed(tmp_path):
    cycle = make.closed_cycle()
    other = tmp_path / "thesis"
    other.write_bytes(b"x" * 64)

    with pytest.raises(CommandError, match="not the key of this cycle"):
        call_command("close_cycle", cycle.code, "--recovery-copy", str(other))
    assert other.read_bytes() == b"x" * 64
