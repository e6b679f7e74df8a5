"""Our session against the stock class it comes from, apart from listed, intended differences."""

import asyncio
import contextlib
import random
import re

import pytest
from aiosmtpd.smtp import SMTP
from hypothesis import given, settings
from hypothesis import strategies as st

from dropbox.wire.paths import read_ordinary_path
from tests.wire.transcript import HANAKO, KEN, Client

LIMIT = 10_000

ORDINARY = ["EHLO me", "MAIL FROM:<anna@example.com>", f"RCPT TO:<{HANAKO}>", "DATA"]

LINES = [
    *["EHLO client.example", f"RCPT TO:<{HANAKO}>", "MAIL FROM:<anna@example.com>", "DATA"],
    *["HELO client.example", f"RCPT TO:<{KEN}>", "MAIL FROM:<>", "RSET", "NOOP", "NOOP x"],
    *[
        "EHLO",
        "HELO",
        "RSET x",
        "QUIT x",
        "QUIT",
        "DATA x",
        "MAIL",
        "RCPT",
        "MAIL FROM:",
        "RCPT TO:",
    ],
    *[
        "mail from:<a@b.c>",
        f"rcpt to: <{HANAKO}>",
        "MAIL FROM: a@b.c",
        "MAIL TO:<a@b.c>",
        "RCPT <a@b.c>",
    ],
    *["MAIL FROM:<a@b.c> SIZE=100", "MAIL FROM:<a@b.c> SIZE=10001", "MAIL FROM:<a@b.c> SIZE=x"],
    *[
        "MAIL FROM:<a@b.c> BODY=8BITMIME SMTPUTF8",
        "MAIL FROM:<a@b.c> BODY=BINARYMIME",
        "MAIL FROM:<a@b.c> SIZE",
    ],
    *[
        "MAIL FROM:<a@b.c> SMTPUTF8=1",
        "MAIL FROM:<a@b.c> RET=FULL",
        "MAIL FROM:<a@b.c> size=5 body=7bit",
    ],
    *[
        "MAIL FROM:<a@b.c> =",
        "MAIL FROM:<a@b.c> AUTH=<>",
        "MAIL FROM:<a@b@c>",
        "MAIL FROM:<a b@c>",
        "MAIL FROM:<",
    ],
    *[
        'MAIL FROM:<"a b"@c.d>',
        "MAIL FROM:<@x.y:a@b.c>",
        "MAIL FROM:<a@[192.0.2.1]>",
        "MAIL FROM:<鈴木@b.c>",
    ],
    *[
        "RCPT TO:<nobody@b.c>",
        f"RCPT TO:<{HANAKO}> NOTIFY=NEVER",
        "RCPT TO:<a b@c>",
        "RCPT TO:<postmaster>",
    ],
    *[
        "",
        " ",
        "FOO",
        "FOO bar",
        "É",
        "EXPN x",
        "EXPN",
        "  NOOP",
        "MAIL  FROM:<a@b.c>",
        "RCPT\tTO:<a@b.c>",
    ],
    *[
        "VRFY x",
        "VRFY",
        "HELP",
        "HELP MAIL",
        "AUTH PLAIN x",
        "STARTTLS",
        "RCPT TO:<>",
        "BDAT 3 LAST",
    ],
]

# Line (as a pattern) -> the codes of ours; whatever stock says. True: the dialogues part there.
INTENDED = [
    (r"VRFY|HELP|AUTH|STARTTLS|BDAT", {"502"}, False),  # trap V: not offered
    (r"MAIL FROM:<$", {"503", "553"}, False),  # stock: 500 and the text of an IndexError
    (r"RCPT TO:<>", {"501", "503", "553"}, True),  # nobody is meant; stock takes it as "<>"
]

BODIES = [
    b"",
    b"hello\r\n",
    b"..\r\n",
    b"..x\r\n\r\n",
    b"x" * 900 + b"\r\n",
    b"y\r\n" * 5000,
    b"\xff\x00\r\n",
]


