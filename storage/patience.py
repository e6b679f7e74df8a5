"""How long mail has been put off because DNS did not answer: an hour, then it is taken."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import asyncpg

from dropbox.filing.decision import Arrival
from dropbox.filing.outcomes import NotRecorded, Reason
from storage.ledger import DOWN

# Keyed, as the mail may be one of which nothing must be kept.
_BEGIN = """
insert into put_off (account_id, identity)
select distinct a.id, sha256(a.key || asked.identity)
from unnest($1::uuid[], $2::bytea[]) as asked(account_id, identity)
join account a on a.id = asked.account_id order by 1, 2
on conflict do nothing
"""
_OVER = """
select bool_and(p.first_at is not null and p.first_at < now() - interval '1 hour')
from unnest($1::uuid[], $2::bytea[]) as asked(account_id, identity)
join account a on a.id = asked.account_id
left join put_off p on p.account_id = a.id and p.identity = sha256(a.key || asked.identity)
"""


class Patience:
    """Remembers for all daemons when a mail came for the first time. Is the intake's `Waited`."""

    def __init__(self, pool: asyncpg.Pool[Any]) -> None:
        self._pool = pool

    async def __call__(self, arrivals: Sequence[Arrival]) -> bool:
        """Return whether all have been put off for an hour; for a new one it begins now.

        Raises `NotRecorded` (`database_down`).
        """
        try:
            await self._pool.execute(_BEGIN, *_keys(arrivals))
            return await self.is_over(arrivals)
        except DOWN as error:
            raise NotRecorded(Reason.DATABASE_DOWN, type(error).__name__) from error

    async def is_over(self, arrivals: Sequence[Arrival]) -> bool:
        """Return the same, and begin nothing."""
        return bool(await self._pool.fetchval(_OVER, *_keys(arrivals)))


def _keys(arrivals: Sequence[Arrival]) -> tuple[list[Any], list[bytes]]:
    return [one.recipient.account_id for one in arrivals], [one.identity for one in arrivals]
