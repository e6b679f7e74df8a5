"""DKIM: whose signature passes, whose does not, and why."""

import base64
from datetime import timedelta

import pytest
import signers
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicNumbers
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from verifying import CORP, MAIL, NOW, checks, end, signed, zone

from dropbox.trust.verdict import Check, Result

PASSES = (Result.PASS, "")

# RFC 8463 appendix A: the message, and both keys
RFC_8463 = b"""DKIM-Signature: v=1; a=ed25519-sha256; c=relaxed/relaxed;
 d=football.example.com; i=@football.example.com;
 q=dns/txt; s=brisbane; t=1528637909; h=from : to :
 subject : date : message-id : from : subject : date;
 bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;
 b=/gCrinpcQOoIfuHNQIbq4pgh9kyIK3AQUdt9OdqQehSwhEIug4D11Bus
 Fa3bT3FY5OsU7ZbnKELq+eXdp1Q1Dw==
DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed;
 d=football.example.com; i=@football.example.com;
 q=dns/txt; s=test; t=1528637909; h=from : to : subject :
 date : message-id : from : subject : date;
 bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;
 b=F45dVWDfMbQDGHJFlXUNB2HKfbCeLRyhDXgFpEL8GwpsRe0IeIixNTe3
 DhCVlUrSjV4BwcVcOF6+FF3Zo9Rpo1tFOeS9mPYQTnGdaSGsgeefOsk2Jz
 dA+L10TeYt9BgDfQNZtKdN1WO//KgIqXP7OdEFE4LjFYNcUxZQ4FADY+8=
From: Joe SixPack <joe@football.example.com>
To: Suzie Q <suzie@shopping.example.net>
Subject: Is dinner ready?
Date: Fri, 11 Jul 2003 21:00:37 -0700 (PDT)
Message-ID: <20030712040037.46341.5F8J@football.example.com>

Hi.

We lost the game.  Are you hungry yet?

Joe.
"""
RFC_8463_KEYS = {
    "brisbane._domainkey.football.example.com": (
        b"v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="
    ),
    "test._domainkey.football.example.com": (
        b"v=DKIM1; k=rsa; p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDkHlOQoBTzWRiGs5V6NpP3idY6Wk08"
        b"a5qhdR6wy5bdOKb2jLQiY/J16JYi0Qvx/byYzCNb3W91y3FutACDfzwQ/BC/e/8uBsCR+yz1Lxj+PL6lHvqMKrM3"
        b"rG4hstT5QjvHO9PzoxZyVYLzBfO2EeC3Ip3G+2kryOTIKT+l/K4w3QIDAQAB"
    ),
}

# 768 bits, of which no library makes keys any more
SHORT_MODULUS = int(
    "ba1d97d01c180ffc483fcdb755f2f57f5282427201dface75fe1a40804a78902c43ce85c1765bfed46f679bd369604"
    "cc48892a0a4b809a78682861669e716b85784ba9debe412b4152a0da9c243ba386d53f3f4709f52e6453ccfc91aa86"
    "51cf",
    16,
)
SHORT_EXPONENT = int(
    "8d3fac59eb186ff95db3dea2877e6ec7048d8b740eebfcc354c760c01d18312982595f57950249d900844afc49132d"
    "ebb65861fbc0c461164da57d6108a50c01d9ce300992cc125b7b27341ca0f6d6a784e465107914a0fd876eb8088d01"
    "cb21",
    16,
)
SHA256_INFO = bytes.fromhex("3031300d060960864801650304020105000420")


def published(modulus, exponent=65537):
    """`p=` of an RSA key of these numbers."""
    public = RSAPublicNumbers(exponent, modulus).public_key()
    data = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return base64.b64encode(data).decode()


class ShortKey:
    """A private key of 768 bits, as far as a signer needs one."""

    def sign(self, digest):
        size = SHORT_MODULUS.bit_length() // 8
        padding = b"\xff" * (size - len(SHA256_INFO) - len(digest) - 3)
        padded = b"\x00\x01" + padding + b"\x00" + SHA256_INFO + digest
        made = pow(int.from_bytes(padded, "big"), SHORT_EXPONENT, SHORT_MODULUS)
        return made.to_bytes(size, "big")


def at(seconds):
    return str(int(NOW.timestamp()) + seconds)


@pytest.mark.parametrize("newline", [b"\n", b"\r\n"])
async def test_the_message_of_rfc_8463_passes_twice(newline):
    found = await checks(RFC_8463.replace(b"\n", newline), signers.Zone(dict(RFC_8463_KEYS)))
    assert [(one.result, one.domain) for one in found] == [
        (Result.PASS, "football.example.com"),
        (Result.PASS, "football.example.com"),
    ]


