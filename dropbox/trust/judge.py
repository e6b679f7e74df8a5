"""The judge of where a mail comes from: envelope and message to Evidence."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

from dropbox.addresses import domain_of
from dropbox.envelope import Authority, Envelope
from dropbox.mail.message import Message
from dropbox.trust import arc, dkim, dmarc, spf, testimony
from dropbox.trust.authentication_results import MethodResult, parse
from dropbox.trust.peers import Edge, Network, Peers, network_of
from dropbox.trust.prepared import Prepared
from dropbox.trust.resolver import Allowance, Dns, DnsDown
from dropbox.trust.verdict import Check, Evidence, Result, Verdict
from dropbox.trust.weighing import WITHOUT_EDGE, Case, Seal, Weighed, dmarc_check, weigh

# Each check has queries of its own, so that no stranger's record or signature can use up those
# that would find him out. ARC, asked last, has what the others leave of 20.
MAIL_QUERIES = 20
DMARC_QUERIES = 2
DKIM_QUERIES = 5
SPF_QUERIES = MAIL_QUERIES - DMARC_QUERIES - DKIM_QUERIES

Aligned = Callable[[str], bool]
Heard = Sequence[tuple[str, MethodResult]]


@dataclass(frozen=True, slots=True)
class TrustSettings:
    """Whom the settings trust."""

    trusted_networks: tuple[Network, ...] = ()
    authserv_ids: frozenset[str] = frozenset()
    """Lower case."""
    arc_sealers: frozenset[str] = frozenset()
    """Canonical domains."""


@dataclass(frozen=True, slots=True)
class _Mail:
    """One mail before the judge."""

    envelope: Envelope
    prepared: Prepared
    author: str
    edge: Edge
    heard: Heard
    allowance: Allowance

    def aligned(self, *, strict: bool = False) -> Aligned:
        return partial(dmarc.aligned, author=self.author, strict=strict)


class Judge:
    """Finds out who vouches for a mail. One per process."""

    def __init__(self, dns: Dns, settings: TrustSettings) -> None:
        self._dns = dns
        self._settings = settings
        self._peers = Peers(settings.trusted_networks)

    async def evidence(self, envelope: Envelope, message: Message, prepared: Prepared) -> Evidence:
        """Return what is known about the author; `prepared` is what `dkim.prepare` made of it.

        Asks DNS at most 20 times, for 10 seconds in all. A DNS that is down raises nothing.
        """
        author = domain_of(message.author.email) if message.author else ""
        if not author or envelope.authority is Authority.IMPORT:
            return Evidence()
        heard = self._heard(envelope, prepared)
        edge = self._peers.edge(envelope)
        if edge is not Edge.OWN and not heard and not self._is_signed(prepared):
            # Whatever DNS said, nothing could come of it.
            return Evidence(why=WITHOUT_EDGE[edge])
        mail = _Mail(envelope, prepared, author, edge, heard, self._dns.for_one_mail())
        said = testimony.checks(heard, author, mail.aligned())
        if testimony.dmarc_passes(said):
            # That server has asked DNS already; asking again could only cost time.
            seal, sealed = await self._seal(mail)
            return _evidence(mail, Weighed(Verdict.VERIFIED, "authserv"), (*said, *sealed), seal)
        return await self._investigate(mail)

    def _is_signed(self, prepared: Prepared) -> bool:
        return bool(prepared.signatures or (self._settings.arc_sealers and prepared.arc.sets))

    async def _investigate(self, mail: _Mail) -> Evidence:
        published, unknown = await _published(mail)
        # While it is not known how strict the author is, he is taken for strict.
        strict_dkim = published.strict_dkim if published else unknown
        strict_spf = published.strict_spf if published else unknown
        aligned = mail.aligned(strict=strict_dkim)
        signed, own_spf = await asyncio.gather(
            dkim.verify(
                mail.prepared,
                mail.allowance.share(DKIM_QUERIES),
                from_domain=mail.author,
                aligned=aligned,
                now=mail.envelope.received_at,
            ),
            _spf(mail, mail.aligned(strict=strict_spf)),
        )
        seal, sealed = await self._seal(mail)
        said = testimony.checks(mail.heard, mail.author, aligned)
        case = Case(mail.author, mail.edge, published, unknown, (*own_spf, *signed, *said), seal)
        checks = (*own_spf, *signed, dmarc_check(case), *sealed, *said)
        return _evidence(mail, weigh(case), checks, seal)

    async def _seal(self, mail: _Mail) -> tuple[Seal, tuple[Check, ...]]:
        """Look at the ARC chain, where a trusted sealer claims to have sealed the mail last."""
        sealers = self._settings.arc_sealers
        if not sealers.intersection(mail.prepared.arc.sealers[:1]):
            return Seal(), ()
        share = mail.allowance.share(MAIL_QUERIES)
        chain = await arc.chain(mail.prepared, share, now=mail.envelope.received_at)
        vouched = chain.vouched(sealers.__contains__)
        if not vouched:
            # What could not be asked any more is a stranger's choice, and no reason to wait.
            down = chain.check.result is Result.TEMPERROR and not share.exhausted
            return Seal(down=down), (chain.check,)
        saw_it_pass = any(
            (said := parse(one.results)) is not None
            and testimony.vouches(said, mail.author, mail.aligned())
            for one in vouched
        )
        return Seal(vouched[0].sealer, saw_it_pass), (chain.check,)

    def _heard(self, envelope: Envelope, prepared: Prepared) -> Heard:
        """Return what trusted servers say; nothing where somebody else may have written it."""
        if not self._settings.authserv_ids or not self._peers.believes(envelope):
            return ()
        return testimony.spoken(prepared.header, self._settings.authserv_ids)


async def _published(mail: _Mail) -> tuple[dmarc.Published | None, bool]:
    """Return what the author's domain publishes, and whether DNS did not tell."""
    try:
        return await dmarc.discover(mail.author, mail.allowance.share(DMARC_QUERIES)), False
    except DnsDown:
        return None, True


async def _spf(mail: _Mail, aligned: Aligned) -> tuple[Check, ...]:
    """Return the check of MAIL FROM, where the peer is the sender's."""
    if mail.edge is not Edge.OWN:
        return ()
    envelope = mail.envelope
    share = mail.allowance.share(SPF_QUERIES)
    check = await spf.check(envelope.peer, envelope.helo, envelope.mail_from, share)
    return (replace(check, aligned=aligned(check.domain)),)


def _evidence(mail: _Mail, weighed: Weighed, checks: tuple[Check, ...], seal: Seal) -> Evidence:
    envelope = mail.envelope
    passes = any(one.method == "spf" and one.result is Result.PASS and not one.by for one in checks)
    return Evidence(
        weighed.verdict,
        weighed.why,
        checks,
        network=network_of(envelope.peer) if mail.edge is Edge.OWN else "",
        mail_from_passes=(passes and bool(envelope.mail_from))
        or testimony.mail_from_passes(mail.heard, envelope.mail_from),
        sealed_by=seal.sealed_by,
        dns_down=weighed.dns_down,
    )
