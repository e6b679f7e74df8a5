"""One daemon process: sockets in front, the ledger behind, from the start to the drain."""

from __future__ import annotations

import asyncio
import gc
import signal
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from functools import partial
from socket import socket
from typing import Any, Self
from uuid import UUID

import structlog

from cli.ledger import ledger_of, routes_of
from cli.trust import judging
from config import Settings
from dropbox.intake import Intake
from dropbox.mail import latin_names
from dropbox.metrics import Board, Metrics, State
from dropbox.trust import dmarc
from dropbox.trust.judge import Judge
from dropbox.wire.limits import Tally
from dropbox.wire.listeners import Listener
from dropbox.wire.server import Server
from dropbox.wire.settings import WireSettings
from dropbox.wire.tls import Certificate, CertificateError
from storage import probe
from storage.access import Pool, pool
from storage.database import Located
from storage.embedded import EmbeddedError
from storage.expiry import expire
from storage.ledger import DOWN, Ledger
from storage.patience import Patience
from storage.rates import RatedRoutes
from storage.waiting import Catchup, file_waiting, wanted

DRAIN_SECONDS = 30.0
"""Below what service managers wait for before they kill."""

WATCH_SECONDS = 1.0
TIDY_SECONDS = 3600.0
STOP_SECONDS = 0.1
BRIEF_SECONDS = 2.0

log = structlog.get_logger()

Ready = Callable[[Sequence[str]], Awaitable[None]]
"""Called once mail is taken, with the addresses listened on."""


@dataclass(frozen=True, slots=True)
class Worker:
    """What one process of the daemon is given to work with."""

    settings: Settings
    place: Located
    listeners: Sequence[Listener]
    certificate: Certificate | None
    number: int = 0
    tally: Tally | None = None
    board: Board = field(default_factory=Board)
    admin: Sequence[socket] = ()
    """Where to say how the daemon is; all workers answer at the same sockets."""

    async def run(self, ready: Ready, ending: Callable[[], None]) -> None:
        """Take mail until SIGTERM or SIGINT, then end what is in flight.

        `ready` is called once mail is taken, `ending` when no more of it is.
        """
        stopping, serving = asyncio.Event(), asyncio.Event()
        loop, this = asyncio.get_running_loop(), asyncio.current_task()

        def stop() -> None:
            if not stopping.is_set() and not serving.is_set() and this:
                this.cancel()
            stopping.set()

        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stop)
        loop.add_signal_handler(signal.SIGHUP, self._reload)
        try:
            await self._run(ready, ending, stopping, serving)
        except asyncio.CancelledError:
            if not stopping.is_set():
                raise
        # There is nothing left to stop, and soon no handler.
        no_more_signals()

    async def _run(
        self,
        ready: Ready,
        ending: Callable[[], None],
        stopping: asyncio.Event,
        serving: asyncio.Event,
    ) -> None:
        metrics = Metrics(self.board, self.number)
        async with AsyncExitStack() as stack:
            ask = await self._answer(stack)
            opened = await stack.enter_async_context(pool(self.place.url))
            ask(opened)
            judge = await stack.enter_async_context(judging(self.settings, metrics))
            upkeep = await stack.enter_async_context(_Upkeep())
            ledger = self._ledger(opened, upkeep, metrics)
            server = self._server(opened, ledger, judge, metrics)
            upkeep.start(self._watch())
            if self.number == 0:
                upkeep.start(self._tidy(opened, ledger))
            # Read anew: it may have changed since the supervisor, whose fork this is, has read it.
            self._reload(quietly=True)
            latin_names.prepare()
            dmarc.prepare()
            serving.set()
            await server.start(self.listeners)
            metrics.become(State.READY)
            _settle_down()
            log.info("serving", addresses=server.addresses, worker=self.number)
            await ready(server.addresses)
            await stopping.wait()
            metrics.become(State.DRAINING)
            ending()
            log.info("draining", connections=server.open_connections, worker=self.number)
            clean = await server.drain(DRAIN_SECONDS)
            if not clean:
                # Nor is a database waited for that does not answer.
                opened.terminate()
            log.info("stopped", clean=clean, worker=self.number)

    async def _answer(self, stack: AsyncExitStack) -> Callable[[Pool], None]:
        """Answer who asks how the daemon is; what is returned says by which pool to find out."""
        if not self.admin:
            return lambda _: None
        from cli.admin import Admin, Pulse

        pulse = Pulse(partial(probe.answers, self.place.url))

        def ask(opened: Pool) -> None:
            pulse.ask = partial(probe.answers, self.place.url, opened)

        await stack.enter_async_context(Admin(self.board, pulse, self.admin))
        return ask

    def _ledger(self, opened: Pool, upkeep: _Upkeep, metrics: Metrics) -> Ledger:
        def gained(addresses: set[tuple[UUID, str]]) -> None:
            catchup.gained(addresses)

        ledger = ledger_of(opened, self.settings, gained, metrics)
        catchup = Catchup(opened, ledger, upkeep.start_brief)
        return ledger

    def _server(self, opened: Pool, ledger: Ledger, judge: Judge, metrics: Metrics) -> Server:
        routes = routes_of(opened, self.settings)
        return Server(
            wire_settings(self.settings),
            RatedRoutes(routes, opened, self.settings.rate_per_address),
            Intake(ledger.record, judge, Patience(opened), metrics).accept,
            self.certificate,
            self.tally,
            self.number,
            metrics,
        )

    def _reload(self, *, quietly: bool = False) -> None:
        if self.certificate is None:
            return
        try:
            self.certificate.reload()
        except CertificateError as error:
            log.warning("certificate_not_reloaded", error=str(error))
        else:
            if not quietly:
                log.info("certificate_reloaded", worker=self.number)

    async def _watch(self) -> None:
        """Start the embedded server again whenever it was killed; senders get 451 meanwhile."""
        while self.place.server is not None:
            await asyncio.sleep(WATCH_SECONDS)
            try:
                await asyncio.to_thread(self.place.server.ensure_running)
            except EmbeddedError as error:
                log.warning("database_down", error=str(error))

    async def _tidy(self, opened: Pool, ledger: Ledger) -> None:
        """Let old mail go, and file what waited while no daemon was there to notice."""
        while True:
            try:
                if count := await expire(opened, self.settings.held_days):
                    log.info("mail_expired", mails=count)
                await file_waiting(opened, ledger, await wanted(opened))
            except DOWN as error:
                log.warning("database_down", error=type(error).__name__)
            except Exception:
                log.exception("tidying_failed")
            await asyncio.sleep(TIDY_SECONDS)


