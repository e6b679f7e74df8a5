"""Kept mail read again with today's reader.

What is held is decided anew; what is recorded gets the text, names, dates and files that are read
today, and is filed on correspondents whom the reader did not see before. Authority and verdict
stay, and so does everything that a person decided: what was released, assigned or discarded, who
captured it, on whom it is filed, and names that somebody has changed.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from dropbox.exposure import concealed_arrival
from dropbox.filing.authorship import authorship, is_doubtful
from dropbox.filing.correspondents import Action
from dropbox.filing.decide import decide
from dropbox.filing.decision import Arrival, Decision, Release
from dropbox.filing.outcomes import NotRecorded, Outcome, Reason
from dropbox.filing.standing import Facts, Standing, User
from storage import typed
from storage.access import Pool
from storage.errors import NotFound
from storage.held import arrival_of
from storage.ledger import CULPRIT, OVERTAKEN, Ledger, Overtaken, insert, settle_others
from storage.raw import read_raw
from storage.rereading import (
    MESSAGES,
    Change,
    Pair,
    decided_before,
    follow_identity,
    pairs,
    refresh,
    rename,
)
from storage.rows import Batch, shown_in_lists
from storage.standing import read_standing

MOST_ATTEMPTS = 5
_BETTER_READ = frozenset(
    (
        Reason.FILED,
        Reason.FILED_IN_PART,
        Reason.FORWARD_UNCLEAR,
        Reason.NOBODY_MATCHED,
        Reason.TOO_MANY_NEW,
        Reason.INTERNAL_ONLY,
    )
)
"""What mail to colleagues alone may become when something forwarded is found in it."""
Key = tuple[UUID, UUID]
"""Account and delivery."""


@dataclass(frozen=True, slots=True)
class Reread:
    """One delivery, read again."""

    delivery_id: UUID
    user: str
    received_at: datetime
    changes: tuple[Change, ...]
    hidden: bool
    """Whether it is private: what changed may be named, and not shown."""
    gained: frozenset[tuple[UUID, str]] = frozenset()
    """Addresses, by account, of people whom it brought."""


# Of a discarded or expired mail nothing is kept; of one beyond the quota the headers alone.
_WANTED = """
select d.account_id, d.id from delivery d
where d.account_id = $1 and d.id > $2 and d.received_at >= $3
and d.user_id is not null and d.raw_id is not null
and (d.outcome = 'filed' or d.reason = 'internal_only'
     or (d.outcome = 'held' and d.resolved_at is null and d.reason <> 'over_quota'))
