"""Answers from paper: checked cell by cell, sealed like the others, known again."""

import pytest

from assessments.models import Envelope, PaperFile, Response
from assessments.services import counting, keys, paper
from assessments.services.errors import ClosedError, KeyFileError, ServiceError
from assessments.services.sealing import Ballot
from cfm.lib.csv_import import InvalidFileError
from cfm.lib.models import AuditEvent
from tests.factories import assessments as make

pytestmark = pytest.mark.django_db
HEADER = "unit,audience,S1,S2,S3,S4,M1\n"


@pytest.fixture
def cycle():
    return make.open_cycle()


def read(cycle, text: str):
    return paper.read_ballots(cycle=cycle, data=text.encode(), file="answers.csv")


def ballots(*codes: str) -> list[Ballot]:
    return [Ballot(code, unit=1, audience="staff") for code in codes]


def test_a_row_becomes_a_ballot_in_the_frozen_order(cycle):
    found = read(cycle, HEADER + "NORTH,staff,5,NA,,1,\nSOUTH,manager,,,,,3\n")

    assert [(one.unit, one.audience, one.codes) for one in found] == [
        (1, "staff", "5x01"),
        (2, "manager", "3000"),
    ]


def test_a_column_that_is_absent_was_not_answered(cycle):
    (found,) = read(cycle, "S2,unit,audience\n4,ORG,staff\n")

    assert found.codes == "0400"


@pytest.mark.parametrize(
    ("row", "column", "value"),
    [
        ("EAST,staff,5,,,,", "unit", "EAST"),
        ("NORTH,boss,5,,,,", "audience", "boss"),
        ("NORTH,staff,6,,,,", "S1", "6"),
        ("NORTH,staff,0,,,,", "S1", "0"),
        ("NORTH,staff,2.5,,,,", "S1", "2.5"),
        ("NORTH,staff,na,,,,", "S1", "na"),
        ("NORTH,staff,5,,,,3", "M1", "3"),
    ],
)
def test_a_wrong_cell_is_named_by_file_row_column_and_value(cycle, row, column, value):
    with pytest.raises(InvalidFileError) as caught:
        read(cycle, HEADER + "NORTH,staff,1,1,1,1,\n" + row + "\n")

    (line,) = caught.value.lines()
    assert all(part in line for part in ("answers.csv", "3", column, value))


def test_an_unknown_column_is_refused(cycle):
    with pytest.raises(InvalidFileError):
        read(cycle, "unit,audience,S9\nNORTH,staff,1\n")


def test_paper_answers_are_counted_and_tied_to_nobody(cycle):
    paper.import_ballots(cycle=cycle, ballots=ballots("1234", "5x01"))
    assert set(Envelope.objects.values_list("invitation", flat=True)) == {None}

    certificate = counting.count(cycle=cycle.pk).close_certificate

    assert (certificate["paper"], certificate["counted"]) == (2, 2)
    assert set(Response.objects.values_list("codes", flat=True)) == {"1234", "5x01"}


def test_all_paper_envelopes_have_one_size(cycle):
    paper.import_ballots(cycle=cycle, ballots=ballots("1234", "0000", "xxxx"))

    assert len({len(bytes(sealed)) for sealed in Envelope.objects.values_list("sealed", flat=True)}) == 1


def test_the_same_answers_again_are_refused_in_any_order_of_rows(cycle):
    paper.import_ballots(cycle=cycle, ballots=ballots("1234", "5x01"))

    with pytest.raises(ServiceError, match="--again"):
        paper.import_ballots(cycle=cycle, ballots=ballots("5x01", "1234"))
    assert Envelope.objects.count() == 2


def test_the_same_answers_again_are_taken_when_asked_for(cycle):
    paper.import_ballots(cycle=cycle, ballots=ballots("1234"))
    paper.import_ballots(cycle=cycle, ballots=ballots("1234"), again=True)

    assert (Envelope.objects.count(), PaperFile.objects.count()) == (2, 1)


def test_a_dry_run_writes_nothing(cycle):
    before = AuditEvent.objects.count()

    assert paper.import_ballots(cycle=cycle, ballots=ballots("1234"), dry_run=True) == 1
    assert not any(table.objects.exists() for table in (Envelope, PaperFile))
    assert AuditEvent.objects.count() == before


def test_what_knows_a_file_again_can_not_be_computed_without_the_key(cycle):
    paper.import_ballots(cycle=cycle, ballots=ballots("1234"))
    public = bytes(cycle.public_key)
    secret = keys.read(public).paper_secret

    digest = PaperFile.objects.get().digest

    assert digest == paper._digest(ballots("1234"), secret)
    assert digest != paper._digest(ballots("1234"), bytes(32))
    assert secret not in bytes(cycle.public_key)


def test_a_closed_cycle_takes_no_paper(cycle):
    counting.count(cycle=cycle.pk)

    with pytest.raises(ClosedError):
        paper.import_ballots(cycle=cycle, ballots=ballots("1234"))


def test_without_the_key_no_paper_is_taken(cycle):
    keys.destroy(bytes(cycle.public_key))

    with pytest.raises(KeyFileError):
        paper.import_ballots(cycle=cycle, ballots=ballots("1234"))
    assert not Envelope.objects.exists()


def test_the_audit_line_counts_rows_and_holds_no_answers(cycle):
    paper.import_ballots(cycle=cycle, ballots=ballots("1234", "1234"), by=7)

    event = AuditEvent.objects.get(action="cycle.import_responses")
    assert (event.actor, event.subject, event.details) == (7, cycle.code, {"rows": 2})
