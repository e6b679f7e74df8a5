"""DKIM: whose signature passes, whose does not, and why."""

import asyncio
from datetime import UTC, datetime

import pytest
import signers

from dropbox.content import InMemory
from dropbox.trust import dkim
from dropbox.trust.verdict import Check, Result

CORP = "corp.example"
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
MAIL = (
    b"From: Hanako <hanako@corp.example>\r\n"
    b"To: Ann <ann@customer.example>\r\n"
    b"Subject: Offer  for\r\n\tyou\r\n"
    b"Date: Sun, 22 Nov 2026 12:00:00 +0000\r\n"
    b"Message-ID: <one@corp.example>\r\n"
    b"\r\n"
    b"Dear Ann, \r\n\r\nhere  it is.\r\n\r\n\r\n"
)


def at_corp(domain):
    return domain == CORP or domain.endswith(f".{CORP}")


def checks(mail, zone, now=NOW):
    return asyncio.run(
        dkim.verify(dkim.prepare(InMemory(mail)), zone, from_domain=CORP, aligned=at_corp, now=now)
    )


def end(mail, zone, now=NOW):
    """Result and detail of the only signature."""
    (check,) = checks(mail, zone, now)
    return check.result, check.detail


def zone(key=None, **tags):
    return signers.Zone().publish(CORP, "s1", key or signers.rsa_key(), **tags)


def signed(mail=MAIL, **options):
    return signers.sign(mail, CORP, "s1", signers.rsa_key(), **options)


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


@pytest.mark.parametrize("newline", [b"\n", b"\r\n"])
def test_the_message_of_rfc_8463_passes_twice(newline):
    found = checks(RFC_8463.replace(b"\n", newline), signers.Zone(dict(RFC_8463_KEYS)))
    assert [(one.result, one.domain) for one in found] == [
        (Result.PASS, "football.example.com"),
        (Result.PASS, "football.example.com"),
    ]


@pytest.mark.parametrize("key", [signers.rsa_key, signers.ed25519_key])
@pytest.mark.parametrize(
    "canon", ["simple/simple", "simple/relaxed", "relaxed/simple", "relaxed/relaxed"]
)
def test_a_signed_mail_passes(key, canon):
    mail = signers.sign(MAIL, CORP, "s1", key(), canon=canon)
    assert checks(mail, zone(key())) == (Check("dkim", Result.PASS, CORP, aligned=True),)


@pytest.mark.parametrize(("canon", "body_canon"), [("simple", "simple"), ("relaxed", "simple")])
def test_canonicalisation_that_is_not_named_is_simple(canon, body_canon):
    made = signed(canon=f"{canon}/{body_canon}", c=None if canon == "simple" else canon)
    assert end(made, zone()) == (Result.PASS, "")


def test_a_mail_without_signatures_has_no_checks_and_asks_nothing():
    asked = zone()
    assert checks(MAIL, asked) == ()
    assert asked.asked == []
