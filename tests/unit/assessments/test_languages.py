"""The questionnaire in the reader's language: who gets which, the switch, mails and letters, and complete texts."""

import gettext
import re
from datetime import timedelta

import pytest
from django.core import mail
from django.core.exceptions import ValidationError
from django.test import Client
from django.utils import timezone, translation

from assessments.instrument import parse
from assessments.models import Invitation
from assessments.services import drafts, invitations, letters, links, setup, texts
from cfm.lib import jobs
from scripts import messages
from tests.factories import assessments as make
from tests.factories.organisation import PersonFactory

pytestmark = pytest.mark.django_db
BOTH = make.small_framework_text(code="both")
for _en, _fr in (
    ("First block", "Premier bloc"),
    ("Second block", "Second bloc"),
    ("What else?", "Autre chose ?"),
):
    BOTH = BOTH.replace(f"{{en: {_en}}}", f"{{en: {_en}, fr: {_fr}}}")
BOTH = re.sub(r"en: Statement (\d)\.", r"en: Statement \1., fr: Affirmation \1.", BOTH)
BOTH = BOTH.replace("Strongly agree]}", "Strongly agree], fr: [Non, Plutôt non, Neutre, Plutôt oui, Oui]}")


@pytest.fixture
def framework():
    return make.framework_row(text=BOTH)


@pytest.fixture
def cycle(framework):
    return make.open_cycle(code="spring", framework=framework, closes_at=timezone.now() + timedelta(days=3))


@pytest.fixture
def invitation(cycle):
    return make.invitations(cycle, audience="staff", unit__code="NORTH")[0]


@pytest.fixture
def browser(invitation):
    client = Client()
    client.force_login(invitation.person)
    return client


@pytest.fixture
def hr():
    client = Client()
    client.force_login(PersonFactory(roles=["hr"]))
    return client


def speaks(invitation, language):
    invitation.person.language = language
    invitation.person.save()


def language_of(response):
    page = response.content.decode()
    code = re.search(r'<html lang="([^"]+)"', page)[1]
    assert response["Content-Language"] == code
    assert ("Affirmation 1." in page, "Statement 1." in page) in {(True, False), (False, True)}
    assert ("Affirmation 1." in page) == (code == "fr")
    return code


# Which language


@pytest.mark.parametrize(
    ("chosen", "known", "browser_says", "shown"),
    [
        ("", "", "", "en-gb"),
        ("", "", "fr-CA,fr;q=0.9,en;q=0.5", "fr"),
        ("", "fr", "en", "fr"),
        ("en", "fr", "fr", "en-gb"),
        ("fr", "en", "en", "fr"),
        ("", "de", "de,pl", "en-gb"),
        ("xx", "", "fr", "fr"),
        ("<script>", "", "", "en-gb"),
    ],
)
def test_a_page_is_in_the_language_chosen_else_known_else_of_the_browser(
    browser, invitation, chosen, known, browser_says, shown
):
    speaks(invitation, known)
    if chosen:
        browser.cookies["django_language"] = chosen

    page = browser.get("/assess/spring/1/", headers={"accept-language": browser_says})

    assert language_of(page) == shown


def test_only_the_languages_of_the_cycle_are_offered(browser, framework, invitation):
    invitation.cycle.languages = ["en"]
    invitation.cycle.save()
    speaks(invitation, "fr")

    page = browser.get("/assess/spring/1/")

    assert language_of(page) == "en-gb"
    assert 'value="fr"' not in page.content.decode()


def test_a_language_in_which_a_statement_is_missing_is_not_offered():
    instrument = parse(BOTH.replace(", fr: Affirmation 3.", "", 1))

    assert parse(BOTH).languages == ("en", "fr")
    assert instrument.languages == ("en",)
    assert instrument.untranslated("fr") == 1


def test_the_shipped_framework_is_complete_in_every_language_of_the_product(settings):
    shipped = parse(make.SHIPPED.read_text(encoding="utf-8"))

    assert set(shipped.languages) == {code.split("-")[0] for code, _name in settings.LANGUAGES}
    for item in shipped.items:
        assert item.text.languages["fr"] != item.text.languages["en"], item.code


