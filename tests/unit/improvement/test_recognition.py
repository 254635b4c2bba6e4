"""Recognition: who thanks whom, what hangs on the wall, the monthly mail, and that nobody is ranked."""

import csv
import io
import re
import time
from datetime import date, timedelta

import pytest
from django.core import mail
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from assessments import facts
from cfm.lib import jobs
from cfm.lib.models import AuditEvent, Job
from competencies.models import Competency
from improvement.models import DigestSent, Recognition
from improvement.queries import recognition as queries
from improvement.services import digests
from improvement.services import recognition as services
from improvement.services.errors import RefusedError
from organisation.models import Person, Unit
from tests.factories.improvement import thanks
from tests.factories.organisation import PersonFactory, UnitFactory, root

AWARD = {"award": "First to call", "whats_next": "Care homes too"}
HOSTILE = "<script>alert('x')</script>"


@pytest.fixture
def north(db) -> Unit:
    return UnitFactory(code="NORTH", name="North")


@pytest.fixture
def ada(north) -> Person:
    return PersonFactory(person_id="ADA", name="Ada Ash", unit=north)


@pytest.fixture
def ben(north) -> Person:
    return PersonFactory(person_id="BEN", name="Ben Birch", unit=north)


def browser(person: Person) -> Client:
    client = Client()
    client.force_login(person)
    return client


def proved(person: Person) -> Client:
    """A browser of somebody who has just proved again who they are."""
    client = browser(person)
    session = client.session
    session["account_authentication_methods"] = [
        {"method": "password", "at": time.time() + 10**6, "reauthenticated": True}
    ]
    session.save()
    return client


def text(response) -> str:
    return " ".join(response.content.decode().split())


# Giving


def test_anyone_thanks_a_colleague_for_a_deed_with_competency_and_customer(ada, ben):
    Competency.objects.create(code="C01", name="Listening", kind="core", slot=1)

    response = browser(ada).post(
        "/recognition/new/?person=BEN",
        {"deed": "Called back at night.", "competency": "C01", "whats_next": "A number for nights"},
    )

    row = Recognition.objects.get()
    assert response.headers["Location"] == f"/recognition/{row.pk}/"
    assert (row.giver, row.person, row.unit, row.kind) == (ada, ben, ben.unit, "thanks")
    wall = text(browser(PersonFactory()).get("/recognition/"))
    assert "Called back at night." in wall
    assert "What’s next:</strong> A number for nights" in wall
    assert "From Ada Ash" in wall
    assert ">Listening</a>" in wall


def test_a_team_is_thanked_as_a_whole(ada):
    UnitFactory(code="SOUTH", name="South crews")

    browser(ada).post("/recognition/new/?unit=SOUTH", {"deed": "Opened at five."})

    row = Recognition.objects.get()
    assert (row.person, row.unit.code) == (None, "SOUTH")
    assert "South crews" in text(browser(ada).get("/recognition/"))


def test_one_finds_colleagues_and_teams_by_a_part_of_the_name_but_neither_oneself_nor_who_left(ada, ben):
    PersonFactory(name="Birch Gone", is_active=False)
    UnitFactory(name="Birchwood depot")
    PersonFactory(name="Ada Other", person_id="OTHER")

    page = text(browser(ada).get("/recognition/new/?q=birch"))
    own = text(browser(ada).get("/recognition/new/?q=ada"))

    assert "?person=BEN" in page
    assert "Birchwood depot" in page
    assert "Birch Gone" not in page
    assert "?person=OTHER" in own
    assert "?person=ADA" not in own
    assert "at least two letters" in text(browser(ada).get("/recognition/new/?q=b"))


def test_nobody_thanks_themselves_not_even_past_the_page(ada):
    assert browser(ada).post("/recognition/new/?person=ADA", {"deed": "Me."}).status_code == 404
    with pytest.raises(RefusedError):
        thanks(ada, ada)
    with pytest.raises(IntegrityError), transaction.atomic():
        Recognition.objects.create(kind="thanks", deed="Me.", giver=ada, person=ada, unit=ada.unit)


