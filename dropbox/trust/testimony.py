"""What servers that the settings trust say of a mail, turned into checks.

A server that is trusted has to remove headers in its name that come from outside (RFC 8601 section
5); nothing in a header proves who wrote it. Should it not: of each method only the topmost
header that speaks of it is heard, which is the one that the server itself put on top.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

from dropbox.addresses import canonical, canonical_domain, domain_of
from dropbox.trust.authentication_results import AuthenticationResults, MethodResult, parse
from dropbox.trust.canonical import Header
from dropbox.trust.verdict import Check, Result

MAX_BYTES = 32 * 1024
"""Of such headers that are looked at, from the top: a trusted server's own are among the first."""

Aligned = Callable[[str], bool]


def spoken(header: Header, authserv_ids: Collection[str]) -> list[tuple[str, MethodResult]]:
    """Return what trusted servers say in this header: authserv-id, and one result."""
    heard: list[tuple[str, MethodResult]] = []
    room = MAX_BYTES
    for at in header.places.get(b"authentication-results", ()):
        value = header.fields[at].relaxed.partition(b":")[2]
        room -= len(value)
        if room < 0:
            break
        said = parse(value)
        if said is not None and said.authserv_id in authserv_ids:
            known = {one.method for _, one in heard}
            heard += [(said.authserv_id, one) for one in said.results if one.method not in known]
    return heard


def checks(
    heard: Sequence[tuple[str, MethodResult]], author: str, aligned: Aligned
) -> tuple[Check, ...]:
    """Return as checks what was heard about DMARC, DKIM, SPF and ARC of the domain in From."""
    return tuple(
        Check(one.method, one.result, domain, "", _is_aligned(one, domain, author, aligned), by)
        for by, one in heard
        if (domain := identifier(one)) is not None
    )


def dmarc_passes(found: Sequence[Check]) -> bool:
    """Whether DMARC passes for the author, and nothing that was said about it differs."""
    results = [one.result is Result.PASS and one.aligned for one in found if one.method == "dmarc"]
    return bool(results) and all(results)


def mail_from_passes(heard: Sequence[tuple[str, MethodResult]], mail_from: str) -> bool:
    """Whether SPF passes for this MAIL FROM, or for its domain where only that is named."""
    if not mail_from:
        return False
    wanted = canonical(mail_from)
    return any(
        _identity(one.properties.get("smtp.mailfrom", "")) in {wanted, domain_of(wanted)}
        for _, one in heard
        if one.method == "spf" and one.result is Result.PASS
    )


def _identity(named: str) -> str:
    bare = named.strip("<>")
    return canonical(bare) if "@" in bare else canonical_domain(bare)


def vouches(sealed: AuthenticationResults, author: str, aligned: Aligned) -> bool:
    """Whether what a trusted sealer saw passes DMARC for the author."""
    found = checks([("sealer", one) for one in sealed.results], author, aligned)
    if any(one.method == "dmarc" for one in found):
        return dmarc_passes(found)
    return any(
        one.result is Result.PASS and one.aligned for one in found if one.method in {"dkim", "spf"}
    )


def identifier(one: MethodResult) -> str | None:
    """Return the domain that a result speaks for; None for a method that says nothing here."""
    said = one.properties
    match one.method:
        case "dmarc":
            named = said.get("header.from", "")
        case "dkim":
            named = said.get("header.d") or said.get("header.i", "")
        case "spf":
            named = said.get("smtp.mailfrom") or said.get("smtp.helo", "")
        case "arc":
            named = ""
        case _:
            return None
    return canonical_domain(named.strip("<>").rpartition("@")[2])


def _is_aligned(one: MethodResult, domain: str, author: str, aligned: Aligned) -> bool:
    return domain == author if one.method == "dmarc" else aligned(domain)
