"""The resolver of the daemon, against a nameserver on loopback."""

import asyncio
import socket
from contextlib import asynccontextmanager

import dns.message
import dns.rrset
import pytest
import uvloop
from hypothesis import given
from hypothesis import strategies as st
from nameservers import (
    CLOSED,
    CUT,
    CUT_EVERYWHERE,
    GARBAGE,
    SERVFAIL,
    SILENCE,
    WRONG_ID,
    WRONG_QUESTION,
    serving,
)

from dropbox.trust import dns as trust_dns
from dropbox.trust import nameserver
from dropbox.trust.answers import Answer, Answers, Question
from dropbox.trust.dns import DnsResolver, system_nameservers
from dropbox.trust.resolver import DnsDown, NoMoreQuestions

TABLE = {
    ("corp.example", "TXT"): ['300 TXT "v=spf1 " "-all"', '300 TXT "\\255x"'],
    ("corp.example", "A"): ["300 A 192.0.2.1", "300 A 192.0.2.2"],
    ("corp.example", "AAAA"): ["300 AAAA 2001:db8::1"],
    ("corp.example", "MX"): ["300 MX 20 MX2.corp.example.", "300 MX 10 mx1.corp.example."],
    ("null.example", "MX"): ["300 MX 0 ."],
    ("7.2.0.192.in-addr.arpa", "PTR"): ["300 PTR Mail.corp.example."],
    (f"{'0.' * 23}0.8.b.d.0.1.0.0.2.ip6.arpa", "PTR"): ["300 PTR six.corp.example."],
    ("alias.example", "TXT"): ["300 CNAME a.example.", "a.example | 9 TXT found"],
    ("dead-alias.example", "TXT"): ["300 CNAME nobody.example."],
    ("silent.example", "TXT"): SILENCE,
    ("broken.example", "TXT"): SERVFAIL,
    ("garbage.example", "TXT"): GARBAGE,
    ("wrong-id.example", "TXT"): WRONG_ID,
    ("wrong-question.example", "TXT"): WRONG_QUESTION,
    ("cut.example", "TXT"): CUT,
    ("cut-everywhere.example", "TXT"): CUT_EVERYWHERE,
    ("closed.example", "TXT"): CLOSED,
    ("long.example", "TXT"): [f'300 TXT "{n:0200d}"' for n in range(20)],
    ("crowd.example", "A"): [f"300 A 10.0.{n // 250}.{n % 250}" for n in range(300)],
    ("short.example", "TXT"): ["30 TXT a"],
    ("never.example", "TXT"): ["0 TXT a"],
    ("year.example", "TXT"): ["31536000 TXT a"],
}


class Clock:
    now = 1000.0

    def __call__(self):
        return self.now


@pytest.fixture
def hurried(monkeypatch):
    """For tests that wait for nothing; what answers might not do so in that time."""
    monkeypatch.setattr(nameserver, "PATIENCE", 0.05)
    monkeypatch.setattr(nameserver, "LITTLE_PATIENCE", 0.05)


@asynccontextmanager
async def resolving(table=TABLE, *, before=(), clock=None):
    async with serving(table) as server:
        here = ("127.0.0.1", server.port)
        resolver = DnsResolver((*before, here), clock or Clock())
        yield server, resolver
        await resolver.close()


def unused_port():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


async def test_records_come_as_the_checks_want_them():
    async with resolving() as (_, resolver):
        assert sorted(await resolver.txt("Corp.Example.")) == [b"v=spf1 -all", b"\xffx"]
        assert sorted(await resolver.addresses("corp.example", 4)) == ["192.0.2.1", "192.0.2.2"]
        assert await resolver.addresses("corp.example", 6) == ("2001:db8::1",)
        assert await resolver.mx("corp.example") == ("mx1.corp.example", "mx2.corp.example")
        assert await resolver.mx("null.example") == ()
        assert await resolver.ptr("192.0.2.7") == ("mail.corp.example",)
        assert await resolver.ptr("2001:db8::") == ("six.corp.example",)


def test_it_works_in_the_loop_of_the_daemon():
    async def look():
        async with resolving() as (_, resolver):
            assert await resolver.mx("corp.example") == ("mx1.corp.example", "mx2.corp.example")
            assert len(await resolver.txt("long.example")) == 20
            resolver._nameservers[0].patience = 0.05
            with pytest.raises(DnsDown):
                await resolver.txt("silent.example")
            refusing = DnsResolver((("127.0.0.1", unused_port()),))
            with pytest.raises(DnsDown):
                await refusing.txt("corp.example")

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(look())