@pytest.mark.parametrize("key", [signers.rsa_key, signers.ed25519_key])
@pytest.mark.parametrize(
    "canon", ["simple/simple", "simple/relaxed", "relaxed/simple", "relaxed/relaxed"]
)
async def test_a_signed_mail_passes(key, canon):
    mail = signers.sign(MAIL, CORP, "s1", key(), canon=canon)
    found = await checks(mail, zone(key()))
    assert found == (Check("dkim", Result.PASS, CORP, aligned=True),)


@pytest.mark.parametrize(
    ("canon", "named"), [("simple/simple", None), ("relaxed/simple", "relaxed")]
)
async def test_canonicalisation_that_is_not_named_is_simple(canon, named):
    assert await end(signed(canon=canon, c=named)) == PASSES


async def test_a_mail_without_signatures_has_no_checks_and_asks_nothing():
    asked = zone()
    assert await checks(MAIL, asked) == ()
    assert asked.asked == []


@pytest.mark.parametrize(
    "tags",
    [
        {"i": "@corp.example"},
        {"i": "hanako@sales.corp.example"},
        {"d": "CORP.Example"},
        {"q": "dns/txt"},
        {"q": "http : dns/txt"},
        {"x": at(3600), "t": at(-3600)},
        {"x": at(-200)},  # our clock may be ahead
        {"t": at(200)},
        {"l": "26"},  # the whole body
        {"names": "from : Subject\r\n : FROM:nobody:"},
        {"z": "From:somebody@else.example", "made_up": ""},
    ],
    ids=str,
)
async def test_a_signature_passes_with(tags):
    assert await end(signed(**tags)) == PASSES


@pytest.mark.parametrize(
    ("tags", "ended"),
    [
        ({"v": "2"}, (Result.PERMERROR, "version")),
        ({"v": None}, (Result.PERMERROR, "missing_tag")),
        ({"a": None}, (Result.PERMERROR, "missing_tag")),
        ({"a": "rsa-sha512"}, (Result.PERMERROR, "algorithm")),
        ({"a": "rsa-sha1"}, (Result.POLICY, "sha1")),
        ({"a": "ed25519-sha256"}, (Result.PERMERROR, "key_type")),
        ({"bh": None}, (Result.PERMERROR, "missing_tag")),
        ({"bh": "AAAA"}, (Result.FAIL, "body_hash")),
        ({"bh": "="}, (Result.PERMERROR, "syntax")),
        ({"bh": "\x80"}, (Result.PERMERROR, "syntax")),
        ({"c": "relaxed/loose"}, (Result.PERMERROR, "canonicalization")),
        ({"c": "relaxed/"}, (Result.PERMERROR, "canonicalization")),
        ({"d": None}, (Result.PERMERROR, "missing_tag")),
        ({"d": "example"}, (Result.PERMERROR, "domain")),
        ({"d": "corp.example."}, (Result.PERMERROR, "domain")),
        ({"s": None}, (Result.PERMERROR, "missing_tag")),
        ({"s": "a..b"}, (Result.PERMERROR, "selector")),
        ({"s": ".".join(["s" * 60] * 4)}, (Result.PERMERROR, "selector")),
        ({"names": "to:subject"}, (Result.PERMERROR, "from_unsigned")),
        ({"h": ""}, (Result.PERMERROR, "missing_tag")),
        ({"h": ":".join(["from"] * 1001)}, (Result.PERMERROR, "syntax")),
        ({"i": "hanako@customer.example"}, (Result.PERMERROR, "identity")),
        ({"i": "hanako@notcorp.example"}, (Result.PERMERROR, "identity")),
        ({"i": "corp.example"}, (Result.PERMERROR, "identity")),
        ({"l": "25"}, (Result.POLICY, "partial_body")),
        ({"l": "0"}, (Result.POLICY, "partial_body")),
        ({"l": "27"}, (Result.PERMERROR, "body_length")),
        ({"l": "9" * 76}, (Result.PERMERROR, "body_length")),
        ({"q": "http"}, (Result.PERMERROR, "query_method")),
        ({"t": "soon"}, (Result.PERMERROR, "syntax")),
        ({"t": "-1"}, (Result.PERMERROR, "syntax")),
        ({"t": "٣"}, (Result.PERMERROR, "syntax")),
        ({"t": at(3600)}, (Result.POLICY, "future")),
        ({"t": at(-10), "x": at(-10)}, (Result.PERMERROR, "times")),
        ({"x": at(-3600)}, (Result.POLICY, "expired")),
        ({"x": ""}, (Result.PERMERROR, "syntax")),
        ({"1x": "y"}, (Result.PERMERROR, "syntax")),
        ({"n": "a\x00b"}, (Result.PERMERROR, "syntax")),
        ({"n": "a;;m=b"}, (Result.PERMERROR, "syntax")),
        ({"n": "a; d=corp.example"}, (Result.PERMERROR, "syntax")),
        ({"n": ";".join(f"x{number}=" for number in range(50))}, (Result.PERMERROR, "syntax")),
        ({"n": "x" * 70_000}, (Result.PERMERROR, "syntax")),
    ],
    ids=lambda value: str(value)[:40],
)
async def test_a_signature_does_not_pass_with(tags, ended):
    asked = zone()
    assert await end(signed(**tags), asked) == ended
    assert asked.asked == [] or ended[1] == "key_type"


