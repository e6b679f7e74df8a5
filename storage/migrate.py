"""The schema of a database, and bringing it to the one that this code knows.

Revisions are numbered in a line: `0001`, `0002`, ... Whoever only asks how far a database is needs
no alembic, which takes longer to import than most commands take to run.
"""

from __future__ import annotations

import asyncio
import hashlib
from functools import cache
from pathlib import Path
from typing import Any, TypeAlias

import asyncpg
from asyncpg.pool import PoolConnectionProxy
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from storage.database import open_engine
from storage.errors import DatabaseDown, SchemaAhead, SchemaBehind

SCRIPTS = Path(__file__).parent / "migrations"

AnyConnection: TypeAlias = "asyncpg.Connection[Any] | PoolConnectionProxy[Any]"

MOST_TRIES = 10
LOCK_SECONDS = 3

_LOCK_NOT_AVAILABLE = "55P03"
_LOCK = int.from_bytes(hashlib.sha256(b"bcc-dropbox migrate").digest()[:8], signed=True)


@cache
def head() -> str:
    """Return the newest revision that this code knows."""
    return max(path.stem.partition("_")[0] for path in SCRIPTS.glob("versions/[0-9]*.py"))


async def current(connection: AnyConnection) -> str | None:
    """Return the revision of a database; None when it holds nothing of ours."""
    if await connection.fetchval("select to_regclass('alembic_version')") is None:
        return None
    revision: str | None = await connection.fetchval("select version_num from alembic_version")
    return revision


async def check(connection: AnyConnection) -> None:
    """Raise SchemaBehind or SchemaAhead unless the database is at this code's revision."""
    revision = await current(connection)
    _refuse_newer(revision)
    if revision != head():
        where = "is empty" if revision is None else f"is at {revision}, this program at {head()}"
        raise SchemaBehind(f"the database {where}; mend: bcc-dropbox migrate")


async def upgrade(url: str) -> tuple[str | None, str]:
    """Bring the database to the head and return its revisions before and after.

    All in one transaction; of two at the same time the second waits and finds nothing to do.
    Raises SchemaAhead, or DatabaseDown when a table is in use for all of ten tries.
    """
    async with open_engine(url) as engine:
        for _ in range(MOST_TRIES):
            try:
                return await _upgrade_once(engine)
            except DBAPIError as error:
                if getattr(error.orig, "sqlstate", None) != _LOCK_NOT_AVAILABLE:
                    raise
            await asyncio.sleep(1)
    raise DatabaseDown(
        "the database cannot be migrated now: somebody uses its tables, a backup perhaps; "
        "mend: bcc-dropbox migrate again once that has ended"
    )


async def _upgrade_once(engine: AsyncEngine) -> tuple[str | None, str]:
    async with engine.begin() as connection:
        await connection.execute(text("select pg_advisory_xact_lock(:key)"), {"key": _LOCK})
        # Whoever waits for a table makes all others wait behind: mail would wait for a backup.
        await connection.execute(text(f"set local lock_timeout = '{LOCK_SECONDS}s'"))
        raw = await connection.get_raw_connection()
        before = await current(raw.driver_connection)  # type: ignore[arg-type]
        _refuse_newer(before)
        if before != head():
            await connection.run_sync(_upgrade)
        return before, head()


def _upgrade(connection: Connection) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(SCRIPTS).replace("%", "%%"))
    command.upgrade(config, "head")


def _refuse_newer(revision: str | None) -> None:
    if revision is not None and revision > head():
        raise SchemaAhead(
            f"the database was migrated to {revision} by a newer version, this one knows "
            f"{head()}; mend: upgrade bcc-dropbox"
        )
