"""Held mail: what waits for a person's decision, and what that decision does.

Releasing a mail walks the road again from its raw bytes, past the one gate that it was held at, and
changes its own delivery row: nothing is decided twice, and nothing in part.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from dropbox.content import InMemory
from dropbox.envelope import Authority, Envelope, Recipient
from dropbox.filing.correspondents import without_waiting
from dropbox.filing.decision import Arrival, Release
from dropbox.filing.delivery import Delivery
from dropbox.filing.outcomes import OUTCOMES, Kept, Outcome, Reason
from dropbox.filing.standing import KnownPerson
from dropbox.ids import mint
from dropbox.mail.read import read
from storage import raw as raw_mail
from storage import typed
from storage.access import Pool
from storage.errors import Ambiguous, NotFound, Refused
from storage.evidence import from_json
from storage.ledger import Ledger
from storage.raw import read_raw

_HELD = """
select d.account_id, d.id, d.user_id, d.address_id, d.outcome, d.reason, d.received_at, d.verdict,
       d.evidence,
       d.peer, d.helo, d.mail_from, d.suffix, d.passed, d.authority, a.local,
       coalesce(d.raw_id, (
           select m.raw_id from capture c join message m
           on m.account_id = c.account_id and m.id = c.message_id
           where c.account_id = d.account_id and c.delivery_id = d.id limit 1)) as raw_id
from delivery d
left join dropbox_address a on a.account_id = d.account_id and a.id = d.address_id
where d.account_id = $1 and d.id = $2
and (d.outcome = 'held' and d.resolved_at is null or d.reason = 'filed_in_part')
"""

_NOBODYS = "it was sent to postmaster and belongs to no user; it can only be discarded"


_FIND = """
select d.account_id, d.id, d.reason, d.sender, d.verdict, u.email
from account a cross join lateral (
    select * from delivery d where d.account_id = a.id and d.id = $1
    union
    select * from delivery d where d.account_id = a.id and d.rfc_message_id = $2) d
left join "user" u on u.account_id = d.account_id and u.id = d.user_id
where ($3::uuid is null or a.id = $3)
and (d.outcome = 'held' and d.resolved_at is null
     or exists (select from waiting w
                where w.account_id = d.account_id and w.delivery_id = d.id
                and w.message_id is not null))
order by d.id
"""


@dataclass(frozen=True, slots=True)
class Undecided:
    """A mail that waits for a decision: as much as deciding takes, and nothing of its content."""

    account_id: UUID
    delivery_id: UUID
    reason: Reason
    sender: str | None
    verdict: str
    user: str | None
    """The user's primary address; None for postmaster."""


async def find(pool: Pool, reference: str, account_id: UUID | None = None) -> Undecided:
    """Return the one undecided mail with that delivery id or Message-ID.

    Raises NotFound, and Ambiguous when several dropbox addresses got it.
    """
    rfc_message_id = "".join(reference.split()).strip("<>").lower()
    rows = await pool.fetch(_FIND, typed.identifier(reference), rfc_message_id, account_id)
    if not rows:
        raise NotFound(f"nothing of {typed.shown(reference)} waits for a decision")
    if len(rows) > 1:
        raise Ambiguous(
            "held at several dropbox addresses: say which by its id", [str(r["id"]) for r in rows]
        )
    (row,) = rows
    return Undecided(
        row["account_id"],
        row["id"],
        Reason(row["reason"]),
        row["sender"],
        row["verdict"],
        row["email"],
    )


@dataclass(frozen=True, slots=True)
class Decided:
    """What became of a held mail after a person's decision."""

    delivery: Delivery
    held_for: Reason

    @property
    def still_held(self) -> bool:
        """Whether another gate stopped it."""
        return self.delivery.outcome is Outcome.HELD


