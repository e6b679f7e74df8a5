"""Tricks by which a pass for one domain is made to look like one for another.

The kinds are those that test tools against mail servers try: several From fields and half ones,
names that DNS and its callers read differently, domains that break the results they are written
into, text added to what is signed.
"""

import pytest
import signers
from verifying import CORP, MAIL, at_corp, checks, end, signed, zone

from dropbox.mail.read import read
from dropbox.trust.verdict import Result

EVIL = "evil.example"
FORGED = b"From: Hanako <hanako@corp.example>\r\n"
OWN = b"From: Mallory <mallory@evil.example>\r\n"


def signed_by_evil(mail, **options):
    return signers.sign(mail, options.pop("d", EVIL), "s1", signers.rsa_key(1), **options)


def both_zones():
    return zone().publish(EVIL, "s1", signers.rsa_key(1))


def shown(mail):
    """The authors whom the product sees."""
    return [one.email for one in read(mail).authors]


# A second From, in every way in which some reader takes it for one and another does not
SECOND_FROMS = {
    "above": lambda mail, other: other + mail,
    "below": lambda mail, other: mail.replace(b"\r\nTo:", b"\r\n" + other + b"To:"),
    "at_the_end": lambda mail, other: mail.replace(b"\r\n\r\n", b"\r\n" + other + b"\r\n", 1),
    "blank_before": lambda mail, other: b" " + other + mail,
    "tab_before": lambda mail, other: b"\t" + other + mail,
    "blank_before_colon": lambda mail, other: other.replace(b":", b" :") + mail,
    "tab_before_colon": lambda mail, other: b"X: y\r\n" + other.replace(b":", b"\t:") + mail,
    "blank_below": lambda mail, other: b"X: y\r\n" + other.replace(b":", b" :") + mail,
    "fold_before_colon": lambda mail, other: other.replace(b":", b"\r\n :") + mail,
    "fold_in_name": lambda mail, other: other.replace(b"From:", b"Fr\r\n om:") + mail,
    "upper_case": lambda mail, other: other.replace(b"From", b"FROM") + mail,
    "bare_lf": lambda mail, other: b"X: y\n" + other + mail,
    "bare_cr": lambda mail, other: b"X: y\r" + other + mail,
    "cr_before_colon": lambda mail, other: b"X: y\r\n" + other.replace(b":", b"\r:") + mail,
    "cr_before": lambda mail, other: b"X: y\r\n\r" + other + mail,
    "nul": lambda mail, other: other.replace(b":", b"\x00:") + mail,
    "nul_before": lambda mail, other: b"\x00" + other + mail,
    "no_break_space": lambda mail, other: other.replace(b":", b"\xc2\xa0:") + mail,
    "mbox": lambda mail, other: other.replace(b"From:", b"From ") + mail,
    "quoted_mbox": lambda mail, other: b">" + other.replace(b"From:", b"From ") + mail,
    "sender": lambda mail, other: other.replace(b"From:", b"Sender:") + mail,
    "resent": lambda mail, other: other.replace(b"From:", b"Resent-From:") + mail,
    "behind_a_blank_line": lambda mail, other: b"\r\n" + other + mail,
    "behind_many_lines": lambda mail, other: other + b"X: y\r\n" * 2000 + mail,
    "behind_a_long_line": lambda mail, other: other + b"X: " + b"y" * (2 << 20) + b"\r\n" + mail,
}


@pytest.mark.parametrize("trick", SECOND_FROMS)
async def test_a_second_from_is_never_the_one_that_is_shown_beside_a_pass(trick):
    """Above what is signed or within; by who owns the domain, or by somebody else."""
    forged, own = SECOND_FROMS[trick], MAIL.replace(FORGED, OWN)
    for mail, author in [
        (forged(signed(), OWN), "hanako@corp.example"),
        (forged(signed_by_evil(own), FORGED), "mallory@evil.example"),
        (signed(forged(MAIL, OWN)), "hanako@corp.example"),
        (signed_by_evil(forged(own, FORGED)), "mallory@evil.example"),
        # A mail provider signs for all its users.
        (signed(forged(MAIL, b"From: Boss <boss@corp.example>\r\n")), "hanako@corp.example"),
        (forged(signed(), b"From: Boss <boss@corp.example>\r\n"), "hanako@corp.example"),
    ]:
        found = await checks(mail, both_zones())
        assert not any(one.result is Result.PASS for one in found) or shown(mail) == [author]


async def test_several_from_fields_are_no_pass_even_when_all_of_them_are_signed():
    mail = signed(OWN + MAIL, names="from:from:from:to:subject")
    assert await end(mail) == (Result.POLICY, "several_from")


