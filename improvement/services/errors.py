"""What a service refuses, with a message for people."""


class RefusedError(Exception):
    """The thing asked for can't be done; nothing was changed."""
