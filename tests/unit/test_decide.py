"""The product's judgement, asked question by question."""

from __future__ import annotations

from dataclasses import replace

import pytest
from builders import (
    COLLEAGUE,
    HANAKO,
    OWN,
    TARO,
    arrival,
    decided,
    mail,
    mailboxes,
    person,
    standing,
)
from hypothesis import given
from hypothesis import strategies as st

from dropbox.envelope import Authority
from dropbox.filing.correspondents import Action, Why, is_robot
from dropbox.filing.decide import decide
from dropbox.filing.decision import Decision, Direction, Step
from dropbox.filing.outcomes import OUTCOMES, Kept, Outcome, Reason
from dropbox.filing.standing import (
    Facts,
    Kind,
    KnownPerson,
    Rules,
    Standing,
    User,
    UserAddress,
    Visibility,
    questions_of,
)
from dropbox.ids import mint
from dropbox.mail.message import Fingerprint, Mailbox, Message, Report

# Who wrote it?


def test_mail_from_the_user_goes_out() -> None:
    assert decided(mail("a@customer.example")).direction is Direction.OUTGOING


def test_mail_from_a_second_sender_address_goes_out() -> None:
    found = decided(mail("a@customer.example", author="h@home.example"))
    assert found.reason is Reason.FILED


def test_mail_from_a_colleague_goes_out() -> None:
    assert decided(mail("a@customer.example", author=COLLEAGUE)).reason is Reason.FILED


@pytest.mark.parametrize(
    "address",
    [
        UserAddress(TARO, active=False, proven=True),
        UserAddress(TARO, active=True, proven=False),
    ],
)
def test_a_colleague_who_is_suspended_or_unproven_lets_nobody_in(address: UserAddress) -> None:
    known = standing(users={COLLEAGUE: (address,)})
    found = decided(mail("a@customer.example", author=COLLEAGUE), known)
    assert found.reason is Reason.SENDER_NOT_ALLOWED


def test_a_stranger_is_held() -> None:
    found = decided(mail("a@customer.example", author="x@evil.example"))
    assert (found.reason, found.direction) == (Reason.SENDER_NOT_ALLOWED, None)


def test_an_unclear_sender_is_held() -> None:
    found = decided(mail("a@customer.example", author=None))
    assert found.reason is Reason.SENDER_UNCLEAR
    assert Step("author", "nobody") in found.steps


def test_a_pending_sender_is_held_until_proven() -> None:
    known = standing()
    assert known.user
    pending = replace(known, user=replace(known.user, pending=frozenset({"new@home.example"})))
    found = decided(mail("a@customer.example", author="new@home.example"), pending)
    assert found.reason is Reason.SENDER_UNVERIFIED


def test_imported_mail_passes_the_sender_gate_and_is_incoming_when_somebody_else_wrote_it() -> None:
    message = mail(OWN, author="a@customer.example")
    found = decided(message, authority=Authority.IMPORT)
    assert (found.reason, found.direction) == (Reason.FILED, Direction.INCOMING)
    assert [one.email for one in found.filed_on] == ["a@customer.example"]


# Before them all


def test_a_suspended_users_mail_is_held_whoever_wrote_it() -> None:
    found = decided(mail("a@customer.example", author="x@evil.example"), standing(active=False))
    assert found.reason is Reason.USER_SUSPENDED


def test_postmaster_is_held_for_the_admins() -> None:
    known = Standing(None, "dropbox.example", Facts())
    assert decide(arrival(mail("a@customer.example")), known).reason is Reason.POSTMASTER


# Delivery reports


GONE = {"one@corp.example": frozenset({"gone@customer.example", "a@customer.example"})}


def test_a_delivery_report_about_a_filed_message_marks_the_address() -> None:
    report = Report("one@corp.example", ("gone@customer.example",))
    message = mail(OWN, author="mailer-daemon@mx.example", report=report)
    known = standing(reported=GONE)
    found = decided(message, known, mail_from="")
    assert (found.reason, found.bouncing) == (Reason.BOUNCE, ("gone@customer.example",))


