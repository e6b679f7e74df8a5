"""The roles of docs/operations.md, made by the SQL that stands there: what each can and cannot."""

from __future__ import annotations

import asyncio
import itertools
import json
import re
from pathlib import Path

import asyncpg
import pytest

from storage.database import open_pool
from storage.expiry import expire
from storage.ledger import Ledger
from storage.waiting import file_waiting, wanted

ROOT = Path(__file__).resolve().parents[2]
ROLES = ("owner", "daemon", "reader")
VIEWS = ("leads", "contacts", "timeline", "deliveries")
HANAKO = "hanako@corp.example"

_numbers = itertools.count()


def documented() -> tuple[str, str]:
    """Return the SQL before the first `migrate`, and that after each."""
    page = (ROOT / "docs/operations.md").read_text("utf-8")
    section = page.partition("\n## A Postgres of your own\n")[2].partition("\n## ")[0]
    before, after = re.findall(r"```sql\n(.*?)```", section, re.DOTALL)
    return before, after


class Installation:
    """A database with the roles of the document, under names of this test's own."""

    def __init__(self, postgres) -> None:
        self.cluster = postgres
        self.name = f"roles_{next(_numbers)}"

    def _own(self, sql: str) -> str:
        return re.sub(r"\bdropbox(?=_(?:owner|daemon|reader)\b|\b)", self.name, sql)

    def url(self, role: str) -> str:
        return self.cluster.url(self.name).replace("//dropbox@", f"//{self.name}_{role}@")

    def superuser(self, *statements: str, database: str = "postgres") -> None:
        url = self.cluster.url(database).replace("//dropbox@", "//postgres@")
        for sql in statements:
            self.execute(url, sql)

    def make(self) -> None:
        server, _, database = self._own(documented()[0]).partition(f"\\connect {self.name}\n")
        self.superuser(*filter(None, map(str.strip, server.split(";"))))
        self.superuser(database, database=self.name)

    def grant(self) -> None:
        self.execute(self.url("owner"), self._own(documented()[1]))

    def remove(self) -> None:
        self.superuser(f"drop database if exists {self.name} with (force)")
        self.superuser(*(f"drop role if exists {self.name}_{role}" for role in ROLES))

    def execute(self, url: str, sql: str) -> list[asyncpg.Record]:
        async def run() -> list[asyncpg.Record]:
            connection = await asyncpg.connect(url)
            try:
                if ";" in sql:
                    await connection.execute(sql)
                    return []
                return await connection.fetch(sql)
            finally:
                await connection.close()

        return asyncio.run(run())

    def as_(self, role: str, sql: str) -> list[asyncpg.Record]:
        return self.execute(self.url(role), sql)

    def may_not(self, role: str, *statements: str) -> None:
        for sql in statements:
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                self.as_(role, sql)


@pytest.fixture
def roles(postgres):
    made = Installation(postgres)
    try:
        made.make()
        yield made
    finally:
        made.remove()


@pytest.fixture
def installed(roles, inside):
    """Migrated by the owner; from here on the settings name the daemon's role."""
    inside.environment["BCC_DROPBOX_DATABASE_URL"] = roles.url("owner")
    inside.ok("migrate")
    roles.grant()
    inside.environment["BCC_DROPBOX_DATABASE_URL"] = roles.url("daemon")
    return roles


def mail(number: int, sender: str = HANAKO, to: str = "ann@customer.example") -> str:
    return (
        f"From: {sender}\nTo: {to}\nSubject: Offer {number}\n"
        f"Message-ID: <{number}@corp.example>\n\nDear Ann,\n"
    )


