"""The traps of aiosmtpd, by their letters in `reference/receiving-mail.md`."""

import asyncio
import logging
import re
import socket
import struct
import threading
from ipaddress import ip_network

import pytest
from aiosmtpd.smtp import SMTP

from dropbox.filing.outcomes import NotRecorded, Reason
from dropbox.wire.context import Kind
from dropbox.wire.data import DataReader
from dropbox.wire.listeners import bind
from dropbox.wire.session import SmtpSession
from tests.wire.transcript import ENVELOPE, HANAKO, KEN, PATIENCE, SECRET, careless_context

PASSWORD = "hunter2"


@pytest.mark.parametrize("failing", ["error", "route_error"])
async def test_trap_a_an_exception_is_451_and_its_text_reaches_neither_peer_nor_log(
    wire, events, failing
):
    setattr(wire.post, failing, RuntimeError(f"password {PASSWORD} of {HANAKO}"))
    client = await wire.connect()
    if failing == "error":
        replies = await client.run(ENVELOPE + "\n> DATA\n< 354\n> hello\n> .\n< 451 4.3.0")
    else:
        replies = await client.run(ENVELOPE.replace("< 250 2.1.5", "< 451 4.3.0"))
    assert replies[-1] == ["451 4.3.0 Something went wrong here, try again later"]
    assert [event["error"] for event in events if event["log_level"] == "error"] == ["RuntimeError"]
    assert PASSWORD not in repr(events)
    assert SECRET not in repr(events)
    await client.run("> NOOP\n< 250")


async def test_trap_a_a_cause_behind_the_road_is_said_by_class_alone(wire, events):
    async def accept(envelope):
        raise LookupError(PASSWORD) from ValueError(PASSWORD)

    wire.context().accept = accept
    client = await wire.connect()
    await client.run(ENVELOPE + "\n> DATA\n< 354\n> hello\n> .\n< 451 4.3.0")
    (event,) = [event for event in events if event["log_level"] == "error"]
    assert event["error"] == "LookupError < ValueError"
    assert "accept" in event["where"]
    assert PASSWORD not in repr(events)


@pytest.mark.parametrize("leave", ["close", "reset", "half-close"])
async def test_trap_b_a_client_that_hangs_up_does_not_cancel_the_commit(wire, leave):
    wire.post.gate = asyncio.Event()
    client = await wire.connect()
    await client.run(ENVELOPE + "\n> DATA\n< 354\n> hello\n> .")
    await wire.post.arrived.wait()
    if leave == "half-close":
        client.writer.write_eof()
    else:
        if leave == "reset":
            linger = struct.pack("ii", 1, 0)
            client.writer.get_extra_info("socket").setsockopt(
                socket.SOL_SOCKET, socket.SO_LINGER, linger
            )
        client.writer.close()
    if leave == "reset":
        await wire.until(lambda: wire.server.open_connections == 0)
    wire.post.gate.set()
    await wire.until(lambda: wire.post.mails)
    assert wire.post.contents == [b"hello\r\n"]
    await wire.until(lambda: not wire.context().in_flight)
    if leave == "half-close":
        await client.run("< 250 2.0.0 Recorded\n< EOF")


async def test_trap_b_a_timeout_while_the_mail_is_recorded_is_451_and_does_not_cancel_it(serve):
    wire = await serve(accept_timeout=0.05)
    wire.post.gate = asyncio.Event()
    await wire.talk(ENVELOPE + "\n> DATA\n< 354\n> hello\n> .\n< 451 4.3.0\n> QUIT\n< 221")
    assert wire.post.mails == []
    wire.post.gate.set()
    await wire.until(lambda: wire.post.mails)


async def test_trap_b_a_road_that_cancels_itself_is_451(wire):
    wire.post.error = asyncio.CancelledError()
    await wire.talk(ENVELOPE + "\n> DATA\n< 354\n> hello\n> .\n< 451 4.3.0\n> QUIT\n< 221")


async def test_trap_c_a_slow_mail_that_goes_on_outlives_the_command_timer(serve):
    wire = await serve(command_timeout=0.2, data_timeout=10.0)
    client = await wire.connect()
    await client.run(ENVELOPE + "\n> DATA\n< 354")
    for _ in range(5):
        await client.run("> a line")
        await asyncio.sleep(0.1)
    await client.run("> .\n< 250 2.0.0 Recorded")
    assert wire.post.contents == [b"a line\r\n" * 5]


