"""What people type in: each reader returns the one form that is stored, or says what is wrong.

Real addresses are not always valid ones: Japanese carriers gave out `foo..bar@docomo.ne.jp`, so
there is a second, lenient reading for theirs.
"""

from __future__ import annotations

import re
import unicodedata
import zoneinfo
from uuid import UUID

import email_validator
from email_validator import EmailNotValidError, validate_email

from dropbox.addresses import canonical, canonical_domain, domain_of
from dropbox.filing.freemail import is_free_mail
from storage.errors import Refused

# A closed network may well live at `corp.local` or `mail.test`.
email_validator.SPECIAL_USE_DOMAIN_NAMES.clear()

LONGEST_NAME = 200

_CARRIERS = frozenset(
    "docomo.ne.jp ezweb.ne.jp au.com softbank.ne.jp i.softbank.jp vodafone.ne.jp disney.ne.jp"
    " willcom.com pdx.ne.jp emnet.ne.jp ymobile.ne.jp".split()
)
_CARRIER_LOCAL = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}")
_LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)")


def email(text: str) -> str:
    """Return a canonical e-mail address. Raises Refused."""
    written = text.strip()
    try:
        return canonical(validate_email(written, check_deliverability=False).normalized)
    except EmailNotValidError as error:
        local, _, domain = written.rpartition("@")
        if _is_carrier(canonical_domain(domain)) and _CARRIER_LOCAL.fullmatch(local):
            return canonical(written)
        why = str(error)
        raise Refused(
            f"{shown(text)} is not an e-mail address: {why[:1].lower()}{why[1:].rstrip('.')}"
        ) from None


def pattern(text: str) -> str:
    """Return a canonical address, domain or `*.domain`. Raises Refused."""
    written = text.strip()
    if "@" in written and "*" not in written:
        return email(written)
    stars, _, below = written.rpartition("*.")
    domain = canonical_domain(below)
    if stars or ("*" in written and not written.startswith("*.")) or not _is_domain(domain):
        raise Refused(
            f"{shown(text)} is no pattern; it takes an address, example.com or *.example.com"
        )
    return f"*.{domain}" if written.startswith("*.") else domain


def internal(text: str) -> str:
    """Return a pattern that may stand for one's own people. Raises Refused."""
    read = pattern(text)
    if "@" not in read and is_free_mail(read.removeprefix("*.")):
        raise Refused(
            f"{read} is a free-mail or provider domain: anybody may have an address there. "
            "Name the single addresses that are yours instead"
        )
    return read


def name(text: str, what: str = "name") -> str:
    """Return a name on one line, in NFC. Raises Refused."""
    read = " ".join(unicodedata.normalize("NFC", text).split())
    if not read:
        raise Refused(f"the {what} is empty")
    if len(read) > LONGEST_NAME:
        raise Refused(f"the {what} is longer than {LONGEST_NAME} characters")
    if any(unicodedata.category(character) in {"Cc", "Cs"} for character in read):
        raise Refused(f"the {what} {shown(text)} has control characters in it")
    return read


def timezone(text: str) -> str:
    """Return the name of a time zone, as `Asia/Tokyo`. Raises Refused."""
    wanted = text.strip()
    known = zoneinfo.available_timezones()
    for zone in (wanted, *known):
        if zone in known and zone.lower() == wanted.lower():
            return zone
    raise Refused(f"{shown(text)} is not a time zone; it takes a name such as Asia/Tokyo or UTC")


def identifier(text: str) -> UUID | None:
    """Return the identifier that a text is, or None when it has not the shape of one."""
    try:
        return UUID(text.strip())
    except ValueError:
        return None


def shown(text: str) -> str:
    """Return what somebody typed in as it may stand in a message: quoted, short, on one line."""
    return repr(text if len(text) <= 80 else f"{text[:77]}...")


def not_at(mail_domain: str, address: str, what: str) -> str:
    """Return `address` unless it lies at the domain of the dropbox addresses. Raises Refused."""
    if mail_domain and domain_of(address) == mail_domain:
        raise Refused(f"{shown(address)} lies at the domain of the dropbox addresses: no {what}")
    return address


def _is_carrier(domain: str) -> bool:
    return any(domain == one or domain.endswith(f".{one}") for one in _CARRIERS)


def _is_domain(text: str) -> bool:
    *above, top = text.split(".")
    labels = all(_LABEL.fullmatch(label) for label in (*above, top))
    return bool(above) and labels and not top.isdecimal() and len(text) <= 253
