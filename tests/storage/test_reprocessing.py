"""Kept mail read again: as an older reader recorded it, and as it stands after today's."""

from __future__ import annotations

import json
from dataclasses import replace

from offices import DOMAIN, HANAKO, Office, arrivals

from dropbox.filing.outcomes import Reason
from dropbox.filing.standing import Kind, KnownPerson
from dropbox.mail.message import Forwarded, Mailbox, Message
from dropbox.mail.read import read
from storage.held import discard, release
from storage.reprocessing import reread, wanted

ANN = "ann@customer.example"
BOB = "bob@customer.example"

FORWARD = f"""\
From: Hanako <{HANAKO}>
To: hanako.x@{DOMAIN}
Subject: Fwd: Price list
Message-ID: <fwd@corp.example>
Date: Mon, 3 Mar 2025 10:00:00 +0900
Content-Type: text/plain; charset=utf-8

She would like an answer today.

---------- Forwarded message ---------
From: Ann Lee <{ANN}>
Date: Sun, 2 Mar 2025 at 09:30
Subject: Price list
To: Hanako <{HANAKO}>

Could you send me the price list?
"""

PLAIN = f"""\
From: Hanako <{HANAKO}>
To: =?utf-8?b?5bGx55SwIOWkqumDjg==?= <taro@customer.example>, {BOB}
Subject: =?utf-8?b?6KaL56mN5pu4?=
Message-ID: <plain@corp.example>
Date: Mon, 3 Mar 2025 10:00:00 +0900
Content-Type: text/plain; charset=utf-8

お見積りをお送りします。
"""


def bytes_of(text: str) -> bytes:
    return text.replace("\n", "\r\n").encode()


async def recorded(office: Office, ledger, text: str, older=lambda message: message, **envelope):
    """Record a mail as a reader did that made `older` of it."""
    raw = bytes_of(text)
    mails = arrivals(older(read(raw)), office.hanako, raw=raw, **envelope)
    (delivery,) = await ledger.record(mails)
    return delivery


def without_forward(message: Message) -> Message:
    return replace(message, forwarded=())


def garbled(message: Message) -> Message:
    to = tuple(replace(one, name="å±±ç”°" if one.name else "") for one in message.to)
    return replace(message, subject="è¦‹ç©", text="ã", reply=(0, 1), to=to, sent_at=None)


async def again(office: Office, ledger, *, dry_run: bool = False) -> list[list[str]]:
    """Read everything again; return what changed, a list of fields for each changed mail."""
    changed = []
    async for key in wanted(office.pool, office.account):
        done = await reread(office.pool, ledger, key, DOMAIN, dry_run=dry_run)
        if done and done.changes:
            changed.append([one.field for one in done.changes])
    return changed


async def everything(office: Office) -> str:
    tables = "message participant part person person_email filing capture delivery waiting"
    rows = [
        await office.pool.fetch(f"select to_jsonb(t) as row from {table} t order by to_jsonb(t)")  # noqa: S608
        for table in tables.split()
    ]
    return json.dumps([[row["row"] for row in found] for found in rows])


async def test_what_an_older_reader_garbled_is_mended_text_names_and_dates(office, ledger):
    await recorded(office, ledger, PLAIN, garbled)
    (fields,) = await again(office, ledger)
    assert {"subject", "text", "sent_at", "people", "name of taro@customer.example"} <= set(fields)
    row = await office.pool.fetchrow("select * from message")
    assert (row["subject"], row["text"]) == ("見積書", "お見積りをお送りします。")
    assert row["timeline_at"] == row["sent_at"]
    assert await office.count("filing", f"timeline_at = '{row['sent_at']}'") == 2
    person = await office.pool.fetchrow("select * from person where name like '山%'")
    assert (person["family_name"], person["given_name"]) == ("山田", "太郎")


async def test_reading_again_what_was_read_well_changes_nothing(office, ledger):
    await recorded(office, ledger, PLAIN)
    await recorded(office, ledger, FORWARD)
    before = await everything(office)
    assert await again(office, ledger) == []
    assert await everything(office) == before


