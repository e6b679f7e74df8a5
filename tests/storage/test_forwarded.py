"""Forwarded originals in the database: messages of their own, on their people's timelines."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from builders import attached, original
from offices import DOMAIN, HANAKO, TARO, arrivals, mail

from dropbox.filing.outcomes import Reason
from dropbox.mail.read import read
from storage import deliveries, timeline
from storage.held import release
from storage.waiting import file_waiting

ANN = "ann@customer.example"
BOB = "bob@customer.example"


TWO = f"""\
From: {HANAKO}
To: hanako.x@{DOMAIN}
Subject: Two mails
Message-ID: <two@corp.example>
Content-Type: multipart/mixed; boundary="x"

--x
Content-Type: message/rfc822

From: {ANN}
To: {HANAKO}
Subject: First
Message-ID: <first@customer.example>

The first.
--x
Content-Type: message/rfc822

From: {BOB}
To: {HANAKO}
Subject: Second
Message-ID: <second@customer.example>

The second.
--x--
"""


def forward(*originals, number=100, **fields):
    given = {"subject": "Fwd: Question", "text": "Please have a look.", "references": ("r@x",)}
    return mail(f"hanako.x@{DOMAIN}", number=number, forwarded=originals, **{**given, **fields})


def question(number: int, author: str = ANN, path: str = "2"):
    return attached(mail(HANAKO, author=author, number=number), path)


async def come(office, ledger, message, *to):
    return await ledger.record(arrivals(message, *(to or (office.hanako,))))


async def test_the_timeline_shows_the_original_and_the_users_own_words_beside_it(
    office, ledger, engine
):
    (delivery,) = await come(office, ledger, forward(original(ANN, confidence=0.9)))
    assert delivery.reason is Reason.FILED
    async with engine.connect() as connection:
        (row,) = await deliveries.listed(connection)
        (entry,) = await timeline.of_messages(connection, office.account, row.message_ids)
    assert (row.subject, row.direction, row.filed_on) == ("Fwd: Question", "incoming", (ANN,))
    assert entry.sender["email"] == ANN
    assert (entry.subject, entry.text, entry.comment) == (
        "Question",
        "What does it cost?",
        "Please have a look.",
    )
    assert entry.original == {"path": "", "confidence": 0.9}
    shown = await office.pool.fetchrow("select comment, text, at, received_at from timeline")
    assert (shown["comment"], shown["text"]) == ("Please have a look.", "What does it cost?")
    assert shown["at"] < shown["received_at"] or shown["at"] == entry.sent_at


async def test_the_users_time_zone_reads_a_date_that_names_none(office, ledger):
    await office.pool.execute("update account set timezone = 'Asia/Tokyo'")
    naive = original(ANN).sent_at.replace(tzinfo=None)
    await come(office, ledger, forward(original(ANN, sent_at=naive)))
    await office.pool.execute("""update "user" set timezone = 'Europe/Berlin'""")
    await come(office, ledger, forward(original(BOB, sent_at=naive), number=101))
    found = await office.pool.fetch("select sent_at from message order by id")
    assert [row["sent_at"].hour for row in found] == [3, 11]


async def test_several_attached_originals_are_a_message_each_of_one_delivery(
    office, ledger, engine
):
    three = (question(1), question(2, BOB, "3"), question(3, ANN, "4"))
    (delivery,) = await come(office, ledger, forward(*three))
    assert delivery.reason is Reason.FILED
    async with engine.connect() as connection:
        (row,) = await deliveries.find(connection, str(delivery.delivery_id))
    assert len(row.message_ids) == 3
    assert row.filed_on == (ANN, BOB)
    assert [await office.count(table) for table in ("delivery", "message", "person")] == [1, 3, 2]
    assert await office.count("raw_mail") == 1
    paths = await office.pool.fetch("select original->>'path' as path from message")
    assert {row["path"] for row in paths} == {"2", "3", "4"}


async def test_an_attached_original_and_its_live_copy_meet_in_either_order(office, ledger):
    itself = mail(ANN, number=1)
    (first,) = await come(office, ledger, itself)
    (again,) = await come(office, ledger, forward(attached(itself)))
    assert (first.reason, again.reason) == (Reason.FILED, Reason.SEEN_BEFORE)
    other = mail(ANN, number=2)
    (first,) = await come(office, ledger, forward(attached(other), number=102))
    (again,) = await come(office, ledger, other)
    assert (first.reason, again.reason) == (Reason.FILED, Reason.SEEN_BEFORE)
    assert await office.count("message") == 2


async def test_two_users_comments_on_one_original_are_both_kept(office, ledger):
    await come(office, ledger, forward(original(ANN, comment="First.")))
    second = forward(original(ANN, comment="Second."), number=101, author=None, authors=())
    second = replace(second, author=mail(author=TARO).author)
    await come(office, ledger, second, office.taro)
    assert await office.count("message") == 1
    assert await office.pool.fetchval("select comment from timeline") == "First.\n\nSecond."


async def test_of_several_those_whom_nobody_matched_wait_each_with_its_own_message(office, ledger):
    await come(office, ledger, mail(ANN, number=50))
    await office.pool.execute("""update "user" set "create" = 'nothing'""")
    both = (question(1), question(2, BOB, "3"), question(3, BOB, "4"))
    (delivery,) = await come(office, ledger, forward(*both))
    assert delivery.reason is Reason.FILED_IN_PART
    assert await office.count("waiting", "message_id is not null") == 2
    person = await office.pool.fetchval(
        "insert into person (account_id, id, kind, name)"
        " values ($1, gen_random_uuid(), 'lead', 'Bob') returning id",
        office.account,
    )
    await office.pool.execute(
        "insert into person_email (account_id, email, kind, person_id) values ($1, $2, 'lead', $3)",
        office.account,
        BOB,
        person,
    )
    await file_waiting(office.pool, ledger, [(office.account, BOB)])
    assert await office.count("filing", f"person_id = '{person}'") == 2
    assert await office.count("waiting") == 0
    assert (
        await office.pool.fetchval(
            "select reason from delivery where id = $1", delivery.delivery_id
        )
        == "filed"
    )


async def test_releasing_the_rest_of_several_creates_those_who_wait_for_each(office, ledger):
    await come(office, ledger, mail(ANN, number=50))
    await office.pool.execute("""update "user" set "create" = 'nothing'""")
    raw = TWO.replace("\n", "\r\n").encode()
    (delivery,) = await ledger.record(arrivals(read(raw), office.hanako, raw=raw))
    assert delivery.reason is Reason.FILED_IN_PART
    decided = await release(office.pool, ledger, office.account, delivery.delivery_id)
    assert decided.delivery.reason is Reason.FILED
    assert await office.count("filing", f"email = '{BOB}'") == 1
    assert await office.count("capture", f"delivery_id = '{delivery.delivery_id}'") == 2


async def test_a_listed_person_of_an_original_stands_nowhere(office, ledger):
    await office.pool.execute(
        "insert into never_log (account_id, id, pattern) values ($1, gen_random_uuid(), $2)",
        office.account,
        BOB,
    )
    (delivery,) = await come(office, ledger, forward(original(BOB)))
    assert delivery.reason is Reason.NEVER_LOG
    (delivery,) = await come(office, ledger, forward(original(ANN, BOB), number=101))
    assert delivery.reason is Reason.FILED
    for table in ("delivery", "participant", "thread_message_id", "person_email", "capture"):
        rows = await office.pool.fetch(f"select to_jsonb(t) as row from {table} t")  # noqa: S608
        assert BOB not in json.dumps([row["row"] for row in rows if table != "delivery"])
    shown = await office.pool.fetch("select subject, sender, steps, note from delivery")
    assert BOB not in repr([tuple(row) for row in shown if row["subject"]])


@pytest.mark.parametrize("confidence", [0.2, 0.0])
async def test_an_unclear_forward_is_held_and_released_as_it_was_read(office, ledger, confidence):
    unclear = forward(original(ANN, confidence=confidence))
    (held,) = await come(office, ledger, unclear)
    assert held.reason is Reason.FORWARD_UNCLEAR
    assert await office.count("message") == 0
    # The bytes are read anew on release, and these have no forward in them.
    decided = await release(office.pool, ledger, office.account, held.delivery_id)
    assert decided.still_held
