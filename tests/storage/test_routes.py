"""Who is behind a dropbox address, asked afresh for every mail."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from dropbox.filing.outcomes import NotRecorded, Reason
from dropbox.ids import mint
from storage.rates import RatedRoutes
from storage.routes import Routes

DOMAIN = "dropbox.example"
LOCAL = "hanako.abcdefghijklmnop"


@pytest.fixture
async def address(pool: asyncpg.Pool[Any]) -> UUID:
    account, user, address_id = mint(), mint(), mint()
    await pool.execute("insert into account (id, name) values ($1, 'Office')", account)
    await pool.execute(
        'insert into "user" (account_id, id, email, name) values ($1, $2, $3, $3)',
        account,
        user,
        "hanako@corp.example",
    )
    await pool.execute(
        "insert into dropbox_address (account_id, id, user_id, local) values ($1, $2, $3, $4)",
        account,
        address_id,
        user,
        LOCAL,
    )
    await pool.execute(
        "insert into address_directory (local, account_id, address_id) values ($1, $2, $3)",
        LOCAL,
        account,
        address_id,
    )
    return address_id


async def state(pool: asyncpg.Pool[Any], state: str, grace: timedelta | None = None) -> None:
    until = datetime.now(UTC) + grace if grace else None
    await pool.execute("update dropbox_address set state = $1, grace_until = $2", state, until)


async def test_an_active_address_leads_to_its_user_in_any_case_and_with_any_suffix(
    pool: asyncpg.Pool[Any], address: UUID
) -> None:
    found = await Routes(pool, DOMAIN)(f"Hanako.ABCDEFGHIJKLMNOP+News@{DOMAIN.upper()}")
    assert found
    assert (found.address_id, found.address, found.suffix) == (
        address,
        f"{LOCAL}@{DOMAIN}",
        "news",
    )


@pytest.mark.parametrize(
    "other", [f"hanako.{'z' * 16}@{DOMAIN}", f"{LOCAL}@other.example", "x", ""]
)
async def test_nobody_is_behind_any_other_address(
    pool: asyncpg.Pool[Any], address: UUID, other: str
) -> None:
    assert await Routes(pool, DOMAIN)(other) is None


async def test_an_address_in_grace_works_until_its_time_and_a_retired_one_never(
    pool: asyncpg.Pool[Any], address: UUID
) -> None:
    routes = Routes(pool, DOMAIN)
    written = f"{LOCAL}@{DOMAIN}"
    await state(pool, "grace", timedelta(hours=1))
    assert await routes(written)
    await state(pool, "grace", timedelta(seconds=-1))
    assert await routes(written) is None
    await state(pool, "retired")
    assert await routes(written) is None


class Counting:
    """A pool that keeps what it is asked."""

    def __init__(self, pool: asyncpg.Pool[Any]) -> None:
        self.pool = pool
        self.asked: list[tuple[str, int]] = []

    async def fetch(self, statement: str, locals_: list[str]) -> Any:
        self.asked.append((statement, len(locals_)))
        return await self.pool.fetch(statement, locals_)


@pytest.mark.parametrize(
    ("was", "written"),
    [
        ("active", f"hanako.{'z' * 16}"),
        ("active", f"nobody.{'z' * 16}+news"),
        ("retired", LOCAL),
        ("grace", LOCAL),
    ],
)
async def test_an_address_that_is_dead_or_never_was_costs_one_question_like_one_that_is_there(
    pool: asyncpg.Pool[Any], address: UUID, was: str, written: str
) -> None:
    counting: Any = Counting(pool)
    routes = RatedRoutes(Routes(counting, DOMAIN), counting, 600)
    assert await routes(f"{LOCAL}@{DOMAIN}")
    of_one_that_is_there = counting.asked.copy()
    counting.asked.clear()
    await state(pool, was, timedelta(seconds=-1) if was == "grace" else None)
    assert await routes(f"{written}@{DOMAIN}") is None
    assert counting.asked == of_one_that_is_there
    assert len(counting.asked) == 1


async def test_a_change_holds_for_the_very_next_question(
    pool: asyncpg.Pool[Any], address: UUID
) -> None:
    routes = Routes(pool, DOMAIN)
    for _ in range(20):
        await state(pool, "active")
        assert await routes(f"{LOCAL}@{DOMAIN}")
        await state(pool, "retired")
        assert await routes(f"{LOCAL}@{DOMAIN}") is None


async def test_many_questions_at_once_are_each_answered(
    pool: asyncpg.Pool[Any], address: UUID
) -> None:
    routes = Routes(pool, DOMAIN)
    asked = [LOCAL if n % 2 else f"nobody{n}.abcdefghijklmnop" for n in range(1200)]
    found = await asyncio.gather(*(routes(f"{local}@{DOMAIN}") for local in asked))
    assert [one is not None for one in found] == [local == LOCAL for local in asked]


@pytest.mark.parametrize("written", ["postmaster", "Postmaster", f"POSTMASTER@{DOMAIN}"])
async def test_postmaster_is_always_there_once_there_is_an_account(
    pool: asyncpg.Pool[Any], address: UUID, written: str
) -> None:
    found = await Routes(pool, DOMAIN)(written)
    assert found
    assert found.user_id is None


async def test_somebody_elses_postmaster_is_not_ours(
    pool: asyncpg.Pool[Any], address: UUID
) -> None:
    assert await Routes(pool, DOMAIN)("postmaster@other.example") is None


async def test_a_question_nobody_can_answer_now_is_put_off(database_url: str) -> None:
    gone = await asyncpg.create_pool(database_url, min_size=1, max_size=1)
    await gone.close()
    with pytest.raises(NotRecorded) as failure:
        await Routes(gone, DOMAIN)(f"{LOCAL}@{DOMAIN}")
    assert failure.value.reason is Reason.DATABASE_DOWN
