"""Which building blocks there are: told by a higher app, since the ground floor knows no framework."""

from collections.abc import Callable, Sequence

Choices = Sequence[tuple[str, str]]
_tell: list[Callable[[], Choices]] = []


def offer(tell: Callable[[], Choices]) -> None:
    """Let `tell` say the codes and titles of the blocks from now on."""
    _tell[:] = [tell]


def choices() -> Choices:
    """Return codes and titles of the blocks one can choose from; none where no framework is loaded."""
    return _tell[0]() if _tell else ()
