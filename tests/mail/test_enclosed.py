"""S/MIME and TNEF: what is inside is read, listed and found again. The samples are made here."""

from __future__ import annotations

import base64
import struct
import zlib
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st

from dropbox.mail import cms, enclosed, rtf, tnef
from dropbox.mail.read import leaf, read

ENTITY = (
    b"Content-Type: multipart/mixed; boundary=i\r\n\r\n--i\r\nContent-Type: text/plain; "
    b"charset=utf-8\r\n\r\n\xe8\xa6\x8b\xe7\xa9\x8d\xe3\x82\x92\xe9\x80\x81\xe3\x82\x8a\xe3\x81\xbe"
    b"\xe3\x81\x99\r\n--i\r\nContent-Type: application/pdf; name=offer.pdf\r\n"
    b"Content-Transfer-Encoding: base64\r\n\r\nJVBERi0xLjQ=\r\n--i--\r\n"
)
TEXT = "見積を送ります"


def certificate(key):
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Test")])
    now = datetime(2025, 1, 1, tzinfo=UTC)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name)
    builder = builder.public_key(key.public_key()).serial_number(1)
    builder = builder.not_valid_before(now).not_valid_after(now + timedelta(days=1))
    return builder.sign(key, hashes.SHA256())


def signed(entity: bytes) -> bytes:
    key = ec.generate_private_key(ec.SECP256R1())
    builder = pkcs7.PKCS7SignatureBuilder().set_data(entity)
    builder = builder.add_signer(certificate(key), key, hashes.SHA256())
    return builder.sign(Encoding.DER, [pkcs7.PKCS7Options.Binary])


def encrypted(entity: bytes) -> bytes:
    key = rsa.generate_private_key(65537, 2048)
    builder = pkcs7.PKCS7EnvelopeBuilder().set_data(entity)
    return builder.add_recipient(certificate(key)).encrypt(Encoding.DER, [pkcs7.PKCS7Options.Binary])


def der(tag: int, *contents: bytes) -> bytes:
    content = b"".join(contents)
    length = len(content)
    if length < 0x80:
        return bytes((tag, length)) + content
    width = (length.bit_length() + 7) // 8
    return bytes((tag, 0x80 | width)) + length.to_bytes(width, "big") + content


def endless(tag: int, *contents: bytes) -> bytes:
    """BER of indefinite length, as Outlook writes it."""
    return bytes((tag, 0x80)) + b"".join(contents) + b"\0\0"


def structure(kind: str, third: bytes, content: bytes, write=der) -> bytes:
    data = der(6, bytes.fromhex("2a864886f70d010701"))
    inner = write(0x30, data, write(0xA0, content))
    body = write(0x30, der(2, b"\1"), third, inner)
    return write(0x30, der(6, bytes.fromhex(kind)), write(0xA0, body))


SIGNED, COMPRESSED = "2a864886f70d010702", "2a864886f70d0109100109"


def outlook_signed(entity: bytes, size: int = 50) -> bytes:
    chunks = [der(4, entity[at : at + size]) for at in range(0, len(entity), size)]
    return structure(SIGNED, endless(0x31), endless(0x24, *chunks), endless)


def smime(data: bytes, kind: bytes = b"application/pkcs7-mime; name=smime.p7m") -> bytes:
    head = b"From: a@x.test\r\nSubject: s\r\nContent-Type: %s\r\n" % kind
    return head + b"Content-Transfer-Encoding: base64\r\n\r\n" + base64.encodebytes(data)


def digest_all(raw: bytes) -> list[tuple[str, str, bytes]]:
    found = []
    for part in read(raw).attachments:
        content = leaf(raw, part.path)
        assert content is not None
        assert len(content) == part.size
        found.append((part.path, part.filename, content))
    return found


@pytest.mark.parametrize(
    "data",
    [
        signed(ENTITY),
        outlook_signed(ENTITY),
        outlook_signed(ENTITY, 7),
        structure(SIGNED, der(0x31), endless(0x24, endless(0x24, der(4, ENTITY)))),
        structure(
            SIGNED,
            der(0x31),
            endless(0x24, endless(0x24, der(4, ENTITY[:99])), der(4, ENTITY[99:])),
        ),
        structure(COMPRESSED, der(0x30), der(4, zlib.compress(ENTITY))),
    ],
)
@pytest.mark.parametrize(
    "kind",
    [
        b"application/pkcs7-mime; smime-type=signed-data; name=smime.p7m",
        b"application/x-pkcs7-mime",
        b'application/octet-stream; name="smime.p7m"',
    ],
)
def test_mail_that_is_signed_around_its_content_is_read_through(data, kind):
    raw = smime(data, kind)
    message = read(raw)
    assert message.text == TEXT
    assert digest_all(raw) == [("1.2", "offer.pdf", b"%PDF-1.4")]
    assert "encrypted" not in message.notes


