"""What is kept of a mail's origin, and what it tells about the next one."""

import asyncio
import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import pytest
from offices import DOMAIN, HANAKO, add_user, arrivals, mail

from dropbox.content import InMemory
from dropbox.envelope import Envelope
from dropbox.filing.origin import code_digest
from dropbox.filing.outcomes import NotRecorded, Reason
from dropbox.ids import mint
from dropbox.intake import Intake
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
    one, another = (arrivals(mail(number=number), office.hanako) for number in (1, 2))
    both = await asyncio.gather(*(patience(one) for patience in (first, second)))
    assert both == [False, False]
    assert not await second.is_over(another)
    await office.pool.execute("update put_off set first_at = now() - interval '61 minutes'")
    assert await second(one)
    assert not await second(another)
    assert await office.count("put_off") == 2


async def test_what_is_kept_of_mail_that_waits_for_dns_is_a_keyed_hash(office):
    (arrival,) = arrivals(mail(), office.hanako)
    await Patience(office.pool)([arrival])
    assert await office.pool.fetchval("select identity from put_off") != arrival.identity


DNS_IS_DOWN = Evidence(Verdict.UNVERIFIED, "dns_down", dns_down=True)


@dataclass
class DownJudge:
    """In place of the judge while no nameserver answers."""

    async def evidence(self, *_):
        return DNS_IS_DOWN


@pytest.fixture
def arrive_without_dns(office, ledger):
    """Take a mail down the road while DNS is down."""
    raw = f"From: {HANAKO}\r\nTo: a@customer.example\r\nMessage-ID: <1@x>\r\n\r\nHello\r\n"

    async def arrive(*recipients):
        intake = Intake(ledger.record, DownJudge(), Patience(office.pool))
        content = InMemory(raw.encode())
        envelope = Envelope("192.0.2.1", "mx", HANAKO, recipients, content, datetime.now(UTC))
        return [one.reason for one in await intake.accept(envelope)]

    return arrive


@pytest.mark.parametrize("policy", [Policy.HOLD_FORGED, Policy.REQUIRE])
async def test_mail_waits_an_hour_for_dns_and_is_then_unverified(
    office, arrive_without_dns, policy
):
    hanako = replace(office.hanako, policy=policy)
    await office.pool.execute("update account set authentication = $1", policy)
    for _ in range(2):
        with pytest.raises(NotRecorded) as put_off:
            await arrive_without_dns(hanako)
        assert put_off.value.reason is Reason.DNS_DOWN
    assert await office.count("delivery") == 0
    await office.pool.execute("update put_off set first_at = now() - interval '61 minutes'")
    expected = Reason.FILED if policy is Policy.HOLD_FORGED else Reason.SENDER_UNVERIFIED
    assert await arrive_without_dns(hanako) == [expected]


@pytest.mark.parametrize("policy", [Policy.OFF, Policy.FLAG])
async def test_whoever_holds_nothing_for_it_does_not_wait_for_dns(
    office, arrive_without_dns, policy
):
    hanako = replace(office.hanako, policy=policy)
    assert await arrive_without_dns(hanako) == [Reason.FILED]


async def test_the_hour_of_all_accounts_of_an_envelope_begins_at_once(
    office, pool, arrive_without_dns
):
    other = mint()
    await pool.execute("insert into account (id, name) values ($1, 'Other')", other)
    ann = await add_user(pool, other, "ann@other.example")
    with pytest.raises(NotRecorded):
        await arrive_without_dns(office.hanako, ann)
    assert await office.count("put_off") == 2
