"""Letters for people without e-mail: a QR code and an access code each, made new whenever they are printed."""

import io
import uuid
from dataclasses import dataclass
from typing import Final

import segno
from django.db import transaction
from django.db.models import QuerySet
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from assessments.models import Cycle, Invitation, Link
from assessments.services import links
from assessments.services.cycles import locked
from assessments.services.errors import ServiceError, TransitionError
from assessments.services.texts import language_of
from cfm.lib import audit

MOST_LETTERS: Final = 500


@dataclass(frozen=True)
class Letter:
    """What one person is handed. qr: the address as an inline drawing (SVG); the secrets stand nowhere else."""

    name: str
    unit: str
    audience: str
    language: str
    url: str
    code: str
    qr: SafeString


def people(cycle: Cycle, *, unit: str = "", with_email: bool = False) -> QuerySet[Invitation]:
    """Return those to write to, by unit and name, whether they have answered or not.

    unit: only people of the unit with this code; with_email: also people whom a mail reaches.
    """
    rows = Invitation.objects.filter(cycle=cycle, person__is_active=True)
    if unit:
        rows = rows.filter(unit__code=unit)
    if not with_email:
        rows = rows.filter(person__email__isnull=True)
    return rows.order_by("unit__position", "person__name", "person__person_id")


@transaction.atomic
def write(
    *,
    cycle: Cycle,
    unit: str = "",
    with_email: bool = False,
    by: int | None = None,
) -> list[Letter]:
    """Make a new link and a new access code for each person; those of earlier letters stay valid.

    Raises TransitionError when the cycle takes no answers, ServiceError for nobody or too many at once.
    """
    row = locked(cycle.pk)
    if links.is_over(row):
        raise TransitionError(
            _("Cycle {code} takes no answers, so letters make no sense.").format(code=row.code)
        )
    chosen = list(
        people(cycle, unit=unit, with_email=with_email).values_list(
            "pk", "person__name", "unit__name", "audience", "person__language"
        )[: MOST_LETTERS + 1]
    )
    _check(len(chosen))
    secrets = [(links.new_token(), links.new_code()) for _person in chosen]
    Link.objects.bulk_create(_rows([pk for pk, *_rest in chosen], secrets), batch_size=1000)
    audit.record("cycle.letters", row.code, by=by, letters=len(chosen))
    return [
        _letter(name, where, audience, language_of(language, row), *secret)
        for (_pk, name, where, audience, language), secret in zip(chosen, secrets, strict=True)
    ]


def _check(number: int) -> None:
    if not number:
        raise ServiceError(_("There is nobody to write to."))
    if number > MOST_LETTERS:
        raise ServiceError(_("More than {most} letters at once: choose a unit.").format(most=MOST_LETTERS))


def _rows(invitations: list[uuid.UUID], secrets: list[tuple[str, str]]) -> list[Link]:
    rows = []
    for invitation, (token, code) in zip(invitations, secrets, strict=True):
        rows.append(links.unsaved(invitation=invitation, token=token))
        rows.append(links.unsaved(invitation=invitation, code=code))
    return rows


def _letter(name: str, unit: str, audience: str, language: str, token: str, code: str) -> Letter:
    url = links.address(token)
    return Letter(name, unit, audience, language, url, code, _qr(url))


def _qr(url: str) -> SafeString:
    """Return the drawing of an address, without a size of its own: the style sheet gives it one."""
    drawing = io.BytesIO()
    segno.make_qr(url, error="m").save(
        drawing, kind="svg", xmldecl=False, svgns=True, omitsize=True, border=2, svgclass="qr", lineclass=None
    )
    # Drawn by the library from an address of ours: nothing in it comes from outside.
    return mark_safe(drawing.getvalue().decode())  # noqa: S308
