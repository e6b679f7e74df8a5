"""How much mail an address may get in a minute, whichever processes take it."""

from __future__ import annotations

import pytest
from offices import DOMAIN, arrivals, mail

from dropbox.filing.outcomes import NotRecorded, Reason
from storage.ledger import Ledger
from storage.rates import RatedRoutes


class Clock:
    now = 1_000.0

    def __call__(self) -> float:
        self.now += 0.01
        return self.now


class Daemon:
    """A process that lets mail in, and records it."""

    def __init__(self, office, limit: int, clock: Clock) -> None:
        self.ledger = Ledger(office.pool, DOMAIN)
        self.routes = RatedRoutes(self._answer, office.pool, limit, clock=clock)
        self.known = {one.address: one for one in (office.hanako, office.taro)}
        self.number = 0

    async def _answer(self, address: str):
        return self.known.get(address)

    async def take(self, address: str) -> str:
        """Return `taken`, or why it is not."""
        try:
            recipient = await self.routes(address)
        except NotRecorded as failure:
            return str(failure.reason)
        self.number += 1
        message = mail("ann@customer.example", number=id(self) * 1_000 + self.number)
        await self.ledger.record(arrivals(message, recipient))
        return "taken"


@pytest.fixture
def daemon(office):
    clock = Clock()

    def make(limit: int) -> Daemon:
        return Daemon(office, limit, clock)

    make.clock = clock
    return make


async def test_beyond_the_limit_mail_is_put_off_until_the_minute_is_over(daemon, office):
    one = daemon(3)
    said = [await one.take(office.hanako.address) for _ in range(5)]
    assert said == ["taken"] * 3 + ["rate"] * 2
    assert await one.take(office.taro.address) == "taken"
    daemon.clock.now += 61
    await office.pool.execute("delete from waiting; update delivery set authority = 'import'")
    assert await one.take(office.hanako.address) == "taken"


async def test_what_another_process_has_recorded_counts(daemon, office):
    one, other = daemon(4), daemon(4)
    assert [await one.take(office.hanako.address) for _ in range(3)] == ["taken"] * 3
    assert await other.take(office.hanako.address) == "taken"
    assert await other.take(office.hanako.address) == "rate"
    assert await one.take(office.hanako.address) == "rate"


async def test_what_was_imported_does_not_count(daemon, office):
    one = daemon(2)
    await one.take(office.hanako.address)
    await office.pool.execute("update delivery set authority = 'import'")
    assert await daemon(1).take(office.hanako.address) == "taken"


async def test_without_a_limit_nothing_is_counted(daemon, office):
    one = daemon(0)
    assert [await one.take(office.hanako.address) for _ in range(3)] == ["taken"] * 3


async def test_an_unknown_address_is_unknown_however_often_it_is_asked_for(daemon):
    one = daemon(1)
    assert [await one.routes(f"nobody@{DOMAIN}") for _ in range(3)] == [None] * 3


async def test_a_small_part_of_the_limit_costs_no_question(daemon, office):
    one = daemon(160)
    await office.pool.execute("alter table delivery rename to moved")
    for _ in range(10):
        assert await one.routes(office.hanako.address)
    with pytest.raises(Exception, match="delivery"):
        await one.routes(office.hanako.address)


async def test_a_database_that_is_gone_puts_mail_off_and_not_the_counter(daemon, office):
    one = daemon(1)
    pool = one.routes._pool
    await pool.close()
    with pytest.raises(NotRecorded) as caught:
        await one.routes(office.hanako.address)
    assert caught.value.reason is Reason.DATABASE_DOWN
    assert not one.routes._let_in[office.hanako.address]
