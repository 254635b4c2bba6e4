"""What the invitation to the next cycle says of the answers to the last one."""

from typing import Final

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.text import Truncator
from django.utils.translation import gettext as _

from improvement.models import Action
from improvement.queries import said
from organisation.models import Person

MOST_LINES: Final = 3
LINE: Final = 160  # characters


def mail_lines(person: Person) -> list[str]:
    """Return what was done about what people said, for this person's invitation: at most three lines and where to
    read all; nothing where nothing is told. One query."""
    found = said.for_mail(person, timezone.localdate(), MOST_LINES)
    if not found:
        return []
    link = f"{settings.PUBLIC_URL}{reverse('said')}"
    return [_("You said, we did:"), *map(_line, found), _("All of it: {link}").format(link=link)]


def _line(action: Action) -> str:
    text = f"{action.title} – {action.get_state_display()}"
    if action.outcome:
        text += f": {action.outcome}"
    return "– " + Truncator(" ".join(text.split())).chars(LINE)
