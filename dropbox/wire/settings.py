"""What the wire has to be told; whoever starts it fills this in from the configuration."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Literal

Network = IPv4Network | IPv6Network


@dataclass(frozen=True, slots=True)
class WireSettings:
    """Limits and manners of one worker; memory comes divided among the workers already."""

    hostname: str
    """Said in the greeting; always given, since looking it up would block on DNS."""
    spill_dir: Path
    """Where large mail waits, in unlinked temporary files; has to exist."""
    max_message_bytes: int = 45 << 20
    memory_budget_bytes: int = 256 << 20
    bare_newline: Literal["normalize", "reject"] = "normalize"
    trusted_networks: tuple[Network, ...] = ()
    """Exempt from the limit per peer, and the only ones whose PROXY header counts."""
    max_connections: int = 1000
    max_connections_per_peer: int = 50
    require_tls: bool = False
    """Refuse SMTP mail without TLS (530); LMTP comes from the own MTA and is exempt."""

    max_recipients: int = 100
    max_misses: int = 10
    """Unknown recipients in one connection."""
    max_errors: int = 20
    """Commands refused in one connection, for whatever reason of syntax or order."""
    max_idle_commands: int = 100
    """NOOP, RSET, HELO and EHLO between two mails."""

    command_timeout: float = 300.0
    """Seconds without a valid command (RFC 5321 section 4.5.3.2.7)."""
    session_timeout: float = 3600.0
    """Seconds after which a connection is ended, a mail that comes in being waited for."""
    data_timeout: float = 180.0
    """Seconds without a byte of the mail (RFC 5321 section 4.5.3.2.5)."""
    data_bytes_per_second: int = 64
    """The mail has to come faster than this once `data_timeout` has passed."""
    mail_timeout: float = 3600.0
    """Seconds from DATA to the end of the mail, however fast it comes."""
    accept_timeout: float = 540.0
    """Seconds until 451 is said instead; below the sender's 600 (RFC 5321 section 4.5.3.2.6)."""
    proxy_timeout: float = 5.0
    linger: float = 5.0
    """Seconds a peer has to read a last reply before the connection is aborted."""
