"""What a service manager hears from the daemon, over a real datagram socket."""

from __future__ import annotations

import os
import socket
import struct
import uuid

import pytest

from cli import notify


@pytest.fixture(params=["path", "abstract"])
def manager(request, tmp_path, monkeypatch):
    """The socket a service manager listens at, named in the environment."""
    name = str(tmp_path / "notify") if request.param == "path" else f"@bcc-dropbox-{uuid.uuid4()}"
    monkeypatch.setenv("NOTIFY_SOCKET", name)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as one:
        one.bind(name.replace("@", "\0", 1) if name.startswith("@") else name)
        one.settimeout(10)
        yield one


def test_the_manager_hears_when_mail_is_taken_and_when_it_ends(manager):
    notify.ready()
    notify.stopping()
    assert [manager.recv(100), manager.recv(100)] == [b"READY=1", b"STOPPING=1"]


@pytest.mark.parametrize("name", [None, "", "vsock:2:1234", "relative"])
def test_without_a_manager_nobody_is_told(name, monkeypatch):
    if name is None:
        monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    else:
        monkeypatch.setenv("NOTIFY_SOCKET", name)
    notify.ready()


def test_a_manager_that_is_gone_or_does_not_read_stops_nothing(tmp_path, monkeypatch):
    path = tmp_path / "notify"
    monkeypatch.setenv("NOTIFY_SOCKET", str(path))
    notify.ready()
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as one:
        one.bind(str(path))
        for _ in range(2000):
            notify.ready()
    notify.stopping()


@pytest.mark.parametrize("workers", [1, 2])
def test_the_daemon_says_so_itself_and_not_one_of_its_workers(
    workers, manager, command, new_server
):
    manager.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
    command.environment["NOTIFY_SOCKET"] = os.environ["NOTIFY_SOCKET"]
    command.environment["BCC_DROPBOX_WORKERS"] = str(workers)
    server = new_server().start()
    assert heard(manager) == (b"READY=1", server.process.pid)
    assert server.stop() == 0
    assert heard(manager) == (b"STOPPING=1", server.process.pid)


def heard(manager) -> tuple[bytes, int]:
    """Return the next message and the process that sent it; managers listen to the main one."""
    message, ancillary, _, _ = manager.recvmsg(100, 100)
    ((_, _, credentials),) = ancillary
    return message, struct.unpack("3i", credentials)[0]
