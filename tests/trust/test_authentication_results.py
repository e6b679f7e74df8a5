"""Authentication-Results: read in full, or not at all; heard only from whom the settings trust."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dropbox.content import InMemory
from dropbox.trust import testimony
from dropbox.trust.authentication_results import MAX_BYTES, MAX_RESULTS, parse
from dropbox.trust.dkim import prepare
from dropbox.trust.verdict import Check, Result

MX = "mx.corp.example"


def read(text):
    found = parse(text.encode())
    if found is None:
        return None
    return found.authserv_id, [
        (one.method, str(one.result), one.properties) for one in found.results
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("mx; none", ("mx", [])),
        ("mx", ("mx", [])),
        ("MX.Corp.Example 1; none", (MX, [])),
        ('"mx (1)"; spf=pass', ("mx (1)", [("spf", "pass", {})])),
        ("mx; spf=pass;", ("mx", [("spf", "pass", {})])),
        ("mx; SPF/1 = Pass ; dkim=FAIL", ("mx", [("spf", "pass", {}), ("dkim", "fail", {})])),
        (
            "mx (edge (of (ours)) \\)); dmarc=pass (p=reject; dis=none) header.from=Corp.Example",
            ("mx", [("dmarc", "pass", {"header.from": "Corp.Example"})]),
        ),
        (
            'mx; dkim=fail reason="bad; dkim=pass header.d=x" header.d = a.example (x) a.b=b+=',
            (
                "mx",
                [
                    (
                        "dkim",
                        "fail",
                        {
                            "reason": "bad; dkim=pass header.d=x",
                            "header.d": "a.example",
                            "a.b": "b+=",
                        },
                    )
                ],
            ),
        ),
        (
            "mx; spf=pass smtp.mailfrom=SRS0=a1=b2=x.example=ann@fwd.example smtp.helo=",
            (
                "mx",
                [
                    (
                        "spf",
                        "pass",
                        {
                            "smtp.mailfrom": "SRS0=a1=b2=x.example=ann@fwd.example",
                            "smtp.helo": "",
                        },
                    )
                ],
            ),
        ),
        (
            'mx; spf=pass smtp.mailfrom="a; dmarc=pass"@x.example',
            ("mx", [("spf", "pass", {"smtp.mailfrom": "a; dmarc=pass@x.example"})]),
        ),
        ("mx; spf=pass a.b=1 a.b=2", ("mx", [("spf", "pass", {"a.b": "1"})])),
        ("mx; spf=bestguesspass; 1x=pass; x", ("mx", [])),
        # Broken, so nothing of it is believed
        ("", None),
        (";", None),
        ("; spf=pass", None),
        ("mx=1; spf=pass", None),
        ("mx 2; spf=pass", None),
        ("mx 1 1; spf=pass", None),
        ("mx; spf=pass (no end; dmarc=pass", None),
        ("mx; spf=pass smtp.mailfrom=any@evil.example(.corp.example; dmarc=pass", None),
        ('mx; spf=pass reason="no end; dmarc=pass', None),
        ("mx; =pass", None),
        ("mx; spf==pass", ("mx", [])),
        ("mx; spf=pass ) dmarc=pass", None),
        ("mx; spf=pass \\; dmarc=pass", None),
    ],
)
def test_a_header_is_read_in_full_or_not_at_all(text, expected):
    assert read(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "mx; " + "spf=pass; " * 3000,
        "mx; spf=pass " + "(" * 30_000,
        "mx; spf=pass " + "()" * 15_000,
        "mx; spf=pass " + '"' * 30_000,
        "mx; spf=pass " + "a" * 30_000,
        "mx; spf=pass " + "a.b=c " * 5_000,
        "mx; spf=pass x=" + "\\" * 30_000,
        "mx; spf=pass (" + "\\" * 30_000,
        "mx" + " " * 30_000 + ";",
        "mx; none" + "x" * MAX_BYTES,
    ],
    ids=range(10),
)
def test_the_longest_headers_are_read_at_once_and_kept_in_bounds(text):
    found = parse(text)
    assert found is None or len(found.results) <= MAX_RESULTS


@given(st.one_of(st.text(max_size=60), st.binary(max_size=60), st.text('mx;=() "\\spf.a/1')))
def test_any_header_at_all_is_some_results_or_none(value):
    parse(value)
    if isinstance(value, str):
        parse("mx; " + value)


# Who is heard


def heard(*values, ids=(MX,)):
    block = "".join(f"Authentication-Results: {value}\r\n" for value in values)
    block = f"Received: from a by b\r\n{block}From: ann@corp.example\r\n\r\n"
    return testimony.spoken(prepare(InMemory(block.encode())).header, frozenset(ids))


def said(*values, author="corp.example", **more):
    def aligned(domain):
        return domain in {author, f"mail.{author}"}

    return testimony.checks(heard(*values, **more), author, aligned)


DMARC = f"{MX}; dmarc=pass header.from=corp.example"


def test_only_names_that_the_settings_trust_are_heard():
    assert testimony.dmarc_passes(said(DMARC))
    assert said(DMARC, ids=("mx2.corp.example",)) == ()
    assert said(DMARC.replace("mx.", "MX.")) == said(DMARC)
    assert said(DMARC.replace(MX, f"{MX}.evil.example")) == ()
    assert said(DMARC.replace(MX, f"evil{MX}")) == ()


def test_of_a_method_the_topmost_header_alone_is_heard():
    fails = DMARC.replace("pass", "fail")
    assert not testimony.dmarc_passes(said(fails, DMARC))
    assert testimony.dmarc_passes(said(DMARC, fails))
    with_spf = said(f"{MX}; spf=fail smtp.mailfrom=x.example", DMARC)
    assert [one.method for one in with_spf] == ["spf", "dmarc"]


def test_results_that_differ_within_a_header_are_not_believed():
    assert not testimony.dmarc_passes(said(f"{DMARC}; dmarc=fail header.from=corp.example"))


@pytest.mark.parametrize(
    "domain", ["evil.example", "mail.corp.example", "corp.example.evil.example", ""]
)
def test_dmarc_has_to_pass_for_the_author_of_this_mail(domain):
    (check,) = said(f"{MX}; dmarc=pass header.from={domain}")
    assert not check.aligned
    assert not testimony.dmarc_passes((check,))


def test_results_become_checks_with_the_domain_they_speak_for():
    found = said(
        f"{MX}; dkim=pass header.d=Mail.Corp.Example; dkim=pass header.i=@evil.example; "
        "spf=softfail smtp.mailfrom=ann@corp.example; arc=none; iprev=pass; "
        "dmarc=pass header.from=CORP.example."
    )
    assert found == (
        Check("dkim", Result.PASS, "mail.corp.example", "", True, MX),
        Check("dkim", Result.PASS, "evil.example", "", False, MX),
        Check("spf", Result.SOFTFAIL, "corp.example", "", True, MX),
        Check("arc", Result.NONE, "", "", False, MX),
        Check("dmarc", Result.PASS, "corp.example", "", True, MX),
    )


@pytest.mark.parametrize(
    ("header", "mail_from", "passes"),
    [
        ("spf=pass smtp.mailfrom=Ann@corp.example", "ann@Corp.Example", True),
        ("spf=pass smtp.mailfrom=<ann@corp.example>", "ann@corp.example", True),
        ("spf=pass smtp.mailfrom=corp.example", "ann@corp.example", True),
        ("spf=pass smtp.mailfrom=bob@corp.example", "ann@corp.example", False),
        ("spf=fail smtp.mailfrom=ann@corp.example", "ann@corp.example", False),
        ("spf=pass smtp.helo=corp.example", "ann@corp.example", False),
        ("spf=pass smtp.mailfrom=", "", False),
        ("dkim=pass smtp.mailfrom=ann@corp.example", "ann@corp.example", False),
    ],
)
def test_mail_from_passes_where_the_header_speaks_of_the_same(header, mail_from, passes):
    assert testimony.mail_from_passes(heard(f"{MX}; {header}"), mail_from) is passes


def test_headers_far_down_are_not_looked_at():
    assert heard("x" * 32_000, DMARC)
    assert not heard("x" * 32_000, "x" * 800, DMARC)
    assert heard(*["other; none"] * 1000, DMARC)
