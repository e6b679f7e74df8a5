"""The bulk DATA reader against a reference that looks at one byte after the other."""

import os
import re
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from dropbox.filing.outcomes import NotRecorded, Reason
from dropbox.wire.data import SPILL_BYTES, WASTE_FACTOR, DataReader
from dropbox.wire.limits import MemoryBudget
from tests.bad_input.smuggling import ENDS

LIMIT = 10 << 20

# Mostly the bytes that mean something, so that every neighbourhood of them comes up.
wires = st.lists(
    st.sampled_from(
        [b"\r", b"\n", b".", b"\r\n", b"\r\n.", b"\r\n.\r", b"a", b"\x00", b"\xe3\x81"]
    ),
    max_size=40,
).map(b"".join)


def reference(wire):
    """Decode RFC 5321 section 4.5.2 the slow way: `(mail, rest)`, or None if the end is missing."""
    mail, line, position = b"", b"", 0
    while position < len(wire):
        line += wire[position : position + 1]
        position += 1
        if line.endswith(b"\r\n"):
            if line == b".\r\n":
                return mail, wire[position:]
            mail += line.removeprefix(b".")
            line = b""
    return None


def reference_newlines(mail):
    return re.sub(rb"\r*\n|\r+", lambda found: b"\r\n" if found[0].endswith(b"\n") else b"?", mail)


def pieces(data, cuts):
    marks = sorted({cut % (len(data) + 1) for cut in cuts})
    return [data[a:b] for a, b in zip([0, *marks], [*marks, len(data)], strict=True)]


def reader(tmp_path, budget=None, limit=LIMIT, policy="normalize"):
    return DataReader(budget or MemoryBudget(1 << 30), tmp_path, limit, policy)


def read(one, chunks):
    """Feed chunks until the end: what stood behind it, chunks never fed included; else None."""
    for index, chunk in enumerate(chunks):
        rest = one.feed(chunk)
        if rest is not None:
            return rest + b"".join(chunks[index + 1 :])
    return None


@settings(max_examples=500, deadline=None)
@given(wires, st.lists(st.integers(0, 200)), st.binary(max_size=10))
@example(b".\r\n", [], b"")
@example(b"\r\n.\r\n", [1, 2, 3, 4], b".\r\n")
@example(b"..\r\n", [1, 2], b"QUIT\r\n")
@example(b"\r\r\n", [1, 2], b"")
@example(b"a\r\r\r\r\nb\r\rc", [2, 3, 4, 6, 8], b"")
@example(b"a\r\r", [2, 3, 4], b"")
@example(b"a\r\n.\n", [3, 4], b"")
def test_any_chunks_decode_like_the_reference(wire, cuts, behind):
    whole = wire + b"\r\n.\r\n" + behind
    mail, rest = reference(whole)
    one = reader(Path("/nonexistent"))
    assert read(one, pieces(whole, cuts)) == rest
    content = one.content()
    assert content.read() == reference_newlines(mail)
    assert content.size == len(reference_newlines(mail))


@settings(max_examples=200, deadline=None)
@given(wires, st.lists(st.integers(0, 200)))
def test_without_the_exact_end_a_mail_goes_on(wire, cuts):
    one = reader(Path("/nonexistent"))
    ended = reference(wire)
    rest = read(one, pieces(wire, cuts))
    assert rest == (ended[1] if ended else None)


@settings(max_examples=200, deadline=None)
@given(wires, st.lists(st.integers(0, 200)))
def test_reject_refuses_exactly_what_normalize_would_change(wire, cuts):
    whole = wire + b"\r\n.\r\n"
    mail, rest = reference(whole)
    one = reader(Path("/nonexistent"), policy="reject")
    assert read(one, pieces(whole, cuts)) == rest
    if reference_newlines(mail) == mail:
        assert one.content().read() == mail
    else:
        with pytest.raises(NotRecorded) as refused:
            one.content()
        assert refused.value.reason is Reason.BARE_NEWLINE


@pytest.mark.parametrize("fake_end", ENDS.values(), ids=ENDS)
@pytest.mark.parametrize("chunk", [1, 2, 3, 5, 1000])
def test_only_crlf_dot_crlf_ends_a_mail(fake_end, chunk):
    smuggled = b"MAIL FROM:<evil@example.com>\r\n"
    wire = b"Subject: one\r\n\r\nbody" + fake_end + smuggled + b"\r\n.\r\nQUIT\r\n"
    one = reader(Path("/nonexistent"))
    assert read(one, [wire[n : n + chunk] for n in range(0, len(wire), chunk)]) == b"QUIT\r\n"
    assert smuggled in one.content().read()


