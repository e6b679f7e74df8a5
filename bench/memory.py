"""How large the daemon becomes: with many large mails at once, with many idle connections."""

from __future__ import annotations

from bench.client import Order
from bench.mails import Shape
from bench.processes import Died, peak_bytes
from bench.results import Footprint
from bench.rounds import Client
from bench.servers import Server

LARGE_MAILS = 50
IDLE_CONNECTIONS = 5_000

FIFTY = f"{LARGE_MAILS} mails of 25 MB at once"
IDLE = f"{IDLE_CONNECTIONS:,} idle connections, and mail over eight others"


def fifty(client: Client, fresh: Server) -> Footprint:
    """Send large mails at once, one a connection, to a daemon that has just started."""
    order = Order(fresh.port, LARGE_MAILS, Shape.LARGEST, mails=LARGE_MAILS)
    return _footprint(FIFTY, client, fresh, order)


def idle(client: Client, fresh: Server) -> Footprint:
    """Send small mails while many connections are open that say nothing."""
    order = Order(fresh.port, 8, Shape.TEXT, mails=500, idle=IDLE_CONNECTIONS)
    return _footprint(IDLE, client, fresh, order)


def _footprint(name: str, client: Client, fresh: Server, order: Order) -> Footprint:
    before = peak_bytes(fresh.pids)
    result, _ = client.send(fresh, order)
    if result.acknowledged != order.mails:
        # Whoever refuses mail needs no room for it.
        raise Died(f"{name}: {result.acknowledged} of {order.mails} were taken")
    return Footprint(name, before, peak_bytes(fresh.pids), result.acknowledged, result.seconds)
