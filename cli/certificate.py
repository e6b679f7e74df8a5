"""The certificate: usable, for which names, for how long, and the one that is shown outside."""

from __future__ import annotations

import re
import smtplib
import ssl
import stat
from collections.abc import Iterator, Sequence
from contextlib import closing, suppress
from datetime import UTC, datetime
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from cli.check import Check
from cli.ports import ANSWER_SECONDS, EVERYWHERE, connect, unverified
from config import Settings
from config.values import Endpoint
from dropbox.wire.tls import Certificate, CertificateError

NAME = "tls"
ENOUGH_DAYS = 21
EXPIRED, NOT_YET_VALID = 10, 9
"""X509_V_ERR_CERT_HAS_EXPIRED and X509_V_ERR_CERT_NOT_YET_VALID."""

FIRST = re.compile(r"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", re.DOTALL)
SET_BOTH = "set BCC_DROPBOX_TLS_CERT and BCC_DROPBOX_TLS_KEY"
RENEW = "renew it, then send the daemon SIGHUP"


def check_certificate(settings: Settings, hosts: Sequence[str]) -> Iterator[Check]:
    """Look at the certificate; senders look for one of `hosts` in it."""
    if settings.tls_cert is None or settings.tls_key is None:
        yield _missing(settings)
        return
    try:
        certificate = Certificate(settings.tls_cert, settings.tls_key)
    except CertificateError as error:
        yield Check.problem(NAME, _words(error), f"correct the files, or {SET_BOTH}")
        return
    yield _judge(certificate, settings.tls_cert, hosts)
    if settings.tls_key.stat().st_mode & stat.S_IROTH:
        seen = f"everybody on this machine can read {settings.tls_key}"
        yield Check.warning(NAME, seen, f"chmod o-r {settings.tls_key}")
    if shown := _shown(settings):
        yield _compare(shown[0], shown[1], settings.tls_cert)


def _missing(settings: Settings) -> Check:
    if settings.tls_cert or settings.tls_key:
        return Check.problem(NAME, "of certificate and key only one is set", SET_BOTH)
    if settings.smtps_listen or settings.require_tls:
        return Check.problem(NAME, "TLS is asked for, and no certificate is set", SET_BOTH)
    if all(_is_here(one) for one in (*settings.smtp_listen, *settings.proxy_listen)):
        return Check.ok(NAME, "no certificate, and nobody but this machine connects")
    return Check.warning(NAME, "no certificate: mail comes in the clear", SET_BOTH)


def _is_here(endpoint: Endpoint) -> bool:
    try:
        return ip_address(endpoint.host).is_loopback
    except ValueError:
        return endpoint.host == "localhost"


def _words(error: CertificateError) -> str:
    return str(error).replace("KEY_VALUES_MISMATCH", "the key is another certificate's")


def _judge(certificate: Certificate, cert: Path, hosts: Sequence[str]) -> Check:
    try:
        names, end = _read(certificate, cert)
    except ssl.SSLCertVerificationError as error:
        if error.verify_code == EXPIRED:
            return Check.problem(NAME, f"{cert} has expired", RENEW)
        if error.verify_code == NOT_YET_VALID:
            return Check.problem(NAME, f"{cert} is not valid yet", "set the clock, or renew it")
        return Check.problem(NAME, f"{cert}: {error.verify_message}", "have it made anew")
    except ssl.SSLError as error:
        return Check.problem(NAME, f"{cert}: {error.reason}", "have it made anew")
    days = (end - datetime.now(UTC)).days
    seen = f"{cert} for {', '.join(names) or 'nobody'}, {days} days left"
    if days < ENOUGH_DAYS:
        return Check.warning(NAME, seen, RENEW)
    if hosts and not any(_covers(name, host) for name in names for host in hosts):
        wanted = " or ".join(hosts)
        return Check.warning(NAME, seen, f"senders that check look for {wanted}: have it added")
    return Check.ok(NAME, seen)


def _read(certificate: Certificate, cert: Path) -> tuple[list[str], datetime]:
    """Return the names in the certificate and its end, as a client reads them. Raises SSLError.

    Python reads certificates in handshakes alone: this is one with ourselves. That nobody signed
    it whom the world trusts is no fault, so it is its own authority here.
    """
    context = ssl.create_default_context(cafile=cert)
    context.check_hostname = False
    context.verify_flags = ssl.VERIFY_X509_PARTIAL_CHAIN
    to_client, to_server = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = context.wrap_bio(to_client, to_server)
    server = certificate.context.wrap_bio(to_server, to_client, server_side=True)
    for side in (client, server) * 3:
        with suppress(ssl.SSLWantReadError):
            side.do_handshake()
    read: dict[str, Any] = dict(client.getpeercert() or {})
    names = [
        value for kind, value in read.get("subjectAltName", ()) if kind in {"DNS", "IP Address"}
    ]
    return names, datetime.fromtimestamp(ssl.cert_time_to_seconds(read["notAfter"]), UTC)


def _covers(name: str, host: str) -> bool:
    """Whether a certificate for `name`, perhaps `*.example.com`, is one for `host`."""
    name, host = name.lower(), host.lower()
    return name == host or (name.startswith("*.") and name[2:] == host.partition(".")[2])


def _shown(settings: Settings) -> tuple[Endpoint, bytes] | None:
    """Return where a running daemon shows what certificate, in DER; None when none answers."""
    asked = [(one, _at_once) for one in settings.smtps_listen]
    asked += [(one, _after_starttls) for one in settings.smtp_listen]
    for endpoint, ask in asked:
        with suppress(OSError, smtplib.SMTPException):
            return endpoint, ask(endpoint)
    return None


def _at_once(endpoint: Endpoint) -> bytes:
    with closing(connect(endpoint)) as plain, unverified().wrap_socket(plain) as connection:
        return connection.getpeercert(binary_form=True) or b""


def _after_starttls(endpoint: Endpoint) -> bytes:
    host = EVERYWHERE.get(endpoint.host, endpoint.host)
    with smtplib.SMTP(host, endpoint.port, "localhost", ANSWER_SECONDS) as client:
        client.starttls(context=unverified())
        connection = client.sock
        if not isinstance(connection, ssl.SSLSocket):
            raise ConnectionError
        return connection.getpeercert(binary_form=True) or b""


def _compare(endpoint: Endpoint, shown: bytes, cert: Path) -> Check:
    first = FIRST.search(cert.read_text("ascii", "replace"))
    if first and ssl.PEM_cert_to_DER_cert(first[0]) == shown:
        return Check.ok(NAME, f"{endpoint} shows that certificate")
    seen = f"{endpoint} shows another certificate than the file's"
    return Check.warning(NAME, seen, "send the daemon SIGHUP")
