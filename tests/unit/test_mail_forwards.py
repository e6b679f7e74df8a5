import html
import textwrap
from datetime import UTC, datetime
from email.message import EmailMessage

import pytest
from forwarded_layouts import LAYOUTS
from hypothesis import given
from hypothesis import strategies as st

from dropbox.mail import forwards, header_blocks, labels
from dropbox.mail.forwards import BAR
from dropbox.mail.label_tables import HEADER_LABELS
from dropbox.mail.message import Forwarded
from dropbox.mail.read import read

ORIGINAL = "Dear Leo,\nhere it is."


def mail(
    body: str, subject: str = "Fwd: Offer 17", *, as_html: bool = False, **headers: str
) -> bytes:
    built = EmailMessage()
    built["From"] = "kim@skog.test"
    built["To"] = "kim.abcdefghijklmnop@in.skog.test"
    built["Subject"] = subject
    for name, value in headers.items():
        built[name.replace("_", "-")] = value
    built.set_content(body, subtype="html" if as_html else "plain")
    return bytes(built)


def forwarded(body: str, subject: str = "Fwd: Offer 17", **how) -> Forwarded:
    (one,) = read(mail(body, subject, **how)).forwarded
    return one


def none_sure(body: str, subject: str, **how) -> bool:
    return all(one.confidence < BAR for one in read(mail(body, subject, **how)).forwarded)


@pytest.mark.parametrize(
    ("language", "program", "subject", "body", "date"),
    LAYOUTS,
    ids=[f"{language} {program}" for language, program, *_ in LAYOUTS],
)
def test_every_layout_is_read_alike(language, program, subject, body, date):
    one = forwarded(body, subject)
    assert one.confidence >= BAR
    assert (one.author.name, one.author.email) == ("Mia Lund", "mia@fjord.test")
    to = [] if program == "Yandex" else [("Leo Berg", "leo@skog.test")]
    assert [(box.name, box.email) for box in one.to] == to
    assert one.subject == "Offer 17"
    assert one.comment == "FYI"
    assert one.text == ORIGINAL
    wanted = datetime.fromisoformat(date.rstrip("Z")) if date else None
    assert one.sent_at == (wanted.replace(tzinfo=UTC) if date.endswith("Z") else wanted)


def says_so(body: str) -> bool:
    """Whether the program itself writes that it forwards, so that it cannot be an answer."""
    return "Forwarded" in body or any(
        labels.separator(line.strip("> ")) == "forward" for line in body.splitlines()
    )


SILENT = [layout for layout in LAYOUTS if not says_so(layout[3])]


@pytest.mark.parametrize("layout", SILENT, ids=[f"{one[0]} {one[1]}" for one in SILENT])
def test_the_same_block_below_an_answer_is_quotation(layout):
    assert read(mail(layout[3], "Re: Offer 17")).forwarded == ()


def test_at_least_the_languages_promised_are_among_the_layouts():
    promised = (
        "en ja de fr es pt pt-BR it nl sv no da fi pl cs sk hu ro ru uk hr et tr zh-CN zh-TW ko"
    )
    assert {layout[0] for layout in LAYOUTS} >= set(promised.split())


PAGES = {
    "Gmail": """<div dir="ltr">FYI<br><br><div class="gmail_quote"><div dir="ltr"
class="gmail_attr">---------- Forwarded message ---------<br>From: <strong
class="gmail_sendername" dir="auto">Mia Lund</strong> <span dir="auto">&lt;<a
href="mailto:mia@fjord.test">mia@fjord.test</a>&gt;</span><br>Date: Tue, Mar 5, 2024 at 2:03 PM<br>
Subject: Offer 17<br>To: Leo Berg &lt;<a href="mailto:leo@skog.test">leo@skog.test</a>&gt;<br>
</div><br><br><div>Dear Leo,<br>here it is.</div></div></div>""",
    "Outlook": """<div class="WordSection1"><p class="MsoNormal">FYI</p><p
class="MsoNormal">&nbsp;</p>
<div><div style="border:none;border-top:solid #E1E1E1 1.0pt"><p class="MsoNormal"><b>From:</b> Mia
Lund &lt;mia@fjord.test&gt; <br><b>Sent:</b> Tuesday, March 5, 2024 2:03 PM<br><b>To:</b> Leo Berg
&lt;leo@skog.test&gt;<br><b>Subject:</b> Offer 17</p></div></div><p class="MsoNormal">&nbsp;</p>
<p>Dear Leo,<br>here it is.</p></div>""",
    "Outlook on the web": """<div>FYI</div><div id="appendonsend"></div><hr tabindex="-1">
<div id="divRplyFwdMsg" dir="ltr"><font face="Calibri"><b>差出人:</b> Mia Lund
&lt;mia@fjord.test&gt;<br><b>送信日時:</b> 2024年3月5日 14:03<br><b>宛先:</b> Leo Berg
&lt;leo@skog.test&gt;<br><b>件名:</b> Offer 17</font><div>&nbsp;</div></div>
<div>Dear Leo,<br>here it is.</div>""",
    "Apple Mail": """<body>FYI<br><div><br><blockquote
type="cite"><div>Begin forwarded message:</div>
<br><div><span><b>From: </b></span><span>Mia Lund &lt;<a
href="mailto:mia@fjord.test">mia@fjord.test</a>&gt;<br></span></div><div><span><b>Subject:
</b></span><span><b>Offer 17</b><br></span></div><div><span><b>Date: </b></span><span>5 March 2024
at 14:03<br></span></div><div><span><b>To: </b></span><span>Leo Berg &lt;<a
href="mailto:leo@skog.test">leo@skog.test</a>&gt;<br></span></div><br><div>Dear Leo,<br>here it
is.</div></blockquote></div></body>""",
    "Thunderbird": """<p>FYI</p><div class="moz-forward-container"><br>
<br>-------- Forwarded Message
--------<table class="moz-email-headers-table"><tbody><tr><th
align="RIGHT">Subject: </th><td>Offer
17</td></tr><tr><th align="RIGHT">Date: </th><td>5 Mar 2024 14:03</td></tr><tr><th
align="RIGHT">From: </th><td>Mia Lund <a
href="mailto:mia@fjord.test">&lt;mia@fjord.test&gt;</a></td></tr><tr><th align="RIGHT">To:
</th><td>Leo Berg <a href="mailto:leo@skog.test">&lt;leo@skog.test&gt;</a></td></tr></tbody></table>
<br><br><div>Dear Leo,<br>here it is.</div></div>""",
    "Yahoo": """<div>FYI</div><div id="yahoo_quoted_1" class="yahoo_quoted"><div><div>-----
Forwarded Message -----</div><div><b>From:</b> "Mia Lund" &lt;mia@fjord.test&gt;</div><div>
<b>To:</b>
"Leo Berg" &lt;leo@skog.test&gt;</div><div><b>Sent:</b> Tuesday, March 5, 2024 at 02:03
PM</div><div><b>Subject:</b> Offer 17</div><div><br></div><div>Dear Leo,<br>here it
is.</div></div></div>""",
    "a table of paragraphs": """<p>FYI</p><table><tr><td><p><b>Von:</b></p></td><td><p>Mia Lund
&lt;mia@fjord.test&gt;</p></td></tr><tr><td><p><b>Gesendet:</b></p></td><td><p>Dienstag, 5.
M&auml;rz 2024 14:03</p></td></tr><tr><td><p><b>An:</b></p></td><td><p>Leo Berg
&lt;leo@skog.test&gt;</p></td></tr><tr><td><p><b>Betreff:</b></p></td><td><p>Offer
17</p></td></tr></table><p>Dear Leo,<br>here it is.</p>""",
}


