"""A client that speaks transcripts, and a server on loopback with plain functions behind it."""

import asyncio
import contextlib
import socket
import ssl
import struct
import uuid

from dropbox.envelope import Recipient
from dropbox.filing.delivery import Delivery
from dropbox.filing.outcomes import Reason
from dropbox.metrics import Board, Metrics
from dropbox.wire.server import Server

SECRET = "k3j5mzqw7x2yb4ta"
HANAKO = f"hanako.{SECRET}@dropbox.example"
KEN = "ken.aaaabbbbccccdddd@dropbox.example"
PATIENCE = 20.0
ENVELOPE = f"""
    < 220
    > EHLO client.example
    < 250
    > MAIL FROM:<anna@example.com>
    < 250 2.1.0
    > RCPT TO:<{HANAKO}>
    < 250 2.1.5
"""


def recipient(address, suffix=""):
    return Recipient(
        account_id=uuid.UUID(int=1),
        user_id=uuid.UUID(int=2),
        address_id=uuid.uuid5(uuid.NAMESPACE_URL, address),
        address=address,
        suffix=suffix,
    )


class Post:
    """What stands behind the wire: a directory of two users, and a pile of mails."""

    def __init__(self):
        self.addresses = {HANAKO, KEN}
        self.asked = []
        self.mails = []
        self.contents = []
        self.reason = Reason.FILED
        self.error = None
        self.route_error = None
        self.gate = None
        self.arrived = asyncio.Event()

    async def route(self, address):
        self.asked.append(address)
        if self.route_error is not None:
            raise self.route_error
        local, _, domain = address.lower().rpartition("@")
        name, _, suffix = local.partition("+")
        known = f"{name}@{domain}"
        return recipient(known, suffix) if known in self.addresses else None

    async def accept(self, envelope):
        self.arrived.set()
        if self.gate is not None:
            await self.gate.wait()
        if self.error is not None:
            raise self.error
        self.mails.append(envelope)
        self.contents.append(b"".join(envelope.content.chunks()))
        return [Delivery(uuid.uuid4(), one, self.reason) for one in envelope.recipients]


class Client:
    """One connection. In a transcript `>` is sent with CRLF, `<` begins the last line of a reply.

    `>>` is sent without a line end, with Python's escapes undone; `< EOF` is the end.
    """

    def __init__(self, reader, writer):
        self.reader = reader
        self.writer = writer

    async def run(self, transcript):
        """Play `transcript`; returns all replies, as lists of lines."""
        replies = []
        for line in filter(None, map(str.strip, transcript.splitlines())):
            mark, _, text = line.partition(" ")
            if mark == ">":
                await self.send(text.encode() + b"\r\n")
            elif mark == ">>":
                await self.send(text.encode("latin-1").decode("unicode_escape").encode("latin-1"))
            elif text == "EOF":
                assert await self.read_to_end() == b""
            else:
                replies.append(await self.hear(text))
        return replies

    async def send(self, data):
        self.writer.write(data)
        await self.writer.drain()

    async def hear(self, beginning=""):
        lines = []
        while not lines or lines[-1][3:4] == "-":
            line = await asyncio.wait_for(self.reader.readline(), PATIENCE)
            assert line.endswith(b"\r\n"), (line, lines, beginning)
            lines.append(line.decode()[:-2])
        assert lines[-1].startswith(beginning), f"expected {beginning}, got {lines}"
        return lines

    async def read_to_end(self):
        with contextlib.suppress(ConnectionResetError):
            return await asyncio.wait_for(self.reader.read(), PATIENCE)
        return b""

    async def starttls(self):
        await self.writer.start_tls(careless_context())

    def certificate(self):
        return self.writer.get_extra_info("ssl_object").getpeercert(binary_form=True)

    def reset_on_close(self):
        sock = self.writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    async def close(self):
        self.writer.close()
        with contextlib.suppress(OSError):
            await asyncio.wait_for(self.writer.wait_closed(), PATIENCE)


def careless_context():
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


class Wire:
    """The server under test."""

    def __init__(self, settings, certificate=None):
        self.post = Post()
        self.settings = settings
        self.board = Board()
        self.server = Server(
            settings,
            self.post.route,
            self.post.accept,
            certificate,
            metrics=Metrics(self.board),
        )
        self.clients = []

    async def start(self, *listeners):
        await self.server.start(listeners)

    def counted(self, family):
        """What was counted of a family, without what is zero: by its last label, if it has any."""
        cells = zip(family.values, self.board.read(family), strict=True)
        return {values[-1] if values else "": number for values, number in cells if number}

    def context(self):
        return self.server._context

    async def connect(self, index=0, local_addr=None, **options):
        address = self.server.addresses[index]
        if address.startswith("unix:"):
            streams = await asyncio.open_unix_connection(address.removeprefix("unix:"), **options)
        else:
            host, _, port = address.rpartition(":")
            streams = await asyncio.open_connection(
                host.strip("[]"), int(port), local_addr=local_addr, **options
            )
        self.clients.append(Client(*streams))
        return self.clients[-1]

    async def talk(self, transcript):
        """Play a transcript on a connection of its own."""
        client = await self.connect()
        replies = await client.run(transcript)
        await client.close()
        return replies

    async def until(self, condition):
        async with asyncio.timeout(PATIENCE):
            while not condition():  # noqa: ASYNC110 - the server has no event for every state
                await asyncio.sleep(0.005)

    async def stop(self):
        if self.post.gate is not None:
            self.post.gate.set()
        for client in self.clients:
            await client.close()
        await self.server.drain(PATIENCE)
