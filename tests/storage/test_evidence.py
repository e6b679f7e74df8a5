"""What is kept of a mail's origin, and what it tells about the next one."""

import asyncio
import json
from dataclasses import replace

import pytest
from offices import DOMAIN, HANAKO, arrivals, mail

from dropbox.filing.origin import code_digest
from dropbox.filing.outcomes import Reason
from dropbox.policy import Policy
from dropbox.trust.verdict import Check, Evidence, Result, Verdict
from storage import evidence as evidence_column
from storage.held import release
from storage.ledger import Ledger
from storage.patience import Patience

HOME, ABROAD = "192.0.2.0/24", "203.0.113.0/24"
VERIFIED = Evidence(
    Verdict.VERIFIED,
    "dmarc_pass",
    (
        Check("dkim", Result.PASS, "corp.example", aligned=True),
        Check("spf", Result.FAIL, "relay.example", "all", by="mx.corp.example"),
    ),
    network=HOME,
    mail_from_passes=True,
    sealed_by="google.com",
    dns_down=True,
)
UNVERIFIED = Evidence(Verdict.UNVERIFIED, "no_policy", network=ABROAD)
FORGED = Evidence(Verdict.FORGED, "dmarc_fail", network=ABROAD)
PENDING = "new@home.example"


@pytest.fixture
def arrive(office, ledger):
    """Records one mail; returns its delivery."""
    numbers = iter(range(1, 100))

    async def record(found, author=HANAKO, by=None, **fields):
        message = mail("a@customer.example", author=author, number=next(numbers), **fields)
        raw = f"From: {author}\r\nTo: a@customer.example\r\nSubject: {next(numbers)}\r\n\r\nHello"
        (arrival,) = arrivals(message, office.hanako, raw=raw.encode())
        (delivery,) = await (by or ledger).record([replace(arrival, evidence=found)])
        return delivery

    return record


async def test_evidence_is_kept_with_the_delivery_and_read_back_to_the_letter(office, arrive):
    delivery = await arrive(VERIFIED)
    row = await office.pool.fetchrow(
        "select verdict, evidence from delivery where id = $1", delivery.delivery_id
    )
    assert evidence_column.from_json(row["verdict"], row["evidence"]) == VERIFIED
    line = evidence_column.in_a_line(json.loads(row["evidence"])["checks"])
    assert line == "dkim=pass corp.example; spf=fail relay.example (all) by mx.corp.example"


async def test_of_mail_that_nobody_checked_there_is_none(office, arrive):
    await arrive(Evidence())
    assert await office.count("delivery", "evidence is null and verdict = 'unverified'") == 1


async def test_of_mail_on_a_never_log_list_nothing_is_kept_of_it(office, arrive):
    await office.pool.execute(
        "insert into never_log (account_id, id, pattern)"
        " values ($1, gen_random_uuid(), 'customer.example')",
        office.account,
    )
    delivery = await arrive(VERIFIED)
    assert delivery.reason is Reason.NEVER_LOG
    assert await office.count("delivery", "evidence is null and verdict = 'unverified'") == 1


async def test_the_account_says_what_is_held_and_else_the_installation(office, arrive):
    strict = Ledger(office.pool, DOMAIN, policy=Policy.REQUIRE)
    assert (await arrive(UNVERIFIED, by=strict)).reason is Reason.SENDER_UNVERIFIED
    assert (await arrive(UNVERIFIED)).reason is Reason.FILED
    assert (await arrive(FORGED)).reason is Reason.SENDER_FORGED
    await office.pool.execute("update account set authentication = 'flag'")
    assert (await arrive(UNVERIFIED, by=strict)).reason is Reason.FILED
    assert (await arrive(FORGED)).reason is Reason.FILED


async def test_after_five_verified_mails_an_unverified_one_from_elsewhere_is_held(arrive):
    for _ in range(4):
        await arrive(VERIFIED)
    assert (await arrive(UNVERIFIED)).reason is Reason.FILED, "four are no habit yet"


async def test_what_is_held_teaches_nothing(office, arrive, ledger):
    for _ in range(5):
        await arrive(VERIFIED)
    for _ in range(2):
        held = await arrive(UNVERIFIED)
        assert held.reason is Reason.SENDER_UNVERIFIED
    from_home = replace(UNVERIFIED, network=HOME)
    assert (await arrive(from_home, author="taro@corp.example")).reason is Reason.FILED
    decided = await release(office.pool, ledger, office.account, held.delivery_id)
    assert decided.delivery.reason is Reason.FILED
    assert (await arrive(UNVERIFIED)).reason is Reason.FILED, "somebody has said that it is right"


async def test_from_a_network_it_has_written_from_a_sender_may_be_unverified(arrive):
    for _ in range(6):
        await arrive(VERIFIED)
    assert (await arrive(replace(UNVERIFIED, network=HOME))).reason is Reason.FILED


async def pend(office, code=None):
    await office.pool.execute(
        "insert into allowed_sender (account_id, user_id, email, slot, status, code, code_until)"
        " values ($1, $2, $3, 1, 'pending', $4, now() + interval '1 day')",
        office.account,
        office.hanako.user_id,
        PENDING,
        code,
    )


async def test_a_verified_mail_makes_a_pending_sender_count_for_the_next_one(office, arrive):
    await pend(office)
    assert (await arrive(UNVERIFIED, author=PENDING)).reason is Reason.SENDER_UNVERIFIED
    assert (await arrive(VERIFIED, author=PENDING)).reason is Reason.FILED
    assert (await arrive(UNVERIFIED, author=PENDING)).reason is Reason.FILED
    assert await office.count("allowed_sender", "status = 'active'") == 1


async def test_a_code_that_comes_back_in_time_proves_its_sender_and_is_forgotten(office, arrive):
    await pend(office, code_digest("abcde-fghij"))
    await office.pool.execute("update allowed_sender set code_until = now() - interval '1 second'")
    late = await arrive(UNVERIFIED, author=PENDING, subject="abcde-fghij")
    assert late.reason is Reason.SENDER_UNVERIFIED
    await office.pool.execute("update allowed_sender set code_until = now() + interval '1 day'")
    in_time = await arrive(UNVERIFIED, author=PENDING, subject="abcde-fghij")
    assert in_time.reason is Reason.FILED
    assert await office.count("allowed_sender", "status = 'active' and code is null") == 1


async def test_patience_with_dns_ends_after_an_hour_on_whichever_daemon(office):
    first, second = Patience(office.pool), Patience(office.pool)
    both = await asyncio.gather(*(one(office.account, b"mail") for one in (first, second)))
    assert both == [False, False]
    await office.pool.execute("update put_off set first_at = now() - interval '61 minutes'")
    assert await second(office.account, b"mail")
    assert not await second(office.account, b"another")