# `d=` and `s=` of attackers whose own DNS answers for what some resolver makes of them
NAMES = [
    {"d": CORP, "s": "s1._domainkey.evil.example.\x00.any"},
    {"d": CORP, "s": "s1._domainkey.evil.example\\000"},
    {"d": CORP, "s": "s1._domainkey.evil.example."},
    {"d": CORP, "s": "s1._domainkey.evil.example/"},
    {"d": CORP, "s": "../s1"},
    {"d": CORP, "s": "*"},
    {"d": CORP, "s": "s1 s2"},
    {"d": CORP, "s": "s1%00"},
    {"d": CORP, "s": "-s1"},
    {"d": "corp.example\x00.evil.example"},
    {"d": "corp.example\\.evil.example"},
    {"d": "corp.example'a.evil.example"},
    {"d": 'corp.example"=(.evil.example'},
    {"d": "corp.example(.evil.example"},
    {"d": "corp.example, evil.example"},
    {"d": "corp.example evil.example"},
    {"d": "corp.example\r\n evil.example"},
    {"d": '"corp.example"'},
    {"d": "<corp.example>"},
    {"d": "@corp.example"},
    {"d": "mallory@corp.example"},
    {"d": "mallory+corp.example@evil.example"},
    {"d": "corp.example."},
    {"d": ".corp.example"},
    {"d": "corp..example"},
    {"d": "example"},
    {"d": "com"},
    {"d": "*.example"},
    {"d": "[192.0.2.1]"},
    {"d": ".".join(["corp"] * 60)},
]


@pytest.mark.parametrize("names", NAMES, ids=ascii)
async def test_a_name_that_is_none_is_neither_asked_for_nor_passed_on(names):
    names = {"s": "s1", "d": EVIL} | names
    mail = signers.sign(MAIL, names["d"], names["s"], signers.rsa_key(1))
    dns = both_zones()
    found = await checks(mail, dns)
    # Where a NUL or a line end within a field ends the field, there is no signature left.
    assert not any(one.result is Result.PASS for one in found)
    assert {one.domain for one in found} <= {"", CORP}
    assert dns.asked == []


@pytest.mark.parametrize(
    ("domain", "asked"),
    [
        ("corp.example.evil.example", "corp.example.evil.example"),
        ("notcorp.example", "notcorp.example"),
        ("corp-example.evil.example", "corp-example.evil.example"),
        ("_.evil.example", "_.evil.example"),
        ("cоrp.example", "xn--crp-sed.example"),  # the o is Cyrillic
        ("CORP.EVIL.example", "corp.evil.example"),
    ],
)
async def test_a_domain_that_looks_like_another_is_not_aligned(domain, asked):
    dns = signers.Zone().publish(asked, "s1", signers.rsa_key(1))
    (check,) = await checks(signed_by_evil(MAIL, d=domain), dns)
    assert (check.result, check.domain, check.aligned) == (Result.PASS, asked, False)
    assert not at_corp(check.domain)


@pytest.mark.parametrize("domain", ["ＣＯＲＰ．example", "corp\u200b.example"])
async def test_a_domain_that_another_is_mapped_to_has_to_have_signed_itself(domain):
    dns = both_zones()
    (check,) = await checks(signed_by_evil(MAIL, d=domain), dns)
    assert dns.asked == ["s1._domainkey.corp.example"]
    assert (check.result, check.detail) == (Result.FAIL, "signature")


async def test_an_identity_in_another_domain_is_no_pass():
    mail = signed_by_evil(MAIL, i="hanako@corp.example")
    assert await end(mail, both_zones()) == (Result.PERMERROR, "identity")


@pytest.mark.parametrize("length", ["0", "26"])
async def test_text_behind_the_signed_length_is_no_pass(length):
    mail = signed(l=length) + b"Pay to another account.\r\n"
    assert await end(mail) == (Result.POLICY, "partial_body")


async def test_a_from_that_is_not_signed_is_no_pass():
    mail = signed_by_evil(MAIL, names="to:subject:date")
    assert await end(mail, both_zones()) == (Result.PERMERROR, "from_unsigned")


@pytest.mark.parametrize(
    "field",
    [
        b"Subject: Pay at once\r\n",
        b"To: Bob <bob@other.example>\r\n",
        b"Date: Mon, 23 Nov 2026 12:00:00 +0000\r\n",
        b"message-id : <two@corp.example>\r\n",
    ],
)
async def test_a_second_field_above_the_signed_one_is_no_pass(field):
    assert await end(field + signed()) == (Result.POLICY, "unsigned_copy")
    oversigned = signed(names=f"{signers.NAMES}:from:subject:to:date:message-id")
    assert await end(oversigned) == (Result.PASS, "")
    assert await end(field + oversigned) == (Result.FAIL, "signature")


async def test_a_mail_that_has_a_field_twice_and_signs_both_passes():
    mail = signed(b"To: Bob <bob@other.example>\r\n" + MAIL, names="from:to:to:subject")
    assert await end(mail) == (Result.PASS, "")


async def test_another_mails_signature_does_not_fit():
    field = signed()[: -len(MAIL)]
    assert await end(field + MAIL.replace(b"here", b"there")) == (Result.FAIL, "body_hash")
    assert await end(field + MAIL.replace(b"Offer", b"Order")) == (Result.FAIL, "signature")


async def test_a_signature_by_a_key_of_another_domain_does_not_pass():
    mail = signers.sign(MAIL, CORP, "s1", signers.rsa_key(1))
    assert await end(mail, both_zones()) == (Result.FAIL, "signature")


async def test_an_unsigned_content_type_does_not_replace_the_signed_one():
    mail = signed(b"Content-Type: text/plain\r\n" + MAIL, names="from:content-type")
    assert await end(mail) == (Result.PASS, "")
    changed = b"Content-Type: text/html\r\n" + mail
    assert await end(changed) == (Result.POLICY, "unsigned_copy")
