"""The judge: who vouches for a mail, by what DNS, signatures, seals and trusted servers say."""

from dataclasses import dataclass
from ipaddress import ip_network

import pytest
import signers
from builders import NOON
from zones import DOWN, Zone

from dropbox.content import InMemory
from dropbox.envelope import Authority, Envelope
from dropbox.mail.read import read
from dropbox.trust import dkim
from dropbox.trust.judge import Judge, TrustSettings
from dropbox.trust.verdict import Check, Evidence, Result, Verdict

PEER = "192.0.2.7"
RELAY = "10.0.0.1"
MX = "mx.dropbox.example"
SEALER = "forwarder.example"
REJECT = "v=DMARC1; p=reject"
SPF = f"v=spf1 ip4:{PEER} -all"
KEY = signers.ed25519_key()


@dataclass(frozen=True)
class Signed:
    """Who signs the mail, and whether DNS tells his key."""

    domain: str
    down: bool = False


@dataclass(frozen=True)
class Sealed:
    """Who seals the mail, and what he says he saw."""

    sealer: str = SEALER
    results: str = "mx.forwarder.example; dmarc=pass header.from=corp.example"
    down: bool = False
    cv: str | None = None


def settings(**given):
    return TrustSettings(
        **{
            "trusted_networks": (ip_network("10.0.0.0/8"), ip_network("fd00::/8")),
            "authserv_ids": frozenset({MX}),
            "arc_sealers": frozenset({SEALER}),
        }
        | given
    )


def corp(dmarc=REJECT, spf=SPF, **more):
    """The zone of corp.example; None: no record."""
    names = {"_dmarc.corp.example": dmarc, "corp.example": spf}
    zone = {name: {"TXT": text} if text != DOWN else DOWN for name, text in names.items() if text}
    return Zone(zone | {name.replace("_", "."): records for name, records in more.items()})


async def judged(
    zone=None,
    *signatures,
    peer=PEER,
    mail_from="hanako@corp.example",
    helo="out.corp.example",
    author="hanako@corp.example",
    headers=(),
    body="Hello",
    seals=(),
    trust=None,
    **envelope,
):
    """What is found out about a mail; the last of `seals` is the newest."""
    zone = corp() if zone is None else zone
    raw = f"From: {author}\r\nSubject: Offer\r\n\r\n{body}\r\n".encode()
    for one in signatures:
        raw = signers.sign(raw, one.domain, "s", KEY)
        publish(zone, one)
    for one in seals:
        raw = signers.seal(raw, one.sealer, "a", KEY, results=one.results, cv=one.cv)
        publish(zone, one)
    raw = "".join(f"{one}\r\n" for one in headers).encode() + raw
    sent = Envelope(peer, helo, mail_from, (), InMemory(raw), NOON, **envelope)
    judge = Judge(zone, trust or settings())
    return await judge.evidence(sent, read(raw), dkim.prepare(sent.content))


def publish(zone, one):
    name = f"s._domainkey.{one.domain}" if isinstance(one, Signed) else f"a._domainkey.{one.sealer}"
    zone.add(name, DOWN if one.down else {"TXT": signers.record(KEY)})


def told(evidence):
    return str(evidence.verdict), evidence.why


def results(evidence):
    return {one.method: str(one.result) for one in evidence.checks if not one.by}


VERIFIED = ("verified", "dmarc_pass")
FORGED = ("forged", "dmarc_fail")


# Our own edge


async def test_spf_on_our_own_edge_verifies_the_author():
    evidence = await judged()
    assert told(evidence) == VERIFIED
    assert evidence.checks == (
        Check("spf", Result.PASS, "corp.example", "", aligned=True),
        Check("dmarc", Result.PASS, "corp.example", "reject", aligned=True),
    )
    assert (evidence.network, evidence.mail_from_passes) == ("192.0.2.0/24", True)


async def test_a_signature_of_the_authors_domain_verifies_him_wherever_it_comes_from():
    for where in (
        {},
        {"peer": RELAY},
        {"peer": ""},
        {"peer": "198.51.100.1", "mail_from": "x@y.z"},
    ):
        assert told(await judged(corp(), Signed("corp.example"), **where)) == VERIFIED


async def test_a_peer_that_nobody_allowed_has_forged_the_author():
    evidence = await judged(peer="198.51.100.1")
    assert told(evidence) == FORGED
    assert results(evidence) == {"spf": "fail", "dmarc": "fail"}
    assert (evidence.network, evidence.mail_from_passes) == ("198.51.100.0/24", False)


