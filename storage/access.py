"""A database whose schema this code knows: a transaction for commands, a pool for the mail path."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, TypeAlias, cast

import asyncpg
from sqlalchemy.ext.asyncio import AsyncConnection as Connection

from storage.database import open_engine, open_pool
from storage.migrate import check

__all__ = ["Connection", "Pool", "pool", "transaction"]

Pool: TypeAlias = "asyncpg.Pool[Any]"


@asynccontextmanager
async def transaction(url: str) -> AsyncIterator[Connection]:
    """Yield a connection whose transaction is committed at the end, or undone when it fails.

    Raises DatabaseDown, SchemaBehind or SchemaAhead.
    """
    async with open_engine(url) as engine, engine.begin() as connection:
        raw = await connection.get_raw_connection()
        await check(cast("asyncpg.Connection[Any]", raw.driver_connection))
        yield connection


@asynccontextmanager
async def pool(url: str, *, most: int = 10) -> AsyncIterator[Pool]:
    """Yield a pool for the mail path, of at most `most` connections.

    Raises DatabaseDown, SchemaBehind or SchemaAhead.
    """
    async with open_pool(url, most=most) as opened:
        async with opened.acquire() as connection:
            await check(connection)
        yield opened
