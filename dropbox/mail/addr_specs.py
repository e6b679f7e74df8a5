"""Addresses put together from the tokens of a header (RFC 5322 sections 3.4.1 and 4.4)."""

from __future__ import annotations

import re
from itertools import pairwise

MAX_EMAIL_CHARS = 320

ATEXT = r"[^\"(),:;<>@\[\]\\\x00-\x20\x7f]"
"""One character of an atom, of any script."""

BLANK, ATOM, QUOTED, LITERAL, PAIR, SIGN, COMMENT = range(1, 8)
"""Kinds of tokens."""

Token = tuple[int, str]

_BARE_LOCAL = re.compile(rf"{ATEXT}+")
_UNUSABLE = re.compile(r"[\s\x00-\x1f\x7f-\x9f<>,;:()\[\]\\\"@\ufffd]")
_NO_DOMAIN = re.compile(r"[\s\x00-\x2c/:-@\[-^`{-\x9f\ufffd＜＞（），；：＠、]|^\.|\.\.")
_ORDINARY = re.compile(
    r"[\w+-]{1,64}+(?:\.[\w+-]{1,64}+){0,9}+@[A-Za-z0-9-]{1,63}+(?:\.[A-Za-z0-9-]{1,63}+){1,9}+",
    re.ASCII,
)
"""Nearly all addresses, told at a glance."""
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\ufffd]")


def text_of(tokens: list[Token]) -> str:
    return "".join(" " if kind in (BLANK, COMMENT) else value for kind, value in tokens).strip()


def bare_spans(tokens: list[Token]) -> list[tuple[int, int]]:
    """Return where in `tokens` the addresses around each `@` begin and end.

    One goes on over a blank only where a dot stands beside it (RFC 5322 section 4.4).
    """
    solid = [at for at, token in enumerate(tokens) if token[0] not in (BLANK, COMMENT)]
    spans: list[tuple[int, int]] = []
    free = 0
    for middle, index in enumerate(solid):
        if middle < free or tokens[index] != (SIGN, "@"):
            continue
        first, last = max(middle - 1, free), min(middle + 1, len(solid) - 1)
        while first > free and _adjoin(tokens, solid[first - 1], solid[first]):
            first -= 1
        while last + 1 < len(solid) and _adjoin(tokens, solid[last], solid[last + 1]):
            last += 1
        spans.append((solid[first], solid[last] + 1))
        free = last + 1
    return spans


def _adjoin(tokens: list[Token], left: int, right: int) -> bool:
    return right == left + 1 or tokens[left][1].endswith(".") or tokens[right][1].startswith(".")


def addr_spec(tokens: list[Token]) -> tuple[str, bool]:
    """Join the tokens of an addr-spec; also whether no blank or comment stood in it."""
    solid = [token for token in tokens if token[0] not in (BLANK, COMMENT)]
    outer = sum(token[0] == BLANK for token in (*tokens[:1], *tokens[1:][-1:]))
    sound = len(solid) + outer == len(tokens)
    if solid and solid[0] == (SIGN, "@") and (SIGN, ":") in solid:
        # An obsolete route (RFC 5322 section 4.4): the address is behind its colon.
        sound = False
        solid = solid[len(solid) - solid[::-1].index((SIGN, ":")) :]
    if solid.count((SIGN, "@")) != 1:
        return "", False
    middle = solid.index((SIGN, "@"))
    local, domain = _local(solid[:middle]), solid[middle + 1 :]
    if not local or not _joins(domain):
        return "", False
    return f"{local}@{''.join(value for _, value in domain)}", sound


def _joins(tokens: list[Token]) -> bool:
    """Whether dots hold the pieces together (RFC 5322 section 4.4)."""
    return all(a.endswith(".") or b.startswith(".") for (_, a), (_, b) in pairwise(tokens))


def _local(tokens: list[Token]) -> str:
    """Join a local part; quotes stay only where the text needs them."""
    joined = "".join(value for _, value in tokens)
    if not joined or not _joins(tokens) or any(kind > QUOTED for kind, _ in tokens):
        return ""
    if _BARE_LOCAL.fullmatch(joined):
        return joined
    escaped = joined.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def usable(email: str) -> str:
    """Return `email` when it can be one: a local part, a domain, no blank, no control character."""
    if len(email) <= MAX_EMAIL_CHARS and _ORDINARY.fullmatch(email):
        return email
    local, at, domain = email.rpartition("@")
    literal = domain.startswith("[") and domain.endswith("]")
    if not at or not local or not domain.strip(".") or len(email) > MAX_EMAIL_CHARS:
        return ""
    inside = _UNUSABLE.search(domain[1:-1].replace(":", "")) if literal else None
    if inside or (not literal and _NO_DOMAIN.search(domain)):
        return ""
    quoted = local.startswith('"')
    return "" if (_CONTROL if quoted else _UNUSABLE).search(local) else email
