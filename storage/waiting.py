"""Mail that waits for an address: filed when a person gains it, whoever made that person."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

import structlog

from dropbox.filing.outcomes import NotRecorded
from storage.access import Pool
from storage.errors import StorageError
from storage.held import release
from storage.ledger import Ledger

log = structlog.get_logger()

# Of two kinds that share the address, the one that the user's rules look for first.
_FILE = """
with gained(account_id, email) as (select * from unnest($1::uuid[], $2::text[])),
found as (
    select distinct on (w.account_id, w.delivery_id, w.email)
           w.account_id, w.delivery_id, w.email, w.message_id, e.person_id
    from gained join waiting w using (account_id, email)
    join person_email e using (account_id, email)
    join delivery d on d.account_id = w.account_id and d.id = w.delivery_id
    join "user" u on u.account_id = d.account_id and u.id = d.user_id
    where w.message_id is not null
    order by w.account_id, w.delivery_id, w.email,
             (select min(s.place) from jsonb_array_elements_text(u.search)
              with ordinality as s(kind, place) where s.kind = e.kind) nulls last),
filed as (
    insert into filing (account_id, person_id, message_id, email, timeline_at, delivery_id)
    select f.account_id, f.person_id, f.message_id, f.email, m.timeline_at, f.delivery_id
    from found f join message m on m.account_id = f.account_id and m.id = f.message_id
    on conflict do nothing),
done as (
    delete from waiting w using found f
    where w.account_id = f.account_id and w.delivery_id = f.delivery_id and w.email = f.email
    returning w.account_id, w.delivery_id, w.email)
update delivery d set reason = 'filed'
from (select distinct account_id, delivery_id from done) x
where d.account_id = x.account_id and d.id = x.delivery_id and d.reason = 'filed_in_part'
and not exists (
    select from waiting w where w.account_id = d.account_id and w.delivery_id = d.id
    and (w.account_id, w.delivery_id, w.email) not in (select * from done))
"""

_HELD = """
select distinct d.account_id, d.id
from unnest($1::uuid[], $2::text[]) as gained(account_id, email)
join waiting w using (account_id, email)
join delivery d on d.account_id = w.account_id and d.id = w.delivery_id
where w.message_id is null and d.outcome = 'held' and d.resolved_at is null
"""


_WANTED = """
select distinct w.account_id, w.email from waiting w
join person_email e using (account_id, email)
join delivery d on d.account_id = w.account_id and d.id = w.delivery_id
where w.message_id is not null or (d.outcome = 'held' and d.resolved_at is null)
limit 1000
"""


async def wanted(pool: Pool) -> set[tuple[UUID, str]]:
    """Return addresses that mail waits for although somebody has them, by account."""
    return {(row["account_id"], row["email"]) for row in await pool.fetch(_WANTED)}


async def file_waiting(pool: Pool, ledger: Ledger, gained: Collection[tuple[UUID, str]]) -> None:
    """File the mail that waited for these addresses, given by account; each has a person now."""
    if not gained:
        return
    accounts, emails = [one for one, _ in gained], [one for _, one in gained]
    await pool.execute(_FILE, accounts, emails)
    for row in await pool.fetch(_HELD, accounts, emails):
        try:
            await release(pool, ledger, row["account_id"], row["id"], anew=True)
        except (NotRecorded, StorageError) as error:
            # Somebody decided about it meanwhile; or the next who gains the address asks again.
            log.info("waiting_mail_not_filed", delivery=str(row["id"]), error=str(error))
