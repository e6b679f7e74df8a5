"""What a mail server on the open internet meets."""

import asyncio
import re
import ssl

import pytest

from dropbox.filing.outcomes import NotRecorded, Reason
from dropbox.wire.context import Kind
from dropbox.wire.data import SPILL_BYTES
from dropbox.wire.listeners import bind
from dropbox.wire.reader import MAX_LINE, LineReader
from dropbox.wire.session import SmtpSession
from tests.wire.transcript import ENVELOPE, HANAKO, KEN

HELLO = "< 220\n> EHLO me\n< 250\n"


def buffered(wire):
    return sum(len(session._inbox._buffer) for session in wire.context().sessions)


async def test_a_command_line_without_end_stays_small_and_ends_the_connection(wire):
    client = await wire.connect()
    await client.run("< 220")
    most = 0
    try:
        for _ in range(1600):  # 100 MB
            await client.send(b"x" * 65536)
            most = max(most, buffered(wire))
    except ConnectionError:
        pass
    assert most <= 1 << 19
    assert wire.server.counts[Reason.TOO_MANY_ERRORS] == 1
    await client.close()
    await wire.until(lambda: wire.server.open_connections == 0)


async def test_of_an_endless_line_only_its_beginning_is_kept():
    reader = LineReader(asyncio.get_running_loop())
    for _ in range(10):
        reader.feed_data(b"x" * 10_000)
        assert reader.next_line() is None
        assert len(reader._buffer) == MAX_LINE + 1
    reader.feed_data(b"\nNOOP\r\nx")
    assert len(reader.next_line()) > MAX_LINE
    assert [reader.next_line(), reader.next_line()] == [b"NOOP\r\n", None]


@pytest.mark.parametrize("length", [2049, 5000, 300_000])
async def test_a_long_command_line_is_refused_and_the_next_one_understood(wire, length):
    client = await wire.connect()
    await client.run("< 220")
    line = b"EHLO " + b"x" * (length - 5) + b"\r\n"
    for start in range(0, len(line), 1500):
        await client.send(line[start : start + 1500])
    await client.run("< 500 5.5.2 Command line too long\n> EHLO me\n< 250")


async def test_ten_thousand_recipients_cost_a_hundred_questions(wire, monkeypatch):
    turns = []
    write = SmtpSession._write
    monkeypatch.setattr(
        SmtpSession, "_write", lambda session: turns.append(len(session._out)) or write(session)
    )
    client = await wire.connect()
    await client.run(ENVELOPE)
    sending = asyncio.create_task(client.send(f"RCPT TO:<{KEN}>\r\n".encode() * 10_000))
    codes = [(await client.hear())[0][:3] for _ in range(10_000)]
    await sending
    assert codes == ["250"] * 99 + ["452"] * 9_901
    assert len(wire.post.asked) == 100
    assert max(turns) < 100, "others get a turn in between"
    await client.run("> DATA\n< 354\n> .\n< 250\n> QUIT\n< 221")
    assert len(wire.post.mails[0].recipients) == 2


@pytest.mark.parametrize(
    "garbage", [rb"\x16\x03\x01\x02\x00\x01\x00", rb"GET / HTTP/1.1\r\nHost: x", rb"SSH-2.0-x"]
)
async def test_other_protocols_are_sent_away_at_once(wire, garbage):
    await wire.talk(f"< 220\n>> {garbage.decode()}\\r\\n\n< 421 4.7.0\n< EOF")


async def test_a_tls_handshake_at_a_plain_port_fails_at_once_and_leaves_nothing(wire):
    host, _, port = wire.server.addresses[0].rpartition(":")
    async with asyncio.timeout(30):
        with pytest.raises(ssl.SSLError):
            await asyncio.open_connection(host, int(port), ssl=ssl.create_default_context())
    await wire.until(lambda: wire.server.open_connections == 0)
    await wire.talk("< 220\n> EHLO me\n< 250\n> QUIT\n< 221")


