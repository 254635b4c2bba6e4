"""The board pack in the browser: asked for, made by a job, fetched by those who reach the unit, mailed if chosen."""

from datetime import timedelta

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from assessments.models import Cycle, Release
from cfm.lib import jobs
from cfm.lib.models import AuditEvent, Job
from organisation.models import Person
from reports.models import Pack, PackMailed, PackMailing
from reports.services import mailing, packs
from tests.factories.reports import live_units, person, published

pytestmark = pytest.mark.django_db


def signed_in(**who) -> Client:
    client = Client()
    client.force_login(person(**({"role": "executive"} | who)))
    return client


def stored(cycle: Cycle, code: str = "ORG", language: str = "en-gb") -> Pack:
    """A pack as the job would leave it, with a small file."""
    return packs.store(
        release=Release.objects.get(cycle=cycle).pk,
        unit=cycle.units.get(code=code).pk,
        language=language,
        files=[("board-pack.pdf", b"%PDF-1.4")],
    )


def test_asking_for_a_pack_queues_one_job_however_often_one_asks(django_capture_on_commit_callbacks):
    published("spring")
    client = signed_in()

    for _turn in range(2):
        response = client.post(reverse("pack"), {"unit": "ORG", "cycle": "spring"})

    assert response.status_code == 302
    assert Job.objects.filter(kind="pack.make").count() == 1
    assert AuditEvent.objects.filter(action="pack.make", subject="ORG").exists()
    assert 'id="job"' in client.get(response["Location"]).content.decode()


def test_the_job_makes_every_file_and_the_page_offers_them():
    published("spring")
    client = signed_in()
    client.post(reverse("pack"), {"unit": "SOUTH", "cycle": "spring"})

    jobs.run_waiting()

    page = client.get(reverse("pack"), {"unit": "SOUTH", "cycle": "spring"})
    names = [file.name for file in page.context["page"].files]
    assert names == ["board-pack.pptx", "board-pack.xlsx", "board-pack.pdf", "charts.zip"]
    file = client.get(page.context["page"].files[0].url)
    assert file.content.startswith(b"PK")
    assert file["Content-Disposition"] == 'attachment; filename="board-pack-SOUTH-spring.pptx"'


def test_a_pack_made_again_takes_the_place_of_the_one_before():
    cycle = published("spring")

    stored(cycle)
    again = stored(cycle)

    assert list(Pack.objects.all()) == [again]


@pytest.mark.parametrize(
    ("who", "status"),
    [
        ({"role": "executive"}, 200),
        ({"role": "hr"}, 200),
        ({"role": "manager", "unit": "NORTH"}, 200),
        ({"role": "manager", "unit": "SOUTH"}, 404),
        ({"role": "administrator"}, 403),
        ({"role": ""}, 403),
    ],
)
def test_files_are_for_those_who_reach_the_unit_and_all_below_it(who, status):
    pack = stored(published("spring"), "NORTH")

    response = signed_in(**who).get(reverse("pack_file", args=[pack.pk, "board-pack.pdf"]))

    assert response.status_code == status


def test_a_pack_of_figures_that_are_not_published_is_not_found():
    pack = stored(published("hidden", visible=False))

    assert signed_in().get(reverse("pack_file", args=[pack.pk, "board-pack.pdf"])).status_code == 404


def test_a_manager_asks_for_no_pack_of_a_unit_beside_the_own():
    published("spring")
    client = signed_in(role="manager", unit="NORTH")

    assert client.post(reverse("pack"), {"unit": "SOUTH"}).status_code == 404
    assert client.post(reverse("pack"), {"unit": "ORG"}).status_code == 404
    assert not Job.objects.exists()


def test_a_job_for_figures_that_were_withdrawn_says_so():
    cycle = published("spring")
    job = packs.request(
        release=Release.objects.get(cycle=cycle).pk,
        unit=cycle.units.get(position=0),
        by=person(role="executive"),
    )
    Release.objects.update(visible=False)

    jobs.run(job.pk)

    job.refresh_from_db()
    assert job.state == Job.State.FAILED
    assert "not published" in job.message


def test_packs_go_after_a_month():
    pack = stored(published("spring"))
    Pack.objects.filter(pk=pack.pk).update(made_at=timezone.now() - timedelta(days=31))

    packs.tidy()

    assert not Pack.objects.exists()