async def test_trap_c_every_byte_of_the_mail_buys_time_but_not_for_ever(serve):
    wire = await serve(data_timeout=1000.0, data_bytes_per_second=1)
    client = await wire.connect()
    await client.run(ENVELOPE + "\n> DATA\n< 354")
    (session,) = wire.context().sessions
    await wire.until(lambda: session._incoming)
    began = session._data_began
    assert session._time_is_up_at() == began + 1000
    await client.send(b"x" * 500)
    await wire.until(lambda: session._incoming.received == 500)
    assert began + 1000 < session._time_is_up_at() <= began + 1500
    session._data_moved = began + 10_000
    assert session._time_is_up_at() == began + 1500


@pytest.mark.parametrize(
    "pace", [{"data_timeout": 0.1}, {"data_timeout": 0.3, "data_bytes_per_second": 1 << 30}]
)
async def test_trap_c_a_mail_that_stalls_or_trickles_is_told_so_and_closed(serve, pace):
    wire = await serve(**pace)
    client = await wire.connect()
    await client.run(ENVELOPE + "\n> DATA\n< 354")

    async def trickle():
        while True:
            await client.run("> a line")
            await asyncio.sleep(0.05)

    trickling = asyncio.create_task(trickle()) if len(pace) > 1 else None
    await client.run("< 421 4.4.2")
    assert await client.read_to_end() == b""
    if trickling:
        trickling.cancel()
        await asyncio.gather(trickling, return_exceptions=True)
    assert wire.post.mails == []


async def test_trap_c_while_the_mail_is_recorded_the_command_timer_rests(serve):
    wire = await serve(command_timeout=0.05, data_timeout=0.05, accept_timeout=10.0)
    wire.post.gate = asyncio.Event()
    client = await wire.connect()
    mail = f"MAIL FROM:<>\r\nRCPT TO:<{HANAKO}>\r\nDATA\r\nhello\r\n.\r\n"
    await client.send(f"EHLO me\r\n{mail}".encode())
    await wire.post.arrived.wait()
    await asyncio.sleep(0.2)
    wire.post.gate.set()
    await client.run("< 220\n< 250\n< 250\n< 250\n< 354\n< 250 2.0.0 Recorded")


@pytest.mark.parametrize("length", [998, 1_001, 1_200, 70_000, 300_000])
async def test_trap_d_a_long_line_in_the_body_is_taken(wire, length):
    await wire.talk(f"{ENVELOPE}\n> DATA\n< 354\n> {'x' * length}\n> .\n< 250 2.0.0 Recorded")
    assert wire.post.contents == [b"x" * length + b"\r\n"]


async def test_trap_e_large_mails_wait_on_disk_not_in_memory(wire, tmp_path):
    clients = [await wire.connect() for _ in range(4)]
    line = b"x" * 78 + b"\r\n"
    for client in clients:
        await client.run(ENVELOPE + "\n> DATA\n< 354")
        await client.send(line * 20_000)
        received = 20_000 * len(line)
        await wire.until(lambda n=received: any_received(wire, n))
    assert wire.context().memory.used == 0
    assert list((tmp_path / "spill").iterdir()) == [], "the files have no names"
    for client in clients:
        await client.run("> .\n< 250")
    assert wire.post.contents == [line * 20_000] * 4


def any_received(wire, size):
    readers = [session._incoming for session in wire.context().sessions]
    return any(reader is not None and reader.received == size for reader in readers)


async def test_trap_f_a_large_mail_is_worked_off_in_small_steps(wire, monkeypatch):
    """Stock aiosmtpd undoes the dots of all 20 MiB in one tick, in which nobody else is served."""
    steps = []
    feed = DataReader.feed

    def watched(reader, chunk):
        steps.append(len(chunk))
        return feed(reader, chunk)

    monkeypatch.setattr(DataReader, "feed", watched)
    body = (b"." + b"y" * 77 + b"\r\n") * (1 << 18)
    client = await wire.connect()
    await client.run(ENVELOPE + "\n> DATA\n< 354")
    await client.send(b"." + body.replace(b"\n.", b"\n..") + b".\r\n")
    await client.run("< 250 2.0.0 Recorded")
    assert max(steps) <= 1 << 18
    assert wire.post.contents == [body]


