"""What a code, an address or a language may look like. Pure: shared by models, forms, imports and services."""

import re
from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator, Mapping
from datetime import date, timedelta
from typing import Final, TypeVar

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils import timezone
from django.utils.translation import gettext as _

from cfm.lib.csv_import import has_unseen
from organisation.permissions import ROLES, STAFF

MAX_CODE: Final = 40
MAX_NAME: Final = 200
MAX_EMAIL: Final = 254
MAX_JOB_ROLE: Final = 120
MAX_LANGUAGE: Final = 10
MAX_TEXT: Final = 4000
MAX_SENTENCE: Final = 300
MAX_MEASURE: Final = 80
MAX_UNIT_OF_MEASURE: Final = 30
MAX_CODE_LIST: Final = 120
EARLIEST: Final = date(1990, 1, 1)

UNIT_COLUMNS: Final = ("unit", "name", "parent")
PEOPLE_COLUMNS: Final = (
    "person_id",
    "email",
    "name",
    "unit",
    "manager_id",
    "job_role",
    "roles",
    "active",
    "language",
)
CUSTOMER_COLUMNS: Final = (
    "customer",
    "name",
    "kind",
    "internal",
    "owner_unit",
    "serving_unit",
    "expectations",
)
PROMISE_COLUMNS: Final = (
    "customer",
    "promise",
    "text",
    "measure",
    "comparison",
    "target",
    "measured_in",
    "blocks",
)
RESULT_COLUMNS: Final = ("customer", "promise", "measured_on", "value", "note")
CHANNEL_COLUMNS: Final = (
    "customer",
    "channel",
    "kind",
    "description",
    "frequency",
    "contacts",
    "heard_on",
    "blocks",
)
SATISFACTION_COLUMNS: Final = ("customer", "measure", "name", "measured_on", "value", "answers", "note", "sd")
LINK_COLUMNS: Final = ("supplier", "customer", "delivers", "expectation", "heard_through")

# No slash (codes stand in addresses), and a letter or digit first (so that no code is a formula or a path).
_CODE: Final = re.compile(r"[^\W_][^/\\\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]{0,39}")
_LANGUAGE: Final = re.compile(r"[a-z]{2,3}(-[a-z0-9]{2,8})*")

Key = TypeVar("Key", bound=Hashable)


def is_code(value: str) -> bool:
    """Whether this can be the code of a unit or a person: 1 to 40 characters, a letter or digit first, no slash."""
    return _CODE.fullmatch(value) is not None


def is_email(value: str) -> bool:
    """Whether this looks like an e-mail address of at most 254 characters."""
    try:
        validate_email(value)
    except ValidationError:
        return False
    return len(value) <= MAX_EMAIL


def is_language(value: str) -> bool:
    """Whether this is a language tag in lower case, such as en or en-gb, of at most 10 characters."""
    return len(value) <= MAX_LANGUAGE and _LANGUAGE.fullmatch(value) is not None


def is_past_day(day: date) -> bool:
    """Whether something can have been measured that day: from 1990 until today, whatever the time zone."""
    return EARLIEST <= day <= timezone.localdate() + timedelta(days=1)


def code(value: str) -> None:
    """Validator: raise ValidationError for what can't be a code."""
    if not is_code(value):
        raise ValidationError(_("Use 1 to %d characters; begin with a letter or digit; no slash.") % MAX_CODE)


def code_list(value: str) -> None:
    """Validator: raise ValidationError unless these are codes without spaces, separated by single ones."""
    if not all(is_code(one) for one in value.split(" ")):
        raise ValidationError(_("Use codes such as B1 B4, separated by spaces."))


def one_line(value: str) -> None:
    """Validator: raise ValidationError for line breaks and unseen characters."""
    if has_unseen(value):
        raise ValidationError(_("Use one line, without characters that can't be seen."))


def several_lines(value: str) -> None:
    """Validator: raise ValidationError for unseen characters other than line breaks."""
    if has_unseen(value.replace("\r\n", " ").replace("\n", " ")):
        raise ValidationError(_("Take out characters that can't be seen."))


def past_day(value: date) -> None:
    """Validator: raise ValidationError for a day on which nothing can have been measured."""
    if not is_past_day(value):
        raise ValidationError(_("Use a day from 1990 until today."))


def role_list(roles: Iterable[str]) -> str:
    """Return the roles as they stand in people.csv: staff implied, in the order of the roles, each once.

    >>> role_list(["hr", "manager"])
    'staff manager hr'
    """
    held = {STAFF, *roles}
    return " ".join(role for role in ROLES if role in held)


def on_a_cycle(above: Mapping[Key, Key]) -> set[Key]:
    """Return those who stand above themselves. above: each one's parent or manager; who has none is left out.

    >>> sorted(on_a_cycle({"a": "b", "b": "a", "c": "a"}))
    ['a', 'b']
    """
    found: set[Key] = set()
    done: set[Key] = set()
    for start in above:
        path: dict[Key, int] = {}
        here: Key | None = start
        while here is not None and here not in done and here not in path:
            path[here] = len(path)
            here = above.get(here)
        if here is not None and here in path:
            found.update(list(path)[path[here] :])
        done.update(path)
    return found


def from_the_top(above: Mapping[Key, Key | None]) -> Iterator[list[Key]]:
    """Yield the keys layer by layer, each after the one above it; no cycles may be left.

    >>> list(from_the_top({"b": "a", "a": "elsewhere", "c": "a"}))
    [['a'], ['b', 'c']]
    """
    below: defaultdict[Key, list[Key]] = defaultdict(list)
    layer: list[Key] = []
    for key, parent in above.items():
        (below[parent] if parent is not None and parent in above else layer).append(key)
    while layer:
        yield layer
        layer = [key for parent in layer for key in below.get(parent, ())]
