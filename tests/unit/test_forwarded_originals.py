"""What is decided about mail in which an original is forwarded."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from builders import (
    COLLEAGUE,
    DROPBOX,
    NOON,
    OWN,
    TARO,
    arrival,
    attached,
    decided,
    forward,
    mail,
    mailboxes,
    original,
    person,
    standing,
)
from hypothesis import given
from hypothesis import strategies as st

from dropbox.envelope import Authority
from dropbox.exposure import concealed
from dropbox.filing.correspondents import Action
from dropbox.filing.decide import decide
from dropbox.filing.decision import Decision, Direction, Release
from dropbox.filing.originals import MAX_ADDRESSES, originals_of
from dropbox.filing.outcomes import Outcome, Reason
from dropbox.filing.standing import Kind, KnownPerson, Rules, User, questions_of
from dropbox.ids import mint
from dropbox.mail.forwards import BAR
from dropbox.mail.message import Forwarded, Mailbox, Message, Part

ANN = "ann@customer.example"
BOB = "bob@customer.example"
INTERNAL = frozenset({"corp.example"})


def names(found: Decision) -> set[str]:
    return {one.email for one in found.everybody if one.action is not Action.SKIP}


# Its author decides again


def test_an_outsiders_mail_passed_on_is_incoming_and_shown_as_it_was_written() -> None:
    found = decided(forward(original(ANN, OWN, BOB)))
    assert (found.reason, found.direction) == (Reason.FILED, Direction.INCOMING)
    assert names(found) == {ANN, BOB}
    assert (found.message.subject, found.message.sent_at) == ("Question", NOON)
    assert found.message.text == "What does it cost?"
    assert found.comment == "Please have a look."


@pytest.mark.parametrize("author", [OWN, "h@home.example", COLLEAGUE])
def test_the_own_or_a_colleagues_sent_mail_passed_on_is_outgoing(author: str) -> None:
    found = decided(forward(original(author, ANN, COLLEAGUE, cc=mailboxes(BOB))))
    assert (found.reason, found.direction) == (Reason.FILED, Direction.OUTGOING)
    assert names(found) == {ANN, BOB}


def test_the_people_of_the_forward_itself_are_nobody_when_all_are_inside() -> None:
    found = decided(forward(original(), to=(DROPBOX, OWN, COLLEAGUE)))
    assert names(found) == {ANN}


def test_mail_to_a_customer_with_a_forward_in_it_is_that_mail() -> None:
    found = decided(forward(original(), to=(BOB,)))
    assert (found.direction, names(found)) == (Direction.OUTGOING, {BOB})
    assert found.original is None


@pytest.mark.parametrize(
    "author", ["form@corp.example", "noreply@shop.example", "dev-bounces@lists.example"]
)
def test_in_place_of_a_form_a_robot_or_a_list_its_external_reply_to_counts(author: str) -> None:
    passed_on = original(author, "sales@corp.example", reply_to=mailboxes(ANN, COLLEAGUE))
    found = decided(forward(passed_on), standing(internal=INTERNAL))
    assert (found.direction, names(found)) == (Direction.INCOMING, {ANN})


def test_a_list_that_writes_itself_into_from_gives_way_to_whom_it_stands_for() -> None:
    via = Mailbox("sales@partner.example", "'Ann Lee' via Sales")
    passed_on = replace(original(), author=via, reply_to=mailboxes(ANN))
    assert names(decided(forward(passed_on))) == {ANN}


def test_a_form_that_writes_in_the_users_own_name_is_the_customers_mail() -> None:
    found = decided(forward(original(OWN, OWN, reply_to=mailboxes(ANN))))
    assert (found.direction, names(found)) == (Direction.INCOMING, {ANN})


def test_a_forms_customer_counts_also_where_a_copy_went_to_somebody_outside() -> None:
    passed_on = original("form@corp.example", OWN, cc=mailboxes(BOB), reply_to=mailboxes(ANN))
    found = decided(forward(passed_on), standing(internal=INTERNAL))
    assert (found.direction, names(found)) == (Direction.INCOMING, {ANN, BOB})


def test_an_outsiders_reply_to_does_not_take_the_authors_place() -> None:
    assert names(decided(forward(original(ANN, reply_to=mailboxes(BOB))))) == {ANN}


def test_internal_mail_without_a_user_behind_it_goes_out_to_whom_it_went() -> None:
    found = decided(forward(original("boss@corp.example", ANN)), standing(internal=INTERNAL))
    assert (found.direction, names(found)) == (Direction.OUTGOING, {ANN})


@pytest.mark.parametrize(
    ("to", "reason"),
    [((DROPBOX,), Reason.NO_RECIPIENTS), ((DROPBOX, COLLEAGUE), Reason.INTERNAL_ONLY)],
)
def test_where_nobody_outside_had_to_do_with_the_original_nothing_is_filed(
    to: tuple[str, ...], reason: Reason
) -> None:
    assert decided(forward(original(COLLEAGUE, OWN), to=to)).reason is reason


def test_a_robot_without_a_reply_to_makes_nobody() -> None:
    found = decided(forward(original("noreply@shop.example")))
    assert (found.reason, names(found)) == (Reason.NOBODY_MATCHED, set())


def test_in_imported_mail_originals_count_too() -> None:
    found = decided(forward(original()), authority=Authority.IMPORT)
    assert (found.direction, names(found)) == (Direction.INCOMING, {ANN})


# Is it a forward at all?


def test_below_the_bar_it_is_held_and_never_filed() -> None:
    found = decided(forward(original(confidence=BAR - 0.01)))
    assert (found.reason, found.filings) == (Reason.FORWARD_UNCLEAR, ())
    assert decided(forward(original(confidence=BAR))).reason is Reason.FILED


def test_an_original_that_names_no_author_is_held() -> None:
    assert decided(forward(original(None, ANN))).reason is Reason.FORWARD_UNCLEAR


def test_one_unclear_original_among_several_holds_the_mail() -> None:
    clear = attached(mail(OWN, author=ANN, rfc_message_id="a@customer.example"))
    found = decided(forward(clear, replace(clear, author=None, path="3")))
    assert found.reason is Reason.FORWARD_UNCLEAR


def test_more_addresses_than_anybody_writes_to_are_for_a_person_to_decide() -> None:
    crowd = [f"n{number}@customer.example" for number in range(MAX_ADDRESSES)]
    several = [attached(mail(*crowd, author=OWN, rfc_message_id=f"{n}@x.example"), str(n))
               for n in (2, 3)]  # fmt: skip
    found = decided(forward(*several))
    assert found.reason is Reason.FORWARD_UNCLEAR
    asked = questions_of(found.arrival.message, found.arrival.originals)
    assert len(asked.emails) < 10


# Never-log


def test_never_log_looks_at_the_people_of_the_original() -> None:
    known = standing(never_log={None: frozenset({"customer.example"})})
    for passed_on in (original(), original(confidence=0.1), original(OWN, ANN)):
        found = decided(forward(passed_on), known)
        assert found.reason is Reason.NEVER_LOG
        assert "Question" not in repr((found.note, found.steps, found.original))


def test_a_listed_one_among_the_people_of_the_original_is_masked() -> None:
    known = standing(never_log={None: frozenset({BOB})})
    found = decided(forward(original(ANN, BOB)), known)
    assert (names(found), found.masked) == ({ANN}, {BOB})
    assert BOB not in repr(found.steps)


def test_a_listed_customer_is_not_kept_for_the_sake_of_what_is_quoted_below() -> None:
    known = standing(never_log={None: frozenset({BOB})})
    assert decided(forward(original(), to=(BOB,)), known).reason is Reason.NEVER_LOG


def test_an_original_with_nobody_left_beside_the_listed_ones_is_not_recorded() -> None:
    known = standing(never_log={None: frozenset({"c1@customer.example"})})
    found = decided(forward(*three()), known)
    assert [part.message.subject for part in found.messages] == ["Question 2", "Question 3"]


def test_whom_an_outsider_wants_answers_sent_to_is_nobody_to_keep_the_mail_for() -> None:
    known = standing(never_log={None: frozenset({ANN})})
    found = decided(forward(original(ANN, reply_to=mailboxes(BOB))), known)
    assert found.reason is Reason.NEVER_LOG


# Seen before?


def test_an_attached_original_and_the_mail_itself_meet_as_one_message() -> None:
    itself = mail(ANN)
    first = decided(itself)
    again = decided(forward(attached(itself)), standing().after(first))
    assert (again.reason, again.duplicate_of) == (Reason.SEEN_BEFORE, first.arrival.delivery_id)
    other_way = decided(forward(attached(itself)))
    assert decided(itself, standing().after(other_way)).reason is Reason.SEEN_BEFORE


def test_a_colleague_who_forwards_what_is_recorded_adds_a_capture_and_a_comment() -> None:
    first = decided(forward(original()))
    known = standing().after(first)
    taro = replace(known, user=User(TARO, COLLEAGUE, proven=frozenset({COLLEAGUE})))
    message = forward(
        original(comment="Mine too."), author=COLLEAGUE, rfc_message_id="taro@corp.example"
    )
    second = decide(arrival(message, user=TARO), taro)
    assert (second.message_id, second.is_new_message) == (first.message_id, False)
    assert (second.is_new_capture, second.comment) == (True, "Mine too.")


def test_two_clients_wrap_one_original_differently_and_it_stays_one() -> None:
    first = decided(forward(original(text="What does\nit cost?\n")))
    wrapped = original(text="What does it  cost?", subject="Question ")
    again = forward(wrapped, rfc_message_id="again@corp.example")
    assert decided(again, standing().after(first)).reason is Reason.SEEN_BEFORE


@pytest.mark.parametrize(
    "other",
    [
        original(BOB),
        original(sent_at=NOON + timedelta(minutes=1)),
        original(subject="Another"),
        original(text="Something else"),
        original(sent_at=None),
    ],
)
def test_another_author_minute_subject_or_text_is_another_original(other: Forwarded) -> None:
    first = decided(forward(original()))
    again = forward(other, rfc_message_id="again@corp.example")
    assert decided(again, standing().after(first)).reason is Reason.FILED


def test_two_mails_with_one_original_each_of_no_date_and_the_same_text_are_one() -> None:
    first = decided(forward(original(sent_at=None)))
    again = forward(original(sent_at=None), rfc_message_id="again@corp.example")
    assert decided(again, standing().after(first)).reason is Reason.SEEN_BEFORE


# Time


def test_a_date_without_a_zone_is_in_the_users() -> None:
    known = standing()
    assert known.user
    tokyo = replace(known, user=replace(known.user, timezone=ZoneInfo("Asia/Tokyo")))
    passed_on = original(sent_at=datetime(2026, 11, 22, 9, 30))  # noqa: DTZ001 - as it was read
    found = decided(forward(passed_on), tokyo)
    assert found.message.sent_at == datetime(2026, 11, 22, 0, 30, tzinfo=UTC)
    assert decided(forward(passed_on), known).identity == found.identity


@pytest.mark.parametrize("at", [datetime.min, datetime.max])  # noqa: DTZ901
def test_a_date_at_the_end_of_time_is_none(at: datetime) -> None:
    known = standing()
    assert known.user
    for hours in (-12, 12):
        zone = timezone(timedelta(hours=hours))
        far = replace(known, user=replace(known.user, timezone=zone))
        found = decided(forward(original(sent_at=at)), far)
        assert found.reason is Reason.FILED


# Several attached


def three() -> tuple[Forwarded, ...]:
    return tuple(
        attached(
            mail(
                OWN,
                author=f"c{number}@customer.example",
                rfc_message_id=f"{number}@customer.example",
                subject=f"Question {number}",
                attachments=(Part("2", "a.pdf", "application/pdf", 1, b"", inline=False),),
            ),
            str(number + 1),
        )
        for number in (1, 2, 3)
    )


def test_several_attached_originals_are_a_message_each() -> None:
    found = decided(forward(*three()))
    assert found.reason is Reason.FILED
    assert [one.message.subject for one in found.messages] == [f"Question {n}" for n in (1, 2, 3)]
    assert len({one.message_id for one in found.messages}) == 3
    assert len({one.thread.thread_id for one in found.messages if one.thread}) == 3
    assert [one.filings[0][1] for one in found.messages] == [
        f"c{n}@customer.example" for n in (1, 2, 3)
    ]


def test_the_files_of_an_attached_original_are_found_in_the_mail_that_brought_it() -> None:
    found = decided(forward(*three()))
    assert [one.message.attachments[0].path for one in found.messages] == ["2.2", "3.2", "4.2"]


def test_a_file_beside_an_attached_original_is_not_lost() -> None:
    beside = Part("3", "price.pdf", "application/pdf", 1, b"", inline=False)
    itself = Part("2", "question.eml", "message/rfc822", 1, b"", inline=False)
    found = decided(forward(attached(mail(OWN, author=ANN)), attachments=(itself, beside)))
    assert found.message.attachments == (beside,)


def test_somebody_new_in_two_of_them_is_created_once() -> None:
    one, two, _ = three()
    assert two.message
    second = attached(replace(two.message, author=one.author, authors=()), "3")
    found = decided(forward(one, second))
    created = [each.email for part in found.messages for each in part.correspondents
               if each.action is Action.CREATE]  # fmt: skip
    assert created == ["c1@customer.example"]
    assert len({person for part in found.messages for person, _ in part.filings}) == 1


def test_one_original_attached_twice_is_one_message() -> None:
    one = three()[0]
    found = decided(forward(one, replace(one, path="3")))
    assert len({part.message_id for part in found.messages}) == 1
    assert sum(part.is_new_message for part in found.messages) == 1
    assert sum(part.is_new_capture for part in found.messages) == 1


def test_the_most_new_people_counts_for_the_whole_mail() -> None:
    found = decided(forward(*three()), standing(rules=Rules(max_new_people=2)))
    assert found.reason is Reason.TOO_MANY_NEW
    known = standing(rules=Rules(max_new_people=1), people=person(Kind.LEAD, "c2@customer.example"))
    found = decided(forward(*three()), known)
    assert (found.reason, names(found)) == (Reason.FILED_IN_PART, {"c2@customer.example"})
    assert {one.email for part in found.messages for one in part.waiting} == {
        "c1@customer.example",
        "c3@customer.example",
    }


def test_those_that_are_new_are_filed_beside_one_that_was_seen() -> None:
    one, two, three_ = three()
    assert two.message
    known = standing().after(decided(forward(two)))
    again = forward(one, two, three_, rfc_message_id="again@corp.example")
    found = decided(again, known)
    assert [part.message.subject for part in found.messages] == ["Question 1", "Question 3"]


def test_originals_of_one_conversation_are_one_thread() -> None:
    one, two, _ = three()
    assert one.message
    assert two.message
    answer = replace(
        two.message, references=(one.message.rfc_message_id or "",), subject="Re: Question 1"
    )
    found = decided(forward(one, attached(answer, "3")))
    assert len({part.thread.thread_id for part in found.messages if part.thread}) == 1


# Threads


def test_an_original_in_the_body_is_in_the_thread_of_the_forwards_references() -> None:
    before = decided(mail(ANN, subject="Question"))
    found = decided(forward(original(), references=("one@corp.example",)), standing().after(before))
    assert found.thread
    assert before.thread
    assert found.thread.thread_id == before.thread.thread_id


# A person's decision


def released(message: Message, *passes: Reason, person: KnownPerson | None = None) -> Decision:
    held = arrival(message)
    release = Release(frozenset(passes), mint(), person, "carol@customer.example")
    return decide(replace(held, release=release), standing())


def test_releasing_an_unclear_forward_files_it_as_it_was_read() -> None:
    unclear = forward(original(confidence=0.3))
    found = released(unclear, Reason.FORWARD_UNCLEAR)
    assert (found.reason, names(found)) == (Reason.FILED, {ANN})
    assert released(unclear, Reason.NOBODY_MATCHED).reason is Reason.FORWARD_UNCLEAR


def test_releasing_what_names_nobody_asks_for_somebody_to_assign_it_to() -> None:
    for to in ((DROPBOX,), (DROPBOX, COLLEAGUE)):
        found = released(forward(original(None), to=to), Reason.FORWARD_UNCLEAR)
        assert found.reason is Reason.NO_RECIPIENTS


def test_an_unclear_forward_is_assigned_whole() -> None:
    carol = KnownPerson(mint(), Kind.CONTACT)
    message = forward(original(confidence=0.3))
    found = released(message, Reason.FORWARD_UNCLEAR, person=carol)
    assert found.filings == ((carol.person_id, "carol@customer.example"),)
    assert (found.message, found.original) == (message, None)


def test_a_clear_forward_is_assigned_as_its_original() -> None:
    carol = KnownPerson(mint(), Kind.CONTACT)
    found = released(forward(original("noreply@x.example")), Reason.NOBODY_MATCHED, person=carol)
    assert found.filings == ((carol.person_id, "carol@customer.example"),)
    assert found.message.text == "What does it cost?"


# Secrets


def test_a_dropbox_address_in_an_original_is_concealed() -> None:
    secret = "taro.bbbbbbbbbbbbbbbb@dropbox.example"
    passed_on = original(ANN, secret, text=f"to {secret}", comment=secret, subject=secret)
    both = forward(passed_on, attached(mail(secret, text=secret, reply=(0, 0))))
    assert "bbbbbbbbbbbbbbbb" not in repr(concealed(both, "dropbox.example"))


# Properties

LISTED = frozenset({"secret.example", "quiet@customer.example"})
addresses = st.sampled_from(
    [OWN, COLLEAGUE, "form@corp.example", DROPBOX, "noreply@shop.example", "dev@lists.example",
     "x@secret.example", "quiet@customer.example", "new@customer.example", "山田@例え.example", ""]
)  # fmt: skip
boxes = st.builds(Mailbox, addresses, st.sampled_from(["", "Ann Lee", "Ann via Sales"]))
several = st.lists(boxes, max_size=4).map(tuple)
dates = st.one_of(st.none(), st.datetimes(), st.datetimes(timezones=st.just(UTC)))
texts = st.text(max_size=20)
written = st.builds(
    Forwarded, author=st.one_of(st.none(), boxes), from_text=texts, to=several, cc=several,
    reply_to=several, subject=texts, sent_at=dates, text=texts, comment=texts,
    confidence=st.sampled_from([0.0, BAR - 0.01, BAR, 1.0]),
)  # fmt: skip
inside = st.builds(
    lambda author, number, **fields: replace(
        mail(author=author, rfc_message_id=f"{number}@x.example"), **fields
    ),
    author=st.one_of(st.none(), addresses), number=st.integers(0, 3), to=several, cc=several,
    reply_to=several, lists=st.just(("dev@lists.example",)),
)  # fmt: skip
originals = st.one_of(
    written.map(lambda one: (one,)),
    st.lists(inside, min_size=1, max_size=3).map(
        lambda listed: tuple(attached(one, str(n)) for n, one in enumerate(listed, 2))
    ),
)
messages = st.builds(
    lambda originals, to, subject: forward(
        *originals, to=to, subject=subject, lists=("dev@lists.example",)
    ),
    originals,
    st.lists(st.sampled_from([OWN, COLLEAGUE, DROPBOX]), max_size=2).map(tuple),
    st.sampled_from(["Fwd: x", "Re: x", "x"]),
)
WORLD = standing(internal=INTERNAL, never_log={None: LISTED}, rules=Rules(max_new_people=2))


def shape(decision: Decision) -> object:
    return [
        (one.reason, one.direction, one.correspondents, one.filings, one.thread, one.masked,
         one.note, one.steps, one.comment, one.message_id, one.message.text)
        for one in decision.messages
    ]  # fmt: skip


def shuffled(message: Message, random) -> Message:  # type: ignore[no-untyped-def]
    def mixed(several: tuple[Mailbox, ...]) -> tuple[Mailbox, ...]:
        listed = list(several)
        random.shuffle(listed)
        return tuple(listed)

    def other(one: Forwarded) -> Forwarded:
        lists = {role: mixed(getattr(one, role)) for role in ("to", "cc", "reply_to")}
        inner = one.message
        if inner:
            roles = {role: mixed(getattr(inner, role)) for role in ("to", "cc", "reply_to")}
            inner = replace(inner, **roles)
        return replace(one, message=inner, **lists)

    return replace(
        message, to=mixed(message.to), forwarded=tuple(other(one) for one in message.forwarded)
    )


@given(messages, st.randoms())
def test_the_order_of_an_originals_people_never_matters(message: Message, random) -> None:  # type: ignore[no-untyped-def]
    one = arrival(message)
    other = replace(one, message=shuffled(message, random))
    assert shape(decide(one, WORLD)) == shape(decide(other, WORLD))


@given(messages)
def test_deciding_twice_about_a_forward_is_the_same(message: Message) -> None:
    one = arrival(message)
    assert decide(one, WORLD) == decide(one, WORLD)


@given(messages)
def test_nobody_is_made_out_of_an_originals_colleagues_robots_or_listed_ones(
    message: Message,
) -> None:
    found = decide(arrival(message), WORLD)
    created = {one.email for part in found.messages for one in part.correspondents
               if one.action is Action.CREATE}  # fmt: skip
    assert created <= {"new@customer.example", "山田@例え.example"}
    named = repr([(part.correspondents, part.thread, part.steps) for part in found.messages])
    assert "x@secret.example" not in named
    assert "quiet@customer.example" not in named


@given(messages)
def test_what_is_below_the_bar_is_never_filed(message: Message) -> None:
    found = decide(arrival(message), WORLD)
    below = [one for one in originals_of(message) if one.forwarded.confidence < BAR]
    assert not (below and found.outcome is Outcome.FILED)


@given(messages)
def test_the_next_copy_of_a_forward_sees_what_the_first_one_wrote(message: Message) -> None:
    first = decide(arrival(message), WORLD)
    again = decide(arrival(message), WORLD.after(first))
    if first.outcome in {Outcome.FILED, Outcome.HELD}:
        assert again.reason is Reason.SEEN_BEFORE


@given(messages)
def test_everything_asked_of_an_original_was_looked_up(message: Message) -> None:
    one = arrival(message)
    asked = questions_of(message, one.originals)
    for each in one.originals:
        for mailbox in (*each.message.to, *each.message.cc, *each.message.reply_to):
            assert mailbox.email in asked.emails
            assert mailbox.email in asked.patterns
