"""Who finds out where mail comes from, as the settings say."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from config import Settings
from dropbox.metrics import Metrics
from dropbox.trust.dns import DnsResolver
from dropbox.trust.judge import Judge, TrustSettings


@dataclass(frozen=True, slots=True)
class _DnsCounts:
    """What the resolver does, counted."""

    metrics: Metrics

    def asked(self, kind: str) -> None:
        self.metrics.dns_queries.add(kind)

    def remembered(self) -> None:
        self.metrics.dns_cache_hits.add()

    def failed(self, cause: str) -> None:
        self.metrics.dns_failures.add(cause)


@asynccontextmanager
async def judging(settings: Settings, metrics: Metrics | None = None) -> AsyncIterator[Judge]:
    """Yield the judge of this process; at the end its questions to DNS are given up."""
    nameservers = [(one.host, one.port) for one in settings.nameservers]
    resolver = DnsResolver(nameservers, counts=_DnsCounts(metrics) if metrics else None)
    trusted = TrustSettings(
        settings.trusted_networks,
        frozenset(settings.trusted_authserv_ids),
        frozenset(settings.trusted_arc_sealers),
    )
    try:
        yield Judge(resolver, trusted)
    finally:
        await resolver.close()
