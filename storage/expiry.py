"""Letting go of the bytes of mail whose time is over. The rows stay and say so."""

from __future__ import annotations

from typing import Any

from storage import raw
from storage.access import Pool

AT_ONCE = 100
"""Mails in one transaction: neither locks nor the log grow with what has piled up."""

# A suspended user's mail is kept for 30 days, and like all held mail only expires once seen.
_HELD = """
with over as (
    select account_id, id, raw_id from delivery
    where outcome = 'held' and resolved_at is null and seen_at is not null
    and (seen_at < now() - nullif(make_interval(days => $1), interval '0')
         or (reason = 'user_suspended' and received_at < now() - interval '30 days'))
    order by seen_at limit $2 for update skip locked),
nobody_waits as (
    delete from waiting w using over
    where w.account_id = over.account_id and w.delivery_id = over.id)
update delivery d set resolved_at = now(), resolution = 'expired', raw_id = null
from over where d.account_id = over.account_id and d.id = over.id
returning d.account_id, over.raw_id
"""

# The bytes of one mail at several dropbox addresses are kept once, as long as one of them says.
_SHORT_LIVED = """
with over as (
    select account_id, id from raw_mail where expires_at < now()
    order by expires_at limit $1 for update skip locked),
let_go as (
    update delivery d set raw_id = null from over
    where d.account_id = over.account_id and d.raw_id = over.id
    and (d.outcome = 'skipped' or d.outcome = 'held' and d.resolved_at is not null)),
looked_at as (
    update raw_mail r set expires_at = null from over
    where r.account_id = over.account_id and r.id = over.id)
select account_id, id as raw_id from over
"""

_NO_LONGER_PUT_OFF = "delete from put_off where first_at < now() - interval '1 day'"


async def expire(pool: Pool, held_days: int) -> int:
    """Let go of the bytes of mail whose time is over; return of how many.

    Held mail that somebody has listed, `held_days` after that (0: never); mail that was not
    recorded, and held mail that was filed when it came again, after 30 days. Each hundred is a
    transaction of its own, so that an interruption loses nothing.
    """
    await pool.execute(_NO_LONGER_PUT_OFF)
    return await _all(pool, _HELD, held_days, AT_ONCE) + await _all(pool, _SHORT_LIVED, AT_ONCE)


async def _all(pool: Pool, statement: str, *arguments: Any) -> int:
    count = 0
    while True:
        async with pool.acquire() as connection, connection.transaction():
            over = await connection.fetch(statement, *arguments)
            keys = [(row["account_id"], row["raw_id"]) for row in over]
            count += await raw.forget(connection, keys)
        if len(over) < AT_ONCE:
            return count
