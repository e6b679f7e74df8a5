"""What Postgres can hold of what a stranger said."""

from __future__ import annotations

MOST_CHARS = 1000


def storable(text: str) -> str:
    """Return the text without NUL and lone surrogates, and not too long."""
    return text.encode("utf-8", "replace").decode().replace("\0", "\ufffd")[:MOST_CHARS]
