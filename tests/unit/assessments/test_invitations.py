"""Rounds of mail: sent once, tried again, and no trace of who had answered."""

import logging
import re
from datetime import timedelta

import pytest
from django.apps import apps
from django.core import mail
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from assessments.models import Cycle, Invitation, Link, MailRound
from assessments.queries import mailing
from assessments.services import counting, invitations, links, texts
from assessments.services.errors import TransitionError
from cfm.lib import jobs
from cfm.lib.models import AuditEvent, Job
from organisation.models import Person
from tests.factories import assessments as make
from tests.factories.mailserver import SMTP, mail_server
from tests.factories.organisation import PersonFactory

pytestmark = pytest.mark.django_db
PEOPLE = {"NORTH": (5, 1)}


@pytest.fixture(autouse=True)
def _empty_cache():
    cache.clear()


@pytest.fixture
def cycle():
    return make.open_cycle(code="spring", people=PEOPLE, closes_at=timezone.now() + timedelta(days=3))


@pytest.fixture
def server(settings):
    with mail_server() as running:
        settings.EMAIL_BACKEND = SMTP
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", running.port
        settings.EMAIL_TIMEOUT = 5
        yield running


@pytest.fixture
def hr():
    browser = Client()
    browser.force_login(PersonFactory(roles=["hr"]))
    return browser


def run_again():
    """Do what waits, failed tries included, as if the pauses between them were over."""
    for _try in range(jobs.TRIES):
        Job.objects.filter(state="queued").update(not_before=timezone.now())
        jobs.run_waiting()


def tokens(message):
    return re.findall(r"/assess/t/([\w-]+)/", str(message.body))


def address_book(cycle):
    return sorted(row.person.email for row in make.invitations(cycle))


def job_rows():
    """Return each job as its row shows it, without what is random."""
    fields = ("kind", "state", "tries", "step", "steps", "message", "asked_by", "lease", "finished_at")
    return {tuple(row) for row in Job.objects.values_list(*fields)}


def round_now(cycle):
    return mailing.rounds(cycle)[-1]


def test_everybody_with_an_address_is_invited_once_with_a_link_of_their_own(cycle):
    invitations.request_invitations(cycle=cycle)
    jobs.run_waiting()
    jobs.run_waiting()

    assert sorted(message.to[0] for message in mail.outbox) == address_book(cycle)
    assert len({tokens(message)[0] for message in mail.outbox}) == 6
    for message in mail.outbox:
        link = links.by_token(tokens(message)[0])
        assert [link.invitation.person.email] == message.to


def test_a_second_request_for_invitations_sends_nothing_again(cycle):
    first = invitations.request_invitations(cycle=cycle)
    jobs.run_waiting()

    second = invitations.request_invitations(cycle=cycle)
    jobs.run_waiting()

    assert first == second
    assert len(mail.outbox) == 6


def test_jobs_are_queued_in_random_order(cycle, monkeypatch):
    shuffled = []
    monkeypatch.setattr(
        invitations.secrets.SystemRandom,
        "shuffle",
        lambda self, rows: (shuffled.append(1), rows.sort(reverse=True)),
    )

    invitations.request_invitations(cycle=cycle)

    queued = [job.arguments["invitation"] for job in Job.objects.order_by("created_at")]
    assert shuffled
    assert queued == sorted(queued, reverse=True)


def test_a_reminder_goes_only_to_those_who_have_not_submitted_when_their_turn_comes(cycle):
    invitations.request_reminder(cycle=cycle)
    answered = make.submitted(cycle, rows=make.invitations(cycle)[:2])

    jobs.run_waiting()

    reached = {message.to[0] for message in mail.outbox}
    assert reached == set(address_book(cycle)) - {row.person.email for row in answered}


