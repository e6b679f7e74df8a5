"""Kept mail: zstd frames of at most 1 MiB of mail each, in order, read back piece by piece."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID

import zstandard

from dropbox.content import CHUNK_BYTES, Content
from dropbox.crashpoints import Point, reached

_LEVEL = 1
"""Mail is mostly base64 and HTML: higher levels cost twice the time for a twentieth of the room."""


_COMPRESSOR = zstandard.ZstdCompressor(level=_LEVEL)
_BATCH_BYTES = 128 * 1024
"""Less is compressed sooner than handed to a thread."""


def frames(content: Content) -> Iterator[bytes]:
    """Yield the mail as compressed frames, one for each chunk."""
    compressor = zstandard.ZstdCompressor(level=_LEVEL)
    for chunk in content.chunks():
        yield compressor.compress(chunk)


def frame(data: bytes) -> bytes:
    """Return one frame for at most `CHUNK_BYTES` of mail. On the event loop's thread only."""
    return _COMPRESSOR.compress(data)


Framing = asyncio.Future[dict[Content, bytes]]
"""Will be the frames of whole mails."""


class BatchCompressor:
    """Compresses the mails of a batch in a thread, while the database is asked what is known.

    All of a batch in one call, which lets go of the GIL: the event loop pays a twentieth of what
    compressing costs. Mail by mail, getting the GIL back would cost as much again. The frame of a
    mail that is not kept whole after all, such as a duplicate, is thrown away.
    """

    def __init__(self) -> None:
        self._compressor = zstandard.ZstdCompressor(level=_LEVEL)
        self._thread = ThreadPoolExecutor(1, "compression")

    def begin(self, contents: Sequence[Content]) -> Framing | None:
        """Begin with what fits into one frame each; None where that is not worth a thread."""
        several = [one for one in contents if one.in_memory and one.size <= CHUNK_BYTES]
        if sum(one.size for one in several) < _BATCH_BYTES:
            return None
        loop = asyncio.get_running_loop()
        return loop.run_in_executor(self._thread, self._frame_all, several)

    def _frame_all(self, contents: Sequence[Content]) -> dict[Content, bytes]:
        made = self._compressor.multi_compress_to_buffer([one.read() for one in contents])
        return {one: made[at].tobytes() for at, one in enumerate(contents)}


async def write_frames(connection: Any, account_id: UUID, raw_id: UUID, content: Content) -> None:
    """Insert the frames of a large mail one by one, so that only one is in memory."""
    pieces = frames(content)
    position = 0
    while data := await asyncio.to_thread(next, pieces, None):
        await connection.execute(
            "insert into raw_chunk (account_id, raw_id, position, data) values ($1, $2, $3, $4)",
            account_id,
            raw_id,
            position,
            data,
        )
        reached(Point.CHUNK_WRITTEN)
        position += 1


_LOCK = """
select from raw_mail r join unnest($1::uuid[], $2::uuid[]) as let_go(account_id, id)
using (account_id, id) order by r.account_id, r.id for update of r
"""
_FORGET = """
delete from raw_mail r using unnest($1::uuid[], $2::uuid[]) as let_go(account_id, id)
where r.account_id = let_go.account_id and r.id = let_go.id
and not exists (select from delivery d where d.account_id = r.account_id and d.raw_id = r.id)
and not exists (select from message m where m.account_id = r.account_id and m.raw_id = r.id)
returning r.id
"""


async def forget(connection: Any, let_go: Collection[tuple[UUID, UUID]]) -> int:
    """Delete raw mails that nothing points to any more, given by account and identifier.

    Returns how many those are.

    Within the transaction that has just taken a pointer away. They are locked first: of two that
    take the last two pointers away at once, the second sees that there is none.
    """
    keys = [account_id for account_id, _ in let_go], [raw_id for _, raw_id in let_go]
    await connection.execute(_LOCK, *keys)
    return len(await connection.fetch(_FORGET, *keys))


async def read_raw(connection: Any, account_id: UUID, raw_id: UUID) -> AsyncIterator[bytes]:
    """Yield the kept bytes of a mail, exactly as they came, in pieces of at most `CHUNK_BYTES`.

    `connection` is the driver's (asyncpg). Yields nothing when the mail is not kept any more.
    """
    position = 0
    while True:
        data = await connection.fetchval(
            "select data from raw_chunk where account_id = $1 and raw_id = $2 and position = $3",
            account_id,
            raw_id,
            position,
        )
        if data is None:
            return
        yield zstandard.ZstdDecompressor().decompress(data, max_output_size=CHUNK_BYTES)
        position += 1
