"""Several workers on the same ports: started, watched, replaced when they die, ended together."""

from __future__ import annotations

import contextlib
import ctypes
import io
import os
import select
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import structlog

from cli import output
from cli.failures import explain

RESTART_SECONDS = 1.0
"""Between the death of a worker and its successor, so that a broken one does not spin."""

_PR_SET_PDEATHSIG = 1
_SIGNALS = frozenset({signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGCHLD})
_READY = b"\0"

Work = Callable[[int, Callable[[], None]], None]
"""What worker `number` does until SIGTERM; it calls the second argument once it takes mail."""

log = structlog.get_logger()


def supervise(
    count: int,
    work: Work,
    ready: Callable[[], None],
    ending: Callable[[], None],
    lost: Callable[[int], None] = lambda _: None,
) -> int:
    """Run `count` workers until SIGTERM or SIGINT; return the exit status.

    `ready` is called once all of them take mail, `ending` when they are told to stop. A worker
    that dies is replaced, and `lost` told its number before that; one that dies before it ever
    took mail ends everything, with one line that says why. Called before any thread or event loop
    exists, since workers are forks.
    """
    return _Supervisor(count, work, ready, ending, lost).run()


@dataclass(slots=True)
class _Worker:
    number: int
    pipe: int
    """On which it says that it takes mail, and in one line what ended it."""
    said: bytes = b""


@dataclass(slots=True)
class _Supervisor:
    count: int
    work: Work
    ready: Callable[[], None]
    ending: Callable[[], None]
    lost: Callable[[int], None]
    workers: dict[int, _Worker] = field(default_factory=dict)
    """By process."""
    due: dict[int, float] = field(default_factory=dict)
    """When to replace the dead ones, by number."""
    took_mail: set[int] = field(default_factory=set)
    """Workers that have taken mail at least once."""
    stopping: bool = False
    status: int = 0

    def run(self) -> int:
        # Python writes the number of each signal into the pipe: what wakes the loop also tells it,
        # and no handler of ours is interrupted by itself, however many signals come.
        wake_read, wake_write = os.pipe()
        os.set_blocking(wake_write, False)
        signal.set_wakeup_fd(wake_write, warn_on_full_buffer=False)
        for one in _SIGNALS:
            signal.signal(one, _leave_it_to_the_loop)
        for number in range(self.count):
            self._start(number)
        while self.workers or (self.due and not self.stopping):
            pipes = {worker.pipe: worker for worker in self.workers.values()}
            readable, _, _ = select.select([wake_read, *pipes], [], [], self._until_due())
            if wake_read in readable:
                self._obey(os.read(wake_read, 512))
            for pipe in readable:
                if pipe in pipes:
                    self._listen(pipes[pipe])
            self._bury()
            self._replace()
        return self.status

    def _until_due(self) -> float | None:
        if not self.due or self.stopping:
            return None
        return max(0.0, min(self.due.values()) - time.monotonic())

    def _obey(self, signals: bytes) -> None:
        if signal.SIGHUP in signals:
            self._tell_all(signal.SIGHUP)
        if (signal.SIGTERM in signals or signal.SIGINT in signals) and not self.stopping:
            self._stop()

    def _stop(self) -> None:
        self.stopping = True
        self.ending()
        self._tell_all(signal.SIGTERM)

    def _tell_all(self, number: signal.Signals) -> None:
        for process in self.workers:
            os.kill(process, number)

    def _start(self, number: int) -> None:
        read, write = os.pipe()
        os.set_blocking(read, False)
        parent = os.getpid()
        # Until the worker has handlers of its own: ours would swallow the SIGTERM meant for it, and
        # write it into the pipe that we share.
        signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
        process = os.fork()
        if process == 0:
            status = 1
            try:
                status = _be_worker(self.work, number, write, parent)
            finally:
                # Whatever it was: nothing of the supervisor's stack is unwound in a worker.
                os._exit(status)
        self.workers[process] = _Worker(number, read)
        os.close(write)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS)

    def _listen(self, worker: _Worker) -> None:
        with contextlib.suppress(BlockingIOError):
            while piece := os.read(worker.pipe, select.PIPE_BUF):
                worker.said += piece
        if _READY not in worker.said:
            return
        worker.said = worker.said.replace(_READY, b"")
        known = len(self.took_mail)
        self.took_mail.add(worker.number)
        if known < len(self.took_mail) == self.count:
            self.ready()

    def _bury(self) -> None:
        for process, worker in tuple(self.workers.items()):
            dead, status = os.waitpid(process, os.WNOHANG)
            if not dead:
                continue
            del self.workers[process]
            # It may have taken mail, or said why it ends, a moment ago.
            self._listen(worker)
            os.close(worker.pipe)
            self._lost(worker, os.waitstatus_to_exitcode(status))

    def _lost(self, worker: _Worker, code: int) -> None:
        said = worker.said.decode("utf-8", "replace").strip()
        if self.stopping:
            if code > 0 and not self.status:
                self.status = code
                log.error("worker_died", worker=worker.number, status=code, said=said)
        elif worker.number in self.took_mail:
            log.warning("worker_died", worker=worker.number, status=code, said=said)
            self.lost(worker.number)
            self.due[worker.number] = time.monotonic() + RESTART_SECONDS
        else:
            self.status = max(code, 1)
            # The others have the same to say, and need not.
            output.fail(said or f"worker {worker.number} died at its start ({code})", self.status)
            self._stop()

    def _replace(self) -> None:
        now = time.monotonic()
        for number in [number for number, at in self.due.items() if at <= now]:
            del self.due[number]
            if not self.stopping:
                self._start(number)


def _leave_it_to_the_loop(*_: object) -> None:
    """Handle a signal: without a handler there would be no number in the pipe."""


def _be_worker(work: Work, number: int, pipe: int, parent: int) -> int:
    """Do the work of a worker; return its exit status."""
    signal.set_wakeup_fd(-1)
    for one in _SIGNALS:
        signal.signal(one, signal.SIG_DFL)
    # No reason to die: it reads the certificate anew once it has a better handler.
    signal.signal(signal.SIGHUP, lambda *_: None)
    _die_with_parent()
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS)
    if os.getppid() != parent:
        return 1
    try:
        work(number, lambda: _say(pipe, _READY))
        output.flush()
    except Exception as error:  # noqa: BLE001 - where a worker's errors end
        with contextlib.redirect_stderr(io.StringIO()) as line:
            status = explain(error)
        _say(pipe, line.getvalue().encode("utf-8", "replace")[: select.PIPE_BUF])
        return status
    return 0


def _die_with_parent() -> None:
    """Have the kernel end this process, where it can, when the supervisor is killed.

    Nobody must hold the ports then: workers drain and go.
    """
    prctl = getattr(ctypes.CDLL(None, use_errno=True), "prctl", None)
    if prctl is not None:
        prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def _say(pipe: int, words: bytes) -> None:
    # A supervisor that is gone hears nothing; we are about to go too.
    with contextlib.suppress(OSError):
        os.write(pipe, words)
