"""ARC: which chains are valid, and what their sealers say."""

import re

import pytest
import signers
from hypothesis import given
from hypothesis import strategies as st
from verifying import MAIL, NOW, chain, signed, zone

from dropbox.content import InMemory
from dropbox.trust import dkim
from dropbox.trust.arc import MOST_VALIDATED
from dropbox.trust.verdict import Check, Result

LIST = "list.example"
FORWARDER = "forwarder.example"

# From the public test suite for validators: a mail with two sets, whose first message signature no
# longer holds, and the key, which is that of RFC 8463
VALIMAIL = b"""MIME-Version: 1.0
ARC-Seal: a=rsa-sha256;
    b=TKrRvbWMQbGHGQSIMlStVE/2vKjY5E8kVSSXJmEyOL1OjexNoNSfnYpjklVVaG9O4Hsbc5
    ZEbLSkpDIOKlnb+XlLNL5xvYntBNamjtH0e9et3DpyPQUIZ2gyZsuFwPzN/m96BU5iv+blU0
    XLjgABkBLyfaFlEPsQ0SUs8gZjM7Y=; cv=pass; d=example.org; i=2; s=dummy;
    t=12346
ARC-Message-Signature: a=rsa-sha256;
    b=ZFJ9p6LT/KerwWPXp+WzznYAbt+cF4R/3l5nfSeNZSi38hhtpLkoJi/2R1FXdnnznKa3mQ
    gk3WCEaxLNmHEl90TDHGL5vhViJ57OSS0X7ZgyKzZrNbVSDYj416pFR356MMXdaV8WVq9mD4
    yATaaWBkVi8eOh287Qbqj0k93H/+U=;
    bh=KWSe46TZKCcDbH4klJPo+tjk5LWJnVRlP5pvjXFZYLQ=; c=relaxed/relaxed;
    d=example.org; h=from:to:date:subject:mime-version:arc-authentication-results;
    i=2; s=dummy; t=12346
ARC-Authentication-Results: i=2; lists.example.org;
    spf=pass smtp.mfrom=jqd@d1.example;
    dkim=pass (1024-bit key) header.i=@d1.example;
    dmarc=pass
Received: by 10.157.11.240 with SMTP id 103csp420860oth;
    Fri, 6 Jan 2017 14:27:31 -0800 (PST)
ARC-Seal: a=rsa-sha256;
    b=dOdFEyhrk/tw5wl3vMIogoxhaVsKJkrkEhnAcq2XqOLSQhPpGzhGBJzR7k1sWGokon3TmQ
    7TX9zQLO6ikRpwd/pUswiRW5DBupy58fefuclXJAhErsrebfvfiueGyhHXV7C1LyJTztywzn
    QGG4SCciU/FTlsJ0QANrnLRoadfps=; cv=none; d=example.org; i=1; s=dummy;
    t=12345
ARC-Message-Signature: a=rsa-sha256;
    b=QsRzR/UqwRfVLBc1TnoQomlVw5qi6jp08q8lHpBSl4RehWyHQtY3uOIAGdghDk/mO+/Xpm
    9JA5UVrPyDV0f+2q/YAHuwvP11iCkBQkocmFvgTSxN8H+DwFFPrVVUudQYZV7UDDycXoM6UE
    cdfzLLzVNPOAHEDIi/uzoV4sUqZ18=;
    bh=KWSe46TZKCcDbH4klJPo+tjk5LWJnVRlP5pvjXFZYLQ=; c=relaxed/relaxed;
    d=example.org; h=from:to:date:subject:mime-version:arc-authentication-results;
    i=1; s=dummy; t=12345
ARC-Authentication-Results: i=1; lists.example.org;
    spf=pass smtp.mfrom=jqd@d1.example;
    dkim=pass (1024-bit key) header.i=@d1.example;
    dmarc=pass
Received: from segv.d1.example (segv.d1.example [72.52.75.15])
    by lists.example.org (8.14.5/8.14.5) with ESMTP id t0EKaNU9010123
    for <arc@example.org>; Thu, 14 Jan 2015 15:01:30 -0800 (PST)
    (envelope-from jqd@d1.example)
Authentication-Results: lists.example.org;
    spf=pass smtp.mfrom=jqd@d1.example;
    dkim=pass (1024-bit key) header.i=@d1.example;
    dmarc=pass
Received: by 10.157.14.6 with HTTP; Tue, 3 Jan 2017 12:22:54 -0800 (PST)
Message-ID: <54B84785.1060301@d1.example.org>
Date: Thu, 14 Jan 2015 15:00:01 -0800
From: Gene Q Doe <jqd@d1.example.org>
To: arc@dmarc.org
Subject: Example 1

Hey gang,
This is a test message.
--J.
"""
VALIMAIL_KEY = (
    b"v=DKIM1; k=rsa; p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDkHlOQoBTzWRiGs5V6NpP3idY6Wk08a5qhdR"
    b"6wy5bdOKb2jLQiY/J16JYi0Qvx/byYzCNb3W91y3FutACDfzwQ/BC/e/8uBsCR+yz1Lxj+PL6lHvqMKrM3rG4hstT5Qj"
    b"vHO9PzoxZyVYLzBfO2EeC3Ip3G+2kryOTIKT+l/K4w3QIDAQAB"
)


