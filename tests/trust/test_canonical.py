"""What is signed of a mail: its fields and its body, canonicalised."""

import base64
import hashlib
import re
from itertools import accumulate, pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dropbox.mail import headers
from dropbox.trust.canonical import Canon, body_hashes, canonical_field, split_off_header

# RFC 6376 section 3.4.5
MAIL = b"A: X\r\nB : Y\t\r\n\tZ  \r\n\r\n C \r\nD \t E\r\n\r\n\r\n"

EMPTY_SIMPLE = "frcCV1k9oG9oKj3dpUqdJg1PxRT2RSN/XKdLCPjaYaY="
EMPTY_RELAXED = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="

# Text in which what canonicalisation looks for is common
broken_text = st.lists(
    st.sampled_from(
        [b" ", b"\t", b"\r", b"\n", b"\r\n", b"  ", b" \r\n", b"a", b"b" * 40, b" " * 20]
    )
).map(b"".join)
broken_header = st.lists(
    st.sampled_from(
        [b"From", b"to", b":", b" ", b"\t", b"\r", b"\n", b"\r\n", b"\r\n ", b"x@y", b">", b"\xe9"]
    )
).map(b"".join)


def split(mail, *cuts):
    header, rest = split_off_header(iter(cut(mail, cuts)))
    return header, rest


def cut(data, sizes):
    ends = [0, *accumulate(sizes), len(data)]
    return [data[start:end] for start, end in pairwise(ends) if start < end] or [b""]


def hash_of(body, canon, length=None, sizes=()):
    return body_hashes(cut(body, sizes), [(canon, length)]).get((canon, length))


def sha256(data):
    return hashlib.sha256(data).digest()


def test_the_relaxed_header_of_the_rfc():
    header, _ = split(MAIL)
    assert [one.canonical(Canon.RELAXED) for one in header.fields] == [b"a:X", b"b:Y Z"]


def test_the_simple_header_of_the_rfc():
    header, _ = split(MAIL)
    assert [one.canonical(Canon.SIMPLE) for one in header.fields] == [b"A: X", b"B : Y\t\r\n\tZ  "]


@pytest.mark.parametrize(
    ("canon", "signed"),
    [(Canon.RELAXED, b" C\r\nD E\r\n"), (Canon.SIMPLE, b" C \r\nD \t E\r\n")],
)
def test_the_bodies_of_the_rfc(canon, signed):
    _, body = split(MAIL)
    assert hash_of(body, canon) == sha256(signed)


@pytest.mark.parametrize("body", [b"", b"\r\n", b"\r\n\r\n\r\n", b"\n", b"\n\n"])
def test_an_empty_body_is_one_line_end_or_nothing(body):
    assert base64.b64encode(hash_of(body, Canon.SIMPLE)).decode() == EMPTY_SIMPLE
    assert base64.b64encode(hash_of(body, Canon.RELAXED)).decode() == EMPTY_RELAXED


def test_a_bare_lf_ends_a_line_and_a_bare_cr_is_a_byte():
    assert hash_of(b"a \nb\n", Canon.RELAXED) == sha256(b"a\r\nb\r\n")
    assert hash_of(b"a \rb\r\r\n\r\n", Canon.RELAXED) == sha256(b"a \rb\r\r\n")
    assert hash_of(b"a\n\r\nb\r", Canon.SIMPLE) == sha256(b"a\r\n\r\nb\r\r\n")


def test_a_part_of_a_body_is_hashed_on_the_way_to_the_whole():
    body = b"one  two\r\n" * 100
    wanted = [(Canon.RELAXED, length) for length in (0, 1, 7, 899, 900, 901, None)]
    hashes = body_hashes([body], wanted)
    canonical = b"one two\r\n" * 100
    assert (Canon.RELAXED, 901) not in hashes
    for length in (0, 1, 7, 899, 900, None):
        assert hashes[Canon.RELAXED, length] == sha256(canonical[:length])


