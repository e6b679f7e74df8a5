"""Processes that do not outlive the suite, however it ends."""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
END_SECONDS = 60.0
USUAL_FILES = 1024

_LIBC = ctypes.CDLL(None)
_PR_SET_PDEATHSIG = 1


def start(
    words: Sequence[str | Path],
    log: Path,
    *,
    environment: Mapping[str, str] | None = None,
    when_we_die: signal.Signals = signal.SIGTERM,
    files: int = 0,
) -> subprocess.Popen[bytes]:
    """Start a command; what it says is added to `log`. From the main thread alone.

    It may open `files` at once, and if that is 0, as many as a login shell may.
    """
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    limit = (files, files) if files else (min(USUAL_FILES, hard), hard)

    def before_exec() -> None:
        _LIBC.prctl(_PR_SET_PDEATHSIG, when_we_die)
        resource.setrlimit(resource.RLIMIT_NOFILE, limit)

    with log.open("ab") as output:
        return subprocess.Popen(
            words,
            env=environment,
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
            preexec_fn=before_exec,  # noqa: PLW1509 - the main thread, which outlives it
        )


def end(process: subprocess.Popen[bytes], number: signal.Signals = signal.SIGTERM) -> int:
    """Tell a process to end and wait for it; return its exit status. Kills what does not hear."""
    if process.poll() is None:
        process.send_signal(number)
        try:
            process.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
    return process.wait()


def children(pid: int) -> list[int]:
    """Return the child processes of a process that lives."""
    try:
        return list(map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split()))
    except OSError:
        return []


def resident_bytes(pid: int) -> int:
    """Return how much memory a process has now."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")
