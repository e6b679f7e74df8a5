"""ARC: what those who handed a mail on saw when they took it (RFC 8617).

A chain that is valid says that its fields stand as their sealers wrote them, and that the mail
is as the newest sealer sent it. It says nothing about whether a sealer tells the truth: that is a
matter of whom one trusts, and of `Chain.vouched`.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from dropbox.trust.arc_sets import ArcSet
from dropbox.trust.keys import Key, find_key
from dropbox.trust.prepared import Prepared
from dropbox.trust.resolver import Resolver
from dropbox.trust.signature import Signature
from dropbox.trust.tags import End, Flaw
from dropbox.trust.verdict import Check, Result

MOST_VALIDATED = 10
"""Instances of a chain that is validated at all.

RFC 8617 allows fifty, each with a key of its own, of which a mail's DNS queries would not suffice
for half; real chains have one to four.
"""

_KeyName = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Sealed:
    """What one sealer of a valid chain says."""

    instance: int
    """1 for the first who sealed the mail."""
    sealer: str
    """`d=` of its seal, in A-labels and lower case."""
    results: bytes
    """The value of its ARC-Authentication-Results without `i=`, unfolded: an authserv-id and what
    was found when the mail came in there; the same grammar as Authentication-Results has."""


@dataclass(frozen=True, slots=True)
class Chain:
    """Whether a mail's ARC chain is valid, and what it holds."""

    check: Check
    """Of method `arc`; `none` without any ARC field. The domain is that of the newest sealer."""
    sealed: tuple[Sealed, ...] = ()
    """All instances of a chain that passes, the newest first; of any other chain none."""

    def vouched(self, trusted: Callable[[str], bool]) -> tuple[Sealed, ...]:
        """Return the newest instances, up to the first whose sealer is not `trusted`.

        Whoever seals a mail may have changed it and all that it says before, and may have made up
        what the sealers before it should have seen: behind a stranger no name counts.
        """
        for number, one in enumerate(self.sealed):
            if not trusted(one.sealer):
                return self.sealed[:number]
        return self.sealed


async def chain(prepared: Prepared, resolver: Resolver, *, now: datetime) -> Chain:
    """Validate the ARC chain of a mail (RFC 8617 section 5.2); never raises."""
    sets = prepared.arc.sets
    sealer = sets[-1].sealed.domain if sets else ""
    result, detail = await _end(prepared, resolver, now)
    if result is not Result.PASS:
        return Chain(Check("arc", result, sealer, detail))
    sealed = tuple(
        Sealed(one.sealed.instance, one.sealed.domain, one.seen) for one in reversed(sets)
    )
    return Chain(Check("arc", result, sealer), sealed)


async def _end(prepared: Prepared, resolver: Resolver, now: datetime) -> End:
    arc = prepared.arc
    if prepared.header.capped:
        return Result.PERMERROR, "header_capped"
    if arc.flaw:
        return arc.flaw
    if arc.message is None:
        return Result.NONE, ""
    if len(arc.sets) > MOST_VALIDATED:
        return Result.POLICY, "too_many_instances"
    seals = [one.sealed for one in arc.sets]
    flaws = (prepared.flaw(one, now) for one in (arc.message, *seals))
    if flaw := next(filter(None, flaws), None):
        return flaw
    keys = await _keys(resolver, (arc.message, *seals))
    try:
        _confirm(keys, arc.message, prepared.digest(arc.message))
        for number in range(len(seals), 0, -1):
            _confirm(keys, seals[number - 1], _sealed_digest(arc.sets[:number]))
    except Flaw as raised:
        return raised.end
    return Result.PASS, ""


async def _keys(resolver: Resolver, signatures: Sequence[Signature]) -> dict[_KeyName, Key | Flaw]:
    """Ask for the key of each signature, for each only once and for all at the same time."""
    names = list(dict.fromkeys((one.selector, one.domain) for one in signatures))

    async def find(name: _KeyName) -> Key | Flaw:
        try:
            return await find_key(resolver, *name)
        except Flaw as flaw:
            return flaw

    return dict(zip(names, await asyncio.gather(*map(find, names)), strict=True))


def _confirm(keys: dict[_KeyName, Key | Flaw], signature: Signature, digest: bytes) -> None:
    key = keys[signature.selector, signature.domain]
    if isinstance(key, Flaw):
        raise key
    key.confirm(signature, digest)


def _sealed_digest(sets: Sequence[ArcSet]) -> bytes:
    """Return the SHA-256 of what the newest seal of `sets` has signed (section 5.1.1)."""
    parts = [part.relaxed for one in sets for part in (one.results, one.message, one.seal)]
    parts[-1] = sets[-1].sealed.unsigned(sets[-1].seal)
    return hashlib.sha256(b"\r\n".join(parts)).digest()
