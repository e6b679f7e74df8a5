"""SPF, case by case: what a domain publishes, who sends, and how RFC 7208 says it ends."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from zones import DOWN, Zone

from dropbox.trust import spf
from dropbox.trust.spf_record import MAX_RECORD_BYTES
from dropbox.trust.verdict import Check, Result

PEER = "192.0.2.7"
PEER6 = "2001:db8::7"


async def checked(zone, peer=PEER, mail_from="ann@corp.example", helo="mx.corp.example"):
    if not isinstance(zone, Zone):
        zone = Zone(zone)
    return await spf.check(peer, helo, mail_from, zone)


async def ended(record, peer=PEER, mail_from="ann@corp.example", **more):
    """How it ends when corp.example publishes `record`, and other names what `more` says."""
    names = {name.replace("_", "."): records for name, records in more.items()}
    found = await checked({"corp.example": {"TXT": record}} | names, peer, mail_from)
    return str(found.result), found.detail


RECORDS = [
    # all, and which directive decides
    ("v=spf1 -all", "fail"),
    ("v=spf1 ~all", "softfail"),
    ("v=spf1 ?all", "neutral"),
    ("v=spf1 +all", "pass"),
    ("v=spf1 all", "pass"),
    ("v=spf1", "neutral"),
    ("V=SpF1 -ALL", "fail"),
    ("v=spf1   ~all  -all ", "softfail"),
    ("v=spf1 -all redirect=nobody.example", "fail"),
    # addresses
    ("v=spf1 ip4:192.0.2.7 -all", "pass"),
    ("v=spf1 ip4:192.0.2.8 -all", "fail"),
    ("v=spf1 ip4:192.0.2.0/29 -all", "pass"),
    ("v=spf1 ip4:192.0.2.15/29 -all", "fail"),
    ("v=spf1 ip4:10.0.0.0/0 -all", "pass"),
    ("v=spf1 IP4:192.0.2.7 -all", "pass"),
    ("v=spf1 ip6:::ffff:192.0.2.7 -all", "fail"),
    ("v=spf1 ip6:::/0 -all", "fail"),
    ("v=spf1 -ip4:192.0.2.7 +all", "fail"),
    # modifiers that nobody knows, and explanations
    ("v=spf1 moo=%{d} ip4:192.0.2.7 x.y-z_1=", "pass"),
    ("v=spf1 exp=why.%{d} ip4:192.0.2.7", "pass"),
    ("v=spf1 moo=%{c}%{r}%{t}%%%_%- ip4:192.0.2.7", "pass"),
]

BROKEN = [
    "v=spf1 moo -all",
    "v=spf1 all.",
    "v=spf1 -all/8",
    "v=spf1 -all:corp.example",
    "v=spf1 ip4 -all",
    "v=spf1 ip4: -all",
    "v=spf1 ip4:192.0.2 -all",
    "v=spf1 ip4:192.0.2.007 -all",
    "v=spf1 ip4:192.0.2.7/33 -all",
    "v=spf1 ip4:192.0.2.7/032 -all",
    "v=spf1 ip4:192.0.2.7/ -all",
    "v=spf1 ip4:192.0.2.7//32 -all",
    "v=spf1 ip4:192.0.2.7:25 -all",
    "v=spf1 ip4/24 -all",
    "v=spf1 ip4:::1 -all",
    "v=spf1 ip6:192.0.2.7 -all",
    "v=spf1 ip6:2001:db8::7/129 -all",
    "v=spf1 ip6:2001:db8::7%eth0 -all",
    "v=spf1 a:192.0.2.7 -all",
    "v=spf1 a:corp.example:25 -all",
    "v=spf1 a: -all",
    "v=spf1 a:/24 -all",
    "v=spf1 a/33 -all",
    "v=spf1 a//129 -all",
    "v=spf1 a/024 -all",
    "v=spf1 a/ -all",
    "v=spf1 a:corp.example/24/64 -all",
    "v=spf1 a=corp.example a:abc.123 -all",
    "v=spf1 a:museum -all",
    "v=spf1 a:corp.-example -all",
    "v=spf1 a:corp.example- -all",
    "v=spf1 a:%{d} a:corp..-",
    "v=spf1 mx:%{x} -all",
    "v=spf1 mx:%{c}.corp.example -all",
    "v=spf1 exists:%{d0} -all",
    "v=spf1 exists:%{d -all",
    "v=spf1 exists:%(d).example -all",
    "v=spf1 exists:%{i}x -all",
    "v=spf1 exists -all",
    "v=spf1 exists:%",
    "v=spf1 include -all",
    "v=spf1 include: -all",
    "v=spf1 include/24 -all",
    "v=spf1 ptr/24 -all",
    "v=spf1 ptr: -all",
    "v=spf1 redirect= -all",
    "v=spf1 redirect=a.example redirect=b.example",
    "v=spf1 exp=a.example exp=b.example -all",
    "v=spf1 exp= -all",
    "v=spf1 -redirect=a.example",
    "v=spf1 1x=y -all",
    "v=spf1 ip4:192.0.2.7\t-all",
    "v=spf1 ip4:192.0.2.7 \ufeff-all",
    "v=spf1 ip4:192.0.2.7\n -all",
    "v=spf1 moo=%{z} -all",
    "v=spf1 moo=%x -all",
]


@pytest.mark.parametrize(("record", "result"), RECORDS)
async def test_a_record_ends_with_its_first_directive_that_matches(record, result):
    assert (await ended(record))[0] == result


@pytest.mark.parametrize("record", BROKEN)
async def test_an_error_anywhere_in_a_record_is_a_permerror_even_behind_a_match(record):
    first, _, rest = record.partition(" ")
    assert (await ended(f"{first} ip4:{PEER} {rest}"))[0] == "permerror"
    assert (await ended(record))[0] == "permerror"


@pytest.mark.parametrize(
    ("texts", "result"),
    [
        ((), "none"),
        (("hello", "google-site-verification=x"), "none"),
        (("v=spf10 -all",), "none"),
        (("v=spf1-all",), "none"),
        (("v=spf1 -all", "v=spf1 +all"), "permerror"),
        (("v=spf1 -all", "V=SPF1 -all"), "permerror"),
        (("v=spf1 -all", "v=spf10 +all", "v=spf2.0/pra +all", b"\xff"), "fail"),
    ],
)
async def test_there_is_one_record_or_none_that_counts(texts, result):
    assert (await ended(texts))[0] == result


@pytest.mark.parametrize(
    ("sender", "helo", "domain", "result"),
    [
        ("ann@corp.example", "x", "corp.example", "fail"),
        ("ann@CORP.Example.", "x", "corp.example", "fail"),
        ("@corp.example", "x", "corp.example", "fail"),
        ('"a@b"@corp.example', "x", "corp.example", "fail"),
        ("", "corp.example", "corp.example", "fail"),
        ("", "mx1", "mx1", "none"),
        ("", "", "", "none"),
        ("", "[192.0.2.7]", "[192.0.2.7]", "none"),
        ("ann", "corp.example", "", "none"),
        ("ann@[192.0.2.7]", "x", "[192.0.2.7]", "none"),
        ("ann@corp..example", "x", "corp..example", "none"),
        ("ann@localhost", "x", "localhost", "none"),
        (f"ann@{'a' * 63}.example", "x", f"{'a' * 63}.example", "none"),
        (f"ann@{'a' * 64}.example", "x", f"{'a' * 64}.example", "none"),
        (f"ann@{'a.' * 130}example", "x", f"{'a.' * 130}example", "none"),
        ("ann@bücher.example", "x", "xn--bcher-kva.example", "softfail"),
    ],
)
async def test_the_domain_that_is_checked_is_of_mail_from_else_of_helo(
    sender, helo, domain, result
):
    zone = Zone(
        {
            "corp.example": {"TXT": "v=spf1 -all"},
            "xn--bcher-kva.example": {"TXT": "v=spf1 ~all"},
        }
    )
    assert await spf.check(PEER, helo, sender, zone) == Check("spf", Result(result), domain)


async def test_helo_is_checked_by_itself_too():
    zone = Zone({"mx.corp.example": {"TXT": "v=spf1 exists:%{l}.%{h}", "A": ()}})
    assert (await spf.check_helo(PEER, "MX.corp.example", zone)).result is Result.NEUTRAL
    assert zone.asked[-1] == ("postmaster.MX.corp.example", "A")


@pytest.mark.parametrize("peer", ["", "unix", "192.0.2.256", "fe80::1%eth0", "a\0b"])
async def test_without_an_address_of_the_peer_there_is_nothing_to_check(peer):
    assert (await ended("v=spf1 +all", peer))[0] == "none"


async def test_an_ipv4_address_in_ipv6_form_is_ipv4():
    assert (await ended("v=spf1 ip4:192.0.2.7 -all", "::ffff:192.0.2.7"))[0] == "pass"


@pytest.mark.parametrize(
    ("record", "peer", "result"),
    [
        ("v=spf1 a -all", PEER, "pass"),
        ("v=spf1 a -all", "192.0.2.6", "fail"),
        ("v=spf1 a/24 -all", "192.0.2.6", "pass"),
        ("v=spf1 a/24//96 -all", "192.0.2.6", "pass"),
        ("v=spf1 a//96 -all", "192.0.2.6", "fail"),
        ("v=spf1 a/0 -all", "198.51.100.1", "pass"),
        ("v=spf1 a -all", PEER6, "pass"),
        ("v=spf1 a//64 -all", "2001:db8::ffff", "pass"),
        ("v=spf1 a/24 -all", "2001:db8::ffff", "fail"),
        ("v=spf1 a:nobody.example/0 -all", PEER, "fail"),
        ("v=spf1 a:only4.example/0//0 -all", PEER6, "fail"),
        ("v=spf1 A:Corp.Example. -all", PEER, "pass"),
        ("v=spf1 mx -all", "192.0.2.25", "pass"),
        ("v=spf1 mx -all", PEER, "fail"),
        ("v=spf1 mx/24 -all", PEER, "pass"),
        ("v=spf1 mx//64 -all", "2001:db8:25::1", "pass"),
        ("v=spf1 mx:only4.example -all", "192.0.2.4", "fail"),
        ("v=spf1 exists:there.example -all", PEER, "pass"),
        ("v=spf1 exists:there.example -all", PEER6, "pass"),
        ("v=spf1 exists:only6.example -all", PEER6, "fail"),
        ("v=spf1 exists:nobody.example -all", PEER, "fail"),
    ],
)
async def test_a_mx_and_exists_look_names_up(record, peer, result):
    found = await checked(
        {
            "corp.example": {
                "TXT": record,
                "A": ("198.51.100.9", PEER),
                "AAAA": PEER6,
                "MX": ("mx1.corp.example", "mx2.corp.example"),
            },
            "mx1.corp.example": {"A": "198.51.100.25", "AAAA": "2001:db8:25::25"},
            "mx2.corp.example": {"A": "192.0.2.25"},
            "only4.example": {"A": "192.0.2.4"},
            "only6.example": {"AAAA": PEER6},
            "there.example": {"A": "127.0.0.2"},
        },
        peer,
    )
    assert str(found.result) == result


@pytest.mark.parametrize(
    ("names", "record", "result"),
    [
        ("mail.corp.example", "v=spf1 ptr -all", "pass"),
        ("corp.example", "v=spf1 ptr -all", "pass"),
        ("MAIL.Corp.Example.", "v=spf1 ptr:CORP.example -all", "pass"),
        ("mail.evilcorp.example", "v=spf1 ptr -all", "fail"),
        ("liar.corp.example", "v=spf1 ptr -all", "fail"),
        ("down.corp.example", "v=spf1 ptr -all", "fail"),
        ((), "v=spf1 ptr -all", "fail"),
        (DOWN, "v=spf1 ptr -all", "fail"),
        (("liar.corp.example", "mail.corp.example"), "v=spf1 ptr -all", "pass"),
        ((*["liar.corp.example"] * 10, "mail.corp.example"), "v=spf1 ptr -all", "fail"),
    ],
)
async def test_ptr_wants_a_name_that_leads_back(names, record, result):
    here = {"A": PEER}
    found = await checked(
        {
            PEER: {"PTR": names},
            "corp.example": {"TXT": record} | here,
            "mail.corp.example": here,
            "mail.evilcorp.example": here,
            "liar.corp.example": {"A": "198.51.100.1"},
            "down.corp.example": DOWN,
        }
    )
    assert str(found.result) == result


@pytest.mark.parametrize(
    ("included", "result"),
    [
        ("v=spf1 +all", "pass"),
        ("v=spf1 -all", "softfail"),
        ("v=spf1 ~all", "softfail"),
        ("v=spf1 ?all", "softfail"),
        ("v=spf1 moo", "permerror"),
        ("nothing", "permerror"),
        (DOWN, "temperror"),
    ],
)
async def test_include_matches_what_passes_there(included, result):
    found = await ended("v=spf1 -include:other.example ~all", other_example={"TXT": included})
    assert found[0] == {"pass": "fail"}.get(result, result)


@pytest.mark.parametrize(
    ("target", "result"),
    [
        ("v=spf1 -all", "fail"),
        ("v=spf1 ip4:192.0.2.7 -all", "pass"),
        ("v=spf1", "neutral"),
        ("v=spf1 moo", "permerror"),
        ("nothing", "permerror"),
        (DOWN, "temperror"),
    ],
)
async def test_redirect_takes_the_other_record_in_place_of_this(target, result):
    found = await ended(
        "v=spf1 ?ip4:10.0.0.1 redirect=other.example", other_example={"TXT": target}
    )
    assert found[0] == result


async def test_a_redirect_is_asked_only_when_nothing_matched():
    assert (await ended("v=spf1 redirect=nobody.example ?ip4:192.0.2.7"))[0] == "neutral"


async def test_in_a_redirected_record_the_domain_is_the_other_one():
    zone = Zone(
        {
            "corp.example": {"TXT": "v=spf1 redirect=other.example"},
            "other.example": {"TXT": "v=spf1 exists:%{d}.%{o}.check.example -all"},
            "other.example.corp.example.check.example": {"A": "127.0.0.2"},
        }
    )
    assert (await checked(zone)).result is Result.PASS


MACROS = [
    ("%{s}.x.example", "ann.lee+crm@mail.corp.example.x.example"),
    ("%{l}.x.example", "ann.lee+crm.x.example"),
    ("%{o}.x.example", "mail.corp.example.x.example"),
    ("%{d}.x.example", "mail.corp.example.x.example"),
    ("%{d2}.x.example", "corp.example.x.example"),
    ("%{d9}.x.example", "mail.corp.example.x.example"),
    ("%{d0999999999999}.x.example", "mail.corp.example.x.example"),
    ("%{dr}.x.example", "example.corp.mail.x.example"),
    ("%{d2r}.x.example", "corp.mail.x.example"),
    ("%{D}", "mail.corp.example"),
    ("%{l-}.x.example", "ann.lee+crm.x.example"),
    ("%{lr+}.x.example", "crm.ann.lee.x.example"),
    ("%{l1r+.}.x.example", "ann.x.example"),
    ("%{l2.+}.x.example", "lee.crm.x.example"),
    ("%{S}.x.example", "ann.lee%2Bcrm%40mail.corp.example.x.example"),
    ("%{i}.%{v}.x.example", "192.0.2.7.in-addr.x.example"),
    ("%{ir}.%{v}._spf.x.example", "7.2.0.192.in-addr._spf.x.example"),
    ("%{h}.x.example", "mx.corp.example.x.example"),
    ("%{p}.x.example", "out.mail.corp.example.x.example"),
    ("a%%b%_c%-d.x.example", "a%b c%20d.x.example"),
    ("%{d}%%", "mail.corp.example%"),
    ("x.example.", "x.example"),
]


@pytest.mark.parametrize(("target", "name"), MACROS)
async def test_macros_stand_for_what_is_known_of_the_mail(target, name):
    zone = Zone(
        {
            "mail.corp.example": {"TXT": f"v=spf1 exists:{target} -all"},
            PEER: {"PTR": ("other.example", "out.mail.corp.example")},
            "other.example": {"A": PEER},
            "out.mail.corp.example": {"A": PEER},
        }
    )
    await spf.check(PEER, "mx.corp.example", "ann.lee+crm@mail.corp.example", zone)
    assert zone.asked[-1] == (name, "A")


async def test_an_ipv6_address_is_32_nibbles():
    zone = Zone({"corp.example": {"TXT": "v=spf1 exists:%{ir}.%{v}.x.example -all"}})
    await checked(zone, "2001:db8::cb01")
    nibbles = "1.0.b.c.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2"
    assert zone.asked[-1] == (f"{nibbles}.ip6.x.example", "A")


@pytest.mark.parametrize(
    ("names", "value"),
    [
        ((), "unknown"),
        (DOWN, "unknown"),
        ("liar.example", "unknown"),
        (("other.example", "corp.example", "a.corp.example"), "corp.example"),
        (("other.example", "a.corp.example"), "a.corp.example"),
        (("liar.example", "other.example"), "other.example"),
    ],
)
async def test_the_name_of_the_peer_is_the_nearest_that_leads_back(names, value):
    here = {"A": PEER}
    zone = Zone(
        {
            "corp.example": {"TXT": "v=spf1 exists:%{p}.x.example -all"} | here,
            PEER: {"PTR": names},
            "other.example": here,
            "a.corp.example": here,
        }
    )
    await checked(zone)
    assert zone.asked[-1] == (f"{value}.x.example", "A")


async def test_of_a_name_that_is_too_long_whole_labels_go_from_the_left():
    zone = Zone({"corp.example": {"TXT": "v=spf1 exists:%{l}.%{l}.x.example -all"}})
    local = ".".join(["abcdefg"] * 25)
    await checked(zone, mail_from=f"{local}@corp.example")
    name, _ = zone.asked[-1]
    assert len(name) <= 253
    assert name == f"{'abcdefg.' * 30}x.example"


@pytest.mark.parametrize(
    "local", ["a..b", "é", "a b", "a" * 64, "\udcff", "\0", "日本", "a.b.c.d@e", ".", "(;)"]
)
async def test_a_local_part_that_makes_no_name_finds_nothing(local):
    zone = Zone({"corp.example": {"TXT": "v=spf1 exists:%{l}.x.example exists:%{L}.example -all"}})
    assert (await checked(zone, mail_from=f"{local}@corp.example")).result is Result.FAIL


# Limits


def counted(terms):
    return {
        "corp.example": {"TXT": f"v=spf1 {terms} -all"},
        "there.example": {"A": "198.51.100.1", "MX": "mx.example", "TXT": "v=spf1 ?all"},
        "mx.example": {"A": "198.51.100.1"},
    }


@pytest.mark.parametrize(
    "term", ["a:there.example", "mx:there.example", "include:there.example", "ptr:there.example"]
)
async def test_ten_terms_that_ask_are_enough(term):
    names = counted(f"{term} " * 10) | {PEER: {"PTR": "x.example"}}
    assert (await checked(names)).result is Result.FAIL
    found = await checked(counted(f"{term} " * 11) | {PEER: {"PTR": "x.example"}})
    assert (found.result, found.detail) == (Result.PERMERROR, "too_many_lookups")


async def test_what_is_included_counts_too_and_a_circle_ends():
    found = await ended("v=spf1 include:corp.example -all")
    assert found == ("permerror", "too_many_lookups")
    found = await ended("v=spf1 redirect=corp.example")
    assert found == ("permerror", "too_many_lookups")


async def test_addresses_and_all_count_nothing():
    record = f"v=spf1 {'ip4:10.0.0.1 ' * 50}{'a:there.example ' * 10}-all"
    names = {"corp.example": {"TXT": record}, "there.example": {"A": "10.0.0.1"}}
    assert (await checked(names)).result is Result.FAIL


async def test_more_than_two_lookups_for_nothing_are_an_error():
    assert (await ended("v=spf1 a:x1.example exists:x2.example -all"))[0] == "fail"
    found = await ended("v=spf1 a:x1.example mx:x2.example exists:x3.example -all")
    assert found == ("permerror", "too_many_void_lookups")


async def test_ten_hosts_of_a_domain_are_enough():
    hosts = [f"mx{n}.example" for n in range(11)]
    names = {
        "corp.example": {"TXT": "v=spf1 mx -all", "MX": hosts[:10]},
        "mx9.example": {"A": PEER},
    }
    assert (await checked(names)).result is Result.PASS
    names["corp.example"]["MX"] = hosts
    found = await checked(names)
    assert (found.result, found.detail) == (Result.PERMERROR, "too_many_mx")


async def test_hosts_without_an_address_of_the_peers_kind_are_no_void_lookups():
    hosts = [f"mx{n}.example" for n in range(5)]
    names = {"corp.example": {"TXT": "v=spf1 mx -all", "MX": hosts}} | {
        host: {"A": PEER} for host in hosts
    }
    assert (await checked(names, PEER6)).result is Result.FAIL


async def test_dns_that_is_down_is_a_temperror_unless_something_matched_before():
    assert (await ended(DOWN))[0] == "temperror"
    assert (await ended("v=spf1 a:down.example -all", down_example=DOWN))[0] == "temperror"
    assert (await ended("v=spf1 mx:down.example -all", down_example=DOWN))[0] == "temperror"
    assert (await ended("v=spf1 +all a:down.example", down_example=DOWN))[0] == "pass"


async def test_a_share_of_queries_that_is_used_up_is_a_permerror():
    zone = Zone(counted("a:there.example " * 9))
    share = zone.for_one_mail().share(9)
    found = await spf.check(PEER, "mx.corp.example", "ann@corp.example", share)
    assert (found.result, found.detail) == (Result.PERMERROR, "too_many_queries")
    assert len(zone.asked) == 9


@pytest.mark.parametrize("terms", [498, 499])
async def test_a_record_of_too_many_terms_is_not_read(terms):
    found = await ended("v=spf1" + " ip4:10.0.0.1" * terms + " -all", "10.0.0.1")
    assert found[0] == ("pass" if terms == 498 else "permerror")


async def test_a_record_that_is_too_long_is_not_read():
    record = "v=spf1 " + "ip4:10.0.0.1 " * 700
    assert len(record) > MAX_RECORD_BYTES
    assert await ended(record + "+all") == ("permerror", "record_too_long")


HOSTILE = [
    "v=spf1 exists:" + "%{s}" * 2000,
    "v=spf1 exists:" + "%{p1r.-+,/_=}" * 600,
    "v=spf1 exists:" + "%" * 8000,
    "v=spf1 a:" + "a" * 8000 + "!",
    "v=spf1 a:" + "1" * 8000,
    "v=spf1 a:" + "a." * 4000 + "example",
    "v=spf1 a" + "/1" * 4000,
    "v=spf1 " + "a " * 4000,
    "v=spf1 moo=" + "%{" * 4000,
    "v=spf1 " + "a" * 8000 + "=",
    "v=spf1 exists:%{d" + "9" * 8000 + "}",
    "v=spf1 exists:%{d" + "." * 8000 + "}",
    "v=spf1 " + "include:corp.example " * 380,
]


@pytest.mark.parametrize("record", HOSTILE, ids=range(len(HOSTILE)))
async def test_no_record_makes_a_name_longer_than_dns_has_or_asks_more_than_it_may(record):
    zone = Zone({"corp.example": {"TXT": record}, PEER: {"PTR": ["x.example"] * 1000}})
    found = await checked(zone, mail_from=f"{'a-' * 500}@corp.example")
    assert found.result in {Result.PERMERROR, Result.NEUTRAL}
    assert len(zone.asked) <= 1 + 10 * 11
    assert all(len(name) <= 253 for name, _ in zone.asked)


TERMS = st.sampled_from(
    "v=spf1 a mx ptr ptr: all -all ~a ip4: ip6: 192.0.2.7 /24 //64 include: exists: redirect= exp= "
    "%{s} %{l1r-} %{p} %{d} %{ir} %{c} %% %_ %- % { } . .example corp.example = : / é \0".split(" ")
)


@given(
    st.lists(st.one_of(TERMS, st.just(" "), st.text(max_size=5)), max_size=20),
    st.text(max_size=20),
    st.text(max_size=20),
)
async def test_any_record_and_any_sender_end_somehow(terms, local, helo):
    text = ("v=spf1 " + "".join(terms)).encode("utf-8", "surrogatepass")
    zone = Zone({"corp.example": {"TXT": text, "A": PEER, "MX": "corp.example"}})
    for sender in (f"{local}@corp.example", local):
        found = await spf.check(PEER, helo, sender, zone)
        assert found.method == "spf"
