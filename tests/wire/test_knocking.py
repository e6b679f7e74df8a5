"""What somebody who knocks may take: connections, time, questions. Beyond it: 4xx, and closed."""

import asyncio
import contextlib

import pytest

from dropbox.filing.outcomes import OUTCOMES, NotRecorded, Reason
from dropbox.wire import dialogue
from dropbox.wire.context import Kind
from dropbox.wire.listeners import bind
from tests.wire.transcript import ENVELOPE, HANAKO, PATIENCE, Client, careless_context

PROXY = "PROXY TCP4 203.0.113.9 192.0.2.1 4711 25"
FULL = OUTCOMES[Reason.TOO_MANY_CONNECTIONS].reply


async def repeat(client, line, seconds=0.02):
    """Say the same for ever, and hear nothing."""
    with contextlib.suppress(ConnectionError):
        while True:
            await client.send(line)
            await asyncio.sleep(seconds)


@contextlib.asynccontextmanager
async def chatter(client, line):
    chattering = asyncio.create_task(repeat(client, line))
    yield
    chattering.cancel()
    await asyncio.gather(chattering, return_exceptions=True)


# Time


async def test_a_session_ends_though_nothing_is_said_in_it(serve):
    wire = await serve(session_timeout=0.2)
    await wire.talk("< 220\n< 421 4.4.2 Connection was open for long enough, come again\n< EOF")


async def test_a_session_ends_however_busy_it_is(serve):
    wire = await serve(session_timeout=0.3, max_idle_commands=1 << 30)
    client = await wire.connect()
    async with chatter(client, b"NOOP\r\n"):
        heard = await client.read_to_end()
    assert heard.endswith(b"421 4.4.2 Connection was open for long enough, come again\r\n")


async def test_naming_recipients_for_ever_keeps_no_session_open(serve):
    wire = await serve(session_timeout=0.1, command_timeout=0.3)
    client = await wire.connect()
    await client.run(ENVELOPE)
    async with chatter(client, b"RCPT TO:<%s>\r\n" % HANAKO.encode()):
        heard = await client.read_to_end()
    assert heard.startswith(b"250 2.1.5 OK\r\n")
    assert heard.endswith(b"421 4.4.2 Connection was open for long enough, come again\r\n")


async def test_a_mail_that_comes_fast_enough_and_never_ends_is_cut_off(serve):
    wire = await serve(mail_timeout=0.3, data_timeout=60.0)
    client = await wire.connect()
    await client.run(ENVELOPE + "\n> DATA\n< 354")
    async with chatter(client, b"x" * 1000):
        heard = await client.read_to_end()
    assert heard == b"421 4.4.2 Waited too long, closing connection\r\n"
    await client.close()
    await wire.until(lambda: wire.server.open_connections == 0)
    assert wire.post.mails == []


async def test_the_session_does_not_end_while_a_mail_is_recorded(serve):
    wire = await serve(session_timeout=0.2, command_timeout=0.1)
    wire.post.gate = asyncio.Event()
    client = await wire.connect()
    mail = f"MAIL FROM:<>\r\nRCPT TO:<{HANAKO}>\r\nDATA\r\nhello\r\n.\r\n"
    await client.send(f"EHLO me\r\n{mail}".encode())
    await wire.post.arrived.wait()
    await asyncio.sleep(0.5)
    wire.post.gate.set()
    await client.run("< 220\n< 250\n< 250\n< 250\n< 354\n< 250 2.0.0 Recorded\n< 421 4.4.2\n< EOF")


# Connections


async def mute(wire, index=0):
    """Connect, and say nothing, not even a TLS handshake."""
    host, _, port = wire.server.addresses[index].rpartition(":")
    streams = await asyncio.open_connection(host, int(port))
    await wire.until(lambda: wire.server.open_connections)
    return streams


@pytest.mark.parametrize("limit", ["max_connections", "max_connections_per_peer"])
async def test_whoever_does_not_begin_with_tls_is_counted_all_the_same(serve, certificate, limit):
    wire = await serve(
        *bind("127.0.0.1:0", Kind.SMTPS),
        certificate=certificate,
        trusted_networks=(),
        **{limit: 1},
    )
    _, silent = await mute(wire)
    turned_away = await wire.connect(ssl=careless_context())
    await turned_away.run(f"< {FULL}\n< EOF")
    silent.close()
    await wire.until(lambda: wire.server.open_connections == 0)
    client = await wire.connect(ssl=careless_context())
    await client.run(f"{ENVELOPE}\n> DATA\n< 354\n> .\n< 250\n> QUIT\n< 221")


async def test_a_handshake_that_is_not_done_at_the_end_holds_nothing_up(serve, certificate):
    wire = await serve(*bind("127.0.0.1:0", Kind.SMTPS), certificate=certificate)
    _, silent = await mute(wire)
    assert await asyncio.wait_for(wire.server.drain(PATIENCE), PATIENCE)
    await wire.until(lambda: wire.server.open_connections == 0)
    silent.close()


@pytest.mark.parametrize("kind", [Kind.SMTP, Kind.PROXY, Kind.SMTPS])
async def test_of_many_who_are_turned_away_only_some_are_told_why(
    serve, certificate, monkeypatch, kind
):
    monkeypatch.setattr(dialogue, "MOST_PARTING", 2)
    wire = await serve(
        *bind("127.0.0.1:0", kind), *bind("127.0.0.1:0"), certificate=certificate, max_connections=1
    )
    await (await wire.connect(1)).run("< 220")
    options = {"ssl": careless_context()} if kind is Kind.SMTPS else {}
    for _ in range(2):
        # Whoever is told does not go; with TLS whoever never finishes his handshake is not told.
        if options:
            wire.clients.append(Client(*await mute(wire)))
        else:
            await (await wire.connect()).run(f"> {PROXY}\n< {FULL}")
    await wire.until(lambda: wire.context().parting == 2)
    for _ in range(3):
        with contextlib.suppress(OSError):
            assert await (await wire.connect(**options)).read_to_end() == b""
    assert wire.context().parting == 2
    for client in wire.clients[1:]:
        await client.close()
    await wire.until(lambda: wire.context().parting == 0)
    assert wire.server.open_connections == 1


