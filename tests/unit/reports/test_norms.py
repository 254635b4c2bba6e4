"""norms.csv: all or nothing, from the shell and in the browser."""

import io
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from cfm.lib.csv_import import InvalidFileError
from cfm.lib.models import AuditEvent
from reports.models import Norm, NormPoint
from reports.services.norms import import_norms
from tests.factories.reports import framework, live_units, person

pytestmark = pytest.mark.django_db

HEAD = "norm,title,source,block,percentile,score\n"
GOOD = HEAD + "peers,Peers,A study,B1,25,40\npeers,Peers,A study,B1,50,50.5\npeers,Peers,A study,B1,75,60\n"


@pytest.fixture(autouse=True)
def _loaded():
    live_units()
    framework()


def load(text: str, **options):
    return import_norms(text.encode(), file="norms.csv", **options)


def scores() -> list[tuple[str, int, float]]:
    return list(NormPoint.objects.order_by("block", "percentile").values_list("block", "percentile", "score"))


def test_a_norm_is_loaded_and_loading_it_again_changes_nothing():
    first, again = load(GOOD), load(GOOD)

    assert (first.created, again.created, again.changed, again.unchanged) == (3, 0, 0, 3)
    assert scores() == [("B1", 25, 40.0), ("B1", 50, 50.5), ("B1", 75, 60.0)]
    assert AuditEvent.objects.filter(action="norm.import").count() == 1


def test_the_points_of_a_block_in_the_file_take_the_place_of_those_before():
    load(GOOD)

    load(HEAD + "".join(f"peers,Peers,A study,B1,{p},{s}\n" for p, s in [(10, 30), (50, 55), (90, 80)]))

    assert scores() == [("B1", 10, 30.0), ("B1", 50, 55.0), ("B1", 90, 80.0)]


@pytest.mark.parametrize(
    ("line", "column"),
    [
        ("peers,Peers,A study,B99,50,50", "block"),
        ("peers,Peers,A study,B1,0,50", "percentile"),
        ("peers,Peers,A study,B1,100,50", "percentile"),
        ("peers,Peers,A study,B1,5.5,50", "percentile"),
        ("peers,Peers,A study,B1,90,101", "score"),
        ("peers,Peers,A study,B1,90,high", "score"),
        ("peers,Peers,A study,B1,90,NaN", "score"),
        ("peers,Peers,A study,B1,90,59.9", "score"),
        ("peers,Other title,A study,B1,90,70", "title"),
        ("peers,Peers,A study,B2,90,70", "percentile"),
        (",Peers,A study,B1,90,70", "norm"),
        ("peers,Peers,A study,B1,75,61", "norm, block, percentile"),
    ],
)
def test_one_mistake_refuses_the_whole_file_and_names_its_row_and_column(line, column):
    with pytest.raises(InvalidFileError) as caught:
        load(GOOD + line + "\n")

    assert (caught.value.errors[0].row, caught.value.errors[0].column) == (5, column)
    assert not Norm.objects.exists()


def test_the_command_loads_a_file_and_exits_with_the_mistakes(tmp_path: Path):
    file, out = tmp_path / "norms.csv", io.StringIO()
    file.write_text(GOOD, encoding="utf-8")

    call_command("import_norms", str(file), "--dry-run", stdout=out)
    assert not Norm.objects.exists()
    call_command("import_norms", str(file), stdout=out)
    assert Norm.objects.count() == 1
    file.write_text(GOOD + "x\n", encoding="utf-8")
    with pytest.raises(CommandError, match="row 5"):
        call_command("import_norms", str(file), stdout=out)


def test_hr_loads_a_file_in_two_steps_and_takes_a_norm_away():
    client = Client()
    client.force_login(person(role="hr"))
    file = io.BytesIO(GOOD.encode())
    file.name = "norms.csv"

    plan = client.post(reverse("norms_import"), {"file": file})
    assert not Norm.objects.exists()
    done = client.post(reverse("norms_import"), {"checked": plan.context["checked"]})
    assert done.status_code == 302
    norm = Norm.objects.get()
    assert "Peers" in client.get(reverse("norms")).content.decode()
    client.post(reverse("norm_delete", args=[norm.pk]))
    assert not Norm.objects.exists()
    assert AuditEvent.objects.filter(action="norm.delete", subject="peers").exists()
