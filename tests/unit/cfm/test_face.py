"""The face of every page: what the shared templates promise."""

import re

import pytest
from django.template.loader import render_to_string
from django.test import RequestFactory
from django.urls import include, path

from cfm.views import styleguide
from tests.conftest import ROOT

# the face alone: no app's pages are needed to show it
urlpatterns = [
    path("accounts/", include("allauth.account.urls")),
    path("accounts/2fa/", include("allauth.mfa.urls")),
    path("language/", styleguide, name="language"),  # where the switch of every page leads
]
pytestmark = pytest.mark.urls(__name__)


@pytest.mark.parametrize("name", ["400", "403", "403_csrf", "404", "500"])
def test_an_error_page_needs_no_request_no_person_and_no_database(name):
    page = render_to_string(f"{name}.html")

    assert page.count("<h1") == 1
    assert 'lang="en-gb"' in page
    assert 'href="/"' in page


@pytest.fixture
def guide() -> str:
    return styleguide(RequestFactory().get("/styleguide/")).content.decode()


def test_a_page_has_one_heading_one_main_and_a_way_past_the_navigation(guide):
    assert guide.count("<h1") == guide.count("<main") == 1
    assert 'href="#content"' in guide
    assert 'id="content"' in guide


def test_no_component_needs_what_the_content_security_policy_refuses(guide):
    assert not re.findall(r'\sstyle="|\son[a-z]+="|<style|javascript:', guide)
    assert not re.findall(r"<script(?![^>]*(?:src=|application/json))", guide)


def test_every_chart_has_its_figures_and_its_table(guide):
    figures = re.findall(r'data-figure="([^"]+)"', guide)

    assert len(figures) == len(set(figures)) == 4
    assert all(f'<script id="{figure}" type="application/json">' in guide for figure in figures)
    assert guide.count('<details class="chart-table"') == 4


def test_ids_are_unique(guide):
    ids = re.findall(r'\sid="([^"]+)"', guide)

    assert len(ids) == len(set(ids))


def test_a_hidden_figure_is_said_in_words(guide):
    assert "fewer than 5 answers: not shown" in guide


@pytest.mark.django_db
def test_the_sign_in_page_takes_the_address_from_the_link(client, settings):
    settings.CFM_DEMO = True

    page = client.get("/accounts/login/", {"email": "hr@demo.example", "next": "/cycles/"}).content.decode()

    assert re.search(r'id="id_login"[^>]*value="hr@demo.example"', page)
    assert "executive%40demo.example" in page
    assert 'name="next"' in page


@pytest.mark.django_db
def test_the_sign_in_page_names_no_accounts_outside_the_demonstration(client, settings):
    settings.CFM_DEMO = False

    assert "demo.example" not in client.get("/accounts/login/").content.decode()


@pytest.mark.django_db
def test_a_wrong_password_is_said_on_the_page_and_keeps_the_address(client):
    page = client.post("/accounts/login/", {"login": "x@y.example", "password": "wrong"}).content.decode()

    assert "There is a problem" in page
    assert re.search(r'id="id_login"[^>]*value="x@y.example"', page)


@pytest.mark.parametrize("sheet", sorted((ROOT / "static" / "cfm").glob("*.css")), ids=lambda path: path.name)
def test_every_rule_of_a_style_sheet_ends_before_the_next_begins(sheet):
    """A brace left open makes all that follows apply within its rule alone, and nothing says so."""
    text = re.sub(r"/\*.*?\*/", "", sheet.read_text(encoding="utf-8"), flags=re.S)
    depth = 0
    for line in text.splitlines():
        assert depth == 0 or not line or line.startswith((" ", "}")), line
        depth += line.count("{") - line.count("}")

    assert depth == 0
