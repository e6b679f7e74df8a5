"""Which text is the mail's: alternatives, flowed lines, invitations, PGP."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dropbox.mail import calendar, flowed, pgp
from dropbox.mail.read import read


def container(kind: str, *bodies: bytes) -> bytes:
    inner = b"".join(b"--b\r\n" + body + b"\r\n" for body in bodies)
    return b"Content-Type: multipart/%s; boundary=b\r\n\r\n%s--b--\r\n" % (kind.encode(), inner)


def plain(text: str) -> bytes:
    return b"Content-Type: text/plain; charset=utf-8\r\n\r\n" + text.encode()


def html(text: str) -> bytes:
    return b"Content-Type: text/html; charset=utf-8\r\n\r\n" + text.encode()


LONG = "Our spring catalogue is here, with forty new desks and chairs for small offices. " * 4


@pytest.mark.parametrize(
    "placeholder",
    [
        "",
        " \r\n\xa0",
        "This is an HTML mail.",
        "Your mail client does not support HTML messages.",
        "Please view this email in your browser: https://x.test/view/1",
        "https://x.test/view/1",
        "このメールはHTML形式です。",
        "ＨＴＭＬメールをご覧になれない方はこちら\r\nhttps://x.test/v",
        "Bitte öffnen Sie diese Nachricht im Browser.",
        "Si vous ne voyez pas ce message, ouvrez-le dans votre navigateur",
        "Si no puede ver este correo, ábralo en su navegador",
    ],
)
def test_a_text_that_only_points_at_the_html_gives_way_to_it(placeholder):
    message = read(container("alternative", plain(placeholder), html(f"<p>{LONG}</p>")))
    assert message.text == LONG.strip()


@pytest.mark.parametrize(
    ("text", "page"),
    [
        ("Thanks, the HTML version looks fine to me.", "<p>Thanks, the HTML version looks fine.</p>"),
        ("I opened it in the browser. " + LONG * 3, f"<p>{LONG * 20}</p>"),
        ("ok", f"<p>ok {LONG}</p>"),
    ],
)
def test_a_text_that_says_something_itself_is_the_text(text, page):
    assert read(container("alternative", plain(text), html(page))).text == text


def test_a_page_that_was_sent_as_plain_text_is_read_as_a_page():
    assert read(plain("<!DOCTYPE html>\n<html><body><p>Hello</p></body></html>")).text == "Hello"
    assert read(plain("Compare <html> and <body>.")).text == "Compare <html> and <body>."


def test_text_that_is_said_to_be_base64_and_is_not_is_read_as_it_stands():
    head = b"Content-Type: text/plain\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    prose = b"Dear Ken,\r\nplease find our offer below.\r\n"
    assert read(head + prose).text == "Dear Ken,\nplease find our offer below."
    assert read(head + b"RGVhciBL\r\n ZW4g\r\n YW5k\r\n IGFs\r\n bA==").text == "Dear Ken and all"


@pytest.mark.parametrize("rule", ["_" * 47, "-" * 24, "-- "])
@pytest.mark.parametrize("name", ["Ken", "Kenn", "Kenny"])
def test_a_footer_in_the_clear_behind_base64_is_read_as_it_stands(rule, name):
    head = b"Content-Type: text/plain; charset=big5\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    text = f"{LONG.strip()}\n{name}"
    body = base64.encodebytes(text.encode()).replace(b"\n", b"\r\n")
    footer = f"{rule}\nGarden list, to leave: http://x.test/?q=a"
    found = read(head + body + footer.replace("\n", "\r\n").encode()).text
    assert found.replace("\n\n", "\n") == f"{text}\n{footer}"


def test_what_is_too_long_for_a_footer_behind_base64_is_cut_and_that_is_noted():
    head = b"Content-Type: text/plain\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    body = base64.encodebytes(LONG.encode())
    message = read(head + body + b"-" * 24 + b"\r\n" + b"leave us\r\n" * 1_000)
    assert message.text.count("leave us") > 700
    assert "text_capped" in message.notes


@pytest.mark.parametrize(
    ("lines", "delete_space", "expected"),
    [
        ("one \ntwo\nthree", False, "one two\nthree"),
        ("日本 \n語", True, "日本語"),
        ("> quoted \n> on\n> end", False, "> quoted on\n> end"),
        (">deep \n>> deeper \n>> still", False, "> deep \n>> deeper still"),
        ("a \n\nb", False, "a \nb"),
        ("a \n-- \nme", False, "a \n-- \nme"),
        (" >not quoted\n From x", False, ">not quoted\nFrom x"),
        (">\n> a", False, ">\n> a"),
        ("last ", False, "last"),
    ],
)
def test_flowed_lines_are_joined_inside_quotations_too(lines, delete_space, expected):
    assert flowed.unflow(lines, delete_space=delete_space) == expected


@given(st.lists(st.text("ab >-", max_size=8), max_size=20).map("\n".join), st.booleans())
def test_flowing_loses_no_letter(text, delete_space):
    def letters(one: str) -> str:
        return "".join(sign for sign in one if sign in "ab")

    assert letters(flowed.unflow(text, delete_space=delete_space)) == letters(text)


INVITATION = b"""Content-Type: text/calendar; charset=utf-8; method=REQUEST

