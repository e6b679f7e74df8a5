"""No command reads a large table from end to end: what the planner says of a large account."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import UUID

import asyncpg
import pytest
from offices import HANAKO, Office, new_office
from sqlalchemy import event
from strangers import raw

from dropbox.content import InMemory
from dropbox.envelope import Envelope
from dropbox.filing.decision import Arrival, Decision
from dropbox.filing.outcomes import Reason
from dropbox.filing.threads import ThreadPlan
from dropbox.ids import mint
from dropbox.mail.read import read
from storage import (
    deliveries,
    expiry,
    held,
    insert,
    ledger,
    patience,
    people,
    rates,
    released,
    reprocessing,
    routes,
    standing,
    timeline,
    waiting,
)
from storage import raw as raw_mail
from storage.database import MAIL_PATH
from storage.viewer import ANYBODY

LARGE = {"delivery", "message", "person", "person_email", "filing", "capture", "participant",
         "raw_mail", "waiting", "thread_message_id", "user", "dropbox_address", "address_directory",
         "user_directory", "allowed_sender"}  # fmt: skip

# The rows below point where they should; asking for each would take most of the test's time.
UNCHECKED = """
do $$ declare checked record; begin
    for checked in select conrelid::regclass as place, conname from pg_constraint
                   where contype = 'f' and connamespace = 'public'::regnamespace
    loop
        execute format('alter table %s drop constraint %I', checked.place, checked.conname);
    end loop; end $$
"""

# Of 20,000 mails one in twenty is held, one in eighty undecided; every person has ten mails. The
# account has 5,000 users, a hundred other accounts have fifty each.
SEED = """
create function u(kind int, n bigint) returns uuid language sql immutable as $$
    select ('0190' || lpad(to_hex(kind), 4, '0') || '-0000-7000-8000-' ||
            lpad(to_hex(n), 12, '0'))::uuid $$;
insert into account (id, name) select u(6, n), 'Account ' || n from generate_series(1, 100) n;
create function of(n int) returns uuid language sql immutable as $$
    select case when n < 5000 then '{account}'::uuid else u(6, 1 + n % 100) end $$;
insert into "user" (account_id, id, email, name)
select of(n), u(7, n), 'u' || n || '@corp' || n / 50 || '.example', 'User ' || n
from generate_series(0, 9999) n;
insert into dropbox_address (account_id, id, user_id, local)
select of(n), u(8, n), u(7, n), 'u' || n || '.abcdefghijklmnop'
from generate_series(0, 9999) n;
insert into address_directory (local, account_id, address_id)
select local, account_id, id from dropbox_address;
insert into user_directory (email, account_id, user_id) select email, account_id, id from "user";
insert into allowed_sender (account_id, user_id, email, slot, status)
select of(n), u(7, n), 'u' || n || '@home.example', 1, 'active'
from generate_series(0, 9999) n;
insert into raw_mail (account_id, id, size, received_at, expires_at)
select '{account}', u(1, n), 1000, now() - n * interval '1 minute',
       case when n % 500 = 0 then now() + interval '9 days' end
from generate_series(1, 20000) n;
insert into thread (account_id, id) values ('{account}', u(2, 1));
insert into message (account_id, id, identity, fingerprint_subject, fingerprint_text,
    rfc_message_id, direction, subject, received_at, timeline_at, text, reply_start, reply_end,
    has_html, automatic, notes, thread_id, raw_id)
select '{account}', u(3, n), sha256(n::text::bytea), '', '', n || '@old.example', 'outgoing',
    'Offer', now(), now() - n * interval '1 minute', 'Hello', 0, 5, false, false, '[]', u(2, 1),
    u(1, n)