async def test_trap_g_and_e_chunks_are_taken_as_they_come_without_a_buffer_between(wire):
    client = await wire.connect()
    await client.run(ENVELOPE + "\n> DATA\n< 354")
    (session,) = wire.context().sessions
    await client.send(b"x" * 1_000_000)
    await wire.until(lambda: any_received(wire, 1_000_000))
    assert session._inbox._buffer == b""
    await client.run("> \n> .\n< 250")


async def test_trap_h_nothing_is_inspected_for_a_connection(wire, monkeypatch):
    def inspected(*_, **__):
        pytest.fail("SMTP.__init__ ran")

    monkeypatch.setattr(SMTP, "__init__", inspected)
    monkeypatch.setattr("inspect.getmembers", inspected)
    await wire.talk("< 220\n> EHLO me\n< 250\n> QUIT\n< 221\n< EOF")


async def test_trap_i_the_host_name_is_never_looked_up(wire, monkeypatch):
    monkeypatch.setattr("socket.getfqdn", lambda *_: pytest.fail("a DNS look-up"))
    greeting, hello, _ = await wire.talk("< 220\n> EHLO me\n< 250\n> QUIT\n< 221")
    assert greeting == ["220 mx.test ESMTP"]
    assert hello[0] == "250-mx.test"


async def test_trap_j_no_log_shows_a_secret_address(wire, events, caplog):
    caplog.set_level(logging.DEBUG)
    await wire.talk(f"""{ENVELOPE}
        > RCPT TO:<{HANAKO.replace("hanako", "hanako.retired")}>
        < 550 5.1.1
        > VRFY {HANAKO}
        < 502
        > MAIL FROM:<{HANAKO}>
        < 503
        > DATA
        < 354
        > To: {HANAKO}
        > .
        < 250
        > RCPT TO:<{KEN}>
        < 503
        > {HANAKO}
        < 500
        > QUIT
        < 221""")
    assert [record for record in caplog.records if record.name.startswith("mail")] == []
    assert SECRET not in caplog.text
    assert SECRET not in repr(events)
    refused = [event for event in events if event["event"] == "recipient_refused"]
    assert [event["address"] for event in refused] == ["hanako.••••@dropbox.example"]


async def test_trap_j_what_a_stranger_can_cause_is_debug(serve, events):
    wire = await serve(command_timeout=0.2)
    await wire.talk("< 220\n> GET / HTTP/1.1\n< 421 4.7.0\n< EOF")
    await wire.talk("< 220\n>> \\x00\\xff\\n\n< 500 5.5.2\n> RCPT\n< 503\n< 421 4.4.2\n< EOF")
    wire.post.error = NotRecorded(Reason.DATABASE_DOWN)
    await wire.talk(ENVELOPE + "\n> DATA\n< 354\n> x\n> .\n< 451 4.3.0\n> QUIT\n< 221")
    assert {event["log_level"] for event in events} == {"debug"}


async def test_trap_j_nor_does_its_reader_of_proxy_headers(serve, caplog):
    caplog.set_level(logging.DEBUG)
    wire = await serve(*bind("127.0.0.1:0", Kind.PROXY))
    await wire.talk(f"> PROXY {HANAKO}\n< EOF")
    assert [record for record in caplog.records if record.name.startswith("mail")] == []


@pytest.mark.parametrize(
    "address", [r"\xe9@b.c", r"ok@\xff\xfe", r"\xed\xa0\x80@b.c", r"\xc0\x80@b.c"]
)
async def test_trap_k_an_address_that_is_not_utf_8_is_553(wire, address):
    await wire.talk(rf"""
        < 220
        > EHLO me
        < 250
        >> MAIL FROM:<{address}>\r\n
        < 553 5.1.7
        > MAIL FROM:<ok@b.c>
        < 250
        >> RCPT TO:<{address}>\r\n
        < 553 5.1.3
        > RCPT TO:<{HANAKO}>
        < 250
        > QUIT
        < 221""")
    assert wire.post.asked == [HANAKO]


