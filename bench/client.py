"""The sending side, a process of its own: `python -m bench.client`, one order a line, in JSON.

It answers each order twice: `ready` when all connections that stay open are, and, having been sent
a line, what came of it. Commands are not pipelined, since not every server offers that.
"""

from __future__ import annotations

import json
import random
import select
import sys
import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field

from bench.connection import Connection, Dialogue, Step
from bench.mails import Mail, Mails, People, Shape
from bench.processes import raise_descriptors
from bench.signing import Signer

REPLY_SECONDS = 120.0
"""So long all connections may be silent before the run is given up."""

_SIGNED_A_SECOND = 1500
"""Signed mails made before the clock starts, for every second that it will run."""


@dataclass(frozen=True, slots=True)
class Order:
    """What to send: mails for so many seconds, or so many mails, whichever ends first."""

    port: int
    connections: int
    shape: Shape = Shape.NEWSLETTER
    people: People = People.HALF
    seconds: float | None = None
    mails: int | None = None
    once: bool = False
    """A connection for every mail."""
    tls: bool = False
    """STARTTLS."""
    signed: bool = False
    """Every mail with a DKIM signature of its own."""
    rate: float | None = None
    """Mails a second, at random moments whatever the server does; else as fast as it takes them."""
    seed: int = 0
    """Of the random moments."""
    idle: int = 0
    """Further connections that are open meanwhile and say nothing after EHLO."""


@dataclass(slots=True)
class Result:
    """What came of an order; only acknowledged mails count."""

    acknowledged: int = 0
    seconds: float = 0.0
    """From the start to the last 250."""
    bytes: int = 0
    """On the wire, of the acknowledged mails."""
    latencies: list[float] = field(default_factory=list)
    """Seconds from the last byte of a mail to its 250."""
    waits: list[float] = field(default_factory=list)
    """With a `rate`: seconds from the moment a mail was due to its 250."""
    refused: dict[str, int] = field(default_factory=dict)
    """Replies other than the expected ones, and how often each came."""


