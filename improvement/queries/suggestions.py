"""What units at a level of a block do next: shipped content (fixtures/suggestions_v1.yaml)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import yaml
from django.conf import settings

FILE: Final = settings.BASE_DIR / "fixtures" / "suggestions_v1.yaml"


@dataclass(frozen=True)
class Suggestion:
    """Something to do. text: as the title of an action; how: a sentence on how to go about it; source: codes of the
    domain it comes from."""

    text: str
    how: str
    source: Sequence[str]


@lru_cache(maxsize=1)
def all_suggestions() -> Mapping[str, Mapping[int, Sequence[Suggestion]]]:
    """Return every suggestion by block and level (1…5)."""
    data = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    return {
        block: {
            int(level): [Suggestion(one["do"], one["how"], tuple(one["source"])) for one in entries]
            for level, entries in levels.items()
        }
        for block, levels in data["suggestions"].items()
    }


def suggestions(block: str, level: int | None) -> Sequence[Suggestion]:
    """Return what helps a unit at this level of a block; for a level not known, where one begins."""
    return all_suggestions().get(block, {}).get(level or 1, [])
