"""A text in one or more languages."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from django.utils.translation import get_language

DEFAULT_LANGUAGE: Final = "en"


@dataclass(frozen=True)
class Text:
    """Language code → text; holds at least one."""

    languages: Mapping[str, str]

    def in_language(self, language: str) -> str:
        """Return the text in the language, in a relative of it, in English, or else in the first one there is.

        >>> Text({"en": "Goals", "fr": "Buts"}).in_language("fr-ca")
        'Buts'
        >>> Text({"de": "Ziele"}).in_language("en-gb")
        'Ziele'
        """
        wanted = language.lower()
        known = {code.lower(): code for code in self.languages}
        for code in (wanted, wanted.split("-")[0], DEFAULT_LANGUAGE):
            if code in known:
                return self.languages[known[code]]
        return next(iter(self.languages.values()))

    def __str__(self) -> str:
        """Return the text in the language of the request."""
        return self.in_language(get_language() or DEFAULT_LANGUAGE)
