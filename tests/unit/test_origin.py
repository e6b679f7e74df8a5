"""Whether one of ours really wrote a mail, and who vouches for a stranger's."""

from __future__ import annotations

from dataclasses import replace

import pytest
from builders import COLLEAGUE, OWN, arrival, decided, mail, mailboxes, standing
from hypothesis import given
from hypothesis import strategies as st

from dropbox.envelope import Authority
from dropbox.filing.decide import decide
from dropbox.filing.decision import Decision, Direction, Release
from dropbox.filing.origin import carries_code, code_digest, mint_code
from dropbox.filing.outcomes import Outcome, Reason
from dropbox.filing.standing import Standing
from dropbox.ids import mint
from dropbox.mail.message import Message
from dropbox.policy import Policy
from dropbox.trust.verdict import Evidence, Verdict
from storage.explanation import explain

VERIFIED = Evidence(Verdict.VERIFIED, "dmarc_pass")
UNVERIFIED = Evidence(Verdict.UNVERIFIED, "no_policy", network="192.0.2.0/24")
FORGED = Evidence(Verdict.FORGED, "dmarc_fail")
CUSTOMER = "ann@customer.example"
PENDING = "new@home.example"


def policy(name: Policy, **facts: object) -> Standing:
    return standing(policy=name, **facts)


def pending(known: Standing, code: bytes | None = None) -> Standing:
    assert known.user
    codes = {PENDING: code} if code else {}
    return replace(known, user=replace(known.user, pending=frozenset({PENDING}), codes=codes))


# Forged and unverified


@pytest.mark.parametrize(
    ("name", "evidence", "reason"),
    [
        (Policy.OFF, FORGED, Reason.FILED),
        (Policy.FLAG, FORGED, Reason.FILED),
        (Policy.HOLD_FORGED, FORGED, Reason.SENDER_FORGED),
        (Policy.REQUIRE, FORGED, Reason.SENDER_FORGED),
        (Policy.FLAG, UNVERIFIED, Reason.FILED),
        (Policy.HOLD_FORGED, UNVERIFIED, Reason.FILED),
        (Policy.REQUIRE, UNVERIFIED, Reason.SENDER_UNVERIFIED),
        (Policy.REQUIRE, VERIFIED, Reason.FILED),
    ],
)
@pytest.mark.parametrize("author", [OWN, COLLEAGUE])
def test_what_is_held_for_its_verdict_is_up_to_the_account(
    name: Policy, evidence: Evidence, reason: Reason, author: str
) -> None:
    found = decided(mail(CUSTOMER, author=author), policy(name), evidence=evidence)
    assert found.reason is reason
    assert found.direction is (Direction.OUTGOING if reason is Reason.FILED else None)


def test_accounts_that_set_none_do_as_the_installation() -> None:
    known = replace(standing(), installation=Policy.REQUIRE)
    assert decided(mail(CUSTOMER), known, evidence=UNVERIFIED).reason is Reason.SENDER_UNVERIFIED


def test_the_owners_old_mail_has_no_verdict() -> None:
    found = decided(
        mail(CUSTOMER), policy(Policy.REQUIRE), evidence=FORGED, authority=Authority.IMPORT
    )
    assert found.reason is Reason.FILED


@pytest.mark.parametrize("reason", [Reason.SENDER_FORGED, Reason.SENDER_UNVERIFIED])
def test_released_mail_passes_the_gate_it_was_held_at_and_keeps_its_verdict(
    reason: Reason,
) -> None:
    evidence = FORGED if reason is Reason.SENDER_FORGED else UNVERIFIED
    held = arrival(mail(CUSTOMER), evidence=evidence, authority=Authority.RELEASED)
    released = replace(held, release=Release(frozenset({reason}), mint()))
    found = decide(released, policy(Policy.REQUIRE))
    assert (found.reason, found.direction) == (Reason.FILED, Direction.OUTGOING)
    assert found.arrival.verdict is evidence.verdict


