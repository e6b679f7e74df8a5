"""How much at once: connections, in total and per peer, and mail bytes held in memory.

Pure counters, without a socket or a clock.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

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


class ConnectionLimits:
    """Open connections, in total and per peer; trusted peers count in the total alone."""

    def __init__(self, total: int, per_peer: int, trusted: TrustedNetworks) -> None:
        self._total = total
        self._per_peer = per_peer
        self._trusted = trusted
        self._peers: dict[str, int] = {}
        self.open = 0

    def enter(self, peer: str) -> bool:
        """Count a connection of this unmapped peer; False, and not counted, without room."""
        if self.open >= self._total:
            return False
        if peer not in self._trusted:
            key = _counted_as(peer)
            count = self._peers.get(key, 0)
            if count >= self._per_peer:
                return False
            self._peers[key] = count + 1
        self.open += 1
        return True

    def leave(self, peer: str) -> None:
        """Take back what `enter` of the same peer counted."""
        self.open -= 1
        if peer in self._trusted:
            return
        key = _counted_as(peer)
        count = self._peers.get(key, 0) - 1
        if count > 0:
            self._peers[key] = count
        else:
            self._peers.pop(key, None)


class MemoryBudget:
    """Mail bytes that all sessions together may hold in memory."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.used = 0

    def take(self, size: int) -> bool:
        """Count `size` bytes; False (and not counted) when they do not fit."""
        if self.used + size > self.limit:
            return False
        self.used += size
        return True

    def give(self, size: int) -> None:
        """Take back what `take` counted."""
        self.used -= size
