"""What the domain in From publishes, and which identifiers are aligned with it (RFC 7489)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from publicsuffixlist import PublicSuffixList

from dropbox.trust.resolver import Resolver

MAX_RECORD_BYTES = 8192
MAX_NAME = 253

_VERSION = re.compile(rb"v[ \t]*=[ \t]*DMARC1[ \t]*(?:;|\Z)")
_REPORT_URI = re.compile(r"[a-z][a-z0-9+.-]*:[^\s,]", re.IGNORECASE)


class Disposition(StrEnum):
    """What a domain wants done with mail that fails; the softer first."""

    NONE = "none"
    QUARANTINE = "quarantine"
    REJECT = "reject"


_SOFTER = {
    Disposition.NONE: Disposition.NONE,
    Disposition.QUARANTINE: Disposition.NONE,
    Disposition.REJECT: Disposition.QUARANTINE,
}


@dataclass(frozen=True, slots=True)
class Record:
    """A DMARC record as read; `strict_dkim` and `strict_spf` are `adkim=s` and `aspf=s`."""

    policy: Disposition
    subdomain_policy: Disposition
    strict_dkim: bool = False
    strict_spf: bool = False


@dataclass(frozen=True, slots=True)
class Published:
    """What holds for mail from one domain."""

    policy: Disposition
    """`p`, or `sp` where the record is the organizational domain's and the author's another."""
    strict_dkim: bool = False
    strict_spf: bool = False


async def discover(domain: str, resolver: Resolver) -> Published | None:
    """Ask what `domain` publishes, then its organizational domain (RFC 7489 section 6.6.3).

    None when there is no record, or none that can be used. Raises DnsDown.
    """
    texts = await _records(domain, resolver)
    organization = organizational_domain(domain)
    inherited = not texts and organization != domain
    if inherited:
        texts = await _records(organization, resolver)
    record = parse(texts[0]) if len(texts) == 1 else None
    if record is None:
        return None
    policy = record.subdomain_policy if inherited else record.policy
    return Published(policy, record.strict_dkim, record.strict_spf)


async def _records(domain: str, resolver: Resolver) -> list[bytes]:
    return [text for text in await resolver.txt(f"_dmarc.{domain}") if _VERSION.match(text)]


@lru_cache(maxsize=1024)
def parse(text: bytes) -> Record | None:
    """Read one record; None when it has no policy that can be used.

    `pct=0` and `t=y` say that the domain is only testing: the next softer policy is meant, as for
    mail that is not sampled (section 6.6.4). Any other `pct` is taken for 100: a verdict that is
    drawn by lot could be told to nobody.
    """
    if len(text) > MAX_RECORD_BYTES:
        return None
    tags: dict[str, str] = {}
    for tag in text.decode("ascii", "replace").split(";"):
        name, _, value = tag.partition("=")
        tags.setdefault(name.strip().lower(), value.strip())
    policy = _disposition(tags.get("p", ""))
    subdomains = _disposition(tags["sp"]) if "sp" in tags else policy
    if policy is None or subdomains is None:
        if not _REPORT_URI.search(tags.get("rua", "")):
            return None
        policy = subdomains = Disposition.NONE
    if re.fullmatch("0+", tags.get("pct", "")) or tags.get("t", "").lower() == "y":
        policy, subdomains = _SOFTER[policy], _SOFTER[subdomains]
    return Record(
        policy,
        subdomains,
        strict_dkim=tags.get("adkim", "").lower() == "s",
        strict_spf=tags.get("aspf", "").lower() == "s",
    )


def _disposition(value: str) -> Disposition | None:
    try:
        return Disposition(value.lower())
    except ValueError:
        return None


@lru_cache(maxsize=1)
def _suffixes() -> PublicSuffixList:
    # Read at the first use, 0.15 s: most commands never ask.
    return PublicSuffixList()


def prepare() -> None:
    """Read the list of public suffixes now, and not while a sender waits."""
    _suffixes()


@lru_cache(maxsize=4096)
def organizational_domain(domain: str) -> str:
    """Return the part of a canonical domain that somebody registered (RFC 7489 section 3.2).

    A public suffix, and what is no domain at all, stands for itself alone.
    """
    if len(domain) > MAX_NAME or not all(domain.split(".")):
        return domain
    return _suffixes().privatesuffix(domain) or domain


def aligned(identifier: str, author: str, *, strict: bool) -> bool:
    """Whether a canonical domain speaks for the author's (RFC 7489 section 3.1)."""
    if not identifier:
        return False
    if strict or identifier == author:
        return identifier == author
    return organizational_domain(identifier) == organizational_domain(author)
