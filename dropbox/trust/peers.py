"""Where a mail was handed to us, and so what can be known about whoever sent it."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from enum import Enum
from functools import lru_cache

from dropbox.envelope import Authority, Envelope

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class Edge(Enum):
    """Whose edge the sender came to."""

    OWN = "own"
    """Ours: the peer is the sender."""
    RELAY = "relay"
    """A trusted relay's: it knows the sender, we do not."""
    UNKNOWN = "unknown"
    """Nobody knows: handed in by a command or over a unix socket, or kept for a while."""


class Peers:
    """The relays that the settings name."""

    def __init__(self, trusted: Sequence[Network]) -> None:
        self._trusted = tuple(trusted)
        self._is_trusted = lru_cache(maxsize=4096)(self._contains)

    def edge(self, envelope: Envelope) -> Edge:
        """Say whose edge the mail came to."""
        if envelope.by_own_server or self._is_trusted(envelope.peer):
            return Edge.RELAY
        live = envelope.authority is Authority.LIVE
        return Edge.OWN if live and _parsed(envelope.peer) is not None else Edge.UNKNOWN

    def believes(self, envelope: Envelope) -> bool:
        """Whether what a header of a trusted server's says may come from that server.

        A mail without a peer was handed in by somebody on this machine who may do as he likes.
        """
        return not envelope.peer or self.edge(envelope) is Edge.RELAY

    def _contains(self, peer: str) -> bool:
        address = _parsed(peer)
        return address is not None and any(address in network for network in self._trusted)


def network_of(peer: str) -> str:
    """Return the /24 or /48 of an address: about one sender's."""
    address = _parsed(peer)
    if address is None:
        return ""
    return str(ipaddress.ip_network((address, 24 if address.version == 4 else 48), strict=False))


def _parsed(peer: str) -> Address | None:
    try:
        address = ipaddress.ip_address(peer)
    except ValueError:
        return None
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return address