def test_a_signed_part_of_one_text_has_a_number_of_its_own():
    inner = b"Content-Type: text/plain; name=a.txt\r\nContent-Disposition: attachment\r\n\r\nx"
    raw = b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nhi\r\n--b\r\n"
    raw += smime(signed(inner)).partition(b"s\r\n")[2] + b"\r\n--b--"
    assert read(raw).text == "hi"
    assert digest_all(raw) == [("2.1", "a.txt", b"x")]
    wrapper = leaf(raw, "2")
    assert wrapper is not None
    assert cms.read(wrapper).content == inner


def test_mail_that_is_encrypted_is_recorded_as_encrypted():
    data = encrypted(ENTITY)
    raw = smime(data)
    message = read(raw)
    assert (message.subject, message.text) == ("s", "")
    assert "encrypted" in message.notes
    assert digest_all(raw) == [("1", "smime.p7m", data)]


def test_detached_signatures_are_decoration():
    raw = (
        b"Content-Type: multipart/signed; boundary=b\r\n\r\n--b\r\n\r\nhello\r\n--b\r\n"
        b"Content-Type: application/pkcs7-signature; name=smime.p7s\r\n\r\nx\r\n--b--"
    )
    message = read(raw)
    assert message.text == "hello"
    assert [(part.filename, part.decoration) for part in message.attachments] == [
        ("smime.p7s", True)
    ]


@pytest.mark.parametrize(
    "data",
    [b"", b"0", b"0\x80", b"0\x84\xff\xff\xff\xff", b"\x24\x80" * 9_000, signed(ENTITY)[:40]],
    ids=["nothing", "a byte", "no length", "a huge length", "nesting", "a cut signature"],
)
def test_what_is_no_cms_stays_a_file(data):
    raw = smime(data)
    assert digest_all(raw) == [("1", "smime.p7m", data)]


def test_signed_data_in_signed_data_is_opened_a_few_times_only():
    entity = b"Content-Type: text/plain\r\n\r\nin the depth"
    for _ in range(enclosed.MAX_DEPTH + 1):
        entity = smime(outlook_signed(entity, 1_000)).partition(b"s\r\n")[2]
    message = read(entity)
    assert "enclosed_capped" in message.notes
    assert message.text == ""


def test_a_bomb_of_compressed_data_is_cut_off():
    data = structure(COMPRESSED, der(0x30), der(4, zlib.compress(b"\n" * 20_000_000)))
    content = cms.read(data).content
    assert content is not None
    assert len(content) == cms.MAX_INFLATED_BYTES


@given(st.binary(max_size=200), st.integers(0, 400), st.integers(0, 255))
def test_any_bytes_are_opened_or_not(noise, at, sign):
    cms.read(noise)
    damaged = bytearray(outlook_signed(ENTITY))
    damaged[at % len(damaged)] = sign
    cms.read(bytes(damaged))
    read(smime(bytes(damaged)))


# TNEF, written as MS-OXTNEF has it


def attribute(level: int, name: int, data: bytes, kind: int = 6) -> bytes:
    checksum = sum(data) & 0xFFFF
    return struct.pack("<BHHI", level, name, kind, len(data)) + data + struct.pack("<H", checksum)


def string(data: bytes) -> bytes:
    return struct.pack("<II", 1, len(data)) + data + b"\0" * (-len(data) % 4)


def properties(*pairs: tuple[int, int, bytes]) -> bytes:
    """Type, identifier and the value as it stands there."""
    return struct.pack("<I", len(pairs)) + b"".join(
        struct.pack("<HH", kind, number) + value for kind, number, value in pairs
    )


NAMED = (0x03, 0x8001, b"g" * 16 + struct.pack("<II", 0, 5) + struct.pack("<I", 7))
NAMED_BY_STRING = (0x03, 0x8002, b"g" * 16 + struct.pack("<II", 1, 6) + b"a\0b\0\0\0\0\0" + b"\1\0\0\0")
MANY = (0x101E, 0x3A58, struct.pack("<I", 2) + struct.pack("<I", 1) + b"a\0\0\0" + b"\2\0\0\0bc\0\0")


def winmail(*attributes: bytes) -> bytes:
    codepage = attribute(1, 0x9007, struct.pack("<II", 932, 0))
    return struct.pack("<IH", 0x223E9F78, 1) + codepage + b"".join(attributes)


def file(title: bytes, data: bytes, *more: tuple[int, int, bytes]) -> bytes:
    return (
        attribute(2, 0x9002, b"\0" * 14)
        + attribute(2, 0x8010, title + b"\0")
        + attribute(2, 0x800F, data)
        + attribute(2, 0x9005, properties(NAMED, NAMED_BY_STRING, MANY, *more))
    )


FILES = (
    file(
        b"OFFER~1.PDF",
        b"%PDF-1.4 x",
        (0x1F, 0x3707, string("御見積書 2025.pdf\0".encode("utf-16-le"))),
        (0x1E, 0x370E, string(b"application/pdf\0")),
    ),
    file("表.txt".encode("cp932"), b"table"),
    file(b"logo.png", b"\x89PNG\r\n\x1a\n", (0x1E, 0x3712, string(b"logo@x\0"))),
)


