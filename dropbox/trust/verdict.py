"""What SPF, DKIM, DMARC and ARC say of the From address, and what that rests on."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from dropbox.policy import Policy

__all__ = ["NOTHING_KNOWN", "NOT_CHECKED", "Check", "Evidence", "Policy", "Result", "Verdict"]

NOT_CHECKED = "not_checked"


class Verdict(StrEnum):
    """Whether a mail really comes from the author it names."""

    VERIFIED = "verified"
    UNVERIFIED = "unverified"
    FORGED = "forged"


class Result(StrEnum):
    """How a check ended (RFC 8601 section 2.7)."""

    NONE = "none"
    PASS = "pass"  # noqa: S105 - no password, RFC 8601's word
    FAIL = "fail"
    SOFTFAIL = "softfail"
    NEUTRAL = "neutral"
    POLICY = "policy"
    """It would pass, and we do not accept it: sha1, a short key, `l=` shorter than the body."""
    TEMPERROR = "temperror"
    PERMERROR = "permerror"


@dataclass(frozen=True, slots=True)
class Check:
    """One check and its end, as an Authentication-Results header would say it."""

    method: str
    """`spf`, `dkim`, `dmarc` or `arc`."""
    result: Result
    domain: str = ""
    """Whom it speaks for, in A-label form and lower case: SPF's MAIL FROM or HELO domain, DKIM's
    `d=`, DMARC's From domain, the newest ARC sealer."""
    detail: str = ""
    """A stable snake_case name of what went wrong (`body_hash`, `expired`, `short_key`), DMARC's
    policy (`none`, `quarantine`, `reject`), or empty."""
    aligned: bool = False
    """Whether `domain` is aligned with the From domain (RFC 7489 section 3.1)."""
    by: str = ""
    """The trusted authserv-id that says so; empty: checked here."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What was found out about a mail's origin; kept with its deliveries, told by `why`."""

    verdict: Verdict = Verdict.UNVERIFIED
    why: str = NOT_CHECKED
    """Stable snake_case name of what decided the verdict.

    `not_checked`: the policy is off, it is an import, or the author is not clear. `dmarc_pass`.
    `authserv`: a trusted authserv-id says so. `dmarc_fail`: forged. `no_policy`: the From domain
    publishes no DMARC record, or `p=none`. `relayed`: DMARC fails, and a relay stands between.
    `sealed`: DMARC fails, and a trusted sealer vouches. `unknown_peer`. `dns_down`.
    """
    checks: tuple[Check, ...] = ()
    network: str = ""
    """The peer's /24 or /48 where our own edge saw the sender; empty behind a relay or unknown."""
    mail_from_passes: bool = False
    """MAIL FROM itself (not HELO) passes SPF, on our edge or by a trusted authserv-id."""
    sealed_by: str = ""
    """The trusted sealer of a valid ARC chain; empty when there is none."""
    dns_down: bool = False
    """DNS failed for the moment, and an answer could have changed the verdict."""


NOTHING_KNOWN = Evidence()
"""Of mail whose origin nobody asked about."""
