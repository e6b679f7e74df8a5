"""TLS at every kind of listener: 1.2 or later, nothing of what was said before it, required."""

import ssl
import warnings

import pytest

from dropbox.wire.context import Kind
from dropbox.wire.listeners import bind
from tests.wire.transcript import HANAKO, careless_context

HELLO = {Kind.LMTP: "LHLO"}
PROXY = "> PROXY TCP4 203.0.113.9 192.0.2.1 4711 25\n"
STARTTLS_AT = [Kind.SMTP, Kind.PROXY, Kind.LMTP]


def hello(kind):
    return f"> {HELLO.get(kind, 'EHLO')} me\n< 250\n"


def greeting(kind):
    return f"{PROXY if kind is Kind.PROXY else ''}< 220\n{hello(kind)}"


def only(version):
    """A client that speaks one version of TLS, however old it is."""
    context = careless_context()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = context.maximum_version = version
    context.set_ciphers("ALL:@SECLEVEL=0")
    return context


def lower(certificate):
    """Let the server speak what it should not."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        certificate.context.minimum_version = ssl.TLSVersion.TLSv1
    certificate.context.set_ciphers("ALL:@SECLEVEL=0")


async def handshake(wire, kind, context):
    """Do a handshake; the version that came of it."""
    if kind is Kind.SMTPS:
        client = await wire.connect(ssl=context)
    else:
        client = await wire.connect()
        await client.run(f"{greeting(kind)}> STARTTLS\n< 220")
        await client.writer.start_tls(context)
    return client.writer.get_extra_info("ssl_object").version()


@pytest.mark.parametrize("kind", [Kind.SMTP, Kind.SMTPS])
@pytest.mark.parametrize("version", ["TLSv1", "TLSv1_1", "TLSv1_2", "TLSv1_3"])
async def test_tls_is_1_2_or_later(serve, certificate, kind, version):
    wire = await serve(*bind("127.0.0.1:0", kind), certificate=certificate)
    context = only(ssl.TLSVersion[version])
    if version in {"TLSv1_2", "TLSv1_3"}:
        assert await handshake(wire, kind, context) == version.replace("_", ".")
        return
    with pytest.raises((ssl.SSLError, ConnectionError)):
        await handshake(wire, kind, context)
    await wire.until(lambda: wire.server.open_connections == 0)


async def test_the_client_of_this_test_would_speak_1_1_if_the_server_did(serve, certificate):
    lower(certificate)
    wire = await serve(certificate=certificate)
    assert await handshake(wire, Kind.SMTP, only(ssl.TLSVersion.TLSv1_1)) == "TLSv1.1"


@pytest.mark.parametrize("kind", STARTTLS_AT)
async def test_plain_text_injected_before_tls_is_forgotten(serve, certificate, kind):
    wire = await serve(*bind("127.0.0.1:0", kind), certificate=certificate)
    client = await wire.connect()
    said = await client.run(f"{greeting(kind)}> MAIL FROM:<a@b.c>\n< 250")
    assert said[1][-1] == "250 STARTTLS"
    evil = (
        f"{HELLO.get(kind, 'EHLO')} evil\r\nMAIL FROM:<evil@example.com>\r\nRCPT TO:<{HANAKO}>\r\n"
    )
    await client.send(f"STARTTLS\r\n{evil}".encode())
    await client.run("< 220 2.0.0")
    await client.starttls()
    (session,) = wire.context().sessions
    await wire.until(lambda: session._secure)
    *_, said = await client.run(f"> MAIL FROM:<a@b.c>\n< 503 5.5.1 Say hello first\n{hello(kind)}")
    assert "STARTTLS" not in repr(said)
    await client.run("> RCPT TO:<a@b.c>\n< 503 5.5.1 MAIL comes first\n> STARTTLS\n< 503")
    assert wire.post.asked == []


@pytest.mark.parametrize("kind", STARTTLS_AT)
async def test_what_is_injected_a_moment_later_is_no_handshake(serve, certificate, kind):
    wire = await serve(*bind("127.0.0.1:0", kind), certificate=certificate)
    client = await wire.connect()
    await client.run(f"{greeting(kind)}> STARTTLS\n< 220 2.0.0\n{hello(kind).split('<')[0]}")
    heard = await client.read_to_end()
    assert b"250" not in heard
    await wire.until(lambda: wire.server.open_connections == 0)


@pytest.mark.parametrize("kind", [Kind.SMTP, Kind.PROXY])
async def test_where_tls_is_required_nothing_else_goes_without(serve, certificate, kind):
    wire = await serve(*bind("127.0.0.1:0", kind), certificate=certificate, require_tls=True)
    client = await wire.connect()
    await client.run(greeting(kind))
    for line in ("MAIL FROM:<>", f"RCPT TO:<{HANAKO}>", "DATA", "RSET", "HELO me", "VRFY x"):
        await client.run(f"> {line}\n< 530 5.7.0 Must issue a STARTTLS command first")
    await client.run("> NOOP\n< 250\n> STARTTLS\n< 220")
    await client.starttls()
    await client.run(f"{hello(kind)}> MAIL FROM:<>\n< 250\n> RCPT TO:<{HANAKO}>\n< 250")
    await client.run("> DATA\n< 354\n> .\n< 250\n> QUIT\n< 221")


@pytest.mark.parametrize(("kind", "options"), [(Kind.SMTPS, True), (Kind.LMTP, False)])
async def test_tls_from_the_first_byte_is_enough_and_our_own_server_is_exempt(
    serve, certificate, kind, options
):
    wire = await serve(*bind("127.0.0.1:0", kind), certificate=certificate, require_tls=True)
    client = await wire.connect(**({"ssl": careless_context()} if options else {}))
    await client.run(f"{greeting(kind)}> MAIL FROM:<>\n< 250\n> RCPT TO:<{HANAKO}>\n< 250")
    await client.run("> DATA\n< 354\n> .\n< 250\n> QUIT\n< 221")
