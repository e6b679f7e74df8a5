"""Servers that throw mail away, each a process: `python -m bench.sinks stock FOLDER`, or `wire`.

They print the port they listen on, and end when standard input does. FOLDER is for what they spill,
and has the certificate for STARTTLS in it.
"""

from __future__ import annotations

import asyncio
import ssl
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, cast

from bench.certificate import CHAIN, KEY
from bench.processes import raise_descriptors

HOSTNAME = "mx.dropbox.example"


def stock(folder: Path) -> None:
    """Run aiosmtpd as it comes, on asyncio's own loop. Told its host name, or it would ask DNS."""
    from aiosmtpd.controller import UnthreadedController

    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(folder / CHAIN, folder / KEY)
    controller = UnthreadedController(
        _Discard(),
        hostname="127.0.0.1",
        port=0,
        loop=loop,
        server_hostname=HOSTNAME,
        tls_context=tls,
    )
    controller.begin()  # type: ignore[no-untyped-call]
    server = cast("asyncio.Server", controller.server)
    _announce(server.sockets[0].getsockname()[1])
    loop.add_reader(sys.stdin, loop.stop)
    loop.run_forever()
    controller.end()  # type: ignore[no-untyped-call]


class _Discard:
    async def handle_DATA(self, _server: Any, _session: Any, _envelope: Any) -> str:  # noqa: N802
        return "250 OK"


def wire(folder: Path) -> None:
    """Our own wire on uvloop, knowing every address, and with nothing behind it."""
    import uvloop

    uvloop.run(_serve_wire(folder))


async def _serve_wire(folder: Path) -> None:
    from dropbox.envelope import Envelope, Recipient
    from dropbox.filing.delivery import Delivery
    from dropbox.filing.outcomes import Reason
    from dropbox.ids import mint
    from dropbox.wire.listeners import bind
    from dropbox.wire.server import Server
    from dropbox.wire.settings import WireSettings
    from dropbox.wire.tls import Certificate

    account_id = mint()

    async def route(address: str) -> Recipient:
        return Recipient(account_id, account_id, account_id, address)

    async def accept(envelope: Envelope) -> Sequence[Delivery]:
        return [Delivery(mint(), one, Reason.FILED) for one in envelope.recipients]

    settings = WireSettings(HOSTNAME, folder, max_connections_per_peer=1000)
    server = Server(settings, route, accept, Certificate(folder / CHAIN, folder / KEY))
    listeners = bind("127.0.0.1:0")
    await server.start(listeners)
    _announce(listeners[0].socket.getsockname()[1])
    ended = asyncio.Event()
    asyncio.get_running_loop().add_reader(sys.stdin, ended.set)
    await ended.wait()
    await server.drain(1.0)


def _announce(port: int) -> None:
    print(port, flush=True)


SINKS: dict[str, Callable[[Path], None]] = {"stock": stock, "wire": wire}

if __name__ == "__main__":
    raise_descriptors()
    SINKS[sys.argv[1]](Path(sys.argv[2]))
