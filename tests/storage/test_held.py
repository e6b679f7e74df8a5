"""Decisions about held mail, and mail that waits for an address."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from offices import DOMAIN, HANAKO, arrivals
from strangers import come, raw, rule

from dropbox.filing.outcomes import NotRecorded, Reason
from dropbox.filing.standing import Kind, KnownPerson
from dropbox.ids import mint
from dropbox.mail.read import read
from storage import expiry
from storage.errors import NotFound, Refused
from storage.expiry import expire
from storage.held import discard, note_seen, release
from storage.ledger import Ledger


async def test_a_released_mail_is_filed_and_its_row_tells_the_whole_story(office, ledger):
    held = await come(office, ledger, raw("ann@customer.example"))
    assert held.reason is Reason.SENDER_NOT_ALLOWED
    decided = await release(office.pool, ledger, office.account, held.delivery_id)
    assert decided.delivery.reason is Reason.FILED
    assert not decided.still_held
    (row,) = await office.pool.fetch("select * from delivery")
    assert (row["outcome"], row["authority"], row["resolution"]) == (
        "filed",
        "released",
        "released",
    )
    assert '"stranger"' in row["steps"]
    assert '"released"' in row["steps"]
    people = {one["email"] for one in await office.pool.fetch("select email from person_email")}
    assert people == {"ann@customer.example", "eve@evil.example"}
    raw_id = await office.pool.fetchval("select raw_id from message")
    assert await office.raw(raw_id) == raw("ann@customer.example")


async def test_of_two_people_who_release_at_once_one_is_told_that_it_is_decided(office, ledger):
    held = await come(office, ledger, raw("ann@customer.example"))
    other = Ledger(office.pool, DOMAIN)
    done = await asyncio.gather(
        release(office.pool, ledger, office.account, held.delivery_id),
        release(office.pool, other, office.account, held.delivery_id),
        return_exceptions=True,
    )
    assert sum(not isinstance(one, Exception) for one in done) == 1
    assert all(
        isinstance(one, NotFound | NotRecorded) for one in done if isinstance(one, Exception)
    )
    assert await office.count("message") == 1


async def test_a_mail_released_into_the_next_gate_stays_held_there(office, ledger):
    await rule(office, "nothing")
    held = await come(office, ledger, raw("ann@customer.example"))
    decided = await release(office.pool, ledger, office.account, held.delivery_id)
    assert decided.still_held
    assert decided.delivery.reason is Reason.NOBODY_MATCHED
    assert await office.count("waiting") == 2
    again = await release(office.pool, ledger, office.account, held.delivery_id)
    assert again.delivery.reason is Reason.FILED
    assert await office.count("waiting") == 0


async def test_an_assigned_mail_is_filed_on_that_person_alone(office, ledger):
    person = mint()
    await office.pool.execute(
        "insert into person (account_id, id, kind, name) values ($1, $2, 'contact', 'Ann')",
        office.account,
        person,
    )
    held = await come(office, ledger, raw(HANAKO, author="a@x.example, b@y.example"))
    assert held.reason is Reason.SENDER_UNCLEAR
    decided = await release(
        office.pool,
        ledger,
        office.account,
        held.delivery_id,
        person=KnownPerson(person, Kind.CONTACT),
        email="ann@customer.example",
    )
    assert decided.delivery.reason is Reason.FILED
    assert await office.pool.fetchval("select person_id from filing") == person
    assert await office.count("person") == 1


async def test_discarding_lets_the_bytes_go_and_keeps_the_row(office, ledger):
    held = await come(office, ledger, raw("ann@customer.example"))
    await discard(office.pool, office.account, held.delivery_id)
    assert await office.count("raw_mail") == 0
    row = await office.pool.fetchrow("select outcome, reason, resolution from delivery")
    assert tuple(row) == ("held", "sender_not_allowed", "discarded")
    for decide in (discard(office.pool, office.account, held.delivery_id),
                   release(office.pool, ledger, office.account, held.delivery_id)):  # fmt: skip
        with pytest.raises(NotFound):
            await decide


async def test_a_discarded_mail_that_comes_again_is_held_again(office, ledger):
    held = await come(office, ledger, raw("ann@customer.example"))
    await discard(office.pool, office.account, held.delivery_id)
    again = await come(office, ledger, raw("ann@customer.example"))
    assert again.reason is Reason.SENDER_NOT_ALLOWED


async def test_postmasters_mail_and_headers_alone_cannot_be_released(office, ledger):
    strict = Ledger(office.pool, DOMAIN, held_quota=0)
    over = await come(office, strict, raw("ann@customer.example"))
    assert over.reason is Reason.OVER_QUOTA
    kept = await office.pool.fetchval("select raw_id from delivery")
    assert await office.raw(kept) == raw("ann@customer.example").partition(b"Hello")[0]
    with pytest.raises(Refused, match="headers"):
        await release(office.pool, ledger, office.account, over.delivery_id)
    postmaster = replace(office.hanako, user_id=None, address_id=None)
    mail = raw("postmaster@dropbox.example", number=2)
    (held,) = await ledger.record(arrivals(read(mail), postmaster, raw=mail))
    with pytest.raises(Refused, match="postmaster"):
        await release(office.pool, ledger, office.account, held.delivery_id)


async def test_held_mail_expires_only_when_it_was_seen_long_ago(office, ledger):
    held = [await come(office, ledger, raw("ann@customer.example", number=n)) for n in range(3)]
    await note_seen(office.pool, [(office.account, one.delivery_id) for one in held[:2]])
    await office.pool.execute("update delivery set received_at = now() - interval '900 days'")
    await office.pool.execute(
        "update delivery set seen_at = now() - interval '91 days' where id = $1",
        held[0].delivery_id,
    )
    assert await expire(office.pool, 0) == 0
    assert await expire(office.pool, 90) == 1
    gone = await office.pool.fetchval("select id from delivery where resolution = 'expired'")
    assert gone == held[0].delivery_id
    assert await office.count("raw_mail") == 2


async def test_mail_that_was_not_recorded_is_let_go_after_its_time(office, ledger):
    skipped = await come(office, ledger, raw("it@corp.example", author=HANAKO))
    assert skipped.reason is Reason.INTERNAL_ONLY
    assert await expire(office.pool, 90) == 0
    await office.pool.execute("update raw_mail set expires_at = now() - interval '1 day'")
    assert await expire(office.pool, 90) == 1
    assert await office.count("raw_mail") == 0
    assert await office.count("delivery") == 1


async def test_a_released_mail_that_is_not_recorded_is_kept_as_long_as_a_live_one(office, ledger):
    await office.pool.execute("""update "user" set status = 'suspended'""")
    held = await come(office, ledger, raw("it@corp.example", author=HANAKO))
    await office.pool.execute("update raw_mail set received_at = now() - interval '80 days'")
    decided = await release(office.pool, ledger, office.account, held.delivery_id)
    assert decided.delivery.reason is Reason.INTERNAL_ONLY
    # From the decision on: it was let through today, and must not be gone within the hour.
    left = await office.pool.fetchval("select expires_at - now() from raw_mail")
    assert timedelta(days=29) < left <= timedelta(days=30)
    await office.pool.execute("update raw_mail set expires_at = now() - interval '1 day'")
    assert await expire(office.pool, 90) == 1
    assert await office.count("raw_mail") == 0


async def test_of_a_released_delivery_report_the_headers_stay(office, ledger):
    report = (
        b"From: mailer-daemon@mx.example\r\nTo: hanako@corp.example\r\n"
        b"Message-ID: <r@mx.example>\r\nContent-Type: multipart/report; boundary=b\r\n\r\n"
        b"--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx\r\n\r\n"
        b"Final-Recipient: rfc822; ann@customer.example\r\nAction: failed\r\n\r\n"
        b"--b\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: <9@evil.example>\r\n\r\n"
        b"--b--\r\n"
    )
    held = await come(office, ledger, report, mail_from="")
    assert held.reason is Reason.SENDER_NOT_ALLOWED
    await come(office, ledger, raw("ann@customer.example", HANAKO, 9))
    decided = await release(office.pool, ledger, office.account, held.delivery_id)
    assert decided.delivery.reason is Reason.BOUNCE
    raw_id = await office.pool.fetchval("select raw_id from delivery where reason = 'bounce'")
    assert await office.raw(raw_id) == report.partition(b"--b")[0]
    assert await office.count("raw_mail") == 2
    assert await office.count("person_email", "bouncing_at is not null") == 1


async def test_a_released_mail_that_is_recorded_already_leaves_its_row_alone(office, ledger):
    held = await come(office, ledger, raw("ann@customer.example"))
    await office.pool.execute(
        "insert into allowed_sender (account_id, user_id, email, slot) values ($1, $2, $3, 1)",
        office.account,
        office.taro.user_id,
        "eve@evil.example",
    )
    mail = raw("ann@customer.example")
    await ledger.record(arrivals(read(mail), office.taro, raw=mail))
    assert await office.count("raw_mail") == 2
    decided = await release(office.pool, ledger, office.account, held.delivery_id)
    assert decided.delivery.reason is Reason.FILED
    assert await office.count("message") == await office.count("raw_mail") == 1
    assert await office.count("capture") == 2


async def test_of_two_held_copies_the_bytes_stay_until_both_are_decided(office, ledger):
    mail = raw("ann@customer.example")
    one, two = await ledger.record(arrivals(read(mail), office.hanako, office.taro, raw=mail))
    assert await office.count("raw_mail") == 1
    await discard(office.pool, office.account, one.delivery_id)
    assert await office.count("raw_mail") == 1
    await discard(office.pool, office.account, two.delivery_id)
    assert await office.count("raw_mail") == 0


async def test_what_has_piled_up_is_let_go_hundred_by_hundred(office, ledger, monkeypatch):
    monkeypatch.setattr(expiry, "AT_ONCE", 2)
    for number in range(5):
        await come(office, ledger, raw("ann@customer.example", number=number))
        await come(office, ledger, raw("it@corp.example", HANAKO, 10 + number))
    await office.pool.execute("update delivery set seen_at = now() - interval '91 days'")
    await office.pool.execute(
        "update raw_mail set expires_at = now() - interval '1 day' where expires_at is not null"
    )
    assert await expire(office.pool, 90) == 10
    assert await office.count("raw_mail") == 0


async def test_a_decision_that_comes_too_late_keeps_no_other_mail_out(office, ledger):
    held = await come(office, ledger, raw("ann@customer.example"))
    too_late = [release(office.pool, ledger, office.account, held.delivery_id) for _ in range(3)]
    others = [come(office, ledger, raw("ann@customer.example", HANAKO, n)) for n in range(5, 9)]
    done = await asyncio.gather(*too_late, *others, return_exceptions=True)
    assert sum(isinstance(one, NotRecorded | NotFound) for one in done) == 2
    assert await office.count("message") == 5


async def test_held_mail_that_came_again_and_was_filed_is_kept_for_thirty_days_more(office, ledger):
    await rule(office, "nothing")
    held = await come(office, ledger, raw("ann@customer.example", HANAKO))
    await rule(office, "lead")
    await come(office, ledger, raw("ann@customer.example", HANAKO))
    assert await office.count("waiting") == 0
    raw_id = await office.pool.fetchval(
        "select raw_id from delivery where id = $1 and resolution = 'filed'", held.delivery_id
    )
    left = await office.pool.fetch("select id, expires_at - now() as left from raw_mail")
    assert {row["id"] for row in left if row["left"]} == {raw_id}
    await office.pool.execute(
        "update raw_mail set expires_at = now() - interval '1 day' where expires_at is not null"
    )
    assert await expire(office.pool, 90) == 1
    assert await office.pool.fetchval("select raw_id from message") is not None
    assert await office.count("raw_mail") == 1


async def test_a_suspended_users_mail_waits_for_somebody_to_see_it_and_filing_keeps_it(
    office, ledger
):
    await office.pool.execute("""update "user" set status = 'suspended'""")
    held = await come(office, ledger, raw("ann@customer.example", author=HANAKO))
    assert held.reason is Reason.USER_SUSPENDED
    await office.pool.execute("update raw_mail set expires_at = now() - interval '1 day'")
    assert await expire(office.pool, 90) == 0
    decided = await release(office.pool, ledger, office.account, held.delivery_id)
    assert decided.delivery.reason is Reason.FILED
    assert await office.pool.fetchval("select expires_at from raw_mail") is None


async def test_of_one_who_fell_under_a_never_log_list_meanwhile_the_row_alone_stays(office, ledger):
    held = await come(office, ledger, raw("ann@customer.example"))
    await office.pool.executemany(
        "insert into never_log (account_id, id, pattern) values ($1, $2, $3)",
        [(office.account, mint(), name) for name in ("customer.example", "evil.example")],
    )
    decided = await release(office.pool, ledger, office.account, held.delivery_id)
    assert decided.delivery.reason is Reason.NEVER_LOG
    assert not decided.still_held
    row = await office.pool.fetchrow("select * from delivery")
    told = {name for name, value in row.items() if value not in (None, "", "[]")}
    assert told == {
        "account_id", "id", "user_id", "address_id", "outcome", "reason", "received_at",
        "authority", "verdict", "identity", "note", "resolved_at", "resolution",
    }  # fmt: skip
    assert (row["outcome"], row["reason"]) == ("skipped", "never_log")
    assert await office.count("raw_mail") == 0


async def test_releasing_a_mail_filed_in_part_creates_those_who_wait(office, ledger):
    await come(office, ledger, raw("ann@customer.example", author=HANAKO))
    await rule(office, "nothing")
    part = await come(office, ledger, raw("ann@customer.example, bob@customer.example", HANAKO, 2))
    assert part.reason is Reason.FILED_IN_PART
    decided = await release(office.pool, ledger, office.account, part.delivery_id)
    assert decided.delivery.reason is Reason.FILED
    assert await office.count("person") == 2
    assert await office.count("filing") == 3
    assert await office.count("capture") == await office.count("message") == 2
    assert await office.count("waiting") == 0


async def test_releasing_into_a_reason_that_another_row_is_held_for_ends_in_that_row(
    office, ledger
):
    held = await come(office, ledger, raw("ann@customer.example"))
    await office.pool.execute(
        "insert into allowed_sender (account_id, user_id, email, slot) values ($1, $2, $3, 1)",
        office.account,
        office.hanako.user_id,
        "eve@evil.example",
    )
    await rule(office, "nothing")
    other = await come(office, ledger, raw("ann@customer.example"))
    assert other.reason is Reason.NOBODY_MATCHED
    decided = await release(office.pool, ledger, office.account, held.delivery_id)
    assert decided.delivery.reason is Reason.SEEN_BEFORE
    row = await office.pool.fetchrow("select * from delivery where id = $1", held.delivery_id)
    assert (row["duplicate_of"], row["resolution"]) == (other.delivery_id, "released")
