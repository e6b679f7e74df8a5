"""The traps of aiosmtpd, M to W, by their letters in `reference/receiving-mail.md`."""

import asyncio
import re
import socket
import threading
from ipaddress import ip_network

import pytest
from aiosmtpd.smtp import SMTP

from dropbox.filing.outcomes import NotRecorded, Reason
from dropbox.wire.context import Kind
from dropbox.wire.listeners import bind
from dropbox.wire.session import SmtpSession
from tests.wire.transcript import ENVELOPE, HANAKO, KEN, PATIENCE, SECRET, careless_context


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


@pytest.mark.parametrize("beginning", ["", "PRO", "PROXY TCP4 203"])
async def test_trap_o_a_connection_that_ends_before_its_header_is_no_failure(
    serve, events, beginning
):
    wire = await serve(*bind("127.0.0.1:0", Kind.PROXY))
    client = await wire.connect()
    await client.run(f">> {beginning}")
    client.writer.write_eof()
    assert await client.read_to_end() == b""
    assert {one["log_level"] for one in events} <= {"debug"}


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