"""
_ALL = f"{_WANTED} order by d.id limit 1000"
_ONLY = f"{_WANTED} and d.id = any($4) order by d.id limit 1000"
_NAMED = """
select d.account_id, d.id from account a
join delivery d on d.account_id = a.id and d.id = $1
union
select d.account_id, d.id from account a
join delivery d on d.account_id = a.id and d.rfc_message_id = $2
union
select c.account_id, c.delivery_id from account a
join capture c on c.account_id = a.id and c.message_id = $1
union
select c.account_id, c.delivery_id from account a
join message m on m.account_id = a.id and m.rfc_message_id = $2
join capture c on c.account_id = m.account_id and c.message_id = m.id
"""
_DELIVERY = """
select d.*, a.local, u.email as "user", u.visibility = 'private' as private
from delivery d
join "user" u on u.account_id = d.account_id and u.id = d.user_id
left join dropbox_address a on a.account_id = d.account_id and a.id = d.address_id
where d.account_id = $1 and d.id = $2
"""


async def wanted(
    pool: Pool,
    account_id: UUID,
    *,
    since: datetime | None = None,
    only: Collection[UUID] | None = None,
) -> AsyncIterator[Key]:
    """Yield the deliveries of an account whose mail can be read again, oldest first."""
    statement, ids = (_ALL, ()) if only is None else (_ONLY, (list(only),))
    after, start = UUID(int=0), since or datetime.min.replace(tzinfo=UTC)
    while found := await pool.fetch(statement, account_id, after, start, *ids):
        for row in found:
            yield row["account_id"], row["id"]
        after = found[-1]["id"]


async def named(pool: Pool, reference: str) -> list[Key]:
    """Return the deliveries of a mail, by an identifier or Message-ID. Raises NotFound."""
    rfc_message_id = "".join(reference.split()).strip("<>").lower()
    found = await pool.fetch(_NAMED, typed.identifier(reference), rfc_message_id)
    if not found:
        raise NotFound(f"there is no mail {typed.shown(reference)}")
    return [(row["account_id"], row["id"]) for row in found]


async def reread(
    pool: Pool, ledger: Ledger, key: Key, mail_domain: str, *, dry_run: bool
) -> Reread | None:
    """Read the mail of one delivery again and write what that changes, in one transaction.

    None when it is not kept any more. With `dry_run` nothing is written. Raises NotRecorded when
    the database does not take it now.
    """
    async with pool.acquire() as connection:
        row = await connection.fetchrow(_DELIVERY, *key)
        if row is None or row["raw_id"] is None:
            return None
        pieces = read_raw(connection, row["account_id"], row["raw_id"])
        raw = b"".join([piece async for piece in pieces])
    if not raw:
        return None
    passes = frozenset(Reason(name) for name in json.loads(row["passed"]))
    release = Release(passes, row["raw_id"], anew=True, settled={})
    arrival = concealed_arrival(arrival_of(row, raw, release), mail_domain)
    if row["outcome"] == "filed":
        for _ in range(MOST_ATTEMPTS):
            try:
                return await _filed(pool, row, arrival, mail_domain, dry_run=dry_run)
            except (Overtaken, *OVERTAKEN, *CULPRIT):
                continue
        raise NotRecorded(Reason.BUSY, "lost too many races")
    changes = await _undecided(pool, ledger, row, arrival, mail_domain, dry_run=dry_run)
    return Reread(row["id"], row["user"], row["received_at"], tuple(changes), row["private"])


async def _undecided(
    pool: Pool, ledger: Ledger, row: Any, arrival: Arrival, mail_domain: str, *, dry_run: bool
) -> list[Change]:
    """Decide anew about a mail that is held, or that went to colleagues alone."""
    (decision,) = await ledger.foresee((arrival,))
    if decision.reason in {Reason.NEVER_LOG, Reason.USER_SUSPENDED} or (
        row["outcome"] == Outcome.SKIPPED and decision.reason not in _BETTER_READ
    ):
        # Whoever changed lists or users meanwhile said nothing about mail that is here already.
        return []
    if decision.reason == row["reason"]:
        return await _refresh_row(pool, row, decision, mail_domain, dry_run=dry_run)
    if not dry_run:
        await ledger.record((arrival,))
    before = f"{row['outcome']}, {row['reason']}"
    changes = [Change("outcome", before, f"{decision.outcome}, {decision.reason}")]
    if decision.is_filed:
        emails = [one.email for one in decision.everybody if one.action is not Action.SKIP]
        changes.append(Change("filed on", [], emails))
    return changes


async def _refresh_row(
    pool: Pool, row: Any, decision: Decision, mail_domain: str, *, dry_run: bool
) -> list[Change]:
    sender, subject = shown_in_lists(decision, mail_domain)
    if row["reason"] == Reason.UNREADABLE:
        return []
    changes = [
        Change(name, row[name], new)
        for name, new in (("sender", sender), ("subject", subject))
        if row[name] != new
    ]
    if changes and not dry_run:
        await pool.execute(
            "update delivery set sender = $3, subject = $4 where account_id = $1 and id = $2"
            " and (outcome = 'held' and resolved_at is null or reason = 'internal_only')",
            row["account_id"],
            row["id"],
            sender,
            subject,
        )
    return changes


async def _filed(
    pool: Pool, row: Any, arrival: Arrival, mail_domain: str, *, dry_run: bool
) -> Reread:
    """Write what today's reader makes of recorded messages, and file on whom it finds besides."""
    keys = row["account_id"], row["id"]
    async with pool.acquire() as connection:
        transaction = connection.transaction()
        await transaction.start()
        try:
            await connection.execute(
                "select from delivery where account_id = $1 and id = $2 for update", *keys
            )
            messages = await connection.fetch(MESSAGES, *keys, row["raw_id"])
            changes, gained = await _messages(connection, row, messages, arrival, mail_domain)
        except BaseException:
            await transaction.rollback()
            raise
        if dry_run or not changes:
            await transaction.rollback()
        else:
            await transaction.commit()
    hidden = row["private"] or any(one["private"] for one in messages)
    return Reread(row["id"], row["user"], row["received_at"], tuple(changes), hidden, gained)