def test_an_award_needs_what_is_next_and_thanks_only_ask_for_it(ada, north):
    manager = PersonFactory(unit=north, roles=["manager"])
    page = browser(manager)

    refused = page.post("/recognition/award/?person=ADA", {"award": "First", "deed": "Called."})
    page.post("/recognition/award/?person=ADA", {"award": "First", "deed": "Called.", "whats_next": "More"})

    assert refused.status_code == 400
    assert "What’s next?" in text(refused)
    assert Recognition.objects.get().kind == "award"
    with pytest.raises(IntegrityError), transaction.atomic():
        Recognition.objects.create(kind="award", award="First", deed="x", giver=manager, unit=north)


def test_a_manager_gives_awards_in_the_own_part_only(ada, north):
    manager = PersonFactory(unit=north, roles=["manager"])
    stranger = PersonFactory(person_id="FAR", unit=UnitFactory(code="SOUTH"))

    for address in ("?person=FAR", "?unit=SOUTH", f"?unit={root().code}"):
        assert browser(manager).get(f"/recognition/award/{address}").status_code == 404
    with pytest.raises(RefusedError):
        thanks(manager, stranger, **AWARD)
    with pytest.raises(RefusedError):
        thanks(PersonFactory(unit=north), ada, **AWARD)
    assert "?person=FAR" not in text(browser(manager).get(f"/recognition/award/?q={stranger.name}"))
    assert thanks(manager, ada, **AWARD).kind == "award"


def test_hostile_text_is_shown_as_text(ada, ben):
    ben.name = f"{HOSTILE} Birch"
    ben.save()
    row = thanks(ada, ben, deed=HOSTILE, whats_next=HOSTILE)

    for address in ("/recognition/", "/recognition/mine/", f"/recognition/{row.pk}/"):
        assert HOSTILE not in browser(ada).get(address).content.decode()
    refused = browser(ada).post("/recognition/new/?person=BEN", {"deed": "Bell\x07"})
    assert refused.status_code == 400


# Taking off


def test_who_gave_it_withdraws_it_and_puts_it_back(ada, ben):
    row = thanks(ada, ben)
    page = browser(ada).post(f"/recognition/{row.pk}/withdraw/", follow=True)

    assert "Put it back on the wall" in text(page)
    assert browser(ben).get(f"/recognition/{row.pk}/").status_code == 404
    assert row.deed not in text(browser(ben).get("/recognition/mine/"))
    assert row.deed not in text(browser(ada).get("/recognition/"))

    browser(ada).post(f"/recognition/{row.pk}/put_back/")
    assert row.deed in text(browser(ben).get("/recognition/"))


def test_who_got_it_takes_it_off_and_only_they_put_it_back(ada, ben):
    row = thanks(ada, ben)

    browser(ben).post(f"/recognition/{row.pk}/take_off/")

    assert row.deed not in text(browser(PersonFactory()).get("/recognition/"))
    assert browser(PersonFactory(roles=["hr"])).get(f"/recognition/{row.pk}/").status_code == 404
    for name in ("put_back", "withdraw"):
        browser(ada).post(f"/recognition/{row.pk}/{name}/")
        assert Recognition.objects.get().state == "taken_off"
    browser(ben).post(f"/recognition/{row.pk}/put_back/")
    assert Recognition.objects.get().state == "shown"


def test_hr_takes_a_message_off_with_a_reason_that_is_kept_and_read(ada, ben):
    hr = PersonFactory(roles=["hr"])
    row = thanks(ada, ben)

    browser(hr).post(f"/recognition/{row.pk}/remove/", {"reason": "customer", "note": "Names a patient."})

    line = AuditEvent.objects.get(action="recognition.remove")
    assert (line.actor, line.details) == (hr.pk, {"reason": "customer"})
    assert row.deed not in text(browser(ada).get("/recognition/"))
    for reader in (ada, ben):
        assert "Names a patient." in text(browser(reader).get(f"/recognition/{row.pk}/"))
    assert browser(PersonFactory()).get(f"/recognition/{row.pk}/").status_code == 404
    browser(ada).post(f"/recognition/{row.pk}/put_back/")
    assert Recognition.objects.get().state == "removed"
    browser(hr).post(f"/recognition/{row.pk}/put_back/")
    assert (Recognition.objects.get().state, Recognition.objects.get().reason_note) == ("shown", "")


def test_a_second_press_says_that_it_is_too_late_and_a_stranger_is_refused(ada, ben):
    row = thanks(ada, ben)
    browser(ada).post(f"/recognition/{row.pk}/withdraw/")

    again = browser(ada).post(f"/recognition/{row.pk}/withdraw/", follow=True)

    assert "can’t be done any more" in text(again)
    assert browser(PersonFactory()).post(f"/recognition/{row.pk}/withdraw/").status_code == 404


