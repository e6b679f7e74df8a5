"""The mail domain as the world sees it: where its mail goes, and who may write as it."""

from __future__ import annotations

from dns.exception import DNSException
from dns.resolver import NXDOMAIN, Answer, NoAnswer, Resolver

from cli.check import Check

ANSWER_SECONDS = 3.0
MOST_HOSTS = 5

RESERVED = frozenset("example test invalid localhost example.com example.net example.org".split())
"""RFC 2606 and RFC 6761."""


class Unasked(Exception):
    """DNS gave no answer, neither yes nor no: a closed network, or a server that is down."""


def is_reserved(domain: str) -> bool:
    """Whether a domain is for trials and manuals: nobody outside can ever send to it."""
    return any(domain == one or domain.endswith(f".{one}") for one in RESERVED)


def open_resolver() -> Resolver | None:
    """Return a resolver that asks the system's servers; None when there are none."""
    try:
        resolver = Resolver()
    except (DNSException, OSError):
        return None
    resolver.lifetime = ANSWER_SECONDS
    return resolver


class MailDomain:
    """A mail domain, and the resolver that is asked about it."""

    def __init__(self, domain: str, resolver: Resolver | None) -> None:
        self._domain = domain
        self._resolver = resolver
        self.hosts: tuple[str, ...] = ()
        """The hosts that take its mail, once `check_mx` has been called."""

    def check_mx(self) -> Check:
        """Look at where mail to the domain is sent."""
        publish = f"publish: {self._domain} MX 10 HOST, the host that takes its mail"
        try:
            answer = self._ask(self._domain, "MX")
            if answer is None:
                return self._without_mx(publish)
            ordered = sorted(answer, key=lambda one: (one.preference, one.exchange))
            self.hosts = tuple(one.exchange.to_text(omit_final_dot=True) for one in ordered)
            if self.hosts == (".",):
                self.hosts = ()
                seen = f"{self._domain} says that it takes no mail"
                return Check.problem("mx", seen, publish)
            return self._reached(publish)
        except Unasked as error:
            return _unasked("mx", error)

    def _without_mx(self, publish: str) -> Check:
        if found := self._addresses(self._domain):
            seen = f"{self._domain} has no MX; mail is sent to its address, {', '.join(found)}"
            return Check.warning("mx", seen, publish)
        return Check.problem("mx", f"no mail reaches {self._domain}: it has no MX", publish)

    def _reached(self, publish: str) -> Check:
        known = {host: self._addresses(host) for host in self.hosts[:MOST_HOSTS]}
        seen = ", ".join(
            f"{host} ({', '.join(found) or 'no address'})" for host, found in known.items()
        )
        if not any(known.values()):
            return Check.problem("mx", seen, f"give that host an address, or {publish}")
        if not all(known.values()):
            return Check.warning("mx", seen, "give every host an address, or take it out")
        return Check.ok("mx", seen)

    def check_spf(self) -> Check:
        """Look at who may write as the domain."""
        publish = (
            f'publish: {self._domain} TXT "v=spf1 -all", with the hosts that send for it, if any, '
            "before -all"
        )
        try:
            answer = self._ask(self._domain, "TXT") or ()
        except Unasked as error:
            return _unasked("spf", error)
        texts = [b"".join(one.strings).decode("ascii", "replace") for one in answer]
        found = [one for one in texts if one.lower().split(" ")[0] == "v=spf1"]
        if not found:
            return Check.warning("spf", f"none: anybody can write as {self._domain}", publish)
        if len(found) > 1:
            seen = f"{len(found)} records, and none counts: {' and '.join(found)}"
            return Check.problem("spf", seen, "leave one")
        if {"all", "+all"} & set(found[0].lower().split()):
            return Check.warning("spf", f"{found[0]}: anybody can write as it", publish)
        return Check.ok("spf", found[0])

    def _addresses(self, host: str) -> list[str]:
        answers = (self._ask(host, kind) or () for kind in ("A", "AAAA"))
        return [one.address for answer in answers for one in answer]

    def _ask(self, name: str, kind: str) -> Answer | None:
        """Return the answer; None when there is none, for certain. Raises Unasked."""
        if self._resolver is None:
            raise Unasked("no name server is set up")
        try:
            return self._resolver.resolve(name, kind)
        except NoAnswer:
            return None
        except NXDOMAIN:
            self._ask_for_root(self._resolver)
            return None
        except DNSException as error:
            raise Unasked(type(error).__name__) from error

    def _ask_for_root(self, resolver: Resolver) -> None:
        """Raise Unasked where "no such name" is what is said of every name in the world."""
        try:
            resolver.resolve(".", "NS")
        except DNSException as error:
            raise Unasked("DNS here knows nothing of the world outside") from error


def _unasked(name: str, error: Unasked) -> Check:
    seen = f"could not be asked: {error}"
    return Check.warning(name, seen, "run doctor where DNS answers; on a closed network let it be")
