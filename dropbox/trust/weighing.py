"""From what was found to a verdict. Pure, and the only place that knows the rules."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from dropbox.trust import dmarc
from dropbox.trust.peers import Edge
from dropbox.trust.verdict import Check, Result, Verdict


@dataclass(frozen=True, slots=True)
class Seal:
    """What the ARC chain of a trusted sealer comes to; empty without one."""

    sealed_by: str = ""
    """The sealer of a valid chain."""
    vouches: bool = False
    """The sealer saw DMARC pass."""
    down: bool = False
    """DNS did not tell for the moment whether the chain is valid."""


@dataclass(frozen=True, slots=True)
class Case:
    """All that a verdict is founded on."""

    author: str
    """The domain in From, canonical."""
    edge: Edge
    published: dmarc.Published | None
    unknown: bool
    """DNS did not tell for the moment what is published."""
    checks: tuple[Check, ...]
    """Of DKIM and SPF, and what trusted servers say; `aligned` strictly while `unknown`."""
    seal: Seal = Seal()


WITHOUT_EDGE = {Edge.RELAY: "relayed", Edge.UNKNOWN: "unknown_peer"}
"""Why nothing is known where the sender came to somebody else's edge."""


class Weighed(NamedTuple):
    """A verdict, and what decided it: see Evidence."""

    verdict: Verdict
    why: str
    dns_down: bool = False


def weigh(case: Case) -> Weighed:
    """Return the verdict. Where DNS was down it is the one that holds when nobody waits for it."""
    if passes(case):
        return Weighed(Verdict.VERIFIED, "dmarc_pass")
    if _told_to_pass(case):
        return Weighed(Verdict.VERIFIED, "authserv")
    if _may_still_pass(case):
        return Weighed(Verdict.UNVERIFIED, "dns_down", dns_down=True)
    # From here on it fails: is it forged?
    wanted = case.published.policy if case.published else dmarc.Disposition.NONE
    if wanted is dmarc.Disposition.NONE and not case.unknown:
        return Weighed(Verdict.UNVERIFIED, "no_policy")
    if case.edge is not Edge.OWN:
        return Weighed(Verdict.UNVERIFIED, WITHOUT_EDGE[case.edge])
    if case.seal.vouches:
        return Weighed(Verdict.UNVERIFIED, "sealed")
    if case.unknown or case.seal.down:
        return Weighed(Verdict.UNVERIFIED, "dns_down", dns_down=True)
    return Weighed(Verdict.FORGED, "dmarc_fail")


def passes(case: Case) -> bool:
    """Whether an identifier that was checked here is aligned and passes.

    A record is not asked for: RFC 7489 would have none to apply, but who signs with the author's
    own domain has proven to have it.
    """
    return any(not one.by and _passes(one, "dkim", "spf") for one in case.checks)


def _told_to_pass(case: Case) -> bool:
    """Whether a trusted server, which says nothing against DMARC, saw an aligned signature."""
    said = [one for one in case.checks if one.by]
    failed = any(one.method == "dmarc" and one.result is Result.FAIL for one in said)
    return not failed and any(_passes(one, "dkim") for one in said)


def dmarc_check(case: Case) -> Check:
    """Return what DMARC comes to, as a check of its own."""
    if case.unknown:
        result = Result.TEMPERROR
    elif case.published is None:
        result = Result.NONE
    elif passes(case):
        result = Result.PASS
    else:
        result = Result.TEMPERROR if _may_still_pass(case) else Result.FAIL
    wanted = case.published.policy.value if case.published else ""
    return Check("dmarc", result, case.author, wanted, aligned=True)


def _passes(one: Check, *methods: str) -> bool:
    return one.method in methods and one.aligned and one.result is Result.PASS


def _may_still_pass(case: Case) -> bool:
    """Whether an answer that DNS did not give could make it pass."""
    undecided = {Result.TEMPERROR, Result.PASS} if case.unknown else {Result.TEMPERROR}
    return any(
        one.result in undecided
        and (one.aligned or (case.unknown and dmarc.aligned(one.domain, case.author, strict=False)))
        for one in case.checks
        if one.method in {"dkim", "spf"} and not one.by
    )
