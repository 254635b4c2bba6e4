"""The library we ship, and its pages."""

import re
from pathlib import Path

import pytest
import yaml
from django.test import Client
from django.urls import reverse

from competencies.models import Behaviour, Competency, Requirement
from organisation.models import JobRole
from tests.factories.competencies import competency, profile
from tests.factories.organisation import PersonFactory

ROOT = Path(__file__).parents[3]
LIBRARY = yaml.safe_load((ROOT / "fixtures" / "competencies_v1.yaml").read_text(encoding="utf-8"))[
    "competencies"
]
DOMAIN = yaml.safe_load((ROOT / "tests" / "domain_codes.yaml").read_text(encoding="utf-8"))["all"]
SOURCES = [
    *["B5", "IE1", "IE2", "IE3", "IE4"],
    *(f"KC{number}" for number in range(13, 27)),
    *(f"L-{number}" for number in range(1, 9)),
    *(f"T-{number}" for number in range(1, 14)),
    *(f"E-{number}" for number in range(1, 12)),
]
# Words for which nobody can say what was seen.
VAGUE = re.compile(
    r"\b(good at|excellent|very|often|sometimes|rarely|friendly|positive|proactive|passion\w*)\b"
)


def test_there_are_enough_core_and_role_competencies_for_every_group():
    groups = {one["group"] for one in LIBRARY if one["kind"] == "role"}

    assert sum(one["kind"] == "core" for one in LIBRARY) >= 10
    assert sum(one["kind"] == "role" for one in LIBRARY) >= 12
    assert groups == {"front_line", "supervisors", "managers", "executives", "support"}


@pytest.mark.parametrize("one", LIBRARY, ids=lambda one: one["code"])
def test_each_competency_has_a_definition_and_a_plain_behaviour_at_five_levels(one):
    texts = one["behaviours"]

    assert one["definition"]
    assert list(texts) == [1, 2, 3, 4, 5]
    assert len(set(texts.values())) == 5
    for text in texts.values():
        assert 5 <= len(text.split()) <= 34
        assert text.endswith((".", "”", ")"))
        assert not VAGUE.search(text)


def test_every_source_of_competencies_is_used_and_none_is_invented():
    used = {code for one in LIBRARY for code in one["source"]}
    domain = {code for codes in DOMAIN.values() for code in codes}

    assert set(SOURCES) - used == set()
    assert used - domain == set()


# Pages


@pytest.fixture
def hr(db) -> Client:
    client = Client()
    client.force_login(PersonFactory(roles=["hr"]))
    return client


def entered(**fields: object) -> dict[str, object]:
    behaviours = {f"behaviour_{level}": f"Does it at {level}" for level in (1, 3)}
    return {"code": "C1", "name": "Listens", "kind": "core", "definition": "Asks first"} | behaviours | fields


def test_hr_adds_and_changes_a_competency_in_the_browser(hr):
    hr.post(reverse("competency_new"), entered())
    hr.post(reverse("competency_edit", args=["C1"]), entered(code="C9", behaviour_1="", behaviour_5="Leads"))

    one = Competency.objects.get()
    assert one.code == "C1"
    assert dict(one.behaviours.values_list("level", "text")) == {3: "Does it at 3", 5: "Leads"}


@pytest.mark.parametrize(
    "wrong",
    [
        {"code": "/x"},
        {"code": ""},
        {"name": ""},
        {"kind": "other"},
        {"behaviour_1": "x" * 1001},
        {"group": "x"},
    ],
)
def test_a_competency_that_cannot_be_is_refused(hr, wrong):
    assert hr.post(reverse("competency_new"), entered(**wrong)).status_code == 400
    assert not Competency.objects.exists()
    assert not Behaviour.objects.exists()


def test_a_code_that_is_taken_is_refused(hr):
    competency("C1")

    assert hr.post(reverse("competency_new"), entered()).status_code == 400


def test_the_library_is_searched_by_address_and_retired_ones_stand_apart(hr):
    (
        competency("C1", name="Listens"),
        competency("R1", kind="role"),
        competency("C3", name="Old", retired=True),
    )

    def found(**query: object) -> list[str]:
        return [one.code for one in hr.get(reverse("competencies"), query).context["competencies"]]

    assert found() == ["C1", "R1"]
    assert found(q="listen") == ["C1"]
    assert found(kind="role") == ["R1"]
    assert found(retired=1) == ["C3"]


def test_hr_sets_and_copies_profiles_and_sees_who_has_none(hr):
    competency("C1"), competency("R1", kind="role"), competency("R2", kind="role")
    adviser = JobRole.objects.create(name="Adviser")
    PersonFactory(job_role=adviser)
    profile("Expert", {"R1": (5, 2), "R2": (2, 1)})

    assert [row.job_role for row in hr.get(reverse("profiles")).context["without"]] == [adviser]
    hr.post(reverse("profile", args=[adviser.pk]), {"level-R1": "4", "importance-R1": "1.5", "level-R2": ""})
    hr.post(reverse("profile_copy", args=[adviser.pk]), {"source": JobRole.objects.get(name="Expert").pk})

    lines = Requirement.objects.filter(job_role=adviser).values_list("competency__code", "required_level")
    assert dict(lines) == {"R1": 4, "R2": 2}


@pytest.mark.parametrize(
    "wrong", [{"level-R1": "6"}, {"level-R1": "x"}, {"level-R1": "3", "importance-R1": "-1"}]
)
def test_a_profile_with_a_mistake_is_refused_and_stays_as_it_was(hr, wrong):
    competency("R1", kind="role")
    role = profile("Expert", {"R1": (5, 2)})

    assert hr.post(reverse("profile", args=[role.pk]), wrong).status_code == 400
    assert Requirement.objects.get().required_level == 5
