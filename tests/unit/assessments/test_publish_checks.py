"""What is said before publishing."""

import pytest
from django.test import Client

from assessments.models import ChecklistEntry, Comment, Cycle, Release
from assessments.queries.publishing import checks
from tests.factories import assessments as make
from tests.factories.organisation import PersonFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def cycle():
    cycle = make.open_cycle(code="spring", people={"ORG": (10, 0), "NORTH": (10, 0), "SOUTH": (3, 0)})
    make.submitted(cycle, rows=make.invitations(cycle, unit__code="ORG"))
    make.submitted(cycle, rows=make.invitations(cycle, unit__code="NORTH")[:3])
    Cycle.objects.filter(pk=cycle.pk).update(state="scored")
    return Cycle.objects.get(pk=cycle.pk)


def said(cycle):
    return {check.sentence: check.state for check in checks(cycle)}


def test_units_below_the_goal_are_named_with_a_rounded_share_and_small_ones_are_not(cycle):
    found = said(cycle)

    assert "Turnout is below the goal of 70 %: Unit Org 50 to 59 %, Unit North 30 to 39 %." in found
    assert "South" not in "".join(found)


def test_a_goal_that_is_reached_is_fine(cycle):
    cycle.turnout_goal = 30

    assert said(cycle)["Turnout reached the goal of 30 % wherever it is shown."] == "fine"


def test_a_block_without_evidence_is_named_and_one_with_evidence_is_not(cycle):
    before = said(cycle)

    ChecklistEntry.objects.create(
        cycle=cycle, unit=cycle.units.get(code="NORTH"), key_component="KC01", state="partly"
    )

    assert before["There is no evidence for B1 First block."] == "consider"
    assert said(cycle)["There is evidence for every block."] == "fine"


def test_an_entry_that_does_not_apply_is_no_evidence(cycle):
    ChecklistEntry.objects.create(
        cycle=cycle, unit=cycle.units.get(code="NORTH"), key_component="KC01", state="not_applicable"
    )

    assert "There is no evidence for B1 First block." in said(cycle)


def test_comments_that_wait_and_spoiled_envelopes_are_counted(cycle):
    Comment.objects.create(cycle=cycle, unit=cycle.units.get(code="ORG"), text="More chairs.")
    cycle.close_certificate = {"spoiled": 2}

    found = said(cycle)

    assert "1 comment waits for review by HR; it is not shown before." in found
    assert "2 envelopes could not be opened and are in no figure." in found


def test_evidence_that_changed_after_the_scoring_has_to_be_scored_first(cycle):
    Release.objects.create(cycle=cycle, number=1, evidence_version=0)
    cycle.evidence_version = 1

    assert said(cycle)["The evidence changed after the scoring: score again before you publish."] == "refused"


@pytest.mark.parametrize("address", ["/cycles/spring/", "/cycles/spring/publish/"])
def test_the_checks_stand_on_the_page_and_on_the_confirmation(cycle, address):
    Release.objects.create(cycle=cycle, number=1)
    hr = Client()
    hr.force_login(PersonFactory(roles=["hr"]))

    page = hr.get(address).content.decode()

    assert "Before you publish" in page
    assert "Turnout is below the goal" in page
    assert "What will be visible" in page
