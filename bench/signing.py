"""DKIM signatures (RFC 6376) for the mails of the load, and the zone that answers for them."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Sequence

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

DOMAIN, SELECTOR = "corp.example", "mail2025"

_BLANKS = re.compile(rb"[ \t]+")


def new_key() -> str:
    """Return an RSA key of 2048 bits, in PEM: what most senders sign with."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()


def zone_of(pem: str) -> dict[str, str]:
    """Return the TXT records, by name, that make mail signed with this key verified."""
    public = _load(pem).public_key()
    der = public.public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return {
        f"{SELECTOR}._domainkey.{DOMAIN}": f"v=DKIM1; k=rsa; p={base64.b64encode(der).decode()}",
        f"_dmarc.{DOMAIN}": "v=DMARC1; p=reject",
        DOMAIN: "v=spf1 ip4:127.0.0.0/8 -all",
    }


def body_digest(body: bytes) -> str:
    """Return `bh=` of a body, relaxed (RFC 6376 section 3.4.4)."""
    lines = [_BLANKS.sub(b" ", line).rstrip(b" ") for line in body.split(b"\r\n")]
    while lines and not lines[-1]:
        lines.pop()
    canonical = b"".join(line + b"\r\n" for line in lines)
    return base64.b64encode(hashlib.sha256(canonical).digest()).decode()


class Signer:
    """Signs all fields that it is given, rsa-sha256, relaxed/relaxed."""

    def __init__(self, pem: str) -> None:
        self._key = _load(pem)

    def sign(self, fields: Sequence[bytes], digest: str) -> bytes:
        """Return the DKIM-Signature field to stand above `fields`, each with its CRLF."""
        names = b":".join(field.partition(b":")[0].lower() for field in fields)
        unsigned = (
            b"DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=%b;\r\n"
            b" s=%b; h=%b;\r\n bh=%b;\r\n b="
        ) % (DOMAIN.encode(), SELECTOR.encode(), names, digest.encode())
        signed = b"".join(map(_relaxed, fields)) + _relaxed(unsigned).removesuffix(b"\r\n")
        signature = self._key.sign(signed, padding.PKCS1v15(), hashes.SHA256())
        return unsigned + base64.b64encode(signature) + b"\r\n"


def _relaxed(field: bytes) -> bytes:
    """RFC 6376 section 3.4.2."""
    name, _, value = field.partition(b":")
    value = _BLANKS.sub(b" ", value.replace(b"\r\n", b"")).strip(b" ")
    return b"%b:%b\r\n" % (name.strip().lower(), value)


def _load(pem: str) -> rsa.RSAPrivateKey:
    key = serialization.load_pem_private_key(pem.encode(), None)
    if not isinstance(key, rsa.RSAPrivateKey):
        raise TypeError("not an RSA key")
    return key