def test_pages_around_the_questionnaire_are_in_the_reader_s_language_too(hr):
    page = hr.get("/cycles/", headers={"accept-language": "fr"}).content.decode()

    assert '<html lang="fr"' in page
    assert "Aller au contenu" in page


# The switch


def test_switching_in_the_middle_of_a_page_keeps_what_was_entered_and_stays_there(browser, invitation):
    browser.get("/assess/spring/1/")
    answer = browser.post("/assess/spring/1/", {"item-S1": "4", "kept": "0000", "language": "fr"})
    page = browser.get("/assess/spring/1/")

    assert answer["Location"] == "/assess/spring/1/#questions"
    assert language_of(page) == "fr"
    secret = browser.cookies["cfm_draft"].value.encode()
    assert drafts.load(secret=secret, invitation=invitation).codes == "4000"
    assert re.search(r'name="item-S1"\s+value="4"\s+checked', page.content.decode())


def test_a_page_without_a_form_is_switched_by_a_button_that_leads_back(browser):
    answer = browser.post("/assess/language/", {"language": "fr", "next": "/assess/spring/review/"})
    page = browser.get("/assess/spring/review/").content.decode()

    assert answer["Location"] == "/assess/spring/review/"
    assert "Relire et envoyer" in page
    assert re.search(r'value="fr"\s+lang="fr"\s+aria-current="true"', page)


@pytest.mark.parametrize(
    "target", ["https://elsewhere.example/", "//elsewhere.example/", "javascript:alert(1)", ""]
)
def test_the_switch_leads_to_no_other_site(client, target):
    assert client.post("/assess/language/", {"language": "fr", "next": target})["Location"] == "/"


def test_what_was_given_back_for_copying_is_not_lost_by_a_switch(browser, invitation):
    invitation.cycle.closes_at = timezone.now() - timedelta(hours=1)
    invitation.cycle.save()

    page = browser.post("/assess/spring/1/", {"item-S1": "4", "kept": "0000", "go": "next"})

    assert page.status_code == 409
    assert 'name="language"' not in page.content.decode()


def test_the_page_of_a_link_speaks_the_language_of_its_owner(client, invitation):
    speaks(invitation, "fr")
    token = links.new_token()
    links.keep_token(invitation=invitation.pk, token=token)

    page = client.get(f"/assess/t/{token}/").content.decode()
    client.post(f"/assess/t/{token}/")
    start = client.get("/assess/spring/").content.decode()

    assert "Ouvrir mon questionnaire" in page
    assert "Ce que deviennent vos réponses" in start


def test_a_language_the_product_does_not_speak_shows_its_statements_and_our_words_in_english(client):
    text = BOTH.replace("fr:", "pl:").replace("code: both", "code: polish")
    make.open_cycle(code="wiosna", framework=make.framework_row(text=text), people={"NORTH": (6, 1)})
    person = Invitation.objects.filter(cycle__code="wiosna", audience="staff").first().person
    client.force_login(person)
    client.cookies["django_language"] = "pl"

    page = client.get("/assess/wiosna/1/").content.decode()

    assert "Affirmation 1." in page
    assert "Polski" in page
    assert "Nothing counts until you submit." in page


# Mails and letters


def sent_to(person):
    return next(message for message in mail.outbox if message.to == [person.email])


def test_everyone_is_written_to_in_their_own_language(cycle):
    rows = make.invitations(cycle, audience="staff")
    speaks(rows[0], "fr")

    invitations.request_invitations(cycle=cycle)
    jobs.run_waiting()

    french, english = sent_to(rows[0].person), sent_to(rows[1].person)
    assert french.subject.startswith("Title of spring : votre avis compte")
    assert 'lang="fr"' in french.alternatives[0].content
    assert english.subject.startswith("Title of spring: your view counts")


