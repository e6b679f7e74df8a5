"""The judge: who vouches for a mail, by what DNS, signatures, seals and trusted servers say."""

from dataclasses import dataclass, replace
from ipaddress import ip_network

import pytest
from builders import NOON, mail
from zones import DOWN, Zone

from dropbox.content import InMemory, Spilled
from dropbox.envelope import Authority, Envelope
from dropbox.mail.message import Mailbox
from dropbox.mail.read import read
from dropbox.trust.judge import Judge, TrustSettings
from dropbox.trust.verdict import Check, Evidence, Result, Verdict

PEER = "192.0.2.7"
RELAY = "10.0.0.1"
MX = "mx.dropbox.example"
SEALER = "forwarder.example"
REJECT = "v=DMARC1; p=reject"
SPF = f"v=spf1 ip4:{PEER} -all"


@dataclass(frozen=True)
class Signed:
    """In place of a DKIM signature: by whom, and whether DNS tells that it is good."""

    domain: str
    result: Result = Result.PASS


@dataclass(frozen=True)
class Sealed:
    """In place of an ARC chain."""

    sealer: str = SEALER
    result: Result = Result.PASS
    results: tuple[bytes, ...] = (
        b"i=1; mx.forwarder.example; dmarc=pass header.from=corp.example",
    )
    questions: int = 1


class Signs:
    """In place of `dkim.verify`, whose tests are elsewhere."""

    def __init__(self, *signatures):
        self.signatures = signatures
        self.now = None

    async def __call__(self, prepared, resolver, *, from_domain, aligned, now):
        self.now = now
        for one in self.signatures:
            await resolver.txt(f"s._domainkey.{one.domain}")
        return tuple(
            Check("dkim", one.result, one.domain, aligned=aligned(one.domain))
            for one in self.signatures
        )


class Seals:
    """In place of `arc.chain`."""

    def __init__(self, chain):
        self.chain = chain

    async def __call__(self, prepared, resolver, *, now):
        for number in range(self.chain.questions):
            try:
                await resolver.txt(f"{number}._domainkey.{self.chain.sealer}")
            except Exception:  # noqa: BLE001 - as the real one ends: it does not know
                return replace(self.chain, result=Result.TEMPERROR)
        return self.chain


NO_CHAIN = Sealed("", Result.NONE, (), 0)


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
    chain=NO_CHAIN,
    trust=None,
    content=InMemory,
    **envelope,
):
    block = "".join(f"{name}\r\n" for name in headers) + f"From: {author}\r\n\r\n"
    raw = block.encode()
    message = mail("ann@customer.example", author=author, header_bytes=len(raw))
    judge = Judge(zone or corp(), trust or settings(), Signs(*signatures), Seals(chain))
    sent = Envelope(peer, helo, mail_from, (), content(raw), NOON, **envelope)
    return await judge.evidence(sent, message, "prepared")


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
    evidence = await judged(everybody, Signed(domain), mail_from=f"x@{domain}")
    assert told(evidence) == FORGED
    assert not any(one.aligned for one in evidence.checks if one.method != "dmarc")


@pytest.mark.parametrize(
    "written", ["HANAKO@CORP.Example", "hanako@corp.example.", "hanako@ｃｏｒｐ.example"]
)
async def test_however_the_author_writes_his_domain_it_is_the_same(written):
    author = read(f"From: {written}\n\n".encode()).author
    assert author is not None
    assert told(await judged(author=author.email, peer="198.51.100.1")) == FORGED
    assert told(await judged(author=author.email)) == VERIFIED


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


@pytest.mark.parametrize("result", [one for one in Result if one is not Result.PASS])
async def test_only_pass_passes(result):
    found = await judged(corp(), Signed("corp.example", result), mail_from="x@y.z")
    assert found.verdict is not Verdict.VERIFIED


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
    evidence = await judged(zone, **where)
    assert told(evidence) == ("unverified", why)
    assert results(evidence) == {"dmarc": "fail"}
    assert evidence.network == ""
    assert ("corp.example", "TXT") not in zone.asked


async def test_an_import_and_an_unclear_author_are_not_checked():
    zone = corp()
    assert await judged(zone, authority=Authority.IMPORT) == Evidence()
    message = mail("ann@customer.example", author=None)
    sent = Envelope(PEER, "x", "", (), InMemory(b"\r\n"), NOON)
    judge = Judge(zone, settings(), Signs(), Seals(NO_CHAIN))
    assert await judge.evidence(sent, message, "prepared") == Evidence()
    nowhere = replace(message, author=Mailbox("hanako"))
    assert await judge.evidence(sent, nowhere, "prepared") == Evidence()
    assert zone.asked == []


async def test_signatures_are_as_old_as_the_mail():
    signs = Signs(Signed("corp.example"))
    judge = Judge(corp(), settings(), signs, Seals(NO_CHAIN))
    sent = Envelope(PEER, "x", "", (), InMemory(b"\r\n"), NOON)
    await judge.evidence(sent, mail("ann@customer.example"), "prepared")
    assert signs.now == NOON


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


