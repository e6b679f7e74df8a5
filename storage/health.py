"""How the database is: what `doctor` asks of it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import asyncpg

from storage.database import connect, reaching
from storage.errors import DatabaseUnusable, SchemaAhead, SchemaBehind
from storage.migrate import check, current

ANSWER_SECONDS = 10.0
UNSEEN_DAYS = 7
"""Held mail that nobody has listed for so long is worth a word."""
NEWEST = 500
"""So much of an account's mail is looked at to see who hands it in."""


@dataclass(frozen=True, slots=True)
class Server:
    """The server, and what it promises of a commit."""

    version: str
    encoding: str
    size: int
    """Bytes of this database."""
    synchronous_commit: str
    fsync: str
    full_page_writes: str
    read_only: bool
    connections_left: int
    """For this user and this database, whichever limit is nearest."""


@dataclass(frozen=True, slots=True)
class Contents:
    """What is in the database that somebody should know of."""

    users: int
    suspended: tuple[str, ...]
    """Accounts whose users are all suspended."""
    unseen: int
    """Held mails that nobody has listed for `UNSEEN_DAYS`."""
    unseen_since: datetime | None
    peers: tuple[str, ...]
    """Addresses that handed in the newest mail and were taken for its senders' own servers."""


@dataclass(frozen=True, slots=True)
class Health:
    """How a database that can be reached is."""

    server: Server
    revision: str | None
    schema_error: DatabaseUnusable | None
    """Why this program cannot work with its schema."""
    commit_seconds: float | None
    """How long a commit takes that is safe on disk; None where nothing can be written."""
    contents: Contents | None
    """None where the schema is another one."""


# `least` takes no notice of nulls: limits that are not set.
_SERVER = """
select split_part(current_setting('server_version'), ' ', 1) as version,
       current_setting('server_encoding') as encoding,
       pg_database_size(d.datname) as size,
       current_setting('synchronous_commit') as synchronous_commit,
       current_setting('fsync') as fsync,
       current_setting('full_page_writes') as full_page_writes,
       pg_is_in_recovery() or current_setting('transaction_read_only')::boolean as read_only,
       least(
           current_setting('max_connections')::int
           - current_setting('superuser_reserved_connections')::int
           - coalesce(current_setting('reserved_connections', true)::int, 0)
           - (select coalesce(sum(s.numbackends), 0) from pg_stat_database s),
           nullif(d.datconnlimit, -1)
           - (select s.numbackends from pg_stat_database s where s.datid = d.oid),
           nullif(r.rolconnlimit, -1)
           - (select count(*) from pg_stat_activity a where a.usename = r.rolname)
       )::int as connections_left
from pg_database d, pg_roles r
where d.datname = current_database() and r.rolname = current_user
"""

_CONTENTS = """
select (select count(*) from "user") as users,
       array(select a.name from account a
             join "user" u on u.account_id = a.id
             group by a.id, a.name having bool_and(u.status = 'suspended')
             order by a.name) as suspended,
       array(select distinct newest.peer from account a, lateral (
                 select d.peer, d.evidence from delivery d where d.account_id = a.id
                 order by d.id desc limit $2
             ) newest
             where newest.evidence ->> 'network' <> '' order by newest.peer) as peers,
       count(*) as unseen, min(d.received_at) as unseen_since
from delivery d
where d.outcome = 'held' and d.resolved_at is null and d.seen_at is null
and d.received_at < now() - make_interval(days => $1)
"""

# A transaction that leaves nothing behind, and whose commit is written through to disk all the
# same. Nobody listens to the message.
_COMMIT = "select pg_logical_emit_message(true, 'bcc-dropbox', 'doctor')"


async def examine(url: str) -> Health:
    """Return how the database at `url` is; changes nothing in it.

    Raises DatabaseUnusable when it cannot be reached, or does not answer.
    """
    connection = await connect(url)
    try:
        with _answering():
            return await _examine(connection)
    finally:
        # Not `close`: it would wait for a server that does not answer.
        connection.terminate()


async def _examine(connection: asyncpg.Connection[Any]) -> Health:
    row = await connection.fetchrow(_SERVER, timeout=ANSWER_SECONDS)
    server = Server(**dict(row or {}))
    seconds = None if server.read_only else await _commit(connection)
    try:
        await check(connection)
    except (SchemaBehind, SchemaAhead) as error:
        return Health(server, await current(connection), error, seconds, None)
    found = await connection.fetchrow(_CONTENTS, UNSEEN_DAYS, NEWEST, timeout=ANSWER_SECONDS)
    values = dict(found or {})
    lists = {name: tuple(values[name]) for name in ("suspended", "peers")}
    contents = Contents(**{**values, **lists})
    return Health(server, await current(connection), None, seconds, contents)


async def _commit(connection: asyncpg.Connection[Any]) -> float:
    started = time.perf_counter()
    await connection.execute(_COMMIT, timeout=ANSWER_SECONDS)
    return time.perf_counter() - started


@contextmanager
def _answering() -> Iterator[None]:
    """Turn whatever the database says of a question into one line."""
    try:
        with reaching():
            yield
    except asyncpg.DiskFullError as error:
        raise DatabaseUnusable(f"its disk is full: {error}; mend: make room there") from error
    except asyncpg.PostgresError as error:
        raise DatabaseUnusable(
            f"it answers with an error: {error}; mend: look into its log"
        ) from error
