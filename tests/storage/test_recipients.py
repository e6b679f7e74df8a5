"""What a mail costs grows no faster than the number of people whom it names."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from offices import Office, arrivals

from dropbox.filing.outcomes import Reason
from dropbox.mail.read import read
from storage.ledger import Ledger

FEW, MANY = 60, 600


def named(people: int, *, run: str) -> bytes:
    """A mail to so many people, of whom nobody stands in another mail."""
    boxes = (f'"Person {n}" <{run}{n}@client{n % 7}.example>' for n in range(people))
    return (
        f"From: hanako@corp.example\r\nTo: {f',{chr(13)}{chr(10)} '.join(boxes)}\r\n"
        f"Subject: Offer\r\nMessage-ID: <{run}@corp.example>\r\n\r\nHello.\r\n"
    ).encode()


@contextmanager
def counting() -> Iterator[list[int]]:
    """Count the calls of functions, in Python and in C, that are made inside."""
    calls = [0]

    def note(_frame: object, event: str, _argument: object) -> None:
        calls[0] += event in {"call", "c_call"}

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        yield calls
    finally:
        sys.setprofile(before)


@pytest.mark.parametrize("known", [False, True])
async def test_ten_times_as_many_people_cost_no_more_than_ten_times_as_much(
    office: Office, ledger: Ledger, *, known: bool
) -> None:
    await office.pool.execute('update "user" set max_new_people = 1000')
    spent = {}
    for people in (FEW, MANY):
        for run, counted in ((f"warm{people}.", False), (f"run{people}.", True)):
            raw = named(people, run=f"warm{people}." if known else run)
            raw = raw.replace(b"Message-ID: <", b"Message-ID: <%d." % counted)
            with counting() as calls:
                (delivery,) = await ledger.record(arrivals(read(raw), office.hanako, raw=raw))
            assert delivery.reason is Reason.FILED
        spent[people] = calls[0]
    assert await office.count("filing") == 2 * (FEW + MANY)
    assert await office.count("person") == (FEW + MANY) * (1 if known else 2)
    assert spent[MANY] < 10.5 * spent[FEW]
