"""What can go wrong with what somebody asked for; the text of each is one line for that person.

* StorageError
  + DatabaseUnusable
    - DatabaseDown
    - SchemaBehind
    - SchemaAhead
  + Refused
    - NotFound
    - Ambiguous
    - Private
"""

from __future__ import annotations

from collections.abc import Sequence


class StorageError(Exception):
    """Anything that a person can mend or has to be told; never a bug of ours."""


class DatabaseUnusable(StorageError):
    """The database is there, and cannot be worked with."""


class DatabaseDown(DatabaseUnusable):
    """The database cannot be reached, now."""


class SchemaBehind(DatabaseUnusable):
    """The database has still to be migrated."""


class SchemaAhead(DatabaseUnusable):
    """A newer version of this program has migrated the database."""


class Refused(StorageError):
    """What was asked for breaks a rule of the product, or is not well formed."""


class NotFound(Refused):
    """There is no such thing."""


class Ambiguous(Refused):
    """There are several, and nothing says which; `choices` are their names."""

    def __init__(self, text: str, choices: Sequence[str]) -> None:
        super().__init__(text)
        self.choices = tuple(choices)


class Private(Refused):
    """Somebody's private mail, which others see only when they break the glass."""