@pytest.mark.parametrize("program", PAGES)
def test_a_forward_that_is_html_alone_is_read_like_text(program):
    one = forwarded(PAGES[program], "Fw: Offer 17", as_html=True)
    assert one.confidence >= BAR
    assert (one.author.name, one.author.email) == ("Mia Lund", "mia@fjord.test")
    assert [(box.name, box.email) for box in one.to] == [("Leo Berg", "leo@skog.test")]
    assert one.subject == "Offer 17"
    assert one.sent_at == datetime(2024, 3, 5, 14, 3)  # noqa: DTZ001
    assert one.comment == "FYI"
    assert one.text == ORIGINAL


def in_html(body: str, shape: str) -> str:
    """Return a plain body as a program that writes HTML alone would have it."""
    lines = [html.escape(line.removeprefix("> ").removeprefix(">")) for line in body.split("\n")]
    lines = [line or "&nbsp;" for line in lines]
    if shape == "breaks":
        return f"<html><body><div>{'<br>'.join(lines)}</div></body></html>"
    if shape == "divisions":
        return "".join(f"<div><span>{line}</span></div>" for line in lines)
    bold = [
        f"<b>{label}{colon}</b>{value}" if colon and len(label) < 20 else line
        for line in lines
        for label, colon, value in [line.partition(":")]
    ]
    return "<br>\n".join(f'<font face="Arial">{line}</font>' for line in bold)


@pytest.mark.parametrize("shape", ["breaks", "divisions", "bold labels"])
@pytest.mark.parametrize("layout", LAYOUTS, ids=[f"{one[0]} {one[1]}" for one in LAYOUTS])
def test_every_layout_is_read_alike_from_html(layout, shape):
    _, program, subject, body, date = layout
    one = forwarded(in_html(body, shape), subject, as_html=True)
    assert one.confidence >= BAR
    assert (one.author.name, one.author.email) == ("Mia Lund", "mia@fjord.test")
    assert one.subject == "Offer 17"
    assert one.comment == "FYI"
    assert one.text == ORIGINAL
    assert (one.sent_at.strftime("%Y-%m-%dT%H:%M") if one.sent_at else "") == date[:16]
    assert program == "Yandex" or [box.email for box in one.to] == ["leo@skog.test"]


STYLES = {
    "plain": "{label}: {value}",
    "emphasis": "*{label}:* {value}",
    "full-width colon": "{label}：{value}",
    "blank before the colon": "{label} : {value}",
    "quoted": "> {label}: {value}",
    "indented": "  {label}:\t{value}",
    "below": "{label}:\n{value}",
    "full-width quoted": "＞{label}: {value}",
    "table": "| {label}: | {value} |",
}
VALUES = {
    "from": "Mia Lund <mia@fjord.test>",
    "to": "Leo Berg <leo@skog.test>",
    "cc": "ada@skog.test",
    "date": "2024-03-05 14:03",
    "subject": "Offer 17",
}


@given(st.data())
def test_the_labels_of_every_language_are_known_in_any_order_and_style(data):
    table = HEADER_LABELS[data.draw(st.sampled_from(sorted(HEADER_LABELS)))]
    style = STYLES[data.draw(st.sampled_from(sorted(STYLES)))]
    names = data.draw(st.permutations(list(VALUES)))
    chosen = {name: data.draw(st.sampled_from(table[name].split("|"))) for name in names}
    rows = [style.format(label=chosen[name], value=VALUES[name]) for name in names]
    gap = style[0] if style[0] in ">＞" else ""
    one = forwarded("\n".join(["FYI", "", *rows, gap, "Dear Leo,", "here it is."]), "Fwd: x")
    assert one.author.email == "mia@fjord.test"
    assert [box.email for box in one.to + one.cc] == ["leo@skog.test", "ada@skog.test"]
    assert one.sent_at == datetime(2024, 3, 5, 14, 3)  # noqa: DTZ001
    assert one.subject == "Offer 17"
    assert one.text == ORIGINAL


def test_no_label_means_two_fields():
    meanings = {}
    for table in HEADER_LABELS.values():
        for name, listed in table.items():
            for label in listed.split("|"):
                meanings.setdefault(labels.normal(label), set()).add(name)
    assert {label: names for label, names in meanings.items() if len(names) > 1} == {}


OUTLOOK = """From: Mia Lund <mia@fjord.test>
Sent: Tuesday, March 5, 2024 2:03 PM
To: Leo Berg <leo@skog.test>
Subject: Offer 17

Dear Leo,
here it is.
"""
GMAIL = f"---------- Forwarded message ---------\n{OUTLOOK}"


