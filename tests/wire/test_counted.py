"""What the wire counts of what happens at it. That nothing stays in flight, every test looks at."""

from __future__ import annotations

import asyncio

import pytest

from dropbox.metrics import CONNECTIONS, FAILURES, IN_FLIGHT, LIMITS, REPLY
from tests.wire.transcript import ENVELOPE, HANAKO

TO_A_STRANGER = "> RCPT TO:<nobody.aaaabbbbccccdddd@dropbox.example>\n"
HELLO = "< 220\n> EHLO client.example\n< 250\n"
LINE = "> " + "x" * 1000 + "\n"


@pytest.mark.parametrize(
    ("settings", "transcript", "limit"),
    [
        ({"max_connections": 0}, "< 421 4.7.0\n< EOF", "max_connections"),
        (
            {"max_connections_per_peer": 0, "trusted_networks": ()},
            "< 421 4.7.0\n< EOF",
            "max_connections_per_peer",
        ),
        ({"max_recipients": 1}, f"{ENVELOPE}> RCPT TO:<{HANAKO}>\n< 452", "max_recipients"),
        (
            {"max_misses": 1},
            f"{HELLO}> MAIL FROM:<a@b.c>\n< 250\n{TO_A_STRANGER}< 421\n< EOF",
            "max_unknown_recipients",
        ),
        ({"max_errors": 1}, "< 220\n> NONSENSE\n< 421\n< EOF", "max_errors"),
        ({"max_idle_commands": 0}, "< 220\n> NOOP\n< 421\n< EOF", "max_idle_commands"),
        ({"command_timeout": 0.05}, "< 220\n< 421\n< EOF", "command_seconds"),
        (
            {"data_timeout": 0.05},
            f"{ENVELOPE}> DATA\n< 354\n> text\n< 421\n< EOF",
            "data_seconds",
        ),
        (
            {"mail_timeout": 0.05},
            f"{ENVELOPE}> DATA\n< 354\n> text\n< 421\n< EOF",
            "mail_seconds",
        ),
        ({"session_timeout": 0.3}, "< 220\n< 421\n< EOF", "session_seconds"),
        (
            {"memory_budget_bytes": 100},
            f"{ENVELOPE}> DATA\n< 354\n> {'x' * 200}\n> .\n< 250",
            "memory_budget_bytes",
        ),
        (
            {"max_message_bytes": 100},
            f"{ENVELOPE}> DATA\n< 354\n> {'x' * 200}\n> .\n< 552",
            "max_message_bytes",
        ),
    ],
)
async def test_who_runs_into_a_limit_is_counted_under_its_name(serve, settings, transcript, limit):
    wire = await serve(**settings)
    await wire.talk(transcript)
    assert wire.counted(LIMITS) == {limit: 1}


async def test_a_road_that_takes_too_long_is_counted_and_so_is_the_reply(serve):
    wire = await serve(accept_timeout=0.05)
    wire.post.gate = asyncio.Event()
    await wire.talk(f"{ENVELOPE}> DATA\n< 354\n> .\n< 451")
    assert wire.counted(LIMITS) == {"accept_seconds": 1}
    assert sum(wire.board.read(REPLY)[:-1]) == 1


@pytest.mark.parametrize("lines", [1, 300])
async def test_mail_is_in_flight_until_it_is_answered_in_memory_or_on_disk(wire, lines):
    wire.post.gate = asyncio.Event()
    client = await wire.connect()
    await client.run(f"{ENVELOPE}> DATA\n< 354\n{LINE * lines}> .")
    await wire.post.arrived.wait()
    place = "memory" if lines == 1 else "spill"
    assert wire.counted(IN_FLIGHT) == {place: lines * 1002}
    assert sum(wire.board.read(CONNECTIONS)) == 1
    wire.post.gate.set()
    await client.run("< 250")
    assert wire.counted(IN_FLIGHT) == {}


async def test_a_mail_that_is_cut_off_is_in_flight_no_more(wire):
    client = await wire.connect()
    await client.run(f"{ENVELOPE}> DATA\n< 354\n{LINE * 300}")
    await wire.until(lambda: wire.counted(IN_FLIGHT).get("spill", 0) > 1 << 18)
    client.writer.transport.abort()
    await wire.until(lambda: not wire.counted(IN_FLIGHT))


async def test_what_nobody_foresaw_is_counted_by_where_it_was(wire):
    wire.post.error = ValueError("not foreseen")
    await wire.talk(f"{ENVELOPE}> DATA\n< 354\n> .\n< 451")
    assert wire.counted(FAILURES) == {"mail": 1}
    wire.post.route_error = ValueError("not foreseen")
    await wire.talk(f"{HELLO}> MAIL FROM:<a@b.c>\n< 250\n> RCPT TO:<{HANAKO}>\n< 451")
    assert wire.counted(FAILURES) == {"mail": 1, "session": 1}
