"""How long mail has been put off because DNS did not answer: an hour, then it is taken."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import asyncpg

from dropbox.filing.outcomes import NotRecorded, Reason
from storage.ledger import DOWN

_WAITED = """
with begun as (
    insert into put_off (account_id, identity) values ($1, $2) on conflict do nothing)
select exists (
    select from put_off where account_id = $1 and identity = $2
    and first_at < now() - interval '1 hour')
"""


class Patience:
    """Remembers for all daemons when a mail came for the first time. Is the intake's `Waited`."""

    def __init__(self, pool: asyncpg.Pool[Any]) -> None:
        self._pool = pool

    async def __call__(self, account_id: UUID, identity: bytes) -> bool:
        """Return whether this mail has been put off for an hour; the first time counts from now.

        Raises `NotRecorded` (`database_down`).
        """
        try:
            return bool(await self._pool.fetchval(_WAITED, account_id, identity))
        except DOWN as error:
            raise NotRecorded(Reason.DATABASE_DOWN, type(error).__name__) from error
