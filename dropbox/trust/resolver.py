"""What the checks ask of DNS, whoever answers."""

from __future__ import annotations

from typing import Protocol


class DnsDown(Exception):
    """No answer for the moment: a timeout, SERVFAIL, or a server that cannot be reached."""


class Resolver(Protocol):
    """Answers by name, in A-label form; every method raises DnsDown when it cannot be known now.

    A name that does not exist answers nothing, like one without such records.
    """

    async def txt(self, name: str) -> tuple[bytes, ...]:
        """TXT records, the strings of each joined (RFC 7208 section 3.3)."""

    async def addresses(self, name: str, family: int) -> tuple[str, ...]:
        """A (`family` 4) or AAAA (6) records."""

    async def mx(self, name: str) -> tuple[str, ...]:
        """Hosts of the MX records, most preferred first."""

    async def ptr(self, address: str) -> tuple[str, ...]:
        """Names of an IP address."""