@pytest.mark.parametrize("control", [r"\x00", r"\x1b", r"\x7f", r"\x08"])
async def test_trap_k_control_characters_do_not_get_into_an_envelope(wire, control):
    await wire.talk(rf"""
        < 220
        >> EHLO m{control}e\r\n
        < 250
        >> MAIL FROM:<a{control}b@c.d>\r\n
        < 553 5.1.7
        > MAIL FROM:<ok@b.c>
        < 250
        >> RCPT TO:<"a{control}b"@c.d>\r\n
        < 553 5.1.3
        > RCPT TO:<{HANAKO}>
        < 250
        > DATA
        < 354
        > .
        < 250
        > QUIT
        < 221""")
    assert wire.post.mails[0].helo == "m\ufffde"


@pytest.mark.parametrize(
    "bare", [r"a\nb", r"a\rb", r"a\n\rb", r"a\r\rb", r"\n", r"\r", r"\n.\r", r".\n"]
)
async def test_trap_l_bare_newlines_are_made_crlf(wire, bare):
    await wire.talk(
        rf"{ENVELOPE}" "\n> DATA\n< 354\n" rf">> {bare}\r\n.\r\n" "\n< 250\n> QUIT\n< 221"
    )
    (content,) = wire.post.contents
    assert re.search(rb"(?<!\r)\n|\r(?!\n)", content) is None
    assert content.count(b"\r\n") == bare.count("\\") + 1


@pytest.mark.parametrize("bare", [r"a\nb", r"a\rb", r"\n", r"\r", r".\n", r"\n.", r"\r."])
async def test_trap_l_or_rejected_where_the_setting_says_so(serve, bare):
    wire = await serve(bare_newline="reject")
    await wire.talk(
        f"{ENVELOPE}\n> DATA\n< 354\n>> {bare}\\r\\n.\\r\\n\n< 550 5.6.11\n"
        "> NOOP\n< 250\n> QUIT\n< 221"
    )
    assert wire.post.mails == []
    assert wire.server.counts[Reason.BARE_NEWLINE] == 1


async def test_trap_m_the_tenth_unknown_recipient_ends_the_connection(wire):
    misses = "\n".join(f"> RCPT TO:<guess{n}@dropbox.example>\n< 550 5.1.1" for n in range(9))
    client = await wire.connect()
    await client.run(ENVELOPE + misses)
    await client.send(b"RCPT TO:<guess9@dropbox.example>\r\nRCPT TO:<%s>\r\n" % HANAKO.encode())
    await client.run("< 421 4.7.0 Too many errors, closing connection\n< EOF")
    await client.close()
    assert len(wire.post.asked) == 11, "nothing is looked up after the goodbye"
    await wire.until(lambda: wire.server.open_connections == 0)
    assert wire.server.counts[Reason.NO_SUCH_ADDRESS] == 10
    assert wire.server.counts[Reason.TOO_MANY_ERRORS] == 1


@pytest.mark.parametrize("line", ["FOO", "VRFY x", "MAIL", "RCPT TO:<a@b.c>", "DATA", ""])
async def test_trap_m_too_many_errors_end_the_connection(serve, line):
    wire = await serve(max_errors=5)
    await wire.talk(
        "< 220\n" + f">> {line}\\r\\n\n< 5\n" * 4 + f">> {line}\\r\\n\n< 421 4.7.0\n< EOF"
    )


async def test_trap_m_a_client_that_ignores_the_goodbye_is_cut_off(serve):
    wire = await serve(max_errors=1, linger=0.1)
    client = await wire.connect()
    await client.run("< 220\n> FOO\n< 421")
    await wire.until(lambda: wire.server.open_connections == 0)


async def test_trap_m_what_comes_after_the_goodbye_is_read_and_forgotten(serve):
    wire = await serve(max_errors=1)
    client = await wire.connect()
    await client.run("< 220\n> FOO\n< 421")
    (session,) = wire.context().sessions
    await asyncio.wait_for(client.send(b"NOOP\r\n" * 2_000_000), PATIENCE)
    assert session._inbox._buffer == b""
    await client.run("< EOF")
    await client.close()
    await wire.until(lambda: wire.server.open_connections == 0)


