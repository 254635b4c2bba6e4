"""What mails of improvement have in common: the reader's language, and the way in which the reader wants them."""

from organisation.services.notices import language_of
from organisation.services.notices import tell as send

__all__ = ["language_of", "send"]