@pytest.mark.parametrize(
    "line",
    [
        'On 3/15/24, 2:03 PM, "Mia Lund" <mia@fjord.test> wrote:',
        "On 15 Mar 2024, at 14:03, Mia Lund <mia@fjord.test> wrote:",
        "On Fri, Mar 15, 2024 at 2:03 PM Mia Lund <mia@fjord.test>\nwrote:",
        "On March 15, 2024 at 2:03 PM, Mia Lund (mia@fjord.test) wrote:",
        'Am 15.03.24, 14:03 schrieb "Mia Lund" <mia@fjord.test>:',
        "Am Fr., 15. März 2024 um 14:03 Uhr schrieb Mia Lund <mia@fjord.test>:",
        "Le 15/03/2024 14:03, « Mia Lund » <mia@fjord.test> a écrit :",
        'El 15/3/24, 14:03, "Mia Lund" <mia@fjord.test> escribió:',
        'Il giorno 15/03/24, 14:03 "Mia Lund" <mia@fjord.test> ha scritto:',
        "Op 15-03-2024 14:03 heeft Mia Lund <mia@fjord.test> geschreven:",
        'Em 15/03/2024 14:03, "Mia Lund" <mia@fjord.test> escreveu:',
        'Den 15.03.2024 14.03 skrev "Mia Lund" <mia@fjord.test>:',
        "Mia Lund <mia@fjord.test> skrev følgende den 15.03.2024 14:03:",
        "Mia Lund <mia@fjord.test> kirjoitti 15.3.2024 klo 14.03:",
        "Dnia 15.03.2024 14:03 „Mia Lund” <mia@fjord.test> napisał:",
        "Dne 15.03.2024 14:03, Mia Lund <mia@fjord.test> napsal(a):",
        "2024. 03. 15. 14:03 időpontban Mia Lund (<mia@fjord.test>) ezt írta:",
        '15.03.2024, 14:03, пользователь "Mia Lund" <mia@fjord.test> написал:',
        '"Mia Lund" <mia@fjord.test>, 15.03.2024 14:03 tarihinde şunu yazdı:',
        "2024年3月15日(金) 14:03 Mia Lund <mia@fjord.test>:",
        "2024/03/15 14:03、Mia Lund <mia@fjord.test>のメール:",
        "Piektd., 2024. g. 15. marts, 14:03 — lietotājs Mia Lund <mia@fjord.test>\nrakstīja:",
        "Missatge de Mia Lund <mia@fjord.test> del dia dv., 15 de març 2024 a les 14:03:",
        "Kontakt Mia Lund <mia@fjord.test> kirjutas kuupäeval R, 15. märts 2024 kell 14:03:",
        "Wiadomość napisana przez Mia Lund <mia@fjord.test> w dniu 15 mar 2024, o godz. 14:03:",
        "15 Mart 2024 14:03 Cuma tarihinde Mia Lund <mia@fjord.test> yazdı:",
        "في ١٥ مارس ٢٠٢٤، الساعة ٢:٠٣ م، كتب Mia Lund <mia@fjord.test>:",
        "في الجمعة، 15 مارس 2024 في 2:03 م تمت كتابة ما يلي بواسطة Mia Lund <\nmia@fjord.test>:",
        (
            "\u202bבתאריך 15 במרץ 2024 ב-14:03 מאת \u202aMia Lund\u202c\u200f "
            "<\u202amia@fjord.test\u202c\u200f>:\u202c"
        ),
        "Am Fr., 15. März 2024 um 14:03 Uhr schrieb Mia Lund <\nmia@fjord.test>:",
        "On Mar 15, 2024, at 14:03, Mia Lund <mia@fjord.test<mailto:mia@fjord.test>> wrote:",
        "* Mia Lund <mia@fjord.test> [2024-03-15 14:03]:",
        ">>> Mia Lund <mia@fjord.test> 15.03.2024 14:03 >>>",
        '>>> "Mia Lund" <mia@fjord.test> 3/15/2024 2:03 PM >>>',
        (
            ">>> On 3/15/2024 at 2:03 PM, in message <65F44A.1@gw.fjord.test>, Mia Lund\n"
            "<mia@fjord.test> wrote:"
        ),
        (
            ">>> Am 15.03.2024 um 14:03 schrieb Mia Lund <mia@fjord.test> in Nachricht\n"
            "<65F44A.1@gw.fjord.test>:"
        ),
        "Dnia 15 marca 2024 14:03 Mia Lund &lt;mia@fjord.test&gt; napisał(a):",
    ],
)
def test_a_forward_with_a_line_for_a_header_is_read_where_the_subject_says_forward(line):
    body = f"FYI\n\n{line}\n\n> Dear Leo,\n> here it is.\n"
    one = forwarded(body, "FW: Offer 17")
    assert one.confidence >= BAR
    assert (one.author.name, one.author.email) == ("Mia Lund", "mia@fjord.test")
    assert (one.subject, one.comment, one.text) == ("Offer 17", "FYI", ORIGINAL)
    if one.sent_at is not None:
        assert one.sent_at == datetime(2024, 3, 15, 14, 3)  # noqa: DTZ001
    assert read(mail(body, "Re: Offer 17")).forwarded == ()
    assert read(mail(body, "Offer 17")).forwarded == ()


def test_the_rule_with_which_kmail_ends_a_forward_is_no_text_of_the_original():
    header = OUTLOOK.split("\n\n", maxsplit=1)[0]
    for rule, kept in (("-" * 41, ""), ("--------", "\n--------")):
        body = f"----------  Forwarded Message  ----------\n\n{header}\n\n{ORIGINAL}\n{rule}\n"
        assert forwarded(body).text == ORIGINAL + kept
    assert forwarded(f"{GMAIL}\n{'-' * 41}\n").text.endswith("-" * 41)


def test_a_line_for_a_header_may_name_an_address_alone():
    one = forwarded("FYI\n\nOn 15 Mar 2024 14:03, mia@fjord.test wrote:\n\nDear Leo,\n", "FW: x")
    assert (one.author.email, one.author.name) == ("mia@fjord.test", "")


