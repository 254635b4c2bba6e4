"""The colours of the screen for files: the light theme of static/cfm/app.css, read from it, so there is one palette."""

import re
from functools import cache
from typing import Final

from django.conf import settings

_TOKEN: Final = re.compile(r"--cfm-chart-([\w-]+):\s*(?:light-dark\()?(#[0-9a-fA-F]{6})")


@cache
def colours() -> dict[str, str]:
    """Return name → "#rrggbb" of every colour that charts use."""
    css = (settings.BASE_DIR / "static" / "cfm" / "app.css").read_text(encoding="utf-8")
    return dict(_TOKEN.findall(css)) | {"surface": "#ffffff"}


def colour(name: str) -> str:
    """Return the colour as "#rrggbb". Raises KeyError for a name the theme doesn't have."""
    return colours()[name]