async def test_headers_of_a_mail_in_a_file_are_heard_as_well(tmp_path):
    with (tmp_path / "mail").open("w+b") as file:

        def spilled(raw):
            file.write(raw)
            return Spilled(file, len(raw))

        assert told(await judged(headers=[PASSED], peer=RELAY, content=spilled))[1] == "authserv"


async def test_what_the_body_says_is_no_header():
    raw = f"From: hanako@corp.example\r\n\r\n{PASSED}\r\n".encode()
    message = mail("ann@customer.example", header_bytes=29)
    sent = Envelope(RELAY, "x", "", (), InMemory(raw), NOON)
    judge = Judge(corp(), settings(), Signs(), Seals(NO_CHAIN))
    assert (await judge.evidence(sent, message, "prepared")).why == "relayed"


# Sealed


async def test_a_trusted_sealer_who_saw_it_pass_makes_it_no_forgery():
    evidence = await judged(peer="198.51.100.1", chain=Sealed())
    assert told(evidence) == ("unverified", "sealed")
    assert evidence.sealed_by == SEALER
    assert Check("arc", Result.PASS, SEALER) in evidence.checks


@pytest.mark.parametrize(
    ("chain", "sealed_by"),
    [
        (NO_CHAIN, ""),
        (Sealed("evil.example"), ""),
        (Sealed("mail.forwarder.example"), ""),
        (Sealed(result=Result.FAIL), ""),
        (Sealed(results=(b"i=1; mx; dmarc=fail header.from=corp.example",)), SEALER),
        (Sealed(results=(b"i=1; mx; dmarc=pass header.from=evil.example",)), SEALER),
        (Sealed(results=(b"i=1; mx; none",)), SEALER),
        (Sealed(results=(b"broken",)), SEALER),
        (Sealed(results=(*Sealed().results, b"i=2; mx; arc=pass")), SEALER),
    ],
)
async def test_any_other_seal_leaves_it_a_forgery(chain, sealed_by):
    evidence = await judged(peer="198.51.100.1", chain=chain)
    assert told(evidence) == FORGED
    assert evidence.sealed_by == sealed_by


@pytest.mark.parametrize(
    "said",
    [
        b"dkim=pass header.d=corp.example; spf=fail smtp.mailfrom=x.example",
        b"dkim=fail header.d=corp.example; spf=pass smtp.mailfrom=x@mail.corp.example",
    ],
)
async def test_a_sealer_who_does_not_speak_of_dmarc_may_have_seen_what_makes_it_pass(said):
    chain = Sealed(results=(b"i=1; mx; " + said,))
    assert told(await judged(peer="198.51.100.1", chain=chain)) == ("unverified", "sealed")


async def test_without_trusted_sealers_no_chain_is_looked_at():
    zone = corp()
    trust = settings(arc_sealers=frozenset())
    evidence = await judged(zone, peer="198.51.100.1", chain=Sealed(), trust=trust)
    assert told(evidence) == FORGED
    assert (f"0._domainkey.{SEALER}", "TXT") not in zone.asked


async def test_who_sealed_is_known_of_verified_mail_too():
    assert (await judged(chain=Sealed())).sealed_by == SEALER
    assert (await judged(headers=[PASSED], peer=RELAY, chain=Sealed())).sealed_by == SEALER


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
        (corp(), (Signed("corp.example", Result.TEMPERROR),), {"peer": "198.51.100.1"}, WAITS),
        (corp(), (Signed("corp.example", Result.TEMPERROR),), {"peer": RELAY}, WAITS),
        (corp(), (Signed("corp.example", Result.TEMPERROR),), {}, VERIFIED),
        (corp(), (Signed("evil.example", Result.TEMPERROR),), {"peer": "198.51.100.1"}, FORGED),
        (
            corp("v=DMARC1; p=reject; adkim=s"),
            (Signed("mail.corp.example", Result.TEMPERROR),),
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
    down = Sealed(result=Result.TEMPERROR)
    evidence = await judged(peer="198.51.100.1", chain=down)
    assert (told(evidence), evidence.dns_down) == (WAITS, True)
    other = replace(down, sealer="evil.example")
    assert told(await judged(peer="198.51.100.1", chain=other)) == FORGED
    assert told(await judged(chain=down)) == VERIFIED


# What a stranger can make it cost


async def test_a_mail_costs_20_questions_and_each_check_has_its_own():
    heavy = {"TXT": f"v=spf1 {'a:there.example mx:there.example ' * 5}-all"}
    hosts = [f"mx{n}.there.example" for n in range(10)]
    zone = corp(
        evil_example=heavy,
        there_example={"A": "10.0.0.1", "MX": hosts},
        **{f"mx{n}_there_example": {"A": "10.0.0.1"} for n in range(10)},
    )
    signatures = [Signed(f"evil{n}.example") for n in range(4)] + [Signed("corp.example")]
    evidence = await judged(
        zone, *signatures, mail_from="x@evil.example", chain=Sealed(questions=50)
    )
    assert told(evidence) == VERIFIED
    assert len(zone.asked) == 20


async def test_a_chain_too_long_to_check_is_no_reason_to_wait():
    evidence = await judged(peer="198.51.100.1", chain=Sealed(questions=50))
    assert (told(evidence), evidence.dns_down) == (FORGED, False)
