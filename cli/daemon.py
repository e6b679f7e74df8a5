"""The daemon of one process: sockets in front, the ledger behind, from the start to the drain."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import structlog
import uvloop

from config import ConfigError, Settings
from dropbox.intake import Intake
from dropbox.wire.listeners import Listener, bind
from dropbox.wire.server import Server
from dropbox.wire.settings import WireSettings
from storage.access import Pool, pool
from storage.database import Located, locate
from storage.embedded import EmbeddedError
from storage.ledger import Ledger
from storage.migrate import upgrade
from storage.routes import Routes

DRAIN_SECONDS = 30.0
"""Below what service managers wait for before they kill."""

WATCH_SECONDS = 1.0

log = structlog.get_logger()

Ready = Callable[[Located, Sequence[str]], Awaitable[None]]
"""Called once mail is taken, with the database and the addresses listened on."""


def serve(settings: Settings, ready: Ready | None = None, *, migrate: bool = False) -> None:
    """Take mail until SIGTERM or SIGINT, then end what is in flight and return.

    The sockets are bound before anything else, so that a port in use leaves nothing half done.
    An embedded database is made and migrated; any other has to be at this version's schema
    already, unless `migrate` is said.
    """
    listeners = [one for address in settings.smtp_listen for one in bind(str(address))]
    try:
        _make_spill_dir(settings.spill_dir)
        url = settings.database_url.get_secret_value()
        with (
            locate(
                url, settings.data_dir, postgres_bin=settings.postgres_bin, create=True
            ) as place,
            asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner,
        ):
            if migrate or place.server:
                runner.run(upgrade(place.url))
            runner.run(_serve(settings, place, listeners, ready))
    finally:
        for listener in listeners:
            listener.socket.close()


async def _serve(
    settings: Settings, place: Located, listeners: Sequence[Listener], ready: Ready | None
) -> None:
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    async with pool(place.url) as opened, _watched(place):
        server = _server(settings, opened)
        await server.start(listeners)
        log.info("serving", smtp=server.addresses)
        if ready:
            await ready(place, server.addresses)
        await stopping.wait()
        log.info("draining", connections=server.open_connections)
        clean = await server.drain(DRAIN_SECONDS)
        log.info("stopped", clean=clean)


def _server(settings: Settings, opened: Pool) -> Server:
    ledger = Ledger(opened, settings.mail_domain)
    return Server(
        WireSettings(
            hostname=settings.mail_domain,
            spill_dir=settings.spill_dir,
            max_message_bytes=settings.max_message_bytes,
            memory_budget_bytes=settings.memory_budget_bytes,
            bare_newline=settings.bare_newline,
            trusted_networks=settings.trusted_networks,
            max_connections=settings.max_connections,
            max_connections_per_peer=settings.max_connections_per_peer,
        ),
        Routes(opened, settings.mail_domain),
        Intake(ledger.record).accept,
    )


@asynccontextmanager
async def _watched(place: Located) -> AsyncIterator[None]:
    """Start the embedded server again whenever it was killed; senders get 451 meanwhile."""
    watching = asyncio.create_task(_watch(place))
    try:
        yield
    finally:
        watching.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await watching


async def _watch(place: Located) -> None:
    while place.server is not None:
        await asyncio.sleep(WATCH_SECONDS)
        try:
            await asyncio.to_thread(place.server.ensure_running)
        except EmbeddedError as error:
            log.warning("database_down", error=str(error))


def _make_spill_dir(folder: Path) -> None:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(
            f"the spill folder {folder} cannot be made: {error.strerror}; "
            "mend: set BCC_DROPBOX_SPILL_DIR or BCC_DROPBOX_DATA_DIR"
        ) from error
