"""Many at once, on a database on disk, from many threads: nothing lost, nothing doubled, no fault."""

import pytest

pytestmark = pytest.mark.xdist_group("installation")


def test_fifty_submits_of_one_person_at_once_leave_one_envelope(installation):
    found = installation.play("storm_of_one", times=50)

    assert found == {"faults": [], "codes": ["4321"]}


def test_two_hundred_people_submit_at_once_and_each_counts_once(installation):
    found = installation.play("storm_of_many", people=200)

    assert found == {"faults": [], "lost": 0, "made up": 0, "counted": 200, "acknowledged": 200}


def test_whoever_was_thanked_before_a_close_in_the_middle_of_the_crowd_is_counted(installation):
    found = installation.play("storm_of_many", people=100, close_meanwhile=True)

    assert (found["faults"], found["lost"], found["made up"]) == ([], 0, 0)
    assert found["counted"] == found["acknowledged"]


def test_pages_of_one_draft_saved_at_once_are_all_kept(installation):
    assert installation.play("storm_of_drafts", pages=30) == {"faults": [], "saved": "5" * 30}


def test_a_crowd_on_a_real_web_server_gets_through_and_each_counts_once(installation):
    found = installation.play("storm_on_the_web", people=200, times=50)

    assert found == {"faults": [], "statuses": {"302": 250}, "each once": True}
