"""Mail of random structure: whatever comes, it is read, and what comes out of it is fit to keep."""

from __future__ import annotations

import base64
import quopri
import random

from hypothesis import given, settings
from hypothesis import strategies as st

from dropbox.mail.read import read
from fuzz import fragments
from fuzz.judge import flaws

addresses = st.sampled_from(
    ["a@b.example", "A <a@b.example>", '"B, A" <a@b.example>', "x:a@b.example;"]
)
values = st.one_of(
    st.lists(st.sampled_from(fragments.HEADER_SIGNS), max_size=12).map("".join),
    st.lists(st.one_of(addresses, st.sampled_from(fragments.HEADER_SIGNS)), max_size=6).map(
        ",".join
    ),
    st.text(max_size=20),
)
names = st.one_of(
    st.sampled_from(["From", "To", "Cc", "Subject", "Date", "References"]),
    st.sampled_from(fragments.FIELDS),
)
bodies = st.one_of(
    *(
        st.lists(st.sampled_from(signs), max_size=40).map("".join)
        for signs in (fragments.TEXT_SIGNS, fragments.HTML_SIGNS, fragments.PART_SIGNS)
    ),
    st.text("\0\x1b\r\n ab>:", max_size=40),
    st.text(max_size=40),
)
charsets = st.one_of(st.just("utf-8"), st.sampled_from(fragments.CHARSETS))
parameters = st.one_of(st.just("format=flowed"), values)
types = st.one_of(st.sampled_from(["text/plain", "text/html"]), st.sampled_from(fragments.TYPES))
line_ends = st.sampled_from(["\r\n", "\n", "\r"])


@st.composite
def fields(draw):
    named = draw(st.lists(st.tuples(names, values), min_size=2, max_size=8))
    return [f"{name}: {value}".encode("utf-8", "surrogatepass") for name, value in named]


@st.composite
def leaves(draw):
    content = draw(bodies).encode(
        draw(st.sampled_from(["utf-8", "utf-8", "utf-16", "cp932"])), "replace"
    )
    encoding = draw(st.one_of(st.just("8bit"), st.sampled_from(fragments.ENCODINGS)))
    if encoding == "base64":
        content = base64.encodebytes(content)
    elif encoding == "quoted-printable":
        content = quopri.encodestring(content)
    head = [
        f"Content-Type: {draw(types)}; charset={draw(charsets)}; {draw(parameters)}".encode(),
        f"Content-Transfer-Encoding: {encoding}".encode(),
    ]
    if draw(st.booleans()):
        kind = draw(st.sampled_from(["inline", "attachment", "", "x"]))
        head.append(f"Content-Disposition: {kind}; filename={draw(values)}".encode())
    return head, content


def wrapped(entities):
    """Several entities in one multipart, or one in a message; perhaps without its last boundary."""

    @st.composite
    def made(draw):
        boundary = draw(st.sampled_from(["b", "b-", "c", "=_b c"]))
        inner = draw(st.lists(entities, max_size=4))
        if draw(st.integers(0, 3)) == 0 and inner:
            return [b"Content-Type: message/rfc822"], entity(*inner[0])
        kind = draw(st.sampled_from([one for one in fragments.TYPES if one.startswith("multi")]))
        head = [f'Content-Type: {kind}; boundary="{boundary}"'.encode()]
        parts = b"".join(b"--%b\r\n%b\r\n" % (boundary.encode(), entity(*one)) for one in inner)
        return head, parts + (f"--{boundary}--\r\n".encode() if draw(st.booleans()) else b"")

    return made()


def entity(head, content):
    return b"\r\n".join(head) + b"\r\n\r\n" + content


@st.composite
def mails(draw):
    head, content = draw(st.one_of(leaves(), st.recursive(leaves(), wrapped, max_leaves=6)))
    raw = entity([*draw(fields()), *head], content)
    if draw(st.booleans()):
        raw = raw.replace(b"\r\n", draw(line_ends).encode())
    for _ in range(draw(st.integers(0, 3))):
        at = draw(st.integers(0, len(raw)))
        raw = raw[:at] + draw(st.binary(max_size=4)) + raw[at + draw(st.integers(0, 30)) :]
    return raw


@given(mails())
@settings(max_examples=100)
def test_whatever_is_sent_is_read_and_what_is_read_can_be_kept(raw):
    assert flaws(raw) == []


@given(mails())
@settings(max_examples=30)
def test_the_same_bytes_are_read_the_same_twice(raw):
    assert read(raw) == read(raw)


@given(st.integers(0, 2**32))
@settings(max_examples=40)
def test_small_units_without_end_are_read_and_what_is_read_can_be_kept(seed):
    assert flaws(fragments.grown(random.Random(seed), 8_192).raw) == []
