"""people.csv on the shell: everything or nothing, and every mistake by row, column and value."""

import io

import pytest
from allauth.account.models import EmailAddress
from django.core.management import CommandError, ManagementUtility, call_command

from cfm.lib.csv_import import InvalidFileError
from cfm.lib.models import AuditEvent
from organisation.imports import import_people
from organisation.models import JobRole, Person
from tests.factories.organisation import PersonFactory, UnitFactory, root

HEAD = "person_id,email,name,unit,manager_id,job_role,roles,active,language\n"
pytestmark = pytest.mark.django_db


def load(rows: str, **options):
    return import_people((HEAD + rows).encode(), file="people.csv", **options)


@pytest.fixture
def run(tmp_path):
    def run(rows: str, *options: str) -> list[str]:
        file = tmp_path / "people.csv"
        file.write_text(HEAD + rows)
        out = io.StringIO()
        call_command("import_people", str(file), *options, stdout=out)
        return out.getvalue().splitlines()

    return run


def test_people_are_created_with_managers_that_stand_further_down(run):
    root()
    lines = run("1,ann@x.example,Ann,ORG,2,Clerk,staff,1,en-GB\n2,,Bo,ORG,,,manager hr,0,\n")
    ann, bo = Person.objects.order_by("person_id")
    assert (ann.email, ann.name, ann.manager, ann.language) == ("ann@x.example", "Ann", bo, "en-gb")
    assert ann.job_role == JobRole.objects.get(name="Clerk")
    assert (bo.email, bo.is_active, bo.roles) == (None, False, {"staff", "manager", "hr"})
    assert not ann.has_usable_password()
    assert lines == ["created person 1", "created person 2", "2 created, 0 changed, 0 unchanged"]


def test_the_same_file_again_changes_nothing(run):
    root()
    rows = "1,Ann@x.example,Ann,ORG,2,Clerk,hr manager staff,1,EN\n2,,Bo,ORG,,,staff,0,\n"
    run(rows)
    before = list(Person.objects.values())
    assert run(rows) == ["0 created, 0 changed, 2 unchanged"]
    assert list(Person.objects.values()) == before


def test_a_dry_run_writes_nothing(run):
    root()
    lines = run("1,,Ann,ORG,,Clerk,staff,1,\n", "--dry-run")
    assert lines[-1] == "Dry run: nothing was written."
    assert not Person.objects.exists()
    assert not JobRole.objects.exists()
    assert not AuditEvent.objects.exists()


def test_people_not_in_the_file_stay_and_the_password_of_the_others_too():
    other = PersonFactory(name="Other")
    known = PersonFactory(person_id="K", email="k@x.example", name="Old", password="secret-hash")
    load("K,k@x.example,New,ORG,,,staff,1,\n")
    known.refresh_from_db()
    other.refresh_from_db()
    assert (known.name, known.password, other.name) == ("New", "secret-hash", "Other")


def test_two_people_can_swap_addresses_and_no_old_one_signs_in():
    first = PersonFactory(person_id="1", email="a@x.example", name="A")
    PersonFactory(person_id="2", email="b@x.example", name="B")
    EmailAddress.objects.create(user=first, email="a@x.example", verified=True, primary=True)
    load("1,b@x.example,A,ORG,,,staff,1,\n2,a@x.example,B,ORG,,,staff,1,\n")
    assert dict(Person.objects.values_list("person_id", "email")) == {"1": "b@x.example", "2": "a@x.example"}
    assert not EmailAddress.objects.exists()


def test_a_role_given_again_keeps_its_narrowed_reach_and_others_go():
    north = UnitFactory()
    PersonFactory(person_id="1", email=None, name="A", roles={"hr": north, "executive": None})
    load("1,,A,ORG,,,hr auditor,1,\n")
    grants = Person.objects.get(person_id="1").role_grants.values_list("role", "unit")
    assert set(grants) == {("hr", north.pk), ("auditor", None)}


def test_a_manager_can_be_taken_away():
    boss = PersonFactory(person_id="B")
    PersonFactory(person_id="1", name="A", email="a@x.example", manager=boss)
    load("1,a@x.example,A,ORG,,,staff,1,\n")
    assert Person.objects.get(person_id="1").manager is None


