"""The certificate, and reading it again while sessions go on."""

from __future__ import annotations

import ssl
from pathlib import Path

HANDSHAKE_SECONDS = 30.0


def _no_pass_phrase() -> str:
    """Stand in for OpenSSL's question on the terminal, which nobody is there to answer."""
    return ""


class CertificateError(Exception):
    """Certificate or key cannot be used; the text is one line that names files and cause."""


class Certificate:
    """A certificate chain with its key, and the TLS context of all sessions that use it."""

    def __init__(self, cert: Path, key: Path) -> None:
        """Read both; raises `CertificateError`."""
        self._cert = cert
        self._key = key
        self.context = self._read()

    def reload(self) -> None:
        """Read both files again; new handshakes use them, open sessions go on as they are.

        Raises `CertificateError`, and the old certificate stays in use.
        """
        self._read()
        self.context.load_cert_chain(self._cert, self._key, password=_no_pass_phrase)

    def _read(self) -> ssl.SSLContext:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        try:
            context.load_cert_chain(self._cert, self._key, password=_no_pass_phrase)
        except (OSError, ssl.SSLError) as error:
            cause = getattr(error, "reason", None) or error.strerror or str(error)
            raise CertificateError(f"cannot use {self._cert} with {self._key}: {cause}") from error
        return context
