"""Several workers on the same ports: started, watched, replaced when they die, ended together."""

from __future__ import annotations

import ctypes
import os
import select
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from types import FrameType

import structlog

from cli import output
from cli.failures import explain

RESTART_SECONDS = 1.0
"""Between the death of a worker and its successor, so that a broken one does not spin."""

_PR_SET_PDEATHSIG = 1
_READY = b"1"

Work = Callable[[int, Callable[[], None]], None]
"""What worker `number` does until SIGTERM; it calls the second argument once it takes mail."""

log = structlog.get_logger()


def supervise(count: int, work: Work, ready: Callable[[], None]) -> int:
    """Run `count` workers until SIGTERM or SIGINT; return the exit status.

    `ready` is called once all of them take mail. A worker that dies is replaced; one that dies
    before it ever took mail ends everything. Called before any thread or event loop exists, since
    workers are forks.
    """
    return _Supervisor(count, work, ready).run()


@dataclass(slots=True)
class _Supervisor:
    count: int
    work: Work
    ready: Callable[[], None]
    workers: dict[int, int] = field(default_factory=dict)
    """Worker number by process."""
    waiting: dict[int, int] = field(default_factory=dict)
    """Process by the pipe on which it will say that it takes mail."""
    took_mail: set[int] = field(default_factory=set)
    """Workers that have taken mail at least once."""
    stopping: bool = False
    status: int = 0

    def run(self) -> int:
        for one in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGCHLD):
            signal.signal(one, self._on_signal)
        # A signal that comes between two system calls wakes the one that waits.
        wake_read, wake_write = os.pipe()
        os.set_blocking(wake_write, False)
        signal.set_wakeup_fd(wake_write, warn_on_full_buffer=False)
        for number in range(self.count):
            self._start(number)
        while self.workers:
            readable, _, _ = select.select([wake_read, *self.waiting], [], [], RESTART_SECONDS)
            if wake_read in readable:
                os.read(wake_read, 512)
            for pipe in readable:
                if pipe != wake_read:
                    self._heard(pipe)
            self._bury()
        return self.status

    def _on_signal(self, number: int, _frame: FrameType | None) -> None:
        if number == signal.SIGHUP:
            self._tell_all(signal.SIGHUP)
        elif number in {signal.SIGTERM, signal.SIGINT}:
            self.stopping = True
            self._tell_all(signal.SIGTERM)

    def _tell_all(self, number: signal.Signals) -> None:
        for process in self.workers:
            os.kill(process, number)

    def _start(self, number: int) -> None:
        read, write = os.pipe()
        parent = os.getpid()
        process = os.fork()
        if process == 0:
            os.close(read)
            os._exit(_be_worker(self.work, number, write, parent))
        os.close(write)
        self.workers[process] = number
        self.waiting[read] = process
        if self.stopping:
            os.kill(process, signal.SIGTERM)

    def _heard(self, pipe: int) -> None:
        said = os.read(pipe, 1)
        process = self.waiting.pop(pipe)
        os.close(pipe)
        if said and process in self.workers:
            known = len(self.took_mail)
            self.took_mail.add(self.workers[process])
            if known < len(self.took_mail) == self.count:
                self.ready()

    def _bury(self) -> None:
        for process, number in tuple(self.workers.items()):
            dead, status = os.waitpid(process, os.WNOHANG)
            if not dead:
                continue
            del self.workers[process]
            code = os.waitstatus_to_exitcode(status)
            if self.stopping:
                self.status = self.status or max(code, 0)
            elif number not in self.took_mail:
                self.status = max(code, 1)
                self.stopping = True
                self._tell_all(signal.SIGTERM)
            else:
                log.warning("worker_died", worker=number, status=code)
                time.sleep(RESTART_SECONDS)
                self._start(number)


def _be_worker(work: Work, number: int, pipe: int, parent: int) -> int:
    """Return the exit status of a worker; nothing of the supervisor's stack is unwound here."""
    signal.set_wakeup_fd(-1)
    for one in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGCHLD):
        signal.signal(one, signal.SIG_DFL)
    # Nobody must hold the ports when the supervisor was killed: workers drain and go with it.
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != parent:
        return 1
    try:
        work(number, lambda: _say_ready(pipe))
    except Exception as error:  # noqa: BLE001 - where a worker's errors end
        return explain(error)
    output.flush()
    return 0


def _say_ready(pipe: int) -> None:
    os.write(pipe, _READY)
    os.close(pipe)
