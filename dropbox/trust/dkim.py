"""DKIM: which domains have signed a mail (RFC 6376, RFC 8301, RFC 8463).

prepared = await asyncio.to_thread(prepare, content)  # or at once, when the mail is small
checks = await verify(prepared, resolver, from_domain=..., aligned=..., now=...)
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime

from dropbox.trust.keys import find_key
from dropbox.trust.prepared import Prepared, prepare
from dropbox.trust.resolver import Resolver
from dropbox.trust.signature import Signature
from dropbox.trust.tags import End, Flaw
from dropbox.trust.verdict import Check, Result

__all__ = ["MOST_TRIED", "Prepared", "prepare", "verify"]

MOST_TRIED = 5
"""Signatures of one mail that are looked at; each costs a query and a millisecond at most."""


async def verify(
    prepared: Prepared,
    resolver: Resolver,
    *,
    from_domain: str,
    aligned: Callable[[str], bool],
    now: datetime,
) -> tuple[Check, ...]:
    """Check the signatures of a mail, five at most; one `Check` for each of them, the best first.

    Those that could pass come before those that cannot, then the ones of `from_domain` itself, then
    the aligned ones. Nothing is asked of DNS for a signature that cannot pass. `aligned` says of a
    `d=` whether it is aligned with the From domain. Never raises.
    """
    if prepared.header.capped:
        return (Check("dkim", Result.PERMERROR, detail="header_capped"),)
    domains = {one.domain for one in prepared.signatures}
    ours = {domain for domain in domains if domain and aligned(domain)}
    flaws = {one.place: prepared.flaw(one, now) for one in prepared.signatures}

    def rank(one: Signature) -> tuple[bool, ...]:
        return flaws[one.place] is not None, one.domain != from_domain, one.domain not in ours

    tried = sorted(prepared.signatures, key=rank)[:MOST_TRIED]
    ends = await asyncio.gather(*(_end(prepared, one, flaws[one.place], resolver) for one in tried))
    return tuple(
        Check("dkim", result, one.domain, detail, aligned=one.domain in ours)
        for one, (result, detail) in zip(tried, ends, strict=True)
    )


async def _end(
    prepared: Prepared, signature: Signature, flaw: End | None, resolver: Resolver
) -> End:
    if flaw:
        return flaw
    try:
        key = await find_key(resolver, signature.selector, signature.domain)
        key.confirm(signature, prepared.digest(signature))
    except Flaw as raised:
        return raised.end
    # Of no consequence (section 3.6.1 would have it so for failures too), but worth knowing.
    return Result.PASS, "testing" if key.testing else ""
