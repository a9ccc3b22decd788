"""The service's own errors. Pure."""


class AtelierError(Exception):
    """What keeps the service from running: `str(error)` tells an operator what to do, in a line."""