def naive(body, canon):
    """What the RFC says, line by line and in no time limit."""
    lines = re.split(rb"\r\n", re.sub(rb"(?<!\r)\n", b"\r\n", body))
    if canon is Canon.RELAXED:
        lines = [re.sub(rb"[ \t]+", b" ", line).rstrip(b" ") for line in lines]
    while lines and not lines[-1]:
        lines.pop()
    if not lines:
        return b"\r\n" if canon is Canon.SIMPLE else b""
    return b"\r\n".join(lines) + b"\r\n"


@given(broken_text, st.sampled_from(Canon), st.lists(st.integers(0, 9)))
@example(b"a \r\n \r\n", Canon.RELAXED, [2])
@example(b"\r\r\n\r\n", Canon.SIMPLE, [1, 1, 1])
@example(b"a" + b" " * 50 + b"\r\n" * 9000 + b"b", Canon.RELAXED, [20])
def test_a_body_in_pieces_is_hashed_as_the_rfc_says(body, canon, sizes):
    assert hash_of(body, canon, None, sizes) == sha256(naive(body, canon))


@given(broken_text, st.integers(0, 60), st.sampled_from(Canon), st.lists(st.integers(0, 9)))
def test_a_part_of_a_body_in_pieces_is_hashed_as_the_rfc_says(body, length, canon, sizes):
    whole = naive(body, canon)
    expected = sha256(whole[:length]) if length <= len(whole) else None
    assert hash_of(body, canon, length, sizes) == expected


def as_read(raw):
    """Names and values as those read them who show the mail to people."""
    read, body = headers.split(raw, 0, len(raw))
    fields = [(name, value) for name, values in read.fields.items() for value in values]
    return sorted(fields), raw[body:]


def as_signed(header):
    found = []
    for field in header.fields:
        if field.name:
            value = field.raw[field.value_at :].replace(b"\r", b" ")
            value = value.replace(b"\n ", b" ").replace(b"\n\t", b"\t").replace(b"\n", b"")
            found.append((field.name, value.lstrip(b" \t").rstrip()))
    return sorted(found)


@given(broken_header, broken_text, st.lists(st.integers(0, 9)))
@example(b"From x\r\n\r\nFrom: a", b"", [])
@example(b">From x\n\nFrom: a\r\n\r\nb", b"", [1, 1, 1, 1, 1, 1, 1])
@example(b"From\r\n : x\r\n", b"", [])
@example(b"\rFrom: x", b"", [])
@example(b"A: b\r\n\rFrom: x\r\r\n", b"", [])
@example(b"A: b\r\n", b"\r\nbody", [7])
def test_the_fields_that_are_checked_are_the_fields_that_are_read(head, body, sizes):
    """Whatever they are: else one From is shown, and another one has been signed."""
    raw = head + b"\r\n\r\n" + body
    fields, rest = as_read(raw)
    pieces = iter(cut(raw, sizes))
    header, begun = split_off_header(pieces)
    assert as_signed(header) == fields
    if fields:
        assert begun + b"".join(pieces) == rest


@given(broken_header)
def test_a_field_by_itself_is_relaxed_as_among_others(text):
    for field in split(text)[0].fields:
        assert canonical_field(field.raw, Canon.RELAXED) == field.relaxed


def test_fields_are_chosen_from_the_bottom_and_each_once():
    header, _ = split(b"A: 1\r\nB: 2\r\nA: 3\r\nA: 4\r\n\r\n")
    chosen = header.chosen([b"a", b"b", b"a", b"none", b"a", b"a", b"b"], but=2)
    assert [one.relaxed for one in chosen] == [b"a:4", b"b:2", b"a:1"]


@pytest.mark.parametrize(
    "head",
    [
        b"A: b\r\n" * (headers.MAX_FIELDS + 1),
        b"A: " + b"b" * headers.MAX_BLOCK_BYTES + b"\r\n",
        b"From: " + b"b" * headers.MAX_FIELD_BYTES + b"\r\n",
    ],
    ids=["many", "long", "long_from"],
)
def test_a_header_of_which_only_a_part_is_read_says_so(head):
    assert split(head + b"\r\n", *[1 << 20] * 3)[0].capped


def test_a_header_that_is_read_in_full_says_so_too():
    assert not split(b"A: b\r\n" * headers.MAX_FIELDS + b"\r\n")[0].capped
