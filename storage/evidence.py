"""Evidence of a mail's origin as it stands in `delivery.evidence`."""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import Any

from dropbox.addresses import domain_of
from dropbox.trust.verdict import NOT_CHECKED, Check, Evidence, Result, Verdict
from storage.documents import Document
from storage.storable import storable


def to_json(evidence: Evidence, masked: Collection[str] = ()) -> str | None:
    """Return the column's value; None when nobody asked where the mail comes from.

    Domains of `masked` addresses stay unnamed.
    """
    if evidence.why == NOT_CHECKED:
        return None
    hidden = {domain_of(email) for email in masked}
    return json.dumps(
        {
            "why": evidence.why,
            "checks": [checked(one, hidden) for one in evidence.checks],
            "network": evidence.network,
            "mail_from_passes": evidence.mail_from_passes,
            "sealed_by": evidence.sealed_by,
            "dns_down": evidence.dns_down,
        }
    )


def checked(one: Check, hidden: Collection[str] = ()) -> Document:
    """Return one check as JSON has it; unknown values are null."""
    domain = "" if one.domain in hidden else storable(one.domain)
    return {
        "method": one.method,
        "result": str(one.result),
        "domain": domain or None,
        "detail": storable(one.detail) or None,
        "aligned": one.aligned,
        "by": storable(one.by) or None,
    }


def from_json(verdict: str, column: str | None) -> Evidence:
    """Return the evidence of a delivery's row."""
    if column is None:
        return Evidence(Verdict(verdict))
    kept: dict[str, Any] = json.loads(column)
    checks = tuple(
        Check(
            one["method"],
            Result(one["result"]),
            one["domain"] or "",
            one["detail"] or "",
            one["aligned"],
            one["by"] or "",
        )
        for one in kept["checks"]
    )
    return Evidence(
        Verdict(verdict),
        kept["why"],
        checks,
        kept["network"],
        kept["mail_from_passes"],
        kept["sealed_by"],
        kept["dns_down"],
    )


def in_a_line(checks: list[Document]) -> str:
    """Return checks as an Authentication-Results header would say them, for people who read such.

    `checks` are as in JSON.
    """
    return "; ".join(_words(one) for one in checks)


def _words(one: Document) -> str:
    behind = [one["domain"], f"({one['detail']})" if one["detail"] else None]
    said_by = f"by {one['by']}" if one["by"] else None
    words = (f"{one['method']}={one['result']}", *behind, said_by)
    return " ".join(word for word in words if word)