async def test_plain_text_at_a_port_for_tls_gets_no_dialogue_and_leaves_nothing(serve, certificate):
    wire = await serve(*bind("127.0.0.1:0", Kind.SMTPS), certificate=certificate)
    host, _, port = wire.server.addresses[0].rpartition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(b"EHLO me\r\nMAIL FROM:<>\r\n")
    async with asyncio.timeout(30):
        heard = await reader.read()
    assert b"220" not in heard
    assert b"250" not in heard
    writer.close()
    await wire.until(lambda: wire.server.open_connections == 0)


async def test_garbage_before_hello_does_not_disturb_what_follows(wire):
    await wire.talk("""
        < 220
        >> \\x00\\xff\\xfe\\r\\n
        < 500 5.5.2
        >> \\r\\n
        < 500 5.5.2
        >> \\n
        < 500 5.5.2
        > MAIL FROM:<a@b.c>
        < 503
        > EHLO me
        < 250
        > QUIT
        < 221
        < EOF""")


async def test_commands_after_quit_are_not_answered(wire):
    client = await wire.connect()
    await client.send(b"EHLO me\r\nQUIT\r\nNOOP\r\nMAIL FROM:<a@b.c>\r\n")
    await client.run("< 220\n< 250\n< 221 2.0.0 Bye\n< EOF")


def until_the_client_has_ended(wire):
    """Let every question about a recipient wait until nothing more will come."""

    async def route(address):
        await wire.until(lambda: all(one._inbox.has_ended for one in wire.context().sessions))
        return await wire.post.route(address)

    wire.context().route = route


@pytest.mark.parametrize("slowly", [False, True])
async def test_a_client_that_stops_sending_gets_its_replies(wire, slowly):
    client = await wire.connect()
    if slowly:
        until_the_client_has_ended(wire)
    mail = f"MAIL FROM:<>\r\nRCPT TO:<{HANAKO}>\r\nDATA\r\nx\r\n.\r\nNOOP\r\n"
    await client.send(f"EHLO me\r\n{mail}".encode())
    client.writer.write_eof()
    await client.run("< 220\n< 250\n< 250\n< 250\n< 354\n< 250 2.0.0 Recorded\n< 250\n< EOF")
    assert wire.post.contents == [b"x\r\n"]


async def test_a_mail_whose_client_has_ended_before_it_began_is_not_waited_for(wire):
    client = await wire.connect()
    until_the_client_has_ended(wire)
    await client.send(f"EHLO me\r\nMAIL FROM:<>\r\nRCPT TO:<{HANAKO}>\r\nDATA\r\nhalf".encode())
    client.writer.write_eof()
    await client.run("< 220\n< 250\n< 250\n< 250\n< 354\n< EOF")
    await wire.until(lambda: wire.server.open_connections == 0)
    assert wire.post.mails == []


async def test_a_mail_without_end_is_no_mail(wire):
    client = await wire.connect()
    await client.run(ENVELOPE + "\n> DATA\n< 354\n> half a mail")
    client.writer.write_eof()
    assert await client.read_to_end() == b""
    assert wire.post.mails == []


@pytest.mark.parametrize("size", [100, SPILL_BYTES * 2])
async def test_a_mail_cut_off_by_a_reset_gives_everything_back(wire, size):
    client = await wire.connect()
    await client.run(ENVELOPE + "\n> DATA\n< 354")
    await client.send(b"x" * size)
    client.writer.transport.abort()
    await wire.until(lambda: wire.server.open_connections == 0)
    await wire.until(lambda: wire.context().memory.used == 0)
    assert wire.post.mails == []


async def test_a_client_that_says_nothing_is_sent_away(serve):
    wire = await serve(command_timeout=0.1)
    await wire.talk("< 220\n< 421 4.4.2\n< EOF")


async def test_only_valid_commands_reset_the_clock(serve):
    wire = await serve(command_timeout=0.3, max_errors=1000)
    client = await wire.connect()
    await client.run("< 220")

    async def chatter():
        while True:
            await client.send(b"FOO\r\n")
            await asyncio.sleep(0.02)

    chattering = asyncio.create_task(chatter())
    heard = await client.read_to_end()
    chattering.cancel()
    await asyncio.gather(chattering, return_exceptions=True)
    assert heard.endswith(b"421 4.4.2 Waited too long, closing connection\r\n")


