"""A long history for one account, made inside Postgres: a million people, five million messages.

Constraints and indexes of the tables that are filled are taken away, and made again once all rows
are there, so they hold for every row.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

from storage import raw
from storage.database import connect

_QUERIES = Path(__file__).with_suffix(".sql")
_MAIL = (
    b"From: seed@corp.example\r\nTo: customer@customer.example\r\nSubject: Quarterly offer\r\n\r\n"
    b"Thank you for your time on the phone.\r\n"
)
_AT_ONCE = 2
_CHUNKS_AHEAD = 64

LOADING = "wal_level = minimal\nmax_wal_senders = 0\nmax_wal_size = 8GB\nautovacuum = off\n"
"""For postgresql.conf meanwhile: what is copied into an empty table is written once, not twice."""

_SESSION = {
    "maintenance_work_mem": "1GB",
    "work_mem": "256MB",
    "synchronous_commit": "off",
    "max_parallel_workers_per_gather": "0",
    "max_parallel_maintenance_workers": "0",
}

_FUNCTIONS = """
create function v7(kind int, n bigint) returns uuid language sql immutable as $$
    select (lpad(to_hex(1672531200000 + n * 10000), 12, '0') || '7' || lpad(to_hex(kind), 3, '0')
            || '8000' || lpad(to_hex(n), 12, '0'))::uuid $$;
create function customer(n bigint) returns text language sql immutable as $$
    select 'p' || n || '@customer' || n % 50000 || '.example' $$
"""

_USERS = """
with made as (
    select n, 'seed' || n || '@corp.example' as email, 'seed' || n || '.' ||
        substr(translate(md5(n::text), '0189', 'ghij'), 1, 16) as local
    from generate_series(1, {users}) n),
users as (
    insert into "user" (account_id, id, email, name)
    select '{account}', v7(6, n), email, 'Seed ' || n from made),
addresses as (
    insert into dropbox_address (account_id, id, user_id, local)
    select '{account}', v7(7, n), v7(6, n), local from made),
by_email as (
    insert into user_directory (email, account_id, user_id)
    select email, '{account}', v7(6, n) from made)
insert into address_directory (local, account_id, address_id)
select local, '{account}', v7(7, n) from made
"""

# Foreign keys first: they rest on the others.
_MADE_AGAIN = """
select t.relname as table, c.conname as name, c.contype = 'f' as is_foreign,
    format('alter table %I drop constraint %I', t.relname, c.conname) as drop,
    format('alter table %I add constraint %I %s', t.relname, c.conname,
           pg_get_constraintdef(c.oid)) as make
from pg_constraint c join pg_class t on t.oid = c.conrelid
left join pg_class r on r.oid = c.confrelid
where c.contype in ('f', 'p', 'u') and (t.relname = any($1) or r.relname = any($1))
union all
select t.relname, i.relname, false, format('drop index %I', i.relname), pg_get_indexdef(i.oid)
from pg_index x join pg_class t on t.oid = x.indrelid join pg_class i on i.oid = x.indexrelid
where t.relname = any($1)
and not exists (select from pg_constraint c where c.conindid = i.oid and c.contype in ('p', 'u'))
order by is_foreign desc, "table"
"""

Say = Callable[[str], None]
Job = Callable[[Any], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class History:
    """How long an account's history is."""

    people: int
    messages: int
    users: int


LARGE = History(1_000_000, 5_000_000, 100_000)
MEDIUM = History(100_000, 500_000, 10_000)


async def seed(url: str, history: History, say: Say) -> None:
    """Fill the one account of an installation that has users, and neither people nor mail yet."""
    connection = await _connect(url)
    try:
        account = str(await connection.fetchval("select id from account"))
        queries = _queries(account, history)
        tables = [name for name in queries if name != "seed"]
        made_again = await connection.fetch(_MADE_AGAIN, tables)
        await connection.execute(_FUNCTIONS)
        await connection.execute(_USERS.format(account=account, users=history.users))
        say("numbering messages")
        await connection.execute(f"create unlogged table seed as {queries.pop('seed')}")
        for one in made_again:
            await connection.execute(one["drop"])
        for table, query in queries.items():
            say(f"filling {table}")
            await _fill(url, table, query)
        foreign = [one for one in made_again if one["is_foreign"]]
        others = [one for one in made_again if not one["is_foreign"]]
        await _together(url, _indexing(others, say))
        for one in foreign:
            await connection.execute(f"{one['make']} not valid")
        await _together(url, [_checking(one, say) for one in foreign])
        await connection.execute("drop table seed; drop function v7; drop function customer")
    finally:
        await connection.close()


async def _fill(url: str, table: str, query: str) -> None:
    """Copy what `query` finds into an empty table, as rows that need no vacuum."""
    chunks: asyncio.Queue[bytes | None] = asyncio.Queue(_CHUNKS_AHEAD)

    async def ahead() -> AsyncIterator[bytes]:
        while chunk := await chunks.get():
            yield chunk

    async def pour() -> None:
        await reader.copy_from_query(query, output=chunks.put, format="binary")
        await chunks.put(None)

    reader, writer = await _connect(url), await _connect(url)
    try:
        columns = [one.name for one in (await reader.prepare(query)).get_attributes()]
        async with writer.transaction(), asyncio.TaskGroup() as group:
            await writer.execute(f"truncate {table}")
            group.create_task(pour())
            await writer.copy_to_table(
                table, source=ahead(), columns=columns, format="binary", freeze=True
            )
        await writer.execute(f"analyze {table}")
    finally:
        await reader.close()
        await writer.close()


async def _connect(url: str) -> Any:
    connection = await connect(url)
    for name, value in _SESSION.items():
        await connection.execute(f"set {name} = '{value}'")
    return connection


async def _together(url: str, jobs: Iterable[Job]) -> None:
    waiting = list(jobs)

    async def work() -> None:
        connection = await _connect(url)
        try:
            while waiting:
                await waiting.pop(0)(connection)
        finally:
            await connection.close()

    async with asyncio.TaskGroup() as group:
        for _ in range(_AT_ONCE):
            group.create_task(work())


def _indexing(made_again: Sequence[Any], say: Say) -> Iterable[Job]:
    # A table at a time: making a key locks out whoever makes another.
    for table, found in groupby(made_again, key=lambda one: one["table"]):
        statements = [str(one["make"]) for one in found]

        async def index(connection: Any, table: str = table, made: list[str] = statements) -> None:
            for statement in made:
                say(f"indexing {table}")
                await connection.execute(statement)

        yield index


def _checking(constraint: Any, say: Say) -> Job:
    async def check(connection: Any) -> None:
        say(f"checking {constraint['name']}")
        await connection.execute(
            f'alter table "{constraint["table"]}" validate constraint "{constraint["name"]}"'
        )

    return check


def _queries(account: str, history: History) -> dict[str, str]:
    names = {
        "account": account,
        "people": history.people,
        "messages": history.messages,
        "users": history.users,
        "size": len(_MAIL),
        "frame": raw.frame(_MAIL).hex(),
    }
    pieces = re.split(r"^-- name: (\w+)\n", _QUERIES.read_text(), flags=re.MULTILINE)[1:]
    return {
        name: query.format(**names) for name, query in zip(pieces[::2], pieces[1::2], strict=True)
    }
