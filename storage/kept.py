"""Mail that is kept as it came."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from dropbox.mail.read import leaf
from storage import tables
from storage.deliveries import DeliveryRow
from storage.errors import Ambiguous, NotFound
from storage.raw import read_raw


async def the_raw(connection: AsyncConnection, rows: Sequence[DeliveryRow]) -> tuple[UUID, UUID]:
    """Return account and identifier of the one raw mail behind deliveries of a mail.

    Raises NotFound when nothing is kept, Ambiguous when two mails have the same Message-ID.
    """
    kept = {(row.account_id, raw_id): row for row in rows if (raw_id := row.raw_id)}
    there = [one for one in kept if await _is_there(connection, *one)]
    if not there:
        raise NotFound("nothing of this mail is kept")
    if len(there) > 1:
        choices = [str(kept[one].delivery_id) for one in there]
        raise Ambiguous("several mails: say which by the delivery's id", choices)
    return there[0]


async def _is_there(connection: AsyncConnection, account_id: UUID, raw_id: UUID) -> bool:
    raw = tables.raw_mail.c
    found = await connection.execute(
        select(raw.id).where(raw.account_id == account_id, raw.id == raw_id)
    )
    return found.first() is not None


async def stream(
    connection: AsyncConnection, account_id: UUID, raw_id: UUID
) -> AsyncIterator[bytes]:
    """Yield the bytes of a kept mail, exactly as they came."""
    raw = await connection.get_raw_connection()
    async for piece in read_raw(raw.driver_connection, account_id, raw_id):
        yield piece


async def attachment(
    connection: AsyncConnection, account_id: UUID, raw_id: UUID, path: str
) -> bytes:
    """Return the decoded bytes of what stands at `path` of a kept mail. Raises NotFound."""
    raw = b"".join([piece async for piece in stream(connection, account_id, raw_id)])
    found = leaf(raw, path)
    if found is None:
        raise NotFound(f"this mail has no attachment {path}")
    return found