BEGIN:VCALENDAR
METHOD:REQUEST
BEGIN:VTIMEZONE
TZID:Asia/Tokyo
BEGIN:STANDARD
DTSTART:19700101T000000
END:STANDARD
END:VTIMEZONE
BEGIN:VEVENT
SUMMARY:Price review\\, second
  round
DTSTART;TZID="Asia/Tokyo":20250203T100000
DTEND;TZID="Asia/Tokyo":20250203T113000
LOCATION:\xe4\xbc\x9a\xe8\xad\xb0\xe5\xae\xa43
ORGANIZER;CN="Sato, Ken":mailto:ken@x.test
DESCRIPTION:Bring the list.\\nThanks
BEGIN:VALARM
DESCRIPTION:Reminder
END:VALARM
END:VEVENT
END:VCALENDAR
""".replace(b"\n", b"\r\n")

SUMMARY = """Price review, second round
2025-02-03 10:00 – 11:30 Asia/Tokyo
会議室3
Sato, Ken <ken@x.test>

Bring the list.
Thanks"""


def test_an_invitation_without_a_text_is_summed_up_and_listed():
    message = read(INVITATION)
    assert message.text == SUMMARY
    assert [(part.filename, part.content_type) for part in message.attachments] == [
        ("invite.ics", "text/calendar")
    ]


def test_an_invitation_beside_a_text_is_listed_alone():
    message = read(container("alternative", plain("Please come."), INVITATION))
    assert message.text == "Please come."
    assert [part.filename for part in message.attachments] == ["invite.ics"]


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        ("20250203", "20250204", "2025-02-03"),
        ("20250203T100000Z", "20250203T100000Z", "2025-02-03 10:00 UTC"),
        ("20250203T100000", "20250204T090000", "2025-02-03 10:00 – 2025-02-04 09:00"),
        ("soon", "", ""),
    ],
)
def test_times_of_an_invitation(start, end, expected):
    source = f"BEGIN:VEVENT\nDTSTART:{start}\nDTEND:{end}\nEND:VEVENT"
    assert calendar.to_text(source) == expected


@given(st.text("BEGIN:VEVENTD\nSUMARY;=\"\\,TZ0123456789", max_size=200))
def test_any_text_is_an_invitation_or_none(source):
    calendar.to_text(source).encode()


SIGNED = """Before.
-----BEGIN PGP SIGNED MESSAGE-----
Hash: SHA512

The price is 12,000.
- -- 
- - a list
-----BEGIN PGP SIGNATURE-----

iQEzBAEBCgAd
=abcd
-----END PGP SIGNATURE-----
"""
ENCRYPTED = """-----BEGIN PGP MESSAGE-----

