"""Whether a domain lets a peer send in its name: SPF (RFC 7208).

Pure evaluation over the Resolver port. What a record says of explanations (`exp`) is checked for
its grammar and not shown to anybody.
"""

from __future__ import annotations

import socket
from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import quote

from dropbox.addresses import canonical_domain
from dropbox.trust.resolver import DnsDown, NoMoreQuestions, Resolver
from dropbox.trust.spf_record import BadRecord, Directive, Macro, MacroString, is_record, parse
from dropbox.trust.verdict import Check, Result

MAX_TERMS = 10
"""Mechanisms and modifiers that ask DNS (section 4.6.4)."""
MAX_VOID = 2
MAX_NAMES = 10
"""Hosts of an `mx`, names of a `ptr`."""
MAX_NAME = 253
MAX_LABEL = 63


async def check(peer: str, helo: str, mail_from: str, resolver: Resolver) -> Check:
    """Check MAIL FROM; the null sender stands for postmaster at the HELO name (section 2.4).

    `peer` is an IP address. Never raises; a DNS that is down is `temperror`.
    """
    local, at, domain = mail_from.rpartition("@")
    if not mail_from:
        local, domain = "postmaster", helo
    elif not at:
        return Check("spf", Result.NONE)
    return await _checked(peer, helo, local or "postmaster", domain, resolver)


async def check_helo(peer: str, helo: str, resolver: Resolver) -> Check:
    """Check the HELO name (section 2.3), in the same way."""
    return await _checked(peer, helo, "postmaster", helo, resolver)


async def _checked(peer: str, helo: str, local: str, domain: str, resolver: Resolver) -> Check:
    domain = canonical_domain(domain)
    address = _address(peer)
    if address is None or not _is_host(domain):
        return Check("spf", Result.NONE, domain)
    evaluation = _Evaluation(address, helo, local, domain, resolver)
    try:
        return Check("spf", await evaluation.check_host(domain), domain)
    except BadRecord as error:
        return Check("spf", Result.PERMERROR, domain, str(error))
    except NoMoreQuestions:
        return Check("spf", Result.PERMERROR, domain, "too_many_queries")
    except DnsDown:
        return Check("spf", Result.TEMPERROR, domain)


@dataclass(frozen=True, slots=True)
class _Address:
    text: str
    family: int
    number: int
    dotted: str
    """As `%{i}`: an IPv6 address in 32 dotted nibbles."""

    def within(self, network: int, prefix4: int, prefix6: int) -> bool:
        shift = 32 - prefix4 if self.family == 4 else 128 - prefix6
        return self.number >> shift == network >> shift


def _address(peer: str) -> _Address | None:
    try:
        return _Address(peer, 4, int.from_bytes(socket.inet_pton(socket.AF_INET, peer)), peer)
    except (OSError, ValueError):
        pass
    try:
        packed = socket.inet_pton(socket.AF_INET6, peer)
    except (OSError, ValueError):
        return None
    if packed.startswith(bytes(10) + b"\xff\xff"):
        return _address(socket.inet_ntop(socket.AF_INET, packed[12:]))
    return _Address(peer, 6, int.from_bytes(packed), ".".join(packed.hex()))


def _is_name(domain: str) -> bool:
    """Whether DNS can be asked about it at all."""
    return (
        0 < len(domain) <= MAX_NAME
        and domain.isascii()
        and all(0 < len(label) <= MAX_LABEL for label in domain.split("."))
    )


def _is_host(domain: str) -> bool:
    """Whether it is a domain of several labels (section 4.3), and no address literal."""
    return "." in domain and domain[0] != "[" and _is_name(domain)


def _distance(name: str, domain: str) -> int:
    if name == domain:
        return 0
    return 1 if name.endswith(f".{domain}") else 2


