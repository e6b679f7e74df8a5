"""Signs and seals mail, for tests of those who check it, and stands in for DNS.

Written from the RFCs and apart from `dropbox.trust`: what both agree on is no slip of one of them.
Keys are made once for the whole run.
"""

from __future__ import annotations

import base64
import hashlib
import re
from functools import cache

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from dropbox.trust.resolver import DnsDown

PrivateKey = RSAPrivateKey | Ed25519PrivateKey

NAMES = "from:to:subject:date:message-id"


@cache
def rsa_key(number: int = 0, bits: int = 2048) -> RSAPrivateKey:
    """An RSA key; another one for another `number`."""
    return generate_private_key(65537, bits)


@cache
def ed25519_key(number: int = 0) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.generate()


def record(key: PrivateKey, **tags: str | None) -> bytes:
    """The TXT record that publishes `key`; `tags` replace those it has, None leaves one out."""
    public = key.public_key()
    if isinstance(key, RSAPrivateKey):
        data = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    else:
        data = public.public_bytes(Encoding.Raw, PublicFormat.Raw)
    kind = "rsa" if isinstance(key, RSAPrivateKey) else "ed25519"
    held = {"v": "DKIM1", "k": kind, "p": base64.b64encode(data).decode()} | tags
    return "; ".join(
        f"{name}={value}" for name, value in held.items() if value is not None
    ).encode()


class Zone:
    """A `Resolver` that knows what it is told, and notes what it is asked."""

    def __init__(self, texts: dict[str, list[bytes] | bytes] | None = None, *, down: bool = False):
        self.texts = texts or {}
        self.down = down
        self.asked: list[str] = []

    def publish(self, domain: str, selector: str, key: PrivateKey, **tags: str | None) -> Zone:
        self.texts[f"{selector}._domainkey.{domain}"] = record(key, **tags)
        return self

    async def txt(self, name: str) -> tuple[bytes, ...]:
        self.asked.append(name)
        if self.down:
            raise DnsDown
        found = self.texts.get(name, [])
        return (found,) if isinstance(found, bytes) else tuple(found)

    async def addresses(self, name: str, family: int) -> tuple[str, ...]:
        return ()

    async def mx(self, name: str) -> tuple[str, ...]:
        return ()

    async def ptr(self, address: str) -> tuple[str, ...]:
        return ()


def sign(
    mail: bytes,
    domain: str,
    selector: str,
    key: PrivateKey,
    *,
    canon: str = "relaxed/relaxed",
    names: str = NAMES,
    **tags: str | None,
) -> bytes:
    """Return `mail`, whose lines end in CRLF, with a DKIM-Signature above it.

    `tags` replace those that are written anyway (`a`, `bh`, `d`, `t`, `v` ...) or come behind them
    (`i`, `l`, `x`); None leaves one out.
    """
    length = int(tags["l"]) if tags.get("l") else None
    held = {
        "v": "1",
        "a": _algorithm(key),
        "c": canon,
        "d": domain,
        "s": selector,
        "h": names,
        "bh": body_hash(mail, canon, length),
    } | tags
    return _signed(mail, "DKIM-Signature", held, key, canon) + mail


def seal(
    mail: bytes,
    domain: str,
    selector: str,
    key: PrivateKey,
    *,
    results: str = "mx.example; dmarc=pass header.from=corp.example",
    cv: str | None = None,
    instance: int | None = None,
    canon: str = "relaxed/relaxed",
    names: str = NAMES,
    message_tags: dict[str, str | None] | None = None,
    seal_tags: dict[str, str | None] | None = None,
) -> bytes:
    """Return `mail` with the next ARC set above it (RFC 8617 section 5.1)."""
    number = instance or 1 + len(_instances(mail))
    authentication = f"ARC-Authentication-Results: i={number}; {results}\r\n".encode()
    held = {
        "i": str(number),
        "a": _algorithm(key),
        "c": canon,
        "d": domain,
        "s": selector,
        "h": names,
        "bh": body_hash(mail, canon, None),
    } | (message_tags or {})
    message = _signed(mail, "ARC-Message-Signature", held, key, canon)
    held = {
        "i": str(number),
        "a": _algorithm(key),
        "cv": cv or ("none" if number == 1 else "pass"),
        "d": domain,
        "s": selector,
    } | (seal_tags or {})
    before = b"".join(
        _relaxed(field)
        for each in _instances(mail)
        for kind in (b"arc-authentication-results", b"arc-message-signature", b"arc-seal")
        for field in _arc_fields(mail, kind, each)
    )
    before += _relaxed(authentication) + _relaxed(message)
    top = _field("ARC-Seal", held)
    digest = hashlib.sha256(before + _relaxed(top + b"\r\n")[:-2]).digest()
    return top + _value(key, digest) + b"\r\n" + message + authentication + mail


