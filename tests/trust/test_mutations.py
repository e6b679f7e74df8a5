"""A signed mail that is changed anywhere passes only where the change is not signed."""

import base64
import re
from types import SimpleNamespace

import pytest
import signers
from hypothesis import given, settings
from hypothesis import strategies as st
from verifying import CORP, MAIL, chain, checks, signed, zone

from dropbox.content import InMemory
from dropbox.trust import dkim
from dropbox.trust.verdict import Result

NAMES = signers.NAMES.split(":")
MAILS = {
    canon: signers.sign(MAIL, CORP, "s1", signers.ed25519_key(), canon=canon)
    for canon in ("relaxed/relaxed", "simple/simple")
}
SEALED = signers.seal(MAIL, CORP, "s1", signers.ed25519_key())

inserts = st.sampled_from(
    (
        b"| |\t|\r|\n|\r\n|\r\n |\r\n\r\n|:|;|=|a|\x00|\xff"
        b"|; d=evil.example|From |From: x@y.example\r\n"
    ).split(b"|")
)
changes = st.lists(st.tuples(st.floats(0, 1), st.integers(0, 3), inserts), min_size=1, max_size=3)


def changed(mail, edits):
    for where, cut, insert in edits:
        at = int(where * len(mail))
        mail = mail[:at] + insert + mail[at + cut :]
    return mail


def signed_parts(mail, canon, name=b"dkim-signature"):
    """What of `mail` is signed, by the signer's own slow reading."""
    mail = re.sub(rb"(?<!\r)\n", b"\r\n", mail)
    if mail.startswith((b"From ", b">From ")):
        mail = mail.partition(b"\r\n")[2]
    relaxed = canon.startswith("relaxed")
    change = signers._relaxed if relaxed else bytes
    (own,) = [one for one in signers.fields(mail) if signers._name(one) == name]
    value = re.search(rb"([:;]\s*b\s*=)([^;]*)", own)
    unsigned = change(own[: value.start(2)] + own[value.end(2) :] + b"\r\n").rstrip()
    try:
        made = base64.b64decode(re.sub(rb"\s", b"", value[2]), validate=True)
    except ValueError:
        made = None
    chosen = [change(one) for one in signers._chosen(mail, NAMES)]
    return SimpleNamespace(
        unsigned=unsigned, made=made, chosen=chosen, body=signers.body_hash(mail, canon, None)
    )


@settings(max_examples=150)
@given(st.sampled_from(list(MAILS)), changes)
async def test_a_mutation_passes_only_outside_of_what_is_signed(canon, edits):
    mail = changed(MAILS[canon], edits)
    found = await checks(mail, zone(signers.ed25519_key()))
    if any(one.result is Result.PASS for one in found):
        assert signed_parts(mail, canon) == signed_parts(MAILS[canon], canon)


@settings(max_examples=150)
@given(changes)
async def test_a_mutation_of_a_sealed_mail_passes_only_outside_of_what_is_sealed(edits):
    mail = changed(SEALED, edits)
    found = await chain(mail, zone(signers.ed25519_key()))
    if found.check.result is Result.PASS:
        name = b"arc-message-signature"
        canon = "relaxed/relaxed"
        assert signed_parts(mail, canon, name) == signed_parts(SEALED, canon, name)
        assert found.sealed[0].results == b"mx.example; dmarc=pass header.from=corp.example"


@given(st.binary(max_size=400))
async def test_no_bytes_raise(data):
    found = await checks(data, zone())
    assert not any(one.result is Result.PASS for one in found)


@given(st.binary(max_size=400))
async def test_no_key_record_raises(data):
    await checks(signed(), signers.Zone({"s1._domainkey.corp.example": data}))
    with_key = signers.Zone({"s1._domainkey.corp.example": b"p=" + base64.b64encode(data)})
    await checks(signed(), with_key)


HEAD = b"From: a@corp.example\r\n"
FAKE = (
    b"DKIM-Signature: v=1; a=rsa-sha256; c=%s; d=corp.example; s=s1; h=from;"
    b" bh=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=; b=AAAA\r\n"
)
BOTH = FAKE % b"simple" + FAKE % b"relaxed/relaxed" + HEAD
HOSTILE = {
    "blanks": BOTH + b"\r\n" + b" " * 200_000,
    "tabs_and_lfs": BOTH + b"\r\n" + b"\t\t\n" * 70_000,
    "crlfs": BOTH + b"\r\n" + b"\r\n" * 100_000 + b"x",
    "crs": BOTH + b"\r\n" + b"\r" * 200_000,
    "signatures": FAKE % b"relaxed" * 10_000 + HEAD,
    "tags": b"DKIM-Signature: " + b"a=b;" * 50_000 + b"\r\n" + HEAD,
    "names": FAKE[:-9] % b"relaxed" + b"b=AAAA; h=from" + b":a" * 100_000 + b"\r\n" + HEAD,
    "base64": b"DKIM-Signature: v=1; b=" + b"A=" * 100_000 + b"\r\n" + HEAD,
    "folds": HEAD + b"X:" + b"\r\n " * 70_000,
    "lines": HEAD + b"a\r\n" * 70_000,
    "seals": b"ARC-Seal: i=1; cv=none\r\n" * 500 + b"ARC-Message-Signature: i=1\r\n" * 500 + HEAD,
    "domain": b"DKIM-Signature: v=1; d="
    + b"a." * 30_000
    + b"; s=s1; a=rsa-sha256; b=AAAA\r\n"
    + HEAD,
}


@pytest.mark.parametrize("shape", HOSTILE)
async def test_what_is_made_to_be_slow_is_answered(shape):
    """How fast is measured by `python -m bench.dkim`."""
    found = await checks(HOSTILE[shape], zone())
    assert not any(one.result is Result.PASS for one in found)
    assert len(found) <= dkim.MOST_TRIED
    assert (await chain(HOSTILE[shape], zone())).sealed == ()


async def test_content_in_a_file_is_read_in_pieces():
    prepared = dkim.prepare(InMemory(signed(MAIL + b"x" * (3 << 20) + b"\r\n")))
    assert len(prepared.hashes) == 1
