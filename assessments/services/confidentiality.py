"""Prove from outside that cycles kept their promise: what is stored, who could be found in it, what is published."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import numpy as np
from django.db import connection
from django.db.models import Count
from django.db.models.functions import Length
from django.utils.translation import gettext as _

from assessments.models import (
    Comment,
    CubePart,
    Cycle,
    CycleUnit,
    Draft,
    Envelope,
    Invitation,
    PaperFile,
    Release,
    Response,
    TurnoutSnapshot,
)
from assessments.queries import turnout as turnouts
from assessments.scoring.tree import region_sums
from assessments.services import keys, traces
from assessments.services.counting import COMMENTS_SHOWN_FROM
from assessments.services.release_checks import Check, check_export, check_releases, checked

__all__ = ["Check", "check_cycle", "check_export", "check_installation", "opened"]


def check_installation() -> list[Check]:
    """Check what concerns all cycles together."""
    return [
        Check("", _("no table of answers has a person, a date or an address"), tuple(traces.links())),
        Check("", _("no other table, session or mail holds answers"), tuple(traces.answers_elsewhere())),
    ]


def check_cycle(cycle: Cycle) -> list[Check]:
    """Check one cycle that was opened."""
    found = [
        checked(cycle, _("everybody invited is in the frozen head counts"), _invited(cycle)),
        checked(cycle, _("the statements are those that were frozen"), _frozen(cycle)),
    ]
    if cycle.is_open:
        return [
            *found,
            checked(cycle, _("envelopes of one kind have one size"), _sizes(cycle)),
            checked(cycle, _("the private key is a file for one user alone"), _key_kept(cycle)),
            checked(cycle, _("turnout is told in large groups and steps"), _turnout(cycle)),
            checked(cycle, _("nothing is counted or released yet"), _too_early(cycle)),
        ]
    return [
        *found,
        checked(cycle, _("no envelope, draft or paper file is left"), _left_over(cycle)),
        checked(cycle, _("the private key is destroyed"), _key_gone(cycle)),
        checked(cycle, _("the certificate of the close adds up"), _certificate(cycle)),
        checked(cycle, _("invitations stand in the order of their random ids"), _order(cycle)),
        checked(cycle, _("comments stand only where enough people answered and wrote"), _comments(cycle)),
        *check_releases(cycle),
    ]


def _invited(cycle: Cycle) -> Iterator[str]:
    rows = (
        Invitation.objects.filter(cycle=cycle).values("unit", "audience").annotate(n=Count("pk")).order_by()
    )
    counts = {(row["unit"], row["audience"]): row["n"] for row in rows}
    for unit in cycle.units.all():
        for audience, heads in (("staff", unit.staff_invited), ("manager", unit.manager_invited)):
            found = counts.get((unit.pk, audience), 0)
            if found != heads:
                yield _("{unit}/{audience}: {found} invitations, {heads} people").format(
                    unit=unit.code, audience=audience, found=found, heads=heads
                )


def _frozen(cycle: Cycle) -> Iterator[str]:
    if cycle.item_digest != cycle.framework.instrument.item_digest:
        yield _("the framework's items are not those of the opening")
    if cycle.key_fingerprint != keys.fingerprint(bytes(cycle.public_key or b"")):
        yield _("the fingerprint is not that of the public key")


def _sizes(cycle: Cycle) -> Iterator[str]:
    envelopes = Envelope.objects.filter(cycle=cycle)
    kinds = {
        _("envelopes"): envelopes.filter(invitation__isnull=False),
        _("paper"): envelopes.filter(invitation__isnull=True),
        _("drafts"): Draft.objects.filter(cycle=cycle),
    }
    for kind, rows in kinds.items():
        sizes = sorted(set(rows.annotate(size=Length("sealed")).values_list("size", flat=True)))
        if len(sizes) > 1:
            yield f"{kind}: {', '.join(map(str, sizes))}"


def _key_kept(cycle: Cycle) -> Iterator[str]:
    public = bytes(cycle.public_key or b"")
    if not keys.exists(public):
        yield _("it is not in the key folder")
    elif stat.S_IMODE(keys.path_of(public).stat().st_mode) & 0o077:
        yield _("others can read it")


def _turnout(cycle: Cycle) -> Iterator[str]:
    snapshot = TurnoutSnapshot.objects.filter(cycle=cycle).first()
    figures: dict[str, Any] = snapshot.figures if snapshot else {}
    allowed = set(turnouts.measure(cycle)["units"])
    for position, percent in (figures.get("units") or {}).items():
        if position not in allowed:
            yield _("the unit in place {position} is too small").format(position=position)
        if percent % turnouts.STEP:
            yield _("the unit in place {position}: {percent} %").format(position=position, percent=percent)


def _too_early(cycle: Cycle) -> Iterator[str]:
    for model in (Response, Comment, CubePart, Release):
        rows = model._default_manager.filter(cycle=cycle).count()
        if rows:
            yield f"{model._meta.db_table}: {rows}"


def _left_over(cycle: Cycle) -> Iterator[str]:
    for model in (Envelope, Draft, PaperFile):
        rows = model._default_manager.filter(cycle=cycle).count()
        if rows:
            yield f"{model._meta.db_table}: {rows}"


def _key_gone(cycle: Cycle) -> Iterator[str]:
    if keys.exists(bytes(cycle.public_key or b"")):
        yield _("its file is still in the key folder")
    if "destroyed_at" not in cycle.close_certificate:
        yield _("the certificate does not say when")


def _certificate(cycle: Cycle) -> Iterator[str]:
    told = cycle.close_certificate
    if not {"submitted", "paper", "counted", "spoiled", "key"} <= set(told):
        yield _("there is none")
        return
    if told["submitted"] + told["paper"] != told["counted"] + told["spoiled"]:
        text = _("{submitted} submitted and {paper} on paper, but {counted} counted and {spoiled} spoiled")
        yield text.format(**told)
    submitted = Invitation.objects.filter(cycle=cycle, submitted=True).count()
    if submitted != told["submitted"]:
        text = _("{found} invitations are marked as submitted, {told} were")
        yield text.format(found=submitted, told=told["submitted"])
    stored = Response.objects.filter(cycle=cycle).count()
    if stored not in {told["counted"], 0}:
        yield _("{found} responses are stored, {told} were counted").format(
            found=stored, told=told["counted"]
        )
    if told["key"] != cycle.key_fingerprint:
        yield _("it names another key")
    if "wiped" not in told:
        yield _("the database's files are not wiped yet")


def _order(cycle: Cycle) -> Iterator[str]:
    """The place of a row on the disk would tell whose was changed last."""
    place = "rowid" if connection.vendor == "sqlite" else "ctid"
    table = connection.ops.quote_name(Invitation._meta.db_table)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT id FROM {table} WHERE cycle_id = %s ORDER BY {place}", [cycle.pk])  # noqa: S608
        ids = [str(row[0]).replace("-", "") for row in cursor.fetchall()]
    if any(one > other for one, other in pairwise(ids)):
        yield _("they stand in another order")


def _comments(cycle: Cycle) -> Iterator[str]:
    rows = Comment.objects.filter(cycle=cycle).values("unit").annotate(n=Count("pk")).order_by()
    written = {row["unit"]: row["n"] for row in rows}
    if not written:
        return
    if "answers_deleted_at" in cycle.close_certificate:
        return  # how many answered in small units is not known any more
    units = list(cycle.units.order_by("position"))
    shown = np.array([unit.pk in written for unit in units])
    people = region_sums(_parents(units), shown, _respondents(cycle, units))
    for unit in units:
        if unit.pk in written and not (
            people[unit.position] >= cycle.k_comments and written[unit.pk] >= COMMENTS_SHOWN_FROM
        ):
            yield _("{unit}: {comments} comments of {people} people").format(
                unit=unit.code, comments=written[unit.pk], people=people[unit.position]
            )


def _parents(units: list[CycleUnit]) -> np.ndarray[Any, np.dtype[np.int64]]:
    return np.array([unit.parent_position for unit in units], dtype=np.int64)


def _respondents(cycle: Cycle, units: list[CycleUnit]) -> np.ndarray[Any, np.dtype[np.int64]]:
    rows = Response.objects.filter(cycle=cycle).values("unit__position").annotate(n=Count("pk")).order_by()
    counts = {row["unit__position"]: row["n"] for row in rows}
    return np.array([counts.get(unit.position, 0) for unit in units], dtype=np.int64)


def opened() -> list[Cycle]:
    """Return the cycles of which there is something to check, the oldest first."""
    rows = Cycle.objects.exclude(opened_at=None).select_related("framework").order_by("opened_at", "pk")
    return list(rows)