hQEMA7
=abcd
-----END PGP MESSAGE-----
"""


def test_text_that_is_signed_with_pgp_is_read_without_its_armour():
    message = read(plain(SIGNED))
    assert message.text == "Before.\nThe price is 12,000.\n-- \n- a list"
    assert "encrypted" not in message.notes


def test_text_that_is_encrypted_with_pgp_is_recorded_as_encrypted():
    message = read(b"Subject: secret\r\n" + plain(f"See below.\n{ENCRYPTED}Bye"))
    assert (message.subject, message.text) == ("secret", "See below.\nBye")
    assert "encrypted" in message.notes
    assert read(plain(ENCRYPTED)).text == ""


def test_a_quoted_armour_is_a_quotation():
    quoted = "\n".join(f"> {line}" for line in ENCRYPTED.split("\n"))
    assert pgp.without_armour(quoted) == (quoted, False)


def test_mail_that_is_encrypted_as_a_whole_is_recorded_with_its_headers():
    raw = b"Subject: secret\r\nTo: a@x.test\r\n" + container(
        "encrypted",
        b"Content-Type: application/pgp-encrypted\r\n\r\nVersion: 1",
        b"Content-Type: application/octet-stream; name=encrypted.asc\r\n\r\n" + ENCRYPTED.encode(),
    )
    message = read(raw)
    assert (message.subject, message.text) == ("secret", "")
    assert "encrypted" in message.notes
    assert [part.decoration for part in message.attachments] == [True, False]


def test_what_a_report_says_to_machines_is_no_file():
    raw = container(
        "report",
        plain("Could not be delivered."),
        b"Content-Type: message/delivery-status\r\n\r\nAction: failed",
        b"Content-Type: text/rfc822-headers\r\n\r\nSubject: x",
    )
    assert read(raw).attachments == ()
    assert len(read(raw.replace(b"/report", b"/mixed")).attachments) == 2


def test_a_mark_of_byte_order_is_no_part_of_the_text():
    assert read(plain("\ufeffこんにちは")).text == "こんにちは"


@pytest.mark.parametrize("encoding", ["quoted-printables", "Quoted_Printable", "quotedprintable"])
def test_quoted_printable_is_known_under_its_misspelled_names(encoding):
    head = f"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: {encoding}\r\n"
    assert read(head.encode() + b"\r\n=e8=a6=8b=\r\n=E7=A9=8D\r\n").text == "見積"


def test_a_page_that_names_utf_16_in_readable_bytes_is_utf_8():
    page = '<html><head><meta charset="utf-16"></head><body>見積です</body></html>'
    assert read(b"Content-Type: text/html\r\n\r\n" + page.encode()).text == "見積です"


def event(*properties: str) -> str:
    lines = ["BEGIN:VCALENDAR", "BEGIN:VEVENT", *properties, "END:VEVENT", "END:VCALENDAR"]
    return "\n".join(lines)


def test_the_last_of_whole_days_is_the_one_before_the_end():
    one = event("DTSTART;VALUE=DATE:20250303", "DTEND;VALUE=DATE:20250304")
    assert calendar.to_text(one) == "2025-03-03"
    two = event("DTSTART;VALUE=DATE:20250303", "DTEND;VALUE=DATE:20250305")
    assert calendar.to_text(two) == "2025-03-03 – 2025-03-04"
    assert calendar.to_text(event("DTSTART:20250303", "DTEND:00010101")).endswith("0001-01-01")


def test_a_description_in_html_is_read_as_text():
    html = event("SUMMARY:打ち合わせ", "DESCRIPTION:<b>議題</b><br>見積\\n納期")
    assert calendar.to_text(html) == "打ち合わせ\n\n議題\n見積\n納期"
    plain = event("SUMMARY:a", "DESCRIPTION:a < b\\, <mia@fjord.test>")
    assert calendar.to_text(plain) == "a\n\na < b, <mia@fjord.test>"