@pytest.mark.parametrize(
    ("other", "why"),
    [
        ({"mail_from": "x@evil.example"}, FORGED),
        ({"mail_from": "x@mail.corp.example"}, VERIFIED),
        ({"mail_from": "", "helo": "corp.example"}, VERIFIED),
        ({"mail_from": "", "helo": "evil.example"}, FORGED),
        ({"mail_from": "corp.example"}, FORGED),
    ],
)
async def test_spf_counts_only_for_a_mail_from_that_is_aligned(other, why):
    everybody = {"TXT": "v=spf1 +all"}
    zone = corp(evil_example=everybody, mail_corp_example=everybody)
    assert told(await judged(zone, **other)) == why


async def test_helo_alone_does_not_vouch_for_mail_from():
    evidence = await judged(mail_from="", helo="corp.example")
    assert evidence.verdict is Verdict.VERIFIED
    assert not evidence.mail_from_passes


async def test_mail_from_passes_whosever_it_is():
    zone = corp(other_example={"TXT": "v=spf1 +all"})
    evidence = await judged(zone, mail_from="hanako@other.example")
    assert told(evidence) == FORGED
    assert evidence.mail_from_passes


LOOK_ALIKES = [
    "corp.example.evil.example",
    "evilcorp.example",
    "corp-example.evil.example",
    "corp.example.co",
    "xn--crp-jlc.example",
    "cоrp.example",
    "corp.exаmple",
    "example",
]


@pytest.mark.parametrize("domain", LOOK_ALIKES)
async def test_a_look_alike_vouches_for_nobody_but_itself(domain):
    everybody = Zone(
        {
            "_dmarc.corp.example": {"TXT": REJECT},
            "corp.example": {"TXT": "v=spf1 -all"},
            read(f"From: a@{domain}\n\n".encode()).author.email[2:]: {"TXT": "v=spf1 +all"},
        }
    )
    ascii_domain = read(f"From: a@{domain}\n\n".encode()).author.email[2:]
    evidence = await judged(everybody, Signed(ascii_domain), mail_from=f"x@{domain}")
    assert told(evidence) == FORGED
    assert not any(one.aligned for one in evidence.checks if one.method != "dmarc")


@pytest.mark.parametrize(
    "written", ["HANAKO@CORP.Example", "hanako@corp.example.", "hanako@ｃｏｒｐ.example"]
)
async def test_however_the_author_writes_his_domain_it_is_the_same(written):
    assert told(await judged(author=written, peer="198.51.100.1")) == FORGED
    assert told(await judged(author=written)) == VERIFIED


# What the author's domain publishes


@pytest.mark.parametrize(
    ("record", "verdict"),
    [
        ("v=DMARC1; p=reject", FORGED),
        ("v=DMARC1; p=quarantine", FORGED),
        ("v=DMARC1; p=reject; pct=0", FORGED),
        ("v=DMARC1; p=quarantine; pct=0", ("unverified", "no_policy")),
        ("v=DMARC1; p=none", ("unverified", "no_policy")),
        (None, ("unverified", "no_policy")),
        ("v=DMARC1; nonsense", ("unverified", "no_policy")),
    ],
)
async def test_only_a_domain_that_says_so_is_forged(record, verdict):
    assert told(await judged(corp(record), peer="198.51.100.1")) == verdict


@pytest.mark.parametrize("record", [None, "v=DMARC1; p=none"])
async def test_a_domain_without_a_policy_is_verified_by_what_is_aligned(record):
    evidence = await judged(corp(record))
    assert told(evidence) == VERIFIED
    assert results(evidence)["dmarc"] == ("pass" if record else "none")
    assert told(await judged(corp(record, None), Signed("corp.example"))) == VERIFIED


async def test_a_subdomain_is_judged_by_the_policy_for_subdomains():
    zone = corp("v=DMARC1; p=none; sp=reject")
    assert told(await judged(zone, peer="198.51.100.1")) == ("unverified", "no_policy")
    forged = await judged(zone, peer="198.51.100.1", author="x@mail.corp.example")
    assert told(forged) == FORGED


async def test_who_is_strict_is_taken_at_his_word():
    strict = corp("v=DMARC1; p=reject; adkim=s; aspf=s", mail_corp_example={"TXT": "v=spf1 +all"})
    assert told(await judged(strict, Signed("mail.corp.example"), mail_from="x@y.z")) == FORGED
    assert told(await judged(strict, mail_from="x@mail.corp.example")) == FORGED
    assert told(await judged(strict)) == VERIFIED
    assert told(await judged(strict, Signed("corp.example"), mail_from="x@y.z")) == VERIFIED


# Relays, and peers that are unknown


