"""Recorded messages, and the timelines of people that they stand on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Text, Uuid, bindparam, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import attachments
from storage.documents import Document, address, instant, instant_or_null
from storage.viewer import ANYBODY, Viewer, note_broken_glass


@dataclass(frozen=True, slots=True)
class Entry:
    """A message as a viewer sees it: what is private to others is None, or empty."""

    account_id: UUID
    message_id: UUID
    rfc_message_id: str | None
    direction: str
    subject: str | None
    sent_at: datetime | None
    received_at: datetime
    sender: Document
    to: list[Document]
    cc: list[Document]
    bcc: list[Document]
    """Of a Bcc header that the viewer's own client kept."""
    text: str | None
    reply: str | None
    comment: str | None
    original: Document | None
    """Of a forwarded one: `path` of an attached one, and `confidence`; None when it came itself."""
    has_html: bool
    attachments: list[Document]
    thread_id: UUID
    captured_by: tuple[str, ...]
    visibility: str
    hidden: bool
    """Whether the content is kept from this viewer."""

    def document(self) -> Document:
        """Return what the contract says of a message on a timeline, for JSON."""
        return {
            "message_id": str(self.message_id),
            "rfc_message_id": self.rfc_message_id,
            "direction": self.direction,
            "subject": self.subject,
            "sent_at": instant_or_null(self.sent_at),
            "received_at": instant(self.received_at),
            "from": self.sender,
            "to": self.to,
            "cc": self.cc,
            "text": self.text,
            "reply": self.reply,
            "comment": self.comment,
            "has_html": self.has_html,
            "attachments": [attachments.by_contract(one) for one in self.attachments],
            "thread_id": str(self.thread_id),
            "captured_by": list(self.captured_by),
            "visibility": self.visibility,
        }

    def original_document(self) -> Document | None:
        """Return the forwarded original as `explain` does; None for what came itself."""
        if self.original is None:
            return None
        return {
            "from": self.sender,
            "to": self.to,
            "cc": self.cc,
            "subject": self.subject,
            "sent_at": instant_or_null(self.sent_at),
            "confidence": self.original["confidence"],
        }


_NEWEST = text("""
    select message_id from filing where account_id = :account_id and person_id = :person_id
    order by timeline_at desc, message_id desc limit :limit
""")

_MESSAGES = (
    text("""
    select m.account_id, m.id as message_id, m.rfc_message_id, m.direction, m.subject, m.sent_at,
           m.received_at, m.text, m.reply_start, m.reply_end, m.original, m.has_html,
           thread.id as thread_id, capture.*,
           (select jsonb_agg(jsonb_build_object('role', role, 'name', name, 'email', email)
                             order by position)
            from participant p where p.account_id = m.account_id and p.message_id = m.id)
               as participants,
           (select jsonb_agg(to_jsonb(p) order by string_to_array(path, '.')::int[])
            from part p where p.account_id = m.account_id and p.message_id = m.id) as attachments
    from message m
    cross join lateral (
        select array_agg(c.user_id) as owners,
               array_agg(u.email order by c.captured_at, u.email) as captured_by,
               bool_or(c.visibility = 'private') as private,
               jsonb_object_agg(c.user_id, c.bcc) as bcc,
               string_agg(c.comment, E'\n\n' order by c.captured_at, u.email) as comment
        from capture c join "user" u on u.account_id = c.account_id and u.id = c.user_id
        where c.account_id = m.account_id and c.message_id = m.id) capture
    cross join lateral (
        with recursive up(id, joined_into) as (
            select t.id, t.joined_into from thread t
            where t.account_id = m.account_id and t.id = m.thread_id
            union all
            select t.id, t.joined_into from up join thread t
            on t.account_id = m.account_id and t.id = up.joined_into)
        select up.id from up where up.joined_into is null) thread
    where m.account_id = :account_id and m.id = any(:message_ids)
""")
    .bindparams(bindparam("message_ids", type_=ARRAY(Uuid)))
    .columns(
        participants=JSONB,
        attachments=JSONB,
        bcc=JSONB,
        original=JSONB,
        owners=ARRAY(Uuid),
        captured_by=ARRAY(Text),
    )
)


async def of_person(
    connection: AsyncConnection,
    account_id: UUID,
    person_id: UUID,
    viewer: Viewer = ANYBODY,
    *,
    limit: int = 100,
) -> list[Entry]:
    """Return a person's messages, newest first."""
    keys = {"account_id": account_id, "person_id": person_id, "limit": limit}
    newest = (await connection.execute(_NEWEST, keys)).scalars().all()
    return await of_messages(connection, account_id, newest, viewer, person_id=person_id)


async def of_messages(
    connection: AsyncConnection,
    account_id: UUID,
    message_ids: Sequence[UUID],
    viewer: Viewer = ANYBODY,
    *,
    person_id: UUID | None = None,
) -> list[Entry]:
    """Return messages of an account in the order asked for; `person_id`: for whose timeline."""
    found = await connection.execute(
        _MESSAGES, {"account_id": account_id, "message_ids": list(message_ids)}
    )
    rows = {row["message_id"]: row for row in found.mappings()}
    opened = [
        (account_id, row["message_id"])
        for row in rows.values()
        if row["private"] and not viewer.is_one_of(row["owners"])
    ]
    await note_broken_glass(connection, viewer, "messages", opened)
    repeated = await attachments.repeated(connection, account_id, rows.values(), viewer, person_id)
    return [_entry(rows[one], viewer, repeated) for one in message_ids if one in rows]


def _entry(row: Any, viewer: Viewer, repeated: set[tuple[UUID, str]]) -> Entry:
    shown = viewer.may_see(private=row["private"], owners=row["owners"])
    people: dict[str, list[Document]] = {"from": [], "to": [], "cc": []}
    for one in row["participants"] or ():
        if one["role"] in people:
            people[one["role"]].append(address(one["name"], one["email"]))
    return Entry(
        account_id=row["account_id"],
        message_id=row["message_id"],
        rfc_message_id=row["rfc_message_id"],
        direction=row["direction"],
        subject=row["subject"] if shown else None,
        sent_at=row["sent_at"],
        received_at=row["received_at"],
        sender=people["from"][0] if people["from"] else address(None, None),
        to=people["to"],
        cc=people["cc"],
        bcc=row["bcc"].get(str(viewer.user_id), []),
        text=row["text"] if shown else None,
        reply=row["text"][row["reply_start"] : row["reply_end"]] if shown else None,
        comment=row["comment"] if shown else None,
        original=row["original"],
        has_html=row["has_html"],
        attachments=[
            attachments.shown(
                one,
                row["original"],
                is_repeated=(row["message_id"], one["path"]) in repeated,
            )
            for one in (row["attachments"] or () if shown else ())
        ],
        thread_id=row["thread_id"],
        captured_by=tuple(row["captured_by"]),
        visibility="private" if row["private"] else "team",
        hidden=not shown,
    )
