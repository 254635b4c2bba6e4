"""Submitting, replacing and withdrawing, and until when."""

from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from assessments.models import Cycle, Envelope, Invitation
from assessments.services import ballot, counting, drafts
from assessments.services.drafts import DraftAnswers
from assessments.services.errors import ClosedError
from tests.factories import assessments as make

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


@pytest.fixture
def cycle():
    return make.open_cycle()


@pytest.fixture
def invitation(cycle):
    return make.invitations(cycle, audience="staff")[0]


def announce(invitation, *, ago: timedelta) -> None:
    """Move the announced close so far into the past; the invitation is read anew, as a request would."""
    Cycle.objects.filter(pk=invitation.cycle_id).update(closes_at=timezone.now() - ago)
    invitation.cycle.refresh_from_db()


def counted(cycle):
    return counting.count(cycle=cycle.pk).close_certificate["counted"]


def test_a_second_submit_replaces_the_first_envelope(cycle, invitation):
    ballot.submit(invitation=invitation, codes="1111")
    ballot.submit(invitation=invitation, codes="5x05", comment="later")

    counting.count(cycle=cycle.pk)

    assert list(cycle.responses.values_list("codes", flat=True)) == ["5x05"]


def test_submitting_marks_the_invitation_and_writes_no_date_and_no_person(invitation):
    ballot.submit(invitation=invitation, codes="1111")

    assert Invitation.objects.get(pk=invitation.pk).submitted
    assert {field.name for field in Envelope._meta.get_fields()} == {"id", "cycle", "invitation", "sealed"}


def test_a_withdrawn_answer_is_not_counted(cycle, invitation):
    ballot.submit(invitation=invitation, codes="1111")

    assert ballot.withdraw(invitation=invitation) is True
    assert ballot.withdraw(invitation=invitation) is False
    assert not Invitation.objects.get(pk=invitation.pk).submitted
    assert counted(cycle) == 0


def test_a_withdrawn_answer_can_be_given_again(cycle, invitation):
    ballot.submit(invitation=invitation, codes="1111")
    ballot.withdraw(invitation=invitation)
    ballot.submit(invitation=invitation, codes="2222")

    assert counted(cycle) == 1


@pytest.mark.parametrize("codes", ["", "111", "11111", "1116", "111a", "111?"])
def test_answers_that_do_not_fit_the_questionnaire_are_refused(invitation, codes):
    with pytest.raises(ValueError):
        ballot.submit(invitation=invitation, codes=codes)

    assert not Envelope.objects.exists()


def test_a_comment_of_more_than_a_thousand_characters_is_refused(invitation):
    with pytest.raises(ValueError):
        ballot.submit(invitation=invitation, codes="1111", comment="x" * 1001)

    assert not Envelope.objects.exists()


def test_after_the_count_nothing_is_taken_or_taken_back(cycle, invitation):
    ballot.submit(invitation=invitation, codes="1111")
    counting.count(cycle=cycle.pk)

    with pytest.raises(ClosedError):
        ballot.submit(invitation=invitation, codes="2222")
    with pytest.raises(ClosedError):
        ballot.withdraw(invitation=invitation)
    assert not Envelope.objects.exists()


def test_a_cycle_without_a_closing_time_takes_answers_until_somebody_closes_it(cycle):
    assert ballot.closing(cycle) == ballot.ClosingTime(None, None)


def test_a_form_opened_before_the_announced_close_is_taken_for_15_minutes_more(invitation):
    announce(invitation, ago=-MINUTE)
    form = ballot.form_token(invitation=invitation)
    Cycle.objects.filter(pk=invitation.cycle_id).update(closes_at=timezone.now() + 0.01 * MINUTE)
    announced = Cycle.objects.get(pk=invitation.cycle_id).closes_at
    opened = ballot.form_opened(invitation=invitation, token=form)
    closing = ballot.closing(Cycle.objects.get(pk=invitation.cycle_id))

    assert opened < announced
    assert closing.accepted_until == announced + 15 * MINUTE
    assert closing.takes(now=announced + 15 * MINUTE, form_opened=opened)
    assert not closing.takes(now=announced + 15.01 * MINUTE, form_opened=opened)
    assert not closing.takes(now=announced + MINUTE, form_opened=announced + 0.5 * MINUTE)


def test_in_the_grace_only_a_form_with_proof_of_its_opening_is_taken(invitation):
    form = ballot.form_token(invitation=invitation)
    announce(invitation, ago=timedelta())
    ballot.submit(invitation=invitation, codes="1111", form=form)

    for wrong in ("", form[:-2] + "aa", ballot.form_token(invitation=invitation)):
        with pytest.raises(ClosedError):
            ballot.submit(invitation=invitation, codes="2222", form=wrong)

    assert Invitation.objects.get(pk=invitation.pk).submitted


def test_the_form_of_somebody_else_is_no_proof(cycle):
    mine, other = make.invitations(cycle, audience="staff")[:2]
    form = ballot.form_token(invitation=other)
    announce(mine, ago=timedelta())

    with pytest.raises(ClosedError):
        ballot.submit(invitation=mine, codes="1111", form=form)


def test_the_token_of_a_form_names_nobody(invitation):
    form = ballot.form_token(invitation=invitation)

    content = ballot.signing.loads(form, salt=f"cfm.form.{invitation.pk}")

    assert datetime.fromisoformat(content) <= timezone.now() + MINUTE


def test_after_the_grace_nothing_is_taken_even_if_nobody_closed_yet(invitation):
    form = ballot.form_token(invitation=invitation)
    announce(invitation, ago=16 * MINUTE)

    with pytest.raises(ClosedError):
        ballot.submit(invitation=invitation, codes="1111", form=form)
    with pytest.raises(ClosedError):
        ballot.withdraw(invitation=invitation, form=form)


def test_the_database_says_what_time_it_is(invitation, monkeypatch):
    announce(invitation, ago=-MINUTE)
    monkeypatch.setattr(timezone, "now", lambda: invitation.cycle.closes_at + 60 * MINUTE)

    ballot.submit(invitation=invitation, codes="1111")

    assert Envelope.objects.count() == 1


def test_an_archived_closing_time_read_before_it_was_moved_does_not_count(invitation):
    """The decision reads the row inside the transaction, not the object the page holds."""
    announce(invitation, ago=-60 * MINUTE)
    Cycle.objects.filter(pk=invitation.cycle_id).update(closes_at=timezone.now() - 16 * MINUTE)

    with pytest.raises(ClosedError):
        ballot.submit(invitation=invitation, codes="1111")


def test_the_draft_ends_with_the_submission(invitation):
    secret = b"0123456789abcdef"
    drafts.save(secret=secret, invitation=invitation, answers=DraftAnswers("1100"))

    ballot.submit(invitation=invitation, codes="1111", draft_secret=secret)

    assert drafts.load(secret=secret, invitation=invitation) is None


def test_submitting_needs_the_same_few_queries_whoever_else_answered(cycle, django_assert_max_num_queries):
    first, *rest, last = make.invitations(cycle, audience="staff")
    make.submitted(cycle, rows=[first, *rest])

    with django_assert_max_num_queries(7):
        ballot.submit(invitation=last, codes="1111")
