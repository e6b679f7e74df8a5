"""Address lists: one address read wrong is mail on the wrong person's timeline."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dropbox.addresses import canonical
from dropbox.mail import addr_specs, mailboxes
from dropbox.mail.message import Mailbox


def pairs(*values: bytes) -> list[tuple[str, str]]:
    return [(box.name, box.email) for box in mailboxes.read(list(values)).mailboxes]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (b"bob@x.test", [("", "bob@x.test")]),
        (b"<bob@x.test>", [("", "bob@x.test")]),
        (b"Bob Smith <Bob@X.test>", [("Bob Smith", "bob@x.test")]),
        (b'"Smith, Bob" <bob@x.test>', [("Smith, Bob", "bob@x.test")]),
        (b'"a \\"b\\" c" <bob@x.test>', [('a "b" c', "bob@x.test")]),
        (b"bob@x.test (Bob)", [("Bob", "bob@x.test")]),
        (b"(one (two)) bob@x.test", [("one (two)", "bob@x.test")]),
        (b"Yamada, Taro <t@x.test>", [("Yamada, Taro", "t@x.test")]),
        (b"a@x.test,, b@x.test,", [("", "a@x.test"), ("", "b@x.test")]),
        (b"a@x.test; b@x.test", [("", "a@x.test"), ("", "b@x.test")]),
        (b"undisclosed-recipients:;", []),
        (
            b"Team: b@x.test, Carl <c@x.test>;, d@x.test",
            [("", "b@x.test"), ("Carl", "c@x.test"), ("", "d@x.test")],
        ),
        (b"<@relay.test,@other.test:bob@x.test>", [("", "bob@x.test")]),
        (b"bob @ x . test", [("", "bob@x.test")]),
        (b"Bob <bob (home) @ x.test>", [("Bob", "bob@x.test")]),
        (b"Bob bob@x.test", [("Bob", "bob@x.test")]),
        (b"A <a@x.test> B <b@x.test>", [("A", "a@x.test"), ("B", "b@x.test")]),
        (b'"a.b"@x.test', [("", "a.b@x.test")]),
        (b"Bob\\, B <b@x.test>", [("Bob, B", "b@x.test")]),
        (b"a\\,b@x.test", []),
        (b"bob@[192.0.2.1]", [("", "bob@[192.0.2.1]")]),
        (
            b"foo..bar@docomo.ne.jp, foo.@ezweb.ne.jp",
            [
                ("", "foo..bar@docomo.ne.jp"),
                ("", "foo.@ezweb.ne.jp"),
            ],
        ),
        ("用户@例え.jp".encode(), [("", "用户@xn--r8jz45g.jp")]),
        ("田中 <t@x.test>".encode(), [("田中", "t@x.test")]),
        ("田中　太郎 <t@x.test>".encode(), [("田中　太郎", "t@x.test")]),
        ("表示 <t@x.test>".encode("cp932"), [("表示", "t@x.test")]),
        ("山田 <t@x.test>".encode("iso-2022-jp"), [("山田", "t@x.test")]),
        (
            b"J. R. Smith Jr. <jr@x.test>, b@x.test <b@x.test>",
            [
                ("J. R. Smith Jr.", "jr@x.test"),
                ("b@x.test", "b@x.test"),
            ],
        ),
        (
            b'Bob <bob@y.test, carl@y.test, "x" <d@z.test>',
            [
                ("Bob", "bob@y.test"),
                ("", "carl@y.test"),
                ("x", "d@z.test"),
            ],
        ),
        (b"=?utf-8?Q?Doe=2C_Jane?= <j@x.test>", [("Doe, Jane", "j@x.test")]),
        (b"=?utf-8?Q?evil=40bad=3E=2C_=3Cx?= <j@x.test>", [("evil@bad>, <x", "j@x.test")]),
        (b'"=?utf-8?B?5bGx55Sw?=" <t@x.test>', [("山田", "t@x.test")]),
        (b'"=?utf-8?B?5bGx55Sw?=, =?utf-8?B?5aSq6YOO?=" <t@x.test>', [("山田, 太郎", "t@x.test")]),
        (b"=?utf-8?B?5bGx55Sw?=<t@x.test>", [("山田", "t@x.test")]),
        (b"a@x.test b@x.test c@x.test", [("", "a@x.test"), ("", "b@x.test"), ("", "c@x.test")]),
        (b"Bob b@x.test Carl c@x.test", [("Bob", "b@x.test"), ("Carl", "c@x.test")]),
        (b"<b@x.test> Bob", [("Bob", "b@x.test")]),
        (b"'b@x.test'", [("", "b@x.test")]),
        (b"<mailto:b@x.test>, Carl <SMTP:c@x.test>", [("", "b@x.test"), ("Carl", "c@x.test")]),
        (b"Bob B [b@x.test], Carl [SMTP:c@x.test]", [("Bob B", "b@x.test"), ("Carl", "c@x.test")]),
        (b'"Bob <b@x.test>", Carl <"c@x.test">', [("Bob", "b@x.test"), ("Carl", "c@x.test")]),
        (b"Bob <host.test b@x.test>", [("Bob", "b@x.test")]),
        (b"=?utf-8?Q?Bob_=3Cb=40x=2Etest=3E?=", [("Bob", "b@x.test")]),
        (b"=?utf-8?Q?b?=@x.test", [("", "b@x.test")]),
        ("山田＜t@x.test＞、b＠x.test".encode(), [("山田", "t@x.test"), ("", "b@x.test")]),
        ("山田 <t@x.test>、鈴木 <s@x.test>".encode(), [("山田", "t@x.test"), ("鈴木", "s@x.test")]),
    ],
)
def test_a_list_is_read_as_its_writer_meant_it(value, expected):
    assert pairs(value) == expected


def test_repeated_headers_are_united_and_each_address_stands_once_with_its_name():
    assert pairs(b"a@x.test, b@x.test", b"Anna <A@X.test>, c@x.test") == [
        ("Anna", "a@x.test"),
        ("", "b@x.test"),
        ("", "c@x.test"),
    ]


@pytest.mark.parametrize(
    "value",
    [
        b"no address here",
        b"a@b@x.test",
        b"<>",
        b"@x.test",
        b"bob@",
        b"bo\x00b@x.test",
        b"root",
        b"b@x..test",
        b"b@.test",
        b"=?utf-8?Q?a_b?=@x.test",
        "b@x＜.test".encode(),
    ],
)
def test_what_is_no_address_is_left_out(value):
    assert pairs(value) == []


@pytest.mark.parametrize(
    "value",
    [
        b"taro@x.test",
        b"Taro <taro@x.test>",
        b'"Taro, the Great" <taro@x.test>',
        b"=?utf-8?B?5bGx55Sw?= <taro@x.test>",
        b"taro@x.test (Taro)",
        b'"ceo@corp.example" <taro@x.test>',
        b"Yamada, Taro <taro@x.test>",
        b"taro@x.test <Taro@X.test>",
        b"'taro@x.test' <taro@x.test>",
        b"Taro < taro@x.test >",
        "山田 <taro@x.test>".encode("cp932"),
    ],
)
def test_one_clear_mailbox_is_the_author(value):
    author = mailboxes.author([value])
    assert author is not None
    assert author.email == "taro@x.test"


@pytest.mark.parametrize(
    "values",
    [
        [],
        [b""],
        [b"a@x.test", b"a@x.test"],
        [b"a@x.test, b@x.test"],
        [b"a@x.test, a@x.test"],
        [b"ceo@corp.example <evil@evil.example>"],
        [b"ceo@corp.example evil@evil.example"],
        [b"<ceo@corp.example> <evil@evil.example>"],
        [b"<ceo@corp.example> evil@evil.example"],
        [b"alice@example.org)bob@example.org"],
        [b"alice@example.org(bob@example.org"],
        [b"alice@example.org\\,bob@example.org"],
        [b"alice@example.org>, <bob@example.org"],
        [b"<alice@example.org"],
        [b"alice(x)@example.org"],
        [b"alice @example.org"],
        [b"<@relay.example:alice@example.org>"],
        [b"Team: alice@example.org;"],
        [b"alice@example.org;"],
        [b'"alice@example.org'],
        [b"alice@example.org@evil.example"],
        [b"alice@exam\x00ple.org"],
        [b"Bob alice@example.org"],
        [b"=?utf-8?Q?alice=40example.org?="],
        [b"=?utf-8?Q?alice?=@example.org"],
        [b"Alice <=?utf-8?Q?alice?=@example.org>"],
        [b"ceo@corp.example, <evil@evil.example>"],
        [b'"ceo@corp.example", evil@evil.example'],
        [b"ceo@corp.example@corp.example <evil@evil.example>"],
        [b"<alice@example.org>>"],
        [b"'alice@example.org'"],
        [b"<mailto:alice@example.org>"],
        [b'"alice@example.org"'],
        [b"Alice [alice@example.org]"],
        ["alice＠example.org".encode()],
        ["Alice ＜alice@example.org＞".encode()],
        ["é@example.org".encode("latin-1")],
        [b"x" * 70_000 + b" <alice@example.org>"],
    ],
)
def test_any_doubt_about_from_leaves_no_author(values):
    assert mailboxes.author(values) is None


def test_a_name_that_is_only_the_address_again_gives_way_to_a_real_one():
    assert pairs(b"a@x.test <a@x.test>", b"Anna <a@x.test>") == [("Anna", "a@x.test")]


def test_addresses_are_looked_for_in_strange_places_only_so_often():
    listed = mailboxes.read([b", ".join(b"[a%d@x.test]" % number for number in range(300))])
    assert len(listed.mailboxes) == mailboxes.MAX_RESCUES


def test_one_odd_address_does_not_make_the_others_dear():
    odd = b"Bob <b (home) @ x.test>, "
    listed = mailboxes.read_one((odd + b", ".join(b"a%d@x.test" % n for n in range(900))).decode())
    assert len(listed.mailboxes) == 901
    assert listed.notes == ()


def test_so_many_addresses_are_read_and_the_rest_is_noted():
    listed = mailboxes.read([b", ".join(b"a%d@x.test" % n for n in range(3_000))])
    assert len(listed.mailboxes) == mailboxes.MAX_MAILBOXES
    assert listed.notes == ("addresses_capped",)
    two = [
        b", ".join(b"%s%d@x.test" % (letter, n) for n in range(1_500)) for letter in (b"a", b"b")
    ]
    assert len(mailboxes.read(two).mailboxes) == mailboxes.MAX_MAILBOXES


def test_of_very_many_people_the_first_keep_their_names():
    listed = mailboxes.read([b", ".join(b"A%d <a%d@x.test>" % (n, n) for n in range(2_000))])
    assert listed.mailboxes[0].name == "A0"
    assert listed.mailboxes[mailboxes.MAX_NAMED].name == ""
    assert (len(listed.mailboxes), listed.notes) == (2_000, ())


def test_an_address_too_long_for_any_mailbox_is_left_out():
    listed = mailboxes.read([b"a" * 400 + b"@x.test, b@x.test"])
    assert [box.email for box in listed.mailboxes] == ["b@x.test"]
    assert listed.notes == ("address_unreadable",)


atoms = st.text("abcXY.-+_1é山", min_size=1, max_size=8)
names = st.sampled_from(["", "Bob ", '"B, b" ', "山田 太郎 ", "=?utf-8?Q?a=2C?= "])


@given(st.lists(st.tuples(names, atoms), min_size=1, max_size=6))
def test_the_fast_and_the_careful_way_read_the_same(entries):
    listed = [f"{name}<{local}@x.test>" for name, local in entries]
    quick = mailboxes.read_one(", ".join(listed))
    reader, text, at = mailboxes._Reader(limit=100, tokens=4_000), ", ".join(listed), 0
    while at < len(text):
        at = reader.scan(text, at)
    reader.end()
    assert quick.mailboxes == tuple(reader.mailboxes)
    assert quick.clear == reader.clear


@given(st.text("aZ0.-_+@[]\t é<\ufffd", max_size=20))
def test_an_address_told_at_a_glance_is_one_by_every_rule(email):
    quick = addr_specs.usable(email)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(addr_specs, "_ORDINARY", re.compile(r"(?!)"))
        assert addr_specs.usable(email) == quick


@given(st.lists(st.builds(Mailbox, st.from_regex(r"[a-z]{1,6}@[a-z]{1,5}\.test", fullmatch=True))))
def test_plain_addresses_come_back_in_order(boxes):
    expected = list(dict.fromkeys(box.email for box in boxes))
    value = ", ".join(box.email for box in boxes).encode()
    assert [box.email for box in mailboxes.read([value]).mailboxes] == expected


signs = st.lists(
    st.sampled_from(
        [*'"(),:;<>@[]\\. ', "a", "b.test", "a@b.test", "=?utf-8?Q?=2C?=", "\t", "\x00", "é", "山"]
    ),
    max_size=40,
).map("".join)


@given(signs)
@example('"a\\')
@example("(" * 50 + ")")
def test_every_address_that_is_read_is_whole_and_canonical(text):
    for box in mailboxes.read_one(text).mailboxes:
        local, at, domain = box.email.rpartition("@")
        assert local
        assert at
        assert domain
        assert box.email == canonical(box.email)
        assert not set(" \t\x00\r\n") & set(domain)


@given(signs)
def test_a_clear_author_is_the_only_address_in_its_header(text):
    author = mailboxes.author([text.encode()])
    if author is not None:
        listed = mailboxes.read_one(text)
        assert [box.email for box in listed.mailboxes] == [author.email]
        outside = text.replace('"', "")
        assert outside.count("<") <= 1 or '"' in text or "(" in text


@pytest.mark.parametrize(
    ("word", "name"),
    [
        ("=?utf-8?Q?Taro_(Sales)?=", "Taro (Sales)"),
        ("=?utf-8?Q?Yamada,_Taro?=", "Yamada, Taro"),
        ("=?utf-8?Q?Yamada:_Taro;?=", "Yamada: Taro;"),
        ("=?utf-8?Q?[Sales]_Taro?= =?utf-8?Q?_(A,_B)?=", "[Sales] Taro (A, B)"),
    ],
)
def test_an_encoded_word_may_hold_the_signs_of_the_syntax(word, name):
    value = f"{word} <t@x.test>, u@x.test".encode()
    assert mailboxes.read([value]).mailboxes == (Mailbox("t@x.test", name), Mailbox("u@x.test"))
    assert mailboxes.author([f"{word} <t@x.test>".encode()]) == Mailbox("t@x.test", name)


def test_an_address_in_an_encoded_word_still_leaves_a_doubt():
    assert mailboxes.author([b"=?utf-8?Q?ceo@corp.test?= <evil@evil.test>"]) is None
    assert mailboxes.author([b"=?utf-8?Q?a,?= <t@x.test>, =?utf-8?Q?b?= <u@x.test>"]) is None
