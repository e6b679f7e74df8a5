"""DNS over the network: the resolver that the daemon uses. The only place that imports dnspython.

Recursive nameservers do the walking; here are a cache, time limits, and the bookkeeping of what
one mail may cost.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any, Protocol

import dns.exception
import dns.message
import dns.name
import dns.rcode
import dns.rdata
import dns.rdatatype
import dns.resolver
import dns.reversename

from dropbox.trust.answers import Answer, Answers, Question
from dropbox.trust.nameserver import Nameserver, Silent, TooMany
from dropbox.trust.resolver import DnsDown, NoMoreQuestions

QUERY_SECONDS = 3.0
"""The longest that one question takes, however many nameservers are asked."""
MAIL_SECONDS = 10.0
MAIL_QUERIES = 20
CACHE_BYTES = 8 * 1024 * 1024
AT_ONCE = 512
"""Questions on their way: sockets are not without end."""

_PAYLOAD = 1232
_UNREADABLE_TTL = 300


def system_nameservers() -> tuple[tuple[str, int], ...]:
    """Return those of /etc/resolv.conf, or as libc does the one on this machine."""
    try:
        found = dns.resolver.Resolver(configure=True).nameservers
    except (dns.exception.DNSException, OSError):
        found = []
    return tuple((str(host), 53) for host in found) or (("127.0.0.1", 53),)


class _Asks:
    """The Resolver port over one method."""

    async def _ask(self, question: Question) -> tuple[Any, ...]:
        raise NotImplementedError

    async def txt(self, name: str) -> tuple[bytes, ...]:
        return await self._ask(Question("TXT", name.lower()))

    async def addresses(self, name: str, family: int) -> tuple[str, ...]:
        return await self._ask(Question("A" if family == 4 else "AAAA", name.lower()))

    async def mx(self, name: str) -> tuple[str, ...]:
        return await self._ask(Question("MX", name.lower()))

    async def ptr(self, address: str) -> tuple[str, ...]:
        return await self._ask(Question("PTR", address))


class Counts(Protocol):
    """Who counts. Types of questions and causes are short words in lower case."""

    def asked(self, kind: str) -> None:
        """A question is sent to a nameserver."""

    def remembered(self) -> None:
        """One is answered from memory."""

    def failed(self, cause: str) -> None:
        """One gets no answer: `timeout`, `servfail`, `refused`, or another word."""


class _Nobody:
    def asked(self, kind: str) -> None:
        pass

    def remembered(self) -> None:
        pass

    def failed(self, cause: str) -> None:
        pass


class DnsResolver(_Asks):
    """Asks nameservers, and remembers. One per process, and event loop."""

    def __init__(
        self,
        nameservers: Sequence[tuple[str, int]] = (),
        clock: Callable[[], float] = time.monotonic,
        counts: Counts | None = None,
    ) -> None:
        """`nameservers` are IP addresses and ports; none: the system's."""
        self._counts = counts or _Nobody()
        self._nameservers = [
            Nameserver(host, port) for host, port in nameservers or system_nameservers()
        ]
        self._answers = Answers(clock, CACHE_BYTES)
        self._under_way: dict[Question, asyncio.Task[Answer]] = {}
        self._at_once = asyncio.Semaphore(AT_ONCE)

    def for_one_mail(self) -> OneMail:
        return OneMail(self)

    def known(self, question: Question) -> Answer | None:
        """Return the answer that is remembered."""
        answer = self._answers.get(question)
        if answer is not None:
            self._counts.remembered()
        return answer

    async def close(self) -> None:
        """Give up all questions that are under way."""
        tasks = list(self._under_way.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def ask(self, question: Question) -> Answer:
        """Return the answer, remembered or asked for. Never raises."""
        if (answer := self.known(question)) is not None:
            return answer
        task = self._under_way.get(question)
        if task is None:
            task = asyncio.create_task(self._find(question))
            self._under_way[question] = task
            task.add_done_callback(lambda _: self._under_way.pop(question, None))
        # Whoever waits may be cancelled; the others still want to know.
        await asyncio.wait({task})
        return Answer(down=True) if task.cancelled() else task.result()

    async def _ask(self, question: Question) -> tuple[Any, ...]:
        return _records(await self.ask(question))

    async def _find(self, question: Question) -> Answer:
        try:
            query = _query(question)
        except (dns.exception.DNSException, ValueError):
            answer = Answer(ttl=_UNREADABLE_TTL)
        else:
            async with self._at_once:
                self._counts.asked(question.kind.lower())
                answer = await self._ask_nameservers(question, query)
            if answer.down:
                self._counts.failed(answer.cause)
        self._answers.put(question, answer)
        return answer

    async def _ask_nameservers(self, question: Question, query: dns.message.QueryMessage) -> Answer:
        loop = asyncio.get_running_loop()
        deadline = loop.time() + QUERY_SECONDS
        wire = query.to_wire()
        # Those that answer come first, else in the order of the settings; the silent ones twice.
        turns = deque(sorted(self._nameservers, key=lambda nameserver: nameserver.silent))
        again, cause = list(turns), "timeout"
        while turns and (seconds := deadline - loop.time()) > 0:
            nameserver = turns.popleft()
            try:
                answer = _read(question, query, await nameserver.ask(wire, seconds))
            except TooMany:
                return Answer(ttl=_UNREADABLE_TTL)
            except Silent:
                if nameserver in again:
                    again.remove(nameserver)
                    turns.append(nameserver)
                continue
            if not answer.down:
                return answer
            cause = answer.cause
        return Answer(down=True, cause=cause)


class OneMail:
    """What one mail may cost: see Allowance."""

    def __init__(self, resolver: DnsResolver) -> None:
        self.resolver = resolver
        self.queries = MAIL_QUERIES
        self.deadline = asyncio.get_running_loop().time() + MAIL_SECONDS

    def share(self, queries: int) -> OneShare:
        return OneShare(self, queries)


class OneShare(_Asks):
    """What one check of it may cost: see Share."""

    def __init__(self, mail: OneMail, queries: int) -> None:
        self._mail = mail
        self._queries = queries
        self.exhausted = False

    async def _ask(self, question: Question) -> tuple[Any, ...]:
        if (answer := self._mail.resolver.known(question)) is not None:
            return _records(answer)
        if not self._queries or not self._mail.queries:
            self.exhausted = True
            raise NoMoreQuestions
        if asyncio.get_running_loop().time() >= self._mail.deadline:
            self.exhausted = True
            raise DnsDown
        self._queries -= 1
        self._mail.queries -= 1
        try:
            async with asyncio.timeout_at(self._mail.deadline):
                return _records(await self._mail.resolver.ask(question))
        except TimeoutError:
            # A stranger's slow records have used up the mail's time, as others would its queries.
            self.exhausted = True
            raise DnsDown from None


def _records(answer: Answer) -> tuple[Any, ...]:
    if answer.down:
        raise DnsDown
    return answer.records


def _query(question: Question) -> dns.message.QueryMessage:
    """Raises DNSException or ValueError for what is no name."""
    if question.kind == "PTR":
        name = dns.reversename.from_address(question.name)
    else:
        # Not from_text: a backslash in a stranger's name is a letter like any other.
        labels = question.name.removesuffix(".").encode("ascii").split(b".")
        name = dns.name.Name([*labels, b""])
    return dns.message.make_query(name, question.kind, use_edns=0, payload=_PAYLOAD)


def _read(question: Question, query: dns.message.QueryMessage, wire: bytes) -> Answer:
    """Read what a nameserver answered; `down` when it cannot tell, or tells nonsense."""
    try:
        answer = dns.message.from_wire(wire, ignore_trailing=True)
        if not query.is_response(answer) or not isinstance(answer, dns.message.QueryMessage):
            return Answer(down=True)
        if answer.rcode() not in {dns.rcode.NOERROR, dns.rcode.NXDOMAIN}:
            return Answer(down=True, cause=dns.rcode.to_text(answer.rcode()).lower())
        found = answer.resolve_chaining()
        records = tuple(_values(question.kind, found.answer or ()))
    except (dns.exception.DNSException, ValueError):
        return Answer(down=True)
    return Answer(records, float(found.minimum_ttl))


def _values(kind: str, rdatas: Any) -> list[Any]:
    match kind:
        case "TXT":
            return [b"".join(rdata.strings) for rdata in rdatas]
        case "MX":
            hosts = sorted(rdatas, key=lambda rdata: rdata.preference)
            # RFC 7505: the host `.` says that there is none.
            return [_host(rdata.exchange) for rdata in hosts if rdata.exchange != dns.name.root]
        case "PTR":
            return [_host(rdata.target) for rdata in rdatas]
    return [str(rdata.address) for rdata in rdatas]


def _host(name: dns.name.Name) -> str:
    return name.to_text(omit_final_dot=True).lower()
