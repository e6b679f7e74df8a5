"""Mail that waits for an address: filed when a person gains it, whoever made that person."""

from __future__ import annotations

import asyncio
import json
from collections import defaultdict
from collections.abc import Callable, Collection, Coroutine, Iterable
from typing import Any
from uuid import UUID

import structlog

from dropbox.filing.correspondents import Action, Why, without_waiting
from dropbox.filing.outcomes import NotRecorded
from dropbox.filing.standing import is_listed, patterns_for
from storage.access import Pool
from storage.errors import StorageError
from storage.held import release
from storage.ledger import Ledger

log = structlog.get_logger()

AT_ONCE = 100
"""Deliveries changed in one transaction."""

GATHER_SECONDS = 0.2
"""Under load every commit brings new people: those of so long are asked about together."""

Key = tuple[UUID, UUID]

# Locked before anything else is read: whoever changes who waits for a mail does it alone, or two
# who file the last two of them would each see the other's waiting, and nobody end it.
_LOCK = """
select account_id, id from delivery where (account_id, id) in (
    select distinct w.account_id, w.delivery_id
    from unnest($1::uuid[], $2::text[]) as gained(account_id, email)
    join waiting w using (account_id, email)
    where w.message_id is not null and (w.account_id, w.delivery_id) > ($3, $4)
    order by 1, 2 limit $5)
order by account_id, id for update
"""

# A live mail is filed on a kind that the rules do not search when they create somebody, and not
# otherwise. Of two kinds that share the address, the one that the rules look for first.
_FOUND = """
select distinct on (w.account_id, w.delivery_id, w.email, w.path)
       w.account_id, w.delivery_id, w.email, w.why, w.message_id, e.person_id, d.user_id
from unnest($1::uuid[], $2::uuid[]) as locked(account_id, delivery_id)
join waiting w using (account_id, delivery_id)
join person_email e using (account_id, email)
join delivery d on d.account_id = w.account_id and d.id = w.delivery_id
join "user" u on u.account_id = d.account_id and u.id = d.user_id
where w.message_id is not null and (u.search ? e.kind or u."create" <> 'nothing')
order by w.account_id, w.delivery_id, w.email, w.path,
         (select min(s.place) from jsonb_array_elements_text(u.search)
          with ordinality as s(kind, place) where s.kind = e.kind) nulls last
"""

_FORBIDDEN = """
select account_id, user_id, pattern from never_log
join unnest($1::uuid[], $2::text[]) as asked(account_id, pattern) using (account_id, pattern)
union all
select account_id, null, pattern from internal
join unnest($1::uuid[], $2::text[]) as asked(account_id, pattern) using (account_id, pattern)
"""

_FILE = """
with found as (
    select * from unnest($1::uuid[], $2::uuid[], $3::text[], $4::uuid[], $5::uuid[])
    as f(account_id, delivery_id, email, message_id, person_id)),
done as (
    delete from waiting w using found f
    where w.account_id = f.account_id and w.delivery_id = f.delivery_id and w.email = f.email)
insert into filing (account_id, person_id, message_id, email, timeline_at, delivery_id)
select f.account_id, f.person_id, f.message_id, f.email, m.timeline_at, f.delivery_id
from found f join message m on m.account_id = f.account_id and m.id = f.message_id
on conflict do nothing
"""

_NOTES = """
select d.account_id, d.id, d.note from delivery d
join unnest($1::uuid[], $2::uuid[]) as changed(account_id, id) using (account_id, id)
"""
_TELL = """
update delivery d set note = told.note, steps = d.steps || told.steps::jsonb,
reason = case when d.reason = 'filed_in_part' and not exists (
    select from waiting w where w.account_id = d.account_id and w.delivery_id = d.id)
    then 'filed' else d.reason end
from unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[]) as told(account_id, id, note, steps)
where d.account_id = told.account_id and d.id = told.id
"""

_HELD = """
select distinct d.account_id, d.id
from unnest($1::uuid[], $2::text[]) as gained(account_id, email)
join waiting w using (account_id, email)
join person_email e using (account_id, email)
join delivery d on d.account_id = w.account_id and d.id = w.delivery_id
join "user" u on u.account_id = d.account_id and u.id = d.user_id
where w.message_id is null and d.outcome = 'held' and d.resolved_at is null
and u.status = 'active' and (u.search ? e.kind or u."create" <> 'nothing')
"""

_WANTED = """
select distinct w.account_id, w.email from waiting w
join person_email e using (account_id, email)
join delivery d on d.account_id = w.account_id and d.id = w.delivery_id
join "user" u on u.account_id = d.account_id and u.id = d.user_id
where (u.search ? e.kind or u."create" <> 'nothing')
and (w.message_id is not null
     or (d.outcome = 'held' and d.resolved_at is null and u.status = 'active'))
limit 1000
"""