async def test_what_does_not_exist_and_what_is_no_name_answers_nothing():
    async with resolving() as (server, resolver):
        assert await resolver.txt("nobody.example") == ()
        assert await resolver.mx("short.example") == ()
        asked = len(server.asked)
        for name in ("", ".", "a..example", "a" * 64 + ".example", "a." * 130, "bücher.example"):
            assert await resolver.txt(name) == ()
        for address in ("", "corp.example", "192.0.2"):
            assert await resolver.ptr(address) == ()
        assert len(server.asked) == asked


async def test_a_backslash_and_blanks_are_letters():
    async with resolving() as (server, resolver):
        await resolver.txt(r"a\.b c.example")
        assert server.asked[-1][0] == r"a\\.b\032c.example"


async def test_an_alias_is_followed_to_where_it_leads():
    async with resolving() as (_, resolver):
        assert await resolver.txt("alias.example") == (b"found",)
        assert await resolver.txt("dead-alias.example") == ()


async def test_a_long_answer_comes_by_tcp():
    async with resolving() as (server, resolver):
        assert len(await resolver.txt("long.example")) == 20
        assert [way for *_, way in server.asked] == ["udp", "tcp"]


@pytest.mark.parametrize("name", ["garbage", "wrong-id"])
async def test_what_is_no_answer_is_passed_over(name):
    async with resolving() as (_, resolver):
        assert await resolver.txt(f"{name}.example") == ()


@pytest.mark.parametrize("name", ["silent", "broken", "wrong-question", "cut-everywhere", "closed"])
async def test_without_an_answer_it_is_down(name, hurried):
    async with resolving() as (_, resolver):
        with pytest.raises(DnsDown):
            await resolver.txt(f"{name}.example")


async def test_an_answer_of_hundreds_of_records_is_not_read():
    async with resolving() as (_, resolver):
        assert await resolver.addresses("crowd.example", 4) == ()


async def test_where_nobody_listens_it_is_down():
    resolver = DnsResolver((("127.0.0.1", unused_port()),))
    with pytest.raises(DnsDown):
        await resolver.txt("corp.example")


# What is remembered


@pytest.mark.parametrize(
    ("name", "seconds"),
    [
        ("short.example", 30),
        ("year.example", 86_400),
        ("nobody.example", 60),  # the SOA's minimum
        ("silent.example", 5),
        ("broken.example", 5),
    ],
)
async def test_an_answer_is_remembered_as_long_as_it_says(name, seconds, request):
    clock = Clock()
    if name == "silent.example":
        request.getfixturevalue("hurried")

    async def look():
        try:
            return await resolver.txt(name)
        except DnsDown:
            return None

    async with resolving(clock=clock) as (server, resolver):
        found = await look()
        asked = len(server.asked)
        clock.now += seconds - 1
        assert await look() == found
        assert len(server.asked) == asked
        clock.now += 1
        assert await look() == found
        assert len(server.asked) > asked


async def test_a_negative_answer_is_remembered_for_15_minutes_at_most():
    clock = Clock()
    async with resolving(clock=clock) as (server, resolver):
        server.negative_ttl = 86_400
        await resolver.txt("nobody.example")
        clock.now += 901
        await resolver.txt("nobody.example")
        assert len(server.asked) == 2


async def test_an_answer_without_a_time_to_live_is_asked_for_anew():
    async with resolving() as (server, resolver):
        await resolver.txt("never.example")
        await resolver.txt("never.example")
        assert len(server.asked) == 2


def test_what_is_remembered_is_bounded_and_the_oldest_goes_first():
    clock = Clock()
    answers = Answers(clock, most_bytes=10_000)
    for number in range(100):
        answers.put(Question("TXT", f"{number}.example"), Answer((b"x" * 1000,), 60))
        answers.get(Question("TXT", "0.example"))
        assert answers.bytes <= 10_000
    assert answers.get(Question("TXT", "0.example")) is not None
    assert answers.get(Question("TXT", "99.example")) is not None
    assert answers.get(Question("TXT", "50.example")) is None
    answers.put(Question("TXT", "0.example"), Answer((b"y" * 100_000,), 60))
    assert len(answers) == 0
    assert answers.bytes == 0


async def test_equal_questions_at_once_are_asked_once():
    async with resolving() as (server, resolver):
        found = await asyncio.gather(*(resolver.txt("corp.example") for _ in range(10)))
        assert len({tuple(sorted(one)) for one in found}) == 1
        assert len(server.asked) == 1


async def test_who_gives_up_takes_the_answer_from_nobody():
    async with resolving() as (server, resolver):
        first = asyncio.create_task(resolver.txt("corp.example"))
        second = asyncio.create_task(resolver.txt("corp.example"))
        await asyncio.sleep(0)
        first.cancel()
        assert len(await second) == 2
        assert len(server.asked) == 1


