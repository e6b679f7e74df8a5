import errno
import os
import shutil
import socket
import stat
import tempfile
from contextlib import contextmanager
from pathlib import Path

import pytest

from dropbox.wire.context import Kind
from dropbox.wire.listeners import ListenError, SocketAccess, bind
from dropbox.wire.tls import Certificate, CertificateError
from tests.wire.transcript import ENVELOPE, HANAKO


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


@pytest.fixture
def umask():
    """Set the umask of this process, for one test."""
    before = os.umask(0o077)
    yield os.umask
    os.umask(before)


def mode_of(path):
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.parametrize("mode", [0o600, 0o660, 0o666])
@pytest.mark.parametrize("mask", [0o000, 0o077, 0o777])
def test_a_unix_socket_has_the_mode_that_was_asked_for_whatever_the_umask(
    tmp_path, umask, mode, mask
):
    umask(mask)
    path = tmp_path / "lmtp.sock"
    close(bind(f"unix:{path}", Kind.LMTP, access=SocketAccess(mode)))
    assert mode_of(path) == mode
    assert umask(0o022) == mask


def test_a_unix_socket_is_closed_to_others_until_it_has_its_group(tmp_path, umask, monkeypatch):
    umask(0o000)
    path, chown, seen = tmp_path / "lmtp.sock", shutil.chown, []

    def watched(changed, group):
        seen.append(mode_of(path))
        chown(changed, group=group)

    monkeypatch.setattr(shutil, "chown", watched)
    close(bind(f"unix:{path}", Kind.LMTP, access=SocketAccess(0o660, str(os.getegid()))))
    assert (seen, mode_of(path)) == ([0o600], 0o660)


@pytest.mark.parametrize("group", ["no-such-group", "4294967294"])
def test_a_group_that_cannot_be_given_is_one_line_and_leaves_no_socket(
    tmp_path, group, monkeypatch
):
    def refuse(*_):
        raise PermissionError(1, "Operation not permitted")

    path = tmp_path / "lmtp.sock"
    if group.isdecimal():
        monkeypatch.setattr(os, "chown", refuse)
    with pytest.raises(
        ListenError, match=f"cannot listen on unix:{path}: mode 0660 and group {group}: "
    ):
        bind(f"unix:{path}", Kind.LMTP, access=SocketAccess(0o660, group))
    assert not path.exists()


STRANGER, MAIL_SERVER = 54321, 54322


@contextmanager
def somebody(group):
    """Be another user, in this one group."""
    groups, own = os.getgroups(), os.getegid()
    os.setgroups([])
    os.setegid(group)
    os.seteuid(STRANGER)
    try:
        yield
    finally:
        os.seteuid(0)
        os.setegid(own)
        os.setgroups(groups)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be somebody else")
@pytest.mark.parametrize(
    ("access", "group", "error"),
    [
        (SocketAccess(0o660, str(MAIL_SERVER)), MAIL_SERVER, 0),
        (SocketAccess(0o660, str(MAIL_SERVER)), STRANGER, errno.EACCES),
        (SocketAccess(0o660), MAIL_SERVER, errno.EACCES),
        (SocketAccess(0o666), STRANGER, 0),
    ],
)
def test_another_user_connects_by_group_or_by_mode_and_otherwise_not(access, group, error):
    # Not below pytest's folder, which is closed to other users.
    with (
        tempfile.TemporaryDirectory(prefix="bcc-") as folder,
        socket.socket(socket.AF_UNIX) as client,
    ):
        Path(folder).chmod(0o755)
        path = Path(folder) / "lmtp.sock"
        (listener,) = bind(f"unix:{path}", Kind.LMTP, access=access)
        listener.socket.listen()
        with somebody(group):
            assert client.connect_ex(str(path)) == error
        close([listener])


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


@pytest.mark.parametrize(("kind", "hello"), [(Kind.LMTP, "LHLO"), (Kind.SMTP, "EHLO")])
async def test_what_comes_by_lmtp_is_from_our_own_server_wherever_it_runs(kind, hello, serve):
    wire = await serve(*bind("127.0.0.1:0", kind))
    await wire.talk(
        f"< 220\n> {hello} mx\n< 250\n> MAIL FROM:<>\n< 250\n> RCPT TO:<{HANAKO}>\n< 250\n"
        "> DATA\n< 354\n> x\n> .\n< 250"
    )
    assert [one.by_own_server for one in wire.post.mails] == [kind is Kind.LMTP]
