"""The daemon, from its settings to its workers."""

from __future__ import annotations

import asyncio
import importlib
import resource
import signal
import socket
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import structlog
import uvloop

from cli import notify
from cli.supervisor import supervise
from cli.worker import Worker, no_more_signals
from config import ConfigError, Settings
from config.values import Endpoint
from dropbox.metrics import Board, Metrics
from dropbox.wire.context import Kind
from dropbox.wire.limits import Tally
from dropbox.wire.listeners import Listener, SocketAccess, bind
from dropbox.wire.tls import Certificate
from storage.database import Located, locate
from storage.migrate import upgrade

FILES_A_CONNECTION = 2
"""The connection, and the file in which a large mail waits."""
FILES_BESIDES = 1024

log = structlog.get_logger()

Ready = Callable[[Located, Sequence[str]], Awaitable[None]]
"""Called once mail is taken, with the database and the addresses listened on."""


def serve(settings: Settings, ready: Ready | None = None, *, migrate: bool = False) -> int:
    """Take mail until SIGTERM or SIGINT, then end what is in flight; return the exit status.

    The sockets are bound before anything else, so that a port in use leaves nothing half done.
    An embedded database is made and migrated; any other has to be at this version's schema
    already, unless `migrate` is said.
    """
    # Until there are better handlers: an end as with Ctrl-C, which leaves nothing behind.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    signal.signal(signal.SIGHUP, lambda *_: None)
    try:
        status = _serve(settings, ready, migrate=migrate)
    except KeyboardInterrupt:
        status = 0
    no_more_signals()
    return status


def _serve(settings: Settings, ready: Ready | None, *, migrate: bool) -> int:
    _check_proxy(settings)
    certificate = _certificate(settings)
    _allow_files(settings.max_connections)
    with _bound(settings) as listeners, _admin(settings.admin_listen) as admin:
        _make_spill_dir(settings.spill_dir)
        with _located(settings) as place:
            if migrate or place.server:
                asyncio.run(upgrade(place.url))
            if settings.workers == 1:
                worker = Worker(settings, place, listeners, certificate, admin=admin)
                _work(worker, ready, notify.ready, notify.stopping)
                return 0
            return _share(settings, listeners, admin, certificate, ready)


def _work(
    worker: Worker,
    ready: Ready | None,
    serving: Callable[[], None],
    ending: Callable[[], None],
) -> None:
    async def announce(addresses: Sequence[str]) -> None:
        serving()
        if ready:
            await ready(worker.place, addresses)

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(worker.run(announce, ending))


def _located(settings: Settings) -> AbstractContextManager[Located]:
    url = settings.database_url.get_secret_value()
    return locate(url, settings.data_dir, postgres_bin=settings.postgres_bin, create=True)


def _share(
    settings: Settings,
    listeners: Sequence[Listener],
    admin: Sequence[socket.socket],
    certificate: Certificate | None,
    ready: Ready | None,
) -> int:
    """Let several workers share the ports; each binds them anew, so that the kernel divides."""
    reserved = _shareable(listeners)
    to_announce = ready
    tally, board = Tally(settings.workers), Board(settings.workers)
    supervisor = Metrics(board, board.workers)

    def work(number: int, serving: Callable[[], None]) -> None:
        own = _shareable(reserved)
        # A fork does not hold on to the embedded server: each worker attaches by itself.
        with _located(settings) as place:
            worker = Worker(settings, place, own, certificate, number, tally, board, admin)
            _work(worker, to_announce if number == 0 else None, serving, lambda: None)

    def all_serving() -> None:
        nonlocal to_announce
        to_announce = None  # whoever replaces a worker has no news
        notify.ready()

    def lost(number: int) -> None:
        board.forget(number)
        supervisor.restarts.add()

    try:
        return supervise(settings.workers, work, all_serving, notify.stopping, lost)
    finally:
        for listener in reserved:
            if listener.socket.family != socket.AF_UNIX:
                listener.socket.close()


