"""The product speaks the reader's language on every page, not the questionnaire's alone."""

import re
from collections.abc import Iterator
from datetime import date
from html import unescape

import pytest
from django.test import Client
from django.urls import Resolver404, resolve

from scripts import messages
from tests.factories import competencies, customers, improvement
from tests.factories.assessments import cycle_draft, open_cycle
from tests.factories.organisation import PersonFactory
from tests.factories.reports import person, published

pytestmark = pytest.mark.django_db
FRENCH = messages.LOCALE / "fr/LC_MESSAGES/django.po"
FILLED = re.compile(r"%\(\w+\)[sd]|%[sd]|\{[^}]*\}")
OTHERWISE = {"cycle_preview", "cycle_texts"}  # show what is said in a language of the cycle
THREE_WORDS = re.compile(r"[A-Za-z]{2,}\W+[A-Za-z]+\W+[A-Za-z]{2,}")


@pytest.fixture(scope="module")
def english() -> re.Pattern[str]:
    """Finds texts of ours, of three words at least, that say something else in French."""
    texts = [
        text
        for (text, _plural), translated in messages.read(FRENCH).items()
        if THREE_WORDS.search(FILLED.sub(" ", text))
        and translated[0] != text
        and not re.search(r"[<\n]", text)
    ]
    sayings = (r".{1,80}?".join(map(re.escape, FILLED.split(text.replace("%%", "%")))) for text in texts)
    return re.compile("|".join(sorted(sayings, key=len, reverse=True)))


@pytest.fixture
def organisation():
    """Something on every kind of page."""
    for code in ("demo-1", "demo-2"):
        published(code)
    running = open_cycle(code="running")
    cycle_draft(code="sketch", framework=running.framework)
    boss = person(unit="NORTH", role="manager", name="Mo Manager")
    report = PersonFactory(unit=boss.unit, manager=boss)
    competencies.competency("C1")
    for who in (report, boss):
        competencies.rated(running, report, who, {"C1": 2})
    goal = improvement.goal("G1", unit=boss.unit)
    improvement.indicator(goal, figures={date(2025, 6, 1): 45})
    improvement.audited(
        improvement.process("P1", unit=boss.unit), date(2025, 5, 1), ["customer", "organisation"]
    )
    customers.register(boss.unit, person(unit="SOUTH").unit)
    return {"manager": boss, "staff": report}


def visible(html: str) -> Iterator[str]:
    """Yield the texts of a page: between tags, and in what is read out."""
    bare = re.sub(r"(?s)<(script|style)\b.*?</\1>|<(\w+)[^>]* lang=\"en[^>]*>.*?</\2>", " ", html)
    said = re.findall(r'(?:title|aria-label|alt|placeholder)="([^"]*)"', bare)
    for text in [*re.sub(r"<[^>]+>", "\n", bare).splitlines(), *said]:
        if text.strip():
            yield re.sub(r"\s+", " ", unescape(text)).strip()


def kind_of(path: str) -> str | None:
    try:
        return None if path.startswith(("/admin/", "/accounts/logout/")) else resolve(path).url_name
    except Resolver404:
        return None


def pages(client: Client) -> Iterator[tuple[str, str]]:
    """Yield address and text of one page of each kind that links lead to from the first page."""
    waiting, seen = ["/", "/accounts/2fa/", "/cycles/demo-2/proof/"], set()
    while waiting:
        path = waiting.pop(0)
        kind = kind_of(path.split("?")[0])
        if kind is None or kind in seen:
            continue
        seen.add(kind)
        response = client.get(path)
        assert response.status_code < 400, path
        if response.status_code == 200 and response["Content-Type"].startswith("text/html"):
            html = response.content.decode()
            yield path, html
            waiting += [unescape(found) for found in re.findall(r'<a\b[^>]*href="(/[^"#]*)', html)]


@pytest.mark.parametrize("role", ["staff", "manager", "executive", "hr", "administrator", "auditor"])
def test_no_page_that_a_role_reaches_says_anything_in_english_to_a_french_reader(organisation, english, role):
    who = organisation.get(role) or person(role=role)
    who.language = "fr"
    who.save()
    client = Client()
    client.force_login(who)
    found, looked_at = [], 0

    for path, html in pages(client):
        looked_at += 1
        assert '<html lang="fr"' in html, path
        if kind_of(path.split("?")[0]) not in OTHERWISE:
            found += [f"{path}: {text}" for text in visible(html) if english.fullmatch(text)]

    assert looked_at > 8
    assert found == []


@pytest.mark.parametrize("role", ["manager", "hr"])
def test_numbers_in_fields_and_drawings_keep_the_point_that_browsers_read(organisation, role):
    client = Client()
    client.force_login(organisation.get(role) or person(role=role))
    client.cookies["django_language"] = "fr"

    for path, html in pages(client):
        tags = re.findall(r"<(?:input|meter|progress|rect|line|circle)\b[^>]*>", html)
        assert [tag for tag in tags if re.search(r'="-?\d+,\d+"', tag)] == [], path


def test_a_choice_in_the_menu_changes_every_page_and_leads_back_with_its_filters():
    client = Client()
    client.force_login(person_of_the_organisation())

    before = client.get("/goals/?state=open").content.decode()
    answer = client.post("/assess/language/", {"language": "fr", "next": "/goals/?state=open"})
    after = client.get(answer["Location"]).content.decode()

    assert 'name="next" value="/goals/?state=open"' in before
    assert answer["Location"] == "/goals/?state=open"
    assert ('<html lang="en-gb"' in before, '<html lang="fr"' in after) == (True, True)


def test_who_is_signed_in_nowhere_reads_mistakes_in_the_language_of_the_browser(client):
    page = client.get("/nowhere/", headers={"accept-language": "fr-CA,en;q=0.5"})

    assert page.status_code == 404
    assert page["Content-Language"] == "fr"
    assert "Accept-Language" in page["Vary"]
    assert "Il n’y a rien ici" in page.content.decode()


def person_of_the_organisation():
    return PersonFactory(language="en")