def test_a_delivery_report_marks_nobody_to_whom_the_message_did_not_go() -> None:
    report = Report("one@corp.example", ("boss@rival.example", "a@customer.example"))
    message = mail(OWN, author="mailer-daemon@mx.example", report=report)
    found = decided(message, standing(reported=GONE), mail_from="")
    assert (found.reason, found.bouncing) == (Reason.BOUNCE, ("a@customer.example",))


def test_a_delivery_report_in_the_same_batch_knows_to_whom_the_message_went() -> None:
    known = standing(reported={"one@corp.example": None})
    report = Report("one@corp.example", ("gone@customer.example", "boss@rival.example"))
    message = mail(OWN, author="mailer-daemon@mx.example", report=report)
    assert decided(message, known, mail_from="").reason is Reason.SENDER_NOT_ALLOWED
    after = known.after(decided(mail("gone@customer.example"), known))
    found = decided(message, after, mail_from="")
    assert (found.reason, found.bouncing) == (Reason.BOUNCE, ("gone@customer.example",))


def test_only_the_null_sender_makes_a_delivery_report() -> None:
    report = Report("one@corp.example", ("gone@customer.example",))
    message = mail(OWN, author="mailer-daemon@mx.example", report=report)
    known = standing(reported=GONE)
    assert decided(message, known, mail_from="x@evil.example").reason is Reason.SENDER_NOT_ALLOWED


def test_a_delivery_report_about_nothing_filed_is_a_strangers_mail() -> None:
    report = Report("other@corp.example", ("gone@customer.example",))
    message = mail(OWN, author="mailer-daemon@mx.example", report=report)
    assert decided(message, mail_from="").reason is Reason.SENDER_NOT_ALLOWED


# Which addresses?


@pytest.mark.parametrize(
    "to", [(), (OWN,), ("hanako.aaaaaaaaaaaaaaaa@dropbox.example",), (OWN, "h@home.example")]
)
def test_mail_to_nobody_but_the_user_is_held(to: tuple[str, ...]) -> None:
    assert decided(mail(*to)).reason is Reason.NO_RECIPIENTS


def test_an_address_that_cannot_be_read_is_said_to_be_the_one_that_is_missing() -> None:
    held = decided(mail(OWN, notes=("address_unreadable",)))
    assert held.reason is Reason.NO_RECIPIENTS
    assert held.steps[-1].result == "unreadable"
    assert decided(mail(OWN)).steps[-1].result == "nobody"


def test_mail_to_colleagues_alone_is_skipped() -> None:
    known = standing(internal=frozenset({"corp.example"}))
    assert decided(mail(COLLEAGUE, "it@corp.example"), known).reason is Reason.INTERNAL_ONLY


def test_a_bcc_header_that_the_client_kept_counts() -> None:
    found = decided(mail(bcc=mailboxes("b@customer.example")))
    assert [one.email for one in found.filed_on] == ["b@customer.example"]


SECRET = "hanako.aaaaaaaaaaaaaaaa@dropbox.example"


def test_a_dropbox_address_that_a_stranger_writes_to_openly_is_noted_on_the_held_mail() -> None:
    for message in (
        mail(SECRET, author="eve@evil.example"),
        mail("a@customer.example", cc=mailboxes(SECRET), author="eve@evil.example"),
    ):
        found = decided(message)
        assert (found.reason, found.note) == (Reason.SENDER_NOT_ALLOWED, "address_exposed")


def test_a_dropbox_address_among_colleagues_alone_is_not_exposed() -> None:
    assert decided(mail(COLLEAGUE, SECRET)).note == ""


def test_of_mail_never_to_be_logged_nothing_is_noted_but_the_pattern() -> None:
    known = standing(never_log={None: frozenset({"evil.example"})})
    assert decided(mail(SECRET, author="eve@evil.example"), known).note == "evil.example"


