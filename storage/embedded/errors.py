"""What can go wrong, each as one line to show to a person."""


class EmbeddedError(Exception):
    """The embedded Postgres cannot be used; the message is one clear line."""


class NoDatabase(EmbeddedError):
    """No database was made in this data folder yet, and the caller may not make one."""