def test_before_the_first_publication_the_page_says_what_happens_next():
    live_units()

    assert "No results yet" in signed_in().get(reverse("pack")).content.decode()


# By mail


def switch_on(days: int = 0) -> None:
    client = signed_in(role="hr")
    assert client.post(reverse("pack_mailing"), {"on": "on", "days": days}).status_code == 302


def publish_now(code: str, **options) -> Cycle:
    return published(code, published_at=timezone.now(), **options)


def test_each_executive_is_mailed_the_pack_of_the_unit_they_reach_and_only_once():
    live_units()
    switch_on()
    publish_now("spring")
    whole, north = person(role="executive"), person(role="executive", reaches="NORTH")
    person(role="manager")

    for _turn in range(2):
        mailing.due()
        jobs.run_waiting()

    subjects = {message.to[0]: message.subject for message in mail.outbox}
    assert subjects == {
        whole.email: "Board pack: Customer focus of Org, Title of spring",
        north.email: "Board pack: Customer focus of North, Title of spring",
    }
    assert len(mail.outbox) == PackMailed.objects.count() == 2
    name, data, kind = mail.outbox[0].attachments[0]
    assert (name, kind) == ("board-pack.pdf", "application/pdf")
    assert data.startswith(b"%PDF")


def test_what_was_published_before_it_was_switched_on_is_not_mailed():
    published("old")
    person(role="executive")
    switch_on()

    assert mailing.due() == 0


def test_the_mail_waits_for_the_days_chosen():
    live_units()
    switch_on(days=3)
    publish_now("spring")
    person(role="executive")

    assert mailing.due() == 0
    PackMailing.objects.update(on_since=timezone.now() - timedelta(days=5))
    Cycle.objects.update(published_at=timezone.now() - timedelta(days=4))
    assert mailing.due() == 1


def test_switched_off_it_asks_the_database_once(django_assert_num_queries):
    with django_assert_num_queries(1):
        assert mailing.due() == 0


def test_an_executive_without_an_address_is_left_out():
    live_units()
    switch_on()
    publish_now("spring")
    Person.objects.filter(pk=person(role="executive").pk).update(email=None)

    assert mailing.due() == 0


@pytest.mark.parametrize("days", ["-1", "61", "x", ""])
def test_a_number_of_days_out_of_range_is_refused_and_nothing_changes(days):
    published("spring")

    response = signed_in(role="hr").post(reverse("pack_mailing"), {"on": "on", "days": days})

    assert response.status_code == 400
    assert not PackMailing.objects.exists()


# The team sheet


def test_the_sheet_asks_two_questions_about_each_of_the_first_priorities():
    published(changes={("SOUTH", "all", "B2"): {"score": 41}, ("SOUTH", "all", "B8"): {"score": 40.5}})

    page = signed_in().get(reverse("team_sheet", args=["SOUTH"]))

    body = page.content.decode()
    assert len(page.context["page"].questions) == 1 + 4 + 1 + 1
    assert "heard it first?" in body
    assert "what does it cost us to put right?" in body


def test_the_sheet_says_so_where_a_figure_may_not_be_shown():
    published(scores={"ORG": 58, "NORTH": None, "DEPOT": 64, "SOUTH": 47})

    page = signed_in().get(reverse("team_sheet", args=["NORTH"]))

    assert page.status_code == 200
    assert "Too few answers to say where North stands" in page.content.decode()
    assert len(page.context["page"].questions) == 2


def test_the_sheet_is_for_those_who_reach_the_unit_by_role():
    published()

    assert (
        signed_in(role="manager", unit="NORTH").get(reverse("team_sheet", args=["DEPOT"])).status_code == 200
    )
    assert (
        signed_in(role="manager", unit="NORTH").get(reverse("team_sheet", args=["SOUTH"])).status_code == 404
    )
    assert signed_in(role="", unit="NORTH").get(reverse("team_sheet", args=["NORTH"])).status_code == 403


def test_every_block_of_the_shipped_framework_has_two_questions_with_sources():
    from reports.questions import _content, sources
    from tests.factories.reports import framework

    blocks = [block.code for block in framework().instrument.blocks]

    assert {code: len(_content()["blocks"][code]) for code in blocks} == dict.fromkeys(blocks, 2)
    assert {*blocks, "Q-1", "Q-2"} <= set(sources())