def dns():
    found = zone()
    for domain in (LIST, FORWARDER):
        found.publish(domain, "arc", signers.rsa_key(1))
    return found


def sealed(mail=MAIL, domain=LIST, **options):
    return signers.seal(mail, domain, "arc", signers.rsa_key(1), **options)


def twice(mail=MAIL):
    return sealed(sealed(mail, results="mx.list.example; spf=pass"), FORWARDER)


async def end(mail, resolver=None):
    found = await chain(mail, resolver or dns())
    assert (found.check.result is Result.PASS) == bool(found.sealed)
    return found.check.result, found.check.detail


async def test_a_chain_of_the_public_test_suite_is_valid():
    resolver = signers.Zone({"dummy._domainkey.example.org": VALIMAIL_KEY})
    found = await chain(VALIMAIL, resolver)
    assert found.check == Check("arc", Result.PASS, "example.org")
    assert [one.instance for one in found.sealed] == [2, 1]
    changed = VALIMAIL.replace(b"spf=pass", b"spf=fail", 1)
    assert (await chain(changed, resolver)).check.detail == "signature"


async def test_a_mail_without_arc_fields_has_no_chain_and_asks_nothing():
    asked = dns()
    assert (await chain(signed(), asked)).check == Check("arc", Result.NONE)
    assert asked.asked == []


@pytest.mark.parametrize("canon", ["relaxed/relaxed", "simple/simple"])
async def test_a_chain_tells_who_sealed_it_and_what_they_saw_the_newest_first(canon):
    first = sealed(signed(), results="mx.list.example; dmarc=pass\r\n\theader.from=corp.example")
    mail = sealed(first, FORWARDER, results="mx.forwarder.example; arc=pass", canon=canon)
    found = await chain(mail, dns())
    assert found.check == Check("arc", Result.PASS, FORWARDER)
    assert [(one.instance, one.sealer, one.results) for one in found.sealed] == [
        (2, FORWARDER, b"mx.forwarder.example; arc=pass"),
        (1, LIST, b"mx.list.example; dmarc=pass header.from=corp.example"),
    ]


async def test_a_sealer_may_have_changed_the_mail_that_another_sealed_before():
    changed = sealed().replace(b"here  it", b"[list] here  it")
    assert await end(changed) == (Result.FAIL, "body_hash")
    assert await end(sealed(changed, FORWARDER)) == (Result.PASS, "")


async def test_sealers_may_sign_with_keys_of_either_kind():
    resolver = dns().publish(FORWARDER, "ed", signers.ed25519_key())
    mail = signers.seal(sealed(), FORWARDER, "ed", signers.ed25519_key())
    assert await end(mail, resolver) == (Result.PASS, "")


