"""Attachments of recorded messages: how they are shown, and which a timeline can fold away."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Uuid, bindparam, text
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.documents import Document
from storage.viewer import Viewer

_REPEATED = text("""
    with recursive joined(root, id) as (
        select root, root from unnest(:threads) root
        union all
        select joined.root, t.id from joined join thread t
        on t.account_id = :account_id and t.joined_into = joined.id),
    file as (
        select p.message_id, p.path, row_number() over (
                   partition by joined.root, p.sha256 order by m.timeline_at, m.id, p.path) as copy
        from joined
        join message m on m.account_id = :account_id and m.thread_id = joined.id
        join part p on p.account_id = m.account_id and p.message_id = m.id
        where (cast(:person_id as uuid) is null
               or exists (select from filing f where f.account_id = m.account_id
                          and f.message_id = m.id and f.person_id = :person_id))
          and (:sees_all
               or not exists (select from capture c where c.account_id = m.account_id
                              and c.message_id = m.id and c.visibility = 'private')
               or exists (select from capture c where c.account_id = m.account_id
                          and c.message_id = m.id and c.user_id = :user_id)))
    select message_id, path from file where copy > 1 and message_id = any(:message_ids)
""").bindparams(
    bindparam("threads", type_=ARRAY(Uuid)),
    bindparam("message_ids", type_=ARRAY(Uuid)),
    bindparam("person_id", type_=Uuid),
    bindparam("user_id", type_=Uuid),
)


async def repeated(
    connection: AsyncConnection,
    account_id: UUID,
    rows: Iterable[Any],
    viewer: Viewer,
    person_id: UUID | None,
) -> set[tuple[UUID, str]]:
    """Return message and path of each file that stands earlier in its thread, by checksum.

    Of `person_id` that person's messages count alone: where the other copy is not shown, nothing
    may be folded. For the same reason what is private to others does not count.
    """
    carrying = [row for row in rows if row["attachments"]]
    if not carrying:
        return set()
    found = await connection.execute(
        _REPEATED,
        {
            "account_id": account_id,
            "threads": list({row["thread_id"] for row in carrying}),
            "message_ids": [row["message_id"] for row in carrying],
            "person_id": person_id,
            "user_id": viewer.user_id,
            "sees_all": viewer.reason is not None,
        },
    )
    return {(message_id, path) for message_id, path in found}


def by_contract(part: Document) -> Document:
    """Return as much of an attachment as stands in the JSON of a timeline."""
    return {name: part[name] for name in ("filename", "content_type", "size", "inline")}


def shown(part: Document, original: Document | None, *, is_repeated: bool) -> Document:
    """Return an attachment for JSON; `path` is where it stands in the mail as it was kept."""
    above = f"{original['path']}." if original and original["path"] else ""
    return {
        "filename": part["filename"],
        "content_type": part["content_type"],
        "size": part["size"],
        "inline": part["inline"],
        "path": f"{above}{part['path']}",
        "detected_type": part["detected_type"] or None,
        "decoration": part["decoration"],
        "repeated": is_repeated,
    }