def test_a_line_for_a_header_below_one_in_an_unknown_language_is_not_sure():
    outer = (
        "Kimdan: Mia Lund <mia@fjord.test>\nSana: 15.03.2024 14:03\nKimga: Leo <leo@skog.test>\n"
        "Mavzu: Offer 17\n"
    )
    line = "On Mon, 4 Mar 2024 at 10:00, Ada Moe <ada@fjord.test> wrote:"
    for opener in ("", "---------- Forwarded message ---------\n"):
        assert none_sure(f"FYI\n\n{opener}{outer}\nSee below.\n\n{line}\n> old\n", "Fwd: x")


def test_a_header_without_from_takes_none_from_the_header_below_it():
    outer = "Sent: 15 March 2024 14:03\nTo: Leo Berg <leo@skog.test>\nSubject: FW: Offer 17\n"
    body = f"FYI\n\nAbsender war: Mia Lund\n{outer}\n{OUTLOOK.replace('mia@', 'ada@')}"
    assert none_sure(body, "FW: Offer 17")


def test_who_passed_a_mail_on_may_stand_above_who_wrote_it():
    header = f"Resent-From: Ada <ada@fjord.test>\n{OUTLOOK}"
    quoted = "".join(f"> {line}\n" for line in header.splitlines())
    one = forwarded(f"FYI\n\nBegin forwarded message:\n\n{quoted}")
    assert one.author.email == "mia@fjord.test"
    assert one.confidence >= BAR
    assert (one.comment, one.text) == ("FYI", ORIGINAL)


def test_a_line_between_dashes_says_what_it_is_in_persian_too():
    assert labels.separator("---------- پیام باز ارسال‌شده ---------") == "forward"
    assert labels.separator("----- Original E-Mail -----") == "original"


def test_a_line_of_group_wise_without_an_address_names_nobody():
    body = "FYI\n\n>>> Mia Lund 15.03.2024 14:03 >>>\nDear Leo,\nwrite to ada@fjord.test\n"
    one = forwarded(body, "Fwd: Offer 17")
    assert one.author is None
    assert one.confidence < BAR


def test_a_header_without_colons_that_is_not_understood_hides_no_inner_one():
    outer = (
        "------ Original Message ------\nFrom Mia Lund\nDate 5 Mar 2024 14:03\nSubject Offer 17\n"
    )
    one = forwarded(f"FYI\n\n{outer}\nSee below.\n\n{OUTLOOK.replace('mia@', 'ada@')}", "Fw: x")
    assert one.author is None
    assert one.confidence < BAR
    prose = "------ Original Message ------\nFrom here on\nDate palms\nare tall.\n"
    assert read(mail(f"FYI\n\n{prose}", "Palms")).forwarded == ()


def test_the_verb_of_the_line_says_whose_order_its_date_is_in_and_what_vs_means():
    day_first = datetime(2024, 5, 3, 14, 3)  # noqa: DTZ001
    for line in (
        'El 3/5/24, 14:03, "Mia Lund" <mia@fjord.test> escribió:',
        "Le 03/05/2024 14:03, « Mia Lund » <mia@fjord.test> a écrit :",
        'Il giorno 03/05/24, 14:03 "Mia Lund" <mia@fjord.test> ha scritto:',
    ):
        assert forwarded(f"FYI\n\n{line}\n\nDear Leo,\n", "FW: Offer 17").sent_at == day_first
    english = 'On 3/5/24, 2:03 PM, "Mia Lund" <mia@fjord.test> wrote:'
    assert forwarded(f"FYI\n\n{english}\n\nDear Leo,\n", "FW: Offer 17").sent_at is None
    danish = 'Den 03.05.2024 14.03 skrev "Mia Lund" <mia@fjord.test>:'
    one = forwarded(f"FYI\n\n{danish}\n\nDear Leo,\n", "VS: Offer 17")
    assert (one.author.email, one.subject) == ("mia@fjord.test", "Offer 17")
    finnish = "Mia Lund <mia@fjord.test> kirjoitti 3.5.2024 klo 14.03:"
    assert read(mail(f"Kiitos\n\n{finnish}\n\nDear Leo,\n", "VS: Offer 17")).forwarded == ()


def test_a_line_for_a_header_above_another_forward_is_not_sure():
    body = f"See below.\n\nOn 5 March 2024, Ada Moe <ada@fjord.test> wrote:\n\nHi\n\n{GMAIL}"
    assert none_sure(body, "Fwd: Offer 17")
    assert read(mail(body, "Fwd: Offer 17")).forwarded


def test_vs_forwards_in_danish_and_norwegian_and_answers_in_finnish():
    layouts = {layout[0]: layout[3] for layout in LAYOUTS if layout[1] == "Outlook"}
    for language in ("da", "no"):
        one = forwarded(layouts[language], "VS: Offer 17", References="<1@fjord.test>")
        assert one.confidence >= BAR
    assert read(mail(layouts["fi"], "VS: Offer 17")).forwarded == ()


def test_the_header_that_a_bounce_returns_is_no_forward():
    returned = (
        "Return-Path: <mia@fjord.test>\nReceived: from x by y; Tue, 5 Mar 2024 14:03:00 +0100\n"
        "From: Mia Lund <mia@fjord.test>\nTo: leo@skog.test\nSubject: Offer 17\n"
        "Date: Tue, 5 Mar 2024 14:03:00 +0100\nMIME-Version: 1.0\n\nDear Leo,\n"
    )
    body = f"Sorry, this could not be delivered.\n\n--- Below is a copy.\n\n{returned}"
    assert read(mail(body, "failure notice")).forwarded == ()


def test_a_header_on_one_line_is_split_at_its_labels():
    header = " ".join(OUTLOOK.split("\n\n", maxsplit=1)[0].splitlines())
    one = forwarded(f"FYI\n\n{header}\n\nDear Leo,\nhere it is.\n", "FW: Offer 17")
    assert one.author.email == "mia@fjord.test"
    assert one.sent_at == datetime(2024, 3, 5, 14, 3)  # noqa: DTZ001
    assert [box.email for box in one.to] == ["leo@skog.test"]
    assert (one.subject, one.text) == ("Offer 17", ORIGINAL)