class Sink:
    """The stock handler with the same directory."""

    def __init__(self, addresses):
        self.addresses = addresses
        self.mails = []

    async def handle_RCPT(self, server, session, envelope, address, options):  # noqa: N802
        if address.lower() not in self.addresses:
            return "550 No such address"
        if address not in envelope.rcpt_tos:
            envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):  # noqa: N802
        sender = "" if envelope.mail_from == "<>" else envelope.mail_from
        self.mails.append((sender, envelope.rcpt_tos, envelope.content))
        return "250 OK"


async def both(ours, theirs, data):
    codes = []
    for client in (ours, theirs):
        await client.send(data)
        codes.append((await client.hear())[-1][:3])
    return codes


def parted(line, our, their):
    """Whether the dialogues part here; fails where they should not differ."""
    for pattern, codes, part in INTENDED:
        if re.match(pattern, line):
            assert our in codes, line
            return part and our != their
    assert our == their, line
    return our == "221"


async def dialogue(rng, ours, theirs):
    spoken = []
    for client in (ours, theirs):
        await client.hear("220")
    unknown = 0
    for _ in range(rng.randint(5, 40)):
        line = rng.choice(ORDINARY if rng.random() < 0.6 else LINES)
        unknown += re.match(r"FOO|É|BDAT|RCPT\t|  NOOP| $", line) is not None
        if unknown == 5:  # stock ends the connection here, ours a little later: trap M
            return spoken
        spoken.append(line)
        our, their = await both(ours, theirs, line.encode() + b"\r\n")
        if parted(line, our, their):
            return spoken
        if our == "354":
            body = rng.choice(BODIES)
            our, their = await both(ours, theirs, body + b".\r\n")
            assert our == their, (spoken, body[:20])
    return spoken


@pytest.mark.parametrize("seed", range(8))
async def test_random_dialogues_are_answered_as_by_the_stock_class(serve, seed):
    wire = await serve(max_message_bytes=LIMIT, max_errors=1000, max_misses=1000)
    await differ(wire, random.Random(seed))


async def differ(wire, rng):
    loop = asyncio.get_running_loop()
    sink = Sink(wire.post.addresses)
    options = {"hostname": "mx.test", "enable_SMTPUTF8": True, "data_size_limit": LIMIT}
    server = await loop.create_server(lambda: SMTP(sink, loop=loop, **options), "127.0.0.1", 0)
    async with contextlib.AsyncExitStack() as stack:
        stack.callback(server.close)
        for _ in range(25):
            ours = await wire.connect()
            theirs = Client(*await asyncio.open_connection(*server.sockets[0].getsockname()))
            stack.push_async_callback(theirs.close)
            spoken = await dialogue(rng, ours, theirs)
            assert recorded(wire) == sink.mails, spoken
    assert sink.mails


def recorded(wire):
    return [
        (mail.mail_from, [one.address for one in mail.recipients], content)
        for mail, content in zip(wire.post.mails, wire.post.contents, strict=True)
    ]


@settings(max_examples=1000, deadline=None)
@given(st.text(st.sampled_from("ab.@-_<>\"(),:;[]\\ é='+0\t"), max_size=20))
def test_the_quick_reader_of_addresses_agrees_with_the_stock_one(text):
    ours = read_ordinary_path(f"<{text}>{text[:3]}")
    if ours is not None:
        theirs = SMTP._getaddr(SMTP.__new__(SMTP), f"<{text}>{text[:3]}")
        assert (ours.address, ours.parameters.strip()) == (theirs[0], theirs[1].strip())


@settings(max_examples=300, deadline=None)
@given(
    st.from_regex(r"[a-z.+]{1,8}@[a-z.-]{1,8}", fullmatch=True),
    st.sampled_from(["", " SIZE=1", " A=B C"]),
)
def test_the_quick_reader_takes_ordinary_addresses(address, parameters):
    ours = read_ordinary_path(f"<{address}>{parameters}")
    theirs = SMTP._getaddr(SMTP.__new__(SMTP), f"<{address}>{parameters}")
    assert ours is None or (ours.address, ours.parameters.strip()) == (theirs[0], theirs[1].strip())
    if re.fullmatch(r"[a-z+]+@[a-z]+", address):
        assert ours is not None