def test_mail_released_from_another_gate_is_still_held_when_it_is_forged() -> None:
    held = arrival(mail(CUSTOMER), evidence=FORGED, authority=Authority.RELEASED)
    released = replace(held, release=Release(frozenset({Reason.USER_SUSPENDED}), mint()))
    assert decide(released, policy(Policy.HOLD_FORGED)).reason is Reason.SENDER_FORGED


# Where a sender never wrote from


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        (Policy.OFF, Reason.FILED),
        (Policy.FLAG, Reason.FILED),
        (Policy.HOLD_FORGED, Reason.SENDER_UNVERIFIED),
        (Policy.REQUIRE, Reason.SENDER_UNVERIFIED),
    ],
)
def test_a_sender_who_was_always_verified_is_held_unverified_from_a_new_network(
    name: Policy, reason: Reason
) -> None:
    known = policy(name, strange=frozenset({(OWN, "192.0.2.0/24")}))
    assert decided(mail(CUSTOMER), known, evidence=UNVERIFIED).reason is reason


def test_from_another_network_than_the_new_one_it_is_filed() -> None:
    known = policy(Policy.HOLD_FORGED, strange=frozenset({(OWN, "198.51.100.0/24")}))
    assert decided(mail(CUSTOMER), known, evidence=UNVERIFIED).reason is Reason.FILED


# Pending senders


@pytest.mark.parametrize("name", list(Policy))
def test_a_verified_mail_proves_a_pending_sender(name: Policy) -> None:
    known = pending(policy(name))
    found = decided(mail(CUSTOMER, author=PENDING), known, evidence=VERIFIED)
    assert (found.reason, found.proves) == (Reason.FILED, PENDING)


@pytest.mark.parametrize("name", list(Policy))
def test_unverified_mail_of_a_pending_sender_is_held_under_any_policy(name: Policy) -> None:
    found = decided(mail(CUSTOMER, author=PENDING), pending(policy(name)), evidence=UNVERIFIED)
    assert (found.reason, found.proves) == (Reason.SENDER_UNVERIFIED, "")


@pytest.mark.parametrize("place", ["subject", "text"])
def test_the_code_that_comes_back_proves_a_pending_sender(place: str) -> None:
    code = mint_code()
    known = pending(policy(Policy.HOLD_FORGED), code_digest(code))
    message = mail(CUSTOMER, author=PENDING, **{place: f"Re: my code ({code.upper()})"})
    assert decided(message, known, evidence=UNVERIFIED).proves == PENDING


def test_a_code_does_not_let_a_forged_mail_in() -> None:
    code = mint_code()
    known = pending(policy(Policy.HOLD_FORGED), code_digest(code))
    found = decided(mail(CUSTOMER, author=PENDING, subject=code), known, evidence=FORGED)
    assert (found.reason, found.proves) == (Reason.SENDER_FORGED, PENDING)


def test_another_code_proves_nobody() -> None:
    known = pending(policy(Policy.HOLD_FORGED), code_digest("aaaaa-bbbbb"))
    message = mail(CUSTOMER, author=PENDING, subject="aaaaa-bbbbc")
    found = decided(message, known, evidence=UNVERIFIED)
    assert (found.reason, found.proves) == (Reason.SENDER_UNVERIFIED, "")


def test_a_code_proves_the_sender_it_was_mailed_to_alone() -> None:
    code = mint_code()
    known = pending(policy(Policy.HOLD_FORGED), code_digest(code))
    found = decided(mail(CUSTOMER, author="x@evil.example", subject=code), known)
    assert (found.reason, found.proves) == (Reason.SENDER_NOT_ALLOWED, "")


def test_a_long_text_of_codes_is_searched_for_a_few() -> None:
    code = mint_code()
    text = "abcde-fghij " * 100 + code
    assert not carries_code(mail(text=text), code_digest(code))
    assert carries_code(mail(text=f"{code} {text}"), code_digest(code))


# Mail that the user's mailbox passed on

PASSED = Evidence(Verdict.UNVERIFIED, "relayed", mail_from_passes=True)
SEALED = Evidence(Verdict.UNVERIFIED, "sealed", sealed_by="google.com")


