"""Regenerated dropbox addresses: one active for each user whoever races, the old ones at an end."""

import asyncio
import json
from datetime import timedelta

import pytest
import pytest_asyncio

from storage import accounts, dropbox_addresses, users
from storage.dropbox_addresses import grace_period, regenerate, regenerate_all
from storage.errors import Refused
from storage.routes import Routes

DOMAIN = "dropbox.example"
WEEK = timedelta(days=7)


@pytest_asyncio.fixture
async def corp(engine):
    async with engine.begin() as opened:
        return await accounts.add(opened, "Corp")


@pytest_asyncio.fixture
async def hanako(engine, corp):
    return await add_user(engine, corp, "hanako@corp.example")


@pytest.fixture
def routes(pool):
    return Routes(pool, DOMAIN)


async def add_user(engine, account, email):
    async with engine.begin() as opened:
        return await users.add(opened, account, email, "Somebody", mail_domain=DOMAIN)


async def renew(engine, user, grace=None):
    async with engine.begin() as opened:
        return await regenerate(opened, user, mail_domain=DOMAIN, actor="root", grace=grace)


async def renew_all(engine, account, grace=None):
    async with engine.begin() as opened:
        return await regenerate_all(opened, account, mail_domain=DOMAIN, actor="root", grace=grace)


def first(user):
    return f"{user.local}@{DOMAIN}"


async def states(pool):
    rows = await pool.fetch("select state from dropbox_address order by id")
    return [row["state"] for row in rows]


async def test_the_new_address_works_and_the_old_one_is_dead(engine, routes, hanako):
    made = await renew(engine, hanako)
    assert (made.email, made.grace_until) == ("hanako@corp.example", None)
    assert made.address != first(hanako)
    found = await routes(made.address)
    assert found.user_id == hanako.user_id
    assert await routes(first(hanako)) is None


async def test_what_is_shown_from_now_on_is_the_new_one(engine, hanako):
    made = await renew(engine, hanako)
    async with engine.connect() as opened:
        found = await users.dropbox_address(opened, await users.find(opened, hanako.email), DOMAIN)
    assert (found.address, found.created_at) == (made.address, made.created_at)


async def test_a_dead_address_keeps_the_time_of_its_end_and_stays_in_the_directory(
    engine, pool, hanako
):
    await renew(engine, hanako)
    row = await pool.fetchrow("""
        select a.retired_at, now() - a.retired_at as age from dropbox_address a
        join address_directory d on d.account_id = a.account_id and d.address_id = a.id
            and d.local = a.local
        where a.state = 'retired'
    """)
    assert timedelta(0) <= row["age"] < timedelta(minutes=1)


async def test_in_grace_the_old_address_works_until_its_time(engine, pool, routes, hanako):
    made = await renew(engine, hanako, WEEK)
    assert made.grace_until - made.created_at == WEEK
    assert await routes(first(hanako))
    assert await routes(made.address)
    await pool.execute(
        "update dropbox_address set grace_until = now() where grace_until is not null"
    )
    assert await routes(first(hanako)) is None


async def test_an_address_in_grace_keeps_its_own_time_when_the_next_one_goes_into_grace(
    engine, pool, routes, hanako
):
    earlier = await renew(engine, hanako, timedelta(hours=1))
    later = await renew(engine, hanako, WEEK)
    until = await pool.fetch(
        "select grace_until from dropbox_address where state = 'grace' order by id"
    )
    assert [row["grace_until"] for row in until] == [earlier.grace_until, later.grace_until]
    for address in (first(hanako), earlier.address, later.address):
        assert await routes(address)


async def test_without_grace_all_old_addresses_die_at_once(engine, pool, routes, hanako):
    earlier = await renew(engine, hanako, WEEK)
    later = await renew(engine, hanako, WEEK)
    await renew(engine, hanako)
    for address in (first(hanako), earlier.address, later.address):
        assert await routes(address) is None
    assert await states(pool) == ["retired", "retired", "retired", "active"]


async def test_a_grace_that_is_over_is_noted_with_the_time_it_ended(engine, pool, hanako):
    await renew(engine, hanako, WEEK)
    over = await pool.fetchval(
        "update dropbox_address set grace_until = now() - interval '1 day'"
        " where state = 'grace' returning grace_until"
    )
    await renew(engine, hanako, WEEK)
    assert await states(pool) == ["retired", "grace", "active"]
    ended = await pool.fetchval("select retired_at from dropbox_address where state = 'retired'")
    assert ended == over


async def test_many_at_once_leave_one_active_address_the_last_one_made(
    engine, pool, routes, hanako
):
    made = await asyncio.gather(*(renew(engine, hanako) for _ in range(8)))
    alive = [one.address for one in made if await routes(one.address)]
    assert len(alive) == 1
    assert sorted(await states(pool)) == ["active", *["retired"] * 8]


