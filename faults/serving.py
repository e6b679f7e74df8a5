"""The daemon with somebody who listens where its mail is: `python -m faults.serving serve`.

It is the product's own command in every other respect. A file `armed/POINT` that holds the name of
a victim is the order to kill that one, once, when a mail gets there.
"""

from __future__ import annotations

import os
import signal
from pathlib import Path

import cli.__main__ as entry
from dropbox import crashpoints
from faults.postgres import kill
from storage import database

FOLDER_VARIABLE = "FAULTS_FOLDER"
POSTGRES_VARIABLE = "FAULTS_POSTGRES"
IMPATIENT_VARIABLE = "FAULTS_IMPATIENT"

VICTIMS = ("worker", "supervisor", "daemon", "postgres")


class Listener:
    """Notes which points were reached, and kills where that was ordered."""

    def __init__(self, folder: Path, postgres: Path) -> None:
        self._reached, self._armed, self._fired = (
            folder / name for name in ("reached", "armed", "fired")
        )
        self._postgres = postgres
        self._known: set[str] = set()

    def __call__(self, point: crashpoints.Point) -> None:
        if point not in self._known:
            self._known.add(point)
            # A folder: of these one more can be made when no more files can be opened.
            (self._reached / point).mkdir(exist_ok=True)
        fired = self._fired / point
        try:
            # Of several workers one alone gets the order.
            (self._armed / point).rename(fired)
        except FileNotFoundError:
            return
        self._kill(fired.read_text())

    def _kill(self, victim: str) -> None:
        match victim:
            case "worker":
                os.kill(os.getpid(), signal.SIGKILL)
            case "supervisor":
                os.kill(os.getppid(), signal.SIGKILL)
            case "daemon":
                os.kill(os.getppid(), signal.SIGKILL)
                os.kill(os.getpid(), signal.SIGKILL)
            case "postgres":
                kill(self._postgres)
            case _:
                raise ValueError(victim)


def main() -> None:
    """Run the daemon."""
    folder, postgres = (os.environ.pop(name) for name in (FOLDER_VARIABLE, POSTGRES_VARIABLE))
    crashpoints.listener = Listener(Path(folder), Path(postgres))
    if os.environ.pop(IMPATIENT_VARIABLE, ""):
        # As long as it takes on a busy machine, and no longer.
        database.CONNECT_SECONDS = 2.0
        database.STATEMENT_SECONDS = 2.0
        database.SILENCE_SECONDS = 3.0
    entry.main()


if __name__ == "__main__":
    main()
