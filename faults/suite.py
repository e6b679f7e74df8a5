"""All faults, one after the other, and what came of each."""

from __future__ import annotations

import asyncio
import time
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from dropbox.crashpoints import Point
from faults import clients, databases, kills, surroundings
from faults.audit import Audit
from faults.sender import Sender, Tally
from faults.stand import Fault, Skipped, Stand, Trial, standing

FAULTS: tuple[Fault, ...] = (
    *kills.FAULTS,
    *databases.FAULTS,
    *clients.FAULTS,
    *surroundings.FAULTS,
)
FAULT_SECONDS = 240.0


@dataclass(slots=True)
class Row:
    """What came of one fault."""

    name: str
    tally: Tally = field(default_factory=Tally)
    audit: Audit = field(default_factory=Audit)
    flaws: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    skipped: str = ""
    seconds: float = 0.0


@dataclass(slots=True)
class Outcome:
    """What came of all."""

    rows: list[Row] = field(default_factory=list)
    missed: list[str] = field(default_factory=list)
    """Points of the road that no mail was seen at."""

    @property
    def holds(self) -> bool:
        return not self.missed and not any(row.flaws for row in self.rows)


async def run(
    faults: Sequence[Fault],
    folder: Path,
    *,
    disks: bool,
    impatient: bool,
    tell: Callable[[Row], None],
) -> Outcome:
    """Run these faults on one installation below `folder`; `tell` is called after each."""
    outcome = Outcome()
    async with standing(folder, disks=disks, impatient=impatient) as stand:
        for fault in faults:
            outcome.rows.append(await _try(fault, stand))
            tell(outcome.rows[-1])
            await stand.settle()
        outcome.missed = sorted(set(Point) - stand.daemon.reached)
    return outcome


async def _try(fault: Fault, stand: Stand) -> Row:
    trial = Trial(stand, Sender(stand.daemon.port))
    row = Row(fault.name, trial.sender.tally, flaws=trial.flaws, notes=trial.notes)
    began = time.monotonic()
    try:
        async with asyncio.timeout(FAULT_SECONDS):
            await fault.run(trial)
            row.audit = await trial.judge()
            trial.check(not fault.felt or row.tally.retries > 0, "nothing had to be sent again")
            row.flaws = [*trial.flaws, *row.audit.flaws]
    except Skipped as why:
        row.skipped = str(why)
    except Exception as error:  # noqa: BLE001 - the others are to run all the same
        traceback.print_exc()
        row.flaws = [*trial.flaws, f"{type(error).__name__}: {error}"]
    row.seconds = time.monotonic() - began
    return row
