"""The client's end of one connection: a socket, TLS when asked for, and the dialogue on it.

Bare sockets and epoll: it has to cost less than any server that is measured with it.
"""

from __future__ import annotations

import select
import socket
import ssl
import time
from collections.abc import Generator, Sequence
from enum import Enum, auto

_SEND_BUFFER = 1 << 18
_CONNECT_SECONDS = 120.0


class Step(Enum):
    """What a dialogue may want besides sending."""

    HANDSHAKE = auto()
    """Go on encrypted; the dialogue goes on with an empty reply."""
    REST = auto()
    """Nothing, until somebody calls `wake`."""


Dialogue = Generator[Sequence[bytes] | Step, bytes, None]
"""Pieces to send, or a step, come out of it; a complete reply goes in."""


def _without_checks() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


_TLS = _without_checks()


class Connection:
    """Open once it is made; says nothing until `talk`."""

    def __init__(self, port: int, epoll: select.epoll) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=_CONNECT_SECONDS)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SEND_BUFFER)
        self.socket.setblocking(False)
        self.descriptor = self.socket.fileno()
        self.rests = False
        self.due = 0.0
        """When the mail that is sent should have been, where mails are due at certain moments."""
        self.sent_at = 0.0
        """When the kernel had taken the last byte of what was sent last."""
        self._epoll = epoll
        self._unsent: list[memoryview] = []
        self._waits_to_send = False
        self._reply = b""
        self._dialogue: Dialogue
        self._tls: _Tls | None = None
        epoll.register(self.socket, select.EPOLLIN)

    def talk(self, dialogue: Dialogue) -> None:
        self._dialogue = dialogue
        self._do(next(dialogue))

    def wake(self) -> None:
        """Go on after a rest."""
        self.rests = False
        self._go_on(b"")

    def handle(self, events: int) -> bool:
        """Go on after an event; False at the end of the dialogue."""
        if events & select.EPOLLOUT:
            self._flush()
        if not events & ~select.EPOLLOUT:
            return True
        data = self.socket.recv(1 << 14)
        if not data:
            raise ConnectionResetError("the server closed a connection")
        if self._tls:
            data, answer = self._tls.take(data)
            if answer:
                self._send([answer])
            if self._tls.just_shaken():
                return self._go_on(b"")
        self._reply += data
        if not is_complete(self._reply):
            return True
        reply, self._reply = self._reply, b""
        return self._go_on(reply)

    def close(self) -> None:
        self._epoll.unregister(self.socket)
        self.socket.close()

    def _go_on(self, reply: bytes) -> bool:
        try:
            self._do(self._dialogue.send(reply))
        except StopIteration:
            self.close()
            return False
        return True

    def _do(self, wanted: Sequence[bytes] | Step) -> None:
        if wanted is Step.REST:
            self.rests = True
        elif wanted is Step.HANDSHAKE:
            self._tls = _Tls()
            self._send([self._tls.hello])
        else:
            self._send([self._tls.encrypt(wanted)] if self._tls else wanted)

    def _send(self, pieces: Sequence[bytes]) -> None:
        self._unsent.extend(map(memoryview, pieces))
        if self._unsent:
            self._flush()

    def _flush(self) -> None:
        try:
            sent = self.socket.sendmsg(self._unsent)
        except BlockingIOError:
            sent = 0
        while self._unsent and sent >= len(self._unsent[0]):
            sent -= len(self._unsent.pop(0))
        if self._unsent:
            self._unsent[0] = self._unsent[0][sent:]
        else:
            self.sent_at = time.perf_counter()
        if bool(self._unsent) is not self._waits_to_send:
            self._waits_to_send = bool(self._unsent)
            wanted = select.EPOLLIN | (select.EPOLLOUT if self._waits_to_send else 0)
            self._epoll.modify(self.socket, wanted)


class _Tls:
    """TLS between two buffers, since a socket of the ssl module takes no several pieces."""

    def __init__(self) -> None:
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._object = _TLS.wrap_bio(self._incoming, self._outgoing)
        self._shaken = False
        self._told = False
        self.hello = self._shake()

    def just_shaken(self) -> bool:
        """Whether the handshake has ended; true once."""
        if self._shaken and not self._told:
            self._told = True
            return True
        return False

    def take(self, data: bytes) -> tuple[bytes, bytes]:
        """Return what came decrypted, and what is to be sent in answer."""
        self._incoming.write(data)
        if not self._shaken:
            return b"", self._shake()
        pieces = []
        try:
            while piece := self._object.read(1 << 16):
                pieces.append(piece)
        except ssl.SSLWantReadError:
            pass
        return b"".join(pieces), self._outgoing.read()

    def encrypt(self, pieces: Sequence[bytes]) -> bytes:
        for piece in pieces:
            if piece:
                self._object.write(piece)
        return self._outgoing.read()

    def _shake(self) -> bytes:
        try:
            self._object.do_handshake()
            self._shaken = True
        except ssl.SSLWantReadError:
            pass
        return self._outgoing.read()


def is_complete(reply: bytes) -> bool:
    """RFC 5321 section 4.2.1: the last line has a space behind its code."""
    if not reply.endswith(b"\n"):
        return False
    last = reply.rfind(b"\n", 0, -1) + 1
    return reply[last + 3 : last + 4] != b"-"