def test_the_daemons_role_serves_mail_and_runs_every_command_and_changes_no_schema(
    installed, inside, new_server, tmp_path
):
    inside.ok("account", "add", "Corp", "--domain", "corp.example")
    address = inside.ok("user", "add", HANAKO, "--name", "Sato Hanako").strip()
    server = new_server().start()
    server.send(mail(1).encode(), address, sender=HANAKO)
    assert server.stop() == 0

    for number in range(2, 6):
        done = inside("deliver", "--to", address, stdin=mail(number, f"eve{number}@evil.example"))
        assert done.returncode == 0, done
    held = [one["delivery_id"] for one in json.loads(inside.ok("held", "list", "--json"))]
    old = tmp_path / "old.eml"
    old.write_text(mail(6, to="new@customer.example"))
    filed = "1@corp.example"
    for words in (
        ("held", "show", held[0]),
        ("held", "release", held[0]),
        ("held", "trust", held[1]),
        ("held", "assign", held[2], "ann@customer.example"),
        ("held", "discard", held[3]),
        ("import", "--user", HANAKO, str(old)),
        ("reprocess",),
        ("explain", str(old), "--to", address),
        ("sender", "add", HANAKO, "more@corp.example"),
        ("sender", "remove", HANAKO, "more@corp.example"),
        ("rule", "set", HANAKO, "--visibility", "private", "--create", "contact"),
        ("never-log", "add", "secret.example", "--user", HANAKO),
        ("never-log", "remove", "secret.example", "--user", HANAKO),
        ("account", "set", "Corp", "--timezone", "Asia/Tokyo", "--domain", "corp.example"),
        ("user", "suspend", HANAKO),
        ("user", "resume", HANAKO),
        ("address", "regenerate", HANAKO),
        ("mail", "show", filed, "--break-glass", "a test"),
        ("mail", "raw", filed, "--as", HANAKO),
        ("mail", "why", filed),
        ("person", "show", "ann@customer.example"),
        ("stats",),
        ("migrate",),
    ):
        inside.ok(*words)
    doctor = inside("doctor", "--json").stdout
    by_name = {one["check"]: one["status"] for one in json.loads(doctor)["checks"]}
    assert [by_name[name] for name in ("database", "migrations", "connections")] == ["ok"] * 3

    async def upkeep() -> None:
        async with open_pool(installed.url("daemon")) as pool:
            await expire(pool, 90)
            await file_waiting(pool, Ledger(pool, "dropbox.example"), await wanted(pool))

    asyncio.run(upkeep())
    assert installed.as_("owner", "select from audit")
    installed.may_not(
        "daemon",
        "create table mine (id int)",
        "create temporary table mine (id int)",
        "create view mine as select 1",
        "alter table message add column mine int",
        "drop table message",
        "truncate message",
        "update audit set detail = '{}'",
        "delete from audit",
        "update alembic_version set version_num = '9999'",
    )


def test_the_readers_role_sees_the_views_and_no_table(installed, inside):
    inside.ok("account", "add", "Corp", "--domain", "corp.example")
    address = inside.ok("user", "add", HANAKO, "--name", "Sato Hanako").strip()
    assert inside("deliver", "--to", address, stdin=mail(1)).returncode == 0
    seen = {view: len(installed.as_("reader", f"select * from {view}")) for view in VIEWS}  # noqa: S608
    assert seen == {"leads": 1, "contacts": 0, "timeline": 1, "deliveries": 1}
    tables = [
        row["tablename"]
        for row in installed.as_(
            "owner", "select tablename from pg_tables where schemaname = 'public'"
        )
    ]
    assert "dropbox_address" in tables
    installed.may_not("reader", *(f'select from "{table}"' for table in tables))
    installed.may_not(
        "reader",
        "create table mine (id int)",
        "create temporary table mine (id int)",
        "delete from message",
        "update delivery set note = ''",
    )


def test_what_a_later_migration_makes_is_the_daemons_to_use_and_not_the_readers(installed):
    installed.as_("owner", "create table later (id int)")
    installed.as_("daemon", "insert into later values (1)")
    assert len(installed.as_("daemon", "select from later")) == 1
    installed.may_not("reader", "select from later")


def test_nobody_else_comes_in(roles):
    stranger = f"{roles.name}_stranger"
    roles.superuser(f"create role {stranger} login")
    try:
        roles.may_not("stranger", "select 1")
    finally:
        roles.superuser(f"drop role {stranger}")