def test_a_finished_round_leaves_the_same_for_those_who_had_answered_and_the_others(cycle):
    answered = {row.pk for row in make.submitted(cycle, rows=make.invitations(cycle)[:2])}
    others = {row.pk for row in make.invitations(cycle)} - answered
    audit_before = AuditEvent.objects.count()

    invitations.request_reminder(cycle=cycle)
    jobs.run_waiting()

    numbers = {pk: Link.objects.filter(invitation=pk).count() for pk in answered | others}
    assert set(numbers.values()) == {1}
    assert not Job.objects.exists()
    assert AuditEvent.objects.count() == audit_before + 1
    assert (round_now(cycle).done, round_now(cycle).round.total) == (6, 6)


def test_a_round_half_way_leaves_the_same_for_those_who_had_answered_and_the_others(cycle, server):
    make.submitted(cycle, rows=make.invitations(cycle)[:3])
    invitations.request_reminder(cycle=cycle)
    before = job_rows()

    for pk in list(Job.objects.values_list("pk", flat=True)[:4]):
        jobs.run(pk)

    assert len(before) == 1
    assert job_rows() == before
    assert Job.objects.count() == 2
    assert Link.objects.count() == 4


@pytest.mark.parametrize(
    ("command", "answer"),
    [("MAIL", "451 later"), ("RCPT", "450 busy"), ("RCPT", "550 no such user"), ("EHLO", "421 go away")],
)
def test_a_server_that_refuses_fails_the_same_for_those_who_had_answered(cycle, server, command, answer):
    answered = {str(row.pk) for row in make.submitted(cycle, rows=make.invitations(cycle)[:3])}
    server.refuse = {command: answer, "HELO": answer}
    invitations.request_reminder(cycle=cycle)

    for pk in jobs.waiting():  # each once, however long it takes: the second try is due after a second
        jobs.run(pk)
    after_one = job_rows_by_answer(answered)
    run_again()
    after_all = job_rows_by_answer(answered)

    assert after_one[True] == after_one[False]
    assert after_all[True] == after_all[False]
    assert {row[1] for row in after_all[True]} == {"failed"}
    assert not server.taken


def job_rows_by_answer(answered):
    rows = {True: set(), False: set()}
    for job in Job.objects.all():
        rows[job.arguments["invitation"] in answered].add((job.kind, job.state, job.tries, job.message))
    return rows


def test_a_reminder_refused_at_the_last_step_leaves_a_mark_on_the_round_and_none_on_a_person(cycle, server):
    make.submitted(cycle, rows=make.invitations(cycle)[:3])
    server.refuse = {"DATA": "554 looks like spam"}
    invitations.request_reminder(cycle=cycle)

    jobs.run_waiting()

    assert not Job.objects.exists()
    assert round_now(cycle).round.troubled
    assert set(Link.objects.values_list("invitation", flat=True)) == {
        row.pk for row in make.invitations(cycle)
    }


def test_a_reminder_that_is_not_sent_talks_to_the_server_like_one_that_is(cycle, server):
    make.submitted(cycle, rows=make.invitations(cycle)[:3])
    invitations.request_reminder(cycle=cycle)

    jobs.run_waiting()

    talks = sorted(
        [command for command in talk if command in {"MAIL", "RCPT", "DATA", "RSET", "QUIT"}]
        for talk in server.talks
    )
    assert talks == 3 * [["MAIL", "RCPT", "DATA", "QUIT"]] + 3 * [["MAIL", "RCPT", "RSET", "QUIT"]]
    assert len(server.taken) == 3


def test_a_refused_invitation_is_tried_three_times_then_fails_with_a_message_and_can_be_sent_later(
    cycle, server
):
    server.refuse = {"DATA": "451 try later"}
    invitations.request_invitations(cycle=cycle)

    run_again()
    failed = round_now(cycle)
    server.refuse = {}
    again = invitations.retry_failed(cycle=cycle)
    jobs.run_waiting()

    assert (failed.failed, failed.done) == (6, 0)
    assert failed.reasons == ("The mail server refused the mail (code 451).",)
    assert len(server.talks) == 6 * (jobs.TRIES + 1)
    assert again == 6
    assert sorted(message["To"] for message in server.taken) == address_book(cycle)
    assert not Job.objects.exists()


