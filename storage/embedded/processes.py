"""Which Postgres processes work on a folder, judged by what they are, not by a number in a file."""

import os
import signal
from dataclasses import dataclass
from pathlib import Path

OUR_NAME = "cluster_name=bcc-dropbox"


@dataclass(frozen=True, slots=True)
class PostgresProcess:
    """A living Postgres process. `ours` and `postmaster` are told from its command line."""

    pid: int
    postmaster: bool
    ours: bool


def working_on(folder: Path) -> list[PostgresProcess]:
    """The living Postgres processes that have `folder` as working directory, and its initdb."""
    try:
        wanted = folder.stat()
    except OSError:
        return []
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            # A zombie has neither a working directory nor an executable any more.
            where = (process / "cwd").stat()
            executable = (process / "exe").readlink().name.removesuffix(" (deleted)")
            command = (process / "cmdline").read_bytes()
        except OSError:
            continue
        here = (where.st_dev, where.st_ino) == (wanted.st_dev, wanted.st_ino)
        makes_it = executable == "initdb" and os.fsencode(folder) in command.split(b"\0")
        if makes_it or (here and executable == "postgres"):
            backend = command.startswith(b"postgres: ")
            found.append(
                PostgresProcess(
                    pid=int(process.name),
                    postmaster=not backend,
                    ours=backend or OUR_NAME.encode() in command,
                )
            )
    return found


def send(process: PostgresProcess, folder: Path, number: signal.Signals) -> None:
    """Signal a process, if it still is the one that was found working on `folder`."""
    try:
        handle = os.pidfd_open(process.pid)
    except OSError:
        return
    try:
        if process in working_on(folder):
            signal.pidfd_send_signal(handle, number)
    except OSError:
        pass
    finally:
        os.close(handle)
