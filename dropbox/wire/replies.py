"""The replies of the SMTP dialogue itself; what becomes of a mail is said by the outcome table.

A 5xx here is always the table's `syntax` row, said more exactly, in one of the codes it lists; a
4xx has a code of the rows that put mail off.
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

from dropbox.filing.outcomes import OUTCOMES, Outcome, Reason, Reply

_SYNTAX_CODES = frozenset({500, 501, 502, 503, 504, 530, 553, 555})
_PUT_OFF_CODES = frozenset(
    row.reply.code for row in OUTCOMES.values() if row.outcome is Outcome.PUT_OFF
)


def _syntax(code: int, enhanced: str, text: str) -> Reply:
    if code not in _SYNTAX_CODES:
        raise ValueError(f"{code} is not in the syntax row of the outcome table")
    return replace(OUTCOMES[Reason.SYNTAX].reply, code=code, enhanced=enhanced, text=text)


def _put_off(code: int, enhanced: str, text: str) -> Reply:
    if code not in _PUT_OFF_CODES:
        raise ValueError(f"{code} is not in the rows of the outcome table that put mail off")
    return Reply(code, enhanced, text)


OK = Reply(250, "2.0.0", "OK")
SENDER_OK = Reply(250, "2.1.0", "OK")
RECIPIENT_OK = Reply(250, "2.1.5", "OK")
BYE = Reply(221, "2.0.0", "Bye")
START_TLS = Reply(220, "2.0.0", "Ready to start TLS")

NOT_UNDERSTOOD = OUTCOMES[Reason.SYNTAX].reply
LINE_TOO_LONG = _syntax(500, "5.5.2", "Command line too long")
NOT_OFFERED = _syntax(502, "5.5.1", "Command not offered")
HELLO_FIRST = _syntax(503, "5.5.1", "Say hello first")
MAIL_FIRST = _syntax(503, "5.5.1", "MAIL comes first")
RECIPIENT_FIRST = _syntax(503, "5.5.1", "No valid recipients")
NESTED_MAIL = _syntax(503, "5.5.1", "Already in a mail")
ALREADY_TLS = _syntax(503, "5.5.1", "TLS is on already")
TLS_FIRST = _syntax(530, "5.7.0", "Must issue a STARTTLS command first")
BAD_ARGUMENT = _syntax(501, "5.5.4", "Argument not understood")
BAD_SENDER = _syntax(553, "5.1.7", "Malformed sender address")
BAD_RECIPIENT = _syntax(553, "5.1.3", "Malformed recipient address")
BAD_PARAMETER = _syntax(555, "5.5.4", "Parameter not recognized")

TOO_MANY_RECIPIENTS = _put_off(452, "4.5.3", "Too many recipients, send the others separately")
TOO_SLOW = _put_off(421, "4.4.2", "Waited too long, closing connection")
SESSION_OVER = _put_off(421, "4.4.2", "Connection was open for long enough, come again")


@lru_cache(maxsize=256)
def on_the_wire(reply: Reply) -> bytes:
    """Return the line that is sent, its line end included."""
    return f"{reply}\r\n".encode("ascii")
