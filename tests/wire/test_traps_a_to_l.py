"""The traps of aiosmtpd, A to L, by their letters in `reference/receiving-mail.md`."""

import asyncio
import logging

import pytest
from aiosmtpd.smtp import SMTP

from dropbox.filing.outcomes import NotRecorded, Reason
from dropbox.wire.context import Kind
from dropbox.wire.data import DataReader
from dropbox.wire.listeners import bind
from tests.wire.transcript import ENVELOPE, HANAKO, KEN, SECRET

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
            client.reset_on_close()
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
    session._data_moved = began + 100
    assert session._time_is_up_at() == began + 1100
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
    ("bare", "made"),
    [
        (r"a\nb", b"a\r\nb"),
        (r"a\rb", b"a?b"),
        (r"a\n\rb", b"a\r\n?b"),
        (r"a\r\rb", b"a?b"),
        (r"a\r\r\nb", b"a\r\nb"),
        (r"\n", b"\r\n"),
        (r"\r", b""),
        (r"\n.\r", b"\r\n."),
        (r"\n.\rb", b"\r\n.?b"),
        (r".\n", b"\r\n"),
    ],
)
async def test_trap_l_a_bare_lf_is_made_crlf_and_a_bare_cr_ends_no_line(wire, bare, made):
    await wire.talk(
        rf"{ENVELOPE}" "\n> DATA\n< 354\n" rf">> {bare}\r\n.\r\n" "\n< 250\n> QUIT\n< 221"
    )
    assert wire.post.contents == [made + b"\r\n"]


@pytest.mark.parametrize("bare", [r"a\nb", r"a\rb", r"\n", r"\r", r".\n", r"\n.", r"\r."])
async def test_trap_l_or_rejected_where_the_setting_says_so(serve, bare):
    wire = await serve(bare_newline="reject")
    await wire.talk(
        f"{ENVELOPE}\n> DATA\n< 354\n>> {bare}\\r\\n.\\r\\n\n< 550 5.6.11\n"
        "> NOOP\n< 250\n> QUIT\n< 221"
    )
    assert wire.post.mails == []
    assert wire.server.counts[Reason.BARE_NEWLINE] == 1