async def release(
    pool: Pool,
    ledger: Ledger,
    account_id: UUID,
    delivery_id: UUID,
    *,
    person: KnownPerson | None = None,
    email: str = "",
    anew: bool = False,
) -> Decided:
    """Decide about a held mail again, past the gate that it was held at.

    Of a mail that was filed in part, those who wait are created. With `person` it is filed on that
    person alone, under `email`. With `anew` it passes no further gate: something else has changed.
    Raises NotFound when nothing of it waits any more, and Refused when its bytes are not kept.
    """
    async with pool.acquire() as connection:
        row = await connection.fetchrow(_HELD, account_id, delivery_id)
        if row is None:
            raise NotFound("this mail is not held, or no longer")
        held_for = Reason(row["reason"])
        if row["user_id"] is None:
            raise Refused(_NOBODYS)
        if person and held_for is Reason.FILED_IN_PART:
            raise Refused(
                "this mail is filed in part; release creates those who wait, discard forgets them"
            )
        if OUTCOMES[held_for].kept is Kept.HEADERS:
            raise Refused(
                "only the headers of this mail were kept, its sender being over the day's quota; "
                "discard it, or trust the sender and have it sent again"
            )
        pieces = read_raw(connection, account_id, row["raw_id"])
        raw = b"".join([piece async for piece in pieces])
    passes = {Reason(name) for name in json.loads(row["passed"])}
    if held_for is Reason.FILED_IN_PART:
        # Whoever releases the rest of a mail wants them all, whatever kept them waiting.
        passes |= {Reason.NOBODY_MATCHED, Reason.TOO_MANY_NEW}
    elif not anew:
        passes.add(held_for)
    decided = Release(frozenset(passes), row["raw_id"], person, email, anew)
    arrival = arrival_of(row, raw, decided)
    (delivery,) = await ledger.record((arrival,))
    return Decided(delivery, held_for)


def arrival_of(row: Any, raw: bytes, decided: Release) -> Arrival:
    """Return a delivery's mail as it arrived, read by today's reader.

    `row` holds the delivery's columns, and `local` of its dropbox address.
    """
    recipient = Recipient(
        row["account_id"], row["user_id"], row["address_id"], row["local"] or "", row["suffix"]
    )
    is_import = row["authority"] == Authority.IMPORT
    envelope = Envelope(
        peer=row["peer"],
        helo=row["helo"],
        mail_from=row["mail_from"],
        recipients=(recipient,),
        content=InMemory(raw),
        received_at=row["received_at"],
        # The owner's own old mail has no gate at its sender, however often it is decided.
        authority=Authority.IMPORT if is_import else Authority.RELEASED,
    )
    return Arrival(
        mail_id=row["raw_id"],
        delivery_id=row["id"],
        recipient=recipient,
        envelope=envelope,
        message=read(raw),
        evidence=from_json(row["verdict"], row["evidence"]),
        release=decided,
    )


_DISCARD = """
update delivery set resolved_at = now(), resolution = 'discarded', raw_id = null
where account_id = $1 and id = $2 and outcome = 'held' and resolved_at is null
returning id
"""
_STOP_WAITING = """
delete from waiting where account_id = $1 and delivery_id = $2 returning email, why
"""
_NO_LONGER_IN_PART = """
update delivery set reason = 'filed', note = $3,
steps = steps || '[{"step": "decision", "result": "discarded", "detail": ""}]'
where account_id = $1 and id = $2 and reason = 'filed_in_part'
"""


async def discard(pool: Pool, account_id: UUID, delivery_id: UUID) -> None:
    """Decide that a held mail is not wanted: its row stays, its bytes go.

    Of a mail that was filed in part it ends the waiting of the others. Raises NotFound when
    nothing of it waits.
    """
    keys = (account_id, delivery_id)
    async with pool.acquire() as connection, connection.transaction():
        before = await connection.fetchrow(
            "select raw_id, note from delivery where account_id = $1 and id = $2 for update", *keys
        )
        if before is None:
            raise NotFound("there is no such mail")
        held = await connection.fetchval(_DISCARD, *keys)
        waited = await connection.fetch(_STOP_WAITING, *keys)
        if held is None and not waited:
            raise NotFound("this mail does not wait for a decision, or no longer")
        note = without_waiting(before["note"], [(row["email"], row["why"]) for row in waited])
        await connection.execute(_NO_LONGER_IN_PART, *keys, note)
        if held:
            await raw_mail.forget(connection, [(account_id, before["raw_id"])])


async def note_seen(pool: Pool, seen: list[tuple[UUID, UUID]]) -> None:
    """Note that somebody has listed these mails, by account and delivery: now they may expire."""
    await pool.execute(
        "update delivery d set seen_at = now() from unnest($1::uuid[], $2::uuid[]) as s(a, id)"
        " where d.account_id = s.a and d.id = s.id and d.seen_at is null and d.outcome = 'held'",
        [account_id for account_id, _ in seen],
        [delivery_id for _, delivery_id in seen],
    )


async def note_decision(
    pool: Pool, account_id: UUID, delivery_id: UUID, actor: str, action: str, **detail: str
) -> None:
    """Write into the audit who decided what about a held mail."""
    await pool.execute(
        "insert into audit (account_id, id, actor, action, detail) values ($1, $2, $3, $4, $5)",
        account_id,
        mint(),
        actor,
        action,
        json.dumps({"delivery": str(delivery_id), **detail}),
    )
