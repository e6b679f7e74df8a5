"""The sending side, a process of its own: `python -m bench.client`, one order a line, in JSON.

It answers each order twice: `ready` when all connections are open, and, having been sent a line,
what came of it. Bare sockets and epoll: it has to cost less than any server that it measures.
Commands are not pipelined, since not every server offers that.
"""

from __future__ import annotations

import json
import select
import socket
import sys
import time
from collections.abc import Generator, Sequence
from dataclasses import asdict, dataclass, field

from bench.mails import Mails, Sender, Shape

REPLY_SECONDS = 120.0
"""So long all connections may be silent before the run is given up."""

_SEND_BUFFER = 1 << 18

_Dialogue = Generator[Sequence[bytes], bytes, None]


@dataclass(frozen=True, slots=True)
class Order:
    """What to send: mails for so many seconds, or so many mails, whichever ends first."""

    port: int
    connections: int
    shape: Shape = Shape.NEWSLETTER
    seconds: float | None = None
    mails: int | None = None


@dataclass(slots=True)
class Result:
    """What came of an order; only acknowledged mails count."""

    acknowledged: int = 0
    seconds: float = 0.0
    """From the start to the last 250."""
    latencies: list[float] = field(default_factory=list)
    """Seconds from the last byte of a mail to its 250."""
    refused: dict[str, int] = field(default_factory=dict)
    """Replies other than the expected ones, and how often each came."""


class _Connection:
    """A socket, and the dialogue on it: pieces to send come out of it, replies go in."""

    def __init__(self, port: int, epoll: select.epoll) -> None:
        self.socket = _open(port)
        self.sent_at = 0.0
        """When the kernel had taken the last byte of what was sent last."""
        self._epoll = epoll
        self._unsent: list[memoryview] = []
        self._reply = b""
        self._dialogue: _Dialogue = _nothing()
        epoll.register(self.socket, select.EPOLLIN)

    def talk(self, dialogue: _Dialogue) -> None:
        self._dialogue = dialogue
        self._send(next(dialogue))

    def handle(self, events: int) -> bool:
        """Go on after an event; False at the end of the dialogue."""
        if events & select.EPOLLOUT:
            self._flush()
        if not events & ~select.EPOLLOUT:
            return True
        data = self.socket.recv(4096)
        if not data:
            raise ConnectionResetError("the server closed a connection")
        self._reply += data
        if not _is_complete(self._reply):
            return True
        reply, self._reply = self._reply, b""
        try:
            self._send(self._dialogue.send(reply))
        except StopIteration:
            self.socket.close()
            return False
        return True

    def _send(self, pieces: Sequence[bytes]) -> None:
        self._unsent = [memoryview(piece) for piece in pieces]
        self._flush(registered=False)

    def _flush(self, *, registered: bool = True) -> None:
        try:
            sent = self.socket.sendmsg(self._unsent)
        except BlockingIOError:
            sent = 0
        while self._unsent and sent >= len(self._unsent[0]):
            sent -= len(self._unsent.pop(0))
        if self._unsent:
            self._unsent[0] = self._unsent[0][sent:]
            if not registered:
                self._epoll.modify(self.socket, select.EPOLLIN | select.EPOLLOUT)
            return
        self.sent_at = time.perf_counter()
        if registered:
            self._epoll.modify(self.socket, select.EPOLLIN)


class _Run:
    """One order: its connections are open once it is made."""

    def __init__(self, order: Order, mails: Mails) -> None:
        self._order = order
        self._mails = mails
        self._left = float("inf") if order.mails is None else order.mails
        self._began = self._last = self._end = 0.0
        self._result = Result()
        self._epoll = select.epoll()
        opened = [_Connection(order.port, self._epoll) for _ in range(order.connections)]
        self._connections = {one.socket.fileno(): one for one in opened}

    def run(self) -> Result:
        self._began = time.perf_counter()
        seconds = self._order.seconds
        self._end = float("inf") if seconds is None else self._began + seconds
        for connection in self._connections.values():
            connection.talk(self._dialogue(connection))
        while self._connections:
            ready = self._epoll.poll(REPLY_SECONDS)
            if not ready:
                raise TimeoutError(f"no reply in {REPLY_SECONDS:.0f} seconds")
            for descriptor, events in ready:
                if not self._connections[descriptor].handle(events):
                    del self._connections[descriptor]
        self._epoll.close()
        self._result.seconds = self._last - self._began
        return self._result

    def _dialogue(self, connection: _Connection) -> _Dialogue:
        while self._left > 0 and time.perf_counter() < self._end:
            self._left -= 1
            sender, *mail = self._mails.next()
            for command in (
                f"MAIL FROM:<{sender.email}>\r\n",
                f"RCPT TO:<{sender.dropbox}>\r\n",
                "DATA\r\n",
            ):
                reply = yield (command.encode(),)
                if reply[0] not in b"23":
                    self._refused(reply)
                    yield (b"RSET\r\n",)
                    break
            else:
                reply = yield mail
                self._judge(reply, connection.sent_at)
        yield (b"QUIT\r\n",)

    def _judge(self, reply: bytes, sent_at: float) -> None:
        if not reply.startswith(b"250"):
            self._refused(reply)
            return
        self._last = time.perf_counter()
        self._result.acknowledged += 1
        self._result.latencies.append(self._last - sent_at)

    def _refused(self, reply: bytes) -> None:
        said = reply.decode("utf-8", "replace").strip()
        self._result.refused[said] = self._result.refused.get(said, 0) + 1


def _open(port: int) -> socket.socket:
    opened = socket.create_connection(("127.0.0.1", port), timeout=REPLY_SECONDS)
    opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SEND_BUFFER)
    for command in (b"", b"EHLO mx.corp.example\r\n"):
        opened.sendall(command)
        reply = b""
        while not _is_complete(reply):
            data = opened.recv(4096)
            if not data:
                raise ConnectionResetError("the server closed a connection")
            reply += data
        if not reply.startswith(b"2"):
            raise ConnectionRefusedError(reply.decode("utf-8", "replace").strip())
    opened.setblocking(False)
    return opened


def _is_complete(reply: bytes) -> bool:
    """RFC 5321 section 4.2.1: the last line has a space behind its code."""
    if not reply.endswith(b"\n"):
        return False
    last = reply.rfind(b"\n", 0, -1) + 1
    return reply[last + 3 : last + 4] != b"-"


def _nothing() -> _Dialogue:
    yield ()


def main() -> None:
    """Read whom the mails are from, then order after order, until standard input ends."""
    given = json.loads(sys.stdin.readline())
    senders = [Sender(**one) for one in given["senders"]]
    supply = {shape: Mails(shape, f"{given['run']}.{shape}", senders) for shape in Shape}
    for line in sys.stdin:
        order = Order(**json.loads(line))
        run = _Run(order, supply[Shape(order.shape)])
        print("ready", flush=True)
        sys.stdin.readline()
        print(json.dumps(asdict(run.run())), flush=True)


if __name__ == "__main__":
    main()
