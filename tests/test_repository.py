"""Rules about the repository itself."""

import io
import re
import subprocess
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.core.management import call_command

ROOT = Path(settings.BASE_DIR)
LAYERS = ["lib", "organisation", "assessments", "competencies", "improvement", "reports"]
DJANGO_OWN = {"auth", "contenttypes", "sessions", "admin", "account"}


def tracked(*patterns: str) -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", *patterns], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    return [ROOT / name for name in listed.splitlines() if (ROOT / name).is_file()]


@pytest.mark.django_db
def test_every_model_change_has_its_migration():
    call_command("makemigrations", "--check", "--dry-run", stdout=io.StringIO())


def test_foreign_keys_point_down_the_layers():
    upward = [
        f"{model.__name__}.{field.name} → {field.related_model.__name__}"
        for model in apps.get_models()
        if model._meta.app_label in LAYERS
        for field in model._meta.get_fields()
        if field.is_relation and field.concrete and field.related_model._meta.app_label in LAYERS
        if LAYERS.index(field.related_model._meta.app_label) > LAYERS.index(model._meta.app_label)
    ]

    assert upward == []


def test_every_setting_read_from_the_environment_is_in_the_example():
    read = set(re.findall(r'env\.\w+\(\s*"([A-Z_]+)"', (ROOT / "cfm/settings.py").read_text()))

    named = set(re.findall(r"^([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))

    assert read == named


def test_no_python_module_is_longer_than_900_lines():
    long = [path.name for path in tracked("*.py") if len(path.read_text().splitlines()) > 900]

    assert long == []


def test_no_third_party_asset_and_no_lock_file_with_addresses_is_in_the_tree():
    suspicious = [
        path.name for path in tracked() if re.search(r"\.min\.(js|css)$|^uv\.lock$|^pylock", path.name)
    ]

    assert suspicious == []


def test_requirements_hold_hashes_and_no_addresses():
    for path in tracked("requirements*.txt"):
        text = path.read_text()
        pinned = re.findall(r"^[A-Za-z0-9._\[\],-]+==", text, re.MULTILINE)

        assert "http" not in text
        assert len(pinned) > 40
        assert text.count("--hash=sha256:") >= len(pinned)


def test_nothing_in_the_tree_is_loaded_from_another_host():
    outside = re.compile(
        r"""(?:src|href)=["'](?:https?:)?//|@import\s+url\(\s*["']?https?:|importScripts\("""
    )
    found = [
        path.name
        for path in tracked("templates/*", "static/*")
        if path.suffix in {".html", ".css", ".js"} and outside.search(path.read_text())
    ]

    assert found == []


def test_answers_are_registered_nowhere_in_the_admin():
    from django.contrib import admin

    registered = {model.__name__ for model in admin.site._registry}

    assert registered.isdisjoint(
        {"Invitation", "Envelope", "Draft", "Response", "Comment", "PaperFile", "CubePart", "Figure", "Job"}
    )


# Column that names a person → the part of "my data" in which its rows are told.
NAMED_IN: dict[str, str] = {
    "account.EmailAddress.user": "sign_in",
    "admin.LogEntry.user": "log",
    "assessments.ChecklistEntry.owner": "checklists",
    "assessments.ChecklistEntry.verdict_by": "checklists",
    "assessments.EntryEvent.by": "checklists",
    "assessments.EvidenceFile.added_by": "checklists",
    "assessments.Invitation.person": "questionnaires",
    "assessments.ReadinessEntry.changed_by": "transformations",
    "assessments.ReadinessEntry.owner": "transformations",
    "assessments.ReadinessEvent.by": "transformations",
    "assessments.Transformation.owner": "transformations",
    "competencies.CoachingNote.author": "coaching",
    "competencies.CoachingNote.person": "coaching",
    "competencies.PlanItem.owner": "others",
    "competencies.PlanItem.person": "plan",
    "competencies.RatingChange.by": "rating_history",
    "competencies.Sheet.person": "ratings",
    "competencies.Sheet.rater": "others",
    "competencies.Sheet.signed_off_by": "others",
    "improvement.Action.owner": "seen_to",
    "improvement.ActionUpdate.by": "seen_to",
    "improvement.CaseVersion.saved_by": "seen_to",
    "improvement.Commitment.leader": "leaders",
    "improvement.DigestDeclined.person": "recognition",
    "improvement.DigestSent.person": "recognition",
    "improvement.Finding.owner": "seen_to",
    "improvement.Goal.owner": "seen_to",
    "improvement.Goal.person": "goals",
    "improvement.Message.owner": "seen_to",
    "improvement.Message.sent_by": "seen_to",
    "improvement.Idea.owner": "ideas",
    "improvement.Idea.writer": "ideas",
    "improvement.IdeaAnswer.by": "ideas",
    "improvement.IdeaMailed.owner": "ideas",
    "improvement.IdeaTopic.owner": "ideas",
    "improvement.Process.owner": "seen_to",
    "improvement.ProcessAudit.auditor": "seen_to",
    "improvement.Reflection.leader": "leaders",
    "improvement.Recognition.giver": "recognition",
    "improvement.Recognition.person": "recognition",
    "mfa.Authenticator.user": "sign_in",
    "organisation.Approval.asked_by": "approvals",
    "organisation.Approval.decided_by": "approvals",
    "organisation.MailChoice.person": "mails",
    "organisation.Notice.person": "mails",
    "organisation.Person.manager": "person",
    "organisation.RoleGrant.person": "roles",
    "reports.PackMailed.person": "packs",
    "socialaccount.SocialAccount.user": "sign_in",
    "usersessions.UserSession.user": "sessions",
}


def test_every_column_that_names_a_person_is_shown_in_my_data():
    """A new one: add it to a part in the app's `personal` module, and name the part above."""
    from cfm.lib import personal
    from organisation.models import Person

    found = {
        f"{model._meta.app_label}.{model.__name__}.{field.name}"
        for model in apps.get_models()
        for field in model._meta.get_fields()
        if field.is_relation and field.concrete and field.related_model is Person
    }

    assert found <= NAMED_IN.keys()
    assert set(NAMED_IN.values()) <= personal.PARTS.keys()


# Requirements of levels 1 and 2 of OWASP ASVS 5.0, by section.
ASVS = (
    "1.1 2,1.2 9,1.3 11,1.4 3,1.5 2,2.1 3,2.2 3,2.3 4,2.4 1,3.2 2,3.3 4,3.4 6,3.5 5,3.7 2,4.1 3,4.2 1,4.3 2,4.4 4,"
    "5.1 1,5.2 3,5.3 2,5.4 3,6.1 3,6.2 11,6.3 3,6.4 4,6.5 5,6.6 3,6.8 3,7.1 3,7.2 4,7.3 2,7.4 5,7.5 2,7.6 2,"
    "8.1 2,8.2 3,8.3 1,8.4 1,9.1 3,9.2 4,10.1 2,10.2 2,10.3 4,10.4 11,10.5 5,10.6 2,10.7 3,11.1 2,11.2 3,11.3 3,"
    "11.4 3,11.5 1,11.6 1,12.1 3,12.2 2,12.3 4,13.1 1,13.2 5,13.3 2,13.4 5,14.1 2,14.2 4,14.3 3,15.1 3,15.2 3,"
    "15.3 7,16.1 1,16.2 5,16.3 4,16.4 3,16.5 3"
)


def test_every_requirement_of_the_standard_has_a_line_and_every_test_named_there_exists():
    text = (ROOT / "docs/asvs.md").read_text()
    numbers = re.findall(r"^\| (\d+\.\d+)\.\d+ \|", text, re.MULTILINE)
    named = re.findall(r"`([\w/]+\.py)::(test_\w+)`", text)
    missing = [
        f"{file}::{name}" for file, name in named if f"def {name}(" not in (ROOT / "tests" / file).read_text()
    ]

    assert {section: str(numbers.count(section)) for section in numbers} == dict(
        part.split(" ") for part in ASVS.split(",")
    )
    assert missing == []
    assert len(named) > 150


def test_every_line_of_the_standard_says_how_or_why_not():
    lines = re.findall(r"^\| [\d.]+ \|.*\|(.*)\|$", (ROOT / "docs/asvs.md").read_text(), re.MULTILINE)

    assert all(len(line.strip()) >= 4 for line in lines)
