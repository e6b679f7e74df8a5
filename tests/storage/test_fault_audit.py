"""The count at the end of `make faults` finds every mail that is missing, doubled or spoilt."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
import pytest_asyncio
from offices import DOMAIN, HANAKO, TARO, Office

from dropbox.content import InMemory
from dropbox.envelope import Envelope
from dropbox.intake import Intake
from faults.audit import audit
from faults.mails import Mail, Mails, User
from faults.sender import Reply, Tally
from storage.ledger import Ledger

LEFT_OVER_RAW = """
insert into raw_mail (account_id, id, size, received_at)
select id, gen_random_uuid(), 1, now() from account limit 1
"""
LEFT_OVER_PERSON = """
insert into person (account_id, id, kind, name)
select id, gen_random_uuid(), 'lead', 'Left over' from account limit 1
"""
NO_SUCH_ADDRESS = Reply(550, "550 5.1.1 No such address here")


async def take(office: Office, mail: Mail) -> None:
    recipients = (office.hanako, office.taro)
    envelope = Envelope(
        peer="192.0.2.1",
        helo="mx.corp.example",
        mail_from=mail.author,
        recipients=tuple(one for one in recipients if one.address in mail.recipients),
        content=InMemory(mail.raw),
        received_at=datetime.now(UTC),
    )
    await Intake(Ledger(office.pool, DOMAIN).record).accept(envelope)


@pytest_asyncio.fixture
async def tally(office: Office):
    """Of four mails that are recorded, and one that was refused."""
    mails = Mails([User(HANAKO, office.hanako.address), User(TARO, office.taro.address)])
    *taken, refused = mails.some(4, large=1)
    for mail in taken:
        await take(office, mail)
    return Tally(
        mails=[*taken, refused],
        acknowledged={mail.message_id: mail for mail in taken},
        refused={refused.message_id: NO_SUCH_ADDRESS},
    )


@pytest.fixture
def count(office: Office, tally):
    async def run():
        async with office.pool.acquire() as connection:
            return await audit(connection, tally)

    return run


async def test_what_is_as_it_should_be_has_no_flaw(count) -> None:
    found = await count()
    assert (found.recorded, found.lost, found.doubled, found.flaws) == (4, 0, 0, [])


async def test_a_mail_that_was_acknowledged_and_is_not_there_is_lost(count, tally) -> None:
    tally.mails[0] = tally.acknowledged["never"] = replace(tally.mails[0], message_id="never")
    found = await count()
    assert (found.recorded, found.lost) == (3, 1)
    assert found.flaws == ["never: acknowledged, and not there"]


async def test_a_mail_that_was_filed_twice_is_doubled(office, count, tally) -> None:
    await take(office, tally.mails[0])
    assert (await count()).flaws == []
    await office.pool.execute("update delivery set outcome = 'filed' where outcome = 'duplicate'")
    found = await count()
    assert (found.recorded, found.doubled) == (3, 1)


async def test_a_mail_that_was_refused_and_is_there_is_a_flaw(count, tally) -> None:
    first = tally.mails[0]
    del tally.acknowledged[first.message_id]
    tally.refused[first.message_id] = NO_SUCH_ADDRESS
    flaws = (await count()).flaws
    assert any("refused, and there all the same" in one for one in flaws)


async def test_a_mail_that_nobody_took_is_a_flaw(count, tally) -> None:
    tally.refused.clear()
    assert any("nobody took it" in one for one in (await count()).flaws)


async def test_a_refusal_that_the_table_does_not_list_is_a_flaw(count, tally) -> None:
    tally.refused[tally.mails[-1].message_id] = Reply(554, "554 5.0.0 Something else")
    assert (await count()).flaws == ["not in the table: 554 5.0.0 Something else"]


@pytest.mark.parametrize(
    ("spoil", "flaw"),
    [
        ("update raw_chunk set position = 9 where position = 0", "the kept bytes are not"),
        ("delete from filing where email like 'known%'", "people are"),
        ("delete from filing", "messages on no timeline"),
        ("delete from capture", "users are"),
        (LEFT_OVER_RAW, "kept mail that nothing points to"),
        (LEFT_OVER_PERSON, "people without a message"),
    ],
)
async def test_what_is_not_whole_is_a_flaw(office: Office, count, spoil, flaw) -> None:
    await office.pool.execute(spoil)
    assert any(flaw in one for one in (await count()).flaws)