async def test_trap_m_idling_for_ever_is_no_use(wire):
    await wire.talk("< 220\n" + "> NOOP\n< 250\n" * 100 + "> NOOP\n< 421 4.7.0\n< EOF")


@pytest.mark.parametrize("kind", [Kind.SMTP, Kind.SMTPS])
async def test_trap_n_counters_survive_starttls(serve, certificate, kind):
    wire = await serve(*bind("127.0.0.1:0", kind), certificate=certificate, max_misses=3)
    miss = "> EHLO me\n< 250\n> MAIL FROM:<>\n< 250\n> RCPT TO:<guess@dropbox.example>\n< "
    client = await wire.connect(**client_tls(kind))
    await client.run(f"< 220\n{miss}550\n> RSET\n< 250\n")
    if kind is Kind.SMTP:
        await client.run("> STARTTLS\n< 220 2.0.0")
        await client.starttls()
        await client.run("> MAIL FROM:<>\n< 503")
    await client.run(f"{miss}550\n> RSET\n< 250\n{miss}421\n< EOF")


def client_tls(kind):
    return {"ssl": careless_context()} if kind is Kind.SMTPS else {}


@pytest.mark.parametrize(
    "header",
    [
        r"PROXY TCP4 203.0.113.9 192.0.2.1 4711 25\r\n",
        r"PROXY TCP6 ::ffff:203.0.113.9 ::1 4711 25\r\n",
        r"\r\n\r\n\x00\r\nQUIT\n\x21\x11\x00\x0c\xcb\x00\x71\x09\xc0\x00\x02\x01\x12\x67\x00\x19",
    ],
)
async def test_trap_o_a_trusted_balancer_says_who_the_client_is(serve, header):
    wire = await serve(*bind("127.0.0.1:0", Kind.PROXY), max_connections_per_peer=1)
    client = await wire.connect()
    await client.run(f">> {header}\n{ENVELOPE}\n> DATA\n< 354\n> .\n< 250")
    assert wire.post.mails[0].peer == "203.0.113.9"
    second = await wire.connect()
    await second.run(f">> {header}\n< 421 4.7.0 Too many connections\n< EOF")
    await client.run("> QUIT\n< 221")
    await client.close()
    await wire.until(lambda: wire.server.open_connections == 0)
    await wire.talk(f">> {header}\n< 220\n> QUIT\n< 221")


@pytest.mark.parametrize(
    "header",
    [
        r"EHLO me\r\n",
        r"PROXY TCP4 203.0.113.9\r\n",
        r"PROXY TCP4 nonsense 192.0.2.1 1 2\r\n",
        r"PROXY " + "x" * 20_000 + r"\r\n",
        r"\r\n\r\n\x00\r\nQUIT\n\x21\x11\x00\x01\xcb",
    ],
)
async def test_trap_o_without_a_good_header_nothing_is_said(serve, header):
    wire = await serve(*bind("127.0.0.1:0", Kind.PROXY), proxy_timeout=0.5)
    await wire.talk(f">> {header}\n< EOF")


async def test_trap_o_a_health_check_is_the_balancers_own_connection(serve):
    wire = await serve(*bind("127.0.0.1:0", Kind.PROXY))
    await wire.talk(">> PROXY UNKNOWN\\r\\n\n< 220\n> QUIT\n< 221")
    local = (
        r"\r\n\r\n\x00\r\nQUIT\n\x20\x11\x00\x0c\xcb\x00\x71\x09\xc0\x00\x02\x01\x12\x67\x00\x19"
    )
    await wire.talk(f">> {local}\n{ENVELOPE}\n> DATA\n< 354\n> .\n< 250\n> QUIT\n< 221")
    assert wire.post.mails[0].peer == "127.0.0.1"


async def test_trap_o_whoever_is_not_trusted_cannot_say_who_he_is(serve):
    wire = await serve(*bind("127.0.0.1:0", Kind.PROXY), trusted_networks=())
    await wire.talk(">> PROXY TCP4 203.0.113.9 192.0.2.1 4711 25\\r\\n\n< EOF")