async def test_it_may_be_repeated(office, ledger):
    await recorded(office, ledger, PLAIN, garbled)
    await recorded(office, ledger, FORWARD, without_forward)
    assert len(await again(office, ledger)) == 2
    after = await everything(office)
    assert await again(office, ledger) == []
    assert await everything(office) == after


async def test_a_dry_run_says_the_same_and_writes_nothing(office, ledger):
    await recorded(office, ledger, PLAIN, garbled)
    await recorded(office, ledger, FORWARD, without_forward)
    before = await everything(office)
    foreseen = await again(office, ledger, dry_run=True)
    assert await everything(office) == before
    assert await again(office, ledger) == foreseen


async def test_a_forward_that_only_todays_reader_sees_is_filed(office, ledger):
    held = await recorded(office, ledger, FORWARD, without_forward, authority="import")
    assert held.reason is Reason.NO_RECIPIENTS
    assert await again(office, ledger) == [["outcome", "filed on"]]
    row = await office.pool.fetchrow("select * from delivery")
    assert (row["outcome"], row["reason"], row["authority"]) == ("filed", "filed", "import")
    shown = await office.pool.fetchrow("select direction, subject, text, comment from timeline")
    assert tuple(shown) == (
        "incoming",
        "Price list",
        "Could you send me the price list?",
        "She would like an answer today.",
    )


async def test_mail_to_colleagues_is_looked_into_again_while_it_is_kept(office, ledger):
    text = FORWARD.replace(f"hanako.x@{DOMAIN}", "boss@corp.example")
    skipped = await recorded(office, ledger, text, without_forward)
    assert skipped.reason is Reason.INTERNAL_ONLY
    assert await again(office, ledger) == [["outcome", "filed on"]]
    assert await office.count("raw_mail", "expires_at is null") == 1
    assert await office.count("filing") == 1


def doubtful(message: Message) -> Message:
    (one,) = message.forwarded
    return replace(message, forwarded=(replace(one, confidence=0.2),))


async def test_an_unclear_forward_that_is_clear_now_is_filed(office, ledger):
    held = await recorded(office, ledger, FORWARD, doubtful)
    assert held.reason is Reason.FORWARD_UNCLEAR
    assert await again(office, ledger) == [["outcome", "filed on"]]


async def test_held_mail_whose_reason_still_holds_stays_as_it_is(office, ledger):
    await recorded(office, ledger, PLAIN.replace(f"From: Hanako <{HANAKO}>", "From: <x@x.example>"))
    before = await everything(office)
    assert await again(office, ledger) == []
    assert await everything(office) == before


async def test_strangers_mail_is_not_let_go_for_the_sake_of_todays_quota(office, ledger):
    text = PLAIN.replace(f"From: Hanako <{HANAKO}>", "From: <x@x.example>")
    await recorded(office, ledger, text)
    tight = type(ledger)(office.pool, DOMAIN, held_quota=0)
    assert await again(office, tight) == []
    assert await office.count("raw_mail", f"size = {len(bytes_of(text))}") == 1


async def test_a_missing_correspondent_is_filed_on(office, ledger):
    await recorded(office, ledger, PLAIN, lambda message: replace(message, to=message.to[:1]))
    (fields,) = await again(office, ledger)
    assert fields == ["people", "filed on"]
    assert {row["email"] for row in await office.pool.fetch("select email from filing")} == {
        "taro@customer.example",
        BOB,
    }


async def test_a_missing_correspondent_whom_nobody_may_create_waits(office, ledger):
    await recorded(office, ledger, PLAIN, lambda message: replace(message, to=message.to[:1]))
    await office.pool.execute("""update "user" set "create" = 'nothing'""")
    (fields,) = await again(office, ledger)
    assert fields == ["people", "waiting"]
    row = await office.pool.fetchrow("select reason, note from delivery")
    assert (row["reason"], BOB in row["note"]) == ("filed_in_part", True)
    assert await again(office, ledger) == []


