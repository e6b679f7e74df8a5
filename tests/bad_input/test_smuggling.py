"""One mail for every end of data, whatever stands in it; no header that nobody sent."""

import pytest

from dropbox.mail.read import read
from dropbox.wire.context import Kind
from dropbox.wire.listeners import bind
from tests.bad_input import smuggling
from tests.bad_input.smuggling import COMMANDS, CUSTOMER, HEADERS, VICTIM, smuggled
from tests.wire.transcript import HANAKO, careless_context

PROXY = "> PROXY TCP4 203.0.113.9 192.0.2.1 4711 25\n"


@pytest.fixture(params=[Kind.SMTP, Kind.SMTPS, Kind.PROXY, Kind.LMTP])
def listening(request, serve, certificate):
    """Start a server of one kind, and connect to it up to the hello."""
    kind = request.param

    async def start(**settings):
        wire = await serve(*bind("127.0.0.1:0", kind), certificate=certificate, **settings)

        async def connect():
            secured = {"ssl": careless_context()} if kind is Kind.SMTPS else {}
            client = await wire.connect(**secured)
            hello = "LHLO" if kind is Kind.LMTP else "EHLO"
            await client.run(f"{PROXY if kind is Kind.PROXY else ''}< 220\n> {hello} me\n< 250")
            return client

        return wire, connect

    return start


async def send(client, wire):
    """Send one mail, with a NOOP behind it; what was said about the mail."""
    await client.run(
        f"> MAIL FROM:<outer@corp.example>\n< 250\n> RCPT TO:<{HANAKO}>\n< 250\n> DATA\n< 354"
    )
    await client.send(wire + b"\r\n.\r\nNOOP\r\n")
    ((said,), _) = await client.run("< \n< 250 2.0.0 OK")
    return said


async def test_each_mail_is_one_and_nothing_behind_a_false_end_is_a_command(listening):
    wire, connect = await listening()
    client = await connect()
    for number, one in enumerate(smuggled(HANAKO), 1):
        assert await send(client, one.wire) == "250 2.0.0 Recorded", one.name
        assert len(wire.post.mails) == number, one.name
        content = wire.post.contents[-1]
        rest = content.replace(b"\r\n", b"")
        assert b"\r" not in rest, one.name
        assert b"\n" not in rest, one.name
        assert b"MAIL FROM:" in content, one.name
    assert {mail.mail_from for mail in wire.post.mails} == {"outer@corp.example"}
    assert number > len(smuggling.ENDS) + len(smuggling.AT_THE_BEGINNING)


async def test_or_is_rejected_as_a_whole_when_a_newline_in_it_is_bare(listening):
    wire, connect = await listening(bare_newline="reject")
    client = await connect()
    taken = 0
    for one in smuggled(HANAKO):
        said = await send(client, one.wire)
        assert said.startswith("550 5.6.11 " if one.has_bare else "250 2.0.0 "), one.name
        taken += not one.has_bare
        assert len(wire.post.mails) == taken, one.name
    assert taken > 10


@pytest.mark.parametrize("way", HEADERS)
async def test_no_header_stands_behind_what_is_no_line_end(wire, way):
    client = await wire.connect()
    await client.run("< 220\n> EHLO me\n< 250")
    for number, header in enumerate(HEADERS[way]):
        said = await send(client, smuggling.mail(number, headers=header))
        assert said == "250 2.0.0 Recorded"
        message = read(wire.post.contents[-1])
        assert message.author is not None
        assert message.author.email == smuggling.HANAKO
        named = {one.email for one in (*message.to, *message.cc, *message.bcc, *message.reply_to)}
        assert VICTIM not in named
        assert CUSTOMER in named


@pytest.mark.parametrize("way", ["CR", "CR CR", "CR in a name"])
async def test_or_the_mail_is_rejected(serve, way):
    wire = await serve(bare_newline="reject")
    client = await wire.connect()
    await client.run("< 220\n> EHLO me\n< 250")
    for header in HEADERS[way]:
        assert (await send(client, smuggling.mail(1, headers=header))).startswith("550 5.6.11 ")
    assert wire.post.mails == []


@pytest.mark.parametrize("setting", ["normalize", "reject"])
async def test_no_command_carries_another_one(serve, setting):
    wire = await serve(bare_newline=setting, max_errors=1000)
    client = await wire.connect()
    await client.run("< 220\n> EHLO me\n< 250")
    for command in COMMANDS:
        await client.send(
            command.replace(b"%s", HANAKO.encode()) + b"\r\nRCPT TO:<x@y.example>\r\n"
        )
        ((said,), _) = await client.run("< \n< 503 5.5.1 MAIL comes first")
        assert said[:3] in {"500", "501", "502", "552", "553", "555"}, command
    assert wire.post.asked == []


async def test_a_size_that_is_no_more_than_a_promise_binds_nobody(wire):
    """A mail longer, or shorter, than its SIZE ends where it ends."""
    for size in (0, 1, 1_000_000):
        client = await wire.connect()
        await client.run(f"< 220\n> EHLO me\n< 250\n> MAIL FROM:<a@b.example> SIZE={size}\n< 250")
        await client.run(f"> RCPT TO:<{HANAKO}>\n< 250\n> DATA\n< 354")
        await client.send(b"x" * 500 + b"\r\n.\r\nNOOP\r\n")
        await client.run("< 250 2.0.0 Recorded\n< 250 2.0.0 OK\n> QUIT\n< 221")
    assert wire.post.contents == [b"x" * 500 + b"\r\n"] * 3
