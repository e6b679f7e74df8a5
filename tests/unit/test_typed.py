import pytest

from storage import typed
from storage.errors import Refused


@pytest.mark.parametrize(
    ("written", "stored"),
    [
        (" Hanako@Corp.Example ", "hanako@corp.example"),
        ("a+b@x.co.jp", "a+b@x.co.jp"),
        ("山田@例え.jp", "山田@xn--r8jz45g.jp"),
        # A closed network.
        ("it@corp.local", "it@corp.local"),
        ("it@mail.test", "it@mail.test"),
        # Seen in practice: carriers gave these out.
        ("foo..bar@docomo.ne.jp", "foo..bar@docomo.ne.jp"),
        ("foo.@ezweb.ne.jp", "foo.@ezweb.ne.jp"),
        (".foo@t.vodafone.ne.jp", ".foo@t.vodafone.ne.jp"),
    ],
)
def test_an_address_is_stored_in_its_canonical_form(written, stored):
    assert typed.email(written) == stored


@pytest.mark.parametrize(
    "written",
    [
        "", "hanako", "@corp.example", "hanako@", "a@b@c.example", "a b@corp.example",
        "hanako@localhost", "hanako@corp..example", "<hanako@corp.example>",
        "Hanako <hanako@corp.example>", "hanako@[192.0.2.1]", "foo..bar@corp.example",
        "hanako@corp.example\nBcc: x@y.example", "a@corp.example,b@c.example",
        "hanako@-corp.example", "\ud800@corp.example", "a\0@docomo.ne.jp", "x" * 400 + "@c.example",
    ],
)  # fmt: skip
def test_what_is_no_address_is_refused_in_one_short_line(written):
    with pytest.raises(Refused) as caught:
        typed.email(written)
    text = str(caught.value)
    assert "is not an e-mail address" in text
    assert text.isprintable()
    assert len(text) < 250


@pytest.mark.parametrize(
    ("written", "stored"),
    [
        ("Example.COM", "example.com"),
        ("*.Example.COM", "*.example.com"),
        ("Legal@Example.com", "legal@example.com"),
        ("例え.jp", "xn--r8jz45g.jp"),
        ("*.例え.jp", "*.xn--r8jz45g.jp"),
    ],
)
def test_a_pattern_is_an_address_a_domain_or_its_subdomains(written, stored):
    assert typed.pattern(written) == stored


@pytest.mark.parametrize(
    "written", ["", "*", "*.", "com", "*.com", "a.*.com", "*@corp.example", "*.*.corp.example",
                "corp example.com", "@corp.example", "10.0.0.1", "corp..example"],
)  # fmt: skip
def test_what_covers_too_much_or_nothing_is_no_pattern(written):
    with pytest.raises(Refused):
        typed.pattern(written)


@pytest.mark.parametrize("domain", ["gmail.com", "*.ocn.ne.jp", "docomo.ne.jp", "cello.ocn.ne.jp"])
def test_a_domain_where_anybody_may_be_is_not_internal(domain):
    with pytest.raises(Refused, match="free-mail"):
        typed.internal(domain)


def test_an_address_at_such_a_domain_may_be_internal():
    assert typed.internal("president@gmail.com") == "president@gmail.com"
    assert typed.internal("corp.example") == "corp.example"


def test_a_name_is_on_one_line_and_not_empty():
    assert typed.name("  山田\n 花子 ") == "山田 花子"
    for wrong in ("", " \n", "a\x1b[31m", "x" * 201):
        with pytest.raises(Refused):
            typed.name(wrong)


def test_a_time_zone_is_one_that_exists():
    assert typed.timezone("asia/tokyo") == "Asia/Tokyo"
    for wrong in ("Tokyo", "", "../etc/passwd", "JST-9"):
        with pytest.raises(Refused, match="time zone"):
            typed.timezone(wrong)
