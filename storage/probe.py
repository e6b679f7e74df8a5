"""Whether the database answers: asked again and again, so cheap, and soon given up."""

from __future__ import annotations

import asyncio
from typing import Any

import asyncpg

from storage.database import connect
from storage.errors import DatabaseUnusable
from storage.ledger import DOWN

SECONDS = 2.0
"""For a connection, and for its answer; a mail that waits longer than both is put off anyway."""

_TAKES_WRITES = (
    "select not pg_is_in_recovery() and not current_setting('transaction_read_only')::boolean"
)


async def answers(url: str, pool: asyncpg.Pool[Any] | None = None) -> bool:
    """Return whether the database answers within a few seconds, and takes writes.

    Asked on a connection of the mail path's own pool, where there is one already.
    """
    try:
        async with asyncio.timeout(2 * SECONDS):
            if pool is None:
                return await _ask_anew(url)
            async with pool.acquire(timeout=SECONDS) as connection:
                return bool(await connection.fetchval(_TAKES_WRITES, timeout=SECONDS))
    except (DatabaseUnusable, asyncpg.PostgresError, *DOWN):
        return False


async def _ask_anew(url: str) -> bool:
    connection = await connect(url)
    try:
        return bool(await connection.fetchval(_TAKES_WRITES))
    finally:
        connection.terminate()