async def test_all_and_single_ones_at_once_neither_fail_nor_block_each_other(
    engine, pool, corp, hanako
):
    others = [await add_user(engine, corp, f"u{number}@corp.example") for number in range(5)]
    racing = [renew_all(engine, corp, WEEK) for _ in range(4)]
    racing += [renew(engine, user) for user in (hanako, *others)]
    await asyncio.wait_for(asyncio.gather(*racing), 30)
    assert await pool.fetchval("select count(*) from dropbox_address where state = 'active'") == 6


async def test_mail_that_is_being_recorded_is_not_waited_for(engine, pool, hanako):
    async with pool.acquire() as connection, connection.transaction():
        # What a delivery's foreign keys lock until it is committed.
        await connection.execute('select from "user" for key share')
        await connection.execute("select from dropbox_address for key share")
        await asyncio.wait_for(renew(engine, hanako, WEEK), 10)


async def test_what_fails_leaves_the_old_address_alive(engine, pool, routes, hanako, monkeypatch):
    taken = hanako.local
    monkeypatch.setattr(dropbox_addresses, "mint_dropbox_local", lambda _email: taken)
    with pytest.raises(Exception, match="local"):
        await renew(engine, hanako)
    assert await states(pool) == ["active"]
    assert await routes(first(hanako))
    assert await pool.fetchval("select count(*) from audit") == 0


async def test_a_suspended_user_gets_a_new_address_and_stays_suspended(
    engine, pool, routes, hanako
):
    async with engine.begin() as opened:
        await users.set_status(opened, hanako, "suspended")
    made = await renew(engine, hanako)
    assert await routes(made.address)
    assert await routes(first(hanako)) is None
    assert await pool.fetchval('select status from "user"') == "suspended"


async def test_all_means_every_user_of_that_account_suspended_ones_too(
    engine, routes, corp, hanako
):
    taro = await add_user(engine, corp, "taro@corp.example")
    async with engine.begin() as opened:
        await users.set_status(opened, taro, "suspended")
        beta = await accounts.add(opened, "Beta")
    other = await add_user(engine, beta, "ann@beta.example")
    made = await renew_all(engine, corp)
    assert [one.email for one in made] == ["taro@corp.example", "hanako@corp.example"]
    assert [await routes(first(user)) for user in (hanako, taro)] == [None, None]
    assert [(await routes(one.address)).user_id for one in made] == [taro.user_id, hanako.user_id]
    assert (await routes(first(other))).user_id == other.user_id


async def test_all_of_an_account_without_users_are_none(engine, corp):
    assert await renew_all(engine, corp) == []


async def test_the_audit_says_who_did_it_and_holds_no_secret(engine, pool, corp, hanako):
    made = await renew(engine, hanako, WEEK)
    await renew_all(engine, corp)
    rows = await pool.fetch("select * from audit order by id")
    assert [(row["actor"], row["action"]) for row in rows] == [("root", "regenerate_address")] * 2
    detail = json.loads(rows[0]["detail"])
    assert detail["user"] == str(hanako.user_id)
    assert detail["grace_until"].startswith(made.grace_until.date().isoformat())
    local = await pool.fetchval(
        "select local from dropbox_address where id = $1::text::uuid", detail["address"]
    )
    assert f"{local}@{DOMAIN}" == made.address
    locals_ = [row["local"] for row in await pool.fetch("select local from dropbox_address")]
    written = " ".join(str(dict(row)) for row in rows)
    assert not any(local.partition(".")[2] in written for local in locals_)


@pytest.mark.parametrize(
    ("written", "period"),
    [
        ("30m", timedelta(minutes=30)),
        ("12h", timedelta(hours=12)),
        ("7d", timedelta(days=7)),
        (" 7 D ", timedelta(days=7)),
        ("７ｄ", timedelta(days=7)),
        ("90d", timedelta(days=90)),
        ("2160h", timedelta(days=90)),
    ],
)
def test_a_grace_period_is_read_as_people_write_it(written, period):
    assert grace_period(written) == period


@pytest.mark.parametrize(
    "written",
    [
        "",
        "7",
        "d",
        "0d",
        "00m",
        "-1d",
        "1.5d",
        "7w",
        "7d12h",
        "91d",
        "2161h",
        "9" * 30 + "d",
        "七日",
    ],
)
def test_what_is_no_grace_period_is_refused_in_one_line_that_says_what_is_one(written):
    with pytest.raises(Refused, match=r"30m, 12h or 7d, at most 90d") as refused:
        grace_period(written)
    assert "\n" not in str(refused.value)