def body_hash(mail: bytes, canon: str, length: int | None) -> str:
    body = mail.partition(b"\r\n\r\n")[2]
    if canon.partition("/")[2] == "relaxed":
        lines = [re.sub(rb"[ \t]+", b" ", line).rstrip(b" ") for line in body.split(b"\r\n")]
        body = b"\r\n".join(lines)
    while body.endswith(b"\r\n"):
        body = body[:-2]
    if body or canon.partition("/")[2] != "relaxed":
        body += b"\r\n"
    return base64.b64encode(hashlib.sha256(body[:length]).digest()).decode()


def _signed(
    mail: bytes, name: str, tags: dict[str, str | None], key: PrivateKey, canon: str
) -> bytes:
    top = _field(name, tags)
    change = _relaxed if canon.startswith("relaxed") else bytes
    chosen = _chosen(mail, (tags.get("h") or "").lower().split(":"))
    data = b"".join(map(change, chosen)) + change(top + b"\r\n")[:-2]
    return top + _value(key, hashlib.sha256(data).digest()) + b"\r\n"


def _field(name: str, tags: dict[str, str | None]) -> bytes:
    held = "; ".join(f"{tag}={value}" for tag, value in tags.items() if value is not None)
    return f"{name}: {held};\r\n b=".encode()


def _value(key: PrivateKey, digest: bytes) -> bytes:
    if isinstance(key, RSAPrivateKey):
        made = key.sign(digest, PKCS1v15(), Prehashed(SHA256()))
    else:
        made = key.sign(digest)
    return re.sub(rb"(.{60})", rb"\1\r\n ", base64.b64encode(made))


def _algorithm(key: PrivateKey) -> str:
    return "rsa-sha256" if isinstance(key, RSAPrivateKey) else "ed25519-sha256"


def fields(mail: bytes) -> list[bytes]:
    """The header fields of `mail`, from top to bottom, each with its line end."""
    head = b"\r\n" + mail.partition(b"\r\n\r\n")[0]
    return [field + b"\r\n" for field in re.split(rb"\r\n(?![ \t])", head)[1:]]


def _name(field: bytes) -> bytes:
    return field.partition(b":")[0].strip().lower()


def _relaxed(field: bytes) -> bytes:
    value = field.partition(b":")[2].replace(b"\r\n", b"")
    return _name(field) + b":" + re.sub(rb"[ \t]+", b" ", value).strip(b" ") + b"\r\n"


def _chosen(mail: bytes, names: list[str]) -> list[bytes]:
    left = fields(mail)
    chosen = []
    for name in names:
        for at in range(len(left) - 1, -1, -1):
            if _name(left[at]) == name.strip().encode():
                chosen.append(left.pop(at))
                break
    return chosen


def _instances(mail: bytes) -> list[int]:
    seals = [field for field in fields(mail) if _name(field) == b"arc-seal"]
    return list(range(1, len(seals) + 1))


def _arc_fields(mail: bytes, kind: bytes, instance: int) -> list[bytes]:
    tag = re.compile(rb"[:;]\s*i=%d;" % instance)
    return [field for field in fields(mail) if _name(field) == kind and tag.search(field)]