@dataclass(slots=True)
class _Evaluation:
    """One check_host with all that it includes, and what it has cost."""

    peer: _Address
    helo: str
    local: str
    sender_domain: str
    resolver: Resolver
    terms: int = 0
    voids: int = 0
    names: list[str] | None = None
    validated: dict[str, str] = field(default_factory=dict)

    async def check_host(self, domain: str) -> Result:
        """Evaluate the record of `domain` (section 4). Raises BadRecord, DnsDown."""
        texts = await self.resolver.txt(domain) if _is_name(domain) else ()
        records = [text for text in texts if is_record(text)]
        if not records:
            return Result.NONE
        if len(records) > 1:
            raise BadRecord("several_records")
        record = parse(records[0])
        for directive in record.directives:
            if await self._matches(directive, domain):
                return directive.result
        if not record.redirect:
            return Result.NEUTRAL
        self._count_term()
        result = await self.check_host(await self._expand(record.redirect, domain))
        if result is Result.NONE:
            raise BadRecord("no_record_at_redirect")
        return result

    async def _matches(self, directive: Directive, domain: str) -> bool:
        match directive.mechanism:
            case "all":
                return True
            case "ip4" | "ip6":
                return directive.mechanism[2] == str(self.peer.family) and self._within(directive)
        self._count_term()
        target = await self._expand(directive.target, domain) if directive.target else domain
        match directive.mechanism:
            case "include":
                return await self._include(target)
            case "exists":
                return bool(self._counted(await self._lookup(target, 4)))
            case "ptr":
                return await self._ptr(target)
            case "mx":
                return await self._mx(directive, target)
        found = self._counted(await self._lookup(target, self.peer.family))
        return self._any_within(found, directive)

    async def _include(self, target: str) -> bool:
        result = await self.check_host(target)
        if result is Result.NONE:
            raise BadRecord("no_record_at_include")
        return result is Result.PASS

    async def _mx(self, directive: Directive, target: str) -> bool:
        hosts = await self.resolver.mx(target) if _is_name(target) else ()
        self._counted(hosts)
        if len(hosts) > MAX_NAMES:
            raise BadRecord("too_many_mx")
        for host in hosts:
            # Not counted as void: of a peer with IPv6, hosts with IPv4 alone would be errors.
            if self._any_within(await self._lookup(host, self.peer.family), directive):
                return True
        return False

    async def _ptr(self, target: str) -> bool:
        wanted = target.lower()
        for name in await self._reverse():
            if (name == wanted or name.endswith(f".{wanted}")) and await self._leads_back(name):
                return True
        return False

    async def _reverse(self) -> Sequence[str]:
        """Return the first ten names of the peer; none when DNS is down (section 5.5)."""
        if self.names is None:
            self.names = []
            try:
                found = self._counted(await self.resolver.ptr(self.peer.text))
            except NoMoreQuestions:
                raise
            except DnsDown:
                found = ()
            self.names = [name.lower().rstrip(".") for name in found[:MAX_NAMES]]
        return self.names

    async def _leads_back(self, name: str) -> bool:
        try:
            found = await self._lookup(name, self.peer.family)
        except NoMoreQuestions:
            raise
        except DnsDown:
            return False
        return any((one := _address(text)) and one.number == self.peer.number for text in found)

    async def _validated(self, domain: str) -> str:
        """Return what `%{p}` stands for: the domain, a name under it, any other, in this order."""
        if domain not in self.validated:
            self.validated[domain] = await self._best_name(domain)
        return self.validated[domain]

    async def _best_name(self, domain: str) -> str:
        names = await self._reverse()
        for name in sorted(names, key=lambda name: _distance(name, domain)):
            if await self._leads_back(name):
                return name
        return "unknown"

    async def _lookup(self, name: str, family: int) -> tuple[str, ...]:
        return await self.resolver.addresses(name, family) if _is_name(name) else ()

    def _any_within(self, found: Sequence[str], directive: Directive) -> bool:
        return any(
            self.peer.within(one.number, directive.prefix4, directive.prefix6)
            for text in found
            if (one := _address(text)) and one.family == self.peer.family
        )

    def _within(self, directive: Directive) -> bool:
        return self.peer.within(directive.network, directive.prefix4, directive.prefix6)

    def _count_term(self) -> None:
        self.terms += 1
        if self.terms > MAX_TERMS:
            raise BadRecord("too_many_lookups")

    def _counted(self, found: tuple[str, ...]) -> tuple[str, ...]:
        if not found:
            self.voids += 1
            if self.voids > MAX_VOID:
                raise BadRecord("too_many_void_lookups")
        return found

    async def _expand(self, target: MacroString, domain: str) -> str:
        """Expand macros; of a name that is too long the end is kept (section 7.3)."""
        expanded: list[str] = []
        length = 0
        # From the end, as only the last 253 characters count, however many are asked for.
        for piece in reversed(target):
            text = piece if isinstance(piece, str) else await self._macro(piece, domain)
            expanded.append(text)
            length += len(text)
            if length > MAX_NAME + 1:
                break
        name = "".join(reversed(expanded)).removesuffix(".")
        if len(name) > MAX_NAME:
            name = name[-MAX_NAME - 1 :].partition(".")[2]
        return name

    async def _macro(self, macro: Macro, domain: str) -> str:
        value = await self._value(macro.letter, domain)
        if macro.parts or macro.reverse or macro.delimiters:
            delimiters = macro.delimiters or "."
            for other in delimiters[1:]:
                value = value.replace(other, delimiters[0])
            parts = value.split(delimiters[0])
            if macro.reverse:
                parts.reverse()
            value = ".".join(parts[-macro.parts :])
        return quote(value, safe="", errors="replace") if macro.escape else value

    async def _value(self, letter: str, domain: str) -> str:
        match letter:
            case "s":
                return f"{self.local}@{self.sender_domain}"
            case "l":
                return self.local
            case "o":
                return self.sender_domain
            case "d":
                return domain
            case "i":
                return self.peer.dotted
            case "p":
                return await self._validated(domain)
            case "v":
                return "in-addr" if self.peer.family == 4 else "ip6"
        return self.helo