@pytest.mark.parametrize(
    ("change", "ended"),
    [
        ((b"here", b"Here"), (Result.FAIL, "body_hash")),
        ((b"Offer", b"offer"), (Result.FAIL, "signature")),
        ((b"To: Ann", b"To: Bob"), (Result.FAIL, "signature")),
        ((b" b=", b" b=AAAA"), (Result.FAIL, "signature")),
        ((b" b=", b" b=!"), (Result.PERMERROR, "syntax")),
        ((b"From:", b"X-From:"), (Result.PERMERROR, "no_from")),
    ],
)
async def test_a_changed_mail_does_not_pass(change, ended):
    assert await end(signed().replace(*change)) == ended


@pytest.mark.parametrize(
    "change",
    [
        (b"here  it", b"here it"),
        (b"Ann, \r\n", b"Ann,\r\n"),
        (b"\r\n\r\n\r\n", b"\r\n"),
        (b"Subject: Offer  for\r\n\tyou", b"SUBJECT:Offer for you "),
        (b"\r\n", b"\n"),
        (b"From:", b"Received: from mx.example\r\nFrom:"),
    ],
)
async def test_what_the_relaxed_canonicalisation_allows_passes(change):
    assert change[0] in signed()
    assert await end(signed().replace(*change)) == PASSES


async def test_white_space_within_the_signature_is_nothing():
    loose = signed().replace(b" b=", b" b = \r\n\t")
    assert await end(loose) == (Result.FAIL, "signature")  # `b =` is another field than `b=`
    assert await end(signed().replace(b" b=", b" b=\r\n\t ")) == PASSES


async def test_what_stands_behind_the_signature_in_its_field_is_signed():
    moved = signers.sign(MAIL, CORP, "s1", signers.rsa_key())
    field, _, rest = moved.partition(b"\r\nFrom:")
    assert await end(field + b"; n=note\r\nFrom:" + rest) == (Result.FAIL, "signature")
    assert await end(field + b";\r\nFrom:" + rest) == (Result.FAIL, "signature")


@pytest.mark.parametrize(
    ("tags", "ended"),
    [
        ({"v": None}, PASSES),
        ({"k": None}, PASSES),
        ({"n": "a note", "x": ""}, PASSES),
        ({"h": "sha1:sha256"}, PASSES),
        ({"s": "*"}, PASSES),
        ({"s": "other : email"}, PASSES),
        ({"t": "s"}, PASSES),
        ({"t": "y:s"}, (Result.PASS, "testing")),
        ({"v": "DKIM2"}, (Result.PERMERROR, "no_key")),
        ({"v": None, "n": "a; v=DKIM1"}, (Result.PERMERROR, "key_syntax")),
        ({"n": "a; k=rsa"}, (Result.PERMERROR, "key_syntax")),
        ({"p": ""}, (Result.PERMERROR, "revoked_key")),
        ({"p": None}, (Result.PERMERROR, "no_key")),
        ({"p": "AAAA"}, (Result.PERMERROR, "key_syntax")),
        ({"p": "not base64"}, (Result.PERMERROR, "key_syntax")),
        ({"k": "ed25519"}, (Result.PERMERROR, "key_syntax")),
        ({"k": "rsa2"}, (Result.PERMERROR, "key_type")),
        ({"h": "sha1"}, (Result.PERMERROR, "key_hash")),
        ({"s": "tlsrpt"}, (Result.PERMERROR, "key_service")),
        ({"n": "x" * 9000}, (Result.PERMERROR, "key_syntax")),
        ({"p": published(1 << 16384 | 1)}, (Result.POLICY, "long_key")),
        ({"p": published(1 << 2047 | 1, 1 << 2046 | 1)}, (Result.PERMERROR, "key_syntax")),
        ({"p": published(SHORT_MODULUS)}, (Result.FAIL, "signature")),
    ],
    ids=lambda value: str(value)[:40],
)
async def test_the_key_decides(tags, ended):
    assert await end(signed(), zone(**tags)) == ended