def test_texts_of_the_cycle_are_kept_by_language_and_the_others_stay_ours(cycle, hr):
    answer = hr.post(
        "/cycles/spring/texts/?language=fr",
        {"invitation_subject": "Bonjour {name}", "invitation_body": "Allez : {link}"},
    )

    assert answer.status_code == 302
    with translation.override("fr"):
        assert texts.text_of(cycle, "invitation") == texts.Text("Bonjour {name}", "Allez : {link}")
    assert texts.text_of(cycle, "invitation") == texts.shipped("invitation")
    page = hr.get("/cycles/spring/invite/").content.decode()
    assert "Bonjour Alex Example" in page
    assert "Title of spring: your view counts" in page


def test_letters_are_in_the_language_of_the_person_they_are_for(cycle, hr):
    rows = make.invitations(cycle, unit__code="NORTH", audience="staff")
    speaks(rows[0], "fr")

    made = letters.write(cycle=cycle, unit="NORTH", with_email=True)
    page = hr.post("/cycles/spring/letters/", {"unit": "NORTH", "with_email": "on"}).content.decode()

    assert {letter.language for letter in made} == {"fr", "en-gb"}
    assert page.count("Pointez l’appareil photo") == 1
    assert page.count("Point the camera") == len(made) - 1


# Preparing


def test_the_wizard_offers_the_languages_of_the_framework_and_keeps_those_ticked(hr, framework):
    draft = make.cycle_draft(code="draft", framework=framework)

    page = hr.get("/cycles/draft/setup/languages/").content.decode()
    hr.post("/cycles/draft/setup/languages/", {"languages": ["fr"]})

    draft.refresh_from_db()
    assert "English" in page
    assert "Français" in page
    assert draft.offered_languages == ("fr",)
    assert '<dd><span lang="fr">Français</span></dd>' in hr.get("/cycles/draft/").content.decode()


def test_a_language_that_the_framework_lacks_is_refused_and_goes_with_another_framework(framework):
    draft = make.cycle_draft(code="draft", framework=framework)
    with pytest.raises(ValidationError, match="not complete in de"):
        setup.change(cycle=draft, languages=["de"])

    setup.change(cycle=draft, languages=["fr"])
    changed = setup.change(cycle=draft, framework=make.framework_row())

    assert changed.languages == []
    assert changed.offered_languages == ("en",)


def test_the_preview_shows_the_questionnaire_in_each_language(hr, cycle):
    page = hr.get("/cycles/spring/questions/staff/?language=fr").content.decode()

    assert "Affirmation 1." in page
    assert '<div class="answer preview-questions" lang="fr">' in page


# Complete texts

CATALOGUES = sorted(messages.LOCALE.glob("*/LC_MESSAGES/django.po"))


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.parts[-3])
def test_every_text_of_pages_and_mails_is_translated(path):
    assert messages.lacking(path) == [], "write them into the .po file and run scripts/messages.py"


def test_the_list_of_what_is_missing_is_made_of_entries_that_fill_the_file(tmp_path):
    bare = tmp_path / "django.po"
    bare.write_text('msgid ""\nmsgstr ""\n', encoding="utf-8")

    listed = "\n\n".join(messages.missing(bare, ["templates/reports/home.html", "reports/sentences.py"]))
    filled = re.sub(r'(msgstr(?:\[\d\])?) ""', r'\1 "Oui"', listed)
    bare.write_text(filled, encoding="utf-8")

    assert "# templates/reports/home.html" in listed
    assert list(messages.missing(bare, ["templates/reports/home.html", "reports/sentences.py"])) == []


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.parts[-3])
def test_the_compiled_texts_are_those_of_the_file_people_edit(path):
    with path.with_suffix(".mo").open("rb") as file:
        compiled = gettext.GNUTranslations(file)

    assert path.with_suffix(".mo").read_bytes() == messages.compiled(messages.read(path))
    for (text, plural), translated in messages.read(path).items():
        if text:
            assert (compiled.ngettext(text, plural, 2) if plural else compiled.gettext(text)) == translated[
                -1
            ]


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.parts[-3])
def test_a_translation_fills_in_what_the_text_fills_in(path):
    places = re.compile(r"%\(\w+\)s|%s|%%|\{\w+\}|</?\w+[^>]*>")

    for (text, plural), translated in messages.read(path).items():
        for said, one in zip((text, plural), translated, strict=False) if text else ():
            assert set(places.findall(one)) == set(places.findall(said)), text
