"""Who finds out where mail comes from, as the settings say."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from dropbox.trust.dns import DnsResolver
from dropbox.trust.judge import Judge, TrustSettings

from config import Settings


@asynccontextmanager
async def judging(settings: Settings) -> AsyncIterator[Judge]:
    """Yield the judge of this process; at the end its questions to DNS are given up."""
    resolver = DnsResolver([(one.host, one.port) for one in settings.nameservers])
    trusted = TrustSettings(
        settings.trusted_networks,
        frozenset(settings.trusted_authserv_ids),
        frozenset(settings.trusted_arc_sealers),
    )
    try:
        yield Judge(resolver, trusted)
    finally:
        await resolver.close()
