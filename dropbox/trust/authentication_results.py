"""What another server says it found out: Authentication-Results (RFC 8601).

Anybody can write such a header. Who believes which is decided in `testimony`, not here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from dropbox.trust.verdict import Result

MAX_BYTES = 32 * 1024
MAX_RESULTS = 100

_BLANK = re.compile(r"\s+")
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*+)"', re.DOTALL)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_KEY = re.compile(r'[^\s;=()"\\]+')
_VALUE = re.compile(r'[^\s;()"\\]+')
_IN_COMMENT = re.compile(r"[^()\\]+|\\.", re.DOTALL)
_METHOD = re.compile(r"([a-z][a-z0-9-]*+)(?:/[0-9]++)?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class MethodResult:
    """`dkim=pass header.d=corp.example`; method and names of properties in lower case."""

    method: str
    result: Result
    properties: dict[str, str] = field(default_factory=dict)
    """By `ptype.property`; of one that comes twice the first."""


@dataclass(frozen=True, slots=True)
class AuthenticationResults:
    """One header: who says so, and what."""

    authserv_id: str
    """Lower case."""
    results: tuple[MethodResult, ...]


class _Malformed(Exception):
    pass


def parse(value: bytes | str) -> AuthenticationResults | None:
    """Read the value of one header, unfolded or not; None when it breaks the grammar.

    All or nothing: a comment or a quotation that does not end may have been smuggled in by whoever
    is spoken of. Results and properties that are unknown are left out. Linear; never raises.
    """
    if len(value) > MAX_BYTES:
        return None
    text = value.decode("utf-8", "replace") if isinstance(value, bytes) else value
    try:
        return _read(text)
    except _Malformed:
        return None


def _read(text: str) -> AuthenticationResults | None:
    clauses = _clauses(text)
    head = next(clauses)
    # The version of the format is 1, and nobody knows how another would be read.
    if not head or head[0][1] is not None or [key for key, _ in head[1:]] not in ([], ["1"]):
        return None
    results: list[MethodResult] = []
    for clause in clauses:
        if (result := _method_result(clause)) is not None and len(results) < MAX_RESULTS:
            results.append(result)
    return AuthenticationResults(head[0][0].lower(), tuple(results))


Clause = list[tuple[str, str | None]]
"""Words in order, each with what stands behind its `=`, if there is one."""


def _method_result(clause: Clause) -> MethodResult | None:
    if not clause or clause[0][1] is None:
        return None
    method = _METHOD.fullmatch(clause[0][0])
    try:
        result = Result(clause[0][1].lower())
    except ValueError:
        return None
    if method is None:
        return None
    properties: dict[str, str] = {}
    for name, value in clause[1:]:
        if value is not None:
            properties.setdefault(name.lower(), value)
    return MethodResult(method[1].lower(), result, properties)


def _clauses(text: str) -> Iterator[Clause]:
    """Yield what stands between the `;`, comments left out. Raises _Malformed."""
    clause: Clause = []
    at = _skip(text, 0)
    while at < len(text):
        if text[at] == ";":
            yield clause
            clause = []
            at = _skip(text, at + 1)
            continue
        word, at = _word(text, at, _KEY)
        at = _skip(text, at)
        if at < len(text) and text[at] == "=":
            at = _skip(text, at + 1)
            # Seen in practice: `smtp.mailfrom=;` for the null sender.
            empty = at == len(text) or text[at] == ";"
            value, at = ("", at) if empty else _word(text, at, _VALUE)
            clause.append((word, value))
        else:
            clause.append((word, None))
        at = _skip(text, at)
    yield clause


def _word(text: str, at: int, run: re.Pattern[str]) -> tuple[str, int]:
    """Read a token, a quoted string, or both without a blank between them."""
    pieces = []
    while True:
        if found := run.match(text, at):
            pieces.append(found[0])
        elif found := _QUOTED.match(text, at):
            pieces.append(_ESCAPED.sub(r"\1", found[1]))
        else:
            break
        at = found.end()
    if not pieces:
        raise _Malformed
    return "".join(pieces), at


def _skip(text: str, at: int) -> int:
    """Return where the next word begins, behind blanks and comments, nested ones too."""
    while True:
        if found := _BLANK.match(text, at):
            at = found.end()
        if not text.startswith("(", at):
            return at
        at = _comment_end(text, at)


def _comment_end(text: str, at: int) -> int:
    depth = 0
    while at < len(text):
        if found := _IN_COMMENT.match(text, at):
            at = found.end()
            continue
        depth += {"(": 1, ")": -1}.get(text[at], 0)
        at += 1
        if not depth:
            return at
    raise _Malformed