def _settle_down() -> None:
    """What is loaded by now stays: the collector need not look through it after every few mails."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 50, 100)


def no_more_signals() -> None:
    """Let signals wait for ever: whoever is told a second time to stop is not cut short by it."""
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGINT, signal.SIGHUP})


def wire_settings(settings: Settings) -> WireSettings:
    """Return what one worker's wire is told; of the daemon's memory it gets its part."""
    return WireSettings(
        hostname=settings.mail_domain,
        spill_dir=settings.spill_dir,
        max_message_bytes=settings.max_message_bytes,
        memory_budget_bytes=-(-settings.memory_budget_bytes // settings.workers),
        bare_newline=settings.bare_newline,
        trusted_networks=settings.trusted_networks,
        max_connections=settings.max_connections,
        max_connections_per_peer=settings.max_connections_per_peer,
        require_tls=settings.require_tls,
        max_recipients=settings.max_recipients,
        max_misses=settings.max_unknown_recipients,
        max_errors=settings.max_errors,
        max_idle_commands=settings.max_idle_commands,
        command_timeout=settings.command_seconds,
        data_timeout=settings.data_seconds,
        mail_timeout=settings.mail_seconds,
        session_timeout=settings.session_seconds,
    )


class _Upkeep:
    """Work beside the mail: none of it outlives the worker, none of it ends the worker."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()
        self._brief: set[asyncio.Task[None]] = set()

    def start(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(self._guarded(work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def start_brief(self, work: Coroutine[Any, Any, None]) -> None:
        """Start work that has an end, which is waited for a moment when the worker ends."""
        task = self.start(work)
        self._brief.add(task)
        task.add_done_callback(self._brief.discard)

    async def _guarded(self, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except DOWN as error:
            log.warning("upkeep_put_off", error=type(error).__name__)
        except Exception:
            log.exception("upkeep_failed")

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._brief:
            # Cut off in its commit it would leave no harm, and an alarming line in the log.
            await asyncio.wait(self._brief, timeout=BRIEF_SECONDS)
        # Told once is not enough: the rollback on a connection that is gone fails, and that error
        # takes the place of the cancellation.
        while tasks := tuple(self._tasks):
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks, timeout=STOP_SECONDS)