async def test_a_client_that_never_reads_is_cut_off(serve):
    """Its replies fill its window and our buffer; the command timer ends that."""
    wire = await serve(command_timeout=0.3, linger=0.1, max_idle_commands=1 << 30)
    client = await wire.connect(limit=1)
    client.writer.transport.pause_reading()

    async def flood():
        while True:
            await client.send(b"NOOP\r\n" * 10_000)

    flooding = asyncio.create_task(flood())
    await wire.until(lambda: wire.context().sessions)
    await wire.until(lambda: wire.server.open_connections == 0)
    flooding.cancel()
    await asyncio.gather(flooding, return_exceptions=True)


async def test_too_big_is_said_at_mail_and_again_after_the_mail(serve):
    wire = await serve(max_message_bytes=1000)
    await wire.talk(f"""{HELLO}
        > MAIL FROM:<a@b.c> SIZE=1001
        < 552 5.3.4
        > MAIL FROM:<a@b.c> SIZE=1000
        < 250
        > RCPT TO:<{HANAKO}>
        < 250
        > DATA
        < 354
        > {"x" * 1500}
        > .
        < 552 5.3.4 Message is larger than this server takes
        > MAIL FROM:<a@b.c>
        < 250
        > QUIT
        < 221""")
    assert wire.post.mails == []
    assert wire.server.counts[Reason.TOO_BIG] == 2


async def test_a_mail_that_never_stops_is_answered_and_cut_off(serve):
    wire = await serve(max_message_bytes=1000)
    client = await wire.connect()
    await client.run(ENVELOPE + "\n> DATA\n< 354")
    await client.send(b"x" * 5000)
    await client.run("< 552 5.3.4\n< EOF")


async def test_no_room_on_disk_is_452_and_the_dialogue_goes_on(serve, tmp_path):
    wire = await serve(spill_dir=tmp_path / "missing")
    line = "> " + "x" * 1000 + "\n"
    await wire.talk(
        f"{ENVELOPE}\n> DATA\n< 354\n{line * 300}> .\n< 452 4.3.1\n> NOOP\n< 250\n> QUIT\n< 221"
    )
    assert wire.server.counts[Reason.BUSY] == 1


async def test_without_memory_left_mail_goes_by_disk(serve):
    wire = await serve(memory_budget_bytes=100)
    await wire.talk(f"{ENVELOPE}\n> DATA\n< 354\n> {'x' * 200}\n> .\n< 250\n> QUIT\n< 221")
    assert not wire.post.mails[0].content.in_memory


@pytest.mark.parametrize(
    "reason", [Reason.DATABASE_DOWN, Reason.BUSY, Reason.RATE, Reason.LOOP, Reason.DNS_DOWN]
)
async def test_what_the_road_refuses_is_said_in_the_words_of_the_table(wire, reason):
    wire.post.error = NotRecorded(reason, "not for the peer")
    replies = await wire.talk(
        f"{ENVELOPE}\n> DATA\n< 354\n> .\n< {wire.post.error.reply}\n> QUIT\n< 221"
    )
    assert "peer" not in repr(replies)
    assert wire.server.counts[reason] == 1


async def test_a_directory_that_cannot_answer_is_451_at_rcpt(wire):
    wire.post.route_error = NotRecorded(Reason.DATABASE_DOWN)
    client = await wire.connect()
    await client.run(
        f"{HELLO}> MAIL FROM:<>\n< 250\n> RCPT TO:<{HANAKO}>\n< 451 4.3.0 Cannot record\n"
        "> DATA\n< 451 4.3.0 Cannot record"
    )
    wire.post.route_error = None
    await client.run(f"> RCPT TO:<{HANAKO}>\n< 250\n> DATA\n< 354\n> .\n< 250")


@pytest.mark.parametrize("missing", [1, 2, -1])
async def test_deliveries_that_do_not_match_the_recipients_are_no_250(wire, missing):
    accept = wire.post.accept

    async def careless(envelope):
        deliveries = await accept(envelope)
        return [*deliveries, deliveries[0]][: 2 - missing]

    wire.context().accept = careless
    rcpt = f"> RCPT TO:<{KEN}>\n< 250\n"
    await wire.talk(f"{ENVELOPE}\n{rcpt}> DATA\n< 354\n> .\n< 451 4.3.0\n> QUIT\n< 221")