async def test_closing_ends_what_is_under_way():
    async with resolving() as (_, resolver):
        waiting = asyncio.create_task(resolver.txt("silent.example"))
        await asyncio.sleep(0.01)
        await resolver.close()
        with pytest.raises(DnsDown):
            await waiting


# Several nameservers, and dead ones


async def test_a_nameserver_that_fails_is_followed_by_the_next():
    broken = {("corp.example", "TXT"): SERVFAIL}
    async with serving(broken) as first:
        here = ("127.0.0.1", first.port)
        async with resolving(before=[here]) as (_, resolver):
            assert len(await resolver.txt("corp.example")) == 2
            assert len(first.asked) == 1


async def test_a_nameserver_that_is_silent_for_long_is_asked_last():
    silent = {(f"{n}.example", "TXT"): SILENCE for n in range(20)}
    async with (
        serving(silent) as first,
        resolving({}, before=[("127.0.0.1", first.port)]) as (
            second,
            resolver,
        ),
    ):
        resolver._nameservers[0].patience = 0.05
        for number in range(4):
            assert await resolver.txt(f"{number}.example") == ()
        assert len(first.asked) == 4
        for number in range(4, 8):
            assert await resolver.txt(f"{number}.example") == ()
        assert len(first.asked) == 4
        assert len(second.asked) == 8


async def test_one_that_was_silent_is_trusted_again_as_soon_as_it_answers():
    async with resolving() as (_, resolver):
        only = resolver._nameservers[0]
        for number in range(4):
            only._missed(f"{number}")
        assert only.silent
        assert len(await resolver.txt("corp.example")) == 2
        assert not only.silent


async def test_a_question_costs_no_more_than_its_time_however_many_are_silent(monkeypatch, hurried):
    monkeypatch.setattr(trust_dns, "QUERY_SECONDS", 0.25)
    async with serving({("corp.example", "TXT"): SILENCE}) as server:
        resolver = DnsResolver([("127.0.0.1", server.port)] * 10)
        with pytest.raises(DnsDown):
            await resolver.txt("corp.example")
        assert 1 <= len(server.asked) < 20
        await resolver.close()


# One mail


async def test_a_mail_has_20_queries_and_what_is_known_costs_none():
    async with resolving() as (server, resolver):
        mail = resolver.for_one_mail()
        share = mail.share(30)
        await resolver.txt("corp.example")
        for number in range(20):
            await share.txt(f"{number}.example")
            await share.txt("corp.example")
        assert not share.exhausted
        with pytest.raises(NoMoreQuestions):
            await share.txt("one-more.example")
        assert share.exhausted
        assert await share.txt("0.example") == ()
        assert len(server.asked) == 21


async def test_a_share_does_not_take_from_another():
    async with resolving() as (_, resolver):
        mail = resolver.for_one_mail()
        greedy, other = mail.share(2), mail.share(5)
        await greedy.txt("0.example")
        await greedy.mx("0.example")
        with pytest.raises(NoMoreQuestions):
            await greedy.addresses("0.example", 4)
        assert await other.ptr("192.0.2.7") == ("mail.corp.example",)
        assert (greedy.exhausted, other.exhausted) == (True, False)


async def test_a_mail_that_has_used_up_its_time_hears_that_dns_is_down(monkeypatch):
    monkeypatch.setattr(trust_dns, "MAIL_SECONDS", 0.1)
    async with resolving() as (server, resolver):
        share = resolver.for_one_mail().share(20)
        with pytest.raises(DnsDown):
            await share.txt("silent.example")
        asked = len(server.asked)
        with pytest.raises(DnsDown):
            await share.txt("corp.example")
        assert share.exhausted
        assert len(server.asked) == asked


def test_the_systems_nameservers_are_addresses_and_ports():
    assert all(port == 53 and ("." in host or ":" in host) for host, port in system_nameservers())


def response(kind="TXT"):
    question = Question(kind, "corp.example")
    query = trust_dns._query(question)
    answer = dns.message.make_response(query)
    for record in TABLE["corp.example", kind]:
        ttl, _, value = record.split(" ", 2)
        rrset = dns.rrset.from_text("corp.example.", int(ttl), "IN", kind, value)
        answer.answer.append(rrset)
    return question, query, answer.to_wire()


@given(st.sampled_from(["TXT", "A", "MX"]), st.data())
def test_any_bytes_for_an_answer_are_an_answer_or_none(kind, data):
    question, query, wire = response(kind)
    spoilt = bytearray(wire)
    for _ in range(data.draw(st.integers(1, 6))):
        spoilt[data.draw(st.integers(0, len(wire) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, len(wire)))
    for answer in (bytes(spoilt), bytes(spoilt[:cut]), wire + bytes(spoilt)):
        assert isinstance(trust_dns._read(question, query, answer), Answer)
