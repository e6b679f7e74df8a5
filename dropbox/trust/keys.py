"""Public keys of signers, as their domains publish them (RFC 6376 section 3.6.1, RFC 8463)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key

from dropbox.trust.resolver import DnsDown, Resolver
from dropbox.trust.signature import Algorithm, Signature
from dropbox.trust.tags import Flaw, Tags, read_tags
from dropbox.trust.verdict import Result

SHORTEST_RSA_BITS = 1024
"""RFC 8301 section 3.2."""

LONGEST_RSA_BITS = 8192
"""Twice of what every verifier has to know; a check of such a key takes a millisecond."""

LONGEST_RECORD_BYTES = 8192

_HOLDS_KEY = re.compile(rb"(?:^|;)[ \t]*p[ \t]*=")
_OTHER_VERSION = re.compile(rb"[ \t]*v[ \t]*=(?![ \t]*DKIM1[ \t]*(?:;|$))")
_LONGEST_EXPONENT_BITS = 64
"""OpenSSL's own limit for long keys: a check takes as long as the exponent."""


@dataclass(frozen=True, slots=True)
class Key:
    """A key that may sign mail."""

    public: RSAPublicKey | Ed25519PublicKey
    testing: bool
    """`t=y`: the domain only tries signing."""
    strict: bool
    """`t=s`: the domain of `i=` must be that of `d=`."""

    @property
    def algorithm(self) -> Algorithm:
        """What the key signs with."""
        return Algorithm.RSA if isinstance(self.public, RSAPublicKey) else Algorithm.ED25519

    def confirm(self, signature: Signature, digest: bytes) -> None:
        """Return when this key has signed `digest`, a SHA-256; raise `Flaw` when it has not."""
        if signature.algorithm is not self.algorithm:
            raise Flaw(Result.PERMERROR, "key_type")
        if self.strict and signature.identity_domain != signature.domain:
            raise Flaw(Result.PERMERROR, "strict_identity")
        try:
            if isinstance(self.public, RSAPublicKey):
                self.public.verify(signature.value, digest, PKCS1v15(), Prehashed(SHA256()))
            else:
                self.public.verify(signature.value, digest)
        except InvalidSignature:
            raise Flaw(Result.FAIL, "signature") from None
        if isinstance(self.public, RSAPublicKey) and self.public.key_size < SHORTEST_RSA_BITS:
            raise Flaw(Result.POLICY, "short_key")


async def find_key(resolver: Resolver, selector: str, domain: str) -> Key:
    """Return the key that `domain` publishes for `selector`; raise `Flaw` when there is none."""
    try:
        records = await resolver.txt(f"{selector}._domainkey.{domain}")
    except DnsDown:
        raise Flaw(Result.TEMPERROR, "dns_down") from None
    # Behind a wildcard stand records that are no keys, SPF's for one.
    keys = [one for one in records if _HOLDS_KEY.search(one) and not _OTHER_VERSION.match(one)]
    if not keys:
        raise Flaw(Result.PERMERROR, "no_key")
    # More than one is undefined (section 3.6.2.2); asking again must not change the answer.
    return read_key(min(keys))


@lru_cache(maxsize=512)
def read_key(record: bytes) -> Key:
    """Read the TXT record of a key; raise `Flaw` for one that does not sign mail."""
    if len(record) > LONGEST_RECORD_BYTES:
        raise Flaw(Result.PERMERROR, "key_syntax")
    tags = read_tags(record.replace(b"\r\n", b"\n"), "key_syntax")
    first = next(iter(tags.values), b"")
    if b"v" in tags.values and (first != b"v" or tags.values[b"v"] != b"DKIM1"):
        raise Flaw(Result.PERMERROR, "key_syntax")
    if tags.values.get(b"p") == b"":
        raise Flaw(Result.PERMERROR, "revoked_key")
    if b"sha256" not in tags.words(b"h", b"sha256"):
        raise Flaw(Result.PERMERROR, "key_hash")
    if not {b"*", b"email"}.intersection(tags.words(b"s", b"*")):
        raise Flaw(Result.PERMERROR, "key_service")
    flags = tags.words(b"t", b"")
    return Key(_public(tags), testing=b"y" in flags, strict=b"s" in flags)


def _public(tags: Tags) -> RSAPublicKey | Ed25519PublicKey:
    kind = tags.values.get(b"k", b"rsa")
    if kind not in {b"rsa", b"ed25519"}:
        raise Flaw(Result.PERMERROR, "key_type")
    data = tags.binary(b"p", "key_syntax")
    try:
        if kind == b"ed25519":
            return Ed25519PublicKey.from_public_bytes(data)
        public = load_der_public_key(data)
    except (ValueError, UnsupportedAlgorithm):
        raise Flaw(Result.PERMERROR, "key_syntax") from None
    if not isinstance(public, RSAPublicKey):
        raise Flaw(Result.PERMERROR, "key_type")
    if public.key_size > LONGEST_RSA_BITS:
        raise Flaw(Result.POLICY, "long_key")
    if public.public_numbers().e.bit_length() > _LONGEST_EXPONENT_BITS:
        raise Flaw(Result.PERMERROR, "key_syntax")
    return public
