"""How much at once: connections, in total and per peer, and mail bytes held in memory.

Pure counters, without a socket or a clock.
"""

from __future__ import annotations

import mmap
from array import array
from collections.abc import Sequence
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

from dropbox.metrics import Limit, Metrics
from dropbox.wire.settings import Network


@lru_cache(maxsize=4096)
def unmapped(host: str) -> str:
    """Return the peer's address in its one form: no `::ffff:` before IPv4, no zone behind IPv6.

    What is no IP address (a unix socket has none) comes back as an empty string.
    """
    address = _parsed(host)
    return str(address) if address is not None else ""


def _parsed(host: str) -> IPv4Address | IPv6Address | None:
    try:
        address = ip_address(host.partition("%")[0])
    except ValueError:
        return None
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return address


@lru_cache(maxsize=4096)
def _counted_as(peer: str) -> str:
    """An IPv6 customer has a whole /64 (RFC 6177), an IPv4 one a single address."""
    address = _parsed(peer)
    if isinstance(address, IPv6Address):
        return str(IPv6Network((address, 64), strict=False))
    return peer


class TrustedNetworks:
    """The relays and balancers that the settings name."""

    def __init__(self, networks: Sequence[Network]) -> None:
        self._networks = tuple(networks)
        self._known = lru_cache(maxsize=4096)(self._contains)

    def __contains__(self, peer: str) -> bool:
        """Whether this unmapped address is in one of them; a unix socket (no address) is."""
        return self._known(peer)

    def _contains(self, peer: str) -> bool:
        address = _parsed(peer)
        if address is None:
            return not peer
        return any(address in network for network in self._networks)


class Tally:
    """Open connections of all workers, in memory that a process shares with its forks.

    A row for the total and one for each place that peers are hashed to, a column for each worker. A
    worker writes to its own column alone, so nothing is locked: of two workers that let somebody
    in at the same instant, one may let in one too many. Peers that share a place share a limit.
    """

    PLACES = 1 << 16

    def __init__(self, workers: int = 1) -> None:
        self._workers = workers
        size = (1 + self.PLACES) * workers * array("I").itemsize
        self._counts = memoryview(mmap.mmap(-1, size)).cast("I")

    def forget(self, worker: int) -> None:
        """Clear the column of a worker: the one that begins, after one that was killed."""
        nothing = array("I", bytes((1 + self.PLACES) * self._counts.itemsize))
        self._counts[worker :: self._workers] = memoryview(nothing)

    def row_of(self, peer: str) -> int:
        """Return the row of a peer. The same in every fork, and no stranger can foretell it."""
        return 1 + hash(peer) % self.PLACES

    def count(self, row: int = 0) -> int:
        """Return what all workers have counted in a row."""
        first = row * self._workers
        return sum(self._counts[first : first + self._workers])

    def add(self, worker: int, row: int, number: int) -> None:
        """Count `number` more, or fewer."""
        self._counts[row * self._workers + worker] += number


class ConnectionLimits:
    """Open connections, in total and per peer; trusted peers count in the total alone."""

    def __init__(
        self,
        total: int,
        per_peer: int,
        trusted: TrustedNetworks,
        tally: Tally | None = None,
        worker: int = 0,
        metrics: Metrics | None = None,
    ) -> None:
        """Count for one of the workers whose connections `tally` holds; for an only one without."""
        self._total = total
        self._per_peer = per_peer
        self._trusted = trusted
        self._tally = tally or Tally()
        self._worker = worker
        self._tally.forget(worker)
        self._metrics = metrics or Metrics()
        self.open = 0
        """Of this worker."""

    def enter(self, peer: str) -> bool:
        """Count a connection of this unmapped peer; False, and not counted, without room."""
        tally = self._tally
        if tally.count() >= self._total:
            self._metrics.limits.add(Limit.MAX_CONNECTIONS)
            return False
        if peer not in self._trusted:
            row = tally.row_of(_counted_as(peer))
            if tally.count(row) >= self._per_peer:
                self._metrics.limits.add(Limit.MAX_CONNECTIONS_PER_PEER)
                return False
            tally.add(self._worker, row, 1)
        tally.add(self._worker, 0, 1)
        self._metrics.connections.add()
        self.open += 1
        return True

    def leave(self, peer: str) -> None:
        """Take back what `enter` of the same peer counted."""
        self.open -= 1
        self._metrics.connections.add(-1)
        self._tally.add(self._worker, 0, -1)
        if peer not in self._trusted:
            self._tally.add(self._worker, self._tally.row_of(_counted_as(peer)), -1)


class MemoryBudget:
    """Mail bytes that all sessions may hold in memory together, and those they have on disk."""

    def __init__(self, limit: int, metrics: Metrics | None = None) -> None:
        self.limit = limit
        self.used = 0
        self._metrics = metrics or Metrics()

    def take(self, size: int) -> bool:
        """Count `size` bytes; False (and not counted) when they do not fit."""
        if self.used + size > self.limit:
            self._metrics.limits.add(Limit.MEMORY_BUDGET_BYTES)
            return False
        self.used += size
        self._metrics.in_memory.add(size)
        return True

    def give(self, size: int) -> None:
        """Take back what `take` counted."""
        self.used -= size
        self._metrics.in_memory.add(-size)

    def spill(self, size: int) -> None:
        """Count bytes on disk, which have no limit of their own; or, below zero, fewer."""
        self._metrics.spilled.add(size)