async def test_trap_p_connections_are_limited_per_peer_and_in_total(serve):
    wire = await serve(
        trusted_networks=(ip_network("127.0.0.9/32"),),
        max_connections=5,
        max_connections_per_peer=2,
    )
    for _ in range(2):
        await (await wire.connect(local_addr=("127.0.0.1", 0))).run("< 220")
    turned_away = await wire.connect(local_addr=("127.0.0.1", 0))
    await turned_away.run("< 421 4.7.0 Too many connections, try again later\n< EOF")
    for _ in range(3):
        await (await wire.connect(local_addr=("127.0.0.9", 0))).run("< 220")
    full = await wire.connect(local_addr=("127.0.0.8", 0))
    await full.run("< 421 4.7.0\n< EOF")
    assert wire.server.counts[Reason.TOO_MANY_CONNECTIONS] == 2
    await wire.clients[0].run("> QUIT\n< 221\n< EOF")
    await wire.clients[0].close()
    await wire.until(lambda: wire.server.open_connections == 4)
    await (await wire.connect(local_addr=("127.0.0.1", 0))).run("< 220")


async def test_trap_p_recipients_are_limited_and_the_mail_goes_to_those_accepted(wire):
    wire.post.addresses = {f"u{n}.{SECRET}@dropbox.example" for n in range(120)}
    rcpt = "".join(f"> RCPT TO:<u{n}.{SECRET}@dropbox.example>\n" for n in range(120))
    heard = "< 250 2.1.5\n" * 100 + "< 452 4.5.3\n" * 20
    await wire.talk(
        f"< 220\n> EHLO me\n< 250\n> MAIL FROM:<>\n< 250\n{rcpt}{heard}> DATA\n< 354\n> .\n< 250"
    )
    assert len(wire.post.mails[0].recipients) == 100
    assert len(wire.post.asked) == 100


async def test_trap_p_a_session_ends_after_a_while_but_not_within_a_mail(wire):
    client = await wire.connect()
    await client.run(ENVELOPE)
    (session,) = wire.context().sessions
    session._opened -= wire.settings.session_timeout + 1
    await client.run("> DATA\n< 354\n> .\n< 250\n< 421 4.4.2\n< EOF")


async def test_trap_q_draining_does_not_wait_for_idle_clients(wire):
    idle = await wire.connect()
    await idle.run("< 220\n> EHLO me\n< 250")
    draining = asyncio.create_task(wire.server.drain(PATIENCE))
    await idle.run("< 421 4.3.2 Shutting down, try again later\n< EOF")
    await idle.close()
    assert await asyncio.wait_for(draining, PATIENCE)
    assert not wire.context().sessions


async def test_trap_q_a_client_gone_unnoticed_does_not_disturb_draining(wire):
    host, _, port = wire.server.addresses[0].rpartition(":")
    with socket.create_connection((host, int(port))) as sock:
        await wire.until(lambda: wire.context().sessions)
        (session,) = wire.context().sessions
        await wire.until(lambda: session._idle)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    session.shut_down()
    await wire.until(lambda: wire.server.open_connections == 0)


async def test_trap_q_newcomers_are_told_and_mail_in_flight_is_finished(wire):
    wire.post.gate = asyncio.Event()
    busy = await wire.connect()
    await busy.run(ENVELOPE + "\n> DATA\n< 354\n> hello\n> .")
    await wire.post.arrived.wait()
    half = await wire.connect()
    await half.run(ENVELOPE)
    draining = asyncio.create_task(wire.server.drain(PATIENCE))
    await wire.until(lambda: wire.context().draining)
    await wire.talk("< 421 4.3.2\n< EOF")
    await half.run("> DATA\n< 354\n> other\n> .")
    wire.post.gate.set()
    for client in (busy, half):
        await client.run("< 250 2.0.0 Recorded\n< 421 4.3.2\n< EOF")
        await client.close()
    assert await asyncio.wait_for(draining, PATIENCE)
    assert sorted(wire.post.contents) == [b"hello\r\n", b"other\r\n"]
    with pytest.raises(OSError):
        await wire.connect()


