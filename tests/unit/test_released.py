"""What a person decides about held mail, and the quota that keeps strangers' mail small."""

from __future__ import annotations

from dataclasses import replace

import pytest
from builders import ADDRESS, HANAKO, OWN, arrival, mail, standing

from dropbox.envelope import Authority
from dropbox.filing.decide import decide
from dropbox.filing.decision import Decision, Direction, Release
from dropbox.filing.outcomes import Reason
from dropbox.filing.standing import Kind, KnownPerson, Rules, Standing
from dropbox.ids import mint
from dropbox.mail.message import Message

STRANGER = "eve@other.example"


def released(
    message: Message, reason: Reason, known: Standing, person: KnownPerson | None = None
) -> Decision:
    held = arrival(message, authority=Authority.RELEASED)
    release = Release(frozenset({reason}), mint(), person, "ann@customer.example")
    return decide(replace(held, release=release), known)


def test_a_released_strangers_mail_is_incoming_and_filed_on_its_author_too() -> None:
    message = mail(OWN, "a@customer.example", author=STRANGER)
    found = released(message, Reason.SENDER_NOT_ALLOWED, standing())
    assert (found.reason, found.direction) == (Reason.FILED, Direction.INCOMING)
    assert {one.email for one in found.filed_on} == {STRANGER, "a@customer.example"}


def test_release_passes_the_gate_it_was_held_at_and_no_other() -> None:
    message = mail("a@customer.example", author=STRANGER)
    assert released(message, Reason.NOBODY_MATCHED, standing()).reason is Reason.SENDER_NOT_ALLOWED
    known = standing(rules=Rules(create=None))
    assert released(message, Reason.SENDER_NOT_ALLOWED, known).reason is Reason.NOBODY_MATCHED


def test_releasing_never_passes_the_never_log_list() -> None:
    message = mail("x@secret.example", author="lawyer@secret.example")
    known = standing(never_log={None: frozenset({"secret.example"})})
    assert released(message, Reason.SENDER_NOT_ALLOWED, known).reason is Reason.NEVER_LOG


def test_releasing_what_matched_nobody_creates_them() -> None:
    known = standing(rules=Rules(create=None))
    found = released(mail("a@customer.example"), Reason.NOBODY_MATCHED, known)
    assert [(one.email, one.kind) for one in found.filed_on] == [("a@customer.example", Kind.LEAD)]


def test_releasing_too_many_creates_them_all() -> None:
    new = [f"n{number}@customer.example" for number in range(30)]
    found = released(mail(*new), Reason.TOO_MANY_NEW, standing())
    assert len(found.filed_on) == 30


def test_releasing_a_suspended_users_mail_files_it() -> None:
    found = released(mail("a@customer.example"), Reason.USER_SUSPENDED, standing(active=False))
    assert found.reason is Reason.FILED


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        (mail(author=None), Reason.SENDER_UNCLEAR),
        (mail(OWN), Reason.NO_RECIPIENTS),
        (mail("noreply@shop.example"), Reason.NOBODY_MATCHED),
        (mail("a@customer.example", author=STRANGER), Reason.SENDER_NOT_ALLOWED),
    ],
)
def test_assigned_mail_is_filed_on_the_one_it_was_assigned_to(
    message: Message, reason: Reason
) -> None:
    person = KnownPerson(mint(), Kind.CONTACT)
    found = released(message, reason, standing(), person)
    assert found.reason is Reason.FILED
    assert found.filings == ((person.person_id, "ann@customer.example"),)


def test_a_released_mail_is_no_duplicate_of_itself() -> None:
    first = decide(arrival(mail("a@customer.example", author=STRANGER)), standing())
    known = standing().after(first)
    again = replace(first.arrival, release=Release(frozenset({Reason.SENDER_NOT_ALLOWED}), mint()))
    found = decide(again, known)
    assert found.reason is Reason.FILED
    assert found.resolves == ()


def strangers_mail(number: int, domain: str = "other.example") -> Message:
    return mail(
        "a@customer.example", author=f"eve{number}@{domain}", rfc_message_id=f"{number}@{domain}"
    )


def test_beyond_the_days_quota_only_headers_are_kept() -> None:
    known = replace(standing(), held_quota=3)
    reasons = []
    for number in range(5):
        found = decide(arrival(strangers_mail(number)), known)
        known = known.after(found)
        reasons.append(found.reason)
    assert reasons == [Reason.SENDER_NOT_ALLOWED] * 3 + [Reason.OVER_QUOTA] * 2


def test_a_sending_domain_has_a_quota_too_and_others_are_not_kept_out_by_it() -> None:
    known = replace(standing(strangers_by_domain={"flood.example": 3}), held_quota=3)
    flood = decide(arrival(strangers_mail(1, "flood.example")), known)
    other = decide(arrival(strangers_mail(2)), known)
    assert (flood.reason, other.reason) == (Reason.OVER_QUOTA, Reason.SENDER_NOT_ALLOWED)


def test_own_domains_have_no_quota_and_own_mail_never_asks() -> None:
    known = replace(
        standing(strangers_by_address={ADDRESS: 99}, internal=frozenset({"corp.example"})),
        held_quota=3,
    )
    colleague = decide(arrival(mail("a@customer.example", author="new@corp.example")), known)
    own = decide(arrival(mail("a@customer.example")), known)
    assert (colleague.reason, own.reason) == (Reason.SENDER_NOT_ALLOWED, Reason.FILED)


def test_a_retry_of_held_mail_is_a_duplicate_even_when_the_quota_is_used_up() -> None:
    message = strangers_mail(1)
    first = decide(arrival(message), standing())
    known = replace(standing().after(first), held_quota=1)
    again = decide(arrival(message, user=HANAKO), known)
    assert again.reason is Reason.SEEN_BEFORE
