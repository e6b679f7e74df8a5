"""Telling the service manager, where there is one, how far the daemon is (sd_notify)."""

from __future__ import annotations

import contextlib
import os
import socket


def ready() -> None:
    """Say that mail is taken."""
    _say("READY=1")


def stopping() -> None:
    """Say that what is in flight is being ended."""
    _say("STOPPING=1")


def _say(state: str) -> None:
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address.startswith(("/", "@")):
        return
    # Of the two kinds the abstract one is written with an @ in place of its zero byte.
    name = address.replace("@", "\0", 1) if address.startswith("@") else address
    # A service manager that does not listen must not stop the mail.
    with (
        contextlib.suppress(OSError),
        socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK) as one,
    ):
        one.sendto(state.encode(), name)
