"""Which mail is the same mail, and which belong to one conversation."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dropbox.filing.identity import held_key_of, identity_of, masked_hash, thread_ids
from dropbox.filing.standing import KnownThread
from dropbox.filing.threads import Threads, base_subject, plan_thread
from dropbox.mail.message import Fingerprint, Mailbox, Message

NEW = UUID("01900000-0000-7000-8000-00000000ffff")
OLD = UUID("01900000-0000-7000-8000-000000000001")

PINNED = "ebdb88ba08eb143cb6015adef350debbacb64b899466bba11de030e8fbd501f8"

MESSAGE = Message(
    fingerprint=Fingerprint(b"Sun, 22 Nov 2026 12:00:00 +0900", b"Offer", b"t" * 32),
    rfc_message_id="one@corp.example",
    author=Mailbox("hanako@corp.example", "Hanako"),
)


def with_print(message: Message, **fields: bytes) -> Message:
    return replace(message, fingerprint=replace(message.fingerprint, **fields))


def test_a_message_id_with_from_and_date_is_the_identity() -> None:
    assert identity_of(with_print(MESSAGE, subject=b"x", text=b"y" * 32)) == identity_of(MESSAGE)
    assert identity_of(with_print(MESSAGE, date=b"later")) != identity_of(MESSAGE)
    other = replace(MESSAGE, author=Mailbox("taro@corp.example"))
    assert identity_of(other) != identity_of(MESSAGE)


def test_the_display_name_is_no_part_of_the_identity() -> None:
    renamed = replace(MESSAGE, author=Mailbox("hanako@corp.example", "Hanako (Corp)"))
    assert identity_of(renamed) == identity_of(MESSAGE)


@pytest.mark.parametrize("field", ["date", "subject", "text"])
def test_without_a_message_id_the_content_is_the_identity(field: str) -> None:
    bare = replace(MESSAGE, rfc_message_id=None)
    assert identity_of(bare) == identity_of(replace(MESSAGE, rfc_message_id=None))
    assert identity_of(with_print(bare, **{field: b"other"})) != identity_of(bare)


@given(st.binary(), st.binary(), st.binary(), st.binary())
def test_values_cannot_run_into_each_other(a: bytes, b: bytes, c: bytes, d: bytes) -> None:
    bare = replace(MESSAGE, rfc_message_id=None)
    one = identity_of(with_print(bare, date=a, subject=b))
    two = identity_of(with_print(bare, date=c, subject=d))
    assert (one == two) == ((a, b) == (c, d))


def test_the_identity_of_today_is_the_identity_of_tomorrow() -> None:
    """A changed identity would make every mail in the database new: raise the version instead."""
    assert identity_of(MESSAGE).hex() == PINNED
    assert held_key_of(MESSAGE) != identity_of(MESSAGE)


def test_the_hash_that_stays_of_a_mail_not_kept_needs_the_accounts_key() -> None:
    assert masked_hash(MESSAGE, b"k" * 32) != masked_hash(MESSAGE, b"j" * 32)
    assert masked_hash(MESSAGE, b"k" * 32) == masked_hash(MESSAGE, b"k" * 32)


@pytest.mark.parametrize(
    ("subject", "base"),
    [
        ("Offer", "offer"),
        ("Re: Offer", "offer"),
        ("RE: re: Fwd: Offer", "offer"),
        ("Re[2]: Offer", "offer"),
        ("AW: WG: Offer", "offer"),
        ("SV: VS: Offer", "offer"),
        ("返信: 見積もり", "見積もり"),
        ("転送：Re: 見積もり", "見積もり"),
        ("[sales] Re: [sales] Offer", "offer"),
        ("[urgent]", "[urgent]"),
        ("Re:", ""),
        ("  Two   words ", "two words"),
        ("Regarding: Offer", "regarding: offer"),
    ],
)
def test_prefixes_and_list_tags_are_no_part_of_the_base_subject(subject: str, base: str) -> None:
    assert base_subject(subject) == base


@given(st.text(max_size=200))
def test_a_prefix_more_changes_nothing(subject: str) -> None:
    assert base_subject(f"Re: {subject}") == base_subject(subject)


def test_a_mail_names_its_own_id_and_those_it_refers_to_once_each() -> None:
    message = replace(
        MESSAGE, references=("zero@x", "one@corp.example"), in_reply_to=("zero@x", "n" * 501)
    )
    assert thread_ids(message) == ("one@corp.example", "zero@x")


def test_the_oldest_of_several_threads_wins() -> None:
    middle = UUID("01900000-0000-7000-8000-000000000002")
    people = frozenset({"a@customer.example"})
    threads = {
        "x": (KnownThread(middle, "offer", people),),
        "y": (KnownThread(OLD, "offer", people),),
    }
    plan = plan_thread(("me", "x", "y"), "Re: Offer", people, threads, NEW)
    assert (plan.thread_id, plan.joins, plan.is_new) == (OLD, (middle,), False)
    assert plan.new_places == (("me", 0),)


MAILS = st.builds(
    lambda number, named, subject, people: (f"m{number}", (f"m{number}", *named), subject, people),
    st.integers(0, 5),
    st.lists(st.sampled_from([f"m{n}" for n in range(6)]), max_size=3),
    st.sampled_from(["", "offer", "Re: offer", "lunch"]),
    st.frozensets(st.sampled_from(["a@x.example", "b@x.example", "c@y.example"]), max_size=2),
)


def threads_of(mails) -> set[frozenset[int]]:
    """File `mails` in this order; return who ended up with whom, by their places in `mails`."""
    threads: Threads = {}
    thread_of, joined = {}, {}
    for number, (_, ids, subject, people) in mails:
        new = UUID(int=NEW.int + len(thread_of))
        plan = plan_thread(tuple(dict.fromkeys(ids)), subject, people, threads, new)
        threads = plan.added_to(threads)
        thread_of[number] = plan.thread_id
        joined.update(dict.fromkeys(plan.joins, plan.thread_id))
    groups = {}
    for number, first in thread_of.items():
        oldest = first
        while oldest in joined:
            oldest = joined[oldest]
        groups.setdefault(oldest, set()).add(number)
    return {frozenset(group) for group in groups.values()}


@given(st.lists(MAILS, max_size=7).flatmap(lambda m: st.permutations(list(enumerate(m)))))
def test_threads_are_the_same_in_whatever_order_mails_arrive(mails) -> None:
    in_order = sorted(mails, key=lambda one: one[0])
    assert threads_of(mails) == threads_of(in_order) == threads_of(in_order[::-1])


def test_a_stranger_who_named_the_message_id_first_keeps_nobody_from_the_conversation() -> None:
    stranger = ("s", ("s", "q"), "lunch", frozenset({"c@y.example"}))
    question = ("q", ("q",), "offer", frozenset({"a@x.example"}))
    answer = ("r", ("r", "q"), "Re: offer", frozenset({"a@x.example"}))
    for order in permutations(enumerate((stranger, question, answer))):
        assert threads_of(list(order)) == {frozenset({0}), frozenset({1, 2})}


def test_mails_without_end_that_name_one_message_id_do_not_make_it_dearer() -> None:
    threads = {}
    for number in range(100):
        person = frozenset({f"p{number}@x.example"})
        plan = plan_thread(("template",), f"to {number}", person, threads, UUID(int=number))
        threads = plan.added_to(threads)
    assert len(threads["template"]) == 32


def test_an_empty_subject_connects_nothing() -> None:
    threads = {"x": (KnownThread(OLD, "", frozenset({"z@x.example"})),)}
    plan = plan_thread(("me", "x"), "Re:", frozenset({"a@x.example"}), threads, NEW)
    assert plan.thread_id == NEW