def test_a_server_that_does_not_answer_is_said_so(cycle, server, settings):
    settings.EMAIL_PORT = 9
    invitations.request_invitations(cycle=cycle)

    run_again()

    assert round_now(cycle).reasons == ("The mail server could not be reached.",)


def test_no_failure_names_an_address_or_a_token(cycle, server, caplog):
    caplog.set_level(logging.DEBUG)
    server.refuse = {"RCPT": "450 t000001@test.example is over quota"}
    invitations.request_invitations(cycle=cycle)
    names = [str(job.pk) for job in Job.objects.all()]

    run_again()

    text = "\n".join(
        [
            *(caplog.handler.format(record) for record in caplog.records),
            *Job.objects.values_list("message", flat=True),
        ]
    )
    assert "@test.example" not in text
    assert "/assess/t/" not in text
    assert any(name in text for name in names)


def killed_after_the_yes(monkeypatch):
    """Let the process die between the server's yes and the commit."""
    finishing = jobs.Claim.finishing

    def dies(claim):
        raise SystemExit("killed")

    monkeypatch.setattr(jobs.Claim, "finishing", dies)
    return lambda: monkeypatch.setattr(jobs.Claim, "finishing", finishing)


def test_a_worker_killed_before_the_commit_repeats_the_mail_with_the_same_id_and_the_same_link(
    cycle, server, monkeypatch
):
    invitations.request_invitations(cycle=cycle)
    job = Job.objects.first()
    revive = killed_after_the_yes(monkeypatch)
    with pytest.raises(SystemExit):
        jobs.run(job.pk)
    revive()
    Job.objects.filter(pk=job.pk).update(lease_until=timezone.now() - timedelta(seconds=1))

    jobs.run(job.pk)

    first, second = server.taken
    assert first["Message-ID"] == second["Message-ID"]
    assert first.get_body(("plain",)).get_content() == second.get_body(("plain",)).get_content()
    assert Link.objects.count() == 1
    assert not Job.objects.filter(pk=job.pk).exists()


def test_the_link_works_before_the_mail_is_out(cycle, server, monkeypatch):
    invitations.request_invitations(cycle=cycle)
    job = Job.objects.first()
    killed_after_the_yes(monkeypatch)

    with pytest.raises(SystemExit):
        jobs.run(job.pk)

    assert links.by_token(tokens_in(server.taken[0])[0])


def tokens_in(message):
    return re.findall(r"/assess/t/([\w-]+)/", message.get_body(("plain",)).get_content())


def test_a_worker_that_lost_its_lease_sends_nothing(cycle, monkeypatch):
    invitations.request_invitations(cycle=cycle)
    job = Job.objects.first()
    monkeypatch.setattr(jobs.Claim, "renew", lambda claim: False)

    jobs.run(job.pk)

    assert not mail.outbox


def test_ids_of_mails_differ_and_are_not_the_ids_of_jobs(cycle):
    invitations.request_invitations(cycle=cycle)
    known = {str(job.pk) for job in Job.objects.all()}

    jobs.run_waiting()

    ids = {message.extra_headers["Message-ID"] for message in mail.outbox}
    assert len(ids) == 6
    assert not any(pk in one or pk.replace("-", "") in one for pk in known for one in ids)


def test_no_table_and_no_log_line_holds_a_token_that_was_mailed(cycle, caplog):
    caplog.set_level(logging.DEBUG)
    invitations.request_invitations(cycle=cycle)
    jobs.run_waiting()
    cells = []
    with connection.cursor() as cursor:
        for model in apps.get_models():
            cursor.execute(f'SELECT * FROM "{model._meta.db_table}"')
            cells += [str(value) for row in cursor.fetchall() for value in row]
    text = "\n".join(
        [*cells, *(record.getMessage() for record in caplog.records if record.name != "django.db.backends")]
    )

    sent = [token for message in mail.outbox for token in tokens(message)]

    assert len(sent) == 6
    assert not [token for token in sent if token in text]