@pytest.mark.parametrize(
    ("where", "why"),
    [
        ({"peer": RELAY}, "relayed"),
        ({"peer": "fd00::1"}, "relayed"),
        ({"peer": "::ffff:10.0.0.1"}, "relayed"),
        ({"peer": "198.51.100.1", "by_own_server": True}, "relayed"),
        ({"peer": "", "by_own_server": True}, "relayed"),
        ({"peer": ""}, "unknown_peer"),
        ({"peer": "198.51.100.1", "authority": Authority.RELEASED}, "unknown_peer"),
    ],
)
async def test_where_the_sender_was_not_seen_nothing_is_forged_and_spf_is_not_asked(where, why):
    zone = corp()
    evidence = await judged(zone, Signed("other.example"), **where)
    assert told(evidence) == ("unverified", why)
    assert results(evidence) == {"dkim": "pass", "dmarc": "fail"}
    assert evidence.network == ""
    assert ("corp.example", "TXT") not in zone.asked


async def test_an_import_and_an_unclear_author_are_not_checked():
    zone = corp()
    assert await judged(zone, authority=Authority.IMPORT) == Evidence()
    for unclear in ("", "hanako", "a@corp.example, b@corp.example", "Hanako <hanako>"):
        assert await judged(zone, author=unclear) == Evidence()
    assert await judged(zone, headers=["From: x@corp.example"]) == Evidence()
    assert zone.asked == []


async def test_a_signature_is_as_good_as_it_was_when_the_mail_came():
    raw = b"From: hanako@corp.example\r\n\r\nHello\r\n"
    raw = signers.sign(raw, "corp.example", "s", KEY, x=str(int(NOON.timestamp()) + 60))
    zone = corp()
    publish(zone, Signed("corp.example"))
    sent = Envelope(RELAY, "x", "", (), InMemory(raw), NOON)
    evidence = await Judge(zone, settings()).evidence(sent, read(raw), dkim.prepare(sent.content))
    assert told(evidence) == VERIFIED


# Trusted servers

PASSED = f"Authentication-Results: {MX}; dmarc=pass header.from=corp.example"


@pytest.mark.parametrize("where", [{"peer": RELAY}, {"peer": ""}, {"by_own_server": True}])
async def test_a_trusted_server_is_believed_without_asking_dns_again(where):
    zone = corp(DOWN, DOWN)
    evidence = await judged(zone, headers=[PASSED], **where)
    assert told(evidence) == ("verified", "authserv")
    assert evidence.checks == (Check("dmarc", Result.PASS, "corp.example", "", True, MX),)
    assert zone.asked == []


async def test_nobody_else_is_believed_whatever_he_writes():
    assert told(await judged(headers=[PASSED], peer="198.51.100.1")) == FORGED
    stranger = PASSED.replace(MX, "mx.evil.example")
    assert told(await judged(headers=[stranger], peer=RELAY)) == ("unverified", "relayed")
    nobody = settings(authserv_ids=frozenset())
    assert told(await judged(headers=[PASSED], peer=RELAY, trust=nobody))[0] == "unverified"
    released = {"peer": "198.51.100.1", "authority": Authority.RELEASED}
    assert told(await judged(headers=[PASSED], **released))[0] == "unverified"


async def test_a_header_below_the_trusted_servers_own_changes_nothing():
    failed = PASSED.replace("pass", "fail")
    evidence = await judged(headers=[failed, "Received: from x", PASSED], peer=RELAY)
    assert told(evidence) == ("unverified", "relayed")
    assert [str(one.result) for one in evidence.checks if one.by] == ["fail"]


@pytest.mark.parametrize(
    ("said", "verdict"),
    [
        ("dkim=pass header.d=corp.example", "verified"),
        ("dkim=pass header.d=mail.corp.example", "verified"),
        ("dkim=pass header.d=evil.example", "unverified"),
        ("dkim=fail header.d=corp.example", "unverified"),
        ("spf=pass smtp.mailfrom=hanako@corp.example", "unverified"),
        ("dmarc=pass header.from=evil.example", "unverified"),
        ("dmarc=pass", "unverified"),
        ("dkim=pass header.d=corp.example; dmarc=none header.from=corp.example", "verified"),
        ("dkim=pass header.d=corp.example; dmarc=fail header.from=corp.example", "unverified"),
        ("dmarc=pass header.from=corp.example; dmarc=fail header.from=corp.example", "unverified"),
    ],
)
async def test_what_a_trusted_server_says_counts_where_it_speaks_for_the_author(said, verdict):
    evidence = await judged(headers=[f"Authentication-Results: {MX}; {said}"], peer=RELAY)
    assert str(evidence.verdict) == verdict