def test_a_dropbox_address_beside_outsiders_is_noted() -> None:
    found = decided(mail("a@customer.example", "hanako.aaaaaaaaaaaaaaaa@dropbox.example"))
    assert "address_exposed" in found.note
    assert [one.email for one in found.filed_on] == ["a@customer.example"]


@pytest.mark.parametrize(
    ("pattern", "email", "inside"),
    [
        ("corp.example", "it@corp.example", True),
        ("corp.example", "it@eu.corp.example", False),
        ("*.corp.example", "it@eu.corp.example", True),
        ("*.corp.example", "it@corp.example", False),
        ("boss@holding.example", "boss@holding.example", True),
        ("boss@holding.example", "other@holding.example", False),
    ],
)
def test_internal_patterns_cover_what_they_say(pattern: str, email: str, *, inside: bool) -> None:
    known = standing(internal=frozenset({pattern}))
    found = decided(mail("a@customer.example", email), known)
    assert (email not in {one.email for one in found.correspondents}) is inside


# Never-log


def test_never_log_goes_before_any_answer_that_keeps_something() -> None:
    known = standing(never_log={None: frozenset({"secret.example"})})
    message = mail("x@secret.example", author="lawyer@secret.example")
    assert decided(message, known).reason is Reason.NEVER_LOG


def test_a_users_own_never_log_list_counts_and_another_users_does_not() -> None:
    message = mail("x@secret.example")
    own = standing(never_log={HANAKO: frozenset({"*.example", "secret.example"})})
    other = standing(never_log={TARO: frozenset({"secret.example"})})
    assert decided(message, own).reason is Reason.NEVER_LOG
    assert decided(message, other).reason is Reason.FILED


def test_a_listed_address_among_others_is_masked_and_the_others_are_filed() -> None:
    known = standing(never_log={None: frozenset({"secret.example"})})
    found = decided(mail("x@secret.example", "a@customer.example"), known)
    assert found.reason is Reason.FILED
    assert found.masked == {"x@secret.example"}
    assert [one.email for one in found.correspondents] == ["a@customer.example"]
    assert "x@secret.example" not in repr((found.note, found.steps, found.thread))


# Whom to file it on?


def test_the_first_kind_of_the_rules_that_matches_wins() -> None:
    email = "a@customer.example"
    people = {email: (KnownPerson(mint(), Kind.LEAD), KnownPerson(mint(), Kind.CONTACT))}
    for first in Kind:
        rules = Rules(search=(first,))
        found = decided(mail(email), standing(rules=rules, people=people))
        assert [one.kind for one in found.filed_on] == [first]


def test_a_person_of_the_other_kind_comes_before_a_double() -> None:
    email = "a@customer.example"
    known = standing(rules=Rules(search=(Kind.CONTACT,)), people=person(Kind.LEAD, email))
    (one,) = decided(mail(email), known).correspondents
    assert (one.action, one.kind, one.why) == (Action.FILE, Kind.LEAD, Why.OTHER_KIND)


def test_with_nothing_to_create_the_other_kind_is_not_looked_at() -> None:
    email = "a@customer.example"
    rules = Rules(search=(Kind.CONTACT,), create=None)
    found = decided(mail(email), standing(rules=rules, people=person(Kind.LEAD, email)))
    assert found.reason is Reason.NOBODY_MATCHED


def test_an_unknown_address_becomes_what_the_rules_say() -> None:
    found = decided(mail("a@customer.example"), standing(rules=Rules(create=Kind.CONTACT)))
    assert [(one.action, one.kind) for one in found.filed_on] == [(Action.CREATE, Kind.CONTACT)]


