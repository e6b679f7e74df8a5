"""The listeners that are set: who answers there, and whether the daemon could."""

from __future__ import annotations

import errno
import http.client
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
HINDRANCES = {
    "starting": "ask again in a minute; it has only just started, or waits for its database",
    "draining": "ask again in a minute; it is stopping",
    "database_down": "mend the database; mail is put off meanwhile",
}
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
    for endpoint in settings.admin_listen:
        yield _check_admin(endpoint)


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


def _check_admin(endpoint: Endpoint) -> Check:
    """Look at the listener of metrics and health: what it says of the daemon, mail takes too."""
    name, variable = "admin", "BCC_DROPBOX_ADMIN_LISTEN"
    if endpoint.port == 0:
        return Check.ok(name, f"{endpoint}: any free port, which cannot be asked")
    try:
        status, word = _ask_health(endpoint)
    except OSError as error:
        return _nobody(endpoint, name, variable, error)
    except http.client.HTTPException:
        status, word = 0, ""
    if status == http.client.OK and word == "ready":
        return Check.ok(name, f"{endpoint} answers: ready")
    if status == http.client.SERVICE_UNAVAILABLE and word in HINDRANCES:
        return Check.warning(name, f"{endpoint} answers: {word}", HINDRANCES[word])
    seen = f"{endpoint} answers with {f'HTTP {status}' if status else 'something else than HTTP'}"
    return Check.problem(name, seen, f"stop that server, which is not ours, or correct {variable}")


def _ask_health(endpoint: Endpoint) -> tuple[int, str]:
    with closing(connect(endpoint)) as one:
        asked = http.client.HTTPConnection(endpoint.host, endpoint.port)
        asked.sock = one
        asked.request("GET", "/readyz")
        answer = asked.getresponse()
        return answer.status, answer.read(LONGEST_GREETING).decode("ascii", "replace").strip()


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


def _nobody(endpoint: Endpoint | UnixSocket, name: str, variable: str, error: OSError) -> Check:
    """Say of a listener where nobody answers whether the daemon could have it."""
    if isinstance(endpoint, UnixSocket):
        return _no_socket(endpoint, name, variable, error)
    try:
        for listener in bind(str(endpoint)):
            listener.socket.close()
    except ListenError as failure:
        return Check.problem(name, str(failure), _mend(failure, variable))
    return Check.warning(name, f"nobody listens on {endpoint}, and the port is free", START)


def _mend(failure: ListenError, variable: str) -> str:
    cause = failure.__cause__
    if isinstance(cause, OSError) and cause.errno == errno.EACCES:
        return f"run doctor as the daemon's user, with CAP_NET_BIND_SERVICE, or correct {variable}"
    if isinstance(cause, OSError) and cause.errno == errno.EADDRINUSE:
        return f"stop what has the port, or correct {variable}"
    return f"correct {variable}"


def _no_socket(endpoint: UnixSocket, name: str, variable: str, error: OSError) -> Check:
    path = Path(endpoint.path)
    if isinstance(error, PermissionError):
        return Check.warning(
            name, f"{endpoint} is not open to this user", "run doctor as the mail server's user"
        )
    if os.path.lexists(path):
        if stat.S_ISSOCK(path.lstat().st_mode):
            return Check.warning(name, f"{endpoint} was left behind, nobody listens there", START)
        return Check.problem(
            name, f"{path} is there and not a socket", f"move it away, or correct {variable}"
        )
    if not os.access(path.parent, os.W_OK | os.X_OK):
        return Check.problem(
            name,
            f"{path.parent} is no folder in which this user can make a socket",
            f"make it, owned by the daemon's user, or correct {variable}",
        )
    return Check.warning(name, f"nobody listens on {endpoint}, and it can be made", START)