@pytest.mark.parametrize(
    ("rows", "row", "column", "value"),
    [
        (",,A,ORG,,,staff,1,\n", 2, "person_id", ""),
        ("1,,A,ORG,,,staff,1,\n1,,B,ORG,,,staff,1,\n", 3, "person_id", "1"),
        ("1,no-address,A,ORG,,,staff,1,\n", 2, "email", "no-address"),
        ("1,a@x.example,A,ORG,,,staff,1,\n2,A@X.example,B,ORG,,,staff,1,\n", 3, "email", "A@X.example"),
        ("1,KNOWN@x.example,A,ORG,,,staff,1,\n", 2, "email", "KNOWN@x.example"),
        ("1,,,ORG,,,staff,1,\n", 2, "name", ""),
        ("1,,A,NOWHERE,,,staff,1,\n", 2, "unit", "NOWHERE"),
        ("1,,A,,,,staff,1,\n", 2, "unit", ""),
        ("1,,A,ORG,9,,staff,1,\n", 2, "manager_id", "9"),
        ("1,,A,ORG,1,,staff,1,\n", 2, "manager_id", "1"),
        ("1,,A,ORG,2,,staff,1,\n2,,B,ORG,1,,staff,1,\n", 2, "manager_id", "2"),
        ("KNOWN,,Known,ORG,REPORT,,staff,1,\n", 2, "manager_id", "REPORT"),
        ("1,,A,ORG,," + "j" * 121 + ",staff,1,\n", 2, "job_role", "j"),
        ("1,,A,ORG,,,boss,1,\n", 2, "roles", "boss"),
        ('1,,A,ORG,,,"staff,hr",1,\n', 2, "roles", "staff,hr"),
        ("1,,A,ORG,,,,1,\n", 2, "roles", ""),
        ("1,,A,ORG,,,staff,yes,\n", 2, "active", "yes"),
        ("1,,A,ORG,,,staff,,\n", 2, "active", ""),
        ("1,,A,ORG,,,staff,1,English\n", 2, "language", "English"),
    ],
)
def test_a_mistake_is_told_and_nothing_is_changed(run, rows, row, column, value):
    known = PersonFactory(person_id="KNOWN", email="known@x.example", name="Known")
    PersonFactory(person_id="REPORT", manager=known)
    before = list(Person.objects.values())
    with pytest.raises(CommandError) as caught:
        run(rows + "GOOD,,Good,ORG,,New role,staff,1,\n")
    first = str(caught.value).splitlines()[0]
    assert f'people.csv, row {row}, column {column}, value "{value}' in first
    assert caught.value.returncode == 1
    assert list(Person.objects.values()) == before
    assert not JobRole.objects.exists()


def test_all_mistakes_of_a_file_are_told_at_once():
    root()
    with pytest.raises(InvalidFileError) as caught:
        load("1,x,A,ORG,,,staff,1,\n2,,B,NOWHERE,,,boss,1,\n")
    assert [(error.row, error.column) for error in caught.value.errors] == [
        (2, "email"),
        (3, "unit"),
        (3, "roles"),
    ]


def test_a_missing_column_is_refused():
    with pytest.raises(InvalidFileError, match="row 1, column email"):
        import_people(HEAD.replace("email,", "").encode(), file="people.csv")


def test_administrators_cannot_shut_themselves_out_by_a_file():
    me = PersonFactory(person_id="ME", email="me@x.example", name="Me", roles=["administrator"])
    with pytest.raises(InvalidFileError) as caught:
        load("ME,me@x.example,Me,ORG,,,staff,0,\n", by=me)
    assert {error.column for error in caught.value.errors} == {"roles", "active"}


def test_the_audit_line_holds_counts_only():
    me = PersonFactory(roles=["administrator"])
    load("1,ann@x.example,Ann,ORG,,,staff,1,\n", by=me)
    (event,) = AuditEvent.objects.all()
    assert (event.actor, event.action, event.details) == (
        me.pk,
        "person.import",
        {"created": 1, "changed": 0},
    )


def test_the_import_needs_the_same_statements_for_5_and_for_200_people(django_assert_max_num_queries):
    root()
    for count in (5, 200):
        for name in ("A", "B"):
            rows = "".join(
                f"{count}P{i},{count}p{i}@x.example,{name},ORG,{f'{count}P0' if i else ''},Role {i},staff hr,1,\n"
                for i in range(count)
            )
            with django_assert_max_num_queries(25):
                load(rows)


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [([], 2, "FILE"), (["x.csv", "--fast"], 2, "--fast"), (["nowhere.csv"], 1, "nowhere.csv")],
)
def test_wrong_usage_exits_with_2_and_bad_input_with_1(capsys, arguments, code, told):
    with pytest.raises(SystemExit) as caught:
        ManagementUtility(["manage.py", "import_people", *arguments]).execute()
    assert caught.value.code == code
    assert told in capsys.readouterr().err