def test_some_known_and_some_not_creatable_is_filed_in_part() -> None:
    known = standing(rules=Rules(create=None), people=person(Kind.LEAD, "a@customer.example"))
    found = decided(mail("a@customer.example", "b@customer.example"), known)
    assert found.reason is Reason.FILED_IN_PART
    assert [one.email for one in found.waiting] == ["b@customer.example"]
    assert "b@customer.example" in found.note


def test_more_new_people_than_allowed_creates_none() -> None:
    new = [f"n{number}@customer.example" for number in range(11)]
    known = standing(people=person(Kind.LEAD, "a@customer.example"))
    found = decided(mail("a@customer.example", *new), known)
    assert found.reason is Reason.FILED_IN_PART
    assert {one.why for one in found.waiting} == {Why.TOO_MANY_NEW}
    assert decided(mail(*new)).reason is Reason.TOO_MANY_NEW
    assert decided(mail(*new[:10])).reason is Reason.FILED


def test_automatic_mail_creates_nobody_and_is_filed_on_the_known() -> None:
    found = decided(mail("a@customer.example", automatic=True))
    assert found.reason is Reason.NOBODY_MATCHED
    known = standing(people=person(Kind.LEAD, "a@customer.example"))
    assert decided(mail("a@customer.example", automatic=True), known).reason is Reason.FILED


@pytest.mark.parametrize(
    "email",
    [
        "no-reply@shop.example",
        "noreply@shop.example",
        "do.not.reply@shop.example",
        "donotreply+123@shop.example",
        "billing-noreply@shop.example",
        "noreply2@shop.example",
        "mailer-daemon@mx.example",
        "postmaster@mx.example",
        "bounces+abc=def@lists.example",
        "dev-bounces@lists.example",
        "owner-dev@lists.example",
        "dev-request@lists.example",
    ],
)
def test_robots_are_no_people(email: str) -> None:
    assert is_robot(email)
    assert decided(mail(email)).reason is Reason.NOBODY_MATCHED


@pytest.mark.parametrize(
    "email",
    ["bouncer@club.example", "reply@corp.example", "owner@shop.example", "r.owner@x.example"],
)
def test_people_with_such_names_are_people(email: str) -> None:
    assert not is_robot(email)


def test_an_address_that_the_mail_calls_a_list_is_no_person() -> None:
    message = mail("dev@lists.example", lists=("dev@lists.example",))
    assert decided(message).reason is Reason.NOBODY_MATCHED


def test_two_addresses_of_one_person_are_one_filing() -> None:
    one = KnownPerson(mint(), Kind.LEAD)
    people = {"a@customer.example": (one,), "a@home.example": (one,)}
    found = decided(mail("a@home.example", "a@customer.example"), standing(people=people))
    assert found.filings == ((one.person_id, "a@customer.example"),)


# Seen before?


def test_the_same_mail_again_is_a_duplicate() -> None:
    message = mail("a@customer.example")
    first = decided(message)
    again = decided(message, standing().after(first))
    assert again.reason is Reason.SEEN_BEFORE
    assert again.duplicate_of == first.arrival.delivery_id


def test_another_users_copy_adds_a_capture_and_no_second_message() -> None:
    message = mail("a@customer.example")
    first = decided(message)
    known = standing().after(first)
    taro = User(TARO, COLLEAGUE, proven=frozenset({COLLEAGUE}))
    second = decide(arrival(message, user=TARO), replace(known, user=taro))
    assert second.reason is Reason.FILED
    assert (second.message_id, second.is_new_message) == (first.message_id, False)
    assert second.filings == ()


def test_one_message_id_with_another_subject_and_text_is_another_message() -> None:
    first = decided(mail("a@customer.example"))
    date = first.arrival.message.fingerprint.date
    other = mail("a@customer.example", fingerprint=Fingerprint(date, b"Other", b"u" * 32))
    found = decided(other, standing().after(first))
    assert found.reason is Reason.FILED
    assert found.message_id != first.message_id
    assert found.variant == 1