async def test_who_was_read_wrongly_stays_filed_and_the_right_one_is_added(office, ledger):
    def wrong(message: Message) -> Message:
        (one,) = message.forwarded
        return replace(message, forwarded=(replace(one, author=Mailbox(BOB), text="Could"),))

    await recorded(office, ledger, FORWARD, wrong)
    await again(office, ledger)
    assert {row["email"] for row in await office.pool.fetch("select email from filing")} == {
        ANN,
        BOB,
    }
    assert await office.count("message") == 1
    # Found again by the identity that it has now.
    (delivery,) = await ledger.record(
        arrivals(
            replace(read(bytes_of(FORWARD)), rfc_message_id="x@x", in_reply_to=("y",)),
            office.hanako,
        )
    )
    assert delivery.reason is Reason.SEEN_BEFORE


ATTACHED = f"""\
From: Hanako <{HANAKO}>
To: hanako.x@{DOMAIN}
Subject: Two mails
Message-ID: <attached@corp.example>
Content-Type: multipart/mixed; boundary="x"

--x
Content-Type: text/plain

See below.
--x
Content-Type: message/rfc822

From: Ann Lee <{ANN}>
To: {HANAKO}
Subject: First
Message-ID: <first@customer.example>

The first.
--x
Content-Type: message/rfc822

From: Bob Ray <{BOB}>
To: {HANAKO}
Subject: Second
Message-ID: <second@customer.example>

The second.
--x--
"""


async def test_each_attached_original_is_mended_by_its_own_reading(office, ledger):
    def older(message: Message) -> Message:
        return replace(
            message,
            forwarded=tuple(
                replace(one, comment="", message=replace(one.message, text="??", reply=(0, 2)))
                for one in message.forwarded
            ),
        )

    await recorded(office, ledger, ATTACHED, older)
    (fields,) = await again(office, ledger)
    assert fields.count("text") == 2
    shown = await office.pool.fetch("select subject, text, comment from timeline order by subject")
    assert [tuple(row) for row in shown] == [
        ("First", "The first.", "See below."),
        ("Second", "The second.", "See below."),
    ]


async def test_an_attached_original_that_was_overlooked_becomes_a_message_too(office, ledger):
    def older(message: Message) -> Message:
        return replace(message, forwarded=message.forwarded[:1])

    await recorded(office, ledger, ATTACHED, older)
    # Until now it was a file of the first one.
    assert await again(office, ledger) == [["attachments", "message", "filed on"]]
    assert [await office.count(table) for table in ("message", "capture", "filing")] == [2, 2, 2]
    assert await again(office, ledger) == []


async def test_mail_to_colleagues_of_a_user_suspended_since_stays_skipped(office, ledger):
    text = FORWARD.replace(f"hanako.x@{DOMAIN}", "boss@corp.example")
    await recorded(office, ledger, text, without_forward)
    await office.pool.execute("""update "user" set status = 'suspended'""")
    assert await again(office, ledger) == []


async def test_names_that_a_mail_has_elsewhere_rename_nobody(office, ledger):
    elsewhere = ATTACHED.replace(f"From: Bob Ray <{BOB}>", f"From: Ann Margaret Lee <{ANN}>")
    elsewhere = elsewhere.replace(
        "Subject: First\n", f"Subject: First\nReply-To: A. M. L. <{ANN}>\n"
    )
    await recorded(office, ledger, elsewhere)
    assert await again(office, ledger) == []
    assert await office.count("person", "name = 'Ann Lee'") == 1


# What people decided


async def test_a_name_that_somebody_changed_stays(office, ledger):
    await recorded(office, ledger, PLAIN, garbled)
    await office.pool.execute("update person set name = 'Yamada-san' where name like 'å%'")
    (fields,) = await again(office, ledger)
    assert "name of taro@customer.example" not in fields
    assert await office.count("person", "name = 'Yamada-san'") == 1


async def test_a_converted_person_stays_converted_and_is_no_second_one(office, ledger):
    await recorded(office, ledger, PLAIN, garbled)
    await office.pool.execute("update person set kind = 'contact'")
    await again(office, ledger)
    assert await office.count("person", "kind = 'contact'") == 2
    assert await office.count("person") == 2