async def test_a_signature_of_a_subdomain_does_for_nobody_who_is_strict():
    said = f"Authentication-Results: {MX}; dkim=pass header.d=mail.corp.example"
    evidence = await judged(corp("v=DMARC1; p=reject; adkim=s"), headers=[said], peer=RELAY)
    assert told(evidence) == ("unverified", "relayed")


async def test_a_trusted_server_vouches_for_mail_from_too():
    said = f"Authentication-Results: {MX}; spf=pass smtp.mailfrom=hanako@corp.example"
    assert (await judged(headers=[said], peer=RELAY)).mail_from_passes
    assert (await judged(headers=[said, PASSED], peer=RELAY)).mail_from_passes
    other = {"mail_from": "taro@corp.example"}
    assert not (await judged(headers=[said], peer=RELAY, **other)).mail_from_passes
    assert not (await judged(headers=[said], peer="198.51.100.1")).mail_from_passes


async def test_what_the_body_says_is_no_header():
    assert told(await judged(body=PASSED, peer=RELAY)) == ("unverified", "relayed")


# Sealed


async def test_a_trusted_sealer_who_saw_it_pass_makes_it_no_forgery():
    evidence = await judged(peer="198.51.100.1", seals=[Sealed()])
    assert told(evidence) == ("unverified", "sealed")
    assert evidence.sealed_by == SEALER
    assert Check("arc", Result.PASS, SEALER) in evidence.checks


async def test_what_an_earlier_sealer_saw_counts_while_all_behind_him_are_trusted():
    seals = [Sealed(), Sealed(results="mx; arc=pass")]
    assert told(await judged(peer="198.51.100.1", seals=seals)) == ("unverified", "sealed")


@pytest.mark.parametrize(
    ("seals", "sealed_by"),
    [
        ([], ""),
        ([Sealed("evil.example")], ""),
        ([Sealed("mail.forwarder.example")], ""),
        ([Sealed(), Sealed("evil.example")], ""),
        ([Sealed(cv="fail")], ""),
        ([Sealed(results="mx; dmarc=fail header.from=corp.example")], SEALER),
        ([Sealed(results="mx; dmarc=pass header.from=evil.example")], SEALER),
        ([Sealed(results="mx; none")], SEALER),
        ([Sealed(results="mx; (dmarc=pass header.from=corp.example")], SEALER),
        ([Sealed("evil.example"), Sealed(results="mx; arc=pass")], SEALER),
    ],
)
async def test_any_other_seal_leaves_it_a_forgery(seals, sealed_by):
    evidence = await judged(peer="198.51.100.1", seals=seals)
    assert told(evidence) == FORGED
    assert evidence.sealed_by == sealed_by


async def test_a_seal_in_the_name_of_a_trusted_sealer_by_another_key_is_none():
    zone = corp()
    zone.add("b._domainkey.forwarder.example", {"TXT": signers.record(signers.ed25519_key(2))})
    forged = signers.seal(
        b"From: hanako@corp.example\r\n\r\nHello\r\n", SEALER, "b", signers.ed25519_key(3)
    )
    sent = Envelope("198.51.100.1", "x", "x@y.z", (), InMemory(forged), NOON)
    prepared = dkim.prepare(sent.content)
    evidence = await Judge(zone, settings()).evidence(sent, read(forged), prepared)
    assert (told(evidence), evidence.sealed_by) == (FORGED, "")


@pytest.mark.parametrize(
    "said",
    [
        "dkim=pass header.d=corp.example; spf=fail smtp.mailfrom=x.example",
        "dkim=fail header.d=corp.example; spf=pass smtp.mailfrom=x@mail.corp.example",
    ],
)
async def test_a_sealer_who_does_not_speak_of_dmarc_may_have_seen_what_makes_it_pass(said):
    seals = [Sealed(results=f"mx; {said}")]
    assert told(await judged(peer="198.51.100.1", seals=seals)) == ("unverified", "sealed")


async def test_the_chain_of_a_sealer_who_is_not_trusted_is_not_looked_at():
    zone = corp()
    trust = settings(arc_sealers=frozenset())
    evidence = await judged(zone, peer="198.51.100.1", seals=[Sealed()], trust=trust)
    assert told(evidence) == FORGED
    assert (f"a._domainkey.{SEALER}", "TXT") not in zone.asked


async def test_who_sealed_is_known_of_verified_mail_too():
    assert (await judged(seals=[Sealed()])).sealed_by == SEALER
    assert (await judged(headers=[PASSED], peer=RELAY, seals=[Sealed()])).sealed_by == SEALER


# DNS that is down

WAITS = ("unverified", "dns_down")


