"""Which passwords are refused: what guessers try first, and what is known from breaches. Nothing leaves the server."""

import hashlib
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

OWN_WORDS: Final = ["cfm", "customer", "focus", "maturity", "customerfocus"]
GUESSES: Final = 10**9  # what a guesser with a stolen hash tries in days
LONGEST: Final = 72  # characters that are looked at: a longer one is strong by its length


class GuessablePasswordValidator:
    """Refuse what breached passwords, words, names, dates, keyboard rows or the person's own data lead to soon."""

    def validate(self, password: str, user: Any = None) -> None:
        from zxcvbn import zxcvbn  # its lists take a while to read

        own = [str(getattr(user, name, "") or "") for name in ("name", "email", "person_id")]
        words = [
            word for text in own for word in [text, *text.replace("@", " ").replace(".", " ").split()] if word
        ]
        found = zxcvbn(password[:LONGEST], user_inputs=[*OWN_WORDS, *words])
        if found["guesses"] < GUESSES:
            raise ValidationError(
                _(
                    "This password is easily guessed. Three or four words that don't belong together are hard to guess."
                ),
                code="password_guessable",
            )

    def get_help_text(self) -> str:
        return _("Your password can't be one that is easily guessed from words, names or dates.")


class BreachedPasswordValidator:
    """Refuse what stands in the operator's own list of breached passwords (BREACHED_PASSWORDS), if there is one."""

    def validate(self, password: str, user: Any = None) -> None:
        if settings.BREACHED_PASSWORDS and is_listed(password, Path(settings.BREACHED_PASSWORDS)):
            raise ValidationError(
                _(
                    "This password is known from a breach of another service. Choose one that you use nowhere else."
                ),
                code="password_breached",
            )

    def get_help_text(self) -> str:
        return _("Your password can't be one that is known from a breach.")


def is_listed(password: str, path: Path) -> bool:
    """Whether the SHA-1 of the password stands in a sorted file of lines `HASH` or `HASH:count`; reads 40 lines."""
    wanted = hashlib.sha1(password.encode(), usedforsecurity=False).hexdigest().upper().encode()
    with path.open("rb") as file:
        low, high = 0, path.stat().st_size
        while low < high:
            middle = (low + high) // 2
            file.seek(middle)
            if middle:
                file.readline()  # the line in which we have landed
            line = file.readline()
            if not line or line[:40].upper() > wanted:
                high = middle
            elif line[:40].upper() == wanted:
                return True
            else:
                low = middle + 1
    return False
