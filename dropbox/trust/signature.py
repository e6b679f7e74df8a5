"""One signature as its header field has it: DKIM-Signature, ARC-Message-Signature, ARC-Seal.

A field is read in full before anything else is done about it, and kept with what is wrong with it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from dropbox.mail.headers import MAX_FIELD_BYTES
from dropbox.trust.canonical import Canon, Field, Wanted, relaxed_field
from dropbox.trust.tags import End, Flaw, Tags, dns_name, read_tags
from dropbox.trust.verdict import Result

MOST_NAMES = 1_000
"""Fields that a signature may name in `h=`; real ones name about twenty."""

MOST_INSTANCES = 50
"""ARC sets that a mail may have (RFC 8617 section 4.2.1)."""

_DIGEST_BYTES = 32


class Kind(StrEnum):
    """Which of the three; the value is the field's name."""

    DKIM = "dkim-signature"
    ARC_MESSAGE = "arc-message-signature"
    ARC_SEAL = "arc-seal"


class Algorithm(StrEnum):
    """How it is signed; all of them sign a SHA-256."""

    RSA = "rsa-sha256"
    ED25519 = "ed25519-sha256"


@dataclass(frozen=True, slots=True)
class Signature:
    """A signature that was read, or as much of it as could be."""

    place: int
    """Where its field stands in the header."""
    domain: str = ""
    """`d=` in A-labels and lower case; empty when it is no domain name."""
    flaw: End | None = None
    """Why it does not pass, whatever its key and the mail."""
    selector: str = ""
    algorithm: Algorithm = Algorithm.RSA
    header_canon: Canon = Canon.RELAXED
    body_canon: Canon = Canon.RELAXED
    names: tuple[bytes, ...] = ()
    """Fields that are signed, lower case, in the order of `h=`."""
    body_hash: bytes = b""
    length: int | None = None
    """`l=`."""
    signed_at: int | None = None
    """`t=`, in seconds since 1970."""
    expires_at: int | None = None
    """`x=`."""
    identity_domain: str = ""
    """What stands behind the `@` of `i=`."""
    instance: int = 0
    """`i=` of the ARC fields; 0 when it cannot be read."""
    chain: bytes = b""
    """`cv=` of a seal: what the sealer found the chain before it to be."""
    value: bytes = b""
    """The signature itself."""
    unsigned: bytes = b""
    """The field with an empty `b=`, canonicalised: what stands last in what is signed."""

    @property
    def body(self) -> Wanted:
        """The body hash that it is compared with."""
        return self.body_canon, self.length


def read_signature(kind: Kind, place: int, field: Field) -> Signature:
    """Read the signature in `field`, which stands at `place` of its header; never raises."""
    found = Signature(place)
    try:
        tags = _tags(field)
        found = replace(found, domain=dns_name(tags.values.get(b"d", b""), labels=2) or "")
        if kind is not Kind.DKIM:
            found = replace(found, instance=_instance(tags), chain=tags.values.get(b"cv", b""))
        return _read(kind, found, field, tags)
    except Flaw as flaw:
        return replace(found, flaw=flaw.end)


def _tags(field: Field) -> Tags:
    if len(field.raw) > MAX_FIELD_BYTES:
        raise Flaw(Result.PERMERROR, "syntax")
    return read_tags(field.raw[field.value_at :])


def _read(kind: Kind, found: Signature, field: Field, tags: Tags) -> Signature:
    if kind is Kind.DKIM and tags.required(b"v") != b"1":
        raise Flaw(Result.PERMERROR, "version")
    tags.required(b"d")
    if not found.domain:
        raise Flaw(Result.PERMERROR, "domain")
    found = replace(
        found,
        selector=_selector(tags, found.domain),
        algorithm=_algorithm(tags),
        value=tags.binary(b"b"),
        signed_at=tags.seconds(b"t"),
    )
    if kind is not Kind.ARC_SEAL:
        found = _read_scope(found, tags)
    elif b"h" in tags.values:
        # What a seal covers is fixed (RFC 8617 section 4.1.3).
        raise Flaw(Result.FAIL, "structure")
    if kind is Kind.DKIM:
        found = replace(found, identity_domain=_identity_domain(tags, found.domain))
    return replace(found, unsigned=_unsigned(field, tags, found.header_canon))


def _read_scope(found: Signature, tags: Tags) -> Signature:
    header_canon, body_canon = _canons(tags)
    expires_at = tags.seconds(b"x")
    if expires_at is not None and found.signed_at is not None and expires_at <= found.signed_at:
        raise Flaw(Result.PERMERROR, "times")
    if b"dns/txt" not in tags.words(b"q", b"dns/txt"):
        raise Flaw(Result.PERMERROR, "query_method")
    body_hash = tags.binary(b"bh")
    if len(body_hash) != _DIGEST_BYTES:
        raise Flaw(Result.FAIL, "body_hash")
    return replace(
        found,
        header_canon=header_canon,
        body_canon=body_canon,
        names=_names(tags),
        body_hash=body_hash,
        length=tags.length(),
        expires_at=expires_at,
    )


def _selector(tags: Tags, domain: str) -> str:
    selector = dns_name(tags.required(b"s"), labels=1)
    if not selector or not dns_name(f"{selector}._domainkey.{domain}".encode(), labels=4):
        raise Flaw(Result.PERMERROR, "selector")
    return selector


def _algorithm(tags: Tags) -> Algorithm:
    name = tags.required(b"a")
    if name == b"rsa-sha1":
        # No verifier may count it any more (RFC 8301 section 3.1), so it is not even tried.
        raise Flaw(Result.POLICY, "sha1")
    try:
        return Algorithm(name.decode("latin-1"))
    except ValueError:
        raise Flaw(Result.PERMERROR, "algorithm") from None


def _canons(tags: Tags) -> tuple[Canon, Canon]:
    header, _, body = tags.values.get(b"c", b"simple").decode("latin-1").partition("/")
    try:
        return Canon(header), Canon(body or "simple")
    except ValueError:
        raise Flaw(Result.PERMERROR, "canonicalization") from None


def _names(tags: Tags) -> tuple[bytes, ...]:
    if tags.required(b"h").count(b":") >= MOST_NAMES:
        raise Flaw(Result.PERMERROR, "syntax")
    names = tuple(name.lower() for name in tags.words(b"h", b""))
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


def _unsigned(field: Field, tags: Tags, canon: Canon) -> bytes:
    if tags.signature is None:  # pragma: no cover - `b` has been read by now
        raise Flaw(Result.PERMERROR, "missing_tag")
    start, end = (field.value_at + at for at in tags.signature)
    raw = field.raw[:start] + field.raw[end:]
    return relaxed_field(raw) if canon is Canon.RELAXED else raw.replace(b"\n", b"\r\n")
