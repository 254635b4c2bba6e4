"""Drafts: found and read in the same browser by the same person only."""

from datetime import timedelta

import pytest
from django.utils import timezone

from assessments.models import Cycle, Draft
from assessments.services import ballot, counting, drafts
from assessments.services.drafts import DraftAnswers
from assessments.services.errors import ClosedError
from tests.factories import assessments as make

pytestmark = pytest.mark.django_db
SECRET = b"secret of one browser"
ANSWERS = DraftAnswers("1x05", "half a thought")


@pytest.fixture
def cycle():
    return make.open_cycle()


@pytest.fixture
def invitation(cycle):
    return make.invitations(cycle, audience="staff")[0]


def test_a_draft_is_resumed_in_the_same_browser(invitation):
    drafts.save(secret=SECRET, invitation=invitation, answers=ANSWERS)

    assert drafts.load(secret=SECRET, invitation=invitation) == ANSWERS


def test_the_last_save_counts_and_leaves_one_row(invitation):
    drafts.save(secret=SECRET, invitation=invitation, answers=ANSWERS)
    drafts.save(secret=SECRET, invitation=invitation, answers=DraftAnswers("2222"))

    assert drafts.load(secret=SECRET, invitation=invitation) == DraftAnswers("2222")
    assert Draft.objects.count() == 1


def test_the_next_person_in_the_same_browser_finds_nothing(cycle, invitation):
    other = make.invitations(cycle, audience="staff")[1]
    drafts.save(secret=SECRET, invitation=invitation, answers=ANSWERS)

    assert drafts.load(secret=SECRET, invitation=other) is None
    assert drafts.present(secret=SECRET, invitations=[invitation.pk, other.pk]) == {invitation.pk}


def test_the_same_person_in_another_browser_finds_nothing(invitation):
    drafts.save(secret=SECRET, invitation=invitation, answers=ANSWERS)

    assert drafts.load(secret=b"secret of another browser", invitation=invitation) is None


def test_a_draft_row_moved_under_the_key_of_another_person_is_not_read(cycle, invitation):
    other = make.invitations(cycle, audience="staff")[1]
    drafts.save(secret=SECRET, invitation=invitation, answers=ANSWERS)
    Draft.objects.update(key=drafts.draft_keys(SECRET, other.pk)[0])

    assert drafts.load(secret=SECRET, invitation=other) is None


def test_a_damaged_draft_is_no_draft(invitation):
    drafts.save(secret=SECRET, invitation=invitation, answers=ANSWERS)
    Draft.objects.update(sealed=b"\0" * 4096)

    assert drafts.load(secret=SECRET, invitation=invitation) is None


@pytest.mark.parametrize(
    "answers", [DraftAnswers("0000"), DraftAnswers("5555", "😀" * 1000)], ids=["empty", "full"]
)
def test_a_draft_tells_nothing_by_its_size_and_names_nobody(invitation, answers):
    drafts.save(secret=SECRET, invitation=invitation, answers=answers)

    assert len(bytes(Draft.objects.get().sealed)) == ballot.envelope_size(invitation.cycle)
    assert {field.name for field in Draft._meta.get_fields()} == {"key", "cycle", "sealed"}


def test_a_page_is_put_into_the_draft_and_the_other_pages_stay(invitation):
    drafts.merge(secret=SECRET, invitation=invitation, changes={0: "4"}, comment="first")
    drafts.merge(secret=SECRET, invitation=invitation, changes={3: "x"})

    assert drafts.load(secret=SECRET, invitation=invitation) == DraftAnswers("400x", "first")


@pytest.mark.parametrize("place", [-1, 4])
def test_a_place_that_does_not_exist_is_refused(invitation, place):
    with pytest.raises(ValueError):
        drafts.merge(secret=SECRET, invitation=invitation, changes={place: "1"})

    assert not Draft.objects.exists()


def test_all_drafts_end_with_the_count(cycle, invitation):
    drafts.save(secret=SECRET, invitation=invitation, answers=ANSWERS)

    counting.count(cycle=cycle.pk)

    assert not Draft.objects.exists()


def test_after_the_close_no_draft_is_kept(cycle, invitation):
    counting.count(cycle=cycle.pk)

    assert drafts.save(secret=SECRET, invitation=invitation, answers=ANSWERS) is False
    with pytest.raises(ClosedError):
        drafts.merge(secret=SECRET, invitation=invitation, changes={0: "1"})
    assert not Draft.objects.exists()


def test_in_the_grace_a_form_opened_before_is_still_saved(invitation):
    form = ballot.form_token(invitation=invitation)
    Cycle.objects.update(closes_at=timezone.now() - timedelta(seconds=0))

    assert drafts.save(secret=SECRET, invitation=invitation, answers=ANSWERS, form=form) is True
    assert drafts.save(secret=SECRET, invitation=invitation, answers=ANSWERS) is False


def test_a_discarded_draft_is_gone(invitation):
    drafts.save(secret=SECRET, invitation=invitation, answers=ANSWERS)

    drafts.discard(secret=SECRET, invitation=invitation)

    assert not Draft.objects.exists()
