"""Kill -9, at every point of the road and at any moment; SIGTERM."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from functools import partial

from cli.worker import DRAIN_SECONDS
from dropbox.crashpoints import Point
from faults.stand import Fault, Trial

MAILS = 8
SHORT = {
    ("worker", Point.CHUNK_WRITTEN),
    ("worker", Point.ACCEPTED),
    ("supervisor", Point.COMMITTED),
    ("postgres", Point.SETTLED),
}
VICTIMS = {
    "worker": "a worker",
    "supervisor": "the supervisor",
    "daemon": "supervisor and worker",
    "postgres": "Postgres",
}


async def at_point(trial: Trial, victim: str, point: Point) -> None:
    """Kill `victim` when a mail reaches `point`."""
    daemon = trial.stand.daemon
    daemon.arm(point, victim)
    sending = asyncio.create_task(trial.send(MAILS, large=2))
    while not (daemon.has_fired(point) or sending.done()):  # noqa: ASYNC110 - a file sets no event
        await asyncio.sleep(0.005)
    if daemon.has_fired(point):
        await recover(trial, victim)
    else:
        daemon.disarm(point)
        trial.flaws.append("no mail came to this point")
    await sending


async def recover(trial: Trial, victim: str) -> None:
    """Do what a service manager does about the dead."""
    match victim:
        case "worker":
            await trial.stand.daemon.replaced()
        case "supervisor" | "daemon":
            await trial.stand.daemon.revive()
        case "postgres":
            await trial.stand.postgres.died()
            await trial.stand.postgres.start()


async def after_a_250(trial: Trial) -> None:
    """Kill a worker as soon as a sender has read its 250, again and again."""
    for _ in range(3):
        async with trial.load(40):
            trial.stand.daemon.kill_worker()
        await trial.stand.daemon.replaced()


async def sigterm(trial: Trial) -> None:
    """Stop the daemon in order while mail pours in, and start it again."""
    daemon = trial.stand.daemon
    async with trial.load(120, large=4, at_once=16):
        began = time.monotonic()
        status = await daemon.stop()
        seconds = time.monotonic() - began
        await daemon.start()
    trial.check(status == 0, f"exit status {status}")
    trial.check(seconds < DRAIN_SECONDS, f"took {seconds:.0f} s to stop")
    trial.notes.append(f"stopped in {seconds:.1f} s")


async def all_at_once(trial: Trial) -> None:
    """Kill the daemon and Postgres in the same moment, as when the machine goes."""
    daemon, postgres = trial.stand.daemon, trial.stand.postgres
    async with trial.load(60, large=2):
        assert daemon.process  # noqa: S101 - it was started
        for pid in (daemon.process.pid, *daemon.workers):
            os.kill(pid, signal.SIGKILL)
        postgres.kill()
        await postgres.died()
        await postgres.start()
        await daemon.revive()


FAULTS = [
    Fault(
        f"kill -9 of {called} at {point}",
        partial(at_point, victim=victim, point=point),
        short=(victim, point) in SHORT,
    )
    for victim, called in VICTIMS.items()
    for point in Point
] + [
    Fault("kill -9 of a worker after a 250", after_a_250),
    Fault("kill -9 of everything at once", all_at_once),
    Fault("SIGTERM under load", sigterm, short=True),
]
