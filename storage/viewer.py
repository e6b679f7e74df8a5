"""Who looks at recorded mail, and what of it is private to others.

Visibility belongs to a capture; of several the stricter wins for others. Whoever captured a message
sees it. Breaking the glass shows everything, and leaves a row in the audit.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from dropbox.ids import mint
from storage import tables
from storage.errors import Private


@dataclass(frozen=True, slots=True)
class Viewer:
    """Somebody who reads: a stranger to all private mail unless more is said."""

    user_id: UUID | None = None
    """The user in whose name somebody reads."""
    actor: str = ""
    """Whoever it is, for the audit."""
    reason: str | None = None
    """Why the glass is broken; None: it is not."""

    def may_see(self, *, private: bool, owners: Iterable[UUID | None]) -> bool:
        """Whether content captured by `owners` is shown, a broken glass included."""
        return not private or self.reason is not None or self.is_one_of(owners)

    def is_one_of(self, owners: Iterable[UUID | None]) -> bool:
        return self.user_id is not None and self.user_id in owners


ANYBODY = Viewer()


async def note_broken_glass(
    connection: AsyncConnection, viewer: Viewer, what: str, seen: Sequence[tuple[UUID, UUID]]
) -> None:
    """Write into the audit that private things were seen: pairs of account and identifier."""
    if viewer.reason is None:
        return
    by_account: dict[UUID, list[str]] = {}
    for account_id, identifier in seen:
        by_account.setdefault(account_id, []).append(str(identifier))
    for account_id, identifiers in by_account.items():
        detail: dict[str, Any] = {"reason": viewer.reason, "what": what, "seen": identifiers}
        row = {"account_id": account_id, "id": mint(), "actor": viewer.actor}
        await connection.execute(
            insert(tables.audit).values(**row, action="break_glass", detail=detail)
        )


def refuse(owner: str | None) -> Private:
    """Return the error that says how to see private mail."""
    whose = owner or "its user"
    return Private(f"this mail is private; it takes --as {whose}, or --break-glass REASON")
