"""The framework: a versioned document that nothing changes once a cycle uses it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Final, Self

from django.db import models
from django.db.models import Q
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from assessments.instrument import Instrument, parse
from organisation import permissions

if TYPE_CHECKING:
    from organisation.models import Person

_MOST_KEPT: Final = 32
_instruments: dict[str, Instrument] = {}  # by digest: a frozen thing, read once a process


class FrozenError(Exception):
    """Something that can't change any more was about to be changed."""


class FrameworkQuerySet(models.QuerySet["Framework"]):
    def visible_to(self, person: Person) -> Self:
        """Every version for those who may read frameworks, none for others."""
        return self if permissions.can(person, "framework.view") else self.none()


class Framework(models.Model):
    """One version of a framework, kept as the file it came from (docs/adr/0002-framework-as-document.md)."""

    code = models.CharField(_("code"), max_length=60)
    version = models.PositiveIntegerField(_("version"))
    source = models.TextField(_("file"))
    digest = models.CharField(
        max_length=64, help_text=_("SHA-256 of what the file says, not of how it is laid out")
    )
    loaded_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["code", "version"]
        constraints = [
            models.UniqueConstraint(fields=["code", "version"], name="framework_version_once"),
            models.CheckConstraint(condition=Q(version__gte=1), name="framework_version_from_1"),
        ]

    objects: ClassVar[Any] = FrameworkQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.code}:{self.version}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self.pk and self.in_use:
            raise FrozenError(str(self))
        super().save(*args, **kwargs)

    @property
    def in_use(self) -> bool:
        """Whether a cycle uses this version."""
        return bool(self.cycles.exists())

    @cached_property
    def instrument(self) -> Instrument:
        """What the file says, kept in the process by its digest (so a deferred `source` is rarely read)."""
        if self.digest not in _instruments:
            if len(_instruments) >= _MOST_KEPT:
                _instruments.clear()
            _instruments[self.digest] = parse(self.source, str(self))
        return _instruments[self.digest]