def incoming(*to: str, **fields: object) -> Message:
    return mail(*(to or (OWN,)), author=CUSTOMER, **fields)


@pytest.mark.parametrize(
    "mail_from",
    [
        OWN,
        OWN.upper(),
        "hanako+caf_=hanako.aaaaaaaaaaaaaaaa=dropbox.example@corp.example",
        "SRS0=HHHH=TT=customer.example=ann@corp.example",
        "srs1=HHHH=other.example==HHHH=TT=customer.example=ann@corp.example",
        "hanako+SRS=AbCdE=FG=customer.example=ann@corp.example",
    ],
)
def test_a_mail_from_of_the_users_that_passes_spf_vouches_for_redirected_mail(
    mail_from: str,
) -> None:
    found = decided(incoming(), evidence=PASSED, mail_from=mail_from)
    assert (found.reason, found.direction) == (Reason.FILED, Direction.INCOMING)
    assert [one.email for one in found.filed_on] == [CUSTOMER]


@pytest.mark.parametrize(
    "mail_from",
    [
        OWN,
        "hanako+caf_=hanako.aaaaaaaaaaaaaaaa=dropbox.example@corp.example",
        "SRS0=HHHH=TT=customer.example=ann@corp.example",
    ],
)
def test_the_same_without_spf_vouches_for_nothing(mail_from: str) -> None:
    found = decided(incoming(), evidence=UNVERIFIED, mail_from=mail_from)
    assert found.reason is Reason.SENDER_NOT_ALLOWED


@pytest.mark.parametrize(
    "mail_from",
    [
        "",
        CUSTOMER,
        "taro+caf_=hanako.aaaaaaaaaaaaaaaa=dropbox.example@corp.example",
        "evil+SRS=AbCdE=FG=corp.example=hanako@evil.example",
        "SRS0=HHHH=TT=corp.example=hanako@evil.example",
        "hanako+caf_=x@evil.example",
    ],
)
def test_somebody_elses_mail_from_vouches_for_nothing_however_well_it_passes(
    mail_from: str,
) -> None:
    found = decided(incoming(), evidence=PASSED, mail_from=mail_from)
    assert found.reason is Reason.SENDER_NOT_ALLOWED


def test_a_free_mail_provider_rewrites_for_everybody_and_so_vouches_for_nobody() -> None:
    known = standing()
    assert known.user
    own = "hanako@gmx.net"
    user = replace(known.user, proven=known.user.proven | {own})
    found = decided(
        incoming(own),
        replace(known, user=user),
        evidence=PASSED,
        mail_from="SRS0=HHHH=TT=customer.example=ann@gmx.net",
    )
    assert found.reason is Reason.SENDER_NOT_ALLOWED


@pytest.mark.parametrize("message", [incoming(), incoming("team@x.example", redirected_by=(OWN,))])
def test_a_trusted_sealer_vouches_when_the_mail_names_the_users_mailbox(
    message: Message,
) -> None:
    found = decided(message, evidence=SEALED, mail_from=CUSTOMER)
    assert (found.reason, found.direction) == (Reason.FILED, Direction.INCOMING)


def test_a_trusted_sealer_does_not_vouch_for_mail_that_has_nothing_to_do_with_the_user() -> None:
    found = decided(incoming("team@x.example"), evidence=SEALED, mail_from=CUSTOMER)
    assert found.reason is Reason.SENDER_NOT_ALLOWED


def test_mail_that_only_looks_redirected_says_so() -> None:
    found = decided(incoming(redirected_by=(OWN,)), evidence=UNVERIFIED, mail_from=CUSTOMER)
    assert found.reason is Reason.SENDER_NOT_ALLOWED
    assert [step.result for step in found.steps if step.step == "author"] == ["not_vouched"]


def test_redirected_mail_is_filed_on_its_other_external_receivers_too() -> None:
    message = incoming(OWN, cc=mailboxes("bob@customer.example", COLLEAGUE))
    found = decided(message, evidence=PASSED, mail_from=OWN)
    assert {one.email for one in found.filed_on} == {CUSTOMER, "bob@customer.example"}


