"""How an exception may be logged: what and where, never its text."""

from __future__ import annotations

import traceback

_CAUSES = 5
_FRAMES = 3


def describe(error: BaseException) -> dict[str, str]:
    """Return the class and the place of `error` and of its causes, as fields for a log event.

    Not its text, nor a traceback: both may quote an address, a password or a mail (trap A).
    """
    chain: list[str] = []
    link: BaseException | None = error
    while link is not None and len(chain) < _CAUSES:
        chain.append(type(link).__name__)
        link = link.__cause__ or link.__context__
    return {"error": " < ".join(chain), "where": _where(error)}


def _where(error: BaseException) -> str:
    frames = traceback.extract_tb(error.__traceback__)[-_FRAMES:]
    return " > ".join(f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames)