async def test_a_key_without_the_frame_around_it_is_read_too():
    public = signers.rsa_key().public_key()
    bare = base64.b64encode(public.public_bytes(Encoding.DER, PublicFormat.PKCS1)).decode()
    assert await end(signed(), zone(p=bare)) == PASSES


async def test_a_key_of_another_kind_than_both_is_none():
    public = generate_private_key(SECP256R1()).public_key()
    data = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    dns = zone(p=base64.b64encode(data).decode())
    assert await end(signed(), dns) == (Result.PERMERROR, "key_type")


async def test_a_short_key_that_has_signed_is_told_from_one_that_has_not():
    mail = signers.sign(MAIL, CORP, "s1", ShortKey(), a="rsa-sha256")
    assert await end(mail, zone(p=published(SHORT_MODULUS))) == (Result.POLICY, "short_key")


async def test_a_strict_key_does_not_sign_for_subdomains():
    mail = signed(i="@sales.corp.example")
    assert await end(mail, zone(t="s")) == (Result.PERMERROR, "strict_identity")


async def test_without_a_key_there_is_no_pass():
    assert await end(signed(), signers.Zone()) == (Result.PERMERROR, "no_key")


async def test_records_that_are_no_keys_stand_beside_one():
    key = signers.record(signers.rsa_key())
    records = [b"v=spf1 p=none -all", b"site-verification=abc", key, b""]
    assert await end(signed(), signers.Zone({"s1._domainkey.corp.example": records})) == PASSES


async def test_of_two_keys_the_same_counts_whatever_their_order():
    keys = [signers.record(signers.rsa_key()), signers.record(signers.ed25519_key())]
    name = "s1._domainkey.corp.example"
    assert await end(signed(), signers.Zone({name: keys})) == await end(
        signed(), signers.Zone({name: keys[::-1]})
    )


async def test_a_key_that_cannot_be_known_now_is_a_temporary_error():
    assert await end(signed(), signers.Zone(down=True)) == (Result.TEMPERROR, "dns_down")


@pytest.mark.parametrize(
    "flawed",
    [signed(x=at(-3600)), signed(a="rsa-sha1"), signed(l="3"), signed().replace(b"here", b"there")],
    ids=["expired", "sha1", "partial", "changed"],
)
async def test_dns_that_is_down_does_not_matter_to_what_cannot_pass(flawed):
    result, _ = await end(flawed, signers.Zone(down=True))
    assert result is not Result.TEMPERROR


async def test_five_signatures_are_tried_and_those_of_the_author_first():
    mail = signers.sign(MAIL, "sales.corp.example", "s1", signers.rsa_key())
    dns = zone()
    for number in range(10):
        dns.publish(f"relay{number}.example", "s1", signers.rsa_key())
        mail = signers.sign(mail, f"relay{number}.example", "s1", signers.rsa_key())
    mail = signed(signed(mail), v="2")
    found = await checks(mail, dns)
    assert [(one.domain, one.aligned, one.result) for one in found] == [
        ("corp.example", True, Result.PASS),
        ("sales.corp.example", True, Result.PERMERROR),
        ("relay9.example", False, Result.PASS),
        ("relay8.example", False, Result.PASS),
        ("relay7.example", False, Result.PASS),
    ]
    assert len(dns.asked) == 5


async def test_of_very_many_signatures_the_authors_own_is_still_found():
    junk = b"DKIM-Signature: v=1; a=rsa-sha256; d=relay.example; s=s1; h=from; bh=AAAA; b=AAAA\r\n"
    dns = zone()
    found = await checks(junk * 1900 + signed(), dns)
    assert len(found) == 5
    assert found[0].result is Result.PASS
    assert len(dns.asked) == 1


async def test_a_body_hash_is_made_once_for_all_who_ask_for_the_same(monkeypatch):
    made = []
    monkeypatch.setattr(
        "dropbox.trust.prepared.body_hashes",
        lambda pieces, wanted: made.append(wanted) or {},
    )
    await checks(signed(signed(signed(), canon="relaxed/simple"), l="3"), zone())
    assert [len(wanted) for wanted in made] == [3]
    made.clear()
    await checks(signed(signed(MAIL)), zone())
    assert [len(wanted) for wanted in made] == [1]


async def test_the_same_mail_later_has_expired():
    mail = signed(x=at(3600))
    (check,) = await checks(mail, zone(), NOW + timedelta(hours=2))
    assert (check.result, check.detail) == (Result.POLICY, "expired")