from generate_series(1, 20000) n where n % 20 <> 0;
insert into person (account_id, id, kind, name)
select '{account}', u(4, n), case when n % 50 = 0 then 'contact' else 'lead' end, 'Person ' || n
from generate_series(1, 40000) n;
insert into person_email (account_id, email, kind, person_id)
select account_id, 'p' || right(id::text, 12) || '@customer.example', kind, id from person;
insert into delivery (account_id, id, user_id, address_id, outcome, reason, received_at,
    authority, verdict, peer, helo, mail_from, rfc_message_id, sender, subject, identity,
    held_key, raw_id, seen_at, resolved_at, resolution)
select '{account}', u(5, n),
    case when n % 100 = 1 then '{taro}'::uuid else '{hanako}'::uuid end, null,
    case when n % 20 = 0 then 'held' else 'filed' end,
    case when n % 20 = 0 then 'sender_not_allowed' else 'filed' end,
    now() - (20000 - n) * interval '1 minute', 'live', 'unverified', '', '', '',
    n || '@old.example', 's' || n || '@corp.example', 'Offer', sha256(n::text::bytea),
    case when n % 20 = 0 then sha256(n::text::bytea) end, u(1, n),
    case when n % 20 = 0 then now() end,
    case when n % 20 = 0 and n % 80 <> 0 then now() end,
    case when n % 20 = 0 and n % 80 <> 0 then 'discarded' end
from generate_series(1, 20000) n;
insert into capture (account_id, message_id, user_id, delivery_id, visibility, captured_at)
select '{account}', u(3, n), '{hanako}', u(5, n), 'team', now()
from generate_series(1, 20000) n where n % 20 <> 0;
insert into filing (account_id, person_id, message_id, email, timeline_at, delivery_id)
select '{account}', u(4, 1 + n % 2000), u(3, n), 'p@customer.example',
       now() - n * interval '1 minute', u(5, n)
from generate_series(1, 20000) n where n % 20 <> 0;
insert into participant (account_id, message_id, position, role, email)
select '{account}', u(3, n), 0, 'from', 's@corp.example'
from generate_series(1, 20000) n where n % 20 <> 0;
insert into waiting (account_id, delivery_id, email, message_id, name, why)
select '{account}', u(5, n), 'w' || n || '@customer.example',
    case when n % 20 <> 0 then u(3, n) end, '', 'unknown'
from generate_series(1, 20000) n where n % 20 = 0 or n % 40 = 1;
insert into thread_message_id (account_id, rfc_message_id, position, thread_id, base_subject,
    correspondents)
select '{account}', n || '@old.example', 0, u(2, 1), 'offer', '[]'
from generate_series(1, 20000) n where n % 20 <> 0;
"""


def seen(number: int, kind: int) -> str:
    return f"0190{kind:04x}-0000-7000-8000-{number:012x}"


MOST = 1_500
"""Rows that one step may read of a large table: a page of a list is 100, and nobody has 20,000."""


class Plans:
    """What it takes to run the statements that it is shown; nothing of it stays."""

    def __init__(self, connection) -> None:
        self.connection = connection

    async def too_much(self, statement: str, *arguments) -> list[str]:
        """Steps that read a large table from end to end, or much of it through an index."""
        return [
            f"{node['Node Type']} of {_rows(node):.0f} rows of {node['Relation Name']}"
            for node in await self._steps(statement, *arguments)
            if node["Node Type"] == "Seq Scan" or _rows(node) > MOST
        ]

    async def rows_read(self, statement: str, *arguments) -> float:
        """Rows that all steps together read of large tables."""
        return sum(map(_rows, await self._steps(statement, *arguments)))

    async def _steps(self, statement: str, *arguments) -> list[dict]:
        transaction = self.connection.transaction()
        await transaction.start()
        (plan,) = json.loads(
            await self.connection.fetchval(
                f"explain (analyze, format json) {statement}", *arguments
            )
        )
        await transaction.rollback()
        return [node for node in _nodes(plan["Plan"]) if node.get("Relation Name") in LARGE]


def _rows(node: dict) -> float:
    removed = node.get("Rows Removed by Filter", 0) + node.get("Rows Removed by Index Recheck", 0)
    return float((node["Actual Rows"] + removed) * node["Actual Loops"])


def _nodes(plan: dict) -> Iterator[dict]:
    yield plan
    for below in plan.get("Plans", ()):
        yield from _nodes(below)


@pytest.fixture(scope="module")
def large(new_database):
    """A database with a large account in it, which nobody here changes; the account's office."""
    with new_database() as url:
        yield url, asyncio.run(_seeded(url))


