"""Clients that vanish, stop in the middle, trickle, or do nothing at all, and many of them."""

from __future__ import annotations

import asyncio
import resource
import time
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

from faults.daemon import FILES_VARIABLE
from faults.databases import COMMIT
from faults.mails import Mail
from faults.processes import resident_bytes
from faults.sender import Connection, Lost
from faults.stand import Fault, Skipped, Trial

IDLE = 5000
IDLE_BYTES = 64 << 10
"""The most that a connection may cost a worker that says nothing."""

LORISES = 100
PATIENCE = {"BCC_DROPBOX_COMMAND_SECONDS": "10", "BCC_DROPBOX_DATA_SECONDS": "10"}
FEW_FILES = 100


async def gone(trial: Trial) -> None:
    """Vanish while one's mail is being committed; an MTA does not know then, and comes again."""

    async def vanish(connections: Sequence[Connection], mails: Sequence[Mail]) -> None:
        for one in connections:
            one.abort()
        trial.stand.network.let_go()
        await trial.sender.again(mails)

    await _while_committing(trial, vanish)


async def half_closed(trial: Trial) -> None:
    """Say while one's mail is being committed that nothing more comes, and wait for the reply."""

    async def wait(connections: Sequence[Connection], mails: Sequence[Mail]) -> None:
        for one in connections:
            one.half_close()
        await asyncio.sleep(0.1)
        trial.stand.network.let_go()
        trial.sender.tally.mails += mails
        for mail, one in zip(mails, connections, strict=True):
            reply = await one.reply()
            trial.check(reply.code == 250, f"half-closed, and told {reply.text}")
            trial.sender.tally.acknowledged[mail.message_id] = mail
            one.abort()

    await _while_committing(trial, wait)


async def _while_committing(
    trial: Trial,
    what: Callable[[Sequence[Connection], Sequence[Mail]], Coroutine[Any, Any, None]],
) -> None:
    """Hand mails in, and do `what` when the first of them wait for the commit alone."""
    network = trial.stand.network
    mails = [trial.stand.mails.one() for _ in range(12)]
    network.hold(COMMIT)
    try:
        connections = [await Connection.open(trial.stand.daemon.port) for _ in mails]
        for mail, one in zip(mails, connections, strict=True):
            await one.hand_in(mail)
        await asyncio.wait_for(network.holds.wait(), 30)
        await what(connections, mails)
    finally:
        network.let_go()
    await trial.send(5)


async def slow_loris(trial: Trial) -> None:
    """Trickle bytes from many connections, between commands and within a mail."""
    daemon = trial.stand.daemon
    await daemon.restart(PATIENCE)
    never = trial.stand.mails.one()
    lorises = await asyncio.gather(*(Connection.open(daemon.port) for _ in range(LORISES)))
    await asyncio.gather(*(one.begin(never) for one in lorises[::2]))
    before = trial.sender.tally.retries
    ends = asyncio.gather(*map(_trickle, lorises))
    await trial.send(200, large=2)
    trial.check(trial.sender.tally.retries == before, "others had to come again")
    said = await ends
    trial.check(set(said) == {421}, f"slow ones were told {sorted(set(said))}")
    found = await trial.stand.query(
        "select count(*) from delivery where rfc_message_id = $1", never.message_id
    )
    trial.check(not found, "a mail without an end was recorded")


async def _trickle(connection: Connection, seconds: float = 60.0) -> int:
    """Send a byte now and then; return the code of what is said to that, 0 for nothing."""
    answer = asyncio.create_task(connection.reply())
    deadline = time.monotonic() + seconds
    try:
        while not answer.done() and time.monotonic() < deadline:
            await connection.send(b"X")
            await asyncio.wait({answer}, timeout=0.5)
        return answer.result().code if answer.done() else 0
    except Lost:
        return 421 if answer.done() and not answer.exception() else 0
    finally:
        answer.cancel()
        connection.abort()


async def idle(trial: Trial) -> None:
    """Hold thousands of connections open that say nothing."""
    daemon = trial.stand.daemon
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard < IDLE + 1000:
        raise Skipped(f"a process may open {hard} files here, and {IDLE + 1000} are needed")
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    before = sum(map(resident_bytes, daemon.workers))
    opened: list[Connection] = []
    try:
        for _ in range(IDLE // 100):
            opened += await asyncio.gather(*(Connection.open(daemon.port) for _ in range(100)))
        grown = sum(map(resident_bytes, daemon.workers)) - before
        await trial.send(100, large=2)
        for one in opened[::500]:
            trial.check((await one.command("NOOP")).code == 250, "an idle connection is dead")
    finally:
        for one in opened:
            one.abort()
    trial.check(grown < IDLE * IDLE_BYTES, f"{grown >> 20} MB for {len(opened)} connections")
    trial.notes.append(f"{grown / len(opened) / 1024:.0f} KB for each of {len(opened)} connections")
    trial.check(not trial.sender.tally.retries, "mail had to come again meanwhile")


async def out_of_files(trial: Trial) -> None:
    """Let the daemon open few files, and come with more connections than that."""
    daemon = trial.stand.daemon
    await daemon.restart({FILES_VARIABLE: str(FEW_FILES)})
    await trial.send(300, large=20, at_once=2 * FEW_FILES)


FAULTS = [
    Fault("clients are gone during the commit", gone, short=True, felt=True),
    Fault("clients are half-closed during the commit", half_closed, short=True),
    Fault("slow-loris senders", slow_loris),
    Fault("5,000 idle connections", idle),
    Fault("the daemon is out of open files", out_of_files, felt=True),
]
