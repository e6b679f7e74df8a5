"""An SPF record as values: directives, the redirect, and macro strings (RFC 7208, 4.6, 5 and 7)."""

from __future__ import annotations

import re
import socket
from dataclasses import dataclass
from functools import lru_cache

from dropbox.trust.verdict import Result

MAX_RECORD_BYTES = 8192
"""RFC 7208 section 3.4 asks for 512; the largest that senders publish are under half of this."""

MAX_TERMS = 500

_QUALIFIERS = {
    "+": Result.PASS,
    "-": Result.FAIL,
    "~": Result.SOFTFAIL,
    "?": Result.NEUTRAL,
    "": Result.PASS,
}
_DIRECTIVE = re.compile(
    r"([+?~-]?)(all|include|a|mx|ptr|ip4|ip6|exists)((?:[:/].*)?)", re.IGNORECASE | re.DOTALL
)
_MODIFIER = re.compile(r"([a-z][a-z0-9._-]*+)=(.*)", re.IGNORECASE | re.DOTALL)
_PREFIXES = re.compile(r"(?:/(0|[1-9][0-9]{0,2}))?(?://(0|[1-9][0-9]{0,2}))?\Z")
_MACRO = re.compile(
    r"%\{([slodiphv])([0-9]*)(r?)([.+,/_=-]*)\}|%([%_-])|([!-$&-~]+)", re.IGNORECASE
)
_EXPLAINED = re.compile(
    r"(?:%\{[slodiphcrtv][0-9]*r?[.+,/_=-]*\}|%[%_-]|[!-$&-~])*+", re.IGNORECASE
)
_SPOKEN = {"%": "%", "_": " ", "-": "%20"}


class BadRecord(Exception):
    """The record breaks the grammar: permerror. As text: a stable snake_case name of how."""


@dataclass(frozen=True, slots=True)
class Macro:
    """`%{...}`: a value, cut at delimiters and put together again."""

    letter: str
    """Lower case."""
    parts: int
    """How many of the last parts are kept; 0: all."""
    reverse: bool
    delimiters: str
    escape: bool
    """Written as a capital: percent-encoded."""


MacroString = tuple[str | Macro, ...]


@dataclass(frozen=True, slots=True)
class Directive:
    """A mechanism, and how the check ends when it matches."""

    result: Result
    mechanism: str
    target: MacroString = ()
    """The domain-spec; empty when there is none, and the current domain is meant."""
    network: int = 0
    """The address of `ip4` and `ip6`, as a number without its host bits."""
    prefix4: int = 32
    prefix6: int = 128


@dataclass(frozen=True, slots=True)
class Record:
    """What a domain publishes about its senders."""

    directives: tuple[Directive, ...]
    redirect: MacroString = ()


def is_record(text: bytes) -> bool:
    """Whether a TXT record says that it is one of SPF (RFC 7208 section 4.5)."""
    return text[:6].lower() == b"v=spf1" and (len(text) == 6 or text[6:7] == b" ")


@lru_cache(maxsize=1024)
def parse(text: bytes) -> Record:
    """Read a record that `is_record`. Raises BadRecord for an error anywhere in it."""
    if len(text) > MAX_RECORD_BYTES:
        raise BadRecord("record_too_long")
    try:
        terms = text[6:].decode("ascii").split(" ")
    except UnicodeDecodeError:
        raise BadRecord("not_ascii") from None
    if len(terms) > MAX_TERMS:
        raise BadRecord("record_too_long")
    directives: list[Directive] = []
    modifiers: dict[str, MacroString] = {}
    for term in terms:
        if not term:
            continue
        if found := _DIRECTIVE.fullmatch(term):
            directives.append(_directive(*found.groups()))
        elif found := _MODIFIER.fullmatch(term):
            _modifier(found[1].lower(), found[2], modifiers)
        else:
            raise BadRecord("unknown_mechanism")
    return Record(tuple(directives), modifiers.get("redirect", ()))


