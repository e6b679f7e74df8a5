"""A mail of corp.example, signed or not, and what DKIM and ARC say of it."""

from __future__ import annotations

from datetime import UTC, datetime

import signers

from dropbox.content import InMemory
from dropbox.trust import arc, dkim
from dropbox.trust.verdict import Check, Result

CORP = "corp.example"
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
MAIL = (
    b"From: Hanako <hanako@corp.example>\r\n"
    b"To: Ann <ann@customer.example>\r\n"
    b"Subject: Offer  for\r\n\tyou\r\n"
    b"Date: Sun, 22 Nov 2026 12:00:00 +0000\r\n"
    b"Message-ID: <one@corp.example>\r\n"
    b"\r\n"
    b"Dear Ann, \r\n\r\nhere  it is.\r\n\r\n\r\n"
)


def at_corp(domain: str) -> bool:
    """Alignment with corp.example."""
    return domain == CORP or domain.endswith(f".{CORP}")


def zone(key: signers.PrivateKey | None = None, **tags: str | None) -> signers.Zone:
    """DNS in which corp.example publishes a key for the selector `s1`."""
    return signers.Zone().publish(CORP, "s1", key or signers.rsa_key(), **tags)


def signed(mail: bytes = MAIL, **options: str | None) -> bytes:
    """The mail, signed by corp.example."""
    return signers.sign(mail, CORP, "s1", signers.rsa_key(), **options)  # type: ignore[arg-type]


async def checks(mail: bytes, dns: signers.Zone, now: datetime = NOW) -> tuple[Check, ...]:
    prepared = dkim.prepare(InMemory(mail))
    return await dkim.verify(prepared, dns, from_domain=CORP, aligned=at_corp, now=now)


async def end(mail: bytes, dns: signers.Zone | None = None) -> tuple[Result, str]:
    """Result and detail of the only signature."""
    (check,) = await checks(mail, dns or zone())
    return check.result, check.detail


async def chain(mail: bytes, dns: signers.Zone, now: datetime = NOW) -> arc.Chain:
    return await arc.chain(dkim.prepare(InMemory(mail)), dns, now=now)
