"""Deliveries: what became of each mail at each dropbox address, and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Text, Uuid, select, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncConnection

from dropbox.filing.decision import Step
from dropbox.filing.identity import hash_of_id
from dropbox.filing.outcomes import Outcome
from storage import tables, typed
from storage.documents import Document, instant
from storage.errors import NotFound
from storage.viewer import ANYBODY, Viewer, note_broken_glass, refuse


@dataclass(frozen=True, slots=True)
class DeliveryRow:
    """A delivery as a viewer sees it: what is private to others is None, or empty."""

    account_id: UUID
    delivery_id: UUID
    message_ids: tuple[UUID, ...]
    rfc_message_id: str | None
    outcome: str
    reason: str
    sender: str | None
    subject: str | None
    received_at: datetime
    user: str | None
    """None for postmaster."""
    language: str | None
    """The user's; None where none was set."""
    filed_on: tuple[str, ...]
    note: str
    direction: str | None
    verdict: str
    peer: str
    mail_from: str
    suffix: str
    steps: tuple[Step, ...]
    evidence: Document | None
    """What the sender was checked with: `why`, `checks` and more; None where nobody asked."""
    duplicate_of: UUID | None
    resolution: str | None
    raw_id: UUID | None
    visibility: str
    hidden: bool
    """Whether the content is kept from this viewer."""

    @property
    def settled(self) -> str | None:
        """How held mail was settled since: filed, discarded, expired; None while it waits."""
        return self.resolution if self.outcome == Outcome.HELD else None

    @property
    def _note(self) -> str:
        # The contract has no other place to say that it does not wait any more.
        settled = f"resolved: {self.settled}" if self.settled else ""
        return "; ".join(one for one in (self.note, settled) if one)

    def document(self) -> Document:
        """Return what the contract says of a delivery, for JSON."""
        return {
            "delivery_id": str(self.delivery_id),
            "message_ids": [str(one) for one in self.message_ids],
            "rfc_message_id": self.rfc_message_id,
            "outcome": self.outcome,
            "reason": self.reason,
            "sender": self.sender,
            "subject": self.subject,
            "received_at": instant(self.received_at),
            "user": self.user,
            "filed_on": list(self.filed_on),
            "note": self._note,
        }


# A duplicate has the messages of the mail that it repeats. Mail that nobody captured yet is as
# private as its user's rules would make it.
_DETAILS = """
    select d.account_id, d.id as delivery_id, captured.message_ids, d.rfc_message_id, d.outcome,
           d.reason, d.sender, d.subject, d.received_at, u.email as "user", u.language, d.note,
           d.direction, d.verdict, d.peer, d.mail_from, d.suffix, d.steps, d.evidence,
           d.duplicate_of,
           d.resolution, coalesce(d.raw_id, captured.raw_id) as raw_id, d.user_id,
           captured.owners, coalesce(captured.private, u.visibility = 'private', false) as private,
           array(select distinct f.email from filing f
                 where f.account_id = d.account_id and f.message_id = any(captured.message_ids)
                 order by f.email) as filed_on
    from wanted w join delivery d using (account_id, id)
    left join "user" u on u.account_id = d.account_id and u.id = d.user_id
    cross join lateral (
        select coalesce(array_agg(distinct c.message_id), '{}') as message_ids,
               array_agg(distinct others.user_id) as owners,
               bool_or(others.visibility = 'private') as private,
               (array_agg(m.raw_id))[1] as raw_id
        from capture c
        join capture others
            on others.account_id = c.account_id and others.message_id = c.message_id
        join message m on m.account_id = c.account_id and m.id = c.message_id
        where c.account_id = d.account_id and c.delivery_id in (d.id, d.duplicate_of)) captured
    order by d.received_at desc, d.id desc limit :limit
"""


def _newest(*, of_user: bool, outcome: str | None) -> str:
    """Identifiers grow with time, so the newest of each account are the end of an index.

    Only what is asked for stands in the statement, the outcome as a constant: else no plan that
    is made for all parameters could take the index that has just these rows.
    """
    user = "and d.user_id = :user_id" if of_user else ""
    ended = f"and d.outcome = '{Outcome(outcome)}'" if outcome else ""
    return f"""
    with wanted as (
        select newest.account_id, newest.id from account a
        cross join lateral (
            select d.account_id, d.id from delivery d
            where d.account_id = a.id {user} {ended}
            order by d.id desc limit :limit) newest
        where cast(:account_id as uuid) is null or a.id = :account_id)
    """  # noqa: S608 - of our own words


# What waits for a decision: held mail, and those of a mail filed in part who are nobody yet.
_UNDECIDED = """
    with wanted as (
        select newest.account_id, newest.id from account a
        cross join lateral (
            (select d.account_id, d.id from delivery d
             where d.account_id = a.id and d.outcome = 'held' and d.resolved_at is null
             and (cast(:user_id as uuid) is null or d.user_id = :user_id)
             order by d.id desc limit :limit)
            union
            (select distinct w.account_id, w.delivery_id from waiting w
             where w.account_id = a.id and w.message_id is not null
             and (cast(:user_id as uuid) is null or exists (
                 select from delivery d where d.account_id = w.account_id
                 and d.id = w.delivery_id and d.user_id = :user_id))
             order by w.delivery_id desc limit :limit)
            order by 2 desc limit :limit) newest
        where cast(:account_id as uuid) is null or a.id = :account_id)
"""