async def test_one_envelope_for_several_users_and_an_address_named_twice(wire):
    plus = HANAKO.replace("@", "+crm@")
    rcpts = [HANAKO, KEN, HANAKO.upper(), plus]
    lines = "".join(f"> RCPT TO:<{one}>\n< 250 2.1.5\n" for one in rcpts)
    await wire.talk(
        f"{HELLO}> MAIL FROM:<Anna@Example.com>\n< 250\n{lines}"
        "> DATA\n< 354\n> x\n> .\n< 250\n> QUIT\n< 221"
    )
    (mail,) = wire.post.mails
    assert [one.address for one in mail.recipients] == [HANAKO, KEN]
    assert wire.post.asked == rcpts
    assert (mail.mail_from, mail.helo, mail.peer) == ("Anna@Example.com", "me", "127.0.0.1")
    assert mail.received_at.utcoffset().total_seconds() == 0


@pytest.mark.parametrize(
    "path",
    [
        "<postmaster>",
        "<Postmaster@dropbox.example>",
        '<"ken o"@x.y>',
        "<@a.b,@c.d:ken@x.y>",
        "<ken@[192.0.2.1]>",
        "ken@x.y",
        "<ken@例え.jp>",
        "<鈴木@x.y>",
        "<foo..bar@docomo.ne.jp>",
        "<foo.@ezweb.ne.jp>",
    ],
)
async def test_unusual_addresses_reach_the_directory(wire, path):
    await wire.talk(
        f"{HELLO}> MAIL FROM:{path} SMTPUTF8\n< 250\n> RCPT TO:{path}\n< 550 5.1.1\n> QUIT\n< 221"
    )
    (asked,) = wire.post.asked
    assert asked == re.sub(r"^<(?:@.*:)?|>$", "", path)


async def test_a_handshake_that_fails_ends_the_connection(serve, certificate):
    wire = await serve(certificate=certificate)
    client = await wire.connect()
    await client.run(f"{HELLO}> STARTTLS\n< 220 2.0.0\n> EHLO plain\n> MAIL FROM:<>")
    heard = await client.read_to_end()
    assert b"250" not in heard
    await wire.until(lambda: wire.server.open_connections == 0)


@pytest.mark.parametrize("reset", [False, True])
async def test_a_client_that_leaves_within_the_handshake_is_forgotten(serve, certificate, reset):
    wire = await serve(certificate=certificate)
    client = await wire.connect()
    await client.run(f"{HELLO}> MAIL FROM:<>\n< 250\n> STARTTLS\n< 220 2.0.0")
    if reset:
        client.reset_on_close()
    await client.close()
    await wire.until(lambda: wire.server.open_connections == 0)


async def test_a_large_mail_over_tls(serve, certificate):
    wire = await serve(certificate=certificate)
    client = await wire.connect()
    await client.run(f"{HELLO}> STARTTLS\n< 220 2.0.0")
    await client.starttls()
    await client.run(ENVELOPE.replace("< 220", "") + "\n> DATA\n< 354")
    body = b"..x" * 300_000
    await client.send(b"." + body + b"\r\n.\r\nNOOP\r\n")
    await client.run("< 250 2.0.0 Recorded\n< 250\n> QUIT\n< 221")
    assert wire.post.contents == [body + b"\r\n"]


async def test_a_certificate_is_changed_without_dropping_a_session(
    serve, make_certificate, certificate
):
    wire = await serve(certificate=certificate)
    old = await wire.connect()
    await old.run(f"{HELLO}> STARTTLS\n< 220")
    await old.starttls()
    for new, path in zip(
        make_certificate("other.test"), (certificate._cert, certificate._key), strict=True
    ):
        path.write_bytes(new.read_bytes())
    certificate.reload()
    later = await wire.connect()
    await later.run(f"{HELLO}> STARTTLS\n< 220")
    await later.starttls()
    assert later.certificate() != old.certificate()
    await old.run("> EHLO me\n< 250\n> QUIT\n< 221")
