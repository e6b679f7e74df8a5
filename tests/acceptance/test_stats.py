"""`stats`: deliveries counted as they are, by the account's days, and no word of their content."""

import json
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

HANAKO, TARO = "hanako@corp.example", "taro@corp.example"


def mail(number, author=HANAKO, to="Ann Lee <ann@customer.example>"):
    return (
        f"From: {author}\nTo: {to}\nSubject: Confidential {number}\n"
        f"Message-ID: <{number}@corp.example>\nDate: Mon, 2 Nov 2026 10:00:00 +0900\n\nWords.\n"
    )


@pytest.fixture
def stats(inside):
    """What `stats --json` prints."""

    def read(*words):
        done = inside("stats", *words, "--json")
        assert (done.returncode, done.stderr) == (0, "")
        assert "Confidential" not in done.stdout
        document = json.loads(done.stdout)
        assert list(document) == ["by", "until", "accounts"]
        return document["accounts"]

    return read


@pytest.fixture
def taro(inside, office):
    inside.ok("user", "add", TARO, "--name", "Suzuki Taro")
    return inside.ok("address", "show", TARO).strip()


@pytest.fixture
def a_busy_day(office, taro, drop):
    """Two filed, one twice; one held, one skipped; one filed for Taro; one for postmaster."""
    drop(mail(1), office)
    drop(mail(1), office)
    drop(mail(2, to="ann@customer.example, bob@other.example"), office)
    drop(mail(3, author="eve@evil.example"), office)
    drop(mail(4, to=TARO), office)
    drop(mail(5, author=TARO), taro)
    drop(mail(6, author="eve@evil.example"), "postmaster@dropbox.example")


def counted(account, *keys):
    return [tuple(one[key] for key in (*keys, "deliveries")) for one in account["counts"]]


def test_deliveries_are_counted_by_outcome_and_reason(a_busy_day, stats, inside):
    (corp,) = stats()
    assert list(corp) == ["account", "timezone", "since", "counts"]
    assert (corp["account"], corp["timezone"]) == ("Corp", "UTC")
    assert [list(one) for one in corp["counts"]] == [["outcome", "reason", "deliveries"]] * 5
    assert counted(corp, "outcome", "reason") == [
        ("filed", "filed", 3),
        ("skipped", "internal_only", 1),
        ("held", "postmaster", 1),
        ("duplicate", "seen_before", 1),
        ("held", "sender_not_allowed", 1),
    ]
    lines = inside.ok("stats").splitlines()
    assert lines[0].startswith("Corp, since ")
    assert lines[1].split() == ["outcome", "reason", "deliveries"]
    assert lines[2].split() == ["filed", "filed", "3"]
    assert len(lines) == 7


def test_by_user_each_has_a_row_and_postmaster_another(a_busy_day, stats, inside):
    (corp,) = stats("--by", "user")
    assert list(corp["counts"][0]) == ["user", "outcome", "reason", "deliveries"]
    assert counted(corp, "user", "outcome") == [
        (HANAKO, "filed", 2),
        (HANAKO, "skipped", 1),
        (HANAKO, "duplicate", 1),
        (HANAKO, "held", 1),
        ("postmaster", "held", 1),
        (TARO, "filed", 1),
    ]
    _, head, *rows = (line.split() for line in inside.ok("stats", "--by", "user").splitlines())
    assert head == ["user", "filed", "duplicate", "held", "skipped", "all"]
    assert rows == [
        [HANAKO, "2", "1", "1", "1", "5"],
        ["postmaster", "0", "0", "1", "0", "1"],
        [TARO, "1", "0", "0", "0", "1"],
    ]


def test_by_person_the_messages_on_each_timeline_are_counted_once(a_busy_day, stats, inside):
    (corp,) = stats("--by", "person")
    ann, bob = corp["counts"]
    assert list(ann) == ["person_id", "kind", "name", "emails", "messages"]
    assert (ann["name"], ann["kind"]) == ("Ann Lee", "lead")
    assert (ann["emails"], ann["messages"]) == (["ann@customer.example"], 3)
    assert (bob["emails"], bob["messages"]) == (["bob@other.example"], 1)
    (corp,) = stats("--by", "person", "--limit", "1")
    assert [one["person_id"] for one in corp["counts"]] == [ann["person_id"]]
    assert "ann@customer.example  3" in inside.ok("stats", "--by", "person")