def _shareable(listeners: Sequence[Listener]) -> list[Listener]:
    """Bind the same TCP addresses with SO_REUSEPORT; a unix socket is shared as it is.

    What is bound and not listened on keeps the ports ours while workers come and go. In a worker
    the close gives back only its own copy.
    """
    shared: list[Listener] = []
    for one in listeners:
        if one.socket.family == socket.AF_UNIX:
            shared.append(one)
        else:
            address = one.address
            one.socket.close()
            shared += bind(address, one.kind, reuse_port=True)
    return shared


@contextmanager
def _bound(settings: Settings) -> Iterator[list[Listener]]:
    wanted = (
        (settings.smtp_listen, Kind.SMTP),
        (settings.smtps_listen, Kind.SMTPS),
        (settings.lmtp_listen, Kind.LMTP),
        (settings.proxy_listen, Kind.PROXY),
    )
    access = SocketAccess(settings.lmtp_socket_mode, settings.lmtp_socket_group)
    listeners: list[Listener] = []
    paths: list[Path] = []
    try:
        for endpoints, kind in wanted:
            for endpoint in endpoints:
                bound = bind(str(endpoint), kind, access=access)
                listeners += bound
                # Now: the loop that listens at a socket closes it, and then it has no name.
                paths += [
                    Path(one.socket.getsockname())
                    for one in bound
                    if one.socket.family == socket.AF_UNIX
                ]
        yield listeners
    finally:
        for path in paths:
            path.unlink(missing_ok=True)
        for listener in listeners:
            listener.socket.close()


@contextmanager
def _admin(endpoints: Sequence[Endpoint]) -> Iterator[list[socket.socket]]:
    """Bind where to say how the daemon is; workers share these sockets as they are."""
    bound: list[Listener] = []
    try:
        for endpoint in endpoints:
            bound += bind(str(endpoint))
        if bound:
            # Now, and not in each worker.
            importlib.import_module("cli.admin")
            log.info("admin_listening", addresses=[one.address for one in bound])
        yield [one.socket for one in bound]
    finally:
        for one in bound:
            one.socket.close()


def _allow_files(connections: int) -> None:
    """Let each process open as many files as its connections may need, where that is allowed.

    What a login shell or a container gives (1,024) is less than the connections that are taken by
    default; any beyond it would be closed without a word.
    """
    wanted = FILES_A_CONNECTION * connections + FILES_BESIDES
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < wanted:
        log.warning("few_open_files", allowed=hard, wanted=wanted)
        wanted = hard
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def _check_proxy(settings: Settings) -> None:
    if settings.proxy_listen and not settings.trusted_networks:
        raise ConfigError(
            "BCC_DROPBOX_PROXY_LISTEN takes connections from trusted networks only, and there are "
            "none; mend: set BCC_DROPBOX_TRUSTED_NETWORKS to the balancer's address"
        )


def _certificate(settings: Settings) -> Certificate | None:
    """Read the certificate; raises ConfigError or CertificateError."""
    if settings.tls_cert is None and settings.tls_key is None:
        if settings.smtps_listen or settings.require_tls:
            wanting = "SMTPS_LISTEN" if settings.smtps_listen else "REQUIRE_TLS"
            raise ConfigError(
                f"BCC_DROPBOX_{wanting} needs a certificate; "
                "mend: set BCC_DROPBOX_TLS_CERT and BCC_DROPBOX_TLS_KEY"
            )
        return None
    if settings.tls_cert is None or settings.tls_key is None:
        raise ConfigError(
            "BCC_DROPBOX_TLS_CERT and BCC_DROPBOX_TLS_KEY go together; one is missing"
        )
    return Certificate(settings.tls_cert, settings.tls_key)


def _make_spill_dir(folder: Path) -> None:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(
            f"the spill folder {folder} cannot be made: {error.strerror}; "
            "mend: set BCC_DROPBOX_SPILL_DIR or BCC_DROPBOX_DATA_DIR"
        ) from error
