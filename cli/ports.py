"""The listeners that are set: who answers there, and whether the daemon could."""

from __future__ import annotations

import errno
import os
import socket
import ssl
import stat
from collections.abc import Iterator, Sequence
from contextlib import closing, suppress
from pathlib import Path

from cli.check import Check
from config import Settings
from config.values import Endpoint, UnixSocket
from dropbox.wire.context import Kind
from dropbox.wire.listeners import ListenError, bind

ANSWER_SECONDS = 3.0
LONGEST_GREETING = 512
"""RFC 5321 section 4.5.3.1.5."""

PROXY_OF_NOBODY = b"PROXY UNKNOWN\r\n"
START = "start the daemon: bcc-dropbox serve"
EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - compared, not listened on


def check_ports(settings: Settings) -> Iterator[Check]:
    """Look at every listener that is set: one of ours answers there, or could."""
    wanted: tuple[tuple[Sequence[Endpoint | UnixSocket], Kind], ...] = (
        (settings.smtp_listen, Kind.SMTP),
        (settings.smtps_listen, Kind.SMTPS),
        (settings.lmtp_listen, Kind.LMTP),
        (settings.proxy_listen, Kind.PROXY),
    )
    for endpoints, kind in wanted:
        for endpoint in endpoints:
            yield _check(endpoint, kind, settings.mail_domain)


def _check(endpoint: Endpoint | UnixSocket, kind: Kind, mail_domain: str) -> Check:
    variable = f"BCC_DROPBOX_{kind.upper()}_LISTEN"
    if isinstance(endpoint, Endpoint) and endpoint.port == 0:
        return Check.ok(kind, f"{endpoint}: any free port, which cannot be asked")
    try:
        greeting = ask(endpoint, kind)
    except TimeoutError:
        return Check.problem(
            kind,
            f"{endpoint} is taken, and says nothing within {ANSWER_SECONDS:.0f} seconds",
            "look into the daemon's log, and start it anew",
        )
    except ssl.SSLError:
        return Check.problem(
            kind,
            f"{endpoint} is taken, and does not speak TLS",
            f"stop what listens there, or correct {variable}",
        )
    except OSError as error:
        return _nobody(endpoint, kind, variable, error)
    return _judge(f"{endpoint} answers: {greeting or 'nothing'}", greeting, kind, mail_domain)


def _judge(seen: str, greeting: str, kind: Kind, mail_domain: str) -> Check:
    variable = f"BCC_DROPBOX_{kind.upper()}_LISTEN"
    if greeting == f"220 {mail_domain} ESMTP":
        return Check.ok(kind, seen)
    if greeting.startswith("421 "):
        return Check.warning(kind, seen, "ask again in a minute; it is stopping, or too busy")
    if not greeting and kind is Kind.PROXY:
        return Check.warning(
            kind, seen, "ask from one of BCC_DROPBOX_TRUSTED_NETWORKS; others get no answer"
        )
    return Check.problem(
        kind, seen, f"stop that server, which is not ours, or correct {variable} and MAIL_DOMAIN"
    )


def ask(endpoint: Endpoint | UnixSocket, kind: Kind) -> str:
    """Return the first line that is said at a listener; empty when it hangs up.

    Raises OSError when nobody answers, which TimeoutError and SSLError are too.
    """
    with closing(connect(endpoint)) as plain:
        if kind is Kind.PROXY:
            plain.sendall(PROXY_OF_NOBODY)
        connection = unverified().wrap_socket(plain) if kind is Kind.SMTPS else plain
        with closing(connection), connection.makefile("rb") as said:
            greeting: bytes = said.readline(LONGEST_GREETING)
            with suppress(OSError):
                connection.sendall(b"QUIT\r\n")
        return greeting.decode("ascii", "replace").strip()


def connect(endpoint: Endpoint | UnixSocket) -> socket.socket:
    """Return a connection to where a daemon that listens there can be reached from here."""
    if isinstance(endpoint, Endpoint):
        host = EVERYWHERE.get(endpoint.host, endpoint.host)
        return socket.create_connection((host, endpoint.port), ANSWER_SECONDS)
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        connection.settimeout(ANSWER_SECONDS)
        connection.connect(endpoint.path)
    except OSError:
        connection.close()
        raise
    return connection


def unverified() -> ssl.SSLContext:
    """Return a TLS context that takes every certificate: it is to be looked at, not trusted."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def _nobody(endpoint: Endpoint | UnixSocket, kind: Kind, variable: str, error: OSError) -> Check:
    """Say of a listener where nobody answers whether the daemon could have it."""
    if isinstance(endpoint, UnixSocket):
        return _no_socket(endpoint, kind, variable, error)
    try:
        for listener in bind(str(endpoint), kind):
            listener.socket.close()
    except ListenError as failure:
        return Check.problem(kind, str(failure), _mend(failure, variable))
    return Check.warning(kind, f"nobody listens on {endpoint}, and the port is free", START)


def _mend(failure: ListenError, variable: str) -> str:
    cause = failure.__cause__
    if isinstance(cause, OSError) and cause.errno == errno.EACCES:
        return f"run doctor as the daemon's user, with CAP_NET_BIND_SERVICE, or correct {variable}"
    if isinstance(cause, OSError) and cause.errno == errno.EADDRINUSE:
        return f"stop what has the port, or correct {variable}"
    return f"correct {variable}"


def _no_socket(endpoint: UnixSocket, kind: Kind, variable: str, error: OSError) -> Check:
    path = Path(endpoint.path)
    if isinstance(error, PermissionError):
        return Check.warning(
            kind, f"{endpoint} is not open to this user", "run doctor as the mail server's user"
        )
    if os.path.lexists(path):
        if stat.S_ISSOCK(path.lstat().st_mode):
            return Check.warning(kind, f"{endpoint} was left behind, nobody listens there", START)
        return Check.problem(
            kind, f"{path} is there and not a socket", f"move it away, or correct {variable}"
        )
    if not os.access(path.parent, os.W_OK | os.X_OK):
        return Check.problem(
            kind,
            f"{path.parent} is no folder in which this user can make a socket",
            f"make it, owned by the daemon's user, or correct {variable}",
        )
    return Check.warning(kind, f"nobody listens on {endpoint}, and it can be made", START)
