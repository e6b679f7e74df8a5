"""Mail that this product sends to its users, through the mail server that the settings name.

It says of itself that no person wrote it (RFC 3834 section 5), and carries our trace: coming back,
it is refused as a loop.
"""

from __future__ import annotations

import smtplib
import ssl
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import format_datetime, localtime, make_msgid
from ipaddress import ip_address
from urllib.parse import unquote, urlsplit

from dropbox.mail.read import TRACE_HEADER

SECONDS = 30.0
"""For each answer of the relay."""


class RelayFailed(Exception):
    """The relay did not take a mail. As text: one line for people, free of secrets."""


@dataclass(frozen=True, slots=True)
class Relay:
    """The mail server that takes what is to be sent."""

    url: str
    """`smtp://user:password@host:587`, STARTTLS where it is offered; `smtps://`: TLS at once."""
    mail_domain: str

    def send(self, to: str, subject: str, text: str) -> None:
        """Hand over a mail from postmaster to `to`; returns once the relay has taken it.

        Raises RelayFailed.
        """
        parts = urlsplit(self.url)
        message = self._written(to, subject, text)
        try:
            with self._connected(parts.scheme == "smtps", parts.hostname or "", parts.port) as smtp:
                if parts.username:
                    _refuse_plain(smtp, parts.hostname or "")
                    smtp.login(unquote(parts.username), unquote(parts.password or ""))
                smtp.send_message(message)
        except (OSError, smtplib.SMTPException) as error:
            raise RelayFailed(f"{parts.hostname} did not take the mail: {_why(error)}") from error

    def _connected(self, tls: bool, host: str, port: int | None) -> smtplib.SMTP:  # noqa: FBT001
        context = ssl.create_default_context()
        if tls:
            return smtplib.SMTP_SSL(host, port or 465, timeout=SECONDS, context=context)
        smtp = smtplib.SMTP(host, port or 25, timeout=SECONDS)
        smtp.ehlo_or_helo_if_needed()
        if smtp.has_extn("starttls"):
            smtp.starttls(context=context)
        return smtp

    def _written(self, to: str, subject: str, text: str) -> EmailMessage:
        message = EmailMessage()
        message["From"] = f"BCC Dropbox <postmaster@{self.mail_domain}>"
        message["To"] = to
        message["Subject"] = subject
        message["Date"] = format_datetime(localtime())
        message["Message-ID"] = make_msgid(domain=self.mail_domain)
        message["Auto-Submitted"] = "auto-generated"
        message[TRACE_HEADER] = self.mail_domain
        message.set_content(text)
        return message


def _refuse_plain(smtp: smtplib.SMTP, host: str) -> None:
    """Raise RelayFailed rather than say a password where others may listen."""
    if isinstance(smtp.sock, ssl.SSLSocket) or _is_here(host):
        return
    raise RelayFailed(f"{host} offers no TLS, and the password is not said without; use smtps://")


def _is_here(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _why(error: Exception) -> str:
    if isinstance(error, smtplib.SMTPResponseException):
        said = error.smtp_error
        words = said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
        return f"{error.smtp_code} {' '.join(words.split())[:200]}"
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return "it refuses the recipient"
    return getattr(error, "strerror", None) or str(error) or type(error).__name__
