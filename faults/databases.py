"""A Postgres that is restarted, full, read-only, cut off, slow, changed, or refuses one mail."""

from __future__ import annotations

import asyncio
import signal
import time
from contextlib import suppress
from typing import Any

import asyncpg

from faults.mails import POISON, End
from faults.stand import Fault, Skipped, Trial, filled
from storage.migrate import upgrade

COMMIT = b"COMMIT;"
FELT_SECONDS = 120.0

_SESSIONS = """
select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'bcc-dropbox'
"""
_REFUSE_POISON = f"""
alter table message add constraint faults_poison check (subject <> '{POISON}') not valid
"""
_NEWER_SCHEMA = """
alter table message add column faults_later text;
create index faults_later_ix on message (account_id, faults_later);
alter table delivery add column faults_later text;
"""
_OLDER_SCHEMA = """
alter table message drop column faults_later;
alter table delivery drop column faults_later;
"""


async def until_felt(trial: Trial, replies: int = 1) -> None:
    """Wait until so many mails were put off, so that the fault is there for somebody."""
    before = sum(trial.sender.tally.replies.values())
    deadline = time.monotonic() + FELT_SECONDS
    await asyncio.sleep(0.01)  # so that a task that was just made has begun to send
    while sum(trial.sender.tally.replies.values()) < before + replies:
        if time.monotonic() > deadline or not trial.sender.tally.pending:
            trial.flaws.append("nobody felt it")
            return
        await asyncio.sleep(0.01)


async def restarted(trial: Trial) -> None:
    """Restart Postgres in order, and once more with all that it was doing thrown away."""
    postgres = trial.stand.postgres
    for how in (signal.SIGINT, signal.SIGQUIT):
        async with trial.load(60, large=2):
            await postgres.stop(how)
            await until_felt(trial)
            await postgres.start()


async def out_of_connections(trial: Trial) -> None:
    """Have others take all connections that Postgres allows, the daemon's too."""
    postgres = trial.stand.postgres
    taken: list[asyncpg.Connection[Any]] = []

    async def take_all() -> None:
        with suppress(asyncpg.TooManyConnectionsError):
            while True:
                taken.append(await postgres.connect())

    async with trial.load(120, large=1):
        try:
            # The daemon is after the same connections, and may be faster.
            while not trial.sender.tally.retries and trial.sender.tally.pending:
                await take_all()
                await postgres.execute(_SESSIONS)
        finally:
            for one in taken:
                await one.close()


async def read_only(trial: Trial) -> None:
    """Let nobody write, as on a standby that was a primary a moment ago."""
    postgres = trial.stand.postgres
    async with trial.load(60, large=2):
        await postgres.execute(
            "alter system set default_transaction_read_only = on", "select pg_reload_conf()"
        )
        await until_felt(trial, 8)
        await postgres.execute(
            "alter system reset default_transaction_read_only", "select pg_reload_conf()"
        )


async def broken_off(trial: Trial) -> None:
    """End every connection to Postgres in the middle of whatever it does, several times."""
    network = trial.stand.network
    async with trial.load(60, large=4):
        for _ in range(3):
            network.break_off()
            await until_felt(trial)
            network.mend()
            await asyncio.sleep(0.2)


async def cut(trial: Trial) -> None:
    """Cut the network to Postgres: nobody is told, and nobody answers."""
    async with trial.load(60, large=2):
        trial.stand.network.cut()
        await until_felt(trial, 4)
        trial.stand.network.mend()


async def answers_to_commits_lost(trial: Trial) -> None:
    """Let Postgres commit, and lose its answer: the daemon cannot know, the sender comes again."""
    network = trial.stand.network
    network.lose_answers_to(COMMIT, 12)
    await trial.send(60, large=3)
    network.mend()
    trial.check(network.lost > 0, "no answer was lost")
    trial.notes.append(f"{network.lost} answers lost")


async def slow(trial: Trial) -> None:
    """Let every answer of Postgres take a twentieth of a second."""
    trial.stand.network.delay = 0.05
    await trial.send(80, large=1, at_once=16)
    trial.stand.network.mend()


async def disk_full(trial: Trial) -> None:
    """Leave Postgres no room on its disk, until it gives up; then make room."""
    stand = trial.stand
    if not stand.disks:
        raise Skipped("nothing can be mounted here (that needs root, and unshare)")
    async with trial.load(40, large=20):
        with filled(stand.postgres.data.parent):
            await until_felt(trial, 8)
            await asyncio.sleep(1)
        if not stand.postgres.runs:
            await stand.postgres.died()
            await stand.postgres.start()
            trial.notes.append("Postgres had stopped, and was started again")


async def poison(trial: Trial) -> None:
    """Send a mail that Postgres cannot take among others; held it is, as nobody could read it."""
    stand = trial.stand
    await stand.postgres.execute("select 1")
    connection = await stand.postgres.connect()
    await connection.execute(_REFUSE_POISON)
    try:
        mails = stand.mails.some(40)
        mails[5:5] = [stand.mails.one(end=End.UNREADABLE) for _ in range(2)]
        # So that all who send meanwhile meet in one batch.
        stand.network.delay = 0.03
        await trial.sender.send(mails, at_once=24)
    finally:
        stand.network.mend()
        await connection.execute("alter table message drop constraint faults_poison")
        await connection.close()


async def migrated(trial: Trial) -> None:
    """Migrate to this schema, and on to a later one, while the daemon of this one serves."""
    stand = trial.stand
    connection = await stand.postgres.connect()
    head = await connection.fetchval("select version_num from alembic_version")
    try:
        async with trial.load(80, large=2, at_once=16):
            await upgrade(stand.postgres.url)
            async with connection.transaction():
                await connection.execute(_NEWER_SCHEMA)
                await connection.execute("update alembic_version set version_num = '9999'")
            await trial.send(20)
    finally:
        async with connection.transaction():
            await connection.execute(_OLDER_SCHEMA)
            await connection.execute("update alembic_version set version_num = $1", head)
        await connection.close()
    await trial.send(10)


FAULTS = [
    Fault("Postgres is restarted", restarted, felt=True),
    Fault("Postgres is out of connections", out_of_connections, short=True, felt=True),
    Fault("Postgres is read-only", read_only, short=True, felt=True),
    Fault("the network to Postgres is broken off", broken_off, short=True, felt=True),
    Fault("the network to Postgres is cut", cut, felt=True),
    Fault("answers to commits are lost", answers_to_commits_lost, short=True, felt=True),
    Fault("Postgres is slow", slow),
    Fault("the disk of Postgres is full", disk_full, short=True, felt=True),
    Fault("a poison mail among others", poison, short=True),
    Fault("migrated while the daemon serves", migrated, short=True),
]
