"""Structure, transfer encodings, parameters and attachments."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dropbox.mail import headers, parameters, parts, transfer
from dropbox.mail.attachments import filename
from dropbox.mail.read import leaf, read

PDF = b"%PDF-1.4 not really" * 40


def multipart(*bodies: bytes, kind: bytes = b"mixed", boundary: bytes = b"bb") -> bytes:
    inner = b"".join(b"--%s\r\n%s\r\n" % (boundary, body) for body in bodies)
    head = b"Content-Type: multipart/%s; boundary=%s\r\n\r\n" % (kind, boundary)
    return head + inner + b"--%s--\r\n" % boundary


def attached(head: bytes) -> str:
    message = read(multipart(b"\r\nhi", head + b"\r\n\r\nx"))
    assert len(message.attachments) == 1
    return message.attachments[0].filename


def test_parts_are_numbered_as_in_imap():
    inner = multipart(b"\r\nplain", b"Content-Type: text/html\r\n\r\n<p>html", boundary=b"in")
    tree = parts.read(multipart(inner, b"Content-Type: a/b\r\n\r\nx"))
    assert [leaf.path for leaf in tree.leaves()] == ["1.1", "1.2", "2"]
    assert [leaf.path for leaf in parts.read(b"A: b\r\n\r\nalone").leaves()] == ["1"]


def test_an_attachment_is_listed_and_its_bytes_come_out_of_the_raw_mail():
    raw = multipart(
        b"\r\nhello",
        b'Content-Type: application/pdf; name="old.pdf"\r\nContent-Transfer-Encoding: base64\r\n'
        b'Content-Disposition: attachment; filename="offer.pdf"\r\n\r\n' + base64.encodebytes(PDF),
        b"Content-Type: image/png\r\nContent-ID: <logo@x>\r\n\r\nPNG",
    )
    message = read(raw)
    offer, logo = message.attachments
    assert (offer.path, offer.filename, offer.content_type) == ("2", "offer.pdf", "application/pdf")
    assert (offer.size, offer.sha256) == (len(PDF), hashlib.sha256(PDF).digest())
    assert not offer.inline
    assert (logo.content_id, logo.inline) == ("logo@x", True)
    assert leaf(raw, "2") == PDF
    assert leaf(raw, "3") == b"PNG"
    assert leaf(raw, "4") is None
    assert message.text == "hello"


def test_the_body_is_no_attachment_in_any_of_its_forms():
    alternative = multipart(
        b"\r\nplain", b"Content-Type: text/html\r\n\r\n<p>html", kind=b"alternative", boundary=b"i"
    )
    message = read(multipart(alternative, b"Content-Type: text/csv\r\n\r\na,b"))
    assert [part.path for part in message.attachments] == ["2"]
    assert message.has_html


def test_a_text_file_that_was_attached_is_not_the_body():
    note = (
        b"Content-Type: text/plain\r\nContent-Disposition: attachment; filename=n.txt\r\n\r\nnote"
    )
    message = read(multipart(b"\r\nbody", note))
    assert message.text == "body"
    assert [part.filename for part in message.attachments] == ["n.txt"]


def test_a_text_part_that_is_marked_as_attachment_is_one_without_a_name_too():
    note = b"Content-Type: text/plain\r\nContent-Disposition: attachment\r\n\r\nnote"
    message = read(multipart(b"\r\nbody", note))
    assert message.text == "body"
    assert [part.path for part in message.attachments] == ["2"]


def test_a_body_that_is_named_like_a_file_is_still_the_body():
    message = read(b"Content-Type: text/plain; name=mail.txt\r\n\r\nhello")
    assert message.text == "hello"
    assert not message.attachments


def test_an_attached_message_is_one_attachment_and_can_be_read_by_itself():
    inner = b"Subject: inner\r\nFrom: i@x.test\r\n\r\ninner text"
    raw = multipart(b"\r\nouter", b"Content-Type: message/rfc822\r\n\r\n" + inner)
    assert [part.content_type for part in read(raw).attachments] == ["message/rfc822"]
    original = leaf(raw, "2")
    assert original is not None
    assert read(original).subject == "inner"
    assert read(raw).text == "outer"


def test_parts_of_a_digest_are_messages():
    raw = multipart(b"\r\nSubject: a\r\n\r\nx", kind=b"digest")
    assert [part.content_type for part in read(raw).attachments] == ["message/rfc822"]


@pytest.mark.parametrize("end", [b"\r\n", b"\n", b"\r"])
def test_any_line_end_will_do(end):
    raw = multipart(b"\r\nplain", b"Content-Type: a/b\r\n\r\nx").replace(b"\r\n", end)
    message = read(b"From: a@x.test" + end + b"Subject: s" + end + raw)
    assert (message.subject, message.text, len(message.attachments)) == ("s", "plain", 1)
    assert message.author is not None
    assert leaf(b"A: b" + end + raw, "2") == b"x"


def test_a_missing_end_of_a_multipart_is_forgiven():
    raw = multipart(b"\r\nplain", b"Content-Type: a/b\r\n\r\nx").removesuffix(b"\r\n--bb--\r\n")
    message = read(raw)
    assert leaf(raw, "2") == b"x"
    assert "boundary_unclosed" in message.notes


def test_a_delimiter_is_a_whole_line():
    inner = multipart(b"\r\nplain", boundary=b"bb1")
    raw = multipart(inner, b"\r\n--bbx\r\n--bb- \r\nsecond")
    assert [leaf.path for leaf in parts.read(raw).leaves()] == ["1.1", "2"]
    assert read(raw).text == "plain\n\n--bbx\n--bb- \nsecond"


@pytest.mark.parametrize("length", [10, 1_000, 3 * parts.NEAR_BYTES])
@pytest.mark.parametrize("hyphens", [0, parts.HYPHENS - 3, parts.HYPHENS + 3, 40])
def test_a_delimiter_is_found_behind_any_number_of_hyphens_and_any_length(hyphens, length):
    text = b"a-b " * hyphens + b"x" * length + b"\r\n--b is not\r\nend"
    raw = multipart(b"\r\n" + text, b"\r\nsecond")
    first, second = parts.read(raw).leaves()
    assert (first.content(), second.content()) == (text, b"second")


marks = st.sampled_from([b"--bb", b"--bb--", b"--bb\r\n", b"--bbb\n", b"-", b"\r\n", b"\n", b"z"])


@given(st.lists(marks, max_size=60).map(b"".join), st.integers(0, 4), st.integers(8, 40))
def test_however_a_delimiter_is_looked_for_the_same_ones_are_found(body, hyphens, near):
    raw = b"Content-Type: multipart/mixed; boundary=bb\n\n--bb\n\n" + body
    whole_lines = parts.read(raw)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(parts, "HYPHENS", hyphens)
        patch.setattr(parts, "NEAR_BYTES", near)
        again = parts.read(raw)
    assert again.notes == whole_lines.notes
    spans = [[(leaf.start, leaf.end) for leaf in one.leaves()] for one in (again, whole_lines)]
    assert spans[0] == spans[1]


@pytest.mark.parametrize("first", [b"", b"--bbx\r\n"])
@pytest.mark.parametrize("count", [parts.LOOKALIKES - 1, parts.LOOKALIKES, 12_000])
@pytest.mark.parametrize("end", [b"\r\n", b" \r\n", b"--", b""])
def test_no_number_of_lookalikes_hides_a_delimiter(first, count, end):
    text = first + b"--bbx\r\n" * count
    head = b"Content-Type: multipart/mixed; boundary=bb\r\n\r\n--bb\r\n\r\n"
    tree = parts.read(head + text + b"--bb" + end)
    assert tree.leaves()[0].content() == text.removesuffix(b"\r\n")


def test_preamble_and_epilogue_are_nobodys_text():
    raw = multipart(b"\r\nplain").replace(b"\r\n\r\n--bb", b"\r\n\r\npreamble\r\n--bb", 1)
    assert read(raw + b"epilogue").text == "plain"


def test_a_boundary_that_nobody_names_is_guessed():
    raw = multipart(b"\r\nplain", b"Content-Type: a/b\r\n\r\nx").replace(b"; boundary=bb", b"")
    assert len(read(raw).attachments) == 1
    raw = multipart(b"\r\nplain", b"Content-Type: a/b\r\n\r\nx").replace(b"=bb", b"=other")
    assert len(read(raw).attachments) == 1
    assert read(raw).notes == ("boundary_missing",)


def test_a_multipart_without_parts_is_the_text_it_looks_like():
    message = read(b"Content-Type: multipart/mixed; boundary=zz\r\n\r\njust text")
    assert message.text == "just text"
    assert message.notes == ("boundary_missing",)


@pytest.mark.parametrize(
    "value", [b"text", b"/", b"text/", b"", b";", b"text plain", b"=?utf-8?Q?text/plain?=", b"\xff"]
)
def test_what_is_no_content_type_is_plain_text(value):
    message = read(b"Content-Type: " + value + b"\r\n\r\nhello")
    assert message.text == "hello"


def test_more_parts_than_anybody_sends_are_left_out_and_noted():
    message = read(multipart(*[b"Content-Type: a/b\r\n\r\nx"] * 1_500))
    assert len(message.attachments) == parts.MAX_PARTS - 1
    assert "parts_capped" in message.notes


def test_so_deep_a_nesting_is_read_and_no_deeper():
    raw = b"\r\ndeep"
    for number in range(parts.MAX_DEPTH + 10):
        raw = multipart(raw, boundary=b"b%d-" % number)
    message = read(raw)
    assert "nesting_capped" in message.notes
    raw = b"\r\ndeep"
    for number in range(parts.MAX_DEPTH):
        raw = multipart(raw, boundary=b"b%d-" % number)
    assert read(raw).text == "deep"


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (b'Content-Type: a/b; name="x.txt"', "x.txt"),
        (b"Content-Type: a/b; name=x y.txt", "x y.txt"),
        (b'Content-Type: a/b\r\nContent-Disposition: attachment; filename="x;y.txt"', "x;y.txt"),
        (b'Content-Type: a/b; name="a\\"b"', 'a"b'),
        (b'Content-Type: a/b; name="C:\\dir\\x.txt"', "x.txt"),
        (b"Content-Type: a/b; name=../../etc/passwd", "passwd"),
        (b"Content-Type: a/b; name=..", ""),
        (b"Content-Type: a/b; name*=utf-8'ja'%E8%A6%8B%E7%A9%8D.pdf", "見積.pdf"),
        (b"Content-Type: a/b; name*=iso-2022-jp''%1B$B8%2B@Q%1B(B.pdf", "見積.pdf"),
        (b"Content-Type: a/b; name*0*=utf-8''%E8%A6; name*1*=%8B; name*2=.pdf", "見.pdf"),
        (b"Content-Type: a/b; name*1=b; name*0=a; name*10=d; name*2=c", "abcd"),
        (b'Content-Type: a/b; name="=?utf-8?B?6KaL56mN?=.pdf"', "見積.pdf"),
        (b'Content-Type: a/b; name="=?utf-8?Q?=E8=A6?=\r\n =?utf-8?Q?=8B?="', "見"),
        (b"Content-Type: a/b; name==?utf-8?Q?x?=", "x"),
        ('Content-Type: a/b; name="見積.pdf"'.encode(), "見積.pdf"),
        ('Content-Type: a/b; name="表.pdf"'.encode("cp932"), "表.pdf"),
        ('Content-Type: a/b; name="表示"'.encode("iso-2022-jp"), "表示"),
        (b'Content-Type: a/b; name="a\x00\tb\r\n c"', "a b c"),
        ('Content-Type: a/b; name="a\u202efdp.exe"'.encode(), "afdp.exe"),
        (b"Content-Type: a/b; name*=utf-8''a%2Fb%5Cc%00d", "cd"),
        (b"Content-Type: a/b; name*=utf-8''a%2Fb", "b"),
        (b"Content-Type: a/b; name=1; name=2", "1"),
        (b"Content-Type: a/b; name*0=a%41; name*1=b", "a%41b"),
    ],
)
def test_a_file_name_is_what_its_sender_saw(head, expected):
    assert attached(head) == expected


def test_a_long_file_name_keeps_its_ending():
    name = filename("見" * 400 + ".pdf")
    assert len(name) <= 255
    assert name.endswith(".pdf")


def test_header_fields_are_unfolded_and_repeated_ones_kept():
    raw = b"From x\nA: 1\n 2\r\nb : 3\r\na:\r\n\r\nbody"
    block, body = headers.split(raw, 0, len(raw))
    assert block.all(b"a") == [b"1 2", b""]
    assert block.first(b"b") == b"3"
    assert block.notes == ()
    assert raw[body:] == b"body"


def test_a_line_that_is_no_field_costs_nothing_but_itself():
    message = read(b"Subject: a\nbroken fold\nFrom: a@x.test\n\ntext")
    assert message.author is not None
    assert message.text == "text"
    assert message.notes == ("header_line_unreadable",)


def test_text_without_any_header_is_all_body():
    message = read(b"hello\nthere\n\nyou")
    assert (message.text, message.header_bytes) == ("hello\nthere\n\nyou", 0)


def test_headers_behind_an_endless_one_are_still_read():
    message = read(b"Subject: " + b"x" * 1_000_000 + b"\r\nFrom: a@x.test\r\n\r\ntext")
    assert message.author is not None
    assert len(message.subject) == headers.MAX_FIELD_BYTES
    assert message.notes == ("header_capped",)
    assert message.text == "text"


def test_the_header_length_counts_the_blank_line():
    raw = b"From: a@x.test\r\nSubject: b\r\n\r\ntext"
    assert raw[read(raw).header_bytes :] == b"text"


@pytest.mark.parametrize(
    ("body", "encoding", "expected"),
    [
        (b"aGVsbG8=", "base64", b"hello"),
        (b"aGVs\r\nbG8", "base64", b"hello"),
        (b"aG!Vs-bG8=junk", "base64", None),
        (b"aGVs bG8==", "base64", b"hello"),
        (b"aGk=\r\naGk=", "base64", b"hihi"),
        (b"A", "base64", b""),
        (b"===", "base64", b""),
        (b"a=3Db=\r\nc", "quoted-printable", b"a=bc"),
        (b"a= \t\r\nb=\tc", "quoted-printable", b"ab=\tc"),
        (b"a=ZZb=", "quoted-printable", b"a=ZZb"),
        (b"=e3=81=82", "quoted-printable", "あ".encode()),
        (b"begin 644 x\n%:&5L;&\\\n`\nend\n", "x-uuencode", b"hello"),
        (b"hello", "8bit", b"hello"),
        (b"hello", "nonsense", b"hello"),
    ],
)
def test_a_transfer_encoding_is_undone_however_broken(body, encoding, expected):
    content = transfer.decode(body, 0, len(body), encoding)
    if expected is not None:
        assert content == expected


noise = st.binary(max_size=60) | st.sampled_from([b"\r\n", b"=", b"!", b"QUJD", b"QQ==", b"\x00"])


@given(st.lists(noise, max_size=12))
def test_base64_is_what_stands_between_junk_and_padding(pieces):
    body = b"".join(pieces)
    signs = re.sub(rb"[^A-Za-z0-9+/=]", b"", body)
    runs = [run[: len(run) - (len(run) % 4 == 1)] for run in re.split(rb"=+", signs)]
    expected = b"".join(binascii.a2b_base64(run + b"=" * (-len(run) % 4)) for run in runs)
    assert transfer.base64(body, 0, len(body)) == expected


@given(st.binary(max_size=400), st.integers(1, 80))
def test_base64_and_quoted_printable_give_back_what_went_in(data, width):
    encoded = base64.b64encode(data)
    lines = b"\r\n".join(encoded[at : at + width] for at in range(0, len(encoded), width))
    assert transfer.decode(lines, 0, len(lines), "base64") == data
    quoted = binascii.b2a_qp(data, istext=False)
    assert transfer.decode(quoted, 0, len(quoted), "quoted-printable") == data


@given(st.binary(max_size=120))
def test_any_bytes_are_some_structured_field(raw):
    read_field = parameters.read(raw)
    for text in (read_field.value, *read_field.parameters, *read_field.parameters.values()):
        text.encode()
