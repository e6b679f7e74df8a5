"""A database that is there and does not answer: put off within a bounded time, and gone on from."""

import asyncio
import socket

import pytest
import pytest_asyncio
import uvloop
from networks import Network
from offices import DOMAIN, Office, arrivals, mail

from dropbox.filing.outcomes import NotRecorded, Reason
from storage.connection import watch
from storage.database import connect, open_pool
from storage.ledger import Ledger
from storage.routes import Routes

PATIENCE = 30
"""Far above what is set here, far below the minutes that a kernel or a sender would wait."""


@pytest_asyncio.fixture
async def network(database_url):
    async with Network(database_url).running() as running:
        yield running


@pytest.fixture
def impatient(monkeypatch):
    monkeypatch.setattr("storage.database.CONNECT_SECONDS", 2.0)
    monkeypatch.setattr("storage.database.SILENCE_SECONDS", 0.5)


async def put_off(work) -> None:
    async with asyncio.timeout(PATIENCE):
        with pytest.raises(NotRecorded) as failure:
            await work
    assert failure.value.reason is Reason.DATABASE_DOWN


async def test_mail_is_put_off_while_the_network_is_cut_and_taken_when_it_is_whole(
    office: Office, network: Network, impatient
) -> None:
    async with open_pool(network.url) as pool:
        ledger, routes = Ledger(pool, DOMAIN), Routes(pool, DOMAIN)
        await ledger.record(arrivals(mail("a@customer.example", number=1), office.hanako))
        network.cut()
        second = arrivals(mail("a@customer.example", number=2), office.hanako)
        large = arrivals(mail("a@x.example", number=3), office.hanako, raw=b"x" * 3_000_000)
        await put_off(ledger.record(second))
        await put_off(ledger.record(large))
        await put_off(routes(office.hanako.address))
        network.mend()
        async with asyncio.timeout(PATIENCE):
            for one in (second, large):
                (delivery,) = await ledger.record(one)
                assert delivery.reason is Reason.FILED
            await routes(office.hanako.address)
    assert await office.count("message") == 3


async def test_a_network_that_is_cut_in_the_middle_of_a_mail_leaves_nothing_of_it(
    office: Office, network: Network, impatient
) -> None:
    async with open_pool(network.url) as pool:
        ledger = Ledger(pool, DOMAIN)
        await ledger.record(arrivals(mail("a@customer.example", number=1), office.hanako))
        network.delay = 0.05
        raw = bytes(range(256)) * 4096 * 20
        recording = asyncio.create_task(
            ledger.record(arrivals(mail("b@x.example", number=2), office.hanako, raw=raw))
        )
        async with asyncio.timeout(PATIENCE):
            while not await office.pool.fetchval(  # noqa: ASYNC110 - the database sets no event
                "select count(*) from pg_stat_activity where query like 'insert into raw_chunk%'"
            ):
                await asyncio.sleep(0.01)
        network.cut()
        await put_off(recording)
        network.mend()
    assert await office.count("raw_mail") == 1
    assert await office.count("message") == 1


async def test_a_large_mail_may_take_longer_than_any_statement_of_it(
    office: Office, network: Network, monkeypatch
) -> None:
    monkeypatch.setattr("storage.database.SILENCE_SECONDS", 2.0)
    async with open_pool(network.url) as pool:
        network.delay = 0.1
        raw = bytes(range(256)) * 4096 * 24
        (delivery,) = await Ledger(pool, DOMAIN).record(
            arrivals(mail("a@customer.example"), office.hanako, raw=raw)
        )
        assert delivery.reason is Reason.FILED
        # Else this would prove nothing: the answers alone took longer than one statement may.
        assert network.answers * network.delay > 2.0


async def test_a_statement_that_waits_too_long_is_ended_by_the_server_and_the_connection_stays(
    office: Office, database_url: str, monkeypatch
) -> None:
    monkeypatch.setattr("storage.database.STATEMENT_SECONDS", 0.3)
    blocker = await connect(database_url)
    async with open_pool(database_url, most=1) as pool:
        before = await pool.fetchval("select pg_backend_pid()")
        transaction = blocker.transaction()
        await transaction.start()
        await blocker.execute("lock table delivery in access exclusive mode")
        await put_off(
            Ledger(pool, DOMAIN).record(arrivals(mail("a@customer.example"), office.hanako))
        )
        # Nothing waits at the server any more: senders who come again do not pile up there.
        assert not await blocker.fetchval("select count(*) from pg_locks where not granted")
        await transaction.rollback()
        assert await pool.fetchval("select pg_backend_pid()") == before
    await blocker.close()


def options(connection, *wanted: tuple[int, int]) -> list[int]:
    found = connection._transport.get_extra_info("socket")
    with socket.socket(fileno=socket.dup(found.fileno())) as same:
        return [same.getsockopt(level, option) for level, option in wanted]


@pytest.mark.parametrize("new_event_loop", [asyncio.new_event_loop, uvloop.new_event_loop])
def test_connections_over_tcp_are_watched_by_the_kernel_and_unix_sockets_need_no_watch(
    database_url: str, new_event_loop
) -> None:
    wanted = (
        (socket.SOL_SOCKET, socket.SO_KEEPALIVE),
        (socket.IPPROTO_TCP, socket.TCP_KEEPIDLE),
        (socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT),
    )

    async def look() -> None:
        async with Network(database_url).running() as network:
            for_command = await connect(network.url)
            assert options(for_command, *wanted) == [1, 10, 25_000]
            await for_command.close()
            async with open_pool(network.url) as pool, pool.acquire() as for_mail:
                assert options(for_mail._con, *wanted) == [1, 10, 25_000]
        local = await connect(database_url)
        assert options(local, wanted[0]) == [0]
        await local.close()

    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        runner.run(look())


async def test_what_has_no_socket_is_not_watched_and_no_error() -> None:
    watch(object())
