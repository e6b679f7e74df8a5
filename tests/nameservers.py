"""A nameserver on loopback, over UDP and TCP, that answers from a table, and badly when told to."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import cast

import dns.flags
import dns.message
import dns.rcode
import dns.rrset

SILENCE = "no answer at all"
SERVFAIL = "SERVFAIL"
GARBAGE = "bytes that are no message, then the answer"
WRONG_ID = "an answer to another query, then the answer"
WRONG_QUESTION = "an answer to another question"
CUT = "by UDP only that there is more"
CUT_EVERYWHERE = "by TCP half an answer"
CLOSED = "by TCP nothing"

Table = Mapping[tuple[str, str], list[str] | str]
"""By name and type: `"300 TXT text"` or `"owner | 300 TXT text"`; or one of the above."""


class NameServer:
    """Answers from `table`; whatever a name has one type of, it exists."""

    def __init__(self, table: Table) -> None:
        self.table = dict(table)
        self.asked: list[tuple[str, str, str]] = []
        """Name, type, and `udp` or `tcp`."""
        self.port = 0
        self.negative_ttl = 60

    async def udp(self, query: bytes) -> list[bytes]:
        return await self._answers(query, "udp")

    async def tcp(self, query: bytes) -> list[bytes]:
        return await self._answers(query, "tcp")

    async def _answers(self, wire: bytes, way: str) -> list[bytes]:
        query = dns.message.from_wire(wire)
        name = query.question[0].name.to_text(omit_final_dot=True)
        kind = query.question[0].rdtype.name
        self.asked.append((name, kind, way))
        records = self.table.get((name.lower(), kind), [])
        if records == SILENCE:
            return []
        answer = self._answer(query, name, [] if isinstance(records, str) else records)
        if records == SERVFAIL:
            answer.set_rcode(dns.rcode.SERVFAIL)
        return self._spoilt(str(records), answer, way)

    def _spoilt(self, how: str, answer: dns.message.Message, way: str) -> list[bytes]:
        good = answer.to_wire(max_size=65535)
        if how == GARBAGE:
            return [good[:1], b"", good[:2] + b"\xff" * 20, good[:20], good]
        if how == WRONG_ID:
            return [bytes([good[0] ^ 1]) + good[1:], good]
        if how == WRONG_QUESTION:
            answer.question = dns.message.make_query("other.example", "TXT").question
            return [answer.to_wire()]
        if (how in {CUT, CUT_EVERYWHERE, CLOSED} or len(good) > 1232) and way == "udp":
            answer.answer.clear()
            answer.flags |= dns.flags.TC
            return [answer.to_wire()]
        return {CUT_EVERYWHERE: [good[:20]], CLOSED: []}.get(how, [good])

    def _answer(
        self, query: dns.message.Message, name: str, records: list[str]
    ) -> dns.message.Message:
        answer = dns.message.make_response(query)
        for record in records:
            owner, _, rest = record.rpartition(" | ")
            ttl, kind, value = rest.split(" ", 2)
            rrset = dns.rrset.from_text(f"{owner or name}.", int(ttl), "IN", kind, value)
            known = answer.get_rrset(answer.answer, rrset.name, rrset.rdclass, rrset.rdtype)
            if known is None:
                answer.answer.append(rrset)
            else:
                known.add(rrset[0])
        if not records:
            if not any(one.lower() == name.lower() for one, _ in self.table):
                answer.set_rcode(dns.rcode.NXDOMAIN)
            soa = f"ns. admin. 1 7200 3600 1209600 {self.negative_ttl}"
            answer.authority.append(dns.rrset.from_text("example.", 86_400, "IN", "SOA", soa))
        return answer


class _Datagrams(asyncio.DatagramProtocol):
    def __init__(self, server: NameServer) -> None:
        self.server = server
        self.tasks: set[asyncio.Task[None]] = set()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        task = asyncio.create_task(self._reply(data, addr))
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    async def _reply(self, data: bytes, addr: tuple[str, int]) -> None:
        for answer in await self.server.udp(data):
            self.transport.sendto(answer, addr)


@asynccontextmanager
async def serving(table: Table) -> AsyncIterator[NameServer]:
    """Serve `table` on one port of 127.0.0.1, by UDP and TCP."""
    server = NameServer(table)

    async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        length = int.from_bytes(await reader.readexactly(2))
        for answer in await server.tcp(await reader.readexactly(length)):
            writer.write(max(len(answer), 30).to_bytes(2) + answer)
        writer.close()

    listener = await asyncio.start_server(converse, "127.0.0.1", 0)
    server.port = listener.sockets[0].getsockname()[1]
    transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(
        lambda: _Datagrams(server), local_addr=("127.0.0.1", server.port)
    )
    try:
        yield server
    finally:
        transport.close()
        listener.close()
        await listener.wait_closed()