def test_more_people_than_are_read_are_noted():
    people = ", ".join(f"p{number}@skog.test" for number in range(1_001))
    message = read(mail(GMAIL.replace("Leo Berg <leo@skog.test>", people)))
    assert len(message.forwarded[0].to) == 1_000
    assert "addresses_capped" in message.notes


def test_who_writes_on_behalf_of_an_address_of_their_own_house_is_the_author():
    sender = "Mia Lund <mia@fjord.test> on behalf of tickets@fjord.test"
    one = forwarded(GMAIL.replace("Mia Lund <mia@fjord.test>", sender))
    assert one.author.email == "mia@fjord.test"
    assert one.confidence >= BAR


def test_a_form_with_a_recipient_but_no_date_is_no_forward():
    body = "From: Mia <mia@fjord.test>\nTo: sales@skog.test\nSubject: Question\n\nHow much is it?"
    assert read(mail(body, "New message from your site")).forwarded == ()


def test_an_answer_has_words_above_what_it_quotes():
    refers = {"In_Reply_To": "<1@fjord.test>"}
    assert not none_sure(f"-----Original Message-----\n{OUTLOOK}", "Offer 17", **refers)
    assert none_sure(f"Yes.\n\n-----Original Message-----\n{OUTLOOK}", "Offer 17", **refers)


def test_a_forward_below_quoted_lines_belongs_to_the_quotation():
    quoted = "".join(f"> {line}\n" for line in f"See below.\n\n{GMAIL}".splitlines())
    assert none_sure(quoted, "Fwd: Offer 17")


def test_folded_values_are_joined_with_or_without_a_sign_that_they_go_on():
    folded = OUTLOOK.replace("Subject: Offer 17", "Subject: Offer\n17")
    folded = folded.replace("To: Leo Berg <leo@skog.test>\n", "").replace(
        "\n\nDear", "\nTo: Leo Berg <leo@skog.test>,\nAda Moe\n\nDear"
    )
    one = forwarded(f"FYI\n\n{folded}", "FW: Offer 17")
    assert (one.subject, one.text) == ("Offer 17", ORIGINAL)
    assert [box.email for box in one.to] == ["leo@skog.test"]


@pytest.mark.parametrize("wrapped", [40, 60, 78])
def test_a_list_that_was_wrapped_like_prose_is_read_whole(wrapped):
    people = [f"Person Number {number} <p{number}@skog.test>" for number in range(30)]
    for joint in (", ", "; "):
        lines = "\n".join(textwrap.wrap(f"To: {joint.join(people)}", wrapped))
        one = forwarded(OUTLOOK.replace("To: Leo Berg <leo@skog.test>", lines), "FW: Offer 17")
        assert [box.email for box in one.to] == [f"p{number}@skog.test" for number in range(30)]
        assert (one.subject, one.text) == ("Offer 17", ORIGINAL)
        last = GMAIL.replace("To: Leo Berg <leo@skog.test>\n", "").replace(
            "\n\nDear", f"\n{lines}\n\nDear"
        )
        assert len(forwarded(last).to) == 30
        assert forwarded(last).text == ORIGINAL


def test_a_text_right_below_a_list_is_no_more_of_it():
    below = "Leo, ask Ada. She is at <ada@skog.test>, but not today."
    head = "From: Mia Lund <mia@fjord.test>\nDate: 2024-03-05 14:03\nSubject: Offer 17\n"
    one = forwarded(f"---------- Forwarded message ---------\n{head}To: Leo, Ada\n{below}")
    assert (one.to, one.text) == ((), below)


@pytest.mark.parametrize("rule", ["━━━━━━━━", "________________", "--------------------"])
def test_the_second_rule_of_a_signature_right_above_the_header_stays_comment(rule):
    signature = f"{rule}\n北野 花\n営業部\n{rule}"
    one = forwarded(f"FYI\n\n{signature}\n\n{OUTLOOK}", "FW: Offer 17")
    assert one.comment == f"FYI\n\n{signature}"
    assert forwarded(f"FYI\n\n{rule}\n{OUTLOOK}", "FW: Offer 17").comment == "FYI"


def test_the_line_with_which_apple_mail_quotes_is_known_in_whatever_language():
    quoted = "".join(f"> {line}\n" for line in ["Anza ujumbe:", "", *OUTLOOK.splitlines()])
    one = forwarded(f"FYI\n\n{quoted}", "Fwd: Offer 17")
    assert one.confidence >= BAR
    assert (one.comment, one.text) == ("FYI", ORIGINAL)


def test_what_is_quoted_below_somebodys_name_in_an_answer_is_no_forward():
    quoted = "".join(f"> {line}\n" for line in ["Ada Moe wrote:", "", *OUTLOOK.splitlines()])
    assert read(mail(f"Yes.\n\n{quoted}", "Re: Offer 17")).forwarded == ()
    assert none_sure(f"Yes.\n\n{quoted}", "Offer 17", In_Reply_To="<1@fjord.test>")
    quoted = quoted.replace("Ada Moe wrote:", "please look at this:")
    assert read(mail(f"Yes.\n\n{quoted}", "Re: Offer 17")).forwarded == ()


def test_a_forward_of_nothing_but_a_forward_keeps_the_inner_separator():
    nested = GMAIL.replace("Mia", "Ada").replace("mia@", "ada@")
    one = forwarded(GMAIL.replace(ORIGINAL, f"\n{nested}"))
    assert one.text.startswith("---------- Forwarded message ---------\nFrom: Ada Lund")


def test_the_rule_of_a_signature_above_the_separator_stays_comment():
    body = f"FYI\n━━━━━━━━\n北野 花\n━━━━━━━━\n\n-----Original Message-----\n{OUTLOOK}"
    assert forwarded(body, "FW: Offer 17").comment.endswith("北野 花\n━━━━━━━━")


def test_labels_in_the_original_are_its_text():
    body = OUTLOOK.replace(ORIGINAL, "Cc: nobody\nReply-To: nobody")
    assert forwarded(body, "FW: Offer 17").text == "Cc: nobody\nReply-To: nobody"
    header = " ".join(OUTLOOK.split("\n\n", maxsplit=1)[0].splitlines())
    assert forwarded(f"{header} Cc: none\n\nx", "FW: x").subject == "Offer 17 Cc: none"


