import asyncio
from pathlib import Path

import asyncpg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from storage import migrate, tables
from storage.database import open_engine
from storage.errors import SchemaAhead, SchemaBehind

REFERENCE = {"account", "alembic_version", "user_directory", "address_directory"}

KEYS = """
select c.relname as table_name, i.relname as key_name, a.attname as first_column
from pg_index x
join pg_class c on c.oid = x.indrelid
join pg_class i on i.oid = x.indexrelid
join pg_attribute a on a.attrelid = c.oid and a.attnum = x.indkey[0]
where x.indisunique and c.relnamespace = 'public'::regnamespace
union all
select c.relname, k.conname, a.attname
from pg_constraint k
join pg_class c on c.oid = k.conrelid
join pg_attribute a on a.attrelid = c.oid and a.attnum = k.conkey[1]
where k.contype = 'f' and c.relnamespace = 'public'::regnamespace
"""

DOCUMENTED = Path(__file__).parents[2].joinpath("docs", "database.md").read_text("utf-8")

DEFINITIONS = """
select conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(oid)
from pg_constraint where connamespace = 'public'::regnamespace
and conrelid::regclass::text <> 'alembic_version'
union all
select indexdef from pg_indexes where schemaname = 'public' and tablename <> 'alembic_version'
"""


async def test_the_migrated_database_is_what_the_tables_say(engine):
    def differences(connection):
        options = {"compare_server_default": compare_default}
        context = MigrationContext.configure(connection, opts=options)
        return compare_metadata(context, tables.metadata)

    def compare_default(_context, _inspected, _column, found, _wanted, rendered):
        # Alembic asks Postgres whether two defaults are equal; random ones never are.
        is_random = "random" in (found or "")
        return found.strip("()") != rendered.strip("()") if is_random else None

    async with engine.connect() as connection:
        assert await connection.run_sync(differences) == []


async def test_constraints_and_indexes_are_to_the_letter_what_the_tables_say(
    pool, empty_database_url
):
    """Alembic compares neither the text of checks nor that of partial indexes."""
    async with open_engine(empty_database_url) as engine, engine.begin() as connection:
        await connection.run_sync(tables.metadata.create_all)
        wanted = {row[0] for row in await connection.exec_driver_sql(DEFINITIONS)}
    migrated = {row[0] for row in await pool.fetch(DEFINITIONS)}
    assert len(wanted) > 100
    assert migrated == wanted


async def test_account_id_comes_first_in_every_key_of_an_account(pool):
    rows = [row for row in await pool.fetch(KEYS) if row["table_name"] not in REFERENCE]
    assert len(rows) > 40
    assert [tuple(row) for row in rows if row["first_column"] != "account_id"] == []


async def test_every_table_of_an_account_has_account_id_and_a_primary_key(pool):
    found = await pool.fetch(
        "select c.relname from pg_class c where c.relkind = 'r'"
        " and c.relnamespace = 'public'::regnamespace and not exists"
        " (select from pg_constraint k where k.conrelid = c.oid and k.contype = 'p'"
        "  and 'account_id' = any(select a.attname from pg_attribute a"
        "   where a.attrelid = c.oid and a.attnum = any(k.conkey)))"
    )
    assert {row["relname"] for row in found} == REFERENCE


async def test_reference_tables_lead_to_a_row_of_the_account_they_name(pool):
    found = await pool.fetch(
        "select conrelid::regclass::text as name, cardinality(conkey) as width"
        " from pg_constraint where contype = 'f'"
        " and conrelid::regclass::text in ('user_directory', 'address_directory')"
    )
    assert {(row["name"], row["width"]) for row in found} == {
        ("user_directory", 2),
        ("address_directory", 2),
    }


async def test_raw_mail_is_not_compressed_a_second_time(pool):
    storage = await pool.fetchval(
        "select attstorage from pg_attribute"
        " where attrelid = 'raw_chunk'::regclass and attname = 'data'"
    )
    assert storage == b"e"


def test_head_is_the_one_that_alembic_finds():
    config = Config()
    config.set_main_option("script_location", str(migrate.SCRIPTS))
    assert ScriptDirectory.from_config(config).get_current_head() == migrate.head()


async def test_migrating_twice_changes_nothing(empty_database_url):
    assert await migrate.upgrade(empty_database_url) == (None, migrate.head())
    assert await migrate.upgrade(empty_database_url) == (migrate.head(), migrate.head())


async def test_of_four_who_migrate_at_once_one_does_it(empty_database_url):
    done = await asyncio.gather(*(migrate.upgrade(empty_database_url) for _ in range(4)))
    assert sorted(before or "" for before, _ in done) == ["", *[migrate.head()] * 3]


async def test_a_migration_that_fails_leaves_nothing_behind(empty_database_url):
    connection = await asyncpg.connect(empty_database_url)
    await connection.execute("create table waiting (id int)")
    with pytest.raises(Exception, match="already exists"):
        await migrate.upgrade(empty_database_url)
    left = await connection.fetch(
        "select relname from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace"
    )
    await connection.close()
    assert [row["relname"] for row in left] == ["waiting"]


async def test_an_empty_database_is_behind_and_a_migrated_one_is_not(empty_database_url):
    connection = await asyncpg.connect(empty_database_url)
    with pytest.raises(SchemaBehind, match="bcc-dropbox migrate"):
        await migrate.check(connection)
    await migrate.upgrade(empty_database_url)
    await migrate.check(connection)
    await connection.close()


async def test_a_newer_schema_is_left_alone(database_url, pool):
    await pool.execute("update alembic_version set version_num = '9999'")
    async with pool.acquire() as connection:
        with pytest.raises(SchemaAhead, match="9999"):
            await migrate.check(connection)
    with pytest.raises(SchemaAhead, match="upgrade bcc-dropbox"):
        await migrate.upgrade(database_url)


@pytest.mark.parametrize("view", ["leads", "contacts", "timeline", "attachments", "deliveries"])
async def test_every_column_of_the_views_is_documented(pool, view):
    heading = "## leads, contacts" if view in {"leads", "contacts"} else f"## {view}"
    section = DOCUMENTED.partition(f"{heading}\n")[2].partition("\n## ")[0]
    columns = await pool.fetch(
        "select column_name from information_schema.columns where table_name = $1", view
    )
    assert columns
    assert [one[0] for one in columns if f"`{one[0]}`" not in section] == []