def _directive(qualifier: str, name: str, rest: str) -> Directive:
    result, mechanism = _QUALIFIERS[qualifier], name.lower()
    match mechanism:
        case "all":
            if rest:
                raise BadRecord("bad_mechanism")
            return Directive(result, mechanism)
        case "ip4" | "ip6":
            return _addresses(result, mechanism, rest)
        case "include" | "exists":
            if rest[:1] != ":":
                raise BadRecord("bad_mechanism")
            return Directive(result, mechanism, domain_spec(rest[1:]))
        case "ptr":
            if rest and rest[0] != ":":
                raise BadRecord("bad_mechanism")
            return Directive(result, mechanism, domain_spec(rest[1:]) if rest else ())
        case _:
            rest, prefix4, prefix6 = _prefixes(rest)
            if rest and rest[0] != ":":
                raise BadRecord("bad_mechanism")
            target = domain_spec(rest[1:]) if rest else ()
            return Directive(result, mechanism, target, 0, prefix4, prefix6)


def _prefixes(rest: str) -> tuple[str, int, int]:
    """Cut `/24//64` off the end (RFC 7208 section 5.3, dual-cidr-length)."""
    # Behind the last character that cannot be in one, so that the search is linear.
    found = _PREFIXES.search(rest, max(0, len(rest) - len("/32//128")))
    if found is None:
        return rest, 32, 128
    four, six = found.groups()
    prefix4, prefix6 = int(four or 32), int(six or 128)
    if prefix4 > 32 or prefix6 > 128:
        raise BadRecord("bad_prefix")
    return rest[: found.start()], prefix4, prefix6


def _addresses(result: Result, mechanism: str, rest: str) -> Directive:
    family, bits = (socket.AF_INET, 32) if mechanism == "ip4" else (socket.AF_INET6, 128)
    address, slash, length = rest[1:].partition("/")
    try:
        number = int.from_bytes(socket.inet_pton(family, address))
    except (OSError, ValueError):
        raise BadRecord("bad_address") from None
    prefix = bits
    if slash:
        if not re.fullmatch("0|[1-9][0-9]{0,2}", length) or int(length) > bits:
            raise BadRecord("bad_prefix")
        prefix = int(length)
    if rest[0] != ":":
        raise BadRecord("bad_address")
    network = number >> (bits - prefix) << (bits - prefix)
    if mechanism == "ip4":
        return Directive(result, mechanism, (), network, prefix4=prefix)
    return Directive(result, mechanism, (), network, prefix6=prefix)


def _modifier(name: str, value: str, modifiers: dict[str, MacroString]) -> None:
    if name in {"redirect", "exp"}:
        if name in modifiers:
            raise BadRecord("modifier_twice")
        modifiers[name] = domain_spec(value)
    elif not _EXPLAINED.fullmatch(value):
        raise BadRecord("bad_macro")


def domain_spec(text: str) -> MacroString:
    """Read a domain-spec (RFC 7208 section 7.1). Raises BadRecord."""
    pieces: list[str | Macro] = []
    end, literal = 0, None
    while end < len(text):
        found = _MACRO.match(text, end)
        if found is None:
            raise BadRecord("bad_macro")
        end = found.end()
        letter, digits, reverse, delimiters, spoken, literal = found.groups()
        if letter:
            parts = int(digits[-9:]) if digits else 0
            if digits and not parts:
                raise BadRecord("bad_macro")
            pieces.append(Macro(letter.lower(), parts, bool(reverse), delimiters, letter.isupper()))
        else:
            pieces.append(_SPOKEN[spoken] if spoken else literal)
    if not pieces or (literal and not _ends_in_top_label(literal)):
        raise BadRecord("bad_domain")
    return tuple(pieces)


def _ends_in_top_label(literal: str) -> bool:
    """Whether the literal ends in `.` and a toplabel, which is no number."""
    _, dot, label = literal.removesuffix(".").rpartition(".")
    return (
        bool(dot)
        and label.replace("-", "").isalnum()
        and not label.isdecimal()
        and label[0] != "-"
        and label[-1] != "-"
    )
