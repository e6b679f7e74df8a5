"""One signature as its header field has it: DKIM-Signature, ARC-Message-Signature, ARC-Seal.

A field is read in full before anything is asked about it, and kept with what is wrong with it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from dropbox.trust.canonical import Canon, Field, Wanted, canonical_field
from dropbox.trust.tags import LONGEST_NAME, End, Flaw, Tags, dns_name, read_tags, without_folding
from dropbox.trust.verdict import Result

MOST_NAMES = 1_000
"""Fields that a signature may name in `h=`; real ones name about twenty."""

MOST_INSTANCES = 50
"""ARC sets that a mail may have (RFC 8617 section 4.2.1)."""

_DIGEST_BYTES = 32
_CANONS = {one.encode(): one for one in Canon}


class Kind(StrEnum):
    """Which of the three; the value is the field's name."""

    DKIM = "dkim-signature"
    ARC_MESSAGE = "arc-message-signature"
    ARC_SEAL = "arc-seal"


class Algorithm(StrEnum):
    """How it is signed; either signs a SHA-256."""

    RSA = "rsa-sha256"
    ED25519 = "ed25519-sha256"


_ALGORITHMS = {one.encode(): one for one in Algorithm}


@dataclass(frozen=True, slots=True)
class Scope:
    """What of a mail is signed; that of a seal, which names nothing, is the default."""

    header_canon: Canon = Canon.RELAXED
    body_canon: Canon = Canon.RELAXED
    names: tuple[bytes, ...] = ()
    """Fields that are signed, lower case, in the order of `h=`."""
    body_hash: bytes = b""
    length: int | None = None
    """`l=`."""
    expires_at: int | None = None
    """`x=`, in seconds since 1970."""

    @property
    def body(self) -> Wanted:
        """The body hash that `body_hash` is compared with."""
        return self.body_canon, self.length


@dataclass(frozen=True, slots=True)
class Signature:
    """A signature that was read, or as much of it as could be."""

    place: int
    """Where its field stands in the header."""
    domain: str = ""
    """`d=` in A-labels and lower case; empty when it is no domain name."""
    instance: int = 0
    """`i=` of the ARC fields; 0 when it cannot be read."""
    chain: bytes = b""
    """`cv=` of a seal: what the sealer found the chain before it to be."""
    flaw: End | None = None
    """Why it does not pass, whatever its key and the mail; what follows has not been read then."""
    selector: str = ""
    algorithm: Algorithm = Algorithm.RSA
    identity_domain: str = ""
    """What stands behind the `@` of DKIM's `i=`."""
    signed_at: int | None = None
    """`t=`, in seconds since 1970."""
    scope: Scope = Scope()
    value: bytes = b""
    """The signature itself."""
    value_span: tuple[int, int] = (0, 0)
    """Where that stands in the field, with the white space around it."""

    def unsigned(self, field: Field) -> bytes:
        """Return its field with an empty `b=`, canonicalised: the last of what is signed."""
        start, end = self.value_span
        return canonical_field(field.raw[:start] + field.raw[end:], self.scope.header_canon)


def read_signature(kind: Kind, place: int, field: Field) -> Signature:
    """Read the signature in `field`, which stands at `place` of its header; never raises."""
    domain, instance, chain = "", 0, b""
    try:
        tags = read_tags(field.raw[field.value_at :])
        domain = dns_name(tags.values.get(b"d", b""), labels=2) or ""
        if kind is not Kind.DKIM:
            instance, chain = _instance(tags), tags.values.get(b"cv", b"")
        _refuse(kind, tags, domain)
        start, end = tags.span_of_b
        return Signature(
            place,
            domain,
            instance,
            chain,
            selector=_selector(tags, domain),
            algorithm=_algorithm(tags),
            identity_domain=_identity_domain(tags, domain) if kind is Kind.DKIM else domain,
            signed_at=tags.seconds(b"t"),
            scope=Scope() if kind is Kind.ARC_SEAL else _scope(tags),
            value=tags.binary(b"b"),
            value_span=(field.value_at + start, field.value_at + end),
        )
    except Flaw as flaw:
        return Signature(place, domain, instance, chain, flaw.end)


def _refuse(kind: Kind, tags: Tags, domain: str) -> None:
    """Raise `Flaw` for a signature of another version, of nobody, or of what a seal cannot sign."""
    if kind is Kind.DKIM and tags.required(b"v") != b"1":
        raise Flaw(Result.PERMERROR, "version")
    if tags.required(b"d") and not domain:
        raise Flaw(Result.PERMERROR, "domain")
    if kind is Kind.ARC_SEAL and b"h" in tags.values:
        # What a seal covers is fixed (RFC 8617 section 4.1.3).
        raise Flaw(Result.FAIL, "structure")


def _scope(tags: Tags) -> Scope:
    header, slash, body = tags.values.get(b"c", b"simple/simple").partition(b"/")
    header_canon, body_canon = _CANONS.get(header), _CANONS.get(body if slash else b"simple")
    if not header_canon or not body_canon:
        raise Flaw(Result.PERMERROR, "canonicalization")
    if b"dns/txt" not in tags.words(b"q", b"dns/txt"):
        raise Flaw(Result.PERMERROR, "query_method")
    body_hash = tags.binary(b"bh")
    if len(body_hash) != _DIGEST_BYTES:
        raise Flaw(Result.FAIL, "body_hash")
    return Scope(header_canon, body_canon, _names(tags), body_hash, tags.length(), _expiry(tags))


def _expiry(tags: Tags) -> int | None:
    signed_at, expires_at = tags.seconds(b"t"), tags.seconds(b"x")
    if expires_at is not None and signed_at is not None and expires_at <= signed_at:
        raise Flaw(Result.PERMERROR, "times")
    return expires_at


def _selector(tags: Tags, domain: str) -> str:
    selector = dns_name(tags.required(b"s"), labels=1)
    if not selector or len(f"{selector}._domainkey.{domain}") > LONGEST_NAME:
        raise Flaw(Result.PERMERROR, "selector")
    return selector


def _algorithm(tags: Tags) -> Algorithm:
    name = tags.required(b"a")
    if name == b"rsa-sha1":
        # No verifier may count it any more (RFC 8301 section 3.1), so it is not even tried.
        raise Flaw(Result.POLICY, "sha1")
    if found := _ALGORITHMS.get(name):
        return found
    raise Flaw(Result.PERMERROR, "algorithm")


def _names(tags: Tags) -> tuple[bytes, ...]:
    if tags.required(b"h").count(b":") >= MOST_NAMES:
        raise Flaw(Result.PERMERROR, "syntax")
    names = tuple(without_folding(tags.values[b"h"]).lower().split(b":"))
    if b"from" not in names:
        raise Flaw(Result.PERMERROR, "from_unsigned")
    return names


def _instance(tags: Tags) -> int:
    number = tags.required(b"i")
    if not number.isdigit() or len(number) > len(str(MOST_INSTANCES)):
        raise Flaw(Result.FAIL, "structure")
    return int(number)


def _identity_domain(tags: Tags, domain: str) -> str:
    if (identity := tags.values.get(b"i")) is None:
        return domain
    _, at, behind = identity.rpartition(b"@")
    found = dns_name(behind, labels=2) if at else None
    if not found or not f".{found}".endswith(f".{domain}"):
        raise Flaw(Result.PERMERROR, "identity")
    return found