class _Run:
    """One order: what stays open is open once it is made."""

    def __init__(self, order: Order, mails: Mails) -> None:
        self._order = order
        self._mails = mails
        self._left = float("inf") if order.mails is None else order.mails
        self._last = self._end = 0.0
        self._result = Result()
        self._epoll = select.epoll()
        self._connections: dict[int, Connection] = {}
        if order.signed:
            count = order.mails or int((order.seconds or 0) * _SIGNED_A_SECOND)
            mails.prepare(count)
        dialogue = self._paced if order.rate else self._many
        self._talking = [
            self._open(dialogue) for _ in range(0 if order.once else order.connections)
        ]
        self._idle: list[Connection] = []
        for _ in range(order.idle):
            self._idle.append(self._open(self._none))
            self._handle(0.0)
        self._drive(lambda: all(one.rests for one in self._connections.values()))

    def run(self) -> Result:
        began = self._last = time.perf_counter()
        seconds = self._order.seconds
        self._end = float("inf") if seconds is None else began + seconds
        if self._order.rate:
            self._send_at(self._moments(self._order.rate, began))
        elif self._order.once:
            for _ in range(self._order.connections):
                self._open(self._one)
        self._wake_all()
        self._drive(lambda: len(self._connections) == len(self._idle))
        for one in self._idle:
            one.close()
        self._epoll.close()
        self._result.seconds = self._last - began
        return self._result

    # When

    def _send_at(self, moments: Iterator[float]) -> None:
        """Send at these moments, which are in order; mails wait for a free connection."""
        due: deque[float] = deque()
        following = next(moments, None)
        while due or following or len(self._resting()) < self._order.connections:
            now = time.perf_counter()
            while following and following <= now:
                due.append(following)
                following = next(moments, None)
            for one in self._resting():
                if due:
                    one.due = due.popleft()
                    one.wake()
            if following:
                self._handle(max(following - now, 0.0))
            else:
                self._handle_next()

    def _moments(self, rate: float, began: float) -> Iterator[float]:
        """Random ones, independent of each other (a Poisson process)."""
        gaps = random.Random(self._order.seed)
        moment = began + gaps.expovariate(rate)
        left = self._left
        while moment < self._end and left > 0:
            yield moment
            moment += gaps.expovariate(rate)
            left -= 1

    def _resting(self) -> list[Connection]:
        return [one for one in self._talking if one.rests]

    def _wake_all(self) -> None:
        for one in self._resting():
            one.wake()

    def _drive(self, done: Callable[[], bool]) -> None:
        while not done():
            self._handle_next()

    def _handle_next(self) -> None:
        if not self._handle(REPLY_SECONDS):
            raise TimeoutError(f"no reply in {REPLY_SECONDS:.0f} seconds")

    def _handle(self, seconds: float) -> bool:
        """Handle what happens next; False when that took longer than `seconds`."""
        ready = self._epoll.poll(seconds)
        for descriptor, events in ready:
            if not self._connections[descriptor].handle(events):
                del self._connections[descriptor]
                if self._order.once and self._goes_on():
                    self._open(self._one)
        return bool(ready)

    def _goes_on(self) -> bool:
        return self._left > 0 and time.perf_counter() < self._end

    # What

    def _open(self, dialogue: Callable[[Connection], Dialogue]) -> Connection:
        opened = Connection(self._order.port, self._epoll)
        self._connections[opened.descriptor] = opened
        opened.talk(dialogue(opened))
        return opened

    def _none(self, _connection: Connection) -> Dialogue:
        yield from self._hello()
        yield Step.REST

    def _one(self, connection: Connection) -> Dialogue:
        yield from self._hello()
        yield from self._mail(connection)
        yield (b"QUIT\r\n",)

    def _many(self, connection: Connection) -> Dialogue:
        yield from self._hello()
        yield Step.REST
        while self._goes_on():
            yield from self._mail(connection)
        yield (b"QUIT\r\n",)

    def _paced(self, connection: Connection) -> Dialogue:
        yield from self._hello()
        yield Step.REST
        while connection.due:
            yield from self._mail(connection)
            connection.due = 0.0
            yield Step.REST
        yield (b"QUIT\r\n",)

    def _hello(self) -> Dialogue:
        self._expect(b"220", (yield ()))
        self._expect(b"250", (yield (b"EHLO mx.corp.example\r\n",)))
        if self._order.tls:
            self._expect(b"220", (yield (b"STARTTLS\r\n",)))
            yield Step.HANDSHAKE
            self._expect(b"250", (yield (b"EHLO mx.corp.example\r\n",)))

    def _mail(self, connection: Connection) -> Dialogue:
        self._left -= 1
        mail = self._mails.next()
        for command in (
            f"MAIL FROM:<{mail.sender.email}>\r\n",
            f"RCPT TO:<{mail.sender.dropbox}>\r\n",
            "DATA\r\n",
        ):
            reply = yield (command.encode(),)
            if reply[0] not in b"23":
                self._refused(reply)
                yield (b"RSET\r\n",)
                return
        reply = yield mail.pieces
        self._judge(reply, connection, mail)

    def _judge(self, reply: bytes, connection: Connection, mail: Mail) -> None:
        if not reply.startswith(b"250"):
            self._refused(reply)
            return
        self._last = time.perf_counter()
        self._result.acknowledged += 1
        self._result.bytes += sum(map(len, mail.pieces))
        self._result.latencies.append(self._last - connection.sent_at)
        if connection.due:
            self._result.waits.append(self._last - connection.due)

    def _refused(self, reply: bytes) -> None:
        said = reply.decode("utf-8", "replace").strip()
        self._result.refused[said] = self._result.refused.get(said, 0) + 1

    def _expect(self, code: bytes, reply: bytes) -> None:
        if not reply.startswith(code):
            raise ConnectionRefusedError(reply.decode("utf-8", "replace").strip())


class _Supplies:
    """Mails of every kind that was ever asked for."""

    def __init__(self, run: str, key: str) -> None:
        self._run, self._key = run, key
        self._made: dict[tuple[Shape, People, bool], Mails] = {}

    def of(self, order: Order) -> Mails:
        kind = (Shape(order.shape), People(order.people), order.signed)
        if kind not in self._made:
            signer = Signer(self._key) if order.signed else None
            run = f"{self._run}.{len(self._made)}"
            self._made[kind] = Mails(kind[0], kind[1], run, signer)
        return self._made[kind]


def main() -> None:
    """Read what this run is called, then order after order, until standard input ends."""
    raise_descriptors()
    given = json.loads(sys.stdin.readline())
    supplies = _Supplies(given["run"], given["key"])
    for line in sys.stdin:
        order = Order(**json.loads(line))
        run = _Run(order, supplies.of(order))
        print("ready", flush=True)
        sys.stdin.readline()
        print(json.dumps(asdict(run.run())), flush=True)


if __name__ == "__main__":
    main()