def test_one_message_id_with_another_subject_alone_is_the_same_message() -> None:
    first = decided(mail("a@customer.example"))
    print_ = replace(first.arrival.message.fingerprint, subject=b"[list] Offer")
    found = decided(mail("a@customer.example", fingerprint=print_), standing().after(first))
    assert found.reason is Reason.SEEN_BEFORE


def test_held_mail_that_comes_again_is_not_held_twice() -> None:
    message = mail("a@customer.example", author="x@evil.example")
    first = decided(message)
    again = decided(message, standing().after(first))
    assert again.reason is Reason.SEEN_BEFORE
    assert again.duplicate_of == first.arrival.delivery_id


def test_held_mail_that_comes_again_and_may_be_filed_now_settles_the_held_one() -> None:
    message = mail("a@customer.example")
    nothing = standing(rules=Rules(create=None))
    first = decided(message, nothing)
    assert first.reason is Reason.NOBODY_MATCHED
    again = decided(message, standing().after(first))
    assert again.reason is Reason.FILED
    assert again.resolves == (first.arrival.delivery_id,)


# Threads


def test_an_answer_joins_the_thread_whichever_comes_first() -> None:
    first = mail("a@customer.example")
    answer = mail(
        "a@customer.example",
        rfc_message_id="two@corp.example",
        references=("one@corp.example",),
        subject="Re: Offer",
    )
    for one, two in ((first, answer), (answer, first)):
        earlier = decided(one)
        later = decided(two, standing().after(earlier))
        assert earlier.thread
        assert later.thread
        assert later.thread.thread_id == earlier.thread.thread_id


def test_a_reference_that_shares_neither_people_nor_subject_joins_nothing() -> None:
    first = decided(mail("a@customer.example"))
    stranger = mail(
        "z@other.example",
        rfc_message_id="two@corp.example",
        references=("one@corp.example",),
        subject="Something else",
    )
    found = decided(stranger, standing().after(first))
    assert found.thread
    assert first.thread
    assert found.thread.thread_id != first.thread.thread_id


def test_a_mail_that_refers_to_two_threads_joins_them_the_newer_into_the_older() -> None:
    known = standing()
    plans = []
    for name in ("one", "two"):
        found = decided(mail("a@customer.example", rfc_message_id=f"{name}@corp.example"), known)
        known = known.after(found)
        assert found.thread
        plans.append(found.thread.thread_id)
    both = mail(
        "a@customer.example",
        rfc_message_id="three@corp.example",
        references=("two@corp.example", "one@corp.example"),
    )
    joined = decided(both, known).thread
    assert joined
    assert (joined.thread_id, joined.joins) == (min(plans), (max(plans),))


# Properties

INTERNAL = frozenset({"corp.example", "*.corp.example"})
LISTED = frozenset({"secret.example", "quiet@customer.example"})
KNOWN = "known@customer.example"

addresses = st.sampled_from(
    [
        OWN,
        COLLEAGUE,
        "it@eu.corp.example",
        "hanako.aaaaaaaaaaaaaaaa@dropbox.example",
        "noreply@shop.example",
        "dev@lists.example",
        "x@secret.example",
        "quiet@customer.example",
        KNOWN,
        "new@customer.example",
        "山田@例え.example",
        "nobody-at-all",
        "",
    ]
)
boxes = st.builds(
    Mailbox, addresses, st.sampled_from(["", "山田 太郎", "Ann Lee", "Bob Lee", "A, B"])
)
lists_of_boxes = st.lists(boxes, max_size=8).map(tuple)
messages = st.builds(
    lambda author, **fields: mail(author=author, **fields),
    author=st.one_of(st.none(), addresses),
    to=lists_of_boxes,
    cc=lists_of_boxes,
    bcc=lists_of_boxes,
    automatic=st.booleans(),
    lists=st.just(("dev@lists.example",)),
    rfc_message_id=st.sampled_from([None, "one@corp.example", "two@corp.example"]),
    references=st.lists(st.sampled_from(["one@corp.example", "zero@x.example"])).map(tuple),
)
rules = st.builds(
    Rules,
    search=st.sampled_from([(Kind.LEAD,), (Kind.CONTACT,), (Kind.CONTACT, Kind.LEAD)]),
    create=st.sampled_from([None, Kind.LEAD, Kind.CONTACT]),
    visibility=st.sampled_from(list(Visibility)),
    max_new_people=st.integers(0, 3),
)


