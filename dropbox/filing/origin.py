"""Where a mail comes from: whether one of ours really wrote it, and who vouches for a stranger's.

Pure: what DNS and signatures say was found out before, and is the arrival's evidence.
"""

from __future__ import annotations

import re
import secrets
from hashlib import sha256

from dropbox.addresses import BASE32, canonical, domain_of
from dropbox.envelope import Authority
from dropbox.filing.decision import Arrival
from dropbox.filing.freemail import is_free_mail
from dropbox.filing.outcomes import Reason
from dropbox.filing.standing import Standing, User
from dropbox.mail.message import Message
from dropbox.policy import Policy
from dropbox.trust.verdict import Verdict

# Gmail forwards as `hanako+caf_=<to>=<its domain>@gmail.com`, Exchange Online rewrites into
# `hanako+SRS=<hash>=<day>=<domain>=<local>@corp.example`: in front stands the mailbox.
_FORWARDING_MAILBOX = re.compile(r"(?P<mailbox>.+)\+(?:caf_|srs)=.+", re.IGNORECASE)
# `SRS0=<hash>=<day>=<domain>=<local>@corp.example`: the rewriting host alone is sure.
_REWRITTEN = re.compile(r"srs[01][=+-].+", re.IGNORECASE)

# `(#123456789) Gmail Forwarding Confirmation - Receive Mail from hanako@gmail.com`, in every
# language with the code in front.
_CONFIRMATION_CODE = re.compile(r"\(#(\d{6,12})\)")
_CONFIRMING = frozenset({"forwarding-noreply@google.com", "forwarding-noreply@gmail.com"})

CODE_LETTERS = 10
_CODE = re.compile(rf"(?<![a-z0-9])[a-z2-7]{{5}}-?[a-z2-7]{{{CODE_LETTERS - 5}}}(?![a-z0-9])")
_CODE_SEARCHED_CHARS = 5_000
_MOST_CODES = 50


def doubt(arrival: Arrival, standing: Standing) -> Reason | None:
    """Return why mail that claims to be from one of ours is held for its verdict, if it is."""
    policy = standing.policy
    if not policy.holds or arrival.envelope.authority is Authority.IMPORT:
        return None
    verdict = arrival.verdict
    if verdict is Verdict.FORGED:
        return Reason.SENDER_FORGED
    if verdict is Verdict.VERIFIED:
        return None
    doubtful = policy is Policy.REQUIRE or is_strange(arrival, standing)
    return Reason.SENDER_UNVERIFIED if doubtful else None


def is_strange(arrival: Arrival, standing: Standing) -> bool:
    """Whether an unverified mail of a sender so far verified comes from a network new to it."""
    author = arrival.message.author
    asked = (author.email if author else "", arrival.evidence.network)
    return asked in standing.facts.strange


def voucher(arrival: Arrival, user: User) -> str:
    """Return what vouches that the user's mailbox passed this mail on: `mail_from`, `sealed`.

    Empty when nothing does. Headers only recognise it: anybody can write those.
    """
    evidence, ours = arrival.evidence, user.proven | {user.email}
    if evidence.mail_from_passes and _belongs(arrival, ours):
        return "mail_from"
    if evidence.sealed_by and is_recognised(arrival.message, user):
        return "sealed"
    return ""


def _belongs(arrival: Arrival, ours: frozenset[str]) -> bool:
    mail_from = canonical(arrival.envelope.mail_from)
    if mail_from in ours:
        return True
    local, _, domain = mail_from.rpartition("@")
    if mailbox := _FORWARDING_MAILBOX.fullmatch(local):
        return f"{mailbox['mailbox']}@{domain}" in ours
    # A provider rewrites for all its customers, and any of them could be this one.
    return (
        _REWRITTEN.fullmatch(local) is not None
        and domain in {domain_of(one) for one in ours}
        and not is_free_mail(domain)
        and not ours.isdisjoint(_named(arrival.message))
    )


def is_recognised(message: Message, user: User) -> bool:
    """Whether the mail names the user's mailbox as one that it went through."""
    return not (user.proven | {user.email}).isdisjoint(_named(message))


def _named(message: Message) -> frozenset[str]:
    listed = (one.email for one in (*message.to, *message.cc))
    return frozenset((*listed, *message.redirected_by))


def confirmation_code(message: Message) -> str:
    """Return the code by which Gmail asks whether mail may be forwarded here; else empty."""
    if message.author is None or message.author.email not in _CONFIRMING:
        return ""
    found = _CONFIRMATION_CODE.search(message.subject[:200])
    return found[1] if found else ""


def mint_code() -> str:
    """Return a new code for a pending sender: 50 random bits, easy to type."""
    letters = "".join(secrets.choice(BASE32) for _ in range(CODE_LETTERS))
    return f"{letters[: CODE_LETTERS // 2]}-{letters[CODE_LETTERS // 2 :]}"


def code_digest(code: str) -> bytes:
    """Return what is kept of a code that was mailed to a pending sender."""
    return sha256("".join(code.lower().split()).replace("-", "").encode()).digest()


def carries_code(message: Message, digest: bytes) -> bool:
    """Whether the code stands in the subject or near the beginning of the text."""
    text = f"{message.subject[:500]}\n{message.text[:_CODE_SEARCHED_CHARS]}".lower()
    found = _CODE.findall(text)[:_MOST_CODES]
    return any(code_digest(one) == digest for one in found)
