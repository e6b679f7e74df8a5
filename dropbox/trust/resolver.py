"""What the checks ask of DNS, whoever answers."""

from __future__ import annotations

from typing import Protocol


class DnsDown(Exception):
    """No answer for the moment: a timeout, SERVFAIL, or a server that cannot be reached."""


class NoMoreQuestions(DnsDown):
    """Not asked any more: this mail has cost its share of queries."""


class Resolver(Protocol):
    """Answers by name, in A-label form; every method raises DnsDown when it cannot be known now.

    A name that does not exist answers nothing, like one without such records, and like what is no
    name at all.
    """

    async def txt(self, name: str) -> tuple[bytes, ...]:
        """TXT records, the strings of each joined (RFC 7208 section 3.3)."""

    async def addresses(self, name: str, family: int) -> tuple[str, ...]:
        """A (`family` 4) or AAAA (6) records."""

    async def mx(self, name: str) -> tuple[str, ...]:
        """Hosts of the MX records, most preferred first."""

    async def ptr(self, address: str) -> tuple[str, ...]:
        """Names of an IP address."""


class Share(Resolver, Protocol):
    """A resolver that one check may cost only so many queries; then it raises NoMoreQuestions."""

    @property
    def exhausted(self) -> bool:
        """Whether a question was not asked any more."""


class Allowance(Protocol):
    """All that one mail may cost: queries, and time. What is known already costs nothing."""

    def share(self, queries: int) -> Share:
        """Return a resolver that asks at most `queries` times, and never beyond the allowance."""


class Dns(Protocol):
    """Where questions go; one per process."""

    def for_one_mail(self) -> Allowance:
        """Return a new allowance; its time runs from now on."""
