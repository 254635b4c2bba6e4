"""The command finds every broken promise by itself: each test breaks one behind the product's back."""

import json
from collections.abc import Iterator

import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.core.management import CommandError, call_command
from django.db import connection

from assessments.models import (
    Comment,
    Cycle,
    CycleUnit,
    Draft,
    Envelope,
    Figure,
    Invitation,
    Release,
    Response,
)
from assessments.services import cycles, keys
from assessments.services.errors import ServiceError
from assessments.services.scoring import Inputs, choose, stored_cube
from cfm.lib import audit, jobs
from tests.factories import assessments as make

UNITS = {"ORG": None, "NORTH": "ORG", "SOUTH": "ORG", "DEPOT": "NORTH", "TINY": "SOUTH"}
PEOPLE = {"ORG": (8, 6), "NORTH": (3, 1), "SOUTH": (14, 6), "DEPOT": (9, 0), "TINY": (3, 0)}

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def published(django_db_setup, django_db_blocker, tmp_path_factory) -> Iterator[int]:
    """One cycle for all tests of the module; each test's changes are rolled back."""
    from django.conf import settings

    folder, before = tmp_path_factory.mktemp("keys"), settings.KEY_DIR
    with django_db_blocker.unblock():
        from django.db import transaction

        settings.KEY_DIR = folder
        atom = transaction.atomic()
        atom.__enter__()
        cycle = make.closed_cycle(units=UNITS, people=PEOPLE, comment=_comment)
        cycles.request_score(cycle=cycle)
        jobs.run_waiting()
        cycles.publish(cycle=Cycle.objects.get(pk=cycle.pk))
        yield cycle.pk
        transaction.set_rollback(True)
        atom.__exit__(None, None, None)
        settings.KEY_DIR = before


def _comment(invitation, number):
    return f"remark number {number}" if invitation.unit.code == "SOUTH" and number % 2 else ""


@pytest.fixture
def cycle(published: int) -> Cycle:
    return Cycle.objects.select_related("framework").get(pk=published)


def offences(capsys, code: str | None = None) -> str:
    """Run the command; returns what it printed. It must fail with exit code 1."""
    with pytest.raises(CommandError, match="checks failed") as failed:
        call_command("check_confidentiality", *([code] if code else []))
    assert failed.value.returncode == 1
    return capsys.readouterr().out


def figure(cycle: Cycle, unit: str, audience: str, dimension: str, **fields: object) -> Figure:
    release = cycle.releases.get()
    row = CycleUnit.objects.get(cycle=cycle, code=unit)
    return Figure.objects.create(
        release=release, unit=row, audience=audience, lens="blocks", dimension=dimension, **fields
    )


def test_a_cycle_that_kept_its_promise_passes_every_check(cycle, capsys):
    call_command("check_confidentiality", cycle.code)
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) > 15
    assert all(line.startswith("ok: ") for line in lines)


def test_without_a_code_all_cycles_that_were_opened_are_checked(cycle, capsys):
    make.cycle_draft(code="draft")
    call_command("check_confidentiality")
    out = capsys.readouterr().out
    assert f"{cycle.code}: " in out
    assert "draft: " not in out


def test_an_open_cycle_is_checked_for_what_it_must_keep(cycle, capsys):
    opened = make.open_cycle(units=UNITS, people=PEOPLE)
    make.submitted(opened)
    call_command("check_confidentiality", opened.code)
    envelope = Envelope.objects.filter(cycle=opened).first()
    envelope.sealed = bytes(envelope.sealed)[:-1]
    envelope.save()
    assert "envelopes: " in offences(capsys, opened.code)


def test_a_figure_of_a_hidden_unit_is_named(cycle, capsys):
    figure(cycle, "TINY", "all", "B1", n=3, mean=3.0, score=50)
    out = offences(capsys, cycle.code)
    assert "TINY/all/blocks/B1: 3" in out
    assert "TINY/blocks/B1: 3 people (all)" in out


