"""An archive on its way down the road: how much at once, and what it does when mails fail."""

import asyncio

import pytest
from builders import ACCOUNT, ADDRESS, HANAKO

from dropbox.archive import importing
from dropbox.archive.importing import Import
from dropbox.archive.items import Item
from dropbox.content import InMemory
from dropbox.envelope import Authority, Recipient
from dropbox.filing.delivery import Delivery
from dropbox.filing.outcomes import NotRecorded, Reason
from dropbox.ids import mint

RECIPIENT = Recipient(ACCOUNT, HANAKO, ADDRESS, "hanako.aaaaaaaaaaaaaaaa@dropbox.example")


class Road:
    """Accepts mails; those whose text says so fail as often as they say."""

    def __init__(self) -> None:
        self.tries: dict[bytes, int] = {}
        self.in_flight = self.most = 0
        self.up = True
        self.failed: list[tuple[str, str]] = []
        self.work = Import(self.accept, RECIPIENT, self.answers, self.fail)

    async def accept(self, envelope):
        assert envelope.authority is Authority.IMPORT
        text = envelope.content.read()
        self.in_flight += 1
        self.most = max(self.most, self.in_flight)
        await asyncio.sleep(0)
        self.in_flight -= 1
        self.tries[text] = self.tries.get(text, 0) + 1
        if text == b"bug":
            raise ZeroDivisionError
        if not self.up or text.startswith(b"never"):
            raise NotRecorded(Reason.DATABASE_DOWN, "Oops")
        if text.startswith(b"later") and self.tries[text] < 3:
            raise NotRecorded(Reason.BUSY)
        return [Delivery(mint(), RECIPIENT, Reason.FILED)]

    async def answers(self):
        return self.up

    def fail(self, name, why):
        self.failed.append((name, why))


def items(*texts: bytes):
    return iter([Item(text.decode(), len(text), InMemory(text)) for text in texts])


@pytest.fixture
async def road():
    return Road()


def numbers(count: int):
    return [b"%d" % number for number in range(count)]


async def test_many_are_in_flight_and_never_more_than_that(road):
    await asyncio.wait_for(road.work.run(items(*numbers(1000))), 30)
    assert road.work.recorded == {Reason.FILED: 1000}
    assert 1 < road.most <= importing.MOST_IN_FLIGHT


async def test_of_large_mails_fewer_are_in_flight(road, monkeypatch):
    monkeypatch.setattr(importing, "MOST_BYTES", 10)
    await asyncio.wait_for(road.work.run(items(*(b"%04d" % number for number in range(50)))), 30)
    assert (road.work.mails, road.most) == (50, 2)


async def test_a_mail_that_is_put_off_is_tried_again(road):
    await road.work.run(items(b"1", b"later 1", b"later 2", b"2"))
    assert road.work.recorded[Reason.FILED] == 4
    assert road.failed == []


async def test_a_mail_that_always_fails_is_named_and_the_rest_goes_on(road):
    await road.work.run(items(b"1", b"never", b"bug", *numbers(300)))
    assert sorted(name for name, _ in road.failed) == ["bug", "never"]
    assert road.work.recorded[Reason.FILED] == 301
    assert road.tries[b"never"] == importing.MOST_ATTEMPTS
    assert not road.work.stopped


async def test_when_the_database_is_down_it_stops_and_blames_no_mail(road):
    road.up = False
    await road.work.run(items(*numbers(1000)))
    assert "database_down" in road.work.lost
    assert (road.work.mails, road.failed) == (0, [])
    assert len(road.tries) <= importing.MOST_IN_FLIGHT


async def test_when_everything_fails_it_is_not_the_mails(road):
    await road.work.run(items(*(b"never %d" % number for number in range(1000))))
    assert road.work.lost
    assert len(road.failed) == importing.MOST_FAILURES_IN_A_ROW


async def test_stopped_it_ends_what_is_in_flight_and_takes_no_more(road):
    def stopping():
        for number in range(1000):
            if number == 500:
                road.work.stop()
            yield Item("", 1, InMemory(b"%d" % number))

    await road.work.run(stopping())
    assert len(road.tries) == road.work.mails <= 500


async def test_what_is_no_mail_and_what_cannot_be_read_is_counted(road):
    found = iter([Item("a", 5), Item("b", 6, problem="is empty"), Item("c", 7, InMemory(b"c"))])
    await road.work.run(found)
    assert (road.work.passed_over, road.work.failures, road.work.bytes_done) == (1, 1, 18)
    assert road.failed == [("b", "is empty")]