async def test_only_the_newest_sealers_count_up_to_the_first_stranger():
    mail = sealed(sealed(sealed(), FORWARDER), LIST)
    found = await chain(mail, dns())
    assert [one.instance for one in found.vouched(lambda domain: domain == LIST)] == [3]
    assert [one.instance for one in found.vouched(lambda domain: True)] == [3, 2, 1]
    assert found.vouched(lambda domain: domain == FORWARDER) == ()


async def test_fields_may_stand_in_any_order():
    mail = twice()
    fields = signers.fields(mail)
    mixed = b"".join(fields[6:] + fields[:6][::-1]) + b"\r\n" + mail.partition(b"\r\n\r\n")[2]
    assert await end(mixed) == (Result.PASS, "")


@pytest.mark.parametrize(
    ("old", "new", "ended"),
    [
        (b"here", b"Here", (Result.FAIL, "body_hash")),
        (b"Subject: Offer", b"Subject: offer", (Result.FAIL, "signature")),
        (b"spf=pass", b"spf=fail", (Result.FAIL, "signature")),
        (b"dmarc=pass", b"dmarc=fail", (Result.FAIL, "signature")),
        (b"d=list.example", b"d=corp.example", (Result.FAIL, "signature")),
        (b"cv=pass", b"cv=none", (Result.FAIL, "structure")),
        (b"cv=pass", b"cv=fail", (Result.FAIL, "chain_failed")),
        (b"cv=none", b"cv=pass", (Result.FAIL, "structure")),
        (b"cv=none", b"cv=fail", (Result.FAIL, "structure")),
        (b"cv=none", b"cv=maybe", (Result.FAIL, "structure")),
        (b"cv=pass; ", b"", (Result.FAIL, "structure")),
        (b"ARC-Seal: i=1", b"ARC-Seal: i=2", (Result.FAIL, "structure")),
        (b"ARC-Seal: i=1", b"ARC-Seal: i=0", (Result.FAIL, "structure")),
        (b"ARC-Seal: i=1", b"ARC-Seal: i=-1", (Result.FAIL, "structure")),
        (b"ARC-Seal: i=1;", b"ARC-Seal: ", (Result.FAIL, "structure")),
        (b"ARC-Seal: i=1;", b"X-Seal: i=1;", (Result.FAIL, "structure")),
        (b"ARC-Message-Signature: i=1", b"ARC-Message-Signature: i=3", (Result.FAIL, "structure")),
        (b"ARC-Message-Signature: i=1", b"X: i=1", (Result.FAIL, "structure")),
        (b"ARC-Authentication-Results: i=1", b"X: i=1", (Result.FAIL, "structure")),
        (b"Results: i=1; ", b"Results: ", (Result.FAIL, "structure")),
        (b"Results: i=1;", b"Results: i=1", (Result.FAIL, "structure")),
        (b"ARC-Seal: i=2; a=rsa-sha256", b"ARC-Seal: i=2; a=rsa-sha1", (Result.POLICY, "sha1")),
        (b"ARC-Seal: i=1;", b"ARC-Seal: i=1; h=from;", (Result.FAIL, "structure")),
        (b"ARC-Seal: i=1;", b"ARC-Seal: i=1; i=1;", (Result.FAIL, "structure")),
        (b"From:", b"From: x@y.example\r\nFrom:", (Result.POLICY, "several_from")),
    ],
)
async def test_a_changed_chain_does_not_pass(old, new, ended):
    mail = twice()
    assert old in mail
    assert await end(mail.replace(old, new, 1)) == ended


async def test_what_older_message_signatures_say_does_not_matter():
    older = sealed(message_tags={"bh": "AAAA", "a": "unknown"})
    assert await end(older) == (Result.PERMERROR, "algorithm")
    assert await end(sealed(older, FORWARDER)) == (Result.PASS, "")


