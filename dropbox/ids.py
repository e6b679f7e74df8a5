"""Identifiers: UUIDv7 (RFC 9562 section 5.7), minted from the clock or derived from another one."""

from __future__ import annotations

import os
import time
from hashlib import blake2b
from uuid import UUID

_VERSION_AND_VARIANT = (7 << 76) | (0b10 << 62)
_RANDOM_BITS = (0xFFF << 64) | ((1 << 62) - 1)


def mint() -> UUID:
    """Return a new UUIDv7: milliseconds since the epoch, then 74 random bits."""
    return _assemble(time.time_ns() // 1_000_000, int.from_bytes(os.urandom(10)))


def derive(parent: UUID, *names: str) -> UUID:
    """Return the UUIDv7 that belongs to `names` under `parent`, always the same one.

    It carries the parent's time. Deciding twice about one delivery names the same people and
    messages twice, so a repeated transaction cannot leave a second set of them.
    """
    digest = blake2b("\0".join(names).encode("utf-8", "replace"), key=parent.bytes, digest_size=10)
    return _assemble(parent.int >> 80, int.from_bytes(digest.digest()))


def _assemble(milliseconds: int, random: int) -> UUID:
    return UUID(
        int=((milliseconds & ((1 << 48) - 1)) << 80)
        | (random & _RANDOM_BITS)
        | _VERSION_AND_VARIANT
    )
