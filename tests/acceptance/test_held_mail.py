"""The `held` commands, from a stranger's mail to a decision about it."""

from __future__ import annotations

import pytest

HANAKO = "hanako@corp.example"


def mail(
    author: str = "Eve <eve@other.example>", number: int = 1, to: str = "ann@customer.example"
):
    return (
        f"From: {author}\nTo: {to}\nSubject: Question {number}\n"
        f"Message-ID: <{number}@other.example>\n\nWords of question {number}.\n"
    )


@pytest.fixture
def held(listed):
    return lambda: listed("held", "list")


def test_held_mail_is_listed_with_its_verdict_and_shown_as_read(inside, office, drop, held, listed):
    drop(mail(), office)
    (row,) = held()
    assert (row["outcome"], row["reason"], row["verdict"]) == (
        "held",
        "sender_not_allowed",
        "unverified",
    )
    assert row["sender"] == "eve@other.example"
    shown = listed("held", "show", row["delivery_id"])
    assert shown["message"]["text"] == "Words of question 1."
    assert (shown["to"], shown["cc"]) == ([{"name": None, "email": "ann@customer.example"}], [])
    lines = inside.ok("held", "show", row["delivery_id"]).splitlines()
    assert {"To:      ann@customer.example", "Words of question 1."} <= set(lines)
    assert "sender_not_allowed" in inside.ok("held", "list")


def test_who_is_never_logged_stays_unnamed_in_held_mail_too(inside, office, drop, held, listed):
    inside.ok("never-log", "add", "*.secret.example")
    drop(mail(to="ann@customer.example, Carl <carl@hr.secret.example>"), office)
    shown = listed("held", "show", held()[0]["delivery_id"])
    assert shown["to"] == [
        {"name": None, "email": "ann@customer.example"},
        {"name": None, "email": None},
    ]


def test_only_what_was_listed_counts_as_seen(inside, office, drop, rows):
    for number in range(3):
        drop(mail(number=number), office)
    inside.ok("mail", "list")
    assert rows("select seen_at from delivery where seen_at is not null") == []
    inside.ok("held", "list", "--limit", "2")
    seen = rows("select subject from delivery where seen_at is not null order by id")
    assert [row["subject"] for row in seen] == ["Question 1", "Question 2"]


def test_trusting_a_sender_beyond_the_quota_is_for_the_next_mail(
    inside, office, drop, held, listed, rows
):
    inside.environment["BCC_DROPBOX_HELD_QUOTA"] = "0"
    drop(mail(), office)
    rows("update delivery set reason = 'over_quota' returning id")
    done = listed("held", "trust", "1@other.example")
    assert (done["outcome"], done["reason"]) == ("held", "over_quota")
    drop(mail(), office)
    assert held() == []
    outcomes = {(row["outcome"], row["note"]) for row in listed("mail", "list")}
    assert outcomes == {("filed", ""), ("held", "resolved: filed")}


def test_release_files_the_mail_and_why_tells_it(inside, office, drop, held, listed):
    drop(mail(), office)
    (row,) = held()
    assert "filed" in inside.ok("held", "release", row["delivery_id"])
    assert held() == []
    (row,) = listed("mail", "list")
    assert (row["outcome"], row["reason"]) == ("filed", "filed")
    eve = listed("person", "show", "eve@other.example")
    assert [one["direction"] for one in eve["timeline"]] == ["incoming"]
    assert "let in by hand" in inside.ok("mail", "why", row["delivery_id"])


def test_trust_allows_the_sender_from_now_on(inside, office, drop, held, listed):
    drop(mail(), office)
    said = inside.ok("held", "trust", "1@other.example")
    assert "eve@other.example (unverified)" in said
    assert "eve@other.example" in {one["email"] for one in listed("sender", "list", HANAKO)}
    drop(mail(number=2), office)
    assert held() == []


def test_trust_is_refused_when_all_five_are_taken_and_the_mail_stays(inside, office, drop, held):
    for number in range(5):
        inside.ok("sender", "add", HANAKO, f"h{number}@home.example")
    drop(mail(), office)
    inside.refused("held", "trust", "1@other.example")
    assert len(held()) == 1


def test_only_an_unknown_sender_can_be_trusted(inside, office, drop):
    drop(mail("a@x.example, b@x.example"), office)
    assert "sender_unclear" in inside.refused("held", "trust", "1@other.example")


def test_assign_files_on_the_person_of_ones_choice(inside, office, drop, held, listed):
    drop(mail(HANAKO, 7), office)
    drop(mail("a@x.example, b@x.example", to=HANAKO), office)
    inside.ok("held", "assign", "1@other.example", "ann@customer.example")
    assert held() == []
    ann = listed("person", "show", "ann@customer.example")
    assert {one["subject"] for one in ann["timeline"]} == {"Question 1", "Question 7"}


def test_discard_takes_it_off_the_list_for_good(inside, office, drop, held, listed):
    drop(mail(), office)
    inside.ok("held", "discard", "1@other.example")
    assert held() == []
    (row,) = listed("mail", "list")
    assert (row["outcome"], row["note"]) == ("held", "resolved: discarded")
    assert "held, then discarded" in inside.ok("mail", "list")
    assert "discarded by hand" in inside.ok("mail", "why", "1@other.example")
    assert "waits" in inside.refused("held", "release", "1@other.example")
    inside.refused("mail", "raw", "1@other.example")


def test_the_waiting_part_of_a_mail_filed_in_part_stands_in_the_list(inside, office, drop, held):
    drop(mail(HANAKO, 1), office)
    inside.ok("rule", "set", HANAKO, "--create", "nothing")
    drop(mail(HANAKO, 2, "ann@customer.example, bob@customer.example"), office)
    (row,) = held()
    assert (row["outcome"], row["reason"]) == ("filed", "filed_in_part")
    assert "bob@customer.example" in row["note"]
    inside.ok("held", "discard", row["delivery_id"])
    assert held() == []


def test_every_decision_is_in_the_audit(inside, office, drop, rows):
    for number in range(2):
        drop(mail(number=number), office)
    inside.ok("held", "release", "0@other.example")
    inside.ok("held", "discard", "1@other.example")
    found = rows("select action, actor from audit order by id")
    assert [row["action"] for row in found] == ["held_release", "held_discard"]
    assert all(row["actor"] for row in found)


def test_an_unknown_mail_is_one_clear_line(inside, office):
    for verb in ("show", "release", "trust", "discard"):
        inside.refused("held", verb, "no-such-id@nowhere.example")


def test_held_list_shows_no_private_subject_to_others(inside, office, drop, held):
    inside.ok("rule", "set", HANAKO, "--visibility", "private")
    drop(mail(), office)
    (row,) = held()
    assert row["subject"] is None
    inside.refused("held", "show", row["delivery_id"])
    assert "Words" in inside.ok("held", "show", row["delivery_id"], "--as", HANAKO)


def test_why_answers_for_a_mail_of_which_nothing_was_kept(inside, office, drop):
    inside.ok("never-log", "add", "customer.example")
    drop(mail(HANAKO), office)
    assert "never-log" in inside.ok("mail", "why", "<1@other.example>")


def test_a_decision_that_is_refused_is_not_in_the_audit(inside, office, drop, rows):
    drop(mail(HANAKO, 1), office)
    inside.ok("rule", "set", HANAKO, "--create", "nothing")
    drop(mail(HANAKO, 2, "ann@customer.example, bob@customer.example"), office)
    inside.refused("held", "assign", "2@other.example", "ann@customer.example")
    assert rows("select action from audit where action like 'held%'") == []