def outlook(data: bytes, text: bytes = b"", kind: bytes = b"application/ms-tnef") -> bytes:
    body = b"--b\r\nContent-Type: text/plain\r\n\r\n" + text + b"\r\n" if text else b""
    return (
        b"From: a@x.test\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n" + body +
        b"--b\r\nContent-Type: " + kind + b'; name="winmail.dat"\r\n'
        b"Content-Transfer-Encoding: base64\r\n\r\n" + base64.encodebytes(data) + b"--b--\r\n"
    )  # fmt: skip


@pytest.mark.parametrize("kind", [b"application/ms-tnef", b"application/octet-stream"])
def test_files_in_a_winmail_are_listed_with_their_names_and_found_again(kind):
    body = attribute(1, 0x800C, "本文です".encode("cp932") + b"\0", 2)
    raw = outlook(winmail(body, *FILES), b"the same text", kind)
    message = read(raw)
    assert digest_all(raw) == [
        ("2.1", "御見積書 2025.pdf", b"%PDF-1.4 x"),
        ("2.2", "表.txt", b"table"),
        ("2.3", "logo.png", b"\x89PNG\r\n\x1a\n"),
    ]
    assert [part.content_type for part in message.attachments][0] == "application/pdf"
    assert message.attachments[2].inline
    assert message.text == "the same text"
    assert "tnef" in message.notes


RTF = (
    b"{\\rtf1\\ansi\\ansicpg932\\fromtext {\\fonttbl{\\f0 Arial;}}{\\*\\generator x;}\r\n"
    b"\\uc1\\pard Price: \\'95\\'5c\\u20214?\\par second\\line {\\b third}\\par}"
)
RTF_TEXT = "Price: 表件\nsecond\nthird"


def packed(data: bytes) -> bytes:
    """LZFu without a single reference: nine bytes for eight, and the mark of the end."""
    end = (207 + len(data)) % 4096
    pieces = [b"\0" + data[at : at + 8] for at in range(0, len(data) // 8 * 8, 8)]
    rest = data[len(data) // 8 * 8 :]
    pieces.append(bytes((1 << len(rest),)) + rest + bytes((end >> 4, (end & 15) << 4)))
    body = b"".join(pieces)
    return struct.pack("<IIII", len(body) + 12, len(data), 0x75465A4C, 0) + body


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (attribute(1, 0x800C, "本文です\0".encode("cp932"), 2), "本文です"),
        (
            attribute(1, 0x9003, properties((0x1F, 0x1000, string("長い本文".encode("utf-16-le"))))),
            "長い本文",
        ),
        (
            attribute(
                1,
                0x9003,
                properties(
                    (0x03, 0x3FDE, struct.pack("<I", 65001)),
                    (0x102, 0x1013, string("<p>髙橋</p><p>様</p>".encode())),
                ),
            ),
            "髙橋\n\n様",
        ),
        (attribute(1, 0x9003, properties((0x102, 0x1009, string(packed(RTF))))), RTF_TEXT),
    ],
)
def test_the_body_in_a_winmail_is_the_text_where_there_is_no_other(body, text):
    raw = outlook(winmail(body, FILES[1]))
    message = read(raw)
    assert message.text == text
    assert [name for _, name, _ in digest_all(raw)] == ["表.txt"]


def test_packed_rich_text_refers_back_to_what_has_been_said():
    # The example of MS-OXRTFCP section 3.1: "{\rtf1\ansi\ansicpg1252\pard hello world}\r\n".
    data = bytes.fromhex(
        "2d0000002b0000004c5a4675f1c5c7a703000a0072637067313235423" "20af32068656c090020627705b06c647d0a800fa0"
    )
    assert rtf.unpacked(data) == b"{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n"


def test_a_winmail_that_is_cut_off_gives_what_is_there():
    data = winmail(*FILES)
    contents = tnef.read(data[:-60])
    assert contents is not None
    assert [one.name for one in contents.files][:2] == ["御見積書 2025.pdf", "表.txt"]


def test_what_is_no_winmail_stays_a_file():
    raw = outlook(b"nothing of the kind", b"hi")
    assert digest_all(raw) == [("2", "winmail.dat", b"nothing of the kind")]
    assert "tnef" not in read(raw).notes


@given(st.binary(max_size=100), st.integers(0, 2_000), st.integers(0, 255))
def test_any_bytes_are_unpacked_or_not(noise, at, sign):
    tnef.read(b"\x78\x9f\x3e\x22" + noise)
    rtf.to_text(rtf.unpacked(b"12345678LZFu1234" + noise))
    rtf.to_text(noise)
    damaged = bytearray(winmail(attribute(1, 0x9003, properties(MANY, NAMED)), *FILES))
    damaged[at % len(damaged)] = sign
    digest_all(outlook(bytes(damaged), b"x"))
