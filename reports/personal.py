"""What this app holds about a person (cfm/lib/personal.py)."""

from collections.abc import Iterator

from django.utils.translation import gettext_lazy as _

from cfm.lib import personal
from cfm.lib.personal import Row
from reports.models import PackMailed


@personal.part(
    "packs",
    title=_("Board packs that were mailed to you"),
    kept=_("So that each goes out once."),
    columns=("cycle",),
)
def _packs(pk: int) -> Iterator[Row]:
    for code in PackMailed.objects.filter(person=pk).values_list("release__cycle__code", flat=True):
        yield [code]


@personal.forget("packs")
def _forget_packs(pk: int) -> None:
    PackMailed.objects.filter(person=pk).delete()
