"""The machine: its disks and its clock."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from pathlib import Path

from faults.databases import until_felt
from faults.mails import LARGE_BYTES
from faults.stand import Fault, Skipped, Trial, filled

DAY = 86_400
LIBRARIES = ("lib/*/faketime/libfaketime.so.1", "lib*/faketime/libfaketime.so.1")


async def spill_full(trial: Trial) -> None:
    """Leave no room where large mail waits: it is put off, and small mail is taken."""
    stand = trial.stand
    if not stand.disks:
        raise Skipped("nothing can be mounted here (that needs root, and unshare)")
    with filled(stand.daemon.spill):
        large = [stand.mails.one(size=LARGE_BYTES) for _ in range(4)]
        sending = asyncio.create_task(trial.sender.send(large))
        await until_felt(trial, 4)
        before = set(trial.sender.tally.acknowledged)
        await trial.send(20)
        taken = set(trial.sender.tally.acknowledged) - before
        trial.check(len(taken) == 20, f"of 20 small mails {len(taken)} were taken")
    await sending


async def clock(trial: Trial) -> None:
    """Set the clock of the daemon forward and back by a day while mail comes."""
    library = _find(LIBRARIES)
    if library is None:
        raise Skipped("libfaketime is not installed (Debian: faketime)")
    daemon = trial.stand.daemon
    time = daemon.log.parent / "time"
    time.write_text("+0")
    await daemon.restart(
        {
            "LD_PRELOAD": str(library),
            "FAKETIME_TIMESTAMP_FILE": str(time),
            "FAKETIME_NO_CACHE": "1",
            # Whoever sets a clock does not set this one.
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "DONT_FAKE_MONOTONIC": "1",
        }
    )
    for offset in (DAY, -DAY, 0):
        async with trial.load(40, large=1):
            time.write_text(f"{offset:+d}")
    ids = [mail.message_id for mail in trial.sender.tally.mails]
    apart = await trial.stand.query(
        "select extract(epoch from max(received_at) - min(received_at))::int from delivery"
        " where rfc_message_id = any($1)",
        ids,
    )
    trial.check(apart > DAY, f"the clock did not jump: {apart} s between the mails")


def _find(patterns: Iterable[str]) -> Path | None:
    found = (path for pattern in patterns for path in Path("/usr").glob(pattern))
    return next(found, None)


FAULTS = [
    Fault("the disk of large mail is full", spill_full, short=True, felt=True),
    Fault("the clock jumps", clock),
]
