"""`serve`: the daemon. `run`: the daemon for a first try, which sets up what is missing."""

from __future__ import annotations

import contextlib
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path

from cli import output
from cli.loading import loading
from config import Settings, configure_logging, load
from storage.access import transaction
from storage.database import Located
from storage.starter import first_user

ANY_HOST = {"0.0.0.0": "127.0.0.1", "[::]": "[::1]"}  # noqa: S104 - what is bound is the setting's
CUSTOMER = "customer@example.org"


def serve() -> int:
    """Take mail until SIGTERM or Ctrl-C; mail in flight is finished first."""
    with loading():
        from cli import daemon

    settings = load()
    configure_logging(settings.log_format)
    return daemon.serve(settings)


def run() -> int:
    """Set up what is missing, take mail, and say how to send the first one."""
    with loading():
        from cli import daemon

    settings = load()
    configure_logging(settings.log_format)

    async def welcome(place: Located, addresses: Sequence[str]) -> None:
        async with transaction(place.url) as connection:
            user = await first_user(connection, settings.mail_domain)
        address = f"{user.local}@{settings.mail_domain}"
        output.say(_banner(settings, addresses, user.email, address))
        output.flush()

    return daemon.serve(settings, welcome, migrate=True)


def _banner(settings: Settings, addresses: Sequence[str], email: str, address: str) -> str:
    where = "DATABASE_URL" if settings.database_url.get_secret_value() else str(settings.data_dir)
    return f"""
BCC Dropbox takes mail on {", ".join(addresses)}.

Your dropbox address, a secret to put in Bcc:

    {address}

Send a test mail from another terminal:

    {test_mail(addresses[0], email, address)}

and see whose timeline it is on:

    {_here("bcc-dropbox")} person show {CUSTOMER}

Ctrl-C stops everything. All data stays in {where}.
"""


def test_mail(listening: str, email: str, address: str) -> str:
    """Return one line for a shell that sends a mail to a customer, with `address` in Bcc."""
    host, _, port = listening.rpartition(":")
    host = ANY_HOST.get(host, host).strip("[]")
    mail = (
        f"From: {email}\\nTo: Taro Yamada <{CUSTOMER}>\\nSubject: My first mail\\n\\n"
        "Thank you for your time today."
    )
    code = (
        f"import smtplib; smtplib.SMTP('{host}', {port}, 'localhost')"
        f".sendmail('{email}', '{address}', '{mail}')"
    )
    return f'{_here(Path(sys.executable).name)} -c "{code}"'


def _here(program: str) -> str:
    """A program of this environment, as it is typed in the folder we are in."""
    path = Path(sys.executable).parent / program
    if not path.exists():
        return program
    with contextlib.suppress(ValueError):
        path = path.relative_to(Path.cwd())
    return shlex.quote(str(path))
