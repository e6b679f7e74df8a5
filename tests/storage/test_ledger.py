"""The ledger on a real Postgres: everything or nothing, once, whoever races."""

from __future__ import annotations

import asyncio
import json
import secrets
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from typing import Any

import asyncpg
import pytest
from offices import DOMAIN, HANAKO, TARO, Office, add_user, arrivals, mail

from dropbox.filing.outcomes import NotRecorded, Reason
from dropbox.ids import mint
from dropbox.mail.message import Fingerprint, Mailbox, Part, Report
from storage.ledger import Ledger


def reasons(written: Any) -> Counter[Reason]:
    return Counter(delivery.reason for deliveries in written for delivery in deliveries)


@pytest.mark.parametrize("size", [3, 1 << 20, (1 << 20) + 1, 3_500_000])
async def test_the_bytes_come_back_exactly_as_they_came(
    office: Office, ledger: Ledger, size: int
) -> None:
    raw = bytes(range(256)) * (size // 256) + b"x" * (size % 256)
    await ledger.record(arrivals(mail("a@customer.example"), office.hanako, raw=raw))
    raw_id, kept = await office.pool.fetchrow("select id, size from raw_mail")
    assert kept == size
    assert await office.raw(raw_id) == raw


async def test_the_bytes_of_mails_written_together_come_back_each_as_its_own(
    office: Office, ledger: Ledger
) -> None:
    raws = {n: f"{n} ".encode() * 20_000 for n in range(12)}
    written = await asyncio.gather(
        *(
            ledger.record(
                arrivals(mail("a@customer.example", number=n), office.hanako, raw=raws[n])
            )
            for n in raws
        )
    )
    ids = [deliveries[0].delivery_id for deliveries in written]
    for n, delivery_id in zip(raws, ids, strict=True):
        raw_id = await office.pool.fetchval(
            "select raw_id from delivery where id = $1", delivery_id
        )
        assert await office.raw(raw_id) == raws[n]


async def test_a_mail_is_written_with_all_that_belongs_to_it(
    office: Office, ledger: Ledger
) -> None:
    message = mail(
        "a@customer.example",
        cc=(Mailbox("b@customer.example", "山田 太郎"),),
        bcc=(Mailbox("c@customer.example"),),
        attachments=(Part("2", "見積.pdf", "application/pdf", 3, b"s" * 32, inline=False),),
    )
    (delivery,) = await ledger.record(arrivals(message, office.hanako))
    assert delivery.reason is Reason.FILED
    names = await office.pool.fetch("select name, family_name, given_name from person")
    assert ("山田 太郎", "山田", "太郎") in {tuple(row) for row in names}
    assert await office.count("filing") == 3
    assert await office.pool.fetchval("select filename from part") == "見積.pdf"
    assert {row["role"] for row in await office.pool.fetch("select role from participant")} == {
        "from",
        "to",
        "cc",
    }
    bcc = json.loads(await office.pool.fetchval("select bcc from capture"))
    assert bcc == [{"name": None, "email": "c@customer.example"}]


async def test_one_envelope_to_two_users_is_one_message_and_two_captures(
    office: Office, ledger: Ledger
) -> None:
    written = await ledger.record(arrivals(mail("a@customer.example"), office.hanako, office.taro))
    assert [one.reason for one in written] == [Reason.FILED, Reason.FILED]
    assert await office.count("message") == 1
    assert await office.count("raw_mail") == 1
    assert await office.count("capture") == 2
    assert await office.count("filing") == 1


async def test_the_same_mail_from_many_connections_at_once_is_filed_once(office: Office) -> None:
    ledgers = [Ledger(office.pool, DOMAIN) for _ in range(4)]
    message = mail("a@customer.example")
    written = await asyncio.gather(
        *(ledgers[n % 4].record(arrivals(message, office.hanako)) for n in range(24))
    )
    assert reasons(written) == {Reason.FILED: 1, Reason.SEEN_BEFORE: 23}
    assert await office.count("message") == await office.count("person") == 1
    assert await office.count("raw_mail") == 1
    orphans = "outcome = 'duplicate' and duplicate_of is null"
    assert await office.count("delivery", orphans) == 0


async def test_mails_that_race_for_a_new_person_are_all_filed_on_the_one_person(
    office: Office,
) -> None:
    ledgers = [Ledger(office.pool, DOMAIN) for _ in range(4)]
    written = await asyncio.gather(
        *(
            ledgers[n % 4].record(arrivals(mail("a@customer.example", number=n), office.hanako))
            for n in range(24)
        )
    )
    assert reasons(written) == {Reason.FILED: 24}
    assert await office.count("person") == 1
    assert await office.count("filing") == 24


async def test_mails_that_race_for_a_thread_end_up_in_one(office: Office) -> None:
    ledgers = [Ledger(office.pool, DOMAIN) for _ in range(4)]
    written = await asyncio.gather(
        *(
            ledgers[n % 4].record(
                arrivals(
                    mail("a@customer.example", number=n, references=("root@corp.example",)),
                    office.hanako,
                )
            )
            for n in range(12)
        )
    )
    assert reasons(written) == {Reason.FILED: 12}
    threads = await office.pool.fetchval("select count(distinct thread_id) from message")
    assert threads == 1


async def test_many_at_once_share_transactions(office: Office, ledger: Ledger) -> None:
    async def transactions() -> int:
        found = await office.pool.fetchval("select txid_current()")
        assert isinstance(found, int)
        return found

    before = await transactions()
    await asyncio.gather(
        *(
            ledger.record(arrivals(mail("a@customer.example", number=n), office.hanako))
            for n in range(60)
        )
    )
    assert await office.count("message") == 60
    assert await transactions() - before < 30


@pytest.mark.parametrize(
    "wrong",
    [{"text": "a\0b"}, {"rfc_message_id": secrets.token_hex(9_000)}],
    ids=["NUL", "longer than an index takes"],
)
async def test_a_mail_that_the_database_cannot_take_is_held_and_delays_nobody_else(
    office: Office, ledger: Ledger, wrong: dict[str, str]
) -> None:
    poison = mail("a@customer.example", number=7, **wrong)
    written = await asyncio.gather(
        *(
            ledger.record(
                arrivals(
                    poison if n == 7 else mail("a@customer.example", number=n),
                    office.hanako,
                    raw=b"raw %d" % n,
                )
            )
            for n in range(20)
        )
    )
    assert reasons(written) == {Reason.FILED: 19, Reason.UNREADABLE: 1}
    raw_id = await office.pool.fetchval("select raw_id from delivery where reason = 'unreadable'")
    assert await office.raw(raw_id) == b"raw 7"


async def test_a_caller_who_goes_away_does_not_undo_the_commit(
    office: Office, ledger: Ledger
) -> None:
    for number, raw in enumerate((b"small", b"x" * 400_000)):
        message = mail("a@customer.example", number=number)
        task = asyncio.create_task(ledger.record(arrivals(message, office.hanako, raw=raw)))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    async with asyncio.timeout(10):
        while await office.count("message") < 2:  # noqa: ASYNC110 - the database sets no event
            await asyncio.sleep(0.01)


async def test_a_database_that_is_gone_is_put_off_and_leaves_nothing(
    office: Office, database_url: str
) -> None:
    pool = await asyncpg.create_pool(database_url, min_size=1, max_size=1)
    await pool.close()
    with pytest.raises(NotRecorded) as failure:
        await Ledger(pool, DOMAIN).record(arrivals(mail("a@customer.example"), office.hanako))
    assert failure.value.reason is Reason.DATABASE_DOWN
    assert await office.count("delivery") == 0


async def test_a_backend_that_dies_in_the_middle_is_put_off(
    office: Office, database_url: str
) -> None:
    pool = await asyncpg.create_pool(database_url, min_size=1, max_size=1)
    mortal = Ledger(pool, DOMAIN)
    await mortal.record(arrivals(mail("a@customer.example", number=1), office.hanako))
    pid = await pool.fetchval("select pg_backend_pid()")
    blocker = await asyncpg.connect(database_url)
    transaction = blocker.transaction()
    await transaction.start()
    await blocker.execute("lock table delivery in access exclusive mode")
    waiting = asyncio.create_task(
        mortal.record(arrivals(mail("a@customer.example", number=2), office.hanako))
    )
    async with asyncio.timeout(10):
        while not await blocker.fetchval(  # noqa: ASYNC110 - the database sets no event
            "select wait_event_type = 'Lock' from pg_stat_activity where pid = $1", pid
        ):
            await asyncio.sleep(0.01)
    await blocker.execute("select pg_terminate_backend($1)", pid)
    with pytest.raises(NotRecorded) as failure:
        await waiting
    assert failure.value.reason is Reason.DATABASE_DOWN
    await transaction.rollback()
    again = await mortal.record(arrivals(mail("a@customer.example", number=2), office.hanako))
    assert again[0].reason is Reason.FILED
    assert await office.count("message") == 2
    await blocker.close()
    await pool.close()


async def test_mail_never_to_be_logged_leaves_time_user_pattern_and_hash_alone(
    office: Office, ledger: Ledger
) -> None:
    await office.pool.execute(
        "insert into never_log (account_id, id, pattern) values ($1, $2, '*.secret.example')",
        office.account,
        mint(),
    )
    message = mail("x@hq.secret.example", author="lawyer@hq.secret.example")
    (delivery,) = await ledger.record(
        arrivals(message, office.hanako, mail_from="lawyer@hq.secret.example")
    )
    assert delivery.reason is Reason.NEVER_LOG
    row = await office.pool.fetchrow("select * from delivery")
    told = {
        name
        for name, value in row.items()
        if value not in (None, "", "[]")
        and name not in {"account_id", "id", "user_id", "address_id"}
    }
    assert told == {
        "outcome",
        "reason",
        "received_at",
        "authority",
        "verdict",
        "identity",
        "note",
    }
    assert row["note"] == "*.secret.example"
    for table in ("message", "raw_mail", "person", "participant", "waiting"):
        assert await office.count(table) == 0


async def test_a_listed_recipient_among_others_is_masked(office: Office, ledger: Ledger) -> None:
    await office.pool.execute(
        "insert into never_log (account_id, id, pattern) values ($1, $2, 'secret.example')",
        office.account,
        mint(),
    )
    await ledger.record(arrivals(mail("x@secret.example", "a@customer.example"), office.hanako))
    shown = await office.pool.fetch("select email from participant where role = 'to'")
    assert {row["email"] for row in shown} == {None, "a@customer.example"}


async def test_held_mail_is_kept_whole_and_a_retry_holds_it_once(
    office: Office, ledger: Ledger
) -> None:
    message = mail("a@customer.example", author="stranger@evil.example")
    for _ in range(3):
        await ledger.record(arrivals(message, office.hanako, raw=b"as it came"))
    rows = await office.pool.fetch("select outcome, raw_id from delivery order by id")
    assert [row["outcome"] for row in rows] == ["held", "duplicate", "duplicate"]
    assert await office.raw(rows[0]["raw_id"]) == b"as it came"
    assert await office.count("message") == 0
    assert await office.count("person") == 0


async def test_held_mail_that_arrives_many_times_at_once_is_held_once(office: Office) -> None:
    ledgers = [Ledger(office.pool, DOMAIN) for _ in range(4)]
    message = mail("a@customer.example", author="stranger@evil.example")
    written = await asyncio.gather(
        *(ledgers[n % 4].record(arrivals(message, office.hanako)) for n in range(16))
    )
    assert reasons(written) == {Reason.SENDER_NOT_ALLOWED: 1, Reason.SEEN_BEFORE: 15}


async def test_filing_settles_the_held_mail(office: Office, ledger: Ledger) -> None:
    await office.pool.execute("""update "user" set "create" = 'nothing'""")
    message = mail("a@customer.example")
    await ledger.record(arrivals(message, office.hanako))
    assert await office.count("waiting") == 1
    await office.pool.execute("""update "user" set "create" = 'lead'""")
    await ledger.record(arrivals(message, office.hanako))
    assert await office.count("delivery", "resolution = 'filed'") == 1


async def test_mail_to_colleagues_is_kept_for_thirty_days(office: Office, ledger: Ledger) -> None:
    await ledger.record(arrivals(mail(TARO, "it@corp.example"), office.hanako))
    kept = await office.pool.fetchval("select expires_at - received_at from raw_mail")
    assert kept == timedelta(days=30)


async def test_a_delivery_report_marks_the_address_and_keeps_its_headers(
    office: Office, ledger: Ledger
) -> None:
    await ledger.record(arrivals(mail("known@customer.example", number=5), office.hanako))
    blind = (Mailbox("blind@customer.example"),)
    await ledger.record(arrivals(mail("gone@customer.example", bcc=blind), office.hanako))
    names = ("known", "gone", "blind")
    report = mail(
        HANAKO,
        author="mailer-daemon@mx.example",
        number=2,
        report=Report("1@corp.example", tuple(f"{name}@customer.example" for name in names)),
    )
    (delivery,) = await ledger.record(
        arrivals(report, office.hanako, raw=b"0123456789body", mail_from="")
    )
    assert delivery.reason is Reason.BOUNCE
    bouncing = await office.pool.fetch(
        "select email from person_email where bouncing_at is not null"
    )
    assert {row["email"] for row in bouncing} == {
        "gone@customer.example",
        "blind@customer.example",
    }
    raw_id = await office.pool.fetchval("select raw_id from delivery where reason = 'bounce'")
    assert await office.raw(raw_id) == b"0123456789"


async def test_an_identity_taken_by_other_content_makes_another_message(
    office: Office, ledger: Ledger
) -> None:
    first = mail("a@customer.example")
    other = replace(first, fingerprint=Fingerprint(b"date", b"Else", b"e" * 32), subject="Else")
    for message in (first, other, other):
        await ledger.record(arrivals(message, office.hanako))
    variants = await office.pool.fetch("select variant from message order by variant")
    assert [row["variant"] for row in variants] == [0, 1]
    assert await office.count("delivery", "note like '%same Message-ID%'") == 1


async def test_threads_that_turn_out_to_be_one_are_joined_by_one_row(
    office: Office, ledger: Ledger
) -> None:
    for number, references in ((1, ()), (2, ()), (3, ("2@corp.example", "1@corp.example"))):
        message = mail("a@customer.example", number=number, references=references)
        await ledger.record(arrivals(message, office.hanako))
    assert await office.count("thread", "joined_into is not null") == 1
    later = mail("a@customer.example", number=4, in_reply_to=("2@corp.example",))
    await ledger.record(arrivals(later, office.hanako))
    one, four = await office.pool.fetch(
        "select thread_id from message where rfc_message_id like any($1) order by id",
        ["1@%", "4@%"],
    )
    assert one["thread_id"] == four["thread_id"]


async def test_foreseeing_says_what_would_happen_and_writes_nothing(
    office: Office, ledger: Ledger
) -> None:
    given = arrivals(mail("a@customer.example"), office.hanako)
    (foreseen,) = await ledger.foresee(given)
    assert foreseen.reason is Reason.FILED
    assert await office.count("delivery") == await office.count("person") == 0


async def test_private_mail_does_not_name_its_subject_on_the_person(
    office: Office, ledger: Ledger
) -> None:
    await office.pool.execute("""update "user" set visibility = 'private'""")
    await ledger.record(arrivals(mail("a@customer.example"), office.hanako))
    source = await office.pool.fetchval("select source from person")
    assert "Offer" not in source


async def test_two_accounts_in_one_envelope_share_nothing(office: Office, ledger: Ledger) -> None:
    other = mint()
    await office.pool.execute("insert into account (id, name) values ($1, 'Other')", other)
    jiro = await add_user(office.pool, other, "jiro@other.example")
    written = await ledger.record(arrivals(mail("a@customer.example"), office.hanako, jiro))
    # Hanako is nobody's colleague over there.
    assert [one.reason for one in written] == [Reason.FILED, Reason.SENDER_NOT_ALLOWED]
    accounts = await office.pool.fetch("select account_id from raw_mail")
    assert {row["account_id"] for row in accounts} == {office.account, other}


async def test_mail_to_postmaster_that_comes_again_and_again_is_held_once(office, ledger):
    postmaster = replace(office.hanako, user_id=None, address_id=None, address="postmaster@x")
    message = mail("postmaster@dropbox.example", author="eve@evil.example")
    written = [await ledger.record(arrivals(message, postmaster)) for _ in range(3)]
    assert reasons(written) == {Reason.POSTMASTER: 1, Reason.SEEN_BEFORE: 2}


async def test_an_unreadable_mail_that_comes_again_is_held_once(office, ledger):
    poison = mail("a@customer.example", text="a\0b")
    written = [await ledger.record(arrivals(poison, office.hanako)) for _ in range(3)]
    assert reasons(written) == {Reason.UNREADABLE: 1, Reason.SEEN_BEFORE: 2}


async def test_a_mail_that_can_never_be_written_does_not_keep_the_others_out(office, ledger):
    await office.pool.execute(
        "create function lose() returns trigger language plpgsql as 'begin return null; end'"
    )
    await office.pool.execute(
        "create trigger lose before insert on participant for each row"
        " when (new.email = 'lost@customer.example') execute function lose()"
    )
    names = ["lost" if number == 7 else "a" for number in range(20)]
    written = await asyncio.gather(
        *(
            ledger.record(arrivals(mail(f"{name}@customer.example", number=n), office.hanako))
            for n, name in enumerate(names)
        ),
        return_exceptions=True,
    )
    lost = [one for one in written if isinstance(one, NotRecorded)]
    assert [one.reason for one in lost] == [Reason.BUSY]
    assert await office.count("message") == 19


async def test_no_row_shows_a_dropbox_address_whole(office, ledger):
    secret = office.taro.address
    own = mail("a@customer.example", secret, cc=(Mailbox(secret, secret),))
    await ledger.record(arrivals(own, office.hanako))
    forged = mail("a@customer.example", author=secret, number=2)
    await ledger.record(arrivals(forged, office.hanako, mail_from=secret))
    for table in ("participant", "delivery", "capture", "person_email", "message", "waiting"):
        for row in await office.pool.fetch(f"select t::text as shown from {table} t"):  # noqa: S608
            assert secret not in row["shown"], table
    shown = await office.pool.fetch("select email from participant where email like 'taro.%'")
    assert {row["email"] for row in shown} == {"taro.••••@dropbox.example"}
