"""What SPF, DKIM, DMARC and ARC say of the From address."""

from __future__ import annotations

from enum import StrEnum


class Verdict(StrEnum):
    """Whether a mail really comes from the author it names."""

    VERIFIED = "verified"
    UNVERIFIED = "unverified"
    FORGED = "forged"