# Where the bytes wait


def test_a_small_mail_waits_in_memory_and_is_counted_until_it_is_closed(tmp_path):
    budget = MemoryBudget(1000)
    one = reader(tmp_path, budget)
    one.feed(b"a" * 998)
    assert budget.used == 998
    one.feed(b"\r\n.\r\n")
    content = one.content()
    assert (content.in_memory, content.size, budget.used) == (True, 1000, 1000)
    content.close()
    content.close()
    assert budget.used == 0


def test_a_large_mail_waits_in_a_file_without_a_name(tmp_path):
    budget = MemoryBudget(SPILL_BYTES)
    one = reader(tmp_path, budget)
    body = os.urandom(100).hex().encode() * 2000
    read(one, pieces(body + b"\r\n.\r\n", range(0, len(body), 4096)))
    content = one.content()
    assert not content.in_memory
    assert budget.used == 0
    assert list(tmp_path.iterdir()) == []
    assert content.read() == body + b"\r\n"
    assert b"".join(content.chunks()) == body + b"\r\n"
    content.close()


def test_without_room_in_memory_a_small_mail_goes_to_disk(tmp_path):
    one = reader(tmp_path, MemoryBudget(10))
    assert read(one, [b"abcdefg", b"hijklmn", b"\r\n.\r\n"]) == b""
    content = one.content()
    assert not content.in_memory
    assert content.read() == b"abcdefghijklmn\r\n"
    content.close()


def test_without_room_anywhere_it_is_busy_after_the_end(tmp_path):
    budget = MemoryBudget(10)
    one = reader(tmp_path / "missing", budget)
    assert read(one, [b"abcdefg", b"hijklmn", b"\r\n..\r\n.\r\nQUIT\r\n"]) == b"QUIT\r\n"
    with pytest.raises(NotRecorded) as put_off:
        one.content()
    assert put_off.value.reason is Reason.BUSY
    assert budget.used == 0


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
@pytest.mark.parametrize("size", [SPILL_BYTES + 1, SPILL_BYTES * 5])
def test_a_full_disk_is_busy_after_the_end(tmp_path, monkeypatch, size):
    monkeypatch.setattr("tempfile.TemporaryFile", lambda **_: Path("/dev/full").open("w+b"))  # noqa: SIM115
    one = reader(tmp_path)
    assert read(one, pieces(b"a" * size + b"\r\n.\r\n", range(0, size, 50_000))) == b""
    with pytest.raises(NotRecorded) as put_off:
        one.content()
    assert put_off.value.reason is Reason.BUSY
    one.abandon()


@pytest.mark.parametrize(("size", "fits"), [(100, True), (101, False)])
def test_the_limit_counts_the_mail_without_its_stuffed_dots_and_its_end(tmp_path, size, fits):
    one = reader(tmp_path, limit=100)
    body = b".\r\n" * 32 + b"a" * (size - 98)
    assert read(one, [b"..\r\n" * 32 + b"a" * (size - 98) + b"\r\n.\r\n"]) == b""
    if fits:
        assert one.content().read() == body + b"\r\n"
    else:
        with pytest.raises(NotRecorded) as refused:
            one.content()
        assert refused.value.reason is Reason.TOO_BIG


def test_a_mail_that_is_too_big_costs_no_memory_and_has_an_end_of_patience(tmp_path):
    budget = MemoryBudget(1 << 20)
    one = reader(tmp_path, budget, limit=1000)
    for _ in range(WASTE_FACTOR * 10):
        assert one.feed(b"a" * 100) is None
        assert budget.used <= 1000
    assert budget.used == 0
    assert not one.hopeless
    one.feed(b"a")
    assert one.hopeless


def test_abandoned_mail_gives_everything_back(tmp_path):
    budget = MemoryBudget(1 << 20)
    small, large = reader(tmp_path, budget), reader(tmp_path, budget)
    small.feed(b"a" * 100)
    large.feed(b"a" * (SPILL_BYTES + 1))
    file = large._file
    for one in (small, large, small, large):
        one.abandon()
    assert budget.used == 0
    assert file.closed