@pytest.mark.parametrize(
    ("options", "ended"),
    [
        ({"message_tags": {"l": "3"}}, (Result.FAIL, "body_hash")),
        ({"message_tags": {"bh": None}}, (Result.PERMERROR, "missing_tag")),
        ({"message_tags": {"c": "loose"}}, (Result.PERMERROR, "canonicalization")),
        ({"names": "to:subject"}, (Result.PERMERROR, "from_unsigned")),
        ({"message_tags": {"t": str(int(NOW.timestamp()) + 9999)}}, (Result.POLICY, "future")),
        ({"seal_tags": {"t": "x"}}, (Result.PERMERROR, "syntax")),
        ({"seal_tags": {"s": None}}, (Result.PERMERROR, "missing_tag")),
        ({"seal_tags": {"d": "evil.example'"}}, (Result.PERMERROR, "domain")),
        ({"seal_tags": {"a": "ed25519-sha256"}}, (Result.PERMERROR, "key_type")),
        ({"cv": "pass"}, (Result.FAIL, "structure")),
        ({"instance": 2}, (Result.FAIL, "structure")),
        ({"instance": 51}, (Result.FAIL, "structure")),
    ],
    ids=str,
)
async def test_a_set_that_is_sealed_wrongly_does_not_pass(options, ended):
    assert await end(sealed(**options)) == ended


async def test_seals_taken_from_another_mail_do_not_fit():
    arc_fields = sealed()[: -len(MAIL)]
    other = MAIL.replace(b"Offer", b"Order")
    assert await end(arc_fields + other) == (Result.FAIL, "signature")


async def test_a_sealer_cannot_be_put_beneath_another():
    """Mallory seals first, in the name of the list, whose seal she has not."""
    resolver = dns()
    forged = signers.seal(MAIL, LIST, "arc", signers.rsa_key(2))
    assert await end(sealed(forged, FORWARDER), resolver) == (Result.FAIL, "signature")


@pytest.mark.parametrize(("count", "result"), [(10, Result.PASS), (11, Result.POLICY)])
async def test_longer_chains_than_real_ones_are_not_validated(count, result):
    mail = MAIL
    for _ in range(count):
        mail = sealed(mail)
    resolver = dns()
    assert (await end(mail, resolver))[0] is result
    assert len(resolver.asked) == (1 if count <= MOST_VALIDATED else 0)


async def test_the_key_of_a_sealer_is_asked_for_once():
    resolver = dns()
    assert await end(twice(), resolver) == (Result.PASS, "")
    assert sorted(resolver.asked) == [
        "arc._domainkey.forwarder.example",
        "arc._domainkey.list.example",
    ]


async def test_a_sealer_without_a_key_is_none():
    assert await end(sealed(domain="other.example")) == (Result.PERMERROR, "no_key")


async def test_a_key_that_cannot_be_known_now_is_a_temporary_error():
    resolver = dns()
    resolver.down = True
    assert await end(twice(), resolver) == (Result.TEMPERROR, "dns_down")
    assert await end(twice().replace(b"here", b"Here"), resolver) == (Result.FAIL, "body_hash")


async def test_who_claims_to_have_sealed_is_known_before_anything_is_asked():
    assert dkim.prepare(InMemory(twice())).arc.sealers == (FORWARDER, LIST)


async def test_dkim_and_arc_of_a_mail_share_what_was_prepared():
    prepared = dkim.prepare(InMemory(twice(signed())))
    assert list(prepared.hashes) == [next(iter(prepared.hashes))]


arc_text = st.lists(
    st.sampled_from(
        "ARC-Seal: |ARC-Message-Signature: |ARC-Authentication-Results: |From: a@b.example"
        "|i=1; |i=2; |i=;|cv=none; |cv=pass; |a=rsa-sha256; |d=list.example; |s=arc; |b=AAAA; "
        "|h=from; |bh=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=; |\r\n|\r\n |\r|\n|;|=".split(
            "|"
        )
    )
).map("".join)


@given(arc_text)
async def test_no_field_of_any_shape_raises_or_passes(text):
    found = await chain(text.encode(), dns())
    assert found.check.result is not Result.PASS
    assert re.fullmatch(r"[a-z_]*", found.check.detail)
