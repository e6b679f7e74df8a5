"""What a person's decision about a held mail writes into the row that the mail was held in."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from dropbox.filing.decision import Arrival, Decision, Release
from dropbox.filing.identity import held_key_of, masked_hash
from dropbox.filing.outcomes import OUTCOMES, Kept, Reason
from dropbox.ids import derive
from storage import raw
from storage.rows import SHORT_LIVED, steps_json


class AlreadyDecided(Exception):
    """Somebody else has decided about this mail meanwhile."""


_LOCK = """
select account_id, id from delivery
where (account_id, id) in (select * from unnest($1::uuid[], $2::uuid[]))
and (outcome = 'held' and resolved_at is null or reason in ('filed_in_part', 'internal_only'))
order by account_id, id for update
"""

_DECIDED = """
update delivery set outcome = $3, reason = $4, direction = $5, note = $6,
steps = case when $10 and outcome = $3 and reason = $4 then steps else steps || $7::jsonb end,
authority = case when $10 or authority = 'import' then authority else 'released' end,
duplicate_of = $8, passed = $9,
resolved_at = case when $3 = 'held' then null else now() end,
resolution = case when $3 = 'held' then null when $10 then 'filed' else 'released' end,
held_key = case when $3 = 'held' then coalesce(held_key, $11) else held_key end
where account_id = $1 and id = $2
"""

# As little as of one that came when the list was there already.
_NEVER_LOG = """
update delivery set outcome = 'skipped', reason = 'never_log', authority = 'released',
peer = '', helo = '', mail_from = '', suffix = '', direction = null, rfc_message_id = null,
sender = null, subject = null, identity = $3, held_key = null, duplicate_of = null, note = $4,
steps = '[]', passed = '[]', verdict = 'unverified', evidence = null, resolved_at = now(),
resolution = 'released'
where account_id = $1 and id = $2 and outcome = 'held'
"""
# What was filed stays filed; those who wait are the ones whom nobody may log by now.
_NO_LONGER_IN_PART = """
update delivery set reason = 'filed', note = '' where account_id = $1 and id = $2
and reason = 'filed_in_part'
"""
_STOP_WAITING = "delete from waiting where account_id = $1 and delivery_id = $2"


async def lock(connection: Any, arrivals: Sequence[Arrival]) -> None:
    """Lock the rows of all released mail among `arrivals`, before anything is read or decided.

    Raises AlreadyDecided when one of them does not wait for a decision any more.
    """
    released = [one for one in arrivals if one.release]
    if not released:
        return
    accounts = [one.recipient.account_id for one in released]
    found = await connection.fetch(_LOCK, accounts, [one.delivery_id for one in released])
    if len(found) != len(released):
        raise AlreadyDecided


async def redecide(connection: Any, decision: Decision, release: Release, key: bytes) -> None:
    """Write the decision into the locked row; `key` is the account's."""
    keys = decision.arrival.recipient.account_id, decision.arrival.delivery_id
    await connection.execute(_STOP_WAITING, *keys)
    if decision.reason is Reason.NEVER_LOG:
        hashed = masked_hash(decision.arrival.message, key)
        await connection.execute(_NEVER_LOG, *keys, hashed, decision.note)
        await connection.execute(_NO_LONGER_IN_PART, *keys)
        return
    await connection.execute(
        _DECIDED,
        *keys,
        str(decision.outcome),
        str(decision.reason),
        decision.direction and str(decision.direction),
        decision.note,
        steps_json(decision),
        decision.duplicate_of,
        json.dumps(sorted(release.passes)),
        release.anew,
        held_key_of(decision.arrival.message),
    )


_SETTLED = """
update raw_mail r set expires_at = now() + $3::interval from delivery d
where d.account_id = $1 and d.id = any($2)
and r.account_id = d.account_id and r.id = d.raw_id
"""
_NOBODY_WAITS = "delete from waiting where account_id = $1 and delivery_id = any($2)"


async def let_go(connection: Any, account_id: UUID, settled: Sequence[UUID]) -> None:
    """Keep held mails that were filed when they came again for a while, and nobody waiting."""
    await connection.execute(_SETTLED, account_id, list(settled), SHORT_LIVED)
    await connection.execute(_NOBODY_WAITS, account_id, list(settled))


def kept_as(decision: Decision, release: Release) -> UUID | None:
    """Return the identifier of the raw mail that is kept after a released mail's decision."""
    kept = OUTCOMES[decision.reason].kept
    if kept is Kept.HEADERS:
        return derive(decision.arrival.delivery_id, "headers")
    is_new = any(one.is_new_message for one in decision.messages)
    if kept is Kept.ROW or (decision.is_filed and not is_new):
        return None
    return release.raw_id


async def settle_raw(connection: Any, decision: Decision, release: Release) -> None:
    """Keep as much of the mail as a live one with this outcome keeps, and as long.

    The time begins with the decision: what somebody has just let through does not go at once.
    """
    account_id, delivery_id = decision.arrival.recipient.account_id, decision.arrival.delivery_id
    raw_id = kept_as(decision, release)
    if decision.is_filed and not decision.is_new_capture:
        return  # it was filed in part: its bytes are its message's
    await connection.execute(
        "update delivery set raw_id = $3 where account_id = $1 and id = $2",
        account_id,
        delivery_id,
        raw_id,
    )
    if raw_id != release.raw_id:
        await raw.forget(connection, [(account_id, release.raw_id)])
        return
    await connection.execute(
        "update raw_mail set expires_at = now() + $3::interval where account_id = $1 and id = $2",
        account_id,
        raw_id,
        SHORT_LIVED if decision.reason is Reason.INTERNAL_ONLY else None,
    )