async def test_trap_q_at_the_deadline_everything_is_cut_off(wire):
    wire.post.gate = asyncio.Event()
    stuck, silent = await wire.connect(), await wire.connect()
    await stuck.run(ENVELOPE + "\n> DATA\n< 354\n> hello\n> .")
    await silent.run(ENVELOPE + "\n> DATA\n< 354\n> hel")
    await wire.post.arrived.wait()
    assert not await asyncio.wait_for(wire.server.drain(0.05), PATIENCE)
    for client in (stuck, silent):
        assert b"250" not in await client.read_to_end()
    assert not wire.context().sessions
    assert not wire.context().in_flight
    assert wire.post.mails == []


async def test_trap_r_lmtp_answers_for_each_recipient(serve):
    wire = await serve(*bind("127.0.0.1:0", Kind.LMTP))
    wire.post.reason = Reason.FILED
    envelope = f"""
        > MAIL FROM:<>
        < 250
        > RCPT TO:<{HANAKO}>
        < 250
        > RCPT TO:<nobody@dropbox.example>
        < 550
        > RCPT TO:<{KEN}>
        < 250
        > RCPT TO:<{HANAKO}>
        < 250
        > DATA
        < 354"""
    client = await wire.connect()
    await client.run("< 220\n> EHLO me\n< 500\n> HELO me\n< 500\n> LHLO me\n< 250")
    await client.run(envelope + "\n> x\n> .\n" + "< 250 2.0.0 Recorded\n" * 3)
    assert [one.address for one in wire.post.mails[0].recipients] == [HANAKO, KEN]
    wire.post.error = NotRecorded(Reason.DATABASE_DOWN)
    await client.run(envelope + "\n> x\n> .\n" + "< 451 4.3.0 Cannot record\n" * 3)
    wire.post.error = RuntimeError("boom")
    await client.run(envelope + "\n> x\n> .\n" + "< 451 4.3.0 Something\n" * 3)
    await client.run("> DATA\n< 503\n> QUIT\n< 221\n< EOF")


async def test_trap_r_lmtp_answers_for_each_when_the_mail_is_too_big(serve):
    wire = await serve(*bind("127.0.0.1:0", Kind.LMTP), max_message_bytes=100)
    rcpt = "".join(f"> RCPT TO:<{one}>\n< 250\n" for one in (HANAKO, KEN))
    await wire.talk(
        f"< 220\n> LHLO me\n< 250\n> MAIL FROM:<>\n< 250\n{rcpt}> DATA\n< 354\n"
        f"> {'x' * 200}\n> .\n< 552 5.3.4\n< 552 5.3.4\n> NOOP\n< 250\n> QUIT\n< 221"
    )


async def test_trap_s_what_is_offered_is_what_is_there(wire):
    _, hello, _ = await wire.talk("< 220\n> EHLO me\n< 250\n> QUIT\n< 221")
    assert [line[4:] for line in hello] == [
        "mx.test",
        "SIZE 47185920",
        "8BITMIME",
        "SMTPUTF8",
        "PIPELINING",
        "ENHANCEDSTATUSCODES",
    ]


async def test_trap_s_every_reply_carries_an_enhanced_status_code(serve):
    wire = await serve(max_errors=100)
    replies = await wire.talk(f"""
        < 220
        > EHLO me
        < 250
        > FOO
        < 500 5.5.2
        > VRFY x
        < 502 5.5.1
        > MAIL
        < 501 5.5.4
        > MAIL FROM:<a@b@c>
        < 553 5.1.7
        > MAIL FROM:<a@b.c> SIZE=99999999999
        < 552 5.3.4
        > MAIL FROM:<a@b.c> RET=FULL
        < 555 5.5.4
        > RCPT TO:<{HANAKO}>
        < 503 5.5.1
        > MAIL FROM:<a@b.c> BODY=8BITMIME SMTPUTF8 SIZE=1000
        < 250 2.1.0
        > MAIL FROM:<a@b.c>
        < 503 5.5.1
        > RCPT TO:<{HANAKO}> NOTIFY=NEVER
        < 555 5.5.4
        > RCPT TO:<nobody@dropbox.example>
        < 550 5.1.1
        > RCPT TO:<>
        < 553 5.1.3
        > DATA
        < 503 5.5.1
        > RCPT TO:<{HANAKO}>
        < 250 2.1.5
        > DATA now
        < 501 5.5.4
        > NOOP
        < 250 2.0.0
        > DATA
        < 354
        > x
        > .
        < 250 2.0.0
        > RSET
        < 250 2.0.0
        > STARTTLS
        < 502 5.5.1
        > {"x" * 3000}
        < 500 5.5.2
        > QUIT now
        < 501 5.5.4
        > QUIT
        < 221 2.0.0""")
    exempt = ("220 mx", "354", "250-mx")  # RFC 2034 section 4
    for lines in replies:
        if not lines[0].startswith(exempt):
            assert all(re.match(r"([245])\d\d \1\.\d{1,3}\.\d{1,3} \S", line) for line in lines)


