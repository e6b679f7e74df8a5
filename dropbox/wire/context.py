"""What the sessions of one server share."""

from __future__ import annotations

import asyncio
import ssl
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from dropbox.filing.outcomes import Reason
from dropbox.metrics import Counts, Metrics
from dropbox.wire.limits import ConnectionLimits, MemoryBudget, Tally, TrustedNetworks
from dropbox.wire.ports import Accept, Route
from dropbox.wire.settings import WireSettings

if TYPE_CHECKING:
    from dropbox.wire.dialogue import Dialogue


class Kind(StrEnum):
    """What is spoken at a listening socket."""

    SMTP = "smtp"
    SMTPS = "smtps"
    """TLS from the first byte (RFC 8314)."""
    PROXY = "proxy"
    """SMTP behind a balancer that says first who the client is."""
    LMTP = "lmtp"


@dataclass(slots=True, eq=False)
class Context:
    """One for each server; everything that outlives a session."""

    settings: WireSettings
    route: Route
    accept: Accept
    loop: asyncio.AbstractEventLoop
    tls: ssl.SSLContext | None = None
    tally: Tally | None = None
    """Where the connections of all workers are counted."""
    worker: int = 0
    metrics: Metrics = field(default_factory=Metrics)
    draining: bool = False
    sessions: set[Dialogue] = field(default_factory=set)
    in_flight: set[asyncio.Task[Any]] = field(default_factory=set)
    """Mails on their way to the commit; a client that hangs up does not end them."""
    counts: Counts[Reason] = field(init=False)
    """How often the wire refused or put off, by reason."""
    parting: int = 0
    """Connections beyond a limit that are still being told so."""
    trusted: TrustedNetworks = field(init=False)
    connections: ConnectionLimits = field(init=False)
    memory: MemoryBudget = field(init=False)

    def __post_init__(self) -> None:
        settings = self.settings
        self.counts = self.metrics.outcomes
        self.trusted = TrustedNetworks(settings.trusted_networks)
        self.connections = ConnectionLimits(
            settings.max_connections,
            settings.max_connections_per_peer,
            self.trusted,
            self.tally,
            self.worker,
            self.metrics,
        )
        self.memory = MemoryBudget(settings.memory_budget_bytes, self.metrics)