async def test_behind_a_balancer_too_whoever_is_turned_away_hears_why(serve):
    wire = await serve(*bind("127.0.0.1:0", Kind.PROXY), max_connections=1)
    first = await wire.connect()
    await first.run(f"> {PROXY}\n< 220")
    # The header that nobody has read must not reset the connection, and the reply with it.
    for _ in range(5):
        late = await wire.connect()
        await late.run(f"> {PROXY}\n> EHLO me\n< {FULL}\n< EOF")
        await late.close()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (PROXY, "PROXY TCP6 ::ffff:203.0.113.9 ::1 1 2"),
        ("PROXY TCP6 2001:db8:0:1::1 ::1 1 2", "PROXY TCP6 2001:DB8:0:1:ffff::9 ::1 3 4"),
    ],
)
async def test_one_peer_is_one_however_its_address_is_written(serve, one, other):
    wire = await serve(*bind("127.0.0.1:0", Kind.PROXY), max_connections_per_peer=1)
    await (await wire.connect()).run(f"> {one}\n< 220")
    await (await wire.connect()).run(f"> {other}\n< {FULL}\n< EOF")
    await (await wire.connect()).run("> PROXY TCP4 203.0.113.10 192.0.2.1 1 2\n< 220")


# Errors and questions


@pytest.mark.parametrize("line", ["FOO", "RCPT TO:<guess@dropbox.example>", "NOOP"])
async def test_what_was_counted_before_tls_is_counted_after_it(serve, certificate, line):
    wire = await serve(certificate=certificate, max_errors=4, max_misses=4, max_idle_commands=6)
    code = "250" if line == "NOOP" else "5"
    client = await wire.connect()
    await client.run("< 220\n> EHLO me\n< 250\n> MAIL FROM:<>\n< 250")
    await client.run(f"> {line}\n< {code}\n" * 3 + "> STARTTLS\n< 220")
    await client.starttls()
    await client.run("> EHLO me\n< 250\n> MAIL FROM:<>\n< 250")
    heard = await client.run(f"> {line}\n" * 2 + "< ")
    if line == "NOOP":
        assert heard == [["250 2.0.0 OK"]]
        heard = await client.run("< ")
    assert heard == [[str(OUTCOMES[Reason.TOO_MANY_ERRORS].reply)]]
    assert wire.server.counts[Reason.TOO_MANY_ERRORS] == 1
    assert await client.read_to_end() == b""


async def test_whoever_is_put_off_at_every_recipient_asks_no_more_than_a_mail_has(wire):
    wire.post.route_error = NotRecorded(Reason.RATE)
    client = await wire.connect()
    await client.run("< 220\n> EHLO me\n< 250\n> MAIL FROM:<>\n< 250")
    await client.run(f"> RCPT TO:<{HANAKO}>\n" * 150 + "< 451 4.7.1\n" * 100 + "< 452 4.5.3\n" * 50)
    assert len(wire.post.asked) == 100
    wire.post.route_error = None
    await client.run(f"> RSET\n< 250\n> MAIL FROM:<>\n< 250\n> RCPT TO:<{HANAKO}>\n< 250")


@pytest.mark.parametrize(
    ("kind", "hello", "said"),
    [(Kind.SMTP, "EHLO", "451 4.7.1"), (Kind.LMTP, "LHLO", "503 5.5.1")],
)
async def test_pipelined_mail_that_is_put_off_is_neither_refused_nor_an_error(
    serve, kind, hello, said
):
    wire = await serve(*bind("127.0.0.1:0", kind), max_errors=3)
    wire.post.route_error = NotRecorded(Reason.RATE)
    client = await wire.connect()
    await client.run(f"< 220\n> {hello} me\n< 250")
    for _ in range(10):
        await client.send(b"MAIL FROM:<>\r\nRCPT TO:<%s>\r\nDATA\r\n" % HANAKO.encode())
        await client.run(f"< 250\n< 451 4.7.1\n< {said}\n> RSET\n< 250")
    wire.post.route_error = None
    await client.run(
        f"> MAIL FROM:<>\n< 250\n> RCPT TO:<{HANAKO}>\n< 250\n> DATA\n< 354\n> .\n< 250"
    )


async def test_whoever_is_refused_stays_refused_at_data(wire):
    await wire.talk("< 220\n> EHLO me\n< 250\n> MAIL FROM:<>\n< 250\n> DATA\n< 503 5.5.1")


@pytest.mark.parametrize("line", [r"NOOP\n", r"NOOP\r\r\n", r"NOOP\rRSET\r\n", r"\n"])
async def test_where_bare_newlines_are_rejected_they_end_no_command_either(serve, line):
    wire = await serve(bare_newline="reject")
    await wire.talk(f"< 220\n>> {line}\n< 500 5.5.2\n> NOOP\n< 250\n> QUIT\n< 221")


@pytest.mark.parametrize("reason", [one for one in Reason if OUTCOMES[one].reply.code < 500])
def test_no_limit_is_a_5xx(reason):
    assert 200 <= OUTCOMES[reason].reply.code < 500