def test_a_day_begins_at_midnight_in_the_account_s_time_zone(inside, office, drop, rows, stats):
    inside.ok("account", "set", "Corp", "--timezone", "Asia/Tokyo")
    tokyo = ZoneInfo("Asia/Tokyo")
    today = datetime.now(tokyo).replace(hour=0, minute=0, second=0, microsecond=0)
    moments = [today - timedelta(days=1, seconds=1), today - timedelta(seconds=1), today]
    for number, moment in enumerate(moments):
        drop(mail(number), office)
        (newest,) = rows("select max(id::text) as id from delivery")
        rows("update delivery set received_at = $2 where id = $1::uuid", newest["id"], moment)
    (corp,) = stats("--by", "day")
    days = [(today - timedelta(days=number)).date().isoformat() for number in range(3)]
    assert counted(corp, "day", "outcome", "reason") == [(day, "filed", "filed", 1) for day in days]

    # A date is that midnight too, and so is a time that names no zone.
    for written, deliveries in (
        (days[0], 1),
        (days[1], 2),
        (f"{days[1]}T23:59:59", 2),
        (f"{today.astimezone(ZoneInfo('UTC')):%Y-%m-%dT%H:%M:%S}Z", 1),
    ):
        (corp,) = stats("--since", written)
        assert sum(one["deliveries"] for one in corp["counts"]) == deliveries, written
    assert corp["since"] == f"{today.astimezone(ZoneInfo('UTC')):%Y-%m-%dT%H:%M:%S}Z"


def test_thirty_days_are_counted_unless_said_otherwise(office, drop, rows, stats, inside):
    drop(mail(1), office)
    rows("update delivery set received_at = now() - interval '31 days'")
    rows("update message set received_at = now() - interval '31 days'")
    for words, deliveries in (
        ((), 0),
        (("--since", "30d"), 0),
        (("--since", "743h"), 0),
        (("--since", "5w"), 1),
        (("--since", "３２ｄ"), 1),
    ):
        (corp,) = stats(*words)
        assert len(corp["counts"]) == deliveries, words
        (corp,) = stats(*words, "--by", "person")
        assert len(corp["counts"]) == deliveries, words
    assert "No mail." in inside.ok("stats")


def test_each_account_is_counted_for_itself(a_busy_day, inside, stats):
    inside.ok("account", "add", "Beta", "--timezone", "America/New_York")
    beta, corp = stats("--since", "2026-01-01")
    assert (beta["account"], beta["counts"], beta["since"]) == ("Beta", [], "2026-01-01T05:00:00Z")
    assert (corp["account"], corp["since"]) == ("Corp", "2026-01-01T00:00:00Z")
    assert [one["account"] for one in stats("--account", "Beta")] == ["Beta"]
    lines = inside.ok("stats", "--since", "2026-01-01").splitlines()
    assert lines[0] == "Beta, since 2026-01-01 00:00 (America/New_York)"
    assert "no account 'Gamma'" in inside.refused("stats", "--account", "Gamma")


def test_without_an_account_the_next_step_is_said(stats, inside):
    assert stats() == []
    assert "bcc-dropbox account add" in inside.ok("stats")


@pytest.mark.parametrize(
    "written",
    [
        "",
        "yesterday",
        "7",
        "d",
        "-7d",
        "2026-02-30",
        "7d\n8d",
        "999999999w",
        "2026-11-01T25:00",
        "0001-01-01",
        "9999w",
    ],
)
def test_what_is_no_time_is_refused_in_one_line(inside, written):
    assert "is no time; it takes a date" in inside.refused("stats", "--since", written)


def test_since_a_time_to_come_there_is_no_mail(office, drop, inside, stats):
    drop(mail(1), office)
    for by in ("user", "day", "person"):
        (corp,) = stats("--since", "2999-01-01", "--by", by)
        assert corp["counts"] == []
    assert "since 2999-01-01 00:00 (UTC)\nNo mail." in inside.ok("stats", "--since", "2999-01-01")


def test_a_grouping_that_is_none_is_refused(inside):
    assert "hour" in inside.refused("stats", "--by", "hour", code=2)