def world(given_rules: Rules) -> Standing:
    return standing(
        rules=given_rules,
        internal=INTERNAL,
        never_log={None: LISTED},
        people={KNOWN: (KnownPerson(HANAKO, Kind.LEAD),)},
    )


def shape(decision: Decision) -> object:
    """All that a decision says, apart from the mail it is about."""
    return (
        decision.reason,
        decision.direction,
        decision.correspondents,
        decision.filings,
        decision.thread,
        decision.masked,
        decision.note,
        decision.steps,
    )


@given(messages, rules, st.randoms())
def test_the_order_of_recipients_never_matters(
    message: Message, given_rules: Rules, random
) -> None:  # type: ignore[no-untyped-def]
    one = arrival(message)
    shuffled = {}
    for role in ("to", "cc", "bcc"):
        listed = list(getattr(message, role))
        random.shuffle(listed)
        shuffled[role] = tuple(listed)
    other = replace(one, message=replace(message, **shuffled))
    assert shape(decide(one, world(given_rules))) == shape(decide(other, world(given_rules)))


@given(messages, rules)
def test_deciding_twice_about_the_same_is_the_same(message: Message, given_rules: Rules) -> None:
    one = arrival(message)
    assert decide(one, world(given_rules)) == decide(one, world(given_rules))


@given(messages, rules)
def test_nobody_is_ever_made_out_of_colleagues_robots_or_lists(
    message: Message, given_rules: Rules
) -> None:
    found = decide(arrival(message), world(given_rules))
    created = {one.email for one in found.correspondents if one.action is Action.CREATE}
    assert created <= {"new@customer.example", "山田@例え.example"}
    assert len(created) <= given_rules.max_new_people


@given(messages, rules)
def test_what_is_on_a_never_log_list_is_named_nowhere(message: Message, given_rules: Rules) -> None:
    found = decide(arrival(message), world(given_rules))
    kept = OUTCOMES[found.reason].kept
    named = repr((found.correspondents, found.thread, found.steps, found.filings))
    for email in ("x@secret.example", "quiet@customer.example"):
        assert email not in named
    if found.reason is Reason.NEVER_LOG:
        assert kept is Kept.ROW


@given(messages, rules)
def test_the_next_mail_of_a_batch_sees_what_the_one_before_it_wrote(
    message: Message, given_rules: Rules
) -> None:
    known = world(given_rules)
    first = decide(arrival(message), known)
    again = decide(arrival(message), known.after(first))
    if first.outcome in {Outcome.FILED, Outcome.HELD}:
        assert again.reason is Reason.SEEN_BEFORE
        assert again.duplicate_of == first.arrival.delivery_id


@given(messages)
def test_every_question_that_decide_asks_was_asked_of_the_directory(message: Message) -> None:
    asked = questions_of(message)
    for mailbox in (*message.to, *message.cc, *message.bcc):
        assert mailbox.email in asked.emails
        assert mailbox.email in asked.patterns


def test_never_log_sees_every_mailbox_of_an_unclear_from() -> None:
    known = standing(never_log={None: frozenset({"secret.example"})})
    both = mailboxes("p@secret.example", "q@secret.example")
    found = decided(mail(OWN, author=None, authors=both), known)
    assert found.reason is Reason.NEVER_LOG


def test_the_quota_is_asked_for_strangers_alone() -> None:
    known = replace(standing(), held_quota=0)
    assert decided(mail("a@customer.example", author=None), known).reason is Reason.SENDER_UNCLEAR
