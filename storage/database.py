"""The one place that makes connections: an engine for commands, a pool for the mail path.

Every connection commits synchronously, whatever the server's default: a 250 means recorded. What
goes wrong in reaching the database comes out as one named error whose text says how to mend it.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool

from storage.connection import Connection, watch
from storage.embedded import Server, attach
from storage.errors import DatabaseDown, DatabaseUnusable

OLDEST = 15
"""PostgreSQL 15: `unique nulls not distinct`."""

CONNECT_SECONDS = 10.0
CLOSE_SECONDS = 5.0

STATEMENT_SECONDS = 25.0
"""After which Postgres gives up a statement of the mail path, whatever it waits for."""

SILENCE_SECONDS = 30.0
"""After which the mail path gives up a Postgres that does not even say that."""

SESSION = {
    "application_name": "bcc-dropbox",
    "synchronous_commit": "on",
    "jit": "off",
    "timezone": "UTC",
}

MAIL_PATH = {
    **SESSION,
    # The statements of the mail path have parameters of every length and one good plan: look every
    # question up by index. Planned anew for each small batch they cost more than they do.
    "plan_cache_mode": "force_generic_plan",
    "enable_seqscan": "off",
    "enable_hashjoin": "off",
    "enable_mergejoin": "off",
    # The locks of a daemon that is cut off from here must not outlive it for hours.
    "idle_in_transaction_session_timeout": "60s",
    "tcp_keepalives_idle": "10",
    "tcp_keepalives_interval": "5",
    "tcp_keepalives_count": "3",
}

_URL_VARIABLE = "BCC_DROPBOX_DATABASE_URL"
_MENDS: tuple[tuple[type[Exception] | tuple[type[Exception], ...], str], ...] = (
    (
        asyncpg.InvalidAuthorizationSpecificationError,
        f"correct the user and the password in {_URL_VARIABLE}",
    ),
    (asyncpg.InvalidCatalogNameError, f"create it, or correct {_URL_VARIABLE}"),
    (asyncpg.TooManyConnectionsError, "raise max_connections there, or run fewer daemons"),
    (asyncpg.CannotConnectNowError, "wait until it has started"),
    ((ValueError, asyncpg.InterfaceError), f"correct {_URL_VARIABLE}"),
)
_START_IT = f"start Postgres there, or correct {_URL_VARIABLE}"

_UNREACHABLE = (
    OSError,
    TimeoutError,
    ValueError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    asyncpg.PostgresConnectionError,
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.InvalidCatalogNameError,
    asyncpg.InsufficientResourcesError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientPrivilegeError,
)


@dataclass(frozen=True, slots=True)
class Located:
    """Where the database is."""

    url: str
    """With the password in it: never to be shown."""
    server: Server | None = None
    """The embedded server, attached to; None where the database is somebody else's."""


@contextmanager
def locate(
    url: str, data_dir: Path, *, postgres_bin: Path | None = None, create: bool = False
) -> Iterator[Located]:
    """Yield where the database is: at `url`, or, that being empty, in `data_dir`. Blocks.

    The embedded server runs at least until the block is left. Only with `create` is a database
    made that was not there. Raises EmbeddedError.
    """
    if url:
        yield Located(url)
        return
    server = attach(os.fspath(data_dir), postgres_bin=postgres_bin, create=create)
    try:
        yield Located(server.url, server)
    finally:
        # Whoever made it runs for long: when it is gone nothing of it is left.
        server.detach(wait=create)


async def connect(url: str) -> asyncpg.Connection[Any]:
    """Open one connection. Raises DatabaseDown, or DatabaseUnusable when Postgres is too old."""
    with reaching():
        connection: asyncpg.Connection[Any] = await asyncpg.connect(
            url, timeout=CONNECT_SECONDS, server_settings=SESSION
        )
        watch(connection)
    try:
        check_version(connection)
    except DatabaseUnusable:
        await connection.close()
        raise
    return connection


@asynccontextmanager
async def open_engine(url: str) -> AsyncIterator[AsyncEngine]:
    """Yield an engine for commands; a connection that breaks within the block is a DatabaseDown."""
    engine = create_async_engine(
        "postgresql+asyncpg://",
        async_creator=lambda: connect(url),
        poolclass=NullPool,
        hide_parameters=True,  # a new secret is one of them
    )
    try:
        with reaching():
            yield engine
    finally:
        await engine.dispose()


@asynccontextmanager
async def open_pool(url: str, *, most: int = 10) -> AsyncIterator[asyncpg.Pool[Any]]:
    """Yield a pool of at most `most` connections for the mail path, proven to work.

    A session is not reset between two uses, which would cost a round trip a mail: whoever uses
    it leaves nothing behind. A statement that takes too long, for whatever reason, fails with one
    of `storage.ledger.DOWN`: the time counts for each statement, so that a mail of many pieces may
    take as long as they need together. Raises DatabaseDown or DatabaseUnusable.
    """
    first = await connect(url)
    await first.close()
    pool: asyncpg.Pool[Any] = asyncpg.create_pool(
        url,
        min_size=1,
        max_size=most,
        timeout=CONNECT_SECONDS,
        command_timeout=SILENCE_SECONDS,
        server_settings={**MAIL_PATH, "statement_timeout": f"{STATEMENT_SECONDS * 1000:.0f}ms"},
        connection_class=Connection,
        init=_watch,
        reset=_keep,
    )
    with reaching():
        await pool
    try:
        yield pool
    finally:
        try:
            await asyncio.wait_for(pool.close(), CLOSE_SECONDS)
        except TimeoutError:
            # A server that hangs must not keep the daemon from ending.
            pool.terminate()


async def _watch(connection: asyncpg.Connection[Any]) -> None:
    watch(connection)


async def _keep(_connection: asyncpg.Connection[Any]) -> None:
    """Open transactions and listeners are gone already when the pool asks this."""


def check_version(connection: asyncpg.Connection[Any]) -> None:
    """Raise DatabaseUnusable unless the server is PostgreSQL 15 or later."""
    version = connection.get_server_version()
    if version.major < OLDEST:
        raise DatabaseUnusable(
            f"PostgreSQL {OLDEST} or later is needed, and this is {version.major}.{version.minor}; "
            f"mend: upgrade it, or set {_URL_VARIABLE} to another one"
        )


@contextmanager
def reaching() -> Iterator[None]:
    """Turn whatever says that the database cannot be reached into DatabaseDown."""
    try:
        yield
    except DBAPIError as error:
        cause = driver_error(error)
        if not isinstance(cause, _UNREACHABLE):
            raise
        raise _down(cause) from error
    except _UNREACHABLE as error:
        raise _down(error) from error


def driver_error(error: DBAPIError) -> BaseException:
    """Return what the driver itself raised, with the name of the constraint and so on."""
    below: BaseException | None = error.orig
    return (below.__cause__ or below) if below is not None else error


def _down(error: BaseException) -> DatabaseDown:
    mend = next((words for kinds, words in _MENDS if isinstance(error, kinds)), _START_IT)
    return DatabaseDown(f"database cannot be reached: {_cause(error)}; mend: {mend}")


def _cause(error: BaseException) -> str:
    """One line without secrets: Postgres never quotes a password, a URL that is wrong may."""
    if isinstance(error, TimeoutError):
        return f"no answer within {CONNECT_SECONDS:.0f} seconds"
    if isinstance(error, ValueError) and not isinstance(error, OSError):
        return "its URL is not well formed"
    if isinstance(error, OSError) and error.errno:
        return os.strerror(error.errno).lower()
    text = " ".join(str(error).split())
    return text or type(error).__name__
