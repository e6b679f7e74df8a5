"""Tag lists, which DKIM writes signatures and key records in (RFC 6376 section 3.2)."""

from __future__ import annotations

import binascii
import re
from dataclasses import dataclass

from dropbox.addresses import canonical_domain
from dropbox.mail.headers import MAX_FIELD_BYTES
from dropbox.trust.verdict import Result

MOST_TAGS = 40
"""The RFCs know sixteen; a list is searched once, and of a megabyte of them nobody is helped."""

_FOLDING = b" \t\n"
_NAME = re.compile(rb"[A-Za-z][A-Za-z0-9_]*")
_CONTROL = re.compile(rb"[\x00-\x08\x0b-\x1f\x7f]")
_LABEL = r"(?!-)[a-z0-9_-]{1,63}(?<!-)"
_DNS_NAME = re.compile(rf"{_LABEL}(?:\.{_LABEL})*+")
LONGEST_NAME = 253


End = tuple[Result, str]
"""How a check ended: a `Check`'s result and detail."""


class Flaw(Exception):
    """Something for which a signature, a key or a chain does not pass."""

    def __init__(self, result: Result, detail: str) -> None:
        super().__init__(result, detail)
        self.end: End = (result, detail)


@dataclass(frozen=True, slots=True)
class Tags:
    """Values by name, without the white space around them; folds end in LF."""

    values: dict[bytes, bytes]
    span_of_b: tuple[int, int]
    """Where the value of `b=` begins and ends in the list, white space around it included."""

    def required(self, name: bytes) -> bytes:
        """Return the value of `name`; raise `Flaw` where it is missing or empty."""
        if not (value := self.values.get(name)):
            raise Flaw(Result.PERMERROR, "missing_tag")
        return value

    def words(self, name: bytes, default: bytes) -> list[bytes]:
        """Return what stands between the colons of `name`, without any white space."""
        return without_folding(self.values.get(name, default)).split(b":")

    def binary(self, name: bytes, detail: str = "syntax") -> bytes:
        """Return the bytes that `name` holds in base64; raise `Flaw` for anything else."""
        try:
            return binascii.a2b_base64(without_folding(self.required(name)), strict_mode=True)
        except binascii.Error:
            raise Flaw(Result.PERMERROR, detail) from None

    def seconds(self, name: bytes) -> int | None:
        """Return the moment that `name` holds, in seconds since 1970."""
        return self._number(name, 12)

    def length(self) -> int | None:
        """Return the number of bytes of the body that are signed (`l=`)."""
        return self._number(b"l", 76)

    def _number(self, name: bytes, digits: int) -> int | None:
        value = self.values.get(name)
        if value is None:
            return None
        if not value.isdigit() or len(value) > digits:
            raise Flaw(Result.PERMERROR, "syntax")
        return int(value)


def read_tags(text: bytes, detail: str = "syntax") -> Tags:
    """Read a tag list whose lines end in LF; raise `Flaw` with `detail` when it is none."""
    if len(text) > MAX_FIELD_BYTES or text.count(b";") > MOST_TAGS or _CONTROL.search(text):
        raise Flaw(Result.PERMERROR, detail)
    specs = text.split(b";")
    if len(specs) > 1 and not specs[-1].strip(_FOLDING):
        specs.pop()
    values: dict[bytes, bytes] = {}
    span_of_b = (0, 0)
    at = 0
    for spec in specs:
        left, equals, right = spec.partition(b"=")
        name = left.strip(_FOLDING)
        if not equals or name in values or not _NAME.fullmatch(name):
            raise Flaw(Result.PERMERROR, detail)
        values[name] = right.strip(_FOLDING)
        if name == b"b":
            span_of_b = (at + len(left) + 1, at + len(spec))
        at += len(spec) + 1
    return Tags(values, span_of_b)


def without_folding(value: bytes) -> bytes:
    """Return `value` without any white space."""
    return value.translate(None, _FOLDING)


def dns_name(value: bytes, *, labels: int) -> str | None:
    """Return `value` lower-cased, in A-labels; None unless it is a name of `labels` or more.

    Underscores are no letters of host names, and stand in selectors and domains of real senders.
    Nothing else is let through: what is no name is not asked for, and not written down either.
    """
    if len(value) > 4 * LONGEST_NAME or value.endswith(b"."):
        return None
    try:
        name = canonical_domain(value.decode())
    except UnicodeDecodeError:
        return None
    if len(name) > LONGEST_NAME or name.count(".") + 1 < labels:
        return None
    return name if _DNS_NAME.fullmatch(name) else None
