"""What the benchmark claims of its own mails and figures; nothing here measures anything."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from itertools import pairwise

import pytest
from zones import Zone

from bench import page
from bench.aims import Aim, aims
from bench.chart import chart
from bench.daemon import Counts
from bench.loads import BASE, Load, Subject, everything, standard
from bench.mails import KNOWN_PEOPLE, RECIPIENTS, SENDERS, Mails, People, Shape, known_email
from bench.profiling import summed
from bench.results import Footprint, Imported, Paced, Profile, Recorded, Results, Round
from bench.rounds import order_of
from bench.signing import DOMAIN, Signer, new_key, zone_of
from bench.tables import load_tables
from dropbox.addresses import read_dropbox_local
from dropbox.content import InMemory
from dropbox.mail.read import read
from dropbox.trust import dkim
from dropbox.trust.verdict import Result

SMALL = (Shape.TEXT, Shape.JAPANESE, Shape.NEWSLETTER, Shape.DOCUMENT, Shape.MIX)


def sent(mails: Mails) -> bytes:
    """The next mail as it is before dot-stuffing."""
    one = mails.next()
    stuffed = b"".join(one.pieces).removesuffix(b".\r\n")
    return stuffed.replace(b"\r\n..", b"\r\n.")


@pytest.mark.parametrize("shape", SMALL)
def test_every_mail_goes_to_four_people_and_has_an_identity_of_its_own(shape):
    mails = Mails(shape, People.HALF, "run")
    messages = [read(sent(mails)) for _ in range(3)]
    assert len({one.rfc_message_id for one in messages}) == 3
    for one in messages:
        assert one.author
        assert one.author.email in {sender.email for sender in SENDERS}
        assert len({box.email for box in (*one.to, *one.cc)}) == RECIPIENTS
        assert one.text
        assert not one.notes


@pytest.mark.parametrize(("people", "known"), [(People.ALL, 4), (People.HALF, 2), (People.NONE, 0)])
def test_as_many_of_them_are_known_as_is_said(people, known):
    directory = {known_email(number) for number in range(KNOWN_PEOPLE)}
    message = read(sent(Mails(Shape.TEXT, people, "run")))
    assert len(directory & {box.email for box in (*message.to, *message.cc)}) == known


def test_japanese_mail_is_japanese():
    message = read(sent(Mails(Shape.JAPANESE, People.HALF, "run")))
    assert message.subject.startswith("お見積もりの件")
    assert "よろしく" in message.text
    assert message.author
    assert message.author.name.startswith("営業 花子")


@pytest.mark.parametrize("shape", [Shape.TEXT, Shape.NEWSLETTER])
async def test_signed_mail_passes_the_checks_with_the_zone_that_is_served(shape):
    key = new_key()
    mail = sent(Mails(shape, People.HALF, "run", Signer(key)))
    zone = Zone({name: {"TXT": text} for name, text in zone_of(key).items()})
    arrived = mail.replace(b"\r\nSubject: ", b"\r\nSubject: Re: ")
    for content, result in ((mail, Result.PASS), (arrived, Result.FAIL)):
        (check,) = await dkim.verify(
            dkim.prepare(InMemory(content)),
            zone,
            from_domain=DOMAIN,
            aligned=DOMAIN.__eq__,
            now=datetime.now(UTC),
        )
        assert check.result is result


def test_the_users_of_the_load_have_dropbox_addresses():
    for one in SENDERS:
        assert read_dropbox_local(one.dropbox, "dropbox.example")


def test_the_full_matrix_covers_the_standard_selection_and_names_every_load_once():
    matrix = {case.load: set(case.subjects) for case in everything()}
    assert len({load.name for load in matrix}) == len(matrix)
    for case in standard():
        assert matrix[case.load] >= set(case.subjects), case.load.name


def test_samples_belong_to_the_innermost_station_and_waiting_to_none():
    loop = "run_forever (uvloop/loop.c:3)"
    stacks = [
        f"{loop};record (storage/ledger.py:9);decide (dropbox/filing/decide.py:4);_sub (re.py:1) 3",
        f"{loop};_command (dropbox/wire/dialogue.py:9) 2",
        f"{loop};uv__io_poll (linux.c:4);epoll_pwait (libc.so.6) 90",
        f"{loop};uv__run_timers (timer.c:4) 1",
        "_worker (concurrent/futures/thread.py:9);acquire (libc.so.6) 90",
        "py-spy has something to say",
    ]
    found = summed("load", stacks)
    assert found.samples == {"wire": 2, "decide": 3, "event loop": 1}
    assert next(iter(found.functions)) == "decide: decide (filing/decide.py)"


def rounds_of(subject: Subject, *rates: float, load: Load = BASE) -> list[Round]:
    return [
        Round(load.name, load.title, subject, 9, rate, 84_000, 1.0, 2.0, 900.0, 300.0, 100.0)
        for rate in rates
    ]


@pytest.fixture
def results() -> Results:
    return Results(
        command="python -m bench",
        date="2026-11-25",
        environment={"cores": "2"},
        length="3 rounds of 3 s",
        rounds=[
            *rounds_of(Subject.DAEMON, 300.0, 600.0, 660.0),
            *rounds_of(Subject.STOCK, 100.0, 200.0, 200.0),
        ],
        paced=[Paced(200.0, 900, 5.0, 12.0, 14.0)],
        memory=[Footprint("50 mails of 25 MB at once", 60_000_000, 110_000_000, 50, 9.0)],
        imported=[Imported(1000, 2.0, [50, 80, 90, 90, 91, 91, 92, 92])],
        profiles=[Profile("82 KB", {"wire": 30, "read": 10}, {"wire: f (a/b.py)": 30})],
        recorded=[Recorded("new database", 100, 0, Counts(100, 400, 200, 0, 9, 3))],
    )


def test_an_aim_is_the_median_of_what_each_round_says(results):
    first = next(aims(results))
    assert first.against == "stock aiosmtpd sink"
    assert list(first.values) == [3.0, 3.0, 3.3]
    assert (first.found, first.verdict) == (3.0, "goal reached")


def test_less_is_better_where_time_and_room_are_measured():
    def aim(found: float) -> str:
        return Aim("p99", "", 30, 15, "ms", [found]).verdict

    assert [aim(found) for found in (12, 20, 31)] == ["goal reached", "reached", "NOT REACHED"]


@pytest.mark.parametrize("missing", [{"messages": 99}, {"filings": 399}, {"verified": 1}])
def test_a_run_is_complete_only_when_everything_that_was_acknowledged_is_there(results, missing):
    (recorded,) = results.recorded
    assert recorded.complete
    assert not replace(recorded, found=replace(recorded.found, **missing)).complete


def test_results_come_back_out_of_json_as_they_went_in(results):
    assert Results.from_json(results.as_json()) == results


def test_the_page_keeps_what_is_written_by_hand(results):
    first = page.merged("", results)
    by_hand = (
        first.replace("# Performance\n", "# Performance\n\nWhy it is so.\n") + "\nTried: this.\n"
    )
    results.date = "2026-12-01"
    second = page.merged(by_hand, results)
    assert "Why it is so." in second
    assert second.endswith("Tried: this.\n")
    assert "2026-12-01" in second
    assert "2026-11-25" not in second
    assert page.merged(second, results) == second


def test_the_chart_has_a_bar_for_every_server_the_longest_for_the_fastest(results):
    bars = re.findall(r'<rect x="\d+" y="\d+" width="([\d.]+)"', page.chart(results))
    assert len(bars) == 2
    assert float(bars[0]) == pytest.approx(3 * float(bars[1]), rel=0.01)


def test_no_server_always_comes_after_the_same_one():
    case = standard()[0]
    before: dict[Subject, set[Subject]] = {}
    for number in range(6):
        order = order_of(case, number)
        assert sorted(order) == sorted(case.subjects)
        for one, following in pairwise(order):
            before.setdefault(following, set()).add(one)
    assert all(len(found) > 1 for found in before.values()), before
    assert order_of(case, 1) == order_of(case, 1)


def test_a_run_in_which_mail_was_refused_is_not_complete(results):
    assert results.complete
    results.refused = {"daemon": {"451 4.3.0 Try again": 1}}
    assert not results.complete


def test_the_chart_says_of_each_server_what_the_table_says(results):
    (table,) = load_tables(results)
    (times,) = (row[2] for row in table.rows if row[0] == "bcc-dropbox")
    assert f"({float(times):.1f} x stock)" in chart(results)