def test_jobs_hold_ids_only_and_belong_to_nobody(cycle):
    invitations.request_reminder(cycle=cycle, by=PersonFactory(roles=["hr"]).pk)

    for job in Job.objects.all():
        assert set(job.arguments) == {"round", "invitation"}
        assert job.asked_by is None


def test_a_reminder_with_a_number_that_is_there_is_not_sent_again(cycle):
    first = invitations.request_reminder(cycle=cycle, number=1)
    jobs.run_waiting()

    second = invitations.request_reminder(cycle=cycle, number=1)

    assert first == second
    assert not Job.objects.exists()


def test_a_reminder_waits_until_the_last_round_is_out(cycle):
    invitations.request_invitations(cycle=cycle)

    with pytest.raises(TransitionError, match="still going out"):
        invitations.request_reminder(cycle=cycle)


def test_each_reminder_carries_a_new_link_and_the_old_ones_stay_valid(cycle):
    for _round in range(2):
        invitations.request_reminder(cycle=cycle)
        jobs.run_waiting()

    sent = [token for message in mail.outbox for token in tokens(message)]
    assert len(set(sent)) == 12
    assert all(links.by_token(token) for token in sent)


@pytest.mark.parametrize(
    "ask", [invitations.request_invitations, invitations.request_reminder, invitations.retry_failed]
)
def test_nothing_goes_out_once_the_cycle_takes_no_answers(cycle, ask):
    counting.count(cycle=cycle.pk)

    with pytest.raises(TransitionError):
        ask(cycle=cycle)


def test_mails_that_still_wait_at_the_close_are_not_sent_and_leave_nothing(cycle):
    invitations.request_invitations(cycle=cycle)
    counting.count(cycle=cycle.pk)

    jobs.run_waiting()

    assert not mail.outbox
    assert not Job.objects.exists()


def test_failed_mails_are_forgotten_after_the_close(cycle, server):
    server.refuse = {"RCPT": "550 no"}
    invitations.request_invitations(cycle=cycle)
    jobs.run_waiting()
    kept = invitations.tidy()

    counting.count(cycle=cycle.pk)
    deleted = invitations.tidy()

    assert (kept, deleted) == (0, 6)
    assert not Job.objects.exists()


def test_people_without_an_address_are_left_to_letters(cycle):
    Person.objects.filter(pk=make.invitations(cycle)[0].person_id).update(email=None)

    invitations.request_invitations(cycle=cycle)
    jobs.run_waiting()

    assert len(mail.outbox) == 5
    assert mailing.reach(cycle) == mailing.Reach(with_address=5, without_address=1)


def test_a_cycle_of_people_without_addresses_refuses_mail(cycle):
    Person.objects.update(email=None)

    with pytest.raises(TransitionError, match="letters"):
        invitations.request_invitations(cycle=cycle)


def test_asking_for_a_thousand_mails_needs_few_queries(django_assert_max_num_queries):
    cycle = make.open_cycle(people={"NORTH": (1000, 0)})

    with django_assert_max_num_queries(40):
        invitations.request_invitations(cycle=cycle)

    assert Job.objects.count() == 1000


def test_one_mail_needs_the_same_queries_in_a_small_and_a_large_round():
    counts = []
    for number in (3, 30):
        cycle = make.open_cycle(people={"NORTH": (number, 0)})
        round_ = invitations.request_invitations(cycle=cycle)
        job = mailing.jobs_of(round_)[0]
        jobs.run(mailing.jobs_of(round_)[1])
        with CaptureQueriesContext(connection) as found:
            jobs.run(job)
        counts.append(len(found))

    assert counts[0] == counts[1]