async def _seeded(url: str) -> Office:
    async with asyncpg.create_pool(url, min_size=1, max_size=1) as pool:
        office = await new_office(pool)
        names = {"account": office.account, "hanako": office.hanako.user_id,
                 "taro": office.taro.user_id}  # fmt: skip
        await pool.execute(UNCHECKED)
        await pool.execute(SEED.format(**names))
        await pool.execute("analyze")
    return office


@pytest.fixture
def database_url(large):
    return large[0]


@pytest.fixture
def office(large):
    return large[1]


@pytest.fixture
async def plans(database_url):
    """A connection with the settings of the commands."""
    connection = await asyncpg.connect(database_url)
    try:
        yield Plans(connection)
    finally:
        await connection.close()


async def test_nobody_reads_a_large_table_from_end_to_end(office, plans, engine):
    asked: list[tuple[str, tuple]] = []

    def note(_connection, _cursor, statement, parameters, _context, _many):
        asked.append((statement, parameters))

    event.listen(engine.sync_engine, "before_cursor_execute", note)
    account, taro = office.account, office.taro.user_id
    person, delivery, message = (UUID(seen(7, kind)) for kind in (4, 5, 3))
    async with engine.begin() as opened:
        assert len(await deliveries.listed(opened)) == 100
        assert len(await deliveries.listed(opened, account, user_id=taro)) == 100
        for outcome in ("held", "duplicate", "skipped"):
            await deliveries.listed(opened, account, outcome=outcome)
            await deliveries.listed(opened, account, user_id=taro, outcome=outcome)
        assert len(await deliveries.undecided(opened)) == 100
        await deliveries.undecided(opened, account, user_id=taro)
        for reference in (delivery, message, "7@old.example"):
            assert await deliveries.find(opened, str(reference), None, ANYBODY)
        for kind in (None, "contact", "lead"):
            assert len(await people.listed(opened, kind=kind)) == 100
        for reference in (person, "p000000000007@customer.example"):
            assert await people.find(opened, str(reference))
        assert await timeline.of_person(opened, account, person)
        assert await timeline.of_messages(opened, account, [message])
    assert len(asked) > 20
    for statement, parameters in asked:
        if statement.lstrip().lower().startswith(("select", "with")):
            assert await plans.too_much(statement, *parameters) == [], statement

    # Nor does the mail path, or whoever decides or tidies up.
    mail = raw("p000000000007@customer.example", HANAKO, 7)
    envelope = Envelope("", "", HANAKO, (office.hanako,), InMemory(mail), datetime.now(UTC))
    asked = standing._Asked()
    asked.add(Arrival(mint(), mint(), office.hanako, envelope, read(mail)))
    keys = [account], [UUID(seen(80, 5))]
    emails = [account], ["w41@customer.example"]
    nobody = UUID(int=0)
    for statement, arguments in (
        (routes.ROUTES, ([office.hanako.address.partition("@")[0], "u7.abcdefghijklmnop"],)),
        (standing.STATEMENT, asked.columns()),
        (held._FIND, (UUID(seen(80, 5)), "80@old.example", None)),
        (held._FIND, (None, "80@old.example", account)),
        (held._HELD, (account, UUID(seen(80, 5)))),
        (expiry._HELD, (90, 100)),
        (expiry._SHORT_LIVED, (100,)),
        (waiting._LOCK, (*emails, nobody, nobody, 100)),
        (waiting._FOUND, keys),
        (waiting._HELD, emails),
        (rates._RECORDED, (account, office.hanako.user_id, None, UUID(seen(19_000, 5)), 600)),
        (released._LOCK, keys),
        (released._SETTLED, (account, keys[1], timedelta(days=30))),
        (released._NOBODY_WAITS, (account, keys[1])),
        (raw_mail._LOCK, ([account], [UUID(seen(80, 1))])),
        (raw_mail._FORGET, ([account], [UUID(seen(80, 1))])),
    ):
        assert await plans.too_much(statement, *arguments) == [], statement


