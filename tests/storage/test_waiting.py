"""Mail that waits for an address, and is filed when a person gains it."""

from __future__ import annotations

import asyncio
import json

import pytest
from offices import DOMAIN, HANAKO, Office
from strangers import come, raw, rule

from dropbox.envelope import Authority
from dropbox.filing.correspondents import without_waiting
from dropbox.filing.decision import Step
from dropbox.filing.outcomes import Reason
from dropbox.ids import mint
from storage import waiting
from storage.explanation import explain
from storage.held import discard, release
from storage.ledger import Ledger
from storage.waiting import Catchup, file_waiting, wanted

_BLOCKED = """
select count(*) from pg_stat_activity
where datname = current_database() and wait_event_type = 'Lock'
"""

ANN, BOB, EVE = "ann@customer.example", "bob@customer.example", "eve@x.example"


async def gain(office: Office, *emails: str, kind: str = "contact") -> set:
    """People with these addresses, as somebody makes them by hand."""
    for email in emails:
        person = mint()
        await office.pool.execute(
            "insert into person (account_id, id, kind, name) values ($1, $2, $3, $4)",
            office.account,
            person,
            kind,
            email,
        )
        await office.pool.execute(
            "insert into person_email (account_id, email, kind, person_id) values ($1, $2, $3, $4)",
            office.account,
            email,
            kind,
            person,
        )
    return {(office.account, email) for email in emails}


async def in_part(office: Office, ledger: Ledger):
    """A mail that was filed on Ann, while Bob and Eve wait."""
    await gain(office, ANN)
    await rule(office, "nothing")
    part = await come(office, ledger, raw(f"{ANN}, {BOB}, {EVE}", HANAKO))
    assert part.reason is Reason.FILED_IN_PART
    return part


async def row_of(office: Office, delivery_id):
    return await office.pool.fetchrow("select * from delivery where id = $1", delivery_id)


def why(row) -> str:
    steps = [Step(**step) for step in json.loads(row["steps"])]
    return "\n".join(explain(Reason(row["reason"]), steps, row["note"]))


async def test_mail_that_waited_for_an_address_is_filed_when_a_person_gains_it(office, ledger):
    await rule(office, "nothing")
    waiting = await come(office, ledger, raw("ann@customer.example", author=HANAKO))
    assert waiting.reason is Reason.NOBODY_MATCHED
    await rule(office, "lead")
    gained: set = set()
    lead_maker = Ledger(office.pool, DOMAIN, gained=gained.update)
    await come(office, lead_maker, raw("ann@customer.example", author=HANAKO, number=2))
    assert gained == {(office.account, "ann@customer.example")}
    await file_waiting(office.pool, ledger, gained)
    assert await office.count("filing") == 2
    assert await office.count("delivery", "outcome = 'held'") == 0
    assert await office.count("waiting") == 0


async def test_the_rest_of_a_mail_filed_in_part_follows_when_its_people_appear(office, ledger):
    await come(office, ledger, raw("ann@customer.example", author=HANAKO))
    await rule(office, "nothing")
    part = raw("ann@customer.example, bob@customer.example, eve@x.example", HANAKO, 2)
    assert (await come(office, ledger, part)).reason is Reason.FILED_IN_PART
    await rule(office, "contact")
    gained: set = set()
    maker = Ledger(office.pool, DOMAIN, gained=gained.update)
    for number, name in ((3, "bob@customer.example"), (4, "eve@x.example")):
        await come(office, maker, raw(name, HANAKO, number))
        await file_waiting(office.pool, ledger, gained)
        left = await office.count("delivery", "reason = 'filed_in_part'")
        assert left == (1 if number == 3 else 0)
    assert await office.count("filing") == 1 + 3 + 2


async def test_the_note_names_only_those_who_still_wait_and_why_tells_who_came(office, ledger):
    part = await in_part(office, ledger)
    await file_waiting(office.pool, ledger, await gain(office, BOB))
    row = await row_of(office, part.delivery_id)
    assert row["reason"] == "filed_in_part"
    assert BOB not in row["note"]
    assert EVE in row["note"]
    assert f"recorded for {BOB}: somebody has this address by now" in why(row)
    await file_waiting(office.pool, ledger, await gain(office, EVE))
    row = await row_of(office, part.delivery_id)
    assert (row["reason"], row["note"]) == ("filed", "")
    assert await office.count("filing") == 3


async def test_two_who_file_the_last_two_at_once_leave_nobody_waiting(office, ledger):
    part = await in_part(office, ledger)
    await gain(office, BOB, EVE)
    async with office.pool.acquire() as blocker:
        async with blocker.transaction():
            await blocker.execute("select from delivery where reason = 'filed_in_part' for update")
            both = [
                asyncio.create_task(file_waiting(office.pool, ledger, {(office.account, email)}))
                for email in (BOB, EVE)
            ]
            async with asyncio.timeout(10):
                while await office.pool.fetchval(_BLOCKED) < 2:  # noqa: ASYNC110 - nothing tells
                    await asyncio.sleep(0.01)
        await asyncio.gather(*both)
    row = await row_of(office, part.delivery_id)
    assert row["steps"].count("file:gained") == 2
    assert (row["reason"], row["note"]) == ("filed", "")
    assert await office.count("filing") == 3


async def test_a_release_at_the_same_time_loses_nobody(office, ledger):
    part = await in_part(office, ledger)
    gained = await gain(office, BOB)
    await asyncio.gather(
        file_waiting(office.pool, ledger, gained),
        release(office.pool, Ledger(office.pool, DOMAIN), office.account, part.delivery_id),
    )
    row = await row_of(office, part.delivery_id)
    assert (row["reason"], row["note"]) == ("filed", "")
    assert await office.count("filing") == await office.count("person") == 3
    assert await office.count("waiting") == 0


