"""The queries of docs/database.md, run as they stand there, on what a few mails leave."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
import pytest_asyncio

from storage import accounts, users

DOMAIN = "dropbox.example"
PAGE = Path(__file__).resolve().parents[2] / "docs" / "database.md"
QUERIES = dict(
    re.findall(
        r"^(\S[^\n]*):\n\n```sql\n(SELECT.*?)\n```",
        PAGE.read_text("utf-8").partition("## Queries")[2],
        re.MULTILINE | re.DOTALL,
    )
)


def mail(number, author, to, more="", text="Our offer"):
    return (
        f"From: {author}\nTo: {to}\nSubject: Re: Offer\nMessage-ID: <{number}@corp.example>\n"
        f"{more}\n{text}\n"
    )


@pytest_asyncio.fixture
async def history(engine, pool, deliver):
    """A contact who answered and waits, a lead known twice, a stranger, an exposed address."""
    async with engine.begin() as opened:
        corp = await accounts.add(opened, "Corp", internal=["corp.example"])
        hanako = await users.add(opened, corp, "hanako@corp.example", "Hanako", mail_domain=DOMAIN)
        jiro = await users.add(opened, corp, "jiro@corp.example", "Jiro", mail_domain=DOMAIN)
    ours, his = (f"{one.local}@{DOMAIN}" for one in (hanako, jiro))
    taro = "Taro Suzuki <taro@customer.example>"
    file = "Content-Type: application/pdf; name=offer.pdf\n"
    await deliver(mail(1, "hanako@corp.example", taro), ours)
    # Turned round below, as if it were his.
    await deliver(mail(2, "hanako@corp.example", taro, "In-Reply-To: <1@corp.example>\n"), ours)
    await deliver(mail(3, "jiro@corp.example", taro, "In-Reply-To: <1@corp.example>\n"), his)
    await deliver(mail(4, "jiro@corp.example", "Taro Suzuki <taro@other.example>", file), his)
    await deliver(mail(5, "eve@evil.example", taro), ours)
    await deliver(mail(6, "hanako@corp.example", f"{taro}, {ours}"), ours)
    await pool.execute("update person set company = 'Customer' where kind = 'lead'")
    await pool.execute(
        "update message set direction = 'incoming' where rfc_message_id = '2@corp.example'"
    )
    return pool


async def turned_back(pool, ids, by):
    await pool.execute(
        "update filing set timeline_at = timeline_at - $2::interval where message_id in"
        " (select id from message where rfc_message_id = any($1))",
        [f"{one}@corp.example" for one in ids],
        by,
    )


def test_there_are_a_dozen_of_them():
    assert len(QUERIES) >= 12


@pytest.mark.parametrize("what", QUERIES)
async def test_each_finds_something(history, what):
    if what.startswith("Customers nobody has written to"):
        await history.execute("update person set kind = 'contact'")
        await turned_back(history, range(1, 7), timedelta(days=100))
    elif "still wait" in what:
        await turned_back(history, range(1, 7), timedelta(days=4))
        await turned_back(history, [1, 3, 6], timedelta(days=9))
    elif "How long" in what:
        await turned_back(history, [2], timedelta(days=1))
    assert await history.fetch(QUERIES[what])


async def test_an_answer_ends_the_waiting(history):
    (query,) = (text for what, text in QUERIES.items() if "still wait" in what)
    await turned_back(history, range(1, 7), timedelta(days=4))
    await turned_back(history, [2], timedelta(days=9))
    assert await history.fetch(query) == []


async def test_the_time_to_answer_is_that_of_the_first_answer(history):
    (query,) = (text for what, text in QUERIES.items() if "How long" in what)
    await turned_back(history, [1], timedelta(days=2))
    await turned_back(history, [2], timedelta(days=1))
    (row,) = await history.fetch(query)
    assert (row["who"], row["answers"]) == ("jiro@corp.example", 1)
    assert timedelta(days=1) <= row["half_within"] < timedelta(days=1, hours=1)