def test_a_split_that_opens_a_single_manager_is_named(cycle, capsys):
    assert not Figure.objects.filter(release__cycle=cycle, audience="staff", unit__code="NORTH").exists()
    figure(cycle, "NORTH", "staff", "B1", n=12, mean=3.0, score=50)
    assert "NORTH/blocks/B1: 1 people (split)" in offences(capsys, cycle.code)


def test_two_releases_that_are_safe_alone_and_not_together_are_found(cycle, capsys):
    """NORTH has 13 people, DEPOT below it 9: either may be shown, both give the four between them."""
    first = cycle.releases.get()
    shown = Figure.objects.filter(release=first, audience="all", dimension="B1")
    assert set(shown.values_list("unit__code", flat=True)) == {"ORG", "NORTH", "SOUTH"}
    second = Release.objects.create(cycle=cycle, number=2, visible=True, certificate=first.certificate)
    depot = CycleUnit.objects.get(cycle=cycle, code="DEPOT")
    Figure.objects.create(
        release=second, unit=depot, audience="all", lens="blocks", dimension="B1", n=9, mean=3
    )
    assert "NORTH/blocks/B1: 4 people (all)" in offences(capsys, cycle.code)


def test_a_number_of_people_that_is_not_true_is_named(cycle, capsys):
    row = Figure.objects.filter(release__cycle=cycle, audience="all", dimension="B1", unit__code="ORG")
    row.update(n=49)
    assert "ORG/all/blocks/B1: 49 people, the cube has 50" in offences(capsys, cycle.code)


def test_a_figure_that_the_formulas_do_not_give_is_named(cycle, capsys):
    Figure.objects.filter(release__cycle=cycle, audience="all", dimension="B2", unit__code="ORG").update(
        score=99
    )
    assert "ORG/all/blocks/B2" in offences(capsys, cycle.code)


def test_a_spread_beside_a_near_unanimous_small_group_is_named(cycle, capsys):
    row = Figure.objects.filter(
        release__cycle=cycle, audience="manager", dimension="B1", unit__code="SOUTH"
    ).get()
    assert row.n < 10
    row.mean, row.band = 4.9, 0
    row.save()
    assert "SOUTH/manager/blocks/B1: 4.9" in offences(capsys, cycle.code)


def test_a_composite_of_a_hidden_unit_is_named(cycle, capsys):
    figure(cycle, "TINY", "composite", "B1", score=50)
    assert "TINY/composite/blocks/B1" in offences(capsys, cycle.code)


def test_another_k_than_the_audited_one_is_named(cycle, capsys):
    Cycle.objects.filter(pk=cycle.pk).update(k=7)
    assert "it was audited for k = 5, the cycle has 7" in offences(capsys, cycle.code)


def test_an_envelope_that_was_left_is_named(cycle, capsys):
    Envelope.objects.create(
        cycle=cycle, invitation=Invitation.objects.filter(cycle=cycle).first(), sealed=b"x"
    )
    Draft.objects.create(key="d" * 64, cycle=cycle, sealed=b"x")
    out = offences(capsys, cycle.code)
    assert "assessments_envelope: 1" in out
    assert "assessments_draft: 1" in out


def test_a_key_that_was_left_is_named(cycle, capsys):
    keys.path_of(bytes(cycle.public_key)).write_bytes(b"x" * 64)
    assert "its file is still in the key folder" in offences(capsys, cycle.code)


def test_a_certificate_that_does_not_add_up_is_named(cycle, capsys):
    cycle.close_certificate["counted"] -= 1
    cycle.save(update_fields=["close_certificate"])
    out = offences(capsys, cycle.code)
    assert "49 counted and 0 spoiled" in out
    assert "50 responses are stored, 49 were counted" in out


def test_answers_that_were_changed_after_scoring_are_found(cycle, capsys):
    row = Response.objects.filter(cycle=cycle).first()
    row.codes = "0" * len(row.codes)
    row.save()
    assert "counted anew, the responses give other sums" in offences(capsys, cycle.code)


