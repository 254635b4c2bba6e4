"""What a service refuses, with a message for people."""


class ServiceError(Exception):
    """The thing asked for can't be done; nothing was changed."""


class TransitionError(ServiceError):
    """The cycle's state forbids it."""


class ClosedError(ServiceError):
    """The cycle takes no answers (any more)."""


class KeyFileError(ServiceError):
    """The private key of a cycle is missing or is not the one its answers were sealed for."""