async def test_ten_times_as_many_recipients_read_no_more_than_ten_times_as_many_rows(office, plans):
    read_rows = []
    for count in (60, 600):
        to = ", ".join(f"p{n:012x}@customer.example" for n in range(1, count + 1))
        mail = raw(to, HANAKO)
        envelope = Envelope("", "", HANAKO, (office.hanako,), InMemory(mail), datetime.now(UTC))
        asked = standing._Asked()
        asked.add(Arrival(mint(), mint(), office.hanako, envelope, read(mail)))
        read_rows.append(await plans.rows_read(standing.STATEMENT, *asked.columns()))
    few, many = read_rows
    assert few >= 60
    assert many <= 10 * few


class Listener:
    """As much of a connection as hears what is to be changed."""

    def __init__(self) -> None:
        self.heard: list[str] = []

    async def execute(self, statement, *_) -> None:
        self.heard.append(statement)

    async def fetch(self, statement, *_) -> list:
        self.heard.append(statement)
        return [()]


async def changes_of_older_rows(office) -> list[str]:
    envelope = Envelope("", "", HANAKO, (office.hanako,), InMemory(b""), datetime.now(UTC))
    arrived = Arrival(mint(), mint(), office.hanako, envelope, read(b""))
    joining = ThreadPlan(mint(), False, "", (), (), joins=(mint(),))
    decision = Decision(
        arrived,
        Reason.FILED,
        resolves=(mint(),),
        thread=joining,
        bouncing=("ann@customer.example",),
        proves="hanako@home.example",
    )
    listener = Listener()
    await ledger.settle_others(listener, decision)
    return listener.heard


async def test_the_one_plan_for_all_mail_looks_everything_up_by_index(office, plans, database_url):
    """Under the settings of the mail path a plan is made before it is known what is asked."""
    connection = await asyncpg.connect(database_url, server_settings=MAIL_PATH)
    try:
        for statement in (
            standing.STATEMENT,
            insert.INSERT,
            routes.ROUTES,
            rates._RECORDED,
            patience._OVER,
            *(await changes_of_older_rows(office)),
        ):
            plan = await plan_for_all(connection, statement)
            scans = [node for node in _nodes(plan) if node["Node Type"] == "Seq Scan"]
            assert not [node["Relation Name"] for node in scans], statement
    finally:
        await connection.close()


async def plan_for_all(connection, statement: str) -> dict:
    await connection.execute(f"prepare asked as {statement}")
    count = await connection.fetchval(
        "select cardinality(parameter_types) from pg_prepared_statements where name = 'asked'"
    )
    nothing = ", ".join(["null"] * count)
    (plan,) = json.loads(
        await connection.fetchval(f"explain (format json) execute asked({nothing})")
    )
    await connection.execute("deallocate asked")
    return plan["Plan"]


async def test_nobody_reads_a_large_table_to_read_mail_again(office, plans):
    start, anything = UUID(int=0), datetime(2000, 1, 1, tzinfo=UTC)
    delivery = UUID(seen(7, 5))
    for statement, *arguments in (
        (reprocessing._ONLY, office.account, start, anything, [delivery]),
        (reprocessing._NAMED, delivery, "7@old.example"),
    ):
        assert await plans.too_much(statement, *arguments) == []
