"""Never-log lists: addresses and domains whose mail is not kept, per account and per user."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from dropbox.ids import mint
from storage import tables, typed
from storage.errors import NotFound, Refused


@dataclass(frozen=True, slots=True)
class NeverLog:
    """An entry of a list."""

    pattern: str
    """An address, a domain, or `*.domain`."""
    account: str
    user: str | None
    """Whose mail it is about; None: everybody's of the account."""
    added_at: datetime


_LISTED = text("""
    select n.pattern, a.name as account, u.email as "user", n.added_at
    from never_log n
    join account a on a.id = n.account_id
    left join "user" u on u.account_id = n.account_id and u.id = n.user_id
    where (cast(:account_id as uuid) is null or n.account_id = :account_id)
    and (cast(:user_id as uuid) is null or n.user_id is null or n.user_id = :user_id)
    order by n.added_at desc, n.id desc
""")


async def listed(
    connection: AsyncConnection, account_id: UUID | None = None, user_id: UUID | None = None
) -> list[NeverLog]:
    """Return the entries, newest first: all, of an account, or all that hold for a user."""
    found = await connection.execute(_LISTED, {"account_id": account_id, "user_id": user_id})
    return [NeverLog(**row) for row in found.mappings()]


async def add(
    connection: AsyncConnection,
    account_id: UUID,
    user_id: UUID | None,
    pattern: str,
    *,
    mail_domain: str = "",
) -> str:
    """Put a pattern on the list of a user, or of the account; return it. Raises Refused."""
    read = typed.not_at(mail_domain, typed.pattern(pattern), "customer")
    added = await connection.execute(
        insert(tables.never_log)
        .values(account_id=account_id, id=mint(), user_id=user_id, pattern=read)
        .on_conflict_do_nothing()
    )
    if not added.rowcount:
        raise Refused(f"{read} is on this never-log list already")
    return read


async def remove(
    connection: AsyncConnection, account_id: UUID, user_id: UUID | None, pattern: str
) -> str:
    """Take a pattern off the list of a user, or of the account; return it. Raises NotFound."""
    read = typed.pattern(pattern)
    columns = tables.never_log.c
    removed = await connection.execute(
        delete(tables.never_log).where(
            columns.account_id == account_id,
            columns.user_id.is_not_distinct_from(user_id),
            columns.pattern == read,
        )
    )
    if not removed.rowcount:
        raise NotFound(f"{read} is not on this never-log list")
    return read