# The wall


def test_the_wall_is_the_newest_first_and_narrowed_by_the_address(ada, ben, north):
    listening = Competency.objects.create(code="C01", name="Listening", kind="core", slot=1)
    depot = UnitFactory(code="DEPOT", parent=north)
    far = PersonFactory(unit=UnitFactory(code="SOUTH"))
    first = thanks(ada, PersonFactory(unit=depot), deed="First deed")
    thanks(ada, far, deed="Second deed", competency=listening)
    Recognition.objects.filter(pk=first.pk).update(given_at=timezone.now() - timedelta(days=3))
    client = browser(ben)

    page = text(client.get("/recognition/"))

    assert page.index("Second deed") < page.index("First deed")
    assert "2 times somebody was thanked" in page
    in_north = text(client.get("/recognition/?unit=NORTH"))
    assert "First deed" in in_north
    assert "Second deed" not in in_north
    assert "First deed" not in text(client.get("/recognition/?competency=C01"))
    assert "Nothing here with this choice" in text(client.get("/recognition/?kind=award"))


def test_the_wall_has_pages(ada, ben):
    for number in range(21):
        thanks(ada, ben, deed=f"Deed {number}.")

    assert "Deed 0." not in text(browser(ada).get("/recognition/"))
    assert "Deed 0." in text(browser(ada).get("/recognition/?page=2"))


def test_the_wall_needs_the_same_queries_for_one_and_for_twenty_messages(ada, north):
    client = browser(ada)

    def asked() -> int:
        with CaptureQueriesContext(connection) as caught:
            client.get("/recognition/")
        return len(caught)

    thanks(ada, PersonFactory(unit=north))
    asked()
    few = asked()
    for _number in range(19):
        thanks(PersonFactory(unit=UnitFactory()), PersonFactory(unit=UnitFactory()))

    assert asked() == few


def test_without_thanks_the_wall_says_what_to_do(ada):
    page = text(browser(ada).get("/recognition/"))

    assert "Nobody has been thanked yet" in page
    assert "/recognition/new/" in page


# Nobody is ranked


def test_no_page_counts_or_orders_people(ada, ben, north):
    """Ben has 7 thanks and Cas 3: neither number stands on any page, nor can the address ask for an order."""
    cas = PersonFactory(name="Cas Cedar", unit=north)
    for _number in range(7):
        thanks(ada, ben)
    for _number in range(3):
        thanks(ada, cas)
    pages = [
        "/recognition/?sort=person&person=BEN&giver=ADA&order=name",
        "/recognition/mine/",
        "/recognition/units/",
        "/recognition/new/?q=birch",
    ]

    for person in (ada, ben, PersonFactory(unit=north, roles=["manager", "hr", "executive"])):
        for address in pages:
            response = browser(person).get(address)
            if response.status_code == 200:
                shown = re.sub(r"<[^>]+>", " ", response.content.decode().split("<main", 1)[1])
                assert not re.search(r"\b[73]\b(?! times somebody)", re.sub(r"\d+ \w+ 20\d\d", "", shown))

    listed = browser(ada).get("/recognition/?sort=person&person=BEN").context["page"]
    assert [line.pk for line in listed] == list(
        Recognition.objects.order_by("-given_at", "-pk").values_list("pk", flat=True)
    )


def test_the_counts_name_units_only_and_keep_the_order_of_the_tree(ada, ben, north):
    depot = UnitFactory(code="ADEPOT", name="A depot", parent=north)
    thanks(ada, ben)
    thanks(ada, PersonFactory(unit=depot), whats_next="More of it")
    manager = PersonFactory(unit=north, roles=["manager"])
    thanks(manager, ben, **AWARD)

    response = browser(manager).get("/recognition/units/")

    rows = queries.counts(
        Unit.objects.visible_to(manager, "recognition.count").with_tree_fields(), since=date(2020, 1, 1)
    )
    assert [(one.unit.code, one.thanks, one.awards, one.looking_ahead, one.months) for one in rows] == [
        ("NORTH", 2, 1, 2, 1),
        ("ADEPOT", 1, 0, 1, 1),
    ]
    page = text(response)
    assert "North: 2 messages of thanks and 1 award in" in page
    assert not {name for name in ("Ada", "Ben") if name in page.split("<main", 1)[1]}


