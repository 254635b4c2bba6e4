"""A close that is killed at any point and done again ends with the same result; nothing readable is left on disk."""

import pytest

pytestmark = pytest.mark.xdist_group("installation")
POINTS = {
    "before the commit": True,
    "after the count": True,
    "while the key is destroyed": True,
    "before the certificate": True,
    "before the wipe": True,
    "while wiping": True,
    "never": False,
}


def test_a_close_killed_at_any_point_and_done_again_has_the_same_result(installation):
    found = installation.play("killed_closes")

    assert {name: one["killed"] for name, one in found.items()} == POINTS
    for name, one in found.items():
        certificate = one["certificate"]
        assert one["answers kept"], name
        assert one["counted once"], name
        assert (one["state"], one["key gone"], one["envelopes"]) == ("closed", True, 0), name
        assert (certificate["submitted"], certificate["counted"], certificate["spoiled"]) == (16, 16, 0), name
        assert certificate["wiped"] is True, name
        assert certificate["destroyed_at"], name


def test_before_the_close_no_file_holds_an_answer_and_after_it_none_holds_an_envelope(installation):
    found = installation.play("files")

    assert found["envelopes before"] == found["asked"]
    assert (found["answers before"], found["comments before"]) == (0, 0)
    assert found["envelopes after"] == 0
    assert found["answers after"] == found["asked"]
    assert found["comments after"] >= found["asked"]
    assert found["key"] is False


@pytest.mark.postgresql
def test_no_envelope_stays_in_a_file_for_a_reader_who_still_sees_it_or_a_writer_in_another_database(
    installation,
):
    found = installation.play("files", watched=True)

    assert found["envelopes before"] == found["asked"]
    assert found["envelopes after"] == 0
    assert found["answers after"] == found["asked"]


def test_invitations_lie_in_the_order_of_their_random_ids_whatever_holes_replaced_answers_left(installation):
    assert installation.play("order_with_holes")["ordered"] is True


@pytest.mark.postgresql
def test_without_the_last_step_of_the_wipe_the_holes_would_tell(installation):
    assert installation.play("order_with_holes")["ordered before the wipe"] is False


def test_the_search_finds_envelopes_where_files_are_not_wiped(installation):
    found = installation.play("files", wipes=False)

    assert found["envelopes after"] > 0


def test_an_operator_finishes_an_interrupted_close_by_the_same_command(installation):
    cycle = installation.play("interrupted_close")

    done = installation.manage("close_cycle", cycle["code"])

    assert (done.returncode, done.stderr) == (0, "")
    assert "16 submitted + 0 on paper = 16 counted + 0 spoiled" in done.stdout
    assert installation.play("look", cycle=cycle["cycle"])["key gone"] is True
