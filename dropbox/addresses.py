"""E-mail addresses in their one canonical form, and the secret dropbox addresses.

Everything that compares addresses compares canonical ones: without regard to case, the domain in
A-label form (RFC 5890 section 2.3.2.1) and without a trailing dot.
"""

from __future__ import annotations

import re
import secrets
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

import idna

BASE32 = "abcdefghijklmnopqrstuvwxyz234567"
TOKEN_LENGTH = 16
"""16 letters of 5 bits: 80 random bits."""

HANDLE_LENGTH = 24
_MASK = "••••"

_DROPBOX_LOCAL = re.compile(
    rf"(?P<local>[a-z0-9-]{{1,{HANDLE_LENGTH}}}\.[a-z2-7]{{{TOKEN_LENGTH}}})(?:\+(?P<suffix>.*))?",
    re.DOTALL,
)
_NOT_HANDLE = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True, slots=True)
class DropboxLocal:
    """The local part of something shaped like a dropbox address; nobody has looked it up yet."""

    local: str
    """`<handle>.<token>`, lower case."""
    suffix: str
    """What stood after a `+`; ignored and noted."""


def canonical(email: str) -> str:
    """Return the canonical form of `email`; whatever is no address at all comes back lower-cased.

    Never raises: header addresses are not always valid (`foo..bar@docomo.ne.jp` is a real one).
    """
    local, at, domain = email.strip().rpartition("@")
    if not at:
        return unicodedata.normalize("NFC", email.strip()).lower()
    if not local.isascii():
        local = unicodedata.normalize("NFC", local)
    return f"{local.lower()}@{canonical_domain(domain)}"


@lru_cache(maxsize=4096)
def canonical_domain(domain: str) -> str:
    """Return `domain` lower-cased, as A-labels where IDNA 2008 allows, without a final dot."""
    lowered = domain.strip().rstrip(".").lower()
    if lowered.isascii():
        return lowered
    try:
        return idna.encode(lowered, uts46=True).decode("ascii")
    except (idna.IDNAError, UnicodeError):
        return unicodedata.normalize("NFC", lowered)


def domain_of(email: str) -> str:
    """Return what stands behind the last `@` of a canonical address, or an empty string."""
    return email.rpartition("@")[2] if "@" in email else ""


def mint_dropbox_local(email: str) -> str:
    """Return a new secret `<handle>.<token>`, the handle taken from the user's primary address."""
    folded = unicodedata.normalize("NFKD", email.partition("@")[0]).lower()
    handle = _NOT_HANDLE.sub("-", folded.encode("ascii", "ignore").decode()).strip("-")
    token = "".join(secrets.choice(BASE32) for _ in range(TOKEN_LENGTH))
    return f"{handle[:HANDLE_LENGTH].strip('-') or 'user'}.{token}"


def read_dropbox_local(address: str, mail_domain: str) -> DropboxLocal | None:
    """Read `address` as a dropbox address at `mail_domain`; None when it has not the shape of one.

    The shape is tested before anything is looked up, in time that does not depend on what exists.
    """
    local, _, domain = address.rpartition("@")
    if canonical_domain(domain) != mail_domain:
        return None
    shaped = _DROPBOX_LOCAL.fullmatch(local.lower())
    return DropboxLocal(shaped["local"], shaped["suffix"] or "") if shaped else None


def conceal(text: str, mail_domain: str) -> str:
    """Return the text with every dropbox address at `mail_domain` in it masked."""
    # Most texts name no address of ours; `.` is looked for first, so it is quick and linear.
    return _secret_at(mail_domain).sub(f".{_MASK}", text) if "." in text else text


@lru_cache(maxsize=16)
def _secret_at(mail_domain: str) -> re.Pattern[str]:
    # Behind `=` in the MAIL FROM of what was forwarded (`+caf_=`) or sent by a list (VERP).
    at = r"(?:@|\uff20|%40|=40|=)"
    behind = rf"(?:\+[^\s@<>]{{0,64}})?[\"']?{at}{re.escape(mail_domain)}(?![\w-])"
    return re.compile(rf"\.[a-z2-7]{{{TOKEN_LENGTH}}}(?={behind})", re.IGNORECASE)


def conceal_envelope(text: str, mail_domain: str) -> str:
    """Return a MAIL FROM or HELO with every dropbox address masked, rewritten by SRS too."""
    return _rewritten_at(mail_domain).sub(rf"\1.{_MASK}", conceal(text, mail_domain))


@lru_cache(maxsize=16)
def _rewritten_at(mail_domain: str) -> re.Pattern[str]:
    before = rf"{re.escape(mail_domain)}=[a-z0-9-]{{1,{HANDLE_LENGTH}}}"
    return re.compile(rf"({before})\.[a-z2-7]{{{TOKEN_LENGTH}}}", re.IGNORECASE)


def masked(address: str) -> str:
    """Return a dropbox address as it may be shown to anybody: `hanako.••••@dropbox.example`."""
    local, at, domain = address.rpartition("@")
    return f"{local.partition('.')[0]}.{_MASK}{at}{domain}"