def test_the_mail_says_what_it_is_about_in_text_and_html_and_loads_nothing(cycle):
    invitations.request_invitations(cycle=cycle)
    jobs.run_waiting()

    message = mail.outbox[0]
    html = message.alternatives[0][0]

    assert "Title of spring" in message.subject
    assert "about 1 min" in message.body
    assert tokens(message)[0] in html
    assert not re.search(r"<img|src=|<script|<link", html)
    assert message.extra_headers["Auto-Submitted"] == "auto-generated"


def test_a_name_or_title_with_markup_is_plain_text_in_the_mail(cycle):
    Person.objects.update(name="<b>Bo & Co</b> {link}")
    Cycle.objects.update(title="<i>Spring</i>")

    invitations.request_invitations(cycle=cycle)
    jobs.run_waiting()

    html = mail.outbox[0].alternatives[0][0]
    assert "&lt;b&gt;Bo &amp; Co&lt;/b&gt; {link}" in html
    assert "<i>" not in html


def test_a_title_with_a_line_break_adds_no_header(cycle):
    Cycle.objects.update(title="Spring\nBcc: everyone@test.example")

    invitations.request_invitations(cycle=cycle)
    jobs.run_waiting()

    assert "\n" not in mail.outbox[0].subject
    assert mail.outbox[0].recipients() == mail.outbox[0].to


def test_the_cycles_own_text_is_sent(cycle):
    texts.save(cycle=cycle, texts={"invitation_subject": "Hello {name}", "invitation_body": "Go: {link}"})

    invitations.request_invitations(cycle=cycle)
    jobs.run_waiting()

    message = mail.outbox[0]
    assert message.subject.startswith("Hello Person")
    assert message.body.startswith("Go: http")


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("invitation_body", "No way in"),
        ("reminder_body", "{link} {password}"),
        ("invitation_subject", "{salary}"),
        ("reminder_subject", "x" * 121),
    ],
)
def test_a_text_that_can_not_be_sent_is_refused_beside_its_field(cycle, field, text):
    with pytest.raises(ValidationError) as refused:
        texts.save(cycle=cycle, texts={field: text})

    assert set(refused.value.message_dict) == {field}


def test_our_own_text_saved_unchanged_stays_ours(cycle):
    ours = texts.shipped("invitation")

    row = texts.save(cycle=cycle, texts={"invitation_body": ours.body.replace("\n", "\r\n")})

    assert row.invitation_body == ""


def test_the_command_sends_mail_only_when_told_to(cycle, capsys, settings):
    settings.REDIS_URL = ""  # nobody else would send them
    framework = make.framework_row()

    call_command("open_cycle", "quiet", framework=str(framework))
    silent = len(mail.outbox)
    call_command("open_cycle", "loud", framework=str(framework), invite=True)

    assert silent == 0
    assert len(mail.outbox) == 6
    assert "6 of 6 mails are out" in capsys.readouterr().out


# Pages of those who run the cycle


@pytest.mark.parametrize("page", ["invite", "remind", "letters", "extend", "texts", "mail"])
@pytest.mark.parametrize("role", ["staff", "manager", "executive", "auditor"])
def test_pages_of_mail_are_closed_to_other_roles(cycle, role, page):
    browser = Client()
    browser.force_login(PersonFactory(roles=[] if role == "staff" else [role]))

    assert browser.get(f"/cycles/spring/{page}/").status_code == 403
    if page != "mail":
        assert browser.post(f"/cycles/spring/{page}/").status_code == 403


@pytest.mark.parametrize("page", ["invite", "remind", "letters", "extend"])
def test_a_role_for_one_unit_does_not_run_the_mail_of_the_whole_cycle(cycle, page):
    browser = Client()
    unit = make.invitations(cycle)[0].person.unit
    browser.force_login(PersonFactory(roles={"hr": unit}))

    assert browser.get(f"/cycles/spring/{page}/").status_code == 403


