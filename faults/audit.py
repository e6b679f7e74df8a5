"""Counting in Postgres what was recorded, against what senders were told."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Collection, Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import asyncpg

from dropbox.filing.outcomes import OUTCOMES, Outcome
from faults.mails import End, Mail
from faults.sender import Tally
from storage.raw import read_raw

_DELIVERIES = """
select d.rfc_message_id, u.email, d.outcome, d.reason, d.raw_id
from delivery d join "user" u on u.account_id = d.account_id and u.id = d.user_id
where d.rfc_message_id = any($1) and d.authority = 'live'
"""
# What the database could not take is held as it came, without a Message-ID.
_UNREADABLE = """
select d.account_id, u.email, d.outcome, d.reason, d.raw_id
from delivery d join "user" u on u.account_id = d.account_id and u.id = d.user_id
where d.reason = 'unreadable'
"""
_MESSAGES = """
select m.rfc_message_id, m.account_id, m.id, m.raw_id,
array(select e.email from filing f
      join person_email e on e.account_id = f.account_id and e.person_id = f.person_id
      where f.account_id = m.account_id and f.message_id = m.id) as people,
array(select u.email from capture c
      join "user" u on u.account_id = c.account_id and u.id = c.user_id
      where c.account_id = m.account_id and c.message_id = m.id) as users
from message m where m.rfc_message_id = any($1)
"""
# What a transaction that was cut short would have left, were it not for the transaction.
_LEFT_OVER = {
    "kept mail that nothing points to": """
        select count(*) from raw_mail r
        where not exists (select from message m where m.account_id = r.account_id
                          and m.raw_id = r.id)
        and not exists (select from delivery d where d.account_id = r.account_id
                        and d.raw_id = r.id)""",
    "messages on no timeline": """
        select count(*) from message m where not exists (
            select from filing f where f.account_id = m.account_id and f.message_id = m.id)""",
    "people without a message": """
        select count(*) from person p where not exists (
            select from filing f where f.account_id = p.account_id and f.person_id = p.id)""",
    "people twice": """
        select count(*) - count(distinct (e.account_id, e.email)) from person_email e""",
}


@dataclass(slots=True)
class Audit:
    """What was found."""

    recorded: int = 0
    """Mails that are there once, whole, and on the right timelines."""
    lost: int = 0
    """Acknowledged, and not there."""
    doubled: int = 0
    flaws: list[str] = field(default_factory=list)
    """Everything that is not as it should be, in words."""


@dataclass(slots=True)
class _Found:
    """All rows with one Message-ID."""

    deliveries: list[asyncpg.Record] = field(default_factory=list)
    messages: list[asyncpg.Record] = field(default_factory=list)


async def audit(connection: asyncpg.Connection[Any], tally: Tally) -> Audit:
    """Compare the database with what the senders of these mails were told."""
    found = await _find(connection, tally.mails)
    result = Audit()
    for mail in tally.mails:
        rows = found[mail.message_id]
        if mail.message_id in tally.acknowledged:
            flaws = [flaw async for flaw in _of_acknowledged(connection, mail, rows)]
            if mail.end is End.REFUSED:
                flaws.append("taken, and it was to be refused")
            result.recorded += not flaws
            result.lost += not rows.deliveries
            result.doubled += any(flaw.startswith("twice") for flaw in flaws)
        else:
            flaws = list(_of_others(mail, rows, tally))
        result.flaws += [f"{mail.message_id}: {flaw}" for flaw in flaws]
    result.flaws += _beyond_the_table(tally)
    for what, statement in _LEFT_OVER.items():
        if count := await connection.fetchval(statement):
            result.flaws.append(f"{what}: {count}")
    return result


async def _find(
    connection: asyncpg.Connection[Any], mails: Collection[Mail]
) -> defaultdict[str, _Found]:
    found: defaultdict[str, _Found] = defaultdict(_Found)
    ids = [mail.message_id for mail in mails]
    for row in await connection.fetch(_DELIVERIES, ids):
        found[row["rfc_message_id"]].deliveries.append(row)
    for row in await connection.fetch(_MESSAGES, ids):
        found[row["rfc_message_id"]].messages.append(row)
    if by_bytes := {mail.raw: mail.message_id for mail in mails if mail.end is End.UNREADABLE}:
        for row in await connection.fetch(_UNREADABLE):
            raw = await _raw(connection, row["account_id"], row["raw_id"])
            if raw in by_bytes:
                found[by_bytes[raw]].deliveries.append(row)
    return found


async def _of_acknowledged(connection: Any, mail: Mail, rows: _Found) -> AsyncIterator[str]:
    """Yield what is wrong with a mail that got its 250."""
    if not rows.deliveries:
        yield "acknowledged, and not there"
        return
    wanted = Outcome.FILED if mail.end is End.FILED else Outcome.HELD
    for user in mail.users:
        ends = Counter(row["outcome"] for row in rows.deliveries if row["email"] == user)
        if ends[wanted] != 1:
            yield f"{'twice' if ends[wanted] else 'not'} {wanted} for {user}: {dict(ends)}"
        if others := set(ends) - {wanted, Outcome.DUPLICATE}:
            yield f"also {', '.join(sorted(others))} for {user}"
    if strangers := {row["email"] for row in rows.deliveries} - mail.users:
        yield f"delivered to {', '.join(sorted(strangers))}"
    if mail.end is End.UNREADABLE:
        if rows.messages:
            yield "held, and a message all the same"
        return
    if len(rows.messages) != 1:
        yield f"{'twice' if rows.messages else 'no message'}: {len(rows.messages)} messages"
        return
    (message,) = rows.messages
    for what, whom in (("people", mail.people), ("users", mail.users)):
        if sorted(message[what]) != sorted(whom):
            yield f"{what} are {sorted(message[what])} and not {sorted(whom)}"
    if await _raw(connection, message["account_id"], message["raw_id"]) != mail.raw:
        yield "the kept bytes are not those that were sent"


def _of_others(mail: Mail, rows: _Found, tally: Tally) -> Iterator[str]:
    """Yield what is wrong with a mail that got no 250."""
    refusal = tally.refused.get(mail.message_id)
    if refusal is None:
        yield "nobody took it"
    elif mail.end is not End.REFUSED:
        yield f"refused: {refusal.text}"
    if refusal and (rows.deliveries or rows.messages):
        yield "refused, and there all the same"


def _beyond_the_table(tally: Tally) -> list[str]:
    """Return refusals that the table of outcomes does not list."""
    listed = {str(row.reply) for row in OUTCOMES.values() if row.reply.code >= 500}
    return [
        f"not in the table: {text}"
        for text in sorted({reply.text for reply in tally.refused.values()} - listed)
    ]


async def _raw(connection: Any, account_id: UUID, raw_id: UUID | None) -> bytes:
    if raw_id is None:
        return b""
    return b"".join([piece async for piece in read_raw(connection, account_id, raw_id)])