async def test_a_person_who_was_taken_away_does_not_come_back(office, ledger):
    await recorded(office, ledger, PLAIN, garbled)
    await office.pool.execute(
        "delete from person p using person_email e where e.person_id = p.id and e.email = $1", BOB
    )
    await again(office, ledger)
    assert await office.count("person") == 1


async def test_merged_people_stay_merged(office, ledger):
    await recorded(office, ledger, PLAIN, garbled)
    one, two = (row["id"] for row in await office.pool.fetch("select id from person order by id"))
    await office.pool.execute("update person_email set person_id = $1", one)
    await office.pool.execute("delete from person where id = $1", two)
    await again(office, ledger)
    assert await office.count("person") == 1
    assert await office.count("filing") == 1


async def test_those_whose_waiting_was_ended_do_not_wait_again(office, ledger):
    await recorded(office, ledger, PLAIN.replace(f", {BOB}", "").replace("plain@", "first@"))
    await office.pool.execute("""update "user" set "create" = 'nothing'""")
    part = await recorded(office, ledger, PLAIN, garbled)
    assert part.reason is Reason.FILED_IN_PART
    await discard(office.pool, office.account, part.delivery_id)
    await office.pool.execute("""update "user" set "create" = 'lead'""")
    await again(office, ledger)
    assert await office.count("waiting") == 0
    assert await office.count("person_email", f"email = '{BOB}'") == 0


async def test_a_discarded_mail_stays_discarded(office, ledger):
    held = await recorded(office, ledger, FORWARD, doubtful)
    await discard(office.pool, office.account, held.delivery_id)
    assert await again(office, ledger) == []
    assert await office.count("message") == 0


async def test_a_released_mail_stays_released(office, ledger):
    text = PLAIN.replace(f"From: Hanako <{HANAKO}>", "From: Eve <eve@other.example>")
    held = await recorded(office, ledger, text, mail_from="eve@other.example")
    await release(office.pool, ledger, office.account, held.delivery_id)
    before = await everything(office)
    assert await again(office, ledger) == []
    assert await everything(office) == before


async def test_an_assigned_mail_stays_on_the_one_it_was_assigned_to(office, ledger):
    await recorded(office, ledger, PLAIN.replace("plain@", "first@").replace(BOB, HANAKO))
    person = await office.pool.fetchval("select id from person")
    text = PLAIN.replace(f"From: Hanako <{HANAKO}>", "From: Eve <eve@other.example>")
    held = await recorded(office, ledger, text, garbled)
    known = KnownPerson(person, Kind.LEAD)
    await release(
        office.pool, ledger, office.account, held.delivery_id, person=known, email="taro@x.example"
    )
    await office.pool.execute("delete from participant where email = $1", BOB)
    await again(office, ledger)
    assert {row["person_id"] for row in await office.pool.fetch("select * from filing")} == {person}


async def test_who_is_on_a_never_log_list_by_now_is_not_filed_on(office, ledger):
    await recorded(office, ledger, PLAIN, lambda message: replace(message, to=message.to[:1]))
    await office.pool.execute(
        "insert into never_log (account_id, id, pattern) values ($1, gen_random_uuid(), $2)",
        office.account,
        BOB,
    )
    await again(office, ledger)
    assert await office.count("filing") == 1
    assert await office.count("participant", f"email = '{BOB}'") == 0


async def test_a_reader_in_doubt_leaves_what_is_recorded_alone(office, ledger):
    def sure(message: Message) -> Message:
        return replace(message, forwarded=(
            Forwarded(author=Mailbox(ANN, "Ann Lee"), subject="Old", text="Old", confidence=0.9),
        ))  # fmt: skip

    vague = FORWARD.replace(f"From: Ann Lee <{ANN}>", "From: Ann Lee")
    await recorded(office, ledger, vague, sure)
    before = await everything(office)
    await again(office, ledger)
    assert await everything(office) == before
