"""Processes: starting and surely ending them, and what they and their children cost."""

from __future__ import annotations

import os
import resource
import socket
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO

ROOT = Path(__file__).resolve().parents[1]

_TICKS = os.sysconf("SC_CLK_TCK")
_END_SECONDS = 30.0


class Died(Exception):
    """A process ended that should not have; the text says which, and its last words."""


@contextmanager
def running(
    words: Sequence[str],
    log: Path,
    *,
    environment: dict[str, str] | None = None,
    cwd: Path | None = None,
    program: str = sys.executable,
) -> Iterator[subprocess.Popen[str]]:
    """Run `python WORDS` in a session of its own; SIGTERM at the end, SIGKILL if that is not heard.

    Its standard error goes to `log`. Its imports are those of this checkout.
    """
    with log.open("a") as errors:
        process = subprocess.Popen(
            [program, *words],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            env={**(environment or os.environ), "PYTHONPATH": str(ROOT)},
            cwd=cwd or ROOT,
            start_new_session=True,
        )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(_END_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                pipe.close()


def read_line(process: subprocess.Popen[str], log: Path) -> str:
    """Return the next line that a process prints. Raises Died."""
    line = _pipe(process.stdout).readline()
    if not line:
        raise Died(last_words(process, log))
    return line


def write_line(process: subprocess.Popen[str], line: str = "") -> None:
    """Send a line to a process's standard input."""
    pipe = _pipe(process.stdin)
    pipe.write(line + "\n")
    pipe.flush()


def last_words(process: subprocess.Popen[str], log: Path) -> str:
    """Return which process it was, and the last lines it left on standard error."""
    said = "\n  ".join(log.read_text(errors="replace").splitlines()[-15:])
    return f"{' '.join(map(str, process.args))} ended:\n  {said}"  # type: ignore[arg-type, unused-ignore]


def raise_descriptors() -> None:
    """Let this process, and those it starts, have as many open files as the system allows."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def free_port() -> int:
    """Return a port of the loopback interface that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def await_greeting(process: subprocess.Popen[str], port: int, log: Path, seconds: float) -> None:
    """Return once somebody says 220 at `port`. Raises Died."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with socket.create_connection(("127.0.0.1", port), 1) as probe:
                if probe.recv(4) == b"220 ":
                    return
        except OSError:
            time.sleep(0.05)
    raise Died(last_words(process, log))


def cpu_seconds(roots: Iterable[int]) -> float:
    """CPU time that these processes and all below them have used, those that ended included."""
    return sum(_own_seconds(pid) + _ended_seconds(pid) for pid in _trees(roots))


def peak_bytes(roots: Iterable[int]) -> int:
    """Sum of the largest resident sizes of these processes and all below them (VmHWM).

    An upper bound: they need not have been largest at the same time, and share pages.
    """
    return sum(_status_bytes(pid, "VmHWM") for pid in _trees(roots))


def resident_bytes(roots: Iterable[int]) -> int:
    """Sum of the resident sizes of these processes and all below them, as they are now."""
    return sum(_status_bytes(pid, "VmRSS") for pid in _trees(roots))


def _pipe(pipe: IO[str] | None) -> IO[str]:
    if pipe is None:
        raise TypeError("not opened as a pipe")
    return pipe


def _trees(roots: Iterable[int]) -> list[int]:
    children: dict[int, list[int]] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        if fields := _stat(int(folder.name)):
            children.setdefault(int(fields[1]), []).append(int(folder.name))
    found = list(roots)
    for pid in found:
        found.extend(children.get(pid, ()))
    return found


def _stat(pid: int) -> list[str]:
    """The fields of /proc/PID/stat behind the name, `state` first; none when it has ended."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []


def _own_seconds(pid: int) -> float:
    """Fine for threads that live; those that ended are in the coarse count alone."""
    fields = _stat(pid)
    if not fields:
        return 0.0
    coarse = (int(fields[11]) + int(fields[12])) / _TICKS
    fine = 0
    for thread in Path(f"/proc/{pid}/task").glob("*/schedstat"):
        try:
            fine += int(thread.read_text().split()[0])
        except OSError:
            continue
    return max(coarse, fine / 1e9)


def _ended_seconds(pid: int) -> float:
    fields = _stat(pid)
    return (int(fields[13]) + int(fields[14])) / _TICKS if fields else 0.0


def _status_bytes(pid: int, name: str) -> int:
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) << 10 for line in lines if line.startswith(name)), 0)