def test_what_the_original_forwards_itself_stays_in_its_text():
    nested = GMAIL.replace("Mia", "Ada").replace("mia@", "ada@")
    one = forwarded(f"{GMAIL}\n{nested}")
    assert one.author.email == "mia@fjord.test"
    assert "From: Ada Lund <ada@fjord.test>" in one.text


@pytest.mark.parametrize("opened", ["[]", "［］", "()", "（）", "【】"])
@pytest.mark.parametrize("word", ["Fwd", "転送"])
def test_a_prefix_may_stand_in_any_brackets(opened, word):
    assert labels.prefix(f"{opened[0]}{word}{opened[1]} 見積") == "forward"


def test_a_block_in_an_answer_without_a_prefix_is_not_sure():
    assert none_sure(f"Yes.\n\n{OUTLOOK}", "Offer 17", In_Reply_To="<1@fjord.test>")
    assert not none_sure(f"Yes.\n\n{OUTLOOK}", "Offer 17")
    assert not none_sure(f"Yes.\n\n{OUTLOOK}", "FW: Offer 17", References="<1@fjord.test>")


def test_a_forward_within_what_an_answer_quotes_is_quotation():
    quoted = "".join(f"> {line}\n" for line in GMAIL.splitlines())
    body = f"Thanks!\n\nOn 6 March 2024 at 9:00, Ada Moe <ada@fjord.test> wrote:\n\n{quoted}"
    assert read(mail(body, "Re: Fwd: Offer 17")).forwarded == ()
    assert none_sure(body, "Fwd: Offer 17")


@pytest.mark.parametrize(
    "sender",
    [
        "Mia Lund",
        "Lund, Mia",
        "",
        "/O=FJORD/OU=EXCHANGE/CN=RECIPIENTS/CN=MIA",
        "Mia Lund [/O=FJORD/OU=FIRST/CN=RECIPIENTS/CN=MIA]",
        "Mia Lund <IMCEAEX-_O=FJORD_CN=MIA@fjord.test>",
        "mia@fjord.test, ada@fjord.test",
        "mia@fjord.test <ada@strange.test>",
        "Mia <mia@fjord.test> on behalf of Ada <ada@strange.test>",
        "ask mia@fjord.test about it",
        "Mia Lund <mia@fjord.test> and others",
    ],
)
def test_a_sender_who_is_not_clearly_one_address_is_below_the_bar(sender):
    body = GMAIL.replace("Mia Lund <mia@fjord.test>", sender)
    assert none_sure(body, "Fwd: Offer 17")
    assert read(mail(body)).forwarded


@pytest.mark.parametrize(
    ("sender", "name"),
    [
        ("mia@fjord.test", ""),
        ("<mia@fjord.test>", ""),
        ("mia@fjord.test <mia@fjord.test>", ""),
        ("mia@fjord.test<mailto:mia@fjord.test>", ""),
        ("'mia@fjord.test' <mia@fjord.test>", ""),
        ('"Lund, Mia" <mia@fjord.test>', "Lund, Mia"),
        ("Lund, Mia <mia@fjord.test>", "Lund, Mia"),
        ("Lund, Mia (Sales) <mia@fjord.test>", "Lund, Mia (Sales)"),
        ("Mia Lund [mailto:mia@fjord.test]", "Mia Lund"),
        ("Mia Lund (mia@fjord.test)", "Mia Lund"),
        ("Mia Lund<mia@fjord.test>", "Mia Lund"),
        ("Mia Lund<mailto:mia@fjord.test>", "Mia Lund"),
        ("Mia Lund <mia@fjord.test<mailto:mia@fjord.test>>", "Mia Lund"),
        ("Mia Lund <Mia@Fjord.test>;", "Mia Lund"),
        ("*Mia Lund* <mia@fjord.test>", "Mia Lund"),
        ("Mia Lund [SMTP:mia@fjord.test]", "Mia Lund"),
        ("Mia Lund <[mia@fjord.test](mailto:mia@fjord.test)>", "Mia Lund"),
        ("Mia Lund <<mia@fjord.test>>", "Mia Lund"),
        ("Mia\xa0Lund <mia@fjord.test>", "Mia Lund"),
        ("mia@fjord.test (Mia Lund)", "Mia Lund"),
        ("湖 美亜様 <mia@fjord.test>", "湖 美亜様"),
        ("株式会社フィヨルド：湖 <mia@fjord.test>", "株式会社フィヨルド：湖"),
    ],
)
def test_a_sender_is_read_as_programs_show_one(sender, name):
    one = forwarded(GMAIL.replace("Mia Lund <mia@fjord.test>", sender))
    assert one.author is not None
    assert (one.author.email, one.author.name) == ("mia@fjord.test", name)
    assert one.confidence >= BAR


def test_lists_are_read_with_commas_in_names_and_semicolons_between_them():
    to = "Berg, Leo <leo@skog.test>; Moe, Ada <ada@skog.test<mailto:ada@skog.test>>; pia@skog.test"
    one = forwarded(GMAIL.replace("Leo Berg <leo@skog.test>", to))
    assert [(box.name, box.email) for box in one.to] == [
        ("Berg, Leo", "leo@skog.test"),
        ("Moe, Ada", "ada@skog.test"),
        ("", "pia@skog.test"),
    ]


def test_a_to_of_550_people_is_read_whole_folded_or_not():
    people = [f"Person {number} <p{number}@skog.test>" for number in range(550)]
    for joint in (", ", ",\n ", ",\n", "; ", ";\n"):
        one = forwarded(GMAIL.replace("Leo Berg <leo@skog.test>", joint.join(people)))
        assert [box.email for box in one.to] == [f"p{number}@skog.test" for number in range(550)]
        assert one.subject == "Offer 17"
        assert one.text == ORIGINAL


