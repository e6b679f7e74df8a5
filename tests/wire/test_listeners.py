import socket

import pytest

from dropbox.wire.context import Kind
from dropbox.wire.listeners import ListenError, bind
from dropbox.wire.tls import Certificate, CertificateError
from tests.wire.transcript import ENVELOPE


def close(listeners):
    for listener in listeners:
        listener.socket.close()


@pytest.mark.parametrize(
    ("address", "cause"),
    [
        ("127.0.0.1", "not host:port"),
        ("127.0.0.1:smtp", "not host:port"),
        ("127.0.0.1:70000", "not host:port"),
        ("192.0.2.1:2525", "Cannot assign requested address"),
        ("no-such-host.invalid:2525", ""),
        ("unix:/nonexistent/lmtp.sock", "No such file or directory"),
    ],
)
def test_what_cannot_be_listened_on_is_one_line_with_address_and_cause(address, cause):
    with pytest.raises(ListenError) as error:
        bind(address)
    assert str(error.value).startswith(f"cannot listen on {address}: ")
    assert cause in str(error.value)
    assert "\n" not in str(error.value)


def test_a_port_in_use_is_named():
    (taken,) = bind("127.0.0.1:0")
    taken.socket.listen()
    with pytest.raises(
        ListenError, match=f"cannot listen on {taken.address}: Address already in use"
    ):
        bind(taken.address)
    close([taken])


def test_workers_may_share_a_port():
    (first,) = bind("127.0.0.1:0", reuse_port=True)
    (second,) = bind(first.address, reuse_port=True)
    assert first.address == second.address
    close([first, second])


def test_sockets_are_tcp_by_name():
    """With protocol 0 asyncio leaves TCP_NODELAY off."""
    (listener,) = bind("127.0.0.1:0")
    assert listener.socket.proto == socket.IPPROTO_TCP
    close([listener])


@pytest.mark.skipif(not socket.has_ipv6, reason="no IPv6 here")
def test_every_interface_of_both_families():
    listeners = bind(":0")
    assert {listener.socket.family for listener in listeners} >= {socket.AF_INET}
    close(listeners)


async def test_mail_over_ipv6(serve):
    try:
        listeners = bind("[::1]:0")
    except ListenError:
        pytest.skip("no IPv6 loopback here")
    wire = await serve(*listeners)
    assert wire.server.addresses[0].startswith("[::1]:")
    await wire.talk(f"{ENVELOPE}\n> DATA\n< 354\n> .\n< 250\n> QUIT\n< 221")
    assert wire.post.mails[0].peer == "::1"


async def test_mapped_ipv4_is_ipv4(serve):
    sock = socket.socket(socket.AF_INET6, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
    sock.bind(("::", 0))
    from dropbox.wire.listeners import Listener

    wire = await serve(Listener(sock))
    port = sock.getsockname()[1]
    wire.server._listeners = (type("L", (), {"address": f"127.0.0.1:{port}"}),)
    await wire.talk(f"{ENVELOPE}\n> DATA\n< 354\n> .\n< 250\n> QUIT\n< 221")
    assert wire.post.mails[0].peer == "127.0.0.1"


async def test_lmtp_over_a_unix_socket_that_was_left_behind(serve, tmp_path):
    path = tmp_path / "lmtp.sock"
    for _ in range(2):
        (left,) = bind(f"unix:{path}", Kind.LMTP)
        left.socket.close()
    wire = await serve(*bind(f"unix:{path}", Kind.LMTP), max_connections_per_peer=1)
    assert wire.server.addresses == [f"unix:{path}"]
    await wire.connect()
    await wire.talk(
        f"{ENVELOPE.replace('EHLO', 'LHLO')}\n> DATA\n< 354\n> .\n< 250\n> QUIT\n< 221\n< EOF"
    )
    assert wire.post.mails[0].peer == ""
    with pytest.raises(ListenError, match="Address already in use"):
        bind(f"unix:{path}")


def test_a_file_that_is_no_socket_is_left_alone(tmp_path):
    path = tmp_path / "precious"
    path.write_text("mine")
    with pytest.raises(ListenError, match="Address already in use"):
        bind(f"unix:{path}")
    assert path.read_text() == "mine"


async def test_one_server_at_several_sockets(serve, certificate):
    wire = await serve(
        *bind("127.0.0.1:0"),
        *bind("127.0.0.1:0", Kind.LMTP),
        *bind("127.0.0.1:0", Kind.SMTPS),
        certificate=certificate,
    )
    assert len(set(wire.server.addresses)) == 3
    await (await wire.connect(0)).run("< 220\n> EHLO me\n< 250")
    await (await wire.connect(1)).run("< 220\n> LHLO me\n< 250")


def test_a_certificate_that_does_not_fit_is_one_line_and_the_old_one_stays(
    make_certificate, certificate, tmp_path
):
    before = certificate.context.cert_store_stats()
    certificate._key = make_certificate("another.test")[1]
    with pytest.raises(
        CertificateError, match=r"cannot use .*mx.test.pem with .*another.test.key: "
    ):
        certificate.reload()
    assert certificate.context.cert_store_stats() == before
    for missing in (tmp_path / "none.pem", tmp_path):
        with pytest.raises(CertificateError) as error:
            Certificate(missing, missing)
        assert "\n" not in str(error.value)
