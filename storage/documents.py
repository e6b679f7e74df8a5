"""What goes out as JSON: for commands, and for whoever asks over the network."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

Document = dict[str, Any]
"""snake_case keys; what is unknown is null and never absent."""


def instant(at: datetime) -> str:
    """Return a time as ISO 8601 in UTC, with a `Z`."""
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def instant_or_null(at: datetime | None) -> str | None:
    """Return a time as `instant` does, or None for none."""
    return None if at is None else instant(at)


def address(name: str | None, email: str | None) -> Document:
    """Return an address; both are null when it is on a never-log list."""
    return {"name": name or None, "email": email}
