import asyncio
import socket

import asyncpg
import pytest

from storage.access import transaction
from storage.database import connect, locate, open_engine, open_pool
from storage.embedded import NoDatabase
from storage.errors import DatabaseDown, DatabaseUnusable, SchemaBehind


async def test_every_connection_commits_synchronously_whatever_the_server_says(
    postgres, database_url
):
    name = database_url.rpartition("/test")[2].partition("?")[0]
    statement = f"alter database test{name} set synchronous_commit = off"
    await asyncio.to_thread(postgres.execute, statement)
    async with open_pool(database_url) as pool:
        assert await pool.fetchval("show synchronous_commit") == "on"
        assert await pool.fetchval("show application_name") == "bcc-dropbox"
    async with open_engine(database_url) as engine, engine.connect() as connection:
        shown = await connection.exec_driver_sql("show synchronous_commit")
        assert shown.scalar_one() == "on"


async def test_a_connection_that_goes_back_to_the_pool_has_no_open_transaction(pool):
    async with pool.acquire() as connection:
        await connection.execute("begin")
        await connection.execute("create temporary table left_over (id int)")
    async with pool.acquire() as connection:
        assert await connection.fetchval("select to_regclass('left_over')") is None


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("postgresql://hanako:geheim@127.0.0.1:1/db", "start Postgres there"),
        ("postgresql:///db?host=/nowhere", "start Postgres there"),
        ("postgresql://hanako:geheim@nowhere.invalid/db", "start Postgres there"),
        ("postgresql://hanako:geheim@127.0.0.1:0x5/db", "correct BCC_DROPBOX_DATABASE_URL"),
    ],
)
async def test_a_database_that_cannot_be_reached_is_one_line_without_the_password(url, words):
    with pytest.raises(DatabaseDown) as caught:
        await connect(url)
    text = str(caught.value)
    assert text.startswith("database cannot be reached: ")
    assert "; mend: " in text
    assert words in text
    assert "geheim" not in text
    assert "\n" not in text


async def test_a_database_that_is_not_there_is_to_be_created(postgres):
    with pytest.raises(DatabaseDown, match='"nosuch" does not exist; mend: create it'):
        await connect(postgres.url("nosuch"))


async def test_a_user_that_is_not_there_is_to_be_corrected(postgres):
    url = postgres.url("template1").replace("dropbox@", "nobody:geheim@")
    with pytest.raises(DatabaseDown, match="correct the user and the password") as caught:
        await connect(url)
    assert "geheim" not in str(caught.value)


async def test_a_server_that_is_silent_is_given_up(monkeypatch):
    monkeypatch.setattr("storage.database.CONNECT_SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        with pytest.raises(DatabaseDown, match="no answer"):
            await connect(f"postgresql://x@127.0.0.1:{port}/db")


async def test_a_connection_that_breaks_within_a_command_is_a_database_down(database_url):
    async def break_within(other):
        async with transaction(database_url) as connection:
            pid = (await connection.exec_driver_sql("select pg_backend_pid()")).scalar_one()
            await other.execute(f"select pg_terminate_backend({pid})")
            await asyncio.sleep(0.1)
            await connection.exec_driver_sql("select 1")

    other = await asyncpg.connect(database_url)
    try:
        with pytest.raises(DatabaseDown):
            await break_within(other)
    finally:
        await other.close()


async def test_an_old_postgres_is_refused(database_url, monkeypatch):
    monkeypatch.setattr("storage.database.OLDEST", 99)
    with pytest.raises(DatabaseUnusable, match="PostgreSQL 99 or later is needed"):
        await connect(database_url)


async def test_a_command_finds_out_that_the_database_is_behind(empty_database_url):
    with pytest.raises(SchemaBehind):
        async with transaction(empty_database_url):
            pass


async def test_a_command_that_fails_leaves_nothing_half_done(database_url, pool):
    class Mishap(Exception):
        pass

    async def fail_half_way():
        async with transaction(database_url) as connection:
            await connection.exec_driver_sql(
                "insert into account (id, name) values (gen_random_uuid(), 'x')"
            )
            raise Mishap

    with pytest.raises(Mishap):
        await fail_half_way()
    assert await pool.fetchval("select count(*) from account") == 0


def test_without_a_url_the_embedded_database_is_used_and_only_made_when_asked(tmp_path):
    with pytest.raises(NoDatabase, match=str(tmp_path)), locate("", tmp_path / "data"):
        pass
    assert not (tmp_path / "data").exists()
    with locate("postgresql://somewhere/db", tmp_path / "data") as place:
        assert (place.url, place.server) == ("postgresql://somewhere/db", None)
