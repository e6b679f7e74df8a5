"""What can be found out about a mail's signatures without DNS, in one pass over its bytes."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import chain

from dropbox.content import Content
from dropbox.trust.arc_sets import ArcSets, read_sets
from dropbox.trust.canonical import Header, Wanted, body_hashes, split_off_header
from dropbox.trust.signature import Kind, Scope, Signature, read_signature
from dropbox.trust.tags import End
from dropbox.trust.verdict import Result

MOST_READ = 100
"""DKIM-Signature fields of one mail that are read; real mail has up to four."""

CLOCKS_DIFFER = timedelta(minutes=5)
"""How far a signer's clock may be ahead of ours, or ours ahead of `x=`."""

_SINGLE = (
    b"from sender reply-to to cc message-id in-reply-to references subject date"
    b" content-type content-transfer-encoding"
).split()
"""Fields that a mail has once, and of which people are shown the uppermost."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A mail's header, its signatures, and the body hashes that they ask for."""

    header: Header = field(default_factory=Header)
    signatures: tuple[Signature, ...] = ()
    """The DKIM-Signature fields, from top to bottom; the lowest `MOST_READ` where there are more,
    because the author's own comes first."""
    arc: ArcSets = field(default_factory=ArcSets)
    hashes: Mapping[Wanted, bytes] = field(default_factory=dict)

    @property
    def header_flaw(self) -> End | None:
        """Why no signature of this mail passes, whatever it signs.

        A pass must mean the From that people are shown. So there has to be exactly one, and it
        must not stand where the reader of the mail has stopped reading.
        """
        if self.header.capped:
            return Result.PERMERROR, "header_capped"
        authors = len(self.header.places.get(b"from", ()))
        if authors == 1:
            return None
        return (Result.POLICY, "several_from") if authors else (Result.PERMERROR, "no_from")

    def flaw(self, signature: Signature, now: datetime) -> End | None:
        """Why `signature` does not pass, whatever its key; None when that is for the key to say."""
        if flaw := self.header_flaw or signature.flaw or self._body_flaw(signature.scope):
            return flaw
        if self._has_unsigned_copy(signature.scope):
            return Result.POLICY, "unsigned_copy"
        leeway = CLOCKS_DIFFER.total_seconds()
        expires_at, signed_at = signature.scope.expires_at, signature.signed_at
        if expires_at is not None and expires_at < now.timestamp() - leeway:
            return Result.POLICY, "expired"
        if signed_at is not None and signed_at > now.timestamp() + leeway:
            return Result.POLICY, "future"
        return None

    def _body_flaw(self, scope: Scope) -> End | None:
        if not scope.body_hash:
            return None
        found = self.hashes.get(scope.body)
        if found is None:
            return Result.PERMERROR, "body_length"
        if found != scope.body_hash:
            return Result.FAIL, "body_hash"
        if found != self.hashes[scope.body_canon, None]:
            return Result.POLICY, "partial_body"
        return None

    def _has_unsigned_copy(self, scope: Scope) -> bool:
        """Whether a second Subject or the like stands above the one that is signed."""
        places = self.header.places
        several = (name for name in _SINGLE if len(places.get(name, ())) > 1)
        return any(0 < scope.names.count(name) < len(places[name]) for name in several)

    def digest(self, signature: Signature) -> bytes:
        """Return the SHA-256 of what a signature with an `h=` has signed."""
        scope = signature.scope
        chosen = self.header.chosen(scope.names, signature.place)
        signed = [one.canonical(scope.header_canon) for one in chosen]
        signed.append(signature.unsigned(self.header.fields[signature.place]))
        return hashlib.sha256(b"\r\n".join(signed)).digest()


def prepare(content: Content) -> Prepared:
    """Read all signatures of a mail and hash its body, once for each way that they ask for.

    Pure CPU work in bounded memory, for any thread; never raises because of what it reads.
    """
    pieces = content.chunks()
    header, rest = split_off_header(pieces)
    if header.capped:
        return Prepared(header)
    signatures = tuple(
        read_signature(Kind.DKIM, place, header.fields[place])
        for place in header.places.get(Kind.DKIM.encode(), [])[-MOST_READ:]
    )
    arc = read_sets(header)
    asked = {one.scope.body for one in (*signatures, arc.message) if one and one.flaw is None}
    if not asked:
        return Prepared(header, signatures, arc)
    hashes = body_hashes(chain((rest,), pieces), asked)
    return Prepared(header, signatures, arc, hashes)