_REFERRED = """
    with wanted as (
        select d.account_id, d.id from account a
        join delivery d on d.account_id = a.id and d.id = :id
        union
        select c.account_id, c.delivery_id from account a
        join capture c on c.account_id = a.id and c.message_id = :id
        union
        select d.account_id, d.id from account a
        join message m on m.account_id = a.id and m.id = :id
        join delivery d on d.account_id = m.account_id and d.rfc_message_id = m.rfc_message_id
        join capture c
            on c.account_id = d.account_id and c.message_id = m.id
            and c.delivery_id = d.duplicate_of
        union
        select d.account_id, d.id from account a
        join delivery d on d.account_id = a.id and d.rfc_message_id = :rfc_message_id
        union
        select c.account_id, c.delivery_id from account a
        join message m on m.account_id = a.id and m.rfc_message_id = :rfc_message_id
        join capture c on c.account_id = m.account_id and c.message_id = m.id
        union
        select d.account_id, d.id from account a
        join delivery d on d.account_id = a.id and d.identity = any(:hashes)
            and d.reason = 'never_log')
"""


def _statement(wanted: str) -> Any:
    return text(wanted + _DETAILS).columns(
        steps=JSONB, message_ids=ARRAY(Uuid), owners=ARRAY(Uuid), filed_on=ARRAY(Text)
    )


async def listed(
    connection: AsyncConnection,
    account_id: UUID | None = None,
    viewer: Viewer = ANYBODY,
    *,
    user_id: UUID | None = None,
    outcome: str | None = None,
    limit: int = 100,
) -> list[DeliveryRow]:
    """Return deliveries, newest first; of all accounts without `account_id`."""
    keys = {"account_id": account_id, "limit": limit}
    if user_id:
        keys["user_id"] = user_id
    statement = _statement(_newest(of_user=user_id is not None, outcome=outcome))
    found = await connection.execute(statement, keys)
    return [_delivery(row, viewer) for row in found.mappings()]


async def undecided(
    connection: AsyncConnection,
    account_id: UUID | None = None,
    viewer: Viewer = ANYBODY,
    *,
    user_id: UUID | None = None,
    limit: int = 100,
) -> list[DeliveryRow]:
    """Return the deliveries that wait for somebody's decision, newest first."""
    keys = {"account_id": account_id, "user_id": user_id, "limit": limit}
    found = await connection.execute(_statement(_UNDECIDED), keys)
    return [_delivery(row, viewer) for row in found.mappings()]


async def find(
    connection: AsyncConnection,
    reference: str,
    account_id: UUID | None = None,
    viewer: Viewer = ANYBODY,
) -> list[DeliveryRow]:
    """Return the deliveries of a mail, newest first, by any identifier or Message-ID of it.

    Raises NotFound, and Private unless the viewer may see every one of them.
    """
    rfc_message_id = "".join(reference.split()).strip("<>").lower()
    accounts = await connection.execute(select(tables.account.c.key))
    keys = {
        "id": typed.identifier(reference),
        "rfc_message_id": rfc_message_id,
        "hashes": [hash_of_id(rfc_message_id, key) for key in accounts.scalars()],
        "limit": 1000,
    }
    found = await connection.execute(_statement(_REFERRED), keys)
    rows = [row for row in found.mappings() if account_id in {None, row["account_id"]}]
    if not rows:
        raise NotFound(f"there is no mail {typed.shown(reference)}")
    await _refuse_private(connection, rows, viewer)
    return [_delivery(row, viewer) for row in rows]


async def _refuse_private(connection: AsyncConnection, rows: Sequence[Any], viewer: Viewer) -> None:
    private = [row for row in rows if row["private"] and not viewer.is_one_of(_owners(row))]
    if private and viewer.reason is None:
        raise refuse(private[0]["user"])
    seen = [(row["account_id"], row["delivery_id"]) for row in private]
    await note_broken_glass(connection, viewer, "deliveries", seen)


def _owners(row: Any) -> Sequence[UUID | None]:
    return row["owners"] or [row["user_id"]]


def _delivery(row: Any, viewer: Viewer) -> DeliveryRow:
    shown = viewer.may_see(private=row["private"], owners=_owners(row))
    kept = {name: row[name] for name in DeliveryRow.__dataclass_fields__ if name in row}
    return DeliveryRow(
        **{
            **kept,
            "message_ids": tuple(row["message_ids"]),
            "filed_on": tuple(row["filed_on"]),
            "subject": row["subject"] if shown else None,
            "note": row["note"] if shown else "",
            "steps": tuple(Step(**step) for step in row["steps"]) if shown else (),
            "evidence": row["evidence"] if shown else None,
            "visibility": "private" if row["private"] else "team",
            "hidden": not shown,
        }
    )