async def test_filed_mail_that_was_held_tells_that_nobody_decided(office, ledger):
    await rule(office, "nothing")
    held = await come(office, ledger, raw(f"{ANN}, {BOB}", HANAKO))
    await file_waiting(office.pool, ledger, await gain(office, ANN))
    row = await row_of(office, held.delivery_id)
    assert (row["outcome"], row["reason"]) == ("filed", "filed_in_part")
    assert (row["authority"], row["resolution"]) == ("live", "filed")
    assert "somebody has an address by now that it waited for" in why(row)
    assert BOB in row["note"]
    assert ANN not in row["note"]
    await file_waiting(office.pool, ledger, await gain(office, BOB))
    assert (await row_of(office, held.delivery_id))["reason"] == "filed"


async def test_a_person_of_a_kind_that_the_rules_leave_out_gains_nothing(office, ledger):
    part = await in_part(office, ledger)
    held = await come(office, ledger, raw(BOB, HANAKO, 2))
    await office.pool.execute("""update "user" set search = '["contact"]'""")
    gained = await gain(office, BOB, kind="lead")
    before = (await row_of(office, held.delivery_id))["steps"]
    await file_waiting(office.pool, ledger, gained)
    assert await wanted(office.pool) == set()
    assert (await row_of(office, part.delivery_id))["reason"] == "filed_in_part"
    assert await office.count("filing") == 1
    row = await row_of(office, held.delivery_id)
    assert (row["reason"], row["steps"]) == ("nobody_matched", before)


async def test_one_who_was_put_on_a_never_log_list_meanwhile_is_not_filed_on(office, ledger):
    await in_part(office, ledger)
    await office.pool.execute(
        "insert into never_log (account_id, id, pattern, user_id) values ($1, $2, $3, $4)",
        office.account,
        mint(),
        "customer.example",
        office.hanako.user_id,
    )
    await file_waiting(office.pool, ledger, await gain(office, BOB, EVE))
    filed = await office.pool.fetch("select email from filing")
    assert {row["email"] for row in filed} == {ANN, EVE}


async def test_a_suspended_users_held_mail_goes_on_waiting(office, ledger):
    await rule(office, "nothing")
    held = await come(office, ledger, raw(ANN, HANAKO))
    await office.pool.execute("""update "user" set status = 'suspended'""")
    gained = await gain(office, ANN)
    await file_waiting(office.pool, ledger, gained)
    assert (await row_of(office, held.delivery_id))["reason"] == "nobody_matched"
    await office.pool.execute("""update "user" set status = 'active'""")
    assert await wanted(office.pool) == gained
    await file_waiting(office.pool, ledger, gained)
    assert (await row_of(office, held.delivery_id))["reason"] == "filed"


async def test_more_than_a_transaction_takes_is_filed_too(office, ledger, monkeypatch):
    monkeypatch.setattr(waiting, "AT_ONCE", 2)
    await gain(office, ANN)
    await rule(office, "nothing")
    for number in range(5):
        await come(office, ledger, raw(f"{ANN}, {BOB}", HANAKO, number))
    await file_waiting(office.pool, ledger, await gain(office, BOB))
    assert await office.count("delivery", "reason = 'filed'") == 5
    assert await office.count("filing") == 10


async def test_discarding_the_waiting_part_takes_it_out_of_the_note_and_stands_in_why(
    office, ledger
):
    part = await in_part(office, ledger)
    await discard(office.pool, office.account, part.delivery_id)
    row = await row_of(office, part.delivery_id)
    assert (row["reason"], row["note"]) == ("filed", "")
    assert "discarded by hand" in why(row)


async def test_imported_mail_that_was_held_has_no_senders_gate_when_it_is_released(office, ledger):
    await rule(office, "nothing")
    held = await come(office, ledger, raw(HANAKO), authority=Authority.IMPORT)
    assert held.reason is Reason.NOBODY_MATCHED
    decided = await release(office.pool, ledger, office.account, held.delivery_id)
    assert decided.delivery.reason is Reason.FILED
    assert (await row_of(office, held.delivery_id))["authority"] == "import"


async def test_addresses_gained_in_a_burst_are_taken_together(office, ledger):
    runs = []
    catchup = Catchup(office.pool, ledger, runs.append)
    part = await in_part(office, ledger)
    for email in (BOB, EVE):
        catchup.gained(await gain(office, email))
    (run,) = runs
    task = asyncio.create_task(run)
    await asyncio.sleep(0)
    catchup.gained({(office.account, ANN)})
    await task
    assert len(runs) == 1
    assert (await row_of(office, part.delivery_id))["reason"] == "filed"
    catchup.gained({(office.account, ANN)})
    assert len(runs) == 2
    await runs[1]


@pytest.mark.parametrize(
    ("note", "left"),
    [
        ("waiting: a@x.example (robot)", ""),
        ("address_exposed; waiting: a@x.example (robot)", "address_exposed"),
        ("waiting: a@x.example (robot); waiting: b@x.example (robot)",
         "waiting: b@x.example (robot)"),
        ("waiting: aa@x.example (robot)", "waiting: aa@x.example (robot)"),
    ],
)  # fmt: skip
def test_a_note_loses_those_who_wait_no_longer(note, left):
    assert without_waiting(note, [("a@x.example", "robot")]) == left
