"""How large the daemon becomes when many large mails come at once."""

from __future__ import annotations

from dataclasses import dataclass

from bench.client import Order
from bench.mails import Shape
from bench.processes import peak_bytes
from bench.rounds import Client
from bench.servers import Server

MAILS = 50


@dataclass(frozen=True, slots=True)
class Peak:
    """Largest resident sizes, in bytes, of the daemon's processes together."""

    idle: int
    """After the start."""
    peak: int
    mails: int
    acknowledged: int
    seconds: float


def peak(client: Client, daemon: Server) -> Peak:
    """Send `MAILS` large mails at once, one a connection, to a daemon that has just started."""
    idle = peak_bytes(daemon.pids)
    order = Order(daemon.port, MAILS, Shape.ATTACHMENT, mails=MAILS)
    result, _ = client.send(daemon, order)
    return Peak(idle, peak_bytes(daemon.pids), MAILS, result.acknowledged, result.seconds)
