"""LMTP (RFC 2033): SMTP between our own mail server and us, with a reply for each recipient."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from dropbox.filing.outcomes import Reply
from dropbox.wire.context import Context, Kind
from dropbox.wire.session import SmtpSession


class LmtpSession(SmtpSession):
    """One LMTP connection, over TCP or a unix socket."""

    verbs: ClassVar[dict[bytes, str]] = {
        verb: name for verb, name in SmtpSession.verbs.items() if verb not in {b"HELO", b"EHLO"}
    } | {b"LHLO": "_ehlo"}

    def __init__(self, context: Context) -> None:
        super().__init__(context, Kind.LMTP)

    def _answer(self, outcomes: Sequence[Reply]) -> None:
        """One reply for each RCPT that was accepted, in their order (RFC 2033 section 4.2)."""
        self._say(*(outcomes[index] for index in self._answers))
