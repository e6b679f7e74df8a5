"""DMARC: what a domain publishes, and which other domains speak for it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from zones import DOWN, Zone

from dropbox.trust.dmarc import (
    Disposition,
    Published,
    aligned,
    discover,
    organizational_domain,
    parse,
)
from dropbox.trust.resolver import DnsDown

NONE, QUARANTINE, REJECT = Disposition


async def published(domain, **records):
    names = {f"_dmarc.{name.replace('_', '.')}": {"TXT": text} for name, text in records.items()}
    return await discover(domain, Zone(names))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("v=DMARC1; p=none", Published(NONE)),
        ("v=DMARC1;p=reject", Published(REJECT)),
        ("v=DMARC1; p=QUARANTINE; sp=none", Published(QUARANTINE)),
        ("v = DMARC1 ; P = reject ; ADKIM = S; aspf=s;", Published(REJECT, True, True)),
        ("v=DMARC1; p=reject; adkim=r; aspf=x", Published(REJECT)),
        ("v=DMARC1; sp=none; p=reject; p=none; unknown=1; =; junk", Published(REJECT)),
        ("v=DMARC1; p=reject; pct=0", Published(QUARANTINE)),
        ("v=DMARC1; p=quarantine; pct=0", Published(NONE)),
        ("v=DMARC1; p=reject; t=y", Published(QUARANTINE)),
        ("v=DMARC1; p=reject; pct=1", Published(REJECT)),
        ("v=DMARC1; p=reject; pct=100; t=n", Published(REJECT)),
        ("v=DMARC1; rua=mailto:a@corp.example", Published(NONE)),
        ("v=DMARC1; p=discard; rua=mailto:a@corp.example", Published(NONE)),
        ("v=DMARC1; p=reject; sp=discard; rua=mailto:a@corp.example", Published(NONE)),
        ("v=DMARC1", None),
        ("v=DMARC1; p=discard", None),
        ("v=DMARC1; p=reject; sp=discard", None),
        ("v=DMARC1; p=discard; rua=nonsense", None),
        ("v=dmarc1; p=reject", None),
        ("v=DMARC10; p=reject", None),
        ("p=reject; v=DMARC1", None),
        ("v=spf1 -all", None),
        ("v=DMARC1; p=reject" + " " * 9000, None),
    ],
)
async def test_a_record_says_what_is_wanted(text, expected):
    assert await published("corp.example", corp_example=text) == expected


async def test_several_records_are_none_and_the_organization_is_not_asked():
    two = ("v=DMARC1; p=reject", "v=DMARC1; p=none")
    assert await published("corp.example", corp_example=two) is None
    assert await published("mail.corp.example", mail_corp_example=two, corp_example=two[0]) is None


async def test_other_texts_beside_the_record_do_not_count():
    texts = ("v=spf1 -all", "v=DMARC1; p=reject", "verification=1")
    assert await published("corp.example", corp_example=texts) == Published(REJECT)


async def test_a_subdomain_without_a_record_has_the_policy_for_subdomains():
    of_all = {"corp_example": "v=DMARC1; p=none; sp=reject; adkim=s"}
    assert await published("corp.example", **of_all) == Published(NONE, strict_dkim=True)
    expected = Published(REJECT, strict_dkim=True)
    assert await published("a.b.corp.example", **of_all) == expected
    inherited = await published("a.corp.example", corp_example="v=DMARC1; p=reject")
    assert inherited == Published(REJECT)


async def test_a_subdomain_with_a_record_of_its_own_has_that():
    own = await published(
        "a.corp.example",
        corp_example="v=DMARC1; p=reject",
        a_corp_example="v=DMARC1; p=none; sp=reject",
    )
    assert own == Published(NONE)


async def test_nobody_inherits_from_a_public_suffix():
    assert await published("corp.co.jp", co_jp="v=DMARC1; p=reject") is None
    assert await published("co.jp", co_jp="v=DMARC1; p=reject") == Published(REJECT)


async def test_at_most_two_questions_are_asked():
    zone = Zone({})
    assert await discover("a.b.c.corp.example", zone) is None
    assert zone.asked == [("_dmarc.a.b.c.corp.example", "TXT"), ("_dmarc.corp.example", "TXT")]


async def test_dns_that_is_down_is_said():
    with pytest.raises(DnsDown):
        await published("corp.example", corp_example=DOWN)
    with pytest.raises(DnsDown):
        await published("a.corp.example", corp_example=DOWN)


@pytest.mark.parametrize(
    ("domain", "organization"),
    [
        ("corp.example", "corp.example"),
        ("a.b.corp.example", "corp.example"),
        ("a.corp.co.jp", "corp.co.jp"),
        ("a.corp.tokyo.jp", "corp.tokyo.jp"),
        ("co.jp", "co.jp"),
        ("com", "com"),
        ("a.b.github.io", "b.github.io"),
        ("a.xn--fiq228c.xn--55qx5d.cn", "xn--fiq228c.xn--55qx5d.cn"),
        ("a.corp.city.kawasaki.jp", "city.kawasaki.jp"),
        ("", ""),
        (".", "."),
        ("a..corp.example", "a..corp.example"),
        ("[192.0.2.1]", "2.1]"),
        ("a." * 200 + "corp.example", "a." * 200 + "corp.example"),
    ],
)
def test_the_organizational_domain_is_what_somebody_registered(domain, organization):
    assert organizational_domain(domain) == organization


@pytest.mark.parametrize(
    ("identifier", "author", "relaxed", "strict"),
    [
        ("corp.example", "corp.example", True, True),
        ("mail.corp.example", "corp.example", True, False),
        ("corp.example", "mail.corp.example", True, False),
        ("a.corp.example", "b.corp.example", True, False),
        ("evilcorp.example", "corp.example", False, False),
        ("corp.example.evil.example", "corp.example", False, False),
        ("corp-example.com", "corp.example", False, False),
        ("xn--crp-jlc.example", "corp.example", False, False),
        ("a.co.jp", "b.co.jp", False, False),
        ("co.jp", "a.co.jp", False, False),
        ("a.github.io", "b.github.io", False, False),
        ("example", "corp.example", False, False),
        ("", "corp.example", False, False),
        ("", "", False, False),
    ],
)
def test_alignment_is_of_one_organization_or_strictly_of_one_name(
    identifier, author, relaxed, strict
):
    assert aligned(identifier, author, strict=False) is relaxed
    assert aligned(identifier, author, strict=True) is strict


@given(st.binary(max_size=80), st.text(max_size=20))
def test_any_bytes_are_a_record_or_none_and_any_text_has_an_organization(text, domain):
    parse(b"v=DMARC1;" + text)
    assert domain.endswith(organizational_domain(domain)) or organizational_domain(domain)