def test_withdrawn_thanks_count_nowhere(ada, ben, north):
    row = thanks(ada, ben)
    services.move(recognition=row.pk, name="withdraw", by=ada)

    assert queries.count_of(north, since=date(2020, 1, 1)).total == 0


def test_the_checklist_is_told_counts_of_the_unit_and_decides_nothing(ada, ben, north):
    thanks(ada, ben)

    told = facts.of("KC10", "NORTH")

    assert [(one.url, "1 message of thanks and 0 awards" in one.text) for one in told] == [
        ("/recognition/?unit=NORTH", True)
    ]
    assert facts.of("KC11", "NORTH") == facts.of("KC10", "GONE") == []


# The monthly mail


@pytest.fixture
def last_month() -> date:
    return digests.last_month(timezone.localdate())


def given_last_month(row: Recognition, month: date) -> None:
    Recognition.objects.filter(pk=row.pk).update(given_at=queries.midnight(month) + timedelta(days=2))


def test_the_digest_is_asked_for_once_a_month_and_mailed_once_a_person(ada, ben, last_month):
    given_last_month(thanks(ada, ben, deed="Called at night.", whats_next="A number"), last_month)

    assert (digests.due(), digests.due()) == (2, 0)
    jobs.run_waiting()
    mails = {one.to[0]: one for one in mail.outbox}
    assert set(mails) == {ada.email, ben.email}
    body = mails[ben.email].body
    assert "Thanks for Ben Birch, from Ada Ash" in body
    assert "Called at night." in body
    assert "What’s next: A number" in body

    for job in Job.objects.filter(kind=digests.DIGEST):
        jobs.enqueue(digests.DIGEST, key=job.key, **job.arguments)
    jobs.run_waiting()
    assert len(mail.outbox) == DigestSent.objects.count() == 2


def test_the_digest_skips_who_declined_what_is_elsewhere_and_what_was_taken_off(ada, ben, last_month):
    far = PersonFactory(unit=UnitFactory(code="SOUTH"))
    row = thanks(ada, ben)
    given_last_month(row, last_month)
    browser(ben).post("/recognition/digest/", {"wanted": "0"})

    digests.due()
    jobs.run_waiting()

    assert [one.to[0] for one in mail.outbox] == [ada.email]
    assert far.email not in str(mail.outbox)
    assert "You don’t get the monthly mail." in text(browser(ben).get("/recognition/"))
    browser(ben).post("/recognition/digest/", {"wanted": "1"})
    assert "Stop this mail" in text(browser(ben).get("/recognition/"))


def test_a_month_without_recognition_mails_nobody(ada):
    assert digests.due() == 0
    assert Job.objects.filter(kind=digests.DIGEST).count() == 0


def test_the_digest_speaks_the_readers_language(ada, ben, last_month):
    Person.objects.filter(pk=ben.pk).update(language="fr")
    given_last_month(thanks(ada, ben), last_month)

    digests.due()
    jobs.run_waiting()

    subject = next(one.subject for one in mail.outbox if one.to == [ben.email])
    assert subject.startswith("Reconnaissance")


# The file


def test_hr_takes_the_wall_out_as_a_file_without_formulas_and_in_reach_only(ada, ben, north):
    thanks(ada, ben, deed="=1+1")
    thanks(ada, PersonFactory(unit=UnitFactory(code="SOUTH")))
    hr = PersonFactory(roles={"hr": north})

    response = proved(hr).get("/recognition/recognition.csv")

    rows = list(csv.DictReader(io.StringIO(b"".join(response).decode())))
    assert [(one["unit"], one["person_id"], one["giver_id"], one["deed"]) for one in rows] == [
        ("NORTH", "BEN", "ADA", "'=1+1")
    ]
    assert AuditEvent.objects.filter(action="recognition.export", actor=hr.pk).count() == 1


def test_hr_proves_again_who_they_are_before_the_file(ada, ben):
    hr = PersonFactory(roles=["hr"])
    hr.set_password("correct horse battery")
    hr.save()

    response = browser(hr).get("/recognition/recognition.csv")

    assert response.headers["Location"].startswith("/accounts/reauthenticate/")