def test_a_reply_to_in_the_block_is_kept_beside_the_sender():
    body = GMAIL.replace("Subject:", "Reply-To: Ada Moe <ada@strange.test>\nSubject:")
    one = forwarded(body)
    assert one.author.email == "mia@fjord.test"
    assert [box.email for box in one.reply_to] == ["ada@strange.test"]
    body = GMAIL.replace("Subject:", "X-Original-From: Ada Moe <ada@strange.test>\nSubject:")
    assert [box.email for box in forwarded(body).reply_to] == ["ada@strange.test"]


def test_what_a_web_form_sends_is_no_forward():
    body = "From: Mia Lund <mia@fjord.test>\nSubject: Question\nPhone: 12345\n\nHow much is it?\n"
    assert read(mail(body, "New message from your site")).forwarded == ()


@pytest.mark.parametrize(
    "body",
    [
        "From: Oslo\nTo: Rome\nDate: 5 March 2024\nSubject: my trip\n",
        "日時：2024年3月5日 14:03\n宛先：各位\n件名：会議\n送信者：総務部\n\n会議室は三階です。",
    ],
)
def test_a_list_of_labels_without_an_address_is_no_forward(body):
    assert read(mail(body, "Tomorrow")).forwarded == ()


def test_a_web_form_that_was_forwarded_is_read_from_the_header_above_it():
    form = OUTLOOK.replace(ORIGINAL, "From: ada@strange.test\nSubject: Question\nTo: nobody")
    one = forwarded(form, "FW: Offer 17")
    assert one.author.email == "mia@fjord.test"
    assert one.text.startswith("From: ada@strange.test")


def test_an_outer_header_in_an_unknown_language_costs_the_certainty():
    outer = (
        "Ig: Ada Moe <ada@strange.test>\nDika: 6 Marti 2024 9:00\nKwa: Leo <leo@skog.test>\n"
        "Isi: Offer 17\n\n"
    )
    assert none_sure(f"{outer}{OUTLOOK}", "Fwd: Offer 17")
    assert none_sure(f"----- Forwarded thing -----\nAda Moe, 6 March\n\n{OUTLOOK}", "Fwd: Offer 17")


def test_a_signature_above_the_block_does_not_cost_the_certainty():
    signature = "Leo Berg\nTel: 03-1234-5678\nFax: 03-1234-5679\nMail: leo@skog.test\n\n"
    one = forwarded(f"FYI\n\n{signature}{OUTLOOK}", "FW: Offer 17")
    assert one.confidence >= BAR
    assert one.comment.endswith("Mail: leo@skog.test")


def test_a_comment_that_speaks_of_forwarding_stays_comment():
    one = forwarded(f"以下、転送します：\n\n{OUTLOOK}", "転送: Offer 17")
    assert one.comment == "以下、転送します："
    assert one.author.email == "mia@fjord.test"


def test_a_mail_that_says_it_was_forwarded_but_cannot_be_read_is_offered_without_an_author():
    (one,) = read(mail("FYI\n\n> Dear Leo,\n> here it is.\n", "Fwd: Offer 17")).forwarded
    assert one.author is None
    assert one.confidence < BAR
    assert one.comment == "FYI"
    assert read(mail("The file is attached.", "Fwd: Offer 17")).forwarded == ()


def original(number: int = 1) -> EmailMessage:
    built = EmailMessage()
    built["From"] = f"Mia Lund <mia{number}@fjord.test>"
    built["To"] = "leo@skog.test"
    built["Cc"] = "ada@skog.test"
    built["Reply-To"] = "desk@fjord.test"
    built["Subject"] = f"Offer {number}"
    built["Date"] = "Tue, 5 Mar 2024 14:03:12 +0100"
    built["Message-ID"] = f"<{number}@fjord.test>"
    built.set_content("Dear Leo,\nhere it is.\n")
    return built


def carrying(
    *originals: EmailMessage, subject: str = "Fwd: two", text: str = "FYI"
) -> EmailMessage:
    built = EmailMessage()
    built["From"] = "kim@skog.test"
    built["Subject"] = subject
    built.set_content(text)
    for one in originals:
        built.add_attachment(one)
    return built


def test_attached_mail_is_read_in_full_each_a_forward_of_its_own():
    first, second = read(bytes(carrying(original(1), original(2)))).forwarded
    assert [one.path for one in (first, second)] == ["2", "3"]
    assert first.author.email == "mia1@fjord.test"
    assert [box.email for box in first.to + first.cc] == ["leo@skog.test", "ada@skog.test"]
    assert [box.email for box in first.reply_to] == ["desk@fjord.test"]
    assert (first.subject, second.subject) == ("Offer 1", "Offer 2")
    assert first.sent_at == datetime(2024, 3, 5, 13, 3, 12, tzinfo=UTC)
    assert first.text == ORIGINAL
    assert first.comment == "FYI"
    assert first.confidence == 1.0
    assert first.message.rfc_message_id == "1@fjord.test"


def test_the_comment_on_attached_mail_is_what_was_newly_written():
    text = "Please take over.\n\n-- \nKim\n\nOn 5 March 2024, Ada <ada@skog.test> wrote:\n> old\n"
    (one,) = read(bytes(carrying(original(), text=text))).forwarded
    assert one.comment == "Please take over."


@pytest.mark.parametrize(("kind", "name"), [("octet-stream", "offer.eml"), ("eml", "Offer.EML")])
def test_an_eml_file_is_attached_mail_if_it_looks_like_one(kind, name):
    built = carrying()
    built.add_attachment(bytes(original()), maintype="application", subtype=kind, filename=name)
    (one,) = read(bytes(built)).forwarded
    assert one.author.email == "mia1@fjord.test"
    built = carrying()
    built.add_attachment(b"no mail", maintype="application", subtype=kind, filename=name)
    assert read(bytes(built)).forwarded == ()


def test_every_mail_of_a_digest_is_a_forward():
    raw = b"Subject: d\nContent-Type: multipart/digest; boundary=b\n\n"
    raw += (
        b"".join(b"--b\n\n" + bytes(original(number)) + b"\n" for number in (1, 2, 3)) + b"--b--\n"
    )
    assert [one.subject for one in read(raw).forwarded] == ["Offer 1", "Offer 2", "Offer 3"]