async def wanted(pool: Pool) -> set[tuple[UUID, str]]:
    """Return addresses that mail waits for although somebody has them, by account."""
    return {(row["account_id"], row["email"]) for row in await pool.fetch(_WANTED)}


async def file_waiting(pool: Pool, ledger: Ledger, gained: Collection[tuple[UUID, str]]) -> None:
    """File the mail that waited for these addresses, given by account; each has a person now."""
    if not gained:
        return
    asked = [one for one, _ in gained], [one for _, one in gained]
    after: Key | None = (UUID(int=0), UUID(int=0))
    while after:
        async with pool.acquire() as connection, connection.transaction():
            locked = await connection.fetch(_LOCK, *asked, *after, AT_ONCE)
            await _file(connection, [(row["account_id"], row["id"]) for row in locked])
        after = (locked[-1]["account_id"], locked[-1]["id"]) if len(locked) == AT_ONCE else None
    for row in await pool.fetch(_HELD, *asked):
        try:
            await release(pool, ledger, row["account_id"], row["id"], anew=True)
        except (NotRecorded, StorageError) as error:
            # Somebody decided about it meanwhile; or the next who gains the address asks again.
            log.info("waiting_mail_not_filed", delivery=str(row["id"]), error=str(error))


class Catchup:
    """Files what waits for the addresses that commits bring, in one run at a time.

    Whatever is gained during a run is taken together by the next: of a burst of new people not
    every commit asks by itself, and mail never waits for more than one connection of the pool.
    """

    def __init__(
        self, pool: Pool, ledger: Ledger, start: Callable[[Coroutine[Any, Any, None]], None]
    ) -> None:
        self._pool = pool
        self._ledger = ledger
        self._start = start
        self._gained: set[tuple[UUID, str]] = set()
        self._running = False

    def gained(self, addresses: Iterable[tuple[UUID, str]]) -> None:
        """Take addresses, by account, that have a person now; returns at once."""
        self._gained.update(addresses)
        if self._gained and not self._running:
            self._running = True
            self._start(self._run())

    async def _run(self) -> None:
        try:
            while self._gained:
                await asyncio.sleep(GATHER_SECONDS)
                taken, self._gained = self._gained, set()
                await file_waiting(self._pool, self._ledger, taken)
        finally:
            self._running = False


async def _file(connection: Any, locked: Collection[Key]) -> None:
    if not locked:
        return
    found = await connection.fetch(_FOUND, *_columns(locked))
    forbidden = await _forbidden(connection, found)
    found = [row for row in found if (row["account_id"], row["user_id"], row["email"])
             not in forbidden]  # fmt: skip
    if not found:
        return
    columns = ("account_id", "delivery_id", "email", "message_id", "person_id")
    await connection.execute(_FILE, *([row[name] for row in found] for name in columns))
    # Once each, in however many attached originals somebody waits.
    by_delivery: dict[Key, dict[tuple[str, str], None]] = defaultdict(dict)
    for row in found:
        by_delivery[row["account_id"], row["delivery_id"]][row["email"], row["why"]] = None
    told = []
    for row in await connection.fetch(_NOTES, *_columns(by_delivery)):
        key = row["account_id"], row["id"]
        told.append(
            (*key, without_waiting(row["note"], by_delivery[key]), _steps(by_delivery[key]))
        )
    await connection.execute(_TELL, *map(list, zip(*told, strict=True)))


async def _forbidden(connection: Any, found: Collection[Any]) -> set[tuple[UUID, UUID, str]]:
    """Return account, user and address of those who may not be filed on any more."""
    asked = {
        (row["account_id"], pattern) for row in found for pattern in patterns_for(row["email"])
    }
    listed: dict[tuple[UUID, UUID | None], set[str]] = defaultdict(set)
    for row in await connection.fetch(_FORBIDDEN, *_columns(asked)):
        listed[row["account_id"], row["user_id"]].add(row["pattern"])
    return {
        (row["account_id"], row["user_id"], row["email"])
        for row in found
        for whose in (None, row["user_id"])
        if is_listed(row["email"], frozenset(listed.get((row["account_id"], whose), ())))
    }


def _steps(filed: Iterable[tuple[str, str]]) -> str:
    steps = [
        {"step": "correspondent", "result": f"{Action.FILE}:{Why.GAINED}", "detail": email}
        for email, _ in filed
    ]
    return json.dumps(steps)


def _columns(pairs: Iterable[tuple[Any, Any]]) -> tuple[list[Any], list[Any]]:
    listed = list(pairs)
    return [first for first, _ in listed], [second for _, second in listed]
