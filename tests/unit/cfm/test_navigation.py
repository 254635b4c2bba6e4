"""Where one can go, by role."""

from types import SimpleNamespace

import pytest
from django.test import RequestFactory
from django.urls import path

from cfm import navigation
from organisation.permissions import Grant

urlpatterns = [
    path("", lambda request: None, name="home"),
    path("assess/", lambda request: None, name="assess"),
    path("cycles/", lambda request: None, name="cycles"),
    path("dashboard/", lambda request: None, name="dashboard"),
]

pytestmark = pytest.mark.urls(__name__)


def person(*roles):
    return SimpleNamespace(is_authenticated=True, grants=[Grant(role, None) for role in ("staff", *roles)])


def links(path, user):
    request = RequestFactory().get(path)
    request.user = user
    return {link.url: link.current for section in navigation.sections(request) for link in section.links}


def test_staff_see_their_places_and_no_others():
    assert set(links("/", person())) == {"/", "/assess/"}


def test_a_place_that_is_not_served_is_left_out_with_its_section():
    request = RequestFactory().get("/")
    request.user = person("hr", "administrator")

    found = navigation.sections(request)

    assert [str(section.label) for section in found] == ["", "Measure"]
    assert [link.url for link in found[1].links] == ["/cycles/"]


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("/", {"/": "page", "/assess/": "", "/dashboard/": ""}),
        ("/dashboard/", {"/": "", "/assess/": "", "/dashboard/": "page"}),
        ("/dashboard/units/S1/", {"/": "", "/assess/": "", "/dashboard/": "true"}),
        ("/elsewhere/", {"/": "", "/assess/": "", "/dashboard/": ""}),
    ],
)
def test_the_current_place_is_marked_once(address, expected):
    assert links(address, person("executive")) == expected


def test_a_stranger_and_a_request_without_a_person_get_no_navigation():
    bare = RequestFactory().get("/")

    assert links("/", SimpleNamespace(is_authenticated=False)) == {}
    assert navigation.sections(bare) == ()


def test_every_entry_asks_for_an_action_that_exists():
    actions = {entry.action for _label, entries in navigation.SECTIONS for entry in entries}

    assert actions <= set(navigation.permissions.ACTIONS)


def test_demo_accounts_are_listed_in_the_demonstration_only(settings):
    request = RequestFactory().get("/")

    settings.CFM_DEMO = False
    assert navigation.demo(request) == {}

    settings.CFM_DEMO = True
    assert [account["email"] for account in navigation.demo(request)["demo_accounts"]] == [
        f"{name}@demo.example" for name in ("staff", "manager", "executive", "hr", "admin", "auditor")
    ]
