"""Listening sockets."""

from __future__ import annotations

import os
import shutil
import socket
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from dropbox.wire.context import Kind

BACKLOG = 1024
_MAX_PORT = 65535


class ListenError(Exception):
    """An address cannot be listened on; the text is one line that names it and the cause."""


@dataclass(frozen=True, slots=True)
class SocketAccess:
    """Who may connect to a unix socket: whoever may write to its file."""

    mode: int = 0o660
    group: str = ""
    """A group's name or number; empty: the one that the folder or the process gives."""


@dataclass(frozen=True, slots=True)
class Listener:
    """A bound socket and what is spoken at it."""

    socket: socket.socket
    kind: Kind = Kind.SMTP

    @property
    def address(self) -> str:
        """`host:port` or `unix:path`, the port being the real one."""
        name = self.socket.getsockname()
        if not isinstance(name, tuple):
            return f"unix:{name}"
        host, port = name[:2]
        return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def bind(
    address: str,
    kind: Kind = Kind.SMTP,
    *,
    reuse_port: bool = False,
    access: SocketAccess = SocketAccess(),
) -> list[Listener]:
    """Bind `host:port`, `[v6]:port`, `:port` (every interface) or `unix:path`; do not accept yet.

    A name may stand for several addresses, hence a list. `reuse_port` is for workers that share
    a port. For a unix socket the umask of the process changes for a moment: call it before there
    are threads. Raises `ListenError`.
    """
    if address.startswith("unix:"):
        return [Listener(_bind_unix(Path(address.removeprefix("unix:")), access), kind)]
    listeners: list[Listener] = []
    try:
        for family, sockaddr in _resolve(address):
            listeners.append(
                Listener(_bind_tcp(family, sockaddr, address, reuse_port=reuse_port), kind)
            )
    except ListenError:
        for listener in listeners:
            listener.socket.close()
        raise
    return listeners


def _resolve(address: str) -> Iterator[tuple[int, tuple[object, ...]]]:
    host, colon, port = address.rpartition(":")
    if not colon or not port.isascii() or not port.isdigit() or int(port) > _MAX_PORT:
        raise ListenError(f"cannot listen on {address}: not host:port")
    try:
        found = socket.getaddrinfo(
            host.strip("[]") or None,
            int(port),
            type=socket.SOCK_STREAM,
            proto=socket.IPPROTO_TCP,
            flags=socket.AI_PASSIVE,
        )
    except (OSError, UnicodeError) as error:
        cause = getattr(error, "strerror", None) or "not a host name"
        raise ListenError(f"cannot listen on {address}: {cause}") from error
    seen = dict.fromkeys((int(family), sockaddr) for family, _, _, _, sockaddr in found)
    yield from seen


def _bind_tcp(
    family: int, sockaddr: tuple[object, ...], address: str, *, reuse_port: bool
) -> socket.socket:
    # With proto 0 asyncio leaves TCP_NODELAY off: 40 ms for every reply of several writes.
    sock = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if reuse_port:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        if family == socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        sock.setblocking(False)
        sock.bind(sockaddr)
    except OSError as error:
        sock.close()
        cause = os.strerror(error.errno or 0)
        raise ListenError(f"cannot listen on {address}: {cause}") from error
    return sock


def _bind_unix(path: Path, access: SocketAccess) -> socket.socket:
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        _remove_stale(path)
        sock.setblocking(False)
        # Ours alone until its group is set: its mode is for that group, and for no other.
        with _umask(0o177):
            sock.bind(str(path))
    except OSError as error:
        sock.close()
        raise ListenError(f"cannot listen on unix:{path}: {error.strerror or error}") from error
    try:
        if access.group:
            shutil.chown(path, group=_group(access.group))
        path.chmod(access.mode)
    except (OSError, LookupError) as error:
        sock.close()
        path.unlink(missing_ok=True)
        cause = getattr(error, "strerror", None) or "no such group"
        group = f" and group {access.group}" if access.group else ""
        raise ListenError(
            f"cannot listen on unix:{path}: mode {access.mode:04o}{group}: {cause}"
        ) from error
    return sock


def _group(name: str) -> int | str:
    return int(name) if name.isdecimal() else name


@contextmanager
def _umask(mask: int) -> Iterator[None]:
    before = os.umask(mask)
    try:
        yield
    finally:
        os.umask(before)


def _remove_stale(path: Path) -> None:
    """Remove a socket that nobody listens on any more; a file of another kind is not ours."""
    try:
        if not stat.S_ISSOCK(path.stat().st_mode):
            return
    except FileNotFoundError:
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        try:
            probe.connect(str(path))
        except ConnectionRefusedError:
            path.unlink(missing_ok=True)