@pytest.mark.parametrize("chunk", [1, 7, 1000])
async def test_trap_s_a_whole_dialogue_may_be_pipelined(wire, chunk):
    client = await wire.connect()
    mail = (
        f"MAIL FROM:<a@b.c>\r\nRCPT TO:<{HANAKO}>\r\nRCPT TO:<nobody@x.y>\r\nRCPT TO:<{KEN}>\r\n"
        "DATA\r\n..a\r\nb\r\n.\r\n"
    )
    spoken = f"EHLO me\r\n{mail}{mail}QUIT\r\n".encode()
    for start in range(0, len(spoken), chunk):
        await client.send(spoken[start : start + chunk])
    once = "< 250 2.1.0\n< 250 2.1.5\n< 550\n< 250 2.1.5\n< 354\n< 250 2.0.0\n"
    await client.run(f"< 220\n< 250\n{once}{once}< 221\n< EOF")
    assert wire.post.contents == [b".a\r\nb\r\n"] * 2


async def test_trap_t_the_null_sender_is_an_empty_string(wire):
    await wire.talk(
        f"{ENVELOPE}\n> DATA\n< 354\n> .\n< 250\n> QUIT\n< 221".replace("anna@example.com", "")
    )
    assert wire.post.mails[0].mail_from == ""


async def test_trap_u_no_session_changes_the_limits_of_another(wire):
    before = dict(SMTP.command_size_limits)
    first, second = await wire.connect(), await wire.connect()
    await first.run("< 220\n" + "> EHLO me\n< 250\n" * 5)
    await second.run("< 220\n> HELO me\n< 250")
    assert SMTP.command_size_limits == before
    long = "x" * 1900
    for client in (first, second):
        await client.run(
            f"> MAIL FROM:<{long}@b.c>\n< 250\n> RSET\n< 250\n> MAIL FROM:<{long * 2}>\n< 500"
        )


@pytest.mark.parametrize(
    "verb",
    ["VRFY x", "EXPN x", "HELP", "AUTH PLAIN", "BDAT 3 LAST", "TURN", "ETRN x", "STARTTLS", "SEND"],
)
async def test_trap_v_verbs_that_would_tell_something_are_not_offered(wire, verb):
    await wire.talk(
        f"< 220\n> EHLO me\n< 250\n> {verb}\n< 502 5.5.1 Command not offered\n> QUIT\n< 221"
    )


async def test_trap_v_unknown_and_known_addresses_cost_one_question_each(wire):
    replies = await wire.talk(f"""{ENVELOPE}
        > RCPT TO:<hanako.aaaaaaaaaaaaaaaa@dropbox.example>
        < 550
        > RCPT TO:<anybody@elsewhere.example>
        < 550
        > RCPT TO:<root>
        < 550
        > QUIT
        < 221""")
    assert len({tuple(lines) for lines in replies[4:7]}) == 1


async def test_trap_w_everything_happens_on_the_loop_that_started_it(wire):
    threads = set()
    loops = set()

    async def accept(envelope):
        threads.add(threading.current_thread())
        loops.add(asyncio.get_running_loop())
        raise NotRecorded(Reason.BUSY)

    wire.context().accept = accept
    await wire.talk(ENVELOPE + "\n> DATA\n< 354\n> .\n< 452 4.3.1\n> QUIT\n< 221")
    assert threads == {threading.main_thread()}
    assert loops == {asyncio.get_running_loop()}


async def test_listening_sockets_have_nagle_off(wire):
    client = await wire.connect()
    await client.run("< 220")
    (session,) = wire.context().sessions
    sock = session.transport.get_extra_info("socket")
    assert sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


def test_the_session_is_aiosmtpds():
    assert issubclass(SmtpSession, SMTP)
