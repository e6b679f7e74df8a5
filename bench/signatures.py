"""`python -m bench.signatures`: CPU time of checking signatures, beside dkimpy where it is.

Each mail is signed by one RSA key of 2048 bits and checked some times; the least counts. dkimpy is
that of `/usr/bin/python3`, as Debian has it, and is ended after `PATIENCE` seconds.
"""

from __future__ import annotations

import asyncio
import base64
import random
import subprocess
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import cast

from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from bench.mails import Mails, People, Shape
from dropbox.content import InMemory
from dropbox.trust import dkim
from dropbox.trust.canonical import Canon, body_hashes
from dropbox.trust.resolver import Resolver

PATIENCE = 20
ROUNDS = 7
OTHER_PYTHON = "/usr/bin/python3"
_OTHER = """
import sys, time, dkim
record = sys.argv[1].encode()
mail = open(sys.argv[2], "rb").read()
least = 1e9
for _ in range(int(sys.argv[3])):
    start = time.process_time()
    dkim.DKIM(mail).verify(dnsfunc=lambda name, timeout=5: record)
    least = min(least, time.process_time() - start)
print(least)
"""
_HEAD = (
    b"From: Hanako <hanako@corp.example>\r\nTo: Ann <ann@customer.example>\r\n"
    b"Subject: Offer\r\nDate: Sun, 22 Nov 2026 12:00:00 +0000\r\n"
)
_FAKE = b"DKIM-Signature: v=1; a=rsa-sha256; d=a.example; s=b; h=from; bh=%s; b=AAAA\r\n" % (
    b"A" * 43 + b"="
)


class _OneKey:
    """As much of a resolver as is asked for a key."""

    def __init__(self, record: bytes) -> None:
        self._record = record

    async def txt(self, name: str) -> tuple[bytes, ...]:
        return (self._record,) if name == "mail._domainkey.corp.example" else ()


def main() -> None:
    """Print the table."""
    key = generate_private_key(65537, 2048)
    data = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    record = b"v=DKIM1; p=" + base64.b64encode(data)
    other = _has_dkimpy()
    print(f"{'mail':32}{'bytes':>10}{'prepare ms':>12}{'verify ms':>11}{'dkimpy ms':>12}")
    with tempfile.TemporaryDirectory() as folder:
        for name, head, body in _mails():
            mail = _signed(head, body, key)
            prepare, verify = _ours(mail, record)
            theirs = _dkimpy(Path(folder, "mail"), mail, record) if other else "-"
            print(f"{name:32}{len(mail):10}{prepare:12.2f}{verify:11.2f}{theirs:>12}")


def _mails() -> Iterator[tuple[str, bytes, bytes]]:
    _, rest = Mails(Shape.NEWSLETTER, People.HALF, "x").next().pieces
    more, _, body = rest.partition(b"\r\n\r\n")
    yield "newsletter", _HEAD + more + b"\r\n", body
    line = base64.b64encode(random.Random(1).randbytes(57)) + b"\r\n"
    yield "attachment", _HEAD, line * (10_000_000 // len(line))
    text = b"What people write to each other  in a mail that has no end.\r\n"
    yield "text", _HEAD, text * (10_000_000 // len(text))
    size = 1_000_000
    yield "50 KB of blanks", _HEAD, b" " * 50_000 + b"x\r\n"
    yield "blanks", _HEAD, b" " * size + b"x\r\n"
    yield "pairs of blanks", _HEAD, b"x  " * (size // 3) + b"\r\n"
    yield "runs of fifteen blanks", _HEAD, (b" " * 15 + b"x") * (size // 16) + b"\r\n"
    yield "blanks at line ends", _HEAD, b" \t\r\n" * (size // 4) + b"x\r\n"
    yield "empty lines", _HEAD, b"\r\n" * (size // 2) + b"x\r\n"
    yield "lone LFs", _HEAD, b"\n" * size + b"x\r\n"
    yield "lone CRs", _HEAD, b"\r" * size + b"x\r\n"
    yield "10,000 signatures", _FAKE * 10_000 + _HEAD, b"x\r\n"
    yield "1,900 signatures", _FAKE * 1_900 + _HEAD, b"x\r\n"
    tags = b"DKIM-Signature: " + b"a=b; " * 12_000 + b"\r\n"
    yield "tags", tags * 16 + _HEAD, b"x\r\n"
    yield "one h= of a megabyte", _FAKE[:-2] + b"; h=from" + b":a" * 500_000 + b"\r\n" + _HEAD, b"x"
    names = _FAKE[:-2].replace(b"h=from", b"h=from" + b":a" * 900) + b"\r\n"
    yield "long h=", names * 500 + _HEAD, b"x\r\n"
    junk = b"DKIM-Signature: v=1; a=rsa-sha256; d=a.example; s=b; b=" + b"A=!" * 20_000 + b"\r\n"
    yield "no base64", junk * 16 + _HEAD, b"x\r\n"
    yield "folds", _HEAD + b"X:" + b"\r\n " * (size // 3) + b"y\r\n", b"x\r\n"


def _signed(head: bytes, body: bytes, key: RSAPrivateKey) -> bytes:
    ((_, digest),) = body_hashes([body], [(Canon.RELAXED, None)]).items()
    field = (
        b"DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=corp.example; s=mail;"
        b" h=from:to:subject:date; bh=" + base64.b64encode(digest) + b"; b=AAAA\r\n"
    )
    # Beneath all others: it is the author's own.
    mail = head + field + b"\r\n" + body
    prepared = dkim.prepare(InMemory(mail))
    if prepared.header.capped:
        return mail
    made = key.sign(prepared.digest(prepared.signatures[-1]), PKCS1v15(), Prehashed(SHA256()))
    return mail.replace(b"; b=AAAA\r\n\r\n", b"; b=" + base64.b64encode(made) + b"\r\n\r\n", 1)


def _ours(mail: bytes, record: bytes) -> tuple[float, float]:
    """Milliseconds of CPU of what may run in a thread, and of what comes after DNS has answered."""
    content, now = InMemory(mail), datetime.now(UTC)
    resolver = cast("Resolver", _OneKey(record))
    prepare = verify = 1e9
    with asyncio.Runner() as runner:
        for _ in range(ROUNDS):
            start = time.process_time()
            prepared = dkim.prepare(content)
            middle = time.process_time()
            checking = dkim.verify(
                prepared,
                resolver,
                from_domain="corp.example",
                aligned=lambda domain: domain == "corp.example",
                now=now,
            )
            runner.run(checking)
            prepare = min(prepare, middle - start)
            verify = min(verify, time.process_time() - middle)
    return prepare * 1e3, verify * 1e3


def _has_dkimpy() -> bool:
    try:
        return not subprocess.run([OTHER_PYTHON, "-c", "import dkim"], check=False).returncode
    except OSError:
        return False


def _dkimpy(file: Path, mail: bytes, record: bytes) -> str:
    file.write_bytes(mail)
    words = [
        OTHER_PYTHON,
        "-c",
        _OTHER,
        record.decode(),
        str(file),
        "3" if len(mail) < 1e6 else "1",
    ]
    try:
        done = subprocess.run(words, capture_output=True, check=False, timeout=PATIENCE, text=True)
    except subprocess.TimeoutExpired:
        return f"> {PATIENCE} s"
    return f"{float(done.stdout) * 1e3:.0f}" if done.stdout else "raises"


if __name__ == "__main__":
    main()