# Gmail's question


def test_the_code_of_gmails_forwarding_confirmation_is_shown_in_the_note() -> None:
    message = mail(
        "hanako.aaaaaaaaaaaaaaaa@dropbox.example",
        author="forwarding-noreply@google.com",
        subject="(#123456789) Gmail Forwarding Confirmation - Receive Mail from h@home.example",
    )
    found = decided(message, mail_from="x@google.com")
    assert found.reason is Reason.SENDER_NOT_ALLOWED
    assert found.note.endswith("code: 123456789")


def test_why_names_the_sealer_only_where_the_seal_decided() -> None:
    evidence = replace(VERIFIED, sealed_by="google.com")
    found = decided(mail(CUSTOMER), policy(Policy.REQUIRE), evidence=evidence)
    said = explain(found.reason, found.steps)
    assert "yes: corp.example itself vouches" in " ".join(said)


# Everything is told


EVERY = [
    Evidence(verdict, why)
    for verdict, why in [
        (Verdict.VERIFIED, "dmarc_pass"),
        (Verdict.VERIFIED, "authserv"),
        (Verdict.FORGED, "dmarc_fail"),
        (Verdict.UNVERIFIED, "no_policy"),
        (Verdict.UNVERIFIED, "relayed"),
        (Verdict.UNVERIFIED, "sealed"),
        (Verdict.UNVERIFIED, "unknown_peer"),
        (Verdict.UNVERIFIED, "dns_down"),
    ]
]


@pytest.mark.parametrize("language", ["en", "ja"])
@pytest.mark.parametrize("evidence", EVERY, ids=lambda one: f"{one.verdict}_{one.why}")
def test_why_says_in_words_what_was_found_out(evidence: Evidence, language: str) -> None:
    found = decided(mail(CUSTOMER), policy(Policy.REQUIRE), evidence=evidence)
    lines = explain(found.reason, found.steps, found.note, language)
    said = [line for line in lines if evidence.why in line]
    assert not said, "a code where words belong"
    question = "本当に" if language == "ja" else "Does it really come from there?"
    assert any(line.startswith(question) for line in lines)


# Properties


evidences = st.builds(
    Evidence,
    st.sampled_from(Verdict),
    st.sampled_from([one.why for one in EVERY]),
    network=st.sampled_from(["", "192.0.2.0/24"]),
    mail_from_passes=st.booleans(),
    sealed_by=st.sampled_from(["", "google.com"]),
)
authors = st.sampled_from([OWN, COLLEAGUE, CUSTOMER, PENDING, None])
senders = st.sampled_from(["", OWN, CUSTOMER, "SRS0=H=T=customer.example=ann@corp.example"])


def judged(author: str | None, evidence: Evidence, name: Policy, mail_from: str) -> Decision:
    message = mail(CUSTOMER, OWN, author=author)
    return decided(message, pending(policy(name)), evidence=evidence, mail_from=mail_from)


@given(authors, evidences, st.sampled_from(Policy), senders)
def test_nobody_gets_in_who_is_not_ours_or_vouched_for(
    author: str | None, evidence: Evidence, name: Policy, mail_from: str
) -> None:
    found = judged(author, evidence, name, mail_from)
    if found.outcome is not Outcome.FILED or author in {OWN, COLLEAGUE}:
        return
    if author == PENDING:
        assert evidence.verdict is Verdict.VERIFIED
    else:
        assert author == CUSTOMER
        assert evidence.sealed_by or (evidence.mail_from_passes and mail_from != CUSTOMER)


@given(authors, evidences, senders)
def test_nothing_forged_is_filed_where_forged_mail_is_held(
    author: str | None, evidence: Evidence, mail_from: str
) -> None:
    found = judged(author, replace(evidence, verdict=Verdict.FORGED), Policy.REQUIRE, mail_from)
    ours = author in {OWN, COLLEAGUE, PENDING}
    assert not (ours and found.outcome is Outcome.FILED)
