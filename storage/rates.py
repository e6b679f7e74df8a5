"""How much mail a dropbox address may get in a minute, by all daemons together."""

from __future__ import annotations

import time
from collections import defaultdict, deque
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import asyncpg

from dropbox.envelope import Recipient
from dropbox.filing.outcomes import NotRecorded, Reason
from storage.ledger import DOWN

SECONDS = 60.0

KEPT_SECONDS = 0.0005
"""For each mail of the limit: counting takes as long as there is to count."""

PROCESSES = 16
"""So many do not exceed the limit together if each knows of its own mail alone below this part."""

# Identifiers begin with the time (RFC 9562 section 5.7), so an index that is there for other
# reasons finds what is recent.
_RECORDED = """
select count(*) from (
    select from delivery
    where account_id = $1 and user_id is not distinct from $2 and address_id = $3
    and id > $4 and authority = 'live' limit $5) as recent
"""

Route = Callable[[str], Awaitable[Recipient | None]]


class RatedRoutes:
    """Answers RCPT TO for as much mail as an address may get. An instance is the wire's `Route`.

    Counts what this process let in, recorded or not, and beyond a small part of the limit also
    what all daemons have recorded.
    """

    def __init__(
        self,
        routes: Route,
        pool: asyncpg.Pool[Any],
        limit: int,
        *,
        processes: int = PROCESSES,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Let `limit` mails a minute in for an address; 0 is no limit.

        Below the part of it that falls to one of `processes` the others are not asked for.
        """
        self._routes = routes
        self._pool = pool
        self._limit = limit
        self._part = limit // processes
        self._clock = clock
        self._let_in: defaultdict[str, deque[float]] = defaultdict(deque)
        """When, by address; the oldest first, none older than a minute."""
        self._others: dict[str, tuple[float, int]] = {}
        """What other processes took, and until when that is not asked for again, by address."""

    async def __call__(self, address: str) -> Recipient | None:
        """Return who is behind `address`, None when nobody is.

        Raises `NotRecorded`: `rate`, or `database_down` when the question cannot be answered.
        """
        recipient = await self._routes(address)
        if recipient is not None and self._limit:
            await self._admit(recipient)
        return recipient

    async def _admit(self, recipient: Recipient) -> None:
        let_in, now = self._let_in[recipient.address], self._clock()
        while let_in and let_in[0] <= now - SECONDS:
            let_in.popleft()
        others = 0
        if self._part <= len(let_in) < self._limit and recipient.address_id:
            others = await self._of_others(recipient, now)
        if len(let_in) + others >= self._limit:
            raise NotRecorded(Reason.RATE, f"{self._limit} mails within a minute")
        let_in.append(now)

    async def _of_others(self, recipient: Recipient, now: float) -> int:
        """Return what other processes took; the larger the limit, the longer an answer is kept."""
        until, others = self._others.get(recipient.address, (now, 0))
        if now >= until:
            own = len(self._let_in[recipient.address])
            others = max(0, await self._recorded(recipient) - own)
            until = now + min(self._limit * KEPT_SECONDS, SECONDS / 10)
            self._others[recipient.address] = until, others
        return others

    async def _recorded(self, recipient: Recipient) -> int:
        since = UUID(int=int((time.time() - SECONDS) * 1000) << 80)
        try:
            count: int = await self._pool.fetchval(
                _RECORDED,
                recipient.account_id,
                recipient.user_id,
                recipient.address_id,
                since,
                self._limit,
            )
        except DOWN as error:
            raise NotRecorded(Reason.DATABASE_DOWN, type(error).__name__) from error
        return count