@pytest.mark.parametrize(
    ("zone", "signatures", "envelope", "expected"),
    [
        # What is published is not known
        (corp(DOWN), (), {"peer": "198.51.100.1"}, WAITS),
        (corp(DOWN), (), {}, VERIFIED),
        (corp(DOWN), (Signed("corp.example"),), {"mail_from": "x@y.z"}, VERIFIED),
        (corp(DOWN), (Signed("mail.corp.example"),), {"peer": RELAY}, WAITS),
        (corp(DOWN), (), {"peer": RELAY}, ("unverified", "relayed")),
        (corp(DOWN), (), {"peer": ""}, ("unverified", "unknown_peer")),
        (corp(DOWN), (Signed("evil.example"),), {"peer": RELAY}, ("unverified", "relayed")),
        # SPF is not known
        (corp(spf=DOWN), (), {}, WAITS),
        (corp(None, DOWN), (), {}, WAITS),
        (corp(spf=DOWN), (Signed("corp.example"),), {}, VERIFIED),
        (corp(evil_example=DOWN), (), {"mail_from": "x@evil.example"}, FORGED),
        # A signature is not known
        (corp(), (Signed("corp.example", down=True),), {"peer": "198.51.100.1"}, WAITS),
        (corp(), (Signed("corp.example", down=True),), {"peer": RELAY}, WAITS),
        (corp(), (Signed("corp.example", down=True),), {}, VERIFIED),
        (corp(), (Signed("evil.example", down=True),), {"peer": "198.51.100.1"}, FORGED),
        (
            corp("v=DMARC1; p=reject; adkim=s"),
            (Signed("mail.corp.example", down=True),),
            {"peer": "198.51.100.1"},
            FORGED,
        ),
    ],
)
async def test_dns_that_is_down_is_waited_for_only_where_it_could_change_the_verdict(
    zone, signatures, envelope, expected
):
    evidence = await judged(zone, *signatures, **envelope)
    assert told(evidence) == expected
    assert evidence.dns_down is (expected == WAITS)


async def test_a_seal_that_is_not_known_is_waited_for_only_of_a_trusted_sealer():
    down = {"peer": "198.51.100.1", "seals": [Sealed(down=True)]}
    evidence = await judged(**down)
    assert (told(evidence), evidence.dns_down) == (WAITS, True)
    assert told(await judged(**down | {"seals": [Sealed("evil.example", down=True)]})) == FORGED
    behind = [Sealed(), Sealed("evil.example", down=True)]
    assert told(await judged(**down | {"seals": behind})) == FORGED
    assert told(await judged(**down | {"peer": PEER})) == VERIFIED


# What a stranger can make it cost


def greedy(**more):
    """A zone in which evil.example's SPF record wants more than a mail may cost."""
    hosts = [f"mx{n}.there.example" for n in range(10)]
    return corp(
        evil_example={"TXT": f"v=spf1 {'a:there.example mx:there.example ' * 5}-all"},
        there_example={"A": "10.0.0.1", "MX": hosts},
        **{f"mx{n}_there_example": {"A": "10.0.0.1"} for n in range(10)},
        **more,
    )


async def test_a_mail_costs_20_queries_at_most_and_each_check_has_its_own():
    zone = greedy()
    signatures = [Signed(f"evil{n}.example") for n in range(6)] + [Signed("corp.example")]
    evidence = await judged(zone, *signatures, mail_from="x@evil.example", seals=[Sealed()])
    assert told(evidence) == VERIFIED
    assert results(evidence)["spf"] == "permerror"
    assert len(zone.asked) == 20


async def test_a_seal_that_could_not_be_asked_about_any_more_is_not_waited_for():
    evidence = await judged(
        greedy(),
        *(Signed(f"evil{n}.example") for n in range(5)),
        author="hanako@mail.corp.example",
        mail_from="x@evil.example",
        seals=[Sealed()],
    )
    assert (told(evidence), evidence.dns_down) == (FORGED, False)
    assert results(evidence)["arc"] == "temperror"


@pytest.mark.parametrize(("peer", "why"), [(RELAY, "relayed"), ("", "unknown_peer")])
async def test_where_nothing_could_come_of_it_dns_is_not_asked(peer, why):
    raw = b"From: hanako@corp.example\r\n\r\nHello\r\n"
    zone = Zone({})
    judge = Judge(zone, settings(authserv_ids=frozenset()))
    sent = Envelope(peer, "client", "hanako@corp.example", (), InMemory(raw), NOON)
    found = await judge.evidence(sent, read(raw), dkim.prepare(sent.content))
    assert (found, zone.asked) == (Evidence(why=why), [])
