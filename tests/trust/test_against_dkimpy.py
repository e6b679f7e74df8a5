"""dkimpy, another implementation, signs for us and verifies what we verify."""

import base64
import json
import random
import re
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest
import signers
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from verifying import CORP, MAIL, chain, checks, zone

from dropbox.trust.verdict import Result

PYTHON = "/usr/bin/python3"
PROCESS = Path(__file__).with_name("dkimpy_process.py")
CANONS = ["simple/simple", "simple/relaxed", "relaxed/simple", "relaxed/relaxed"]


class Dkimpy:
    """dkimpy in a process of its own."""

    def __init__(self):
        self._process = subprocess.Popen(
            [PYTHON, PROCESS], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def do(self, what, mail, **job):
        job |= {"do": what, "mail": base64.b64encode(mail).decode()}
        self._process.stdin.write(json.dumps(job) + "\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())

    def sign(self, mail, key, canon="relaxed/relaxed", *, length=False):
        algorithm = signers._algorithm(key)
        made = self.do(
            "sign", mail, key=secret(key), canon=canon, algorithm=algorithm, length=length
        )
        return base64.b64decode(made, validate=True)

    def seal(self, mail, key):
        made = self.do("seal", mail, key=secret(key), arc=b"ARC-Seal" in mail)
        return base64.b64decode(made, validate=True)

    def verify(self, mail, dns):
        return self.do("verify", mail, dns=texts(dns))

    def verify_chain(self, mail, dns):
        return self.do("verify_chain", mail, dns=texts(dns))

    def close(self):
        self._process.stdin.close()
        self._process.stdout.close()
        self._process.wait()


def texts(dns):
    return {name: text.decode() for name, text in dns.texts.items()}


def secret(key):
    """The private key as dkimpy takes it."""
    if isinstance(key, signers.RSAPrivateKey):
        form = (Encoding.PEM, PrivateFormat.TraditionalOpenSSL)
        return key.private_bytes(*form, NoEncryption()).decode()
    raw = key.private_bytes(Encoding.Raw, PrivateFormat.Raw, NoEncryption())
    return base64.b64encode(raw).decode()


def today():
    """dkimpy asks the clock when it signs."""
    return datetime.now(UTC)


@pytest.fixture(scope="module")
def dkimpy():
    try:
        has_it = subprocess.run([PYTHON, "-c", "import dkim, nacl, authres"], check=False)
    except OSError:
        pytest.skip(f"no {PYTHON}")
    if has_it.returncode:
        pytest.skip("no dkimpy: apt install python3-dkim python3-nacl python3-authres")
    process = Dkimpy()
    yield process
    process.close()


@pytest.mark.parametrize("key", [signers.rsa_key, signers.ed25519_key])
@pytest.mark.parametrize("canon", CANONS)
async def test_what_dkimpy_signs_passes(dkimpy, key, canon):
    mail = dkimpy.sign(MAIL, key(), canon)
    (check,) = await checks(mail, zone(key()), today())
    assert (check.result, check.domain) == (Result.PASS, CORP)
    assert dkimpy.verify(mail, zone(key())) is True


async def test_a_length_that_dkimpy_signs_is_the_whole_body_until_something_is_added(dkimpy):
    mail = dkimpy.sign(MAIL, signers.rsa_key(), length=True)
    (check,) = await checks(mail, zone(), today())
    assert check.result is Result.PASS
    (check,) = await checks(mail + b"more\r\n", zone(), today())
    assert (check.result, check.detail) == (Result.POLICY, "partial_body")
    assert dkimpy.verify(mail + b"more\r\n", zone()) is True


@pytest.mark.parametrize("key", [signers.rsa_key, signers.ed25519_key])
@pytest.mark.parametrize("canon", CANONS)
def test_what_our_signer_signs_passes_with_dkimpy(dkimpy, key, canon):
    mail = signers.sign(MAIL, CORP, "s1", key(), canon=canon)
    assert dkimpy.verify(mail, zone(key())) is True


async def test_chains_that_dkimpy_seals_pass(dkimpy):
    mail = MAIL
    for instance in (1, 2, 3):
        mail = dkimpy.seal(mail, signers.rsa_key())
        found = await chain(mail, zone(), today())
        assert found.check.result is Result.PASS
        assert len(found.sealed) == instance
        assert dkimpy.verify_chain(mail, zone()) == "pass"
    assert found.sealed[-1].results == b"mx.example; spf=pass smtp.mailfrom=corp.example"


def test_chains_that_our_signer_seals_pass_with_dkimpy(dkimpy):
    mail = MAIL
    for _ in range(3):
        mail = signers.seal(mail, CORP, "s1", signers.rsa_key())
        assert dkimpy.verify_chain(mail, zone()) == "pass"


def body_of_pieces(chance):
    pieces = [
        b"a",
        b"word",
        b" ",
        b"  ",
        b"\t",
        b"\r\n",
        b" \r\n",
        b"\r\n\r\n",
        b"=",
        b"\xe9",
        b".",
    ]
    return b"".join(chance.choice(pieces) for _ in range(chance.randrange(60))) + b"\r\n"


def changed_slightly(mail, chance):
    at = chance.randrange(len(mail))
    insert = chance.choice([b" ", b"\t", b"\r\n", b"\r\n ", b"x", b";", b":", b"=", b""])
    return mail[:at] + insert + mail[at + chance.randrange(2) :]


async def verdicts(dkimpy, mail, dns):
    """Ours, and what dkimpy says."""
    found = await checks(mail, dns)
    ours = any(one.result is Result.PASS for one in found)
    return ours, dkimpy.verify(mail, dns) is True, [one.detail for one in found]


# Where we are stricter: fields that people are shown the uppermost of, where dkimpy is content with
# the lowest
STRICTER = {"unsigned_copy", "several_from"}

# And where we keep to the letter: dkimpy takes a lone CR in the header for a blank, and a blank
# before the colon (RFC 6376 section 3.4.2 lets it go) for the end of all.
KNOWN = re.compile(rb"\r(?!\n)|(?:\A|\n)[!-9;-~]+\s+:")


@pytest.mark.parametrize("seed", range(4))
async def test_both_agree_about_mail_that_was_changed_slightly(dkimpy, seed):
    chance = random.Random(seed)
    head = MAIL.partition(b"\r\n\r\n")[0] + b"\r\n\r\n"
    dns = zone(signers.ed25519_key())
    passed = 0
    for _ in range(100):
        canon = chance.choice(CANONS)
        mail = head + body_of_pieces(chance)
        mail = signers.sign(mail, CORP, "s1", signers.ed25519_key(), canon=canon)
        changed = changed_slightly(mail, chance) if chance.random() < 0.9 else mail
        ours, theirs, details = await verdicts(dkimpy, changed, dns)
        passed += ours
        if not KNOWN.search(changed) and not STRICTER.intersection(details):
            assert ours == theirs, changed
    assert 10 < passed < 90
