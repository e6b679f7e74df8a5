"""The one place where errors become one line."""

from __future__ import annotations

import typer

from cli import output
from cli.group import USAGE
from config import ConfigError
from dropbox.filing.outcomes import NotRecorded
from dropbox.wire.listeners import ListenError
from dropbox.wire.tls import CertificateError
from storage.embedded import EmbeddedError
from storage.errors import Ambiguous, StorageError


def explain(error: Exception) -> int:
    """Say on standard error in one line what was wrong; return the exit code."""
    match error:
        case typer.TyperException():
            return output.fail(error.format_message(), error.exit_code)
        case Ambiguous():
            return output.fail(f"{error}: {', '.join(error.choices)}", USAGE)
        case ConfigError() | EmbeddedError() | StorageError() | CertificateError():
            return output.fail(str(error), 1)
        case ListenError():
            return output.fail(f"{error}; mend: {_free_the_port(error)}", 1)
        case NotRecorded():
            return output.fail(f"nothing was written, try again: {error}", 1)
        case OSError(strerror=str(reason), filename=str(path)):
            return output.fail(f"{path}: {reason}", 1)
        case typer.Abort():
            return output.fail("aborted", 1)
        case _:
            name = f"{type(error).__name__}: {error}"
            return output.fail(f"something went wrong that should not: {name}", 1)


def _free_the_port(error: ListenError) -> str:
    if str(error).startswith("cannot listen on unix:"):
        return (
            "make its folder, in which the daemon's user may write, stop what listens there,"
            " or correct BCC_DROPBOX_LMTP_LISTEN, _LMTP_SOCKET_MODE and _LMTP_SOCKET_GROUP"
        )
    if isinstance(error.__cause__, PermissionError):
        return "choose a port above 1023, or give the daemon CAP_NET_BIND_SERVICE"
    return (
        "set another address in BCC_DROPBOX_SMTP_LISTEN or the setting of that listener,"
        " or stop what listens there"
    )
