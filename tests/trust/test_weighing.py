"""The rules of the verdict, on values alone."""

import itertools

import pytest

from dropbox.trust.dmarc import Disposition, Published
from dropbox.trust.peers import Edge
from dropbox.trust.verdict import Check, Result, Verdict
from dropbox.trust.weighing import Case, Seal, dmarc_check, weigh

CORP = "corp.example"
NO_SEAL = Seal()


def case(*checks, edge=Edge.OWN, published=Disposition.REJECT, unknown=False, seal=NO_SEAL):
    wanted = Published(published) if published else None
    return Case(CORP, edge, wanted, unknown, checks, seal)


@pytest.mark.parametrize("result", [one for one in Result if one is not Result.PASS])
@pytest.mark.parametrize("method", ["dkim", "spf"])
def test_only_pass_verifies(method, result):
    assert weigh(case(Check(method, Result.PASS, CORP, aligned=True))).verdict is Verdict.VERIFIED
    assert weigh(case(Check(method, Result.PASS, CORP))).verdict is Verdict.FORGED
    other = weigh(case(Check(method, result, CORP, aligned=True)))
    assert other.verdict is not Verdict.VERIFIED
    assert other.dns_down is (result is Result.TEMPERROR)


@pytest.mark.parametrize("method", ["arc", "dmarc"])
def test_other_methods_verify_nobody(method):
    assert weigh(case(Check(method, Result.PASS, CORP, aligned=True))).verdict is Verdict.FORGED


@pytest.mark.parametrize(
    ("checks", "verified"),
    [
        ([("dkim", Result.PASS)], True),
        ([("spf", Result.PASS)], False),
        ([("arc", Result.PASS)], False),
        ([("dkim", Result.PASS), ("dmarc", Result.NONE)], True),
        ([("dkim", Result.PASS), ("dmarc", Result.FAIL)], False),
        ([("dkim", Result.TEMPERROR)], False),
    ],
)
def test_of_what_a_trusted_server_says_a_signature_verifies(checks, verified):
    said = [Check(method, result, CORP, aligned=True, by="mx") for method, result in checks]
    weighed = weigh(case(*said, edge=Edge.RELAY))
    assert (weighed.why == "authserv") is verified
    assert not weighed.dns_down


def test_forged_is_said_only_when_everything_that_could_excuse_it_is_known():
    for edge, published, unknown, seal in itertools.product(
        Edge,
        (None, *Disposition),
        (False, True),
        (Seal(), Seal("x"), Seal("x", vouches=True), Seal(down=True)),
    ):
        weighed = weigh(case(edge=edge, published=published, unknown=unknown, seal=seal))
        forged = (
            edge is Edge.OWN
            and published in {Disposition.QUARANTINE, Disposition.REJECT}
            and not unknown
            and not seal.vouches
            and not seal.down
        )
        assert weighed.verdict is (Verdict.FORGED if forged else Verdict.UNVERIFIED)
        assert weighed.dns_down is (weighed.why == "dns_down")


@pytest.mark.parametrize(
    ("given", "result", "wanted"),
    [
        ({}, Result.FAIL, "reject"),
        ({"published": None}, Result.NONE, ""),
        ({"published": None, "unknown": True}, Result.TEMPERROR, ""),
        ({"published": Disposition.NONE}, Result.FAIL, "none"),
    ],
)
def test_dmarc_is_told_as_a_check_of_its_own(given, result, wanted):
    assert dmarc_check(case(**given)) == Check("dmarc", result, CORP, wanted, aligned=True)


def test_dmarc_is_told_to_pass_and_not_to_be_known():
    passes = Check("dkim", Result.PASS, CORP, aligned=True)
    assert dmarc_check(case(passes)).result is Result.PASS
    down = Check("dkim", Result.TEMPERROR, CORP, aligned=True)
    assert dmarc_check(case(down)).result is Result.TEMPERROR