def test_an_invitation_too_many_is_named(cycle, capsys):
    Invitation.objects.filter(cycle=cycle, unit__code="TINY").first().delete()
    assert "TINY/staff: 2 invitations, 3 people" in offences(capsys, cycle.code)


def test_comments_where_too_few_people_answered_are_named(cycle, capsys):
    unit = CycleUnit.objects.get(cycle=cycle, code="TINY")
    assert Comment.objects.filter(cycle=cycle).exists()
    Comment.objects.create(cycle=cycle, unit=unit, text="from a small unit")
    assert "TINY: 1 comments of 3 people" in offences(capsys, cycle.code)


def shipped_answers(cycle: Cycle) -> str:
    """Answers of a whole questionnaire of the shipped framework, as a response would hold them."""
    framework = make.shipped_framework()
    opened = make.open_cycle(units=UNITS, people=PEOPLE, framework=framework)
    invitation = make.invitations(opened)[0]
    return make.some_codes(invitation)


def test_answers_in_a_job_an_audit_line_or_a_session_are_named(cycle, capsys):
    codes = shipped_answers(cycle)
    jobs.enqueue("cycle.score", key="canary", codes=codes)
    audit.record("canary", "x", by=None, note=f"{{{codes}}}")
    session = SessionStore()
    session["answers"] = json.dumps([codes])
    session.save()
    out = offences(capsys, cycle.code)
    assert "cfm_job.arguments" in out or "lib_job.arguments" in out
    assert "auditevent.details" in out
    assert "django_session" in out


def test_a_comment_that_was_copied_somewhere_is_named(cycle, capsys):
    text = Comment.objects.filter(cycle=cycle).first().text
    audit.record("canary", "x", by=None, note=f"somebody wrote: {text}")
    assert "auditevent.details" in offences(capsys, cycle.code)


@pytest.mark.skipif("connection.vendor != 'sqlite'", reason="adds a column in SQLite's way")
def test_a_column_that_dates_responses_is_named(cycle, capsys):
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE assessments_response ADD COLUMN created_at text")
    assert "assessments_response.created_at" in offences(capsys, cycle.code)


def test_a_cycle_that_does_not_exist_or_was_never_opened_is_refused(cycle):
    make.cycle_draft(code="draft")
    for code, message in (("nowhere", "no cycle"), ("draft", "never opened")):
        with pytest.raises(CommandError, match=message):
            call_command("check_confidentiality", code)


def inputs_of(cycle: Cycle) -> Inputs:
    return Inputs(cycle, cycle.framework.instrument, list(cycle.units.order_by("position")))


def test_what_a_release_showed_counts_in_the_audit_of_the_next(cycle):
    shown, certificate = choose(inputs_of(cycle), stored_cube(cycle))
    assert certificate["releases"] == 2
    figure(cycle, "TINY", "all", "B1", n=3, mean=3.0, score=50)
    with pytest.raises(ServiceError, match="audit"):
        choose(inputs_of(cycle), stored_cube(cycle))
    assert shown.all.any()


def test_a_release_that_rests_on_other_answers_stops_the_next(cycle):
    Figure.objects.filter(release__cycle=cycle, audience="all", dimension="B1", unit__code="ORG").update(n=49)
    with pytest.raises(ServiceError, match="other answers"):
        choose(inputs_of(cycle), stored_cube(cycle))


def test_the_published_fingerprint_is_not_that_of_group_sizes_which_could_be_found_by_trial(cycle):
    _, certificate = choose(inputs_of(cycle), stored_cube(cycle))
    told = cycle.releases.get().certificate
    assert len(told["sha256"]) == len(certificate["sha256"])
    assert told["sha256"] != certificate["sha256"]
    assert "patterns" not in told


def test_the_proof_page_says_in_words_what_the_audit_found(cycle, client):
    certificate = cycle.releases.get().certificate
    client.force_login(Invitation.objects.filter(cycle=cycle).first().person)
    page = client.get(f"/cycles/{cycle.code}/proof/").content.decode()
    assert f"tells about {certificate['smallest']}." in page
    assert "check_confidentiality" in page