async def _messages(
    connection: Any, row: Any, messages: Sequence[Any], arrival: Arrival, mail_domain: str
) -> tuple[list[Change], frozenset[tuple[UUID, str]]]:
    found = list(pairs(messages, arrival))
    for pair in found:
        await follow_identity(connection, pair)
    steps = json.loads(row["steps"])
    settled = {one["id"]: decided_before(one, arrival, steps) for one in messages}
    release = arrival.release and replace(arrival.release, settled=settled)
    arrival = replace(arrival, release=release)
    known = await read_standing(connection, [arrival])
    user = known.users[row["user_id"]]
    standing = Standing(user, mail_domain, known.facts.get(row["account_id"], Facts()))
    decision = decide(arrival, standing)
    if decision.reason is Reason.NEVER_LOG:
        return [], frozenset()
    changes: list[Change] = []
    reads = []
    for pair in found:
        if read := _read(pair, decision, standing, user):
            changes += await refresh(connection, pair, read, mail_domain)
            reads.append(read)
    changes += await rename(connection, reads, standing, user)
    itself = any(pair.original is None for pair in found)
    if not decision.is_filed or len(found) < len(messages) or itself == bool(decision.original):
        # What is found now may be what was recorded then, in other words.
        return changes, frozenset()
    more, gained = await _file_on(connection, row, decision, mail_domain)
    return changes + more, gained


def _read(pair: Pair, decision: Decision, standing: Standing, user: User) -> Decision | None:
    """Return today's reading of a recorded message; None when the reader is in doubt about it."""
    if pair.original is None:
        return replace(
            decision, original=None, reason=Reason.FILED, direction=pair.row["direction"]
        )
    release = decision.arrival.release
    passed = release is not None and Reason.FORWARD_UNCLEAR in release.passes
    if is_doubtful(pair.original) and not passed:
        return None
    original = pair.original.shown(user.timezone)
    direction = authorship(original, user, standing).direction
    return replace(decision, original=original, reason=Reason.FILED, direction=direction)


async def _file_on(
    connection: Any, row: Any, decision: Decision, mail_domain: str
) -> tuple[list[Change], frozenset[tuple[UUID, str]]]:
    """File on the correspondents whom only today's reader sees, in messages old and new."""
    new = [
        one
        for one in decision.messages
        if one.is_new_message or one.is_new_capture or one.filings or one.waiting
    ]
    if not new:
        return [], frozenset()
    batch = Batch(mail_domain)
    for one in new:
        batch.add_to_filed(one, row["raw_id"])
    await insert(connection, batch)
    for one in new:
        await settle_others(connection, replace(one, resolves=()))
    waiting = sorted({each.email for one in new for each in one.waiting})
    steps = [
        {"step": one.step, "result": one.result, "detail": one.detail}
        for one in decision.steps
        if one.step in {"decision", "correspondent"}
    ]
    note = "; ".join(one for one in (row["note"], decision.note if waiting else "") if one)
    await connection.execute(
        "update delivery set steps = steps || $3::jsonb, note = $4,"
        " reason = case when $5 then 'filed_in_part' else reason end"
        " where account_id = $1 and id = $2",
        row["account_id"],
        row["id"],
        json.dumps(steps),
        note,
        bool(waiting),
    )
    changes = [Change("message", None, one.message.subject, one.message_id)
               for one in new if one.is_new_message]  # fmt: skip
    filed = sorted({email for one in new for _, email in one.filings})
    if filed:
        changes.append(Change("filed on", [], filed))
    if waiting:
        changes.append(Change("waiting", [], waiting))
    return changes, frozenset((made[0], made[1]) for made in batch.rows["person_email"])