def test_the_cycle_page_offers_mail_and_shows_how_far_it_is(cycle, hr):
    before = hr.get("/cycles/spring/").content.decode()
    hr.post("/cycles/spring/invite/")
    waiting = hr.get("/cycles/spring/").content.decode()
    jobs.run_waiting()
    done = hr.get("/cycles/spring/").content.decode()

    assert "Invite…" in before
    assert "No mail has been sent. 6 people can be reached by e-mail." in before
    assert "0 of 6 people gone through" in waiting
    assert 'hx-get="/cycles/spring/mail/"' in waiting
    assert "6 of 6 people gone through" in done
    assert 'hx-get="/cycles/spring/mail/"' not in done


def test_the_progress_stops_asking_when_nothing_waits(cycle, hr):
    hr.post("/cycles/spring/remind/", {"number": "1"})
    waiting = hr.get("/cycles/spring/mail/").status_code
    jobs.run_waiting()

    assert (waiting, hr.get("/cycles/spring/mail/").status_code) == (200, 286)


def test_a_form_sent_twice_reminds_once(cycle, hr):
    for _click in range(2):
        hr.post("/cycles/spring/remind/", {"number": "1"})
        jobs.run_waiting()

    assert MailRound.objects.count() == 1
    assert len(mail.outbox) == 6


def test_looking_at_the_confirmation_sends_nothing(cycle, hr):
    hr.get("/cycles/spring/invite/")
    hr.get("/cycles/spring/remind/")

    assert not MailRound.objects.exists()


def test_the_confirmation_shows_the_mail_as_staff_and_as_managers_get_it_and_no_name(cycle, hr):
    page = hr.get("/cycles/spring/invite/").content.decode()

    assert "To staff" in page
    assert "To managers" in page
    assert "Dear Alex Example" in page
    assert not any(row.person.name in page for row in make.invitations(cycle))


def test_pages_on_mail_say_nothing_that_depends_on_who_answered(cycle, hr):
    invitations.request_reminder(cycle=cycle)
    jobs.run_waiting()
    pages = ["/cycles/spring/mail/", "/cycles/spring/remind/", "/cycles/spring/letters/"]
    strip = re.compile(r'name="csrfmiddlewaretoken" value="\w+"')

    before = [strip.sub("", hr.get(page).content.decode()) for page in pages]
    make.submitted(cycle)
    after = [strip.sub("", hr.get(page).content.decode()) for page in pages]

    assert before == after


def test_texts_are_changed_in_the_browser_and_problems_stand_beside_the_field(cycle, hr):
    fields = {
        "invitation_subject": "Hi",
        "invitation_body": "{link}",
        "reminder_subject": "",
        "reminder_body": "",
    }

    wrong = hr.post("/cycles/spring/texts/", fields | {"reminder_body": "nothing"})
    right = hr.post("/cycles/spring/texts/", fields)

    assert wrong.status_code == 400
    assert "nobody could answer" in wrong.content.decode()
    assert right.status_code == 302
    assert texts.text_of(cycle, "invitation") == texts.Text("Hi", "{link}")
    assert texts.text_of(cycle, "reminder") == texts.shipped("reminder")


def test_pages_of_mail_need_the_same_queries_for_few_and_for_many(hr):
    counts = []
    for number in (3, 60):
        cycle = make.open_cycle(code=f"with-{number}", people={"NORTH": (number, 0)})
        invitations.request_invitations(cycle=cycle)
        hr.get(f"/cycles/{cycle.code}/mail/")
        with CaptureQueriesContext(connection) as found:
            hr.get(f"/cycles/{cycle.code}/mail/")
        counts.append(len(found))

    assert counts[0] == counts[1]


def test_rounds_are_counted_without_touching_invitations_of_others(cycle):
    other = make.open_cycle(code="other", people=PEOPLE)
    invitations.request_invitations(cycle=cycle)

    jobs.run_waiting()

    assert not Link.objects.filter(invitation__in=Invitation.objects.filter(cycle=other)).exists()
    assert mailing.rounds(other) == []
