"""The score counts what it says it counts, on whatever of a folder of mail is there."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from dropbox.mail.message import Mailbox
from score import __main__ as score
from score import agreement, normal, report, speed
from score.attempts import attempt
from score.folder import Folder
from score.originals import Original
from score.readers import READERS, ours

PLAIN = (
    b"From: Aiko <aiko@corp.example>\r\nTo: bob@client.example\r\nSubject: Offer\r\n\r\nHello.\r\n"
)
FORWARD = (
    "FYI\n\n---------- Forwarded message ---------\nFrom: Carol <carol@client.example>\n"
    "Date: Mon, Mar 3, 2025 at 9:30 AM\nSubject: Offer\nTo: <aiko@corp.example>\n\nHello.\n"
)
EXPECTED = {
    "subject": "Offer",
    "from": ["Aiko", "AIKO@corp.example"],
    "to": [["", "bob@client.example"]],
    "cc": [],
    "date": "",
    "text": "Hello.",
    "attachments": [],
    "something_new": 1,
}


@pytest.fixture
def run(monkeypatch, capsys):
    def run(*arguments):
        monkeypatch.setattr("sys.argv", ["score", *map(str, arguments)])
        code = score.main()
        return code, capsys.readouterr()

    return run


def written(folder, path, content):
    target = folder / path
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(content if isinstance(content, bytes) else content.encode())
    return target


def test_a_folder_that_is_not_there_is_one_line_and_a_failure(run, tmp_path):
    code, told = run(tmp_path / "nothing")
    assert code == 1
    assert told.out == ""
    assert told.err.count("\n") == 1


def test_a_whole_folder_is_scored_by_source_and_by_file_of_expectations(run, tmp_path):
    written(tmp_path, "messages/one/a.eml", PLAIN)
    written(tmp_path, "messages/two/b.eml", PLAIN.replace(b"Hello.", b"Hello \xef\xbf\xbd"))
    expected = {"messages/one/a.eml": EXPECTED, "messages/two/b.eml": {"subject": "Invoice"}}
    written(tmp_path, "expected/headers-and-parts.json", json.dumps(expected))
    written(tmp_path, "forwarded/f.txt", FORWARD)
    forward = {
        "body": "f.txt",
        "subject": "Offer",
        "from": ["Carol", "carol@client.example"],
        "to": ["aiko@corp.example"],
        "cc": None,
        "date": "2025-03-03T09:30",
        "comment": "FYI",
    }
    written(tmp_path, "expected/forwarded-more.json", json.dumps([forward]))
    code, told = run(tmp_path, "--json", "--no-speed")
    assert code == 0
    found = json.loads(told.out)
    one, two = (found["sources"][name]["bcc-dropbox"] for name in ("one", "two"))
    assert (one["mails"], one["clean"], one["agreed"]) == (1, 1, dict.fromkeys(one["compared"], 1))
    assert (two["mails"], two["clean"], two["agreed"]) == (1, 0, {})
    assert [(each["name"], each["field"]) for each in found["differences"]] == [
        ("messages/two/b.eml", "subject")
    ]
    assert found["originals"]["forwarded-more.json"]["bcc-dropbox"]["right"] == 1
    assert found["total"]["bcc-dropbox"]["mails"] == 2


def test_a_mail_that_cannot_be_read_is_a_failure_and_agrees_in_nothing(run, tmp_path, monkeypatch):
    def broken(raw):
        raise LookupError("no")

    monkeypatch.setitem(READERS, "bcc-dropbox", broken)
    written(tmp_path, "messages/one/a.eml", PLAIN)
    written(
        tmp_path, "expected/headers-and-parts.json", json.dumps({"messages/one/a.eml": EXPECTED})
    )
    code, told = run(tmp_path, "--no-speed")
    assert code == 1
    assert "RAISED messages/one/a.eml: LookupError: no" in told.out
    assert "0/7" in told.out


def test_files_alone_are_mails_and_an_mbox_is_as_many_as_it_holds(tmp_path):
    line = b"From aiko@corp.example Mon Mar  3 09:30:10 2025\n"
    written(tmp_path, "box", (line + PLAIN.replace(b"\r\n", b"\n") + b"\n") * 2)
    written(tmp_path, "deep/a.eml", PLAIN)
    written(tmp_path, "README.md", "no mail")
    found = [(mail.path, mail.source) for mail in Folder(tmp_path).mails()]
    assert found == [("box", "box"), ("box", "box"), ("deep/a.eml", "deep")]


def test_the_index_names_sources_and_what_is_no_mail(tmp_path):
    for name in ("a", "b", "c"):
        written(tmp_path, f"messages/x/{name}", PLAIN)
    index = "path\tsource\tkind\nmessages/x/a\tA\tmessage\nmessages/x/b\tB\texpected\n"
    written(
        tmp_path, "index.tsv", index + "messages/x/c\tC\treply-body\nmessages/x/d\tD\tmessage\n"
    )
    found = [(mail.source, ours(mail.raw).subject) for mail in Folder(tmp_path).mails()]
    assert found == [("A", "Offer"), ("C", "")]


def test_what_of_the_expectations_cannot_be_used_is_told(run, tmp_path):
    written(tmp_path, "messages/one/a.eml", PLAIN)
    expected = {"one/a.eml": EXPECTED, "one/b.eml": EXPECTED}
    written(tmp_path, "expected/headers-and-parts.json", json.dumps(expected))
    written(tmp_path, "expected/forwarded.json", json.dumps([{"body": "none.txt"}, 1]))
    written(tmp_path, "expected/replies.json", "[")
    code, told = run(tmp_path, "--no-speed")
    assert code == 0
    assert "7/7" in told.out
    assert "1 expectations are of mails that are not there" in told.out
    assert "there is no none.txt" in told.out
    assert "replies.json is no JSON" in told.out


def test_white_space_case_order_and_repetition_of_addresses_make_no_difference():
    found = normal.boxes([Mailbox("b@x.example", "B  B"), Mailbox("a@x.example", "a@x.example")])
    assert found == normal.expected_boxes(
        [["", "A@X.example"], ["B B", "b@x.example"], "a@x.example"]
    )
    assert found != normal.expected_boxes([["Another", "b@x.example"], "a@x.example"])


def test_a_date_is_the_senders_clock_or_an_instant():
    found = ours(b"Date: Mon, 3 Mar 2025 09:30:00 +0900\r\n\r\n").sent_at
    zone = timedelta(hours=9)
    for said in ("2025-03-03T09:30:00", "2025-03-03T00:30:00+00:00", "2025-03-03T09:30:00+09:00"):
        assert normal.same_clock(found, normal.clock(said), zone), said
    assert not normal.same_clock(found, normal.clock("2025-03-03T08:30:00"), zone)
    assert normal.same_clock(None, normal.clock("1900-01-01T00:00:00"), zone)


def test_an_expectation_without_plain_text_says_nothing_of_what_html_reads_like():
    found = ours(b"Content-Type: text/html\r\n\r\n<p>Hello")
    compared = agreement.headers_and_parts(found, {"text": "", "has_html": True}, timedelta())
    assert compared["text"][0]
    compared = agreement.headers_and_parts(found, {"text": "", "has_html": False}, timedelta())
    assert not compared["text"][0]


@pytest.mark.parametrize(
    ("found", "right"),
    [
        (Original(forwarded=True, from_text="Carol Client"), True),
        (Original(forwarded=True, author=Mailbox("x@y.example", "Carol Client")), False),
        (Original(forwarded=True, from_text="Dave"), False),
    ],
)
def test_a_forward_that_names_nobodys_address_is_right_when_nobody_is_made_of_it(found, right):
    compared = agreement.forward(found, {"forwarded": True, "from": ["Carol Client", None]})
    assert compared["from"][0] is right


def test_what_is_no_forward_must_be_none_and_nothing_else_counts():
    expected = {"forwarded": False, "subject": "x"}
    assert agreement.forward(Original(forwarded=False), expected) == {
        "forwarded": (True, False, False)
    }
    assert not agreement.forward(Original(forwarded=True), expected)["forwarded"][0]


def test_a_reader_that_does_not_end_is_given_up():
    def endless():
        while True:
            try:
                while True:
                    pass
            except Exception:
                continue

    done = attempt(endless, limit=0.05)
    assert done.problem.startswith("took over")


@pytest.mark.parametrize("text", ["a\ufffdb", "\x1b$B", "=?utf-8?Q?a?=", "\udce5"])
def test_what_cannot_be_shown_is_unclean(text):
    assert normal.unclean(["fine", text])
    assert not normal.unclean(["a = b ? c : d", "=??=", "\x1b"])


def test_a_ratio_is_the_median_of_rounds_and_a_checksum_is_taken_off_both():
    assert speed.ratio([30.0, 100.0, 20.0], [3.0, 2.0, 4.0], [0.0, 0.0, 0.0]) == 10
    assert speed.ratio([22.0], [4.0], [2.0]) == 10
    assert speed.ratio([9.0, 30.0], [1.0, 3.0], [2.0, 0.0]) == 10
    assert speed.ratio([9.0], [1.0], [2.0]) == 0


def test_speed_is_told_for_each_way_of_reading_with_and_without_the_checksum():
    mails = [b"Subject: %d\r\n\r\nHello" % number for number in range(3)]
    found = speed._measure("a small mail", mails, rounds=2, aim=0.001, attached=b"x" * 100)
    table = "\n".join(report._speed([found]))
    for way in ("alone", "in a row", "each another"):
        assert way in table
        assert found.milliseconds["policy.default"][way] > 0
        assert found.bare_ratios[way] > 0
    assert "0.001 reached" in table
    assert found.reached
    assert not replace(found, aim=1_000_000).reached
    assert not replace(found, problems={"policy.default": "took over 3 s"}).reached
    assert replace(found, problems={"fast-mail-parser": "ValueError"}).reached
