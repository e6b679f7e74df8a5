"""A name server of one zone, a process: `python -m bench.resolver`.

It reads the zone, TXT records by name, as a line of JSON, prints its port, and answers until
standard input ends. A name that it does not have does not exist.
"""

from __future__ import annotations

import asyncio
import json
import sys
from typing import cast

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset

_TTL = 3600
_PIECE = 255


class _Resolver(asyncio.DatagramProtocol):
    def __init__(self, zone: dict[str, str]) -> None:
        self._zone = zone
        self._transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, peer: tuple[str, int]) -> None:
        asked = dns.message.from_wire(data)
        answer = dns.message.make_response(asked, recursion_available=True)
        question = asked.question[0]
        text = self._zone.get(question.name.to_text(omit_final_dot=True).lower())
        if text is None:
            answer.set_rcode(dns.rcode.NXDOMAIN)
        elif question.rdtype == dns.rdatatype.TXT:
            pieces = [text[at : at + _PIECE] for at in range(0, len(text), _PIECE)]
            quoted = " ".join(f'"{piece}"' for piece in pieces)
            answer.answer.append(dns.rrset.from_text(question.name, _TTL, "IN", "TXT", quoted))
        if self._transport:
            self._transport.sendto(answer.to_wire(), peer)


async def _serve() -> None:
    zone = json.loads(sys.stdin.readline())
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(
        lambda: _Resolver(zone), local_addr=("127.0.0.1", 0)
    )
    print(transport.get_extra_info("sockname")[1], flush=True)
    ended = asyncio.Event()
    loop.add_reader(sys.stdin, ended.set)
    await ended.wait()


if __name__ == "__main__":
    asyncio.run(_serve())