def test_what_a_delivery_report_returns_is_no_forward():
    raw = b"Subject: Undelivered\nContent-Type: multipart/report; boundary=b;"
    raw += b" report-type=delivery-status\n\n--b\n\nSorry.\n--b\nContent-Type: message/"
    raw += b"delivery-status\n\nReporting-MTA: dns; x\n\nAction: failed\n\n--b\n"
    raw += b"Content-Type: message/rfc822\n\n" + bytes(original()) + b"\n--b--\n"
    assert read(raw).forwarded == ()


def test_mail_attached_to_what_is_forwarded_in_the_body_belongs_to_the_original():
    (one,) = read(bytes(carrying(original(), text=f"FYI\n\n{GMAIL}"))).forwarded
    assert (one.author.email, one.path) == ("mia@fjord.test", "")


def test_an_attached_original_with_two_from_headers_has_no_author():
    raw = bytes(carrying(original())).replace(b"Cc: ada", b"From: ada")
    (one,) = read(raw).forwarded
    assert one.author is None
    assert one.confidence < BAR


def test_mail_attached_to_attached_mail_is_read_three_deep_and_no_deeper():
    built = original()
    for number in range(2, 7):
        built = carrying(built, subject=f"level {number}")
    message, depth = read(bytes(built)), 0
    while message.forwarded:
        message, depth = message.forwarded[0].message, depth + 1
    assert depth == forwards.MAX_DEPTH


def test_more_attached_mails_than_are_read_are_noted():
    built = carrying(*(original(number) for number in range(forwards.MAX_ATTACHED + 1)))
    message = read(bytes(built))
    assert len(message.forwarded) == forwards.MAX_ATTACHED
    assert "forwards_capped" in message.notes


pieces = st.sampled_from([
    "From: ", "To: ", "差出人：", "Date: ", "Subject: ", "件名: ", "mia@fjord.test", "<", ">", "> ",
    "\n", "\n\n", " ", "----- Forwarded Message -----", "-----Original Message-----", ",", ";", "@",
    "____________", "2024年3月5日 14:03", "Tue, 5 Mar 2024", "令和", "wrote:", "<mailto:a@b.test>",
    "[mailto:a@b.test]", "Fwd: ", "*", "\ufeff", "\u3000", "İ", "Cc: ", "Re: ", ":", "：",
])  # fmt: skip
bodies = st.lists(pieces | st.text(max_size=5), max_size=60).map("".join)


@given(bodies, st.sampled_from(["", "Fwd: x", "Re: x", "x"]), st.booleans())
def test_any_body_is_read_without_raising_and_into_clean_values(body, subject, answers):
    one, _ = forwards.inline(body, subject, answers=answers)
    if one is None:
        return
    assert 0.0 <= one.confidence <= 1.0
    assert one.author is not None or one.confidence < BAR
    assert len(one.text) <= len(body)
    assert one.comment == "" or one.comment.split("\n")[0].strip() in body
    assert all("@" in box.email and "\n" not in box.name for box in one.to + one.cc)
    assert "\n" not in one.subject + one.from_text


@given(bodies)
def test_a_header_that_is_found_lies_within_the_lines(body):
    lines = body.split("\n")
    block = header_blocks.find(lines)
    if block is not None:
        assert 0 <= block.begin <= block.first < block.end <= len(lines)


@given(st.text(max_size=300))
def test_any_line_is_looked_up_without_raising(line):
    labels.field(line)
    labels.separator(line)
    labels.prefix(line)


class Counted(list):
    """Lines that count how often they are looked at."""

    looks = 0

    def __getitem__(self, at):
        Counted.looks += 1
        return super().__getitem__(at)


@pytest.mark.parametrize(
    "line",
    [
        "From:", "From: a", "From: mia@fjord.test", "", ">", "> > >", "To:", "x", "Subject: x", ":",
        "---------- Forwarded message ---------", "________________________________", "Cc: a,",
        "--- Forwarded Message --- From: a To: b", "On 5 March 2024 somebody wrote:",
    ],
)  # fmt: skip
def test_the_work_grows_with_the_lines_and_no_faster(line):
    looks = []
    for size in (500, 1_000):
        Counted.looks = 0
        header_blocks.find(Counted([line] * size))
        looks.append(Counted.looks)
    assert looks[1] <= 2.2 * looks[0] + 50
    assert looks[1] <= 12 * 1_000


EM_CLIENT = """FYI

------ 転送されたメッセージ ------
差出人 "Mia Lund" <mia@fjord.test>
宛先 "Leo Berg" <leo@skog.test>
日付 2024/03/05 14:03:12
件名 Offer 17

Dear Leo,
here it is."""
MAIL_DEALER = """FYI

-------------------- 元のメール --------------------
■差出人：Mia Lund <mia@fjord.test>
【宛先】：Leo Berg <leo@skog.test>
■日時：R6.3.5 14:03:12
■件名：Offer 17

Dear Leo,
here it is."""
BECKY = """FYI

Forwarded by Leo Berg <leo@skog.test>
---------------- Original message follows ----------------
 From: mia@fjord.test (Mia Lund)
 To: leo@skog.test (Leo Berg)
 Date: 2024/03/05 14:03:12
 Subject: Offer 17
--

Dear Leo,
here it is."""


@pytest.mark.parametrize("body", [EM_CLIENT, MAIL_DEALER, BECKY], ids=["eM", "Dealer", "Becky!"])
def test_japanese_programs_are_read_whatever_they_draw_around_their_labels(body):
    one = forwarded(body)
    assert one.confidence >= BAR
    assert (one.author.name, one.author.email) == ("Mia Lund", "mia@fjord.test")
    assert [(box.name, box.email) for box in one.to] == [("Leo Berg", "leo@skog.test")]
    assert one.sent_at == datetime.fromisoformat("2024-03-05T14:03:12")
    assert (one.subject, one.comment, one.text) == ("Offer 17", "FYI", ORIGINAL)


def test_words_below_dashes_that_are_labels_by_chance_are_no_header():
    text = "---- Original Message ----\nFrom here on\nTo all of you\nDate of it\n\nBest"
    one, _ = forwards.inline(text, "Fwd: x", answers=False)
    assert one is None or (one.author is None and one.confidence < BAR)
