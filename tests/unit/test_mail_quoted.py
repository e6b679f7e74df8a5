"""The newly written text, in the layouts of many clients and languages. All text is invented."""

from __future__ import annotations

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from dropbox.mail import attributions, openings, quoted

ANSWER = "Thank you.\n\nThat works for us."
QUOTE = "> Could we meet on Friday?\n>\n> Kind regards\n> Taro"


def reply_of(text: str) -> str:
    reply = quoted.read(text)
    assert 0 <= reply.start <= reply.end <= len(text)
    return text[reply.start : reply.end]


ATTRIBUTIONS = [
    # Gmail, by language
    "On Tue, Mar 5, 2024 at 2:03 PM Taro Yamada <taro@shop.example> wrote:",
    "On Tue, Mar 5, 2024 at 2:03 PM Taro Yamada <\ntaro@shop.example> wrote:",
    ("On Tue, 5 Mar 2024 at 14:03, Taro Yamada via Sales Team of the Example Shop\n"
    "<taro@shop.example> wrote:"),
    "2024年3月5日(火) 14:03 山田 太郎 <taro@shop.example>:",
    "2024年3月5日(火) 午後2:03 山田 太郎\n<taro@shop.example>:",
    "2024年3月5日火曜日、山田 太郎<taro@shop.example>さんは書きました:",
    "Am Di., 5. März 2024 um 14:03 Uhr schrieb Taro Yamada <taro@shop.example>:",
    "Am Di., 5. März 2024 um 14:03 Uhr schrieb Taro Yamada <\ntaro@shop.example>:",
    "Le mar. 5 mars 2024 à 14:03, Taro Yamada <taro@shop.example> a écrit :",
    "Le mar. 5 mars 2024 à 14:03, Taro Yamada <taro@shop.example> a\nécrit :",
    "El mar, 5 mar 2024 a las 14:03, Taro Yamada (<taro@shop.example>) escribió:",
    "Em ter., 5 de mar. de 2024 às 14:03, Taro Yamada <taro@shop.example>\nescreveu:",
    "Taro Yamada <taro@shop.example> escreveu (terça, 5/03/2024 à(s) 14:03):",
    "Il giorno mar 5 mar 2024 alle ore 14:03 Taro Yamada <taro@shop.example> ha\nscritto:",
    "Op di 5 mrt 2024 om 14:03 schreef Taro Yamada <taro@shop.example>:",
    "Den tis 5 mars 2024 kl 14:03 skrev Taro Yamada <taro@shop.example>:",
    "tir. 5. mars 2024 kl. 14:03 skrev Taro Yamada <taro@shop.example>:",
    "Den tirs. 5. mar. 2024 kl. 14.03 skrev Taro Yamada <taro@shop.example>:",
    "ti 5. maalisk. 2024 klo 14.03 Taro Yamada (taro@shop.example) kirjoitti:",
    "wt., 5 mar 2024 o 14:03 Taro Yamada <taro@shop.example> napisał(a):",
    "út 5. 3. 2024 v 14:03 odesílatel Taro Yamada <taro@shop.example> napsal:",
    "ut 5. 3. 2024 o 14:03 Taro Yamada <taro@shop.example> napísal(a):",
    "Taro Yamada <taro@shop.example> ezt írta (időpont: 2024. márc. 5., K,\n14:03):",
    "În mar., 5 mar. 2024 la 14:03, Taro Yamada <taro@shop.example> a scris:",
    "вт, 5 мар. 2024 г. в 14:03, Taro Yamada <taro@shop.example>:",
    "вт, 5 бер. 2024 р. о 14:03 Taro Yamada <taro@shop.example> пише:",
    "uto, 5. ožu 2024. u 14:03 Taro Yamada <taro@shop.example> napisao je:",
    "Kontakt Taro Yamada (<taro@shop.example>) kirjutas kuupäeval T, 5. märts\n2024 kell 14:03:",
    "Taro Yamada <taro@shop.example>, 5 Mar 2024 Sal, 14:03 tarihinde şunu yazdı:",
    "Taro Yamada <taro@shop.example>, 5 Mar 2024 Sal, 14:03\ntarihinde şunu yazdı:",
    "Taro Yamada <taro@shop.example> 于2024年3月5日周二 14:03写道：",
    "Taro Yamada <taro@shop.example> 於 2024年3月5日 週二 下午2:03寫道：",
    "2024년 3월 5일 (화) 오후 2:03, Taro Yamada <taro@shop.example>님이 작성:",
    # Apple Mail, iOS
    "On Mar 5, 2024, at 14:03, Taro Yamada <taro@shop.example> wrote:",
    "On 5 Mar 2024, at 2:03 PM, Taro Yamada wrote:",
    "2024/03/05 14:03、山田 太郎 <taro@shop.example>のメール:",
    "2024/03/05 午後2:03、Taro Yamada <taro@shop.example>のメール：",
    "Am 05.03.2024 um 14:03 schrieb Taro Yamada <taro@shop.example>:",
    "Le 5 mars 2024 à 14:03, Taro Yamada <taro@shop.example> a écrit :",
    "El 5 mar 2024, a las 14:03, Taro Yamada <taro@shop.example> escribió:",
    "No dia 05/03/2024, às 14:03, Taro Yamada <taro@shop.example> escreveu:",
    "Il giorno 5 mar 2024, alle ore 14:03, Taro Yamada <taro@shop.example> ha scritto:",
    "Op 5 mrt. 2024 om 14:03 heeft Taro Yamada <taro@shop.example> het volgende geschreven:",
    "5 mars 2024 kl. 14:03 skrev Taro Yamada <taro@shop.example>:",
    "Den 5. mar. 2024 kl. 14.03 skrev Taro Yamada <taro@shop.example>:",
    "Taro Yamada <taro@shop.example> kirjoitti 5.3.2024 kello 14.03:",
    "W dniu 5.03.2024 o 14:03, Taro Yamada pisze:",
    "Wiadomość napisana przez Taro Yamada <taro@shop.example> w dniu 05.03.2024, o godz. 14:03:",
    "5. 3. 2024 v 14:03, Taro Yamada <taro@shop.example>:",
    "5 мар. 2024 г., в 14:03, Taro Yamada <taro@shop.example> написал(а):",
    "5 бер. 2024 р. о 14:03 Taro Yamada <taro@shop.example> написав(ла):",
    "Taro Yamada <taro@shop.example> şunları yazdı (5 Mar 2024 14:03):",
    "2024年3月5日 14:03，Taro Yamada <taro@shop.example> 写道：",
    "Taro Yamada <taro@shop.example> 於 2024年3月5日 下午2:03 寫道：",
    "2024. 3. 5. 오후 2:03, Taro Yamada <taro@shop.example> 작성:",
    # Thunderbird
    "On 2024/03/05 14:03, 山田 太郎 wrote:",
    "(2024/03/05 14:03), 山田 太郎 wrote:",
    "2024/03/05 14:03、山田 太郎 さんは書きました:",
    "Am 05.03.24 um 14:03 schrieb Taro Yamada:",
    "Le 05/03/2024 à 14:03, Taro Yamada a écrit :",
    "El 5/3/24 a las 14:03, Taro Yamada escribió:",
    "Em 05/03/2024 14:03, Taro Yamada escreveu:",
    "Il 05/03/2024 14:03, Taro Yamada ha scritto:",
    "Op 05-03-2024 om 14:03 schreef Taro Yamada:",
    "Den 2024-03-05 kl. 14:03, skrev Taro Yamada:",
    "Den 05.03.2024 14:03, skrev Taro Yamada:",
    "Taro Yamada kirjoitti 5.3.2024 klo 14.03:",
    "Dne 05. 03. 24 v 14:03 Taro Yamada napsal(a):",
    "Dňa 5. 3. 2024 o 14:03 Taro Yamada napísal(a):",
    "2024. 03. 05. 14:03 keltezéssel, Taro Yamada írta:",
    "Pe 05.03.2024 14:03, Taro Yamada a scris:",
    "05.03.2024 14:03, Taro Yamada пишет:",
    "05.03.24 14:03, Taro Yamada пише:",
    "On 5. 3. 2024. 14:03, Taro Yamada napisao je:",
    "Taro Yamada kirjutas 05.03.2024 kell 14:03:",
    "5.03.2024 14:03 tarihinde Taro Yamada yazdı:",
    "在 2024/3/5 14:03, Taro Yamada 写道:",
    "2024-03-05 오후 2:03에 Taro Yamada 이(가) 쓴 글:",
    # Becky!, Yahoo, Notes, mail.ru, Yandex, NetEase, Horde
    "On Tue, 05 Mar 2024 14:03:45 +0900\n山田 太郎 <taro@shop.example> wrote:",
    "At Tue, 05 Mar 2024 14:03:45 +0900,\nTaro Yamada wrote:",
    "At Tue, 05 Mar 2024,\nTaro Yamada wrote:",
    "--- 山田 太郎 <taro@shop.example> wrote:",
    "-----Taro Yamada/Osaka/Example wrote: -----",
    "Вторник, 5 марта 2024, 14:03 +03:00 от Taro Yamada <taro@shop.example>:",
    '05.03.2024, 14:03, "Taro Yamada" <taro@shop.example>:',
    'At 2024-03-05 14:03:00, "Taro Yamada" <taro@shop.example> wrote:',
    '在 2024-03-05 14:03:00，"Taro Yamada" <taro@shop.example> 写道：',
    "---- On Tue, 05 Mar 2024 14:03:00 +0900 Taro Yamada <taro@shop.example> wrote ----",
    "On Tuesday, March 5th, 2024 at 2:03 PM, Taro Yamada <taro@shop.example> wrote:",
    "On 5 Mar 2024 at 14:03 +0900, Taro Yamada <taro@shop.example>, wrote:",
    '2024/03/05 14:03 "山田 太郎" <taro@shop.example>:',
    "----- 山田さんは書きました -----",
    # Elsewhere
    "Vào Th 3, 5 thg 3, 2024 vào lúc 14:03 Taro Yamada <taro@shop.example> đã viết:",
    "Στις Τρί 5 Μαρ 2024 στις 14:03, ο χρήστης Taro Yamada <taro@shop.example> έγραψε:",
    "Pada tanggal Sel, 5 Mar 2024 pukul 14.03 Taro Yamada <taro@shop.example> menulis:",
    "На вт, 5.03.2024 г. в 14:03 ч. Taro Yamada <taro@shop.example> написа:",
    "V V tor., 5. mar. 2024 ob 14:03 je oseba Taro Yamada <taro@shop.example> napisala:",
    "2024-03-05, an, 14:03 Taro Yamada <taro@shop.example> rašė:",
    "ในวันที่ อ. 5 มี.ค. 2024 เวลา 14:03 Taro Yamada <taro@shop.example> เขียนว่า:",
    "\u202bבתאריך 5 במרץ 2024 14:03 \u202aTaro\u202c\u200f <\u202ataro@shop.example\u202c>:\u202c",
    "เมื่อ อ. 5 มี.ค. 2567 เวลา 14:03 Taro Yamada <taro@shop.example> เขียนว่า:",
    "Missatge de Taro Yamada <taro@shop.example> del dia dt., 5 de març\n2024 a les 14:03:",
    "في ٥ مارس ٢٠٢٤، الساعة ٢:٠٣ م، كتب Taro Yamada <taro@shop.example>:",
    "در تاریخ سه‌شنبه 5 مارس 2024، 14:03 Taro Yamada <taro@shop.example> نوشت:",
    "Στις Τρί, 5 Μαρ 2024 στις 2:03 μ.μ., ο χρήστης Taro Yamada\n<taro@shop.example> έγραψε:",
    "Cytowanie Taro Yamada <taro@shop.example>:",
    "Citeren Taro Yamada <taro@shop.example>:",
    "Lainaus Taro Yamada <taro@shop.example>:",
    "Zitat von Taro Yamada <taro@shop.example>:",
    "Quoting Taro Yamada <taro@shop.example>:",
    "In message <20240305.140300@shop.example>\n   on Tue, 5 Mar 2024, Taro Yamada wrote:",
    "山田さんは書きました:",
    "山田 太郎 さんは書きました。",
    "Taro schrieb:",
]  # fmt: skip


@pytest.mark.parametrize("attribution", ATTRIBUTIONS)
def test_an_answer_above_a_quotation_ends_where_the_attribution_begins(attribution):
    assert reply_of(f"{ANSWER}\n\n{attribution}\n\n{QUOTE}\n") == ANSWER
    assert reply_of(f"{ANSWER}\n{attribution}\n{QUOTE}") == ANSWER


@pytest.mark.parametrize("attribution", ATTRIBUTIONS)
def test_an_answer_below_a_quotation_begins_behind_it(attribution):
    assert reply_of(f"{attribution}\n{QUOTE}\n\n{ANSWER}\n") == ANSWER


@pytest.mark.parametrize("attribution", ATTRIBUTIONS)
def test_a_quotation_alone_is_no_reply(attribution):
    text = f"{attribution}\n{QUOTE}\n"
    reply = quoted.read(text)
    assert reply.start == reply.end


@pytest.mark.parametrize(
    "attribution", [line for line in ATTRIBUTIONS if "@" in line and "202" in line and ":" in line]
)
def test_an_attribution_with_date_and_address_needs_no_quote_marks(attribution):
    old = "Could we meet on Friday?\n\nKind regards\nTaro"
    if "In message" in attribution:
        return
    assert reply_of(f"{ANSWER}\n\n{attribution}\n\n{old}\n") == ANSWER


OUTLOOK = [
    ("From", "Sent", "To", "Subject"),
    ("差出人", "送信日時", "宛先", "件名"),
    ("Von", "Gesendet", "An", "Betreff"),
    ("De", "Envoyé", "À", "Objet"),
    ("De", "Enviado el", "Para", "Asunto"),
    ("De", "Enviada em", "Para", "Assunto"),
    ("De", "Enviado", "Para", "Assunto"),
    ("Da", "Inviato", "A", "Oggetto"),
    ("Van", "Verzonden", "Aan", "Onderwerp"),
    ("Från", "Skickat", "Till", "Ämne"),
    ("Fra", "Sendt", "Til", "Emne"),
    ("Lähettäjä", "Lähetetty", "Vastaanottaja", "Aihe"),
    ("Od", "Wysłano", "Do", "Temat"),
    ("Od", "Odesláno", "Komu", "Předmět"),
    ("Od", "Odoslané", "Komu", "Predmet"),
    ("Feladó", "Elküldve", "Címzett", "Tárgy"),
    ("De la", "Trimis", "Către", "Subiect"),
    ("От", "Отправлено", "Кому", "Тема"),
    ("Від", "Надіслано", "Кому", "Тема"),
    ("Šalje", "Poslano", "Prima", "Predmet"),
    ("Saatja", "Saadetud", "Adressaat", "Teema"),
    ("Kimden", "Gönderildi", "Kime", "Konu"),
    ("发件人", "发送时间", "收件人", "主题"),
    ("寄件者", "寄件日期", "收件者", "主旨"),
    ("보낸 사람", "보낸 날짜", "받는 사람", "제목"),
]


def outlook(labels: tuple[str, str, str, str], colon: str = ": ") -> str:
    values = ("Taro Yamada <taro@shop.example>", "2024-03-05 14:03", "Hanako", "Friday")
    return "\n".join(f"{label}{colon}{value}" for label, value in zip(labels, values, strict=True))


@pytest.mark.parametrize("labels", OUTLOOK)
@pytest.mark.parametrize(
    "above",
    ["", "________________________________\n", "-----Original Message-----\n",
     "------------------------------\n\n", "-----Original Appointment-----\n"],
)  # fmt: skip
def test_an_answer_above_a_header_block_ends_there(labels, above):
    text = f"{ANSWER}\n\n{above}{outlook(labels)}\n\nCould we meet on Friday?\nTaro\n"
    assert reply_of(text) == ANSWER


@pytest.mark.parametrize("labels", OUTLOOK)
def test_a_header_block_may_be_bold_or_wide_or_have_blank_lines_between(labels):
    old = "\n\nCould we meet on Friday?\n"
    bold = "\n".join(f"*{line.replace(': ', ':* ', 1)}" for line in outlook(labels).split("\n"))
    wide = outlook(labels, "： ")
    apart = outlook(labels).replace("\n", "\n\n")
    for block in (bold, wide, apart):
        assert reply_of(f"{ANSWER}\n\n{block}{old}") == ANSWER


def test_a_header_block_of_an_office_without_addresses_is_known_by_its_clock():
    block = (
        "From: Yamada, Taro\nSent: Tuesday, March 5, 2024 2:03 PM\nTo: Suzuki, Hanako;\n"
        "Sato, Jiro\nSubject: RE: Friday"
    )
    assert reply_of(f"{ANSWER}\n\n{block}\n\nFine.") == ANSWER


@pytest.mark.parametrize(
    "line",
    [
        "-----Original Message-----", "----- Original Message -----", "-----元のメッセージ-----",
        "-------- Original Message --------", "-----Ursprüngliche Nachricht-----",
        "-----Message d'origine-----", "-----Mensaje original-----", "-----Mensagem original-----",
        "-----Messaggio originale-----", "-----Oorspronkelijk bericht-----",
        "-----Ursprungligt meddelande-----", "-----Opprinnelig melding-----",
        "-----Oprindelig meddelelse-----", "-----Alkuperäinen viesti-----",
        "-----Wiadomość oryginalna-----", "-----Původní zpráva-----", "-----Pôvodná správa-----",
        "-----Eredeti üzenet-----", "-----Mesaj original-----", "-----Исходное сообщение-----",
        "-----Оригінальне повідомлення-----", "-----Izvorna poruka-----", "-----Algne sõnum-----",
        "-----Özgün İleti-----", "------------------ 原始邮件 ------------------",
        "-----原始郵件-----", "-----원본 메시지-----", "‐‐‐‐‐‐‐ Original Message ‐‐‐‐‐‐‐",
    ],
)  # fmt: skip
def test_a_line_that_says_original_message_ends_the_answer(line):
    assert reply_of(f"{ANSWER}\n\n{line}\n\nCould we meet on Friday?") == ANSWER


def test_an_answer_below_an_original_message_in_quote_marks_is_found():
    # Outlook Express and Yahoo! JAPAN
    text = f"----- Original Message -----\n{outlook(OUTLOOK[0])}\n\n{QUOTE}\n\n{ANSWER}"
    assert reply_of(text) == ANSWER
    marked = "\n".join(f">{line}" for line in outlook(OUTLOOK[1]).split("\n"))
    assert reply_of(f"{ANSWER}\n\n----- Original Message -----\n{marked}\n{QUOTE}") == ANSWER


@pytest.mark.parametrize(
    "line",
    [
        ">>> Taro Yamada <taro@shop.example> 05.03.2024 14:03 >>>",
        ">>> Taro Yamada 3/5/2024 2:03 PM >>>",
        (
            '>>> On 3/5/2024 at 2:03 PM, in message <65F4.1@gw.shop.example>, "Taro Yamada"\n'
            "<taro@shop.example> wrote:"
        ),
        (
            '>>> Am 05.03.2024 um 14:03 schrieb "Taro Yamada" <taro@shop.example> in Nachricht\n'
            "<65F4.1@gw.shop.example>:"
        ),
    ],
)
def test_the_line_of_group_wise_opens_a_quotation_and_is_none_itself(line):
    assert reply_of(f"{ANSWER}\n\n{line}\n\nCould we meet?\n\nTaro\n") == ANSWER
    assert reply_of(f"{ANSWER}\n\n{line}\n{QUOTE}\n") == ANSWER
    assert reply_of(f"{line}\n{QUOTE}\n\n{ANSWER}") == ANSWER


def test_an_attribution_may_end_with_the_address_where_quoted_lines_follow():
    # An old Gmail, and Apple Mail with its last word cut off.
    for line in (
        "2011/4/7 Taro Yamada <taro@shop.example>",
        "Op 5 maart 2024, 14:03 schreef Taro Yamada <taro@shop.example>",
    ):
        assert reply_of(f"{ANSWER}\n\n{line}\n\n{QUOTE}\n") == ANSWER
    kept = f"{ANSWER}\n\n2011/4/7 Taro Yamada <taro@shop.example>\n\nis when he came."
    assert reply_of(kept) == kept


def test_lines_of_links_do_not_use_up_what_is_looked_at_closely():
    links = "\n".join(f"Offer {number} <https://shop.example/{number}>" for number in range(400))
    attribution = "On Tue, Mar 5, 2024 at 2:03 PM Taro <taro@shop.example> wrote:"
    assert reply_of(f"{links}\n\n{attribution}\n{QUOTE}") == links


def test_the_line_that_notes_on_the_web_hides_belongs_to_the_quotation():
    line = "Taro Yamada ---05.03.2024 14:03:12---Dear Hanako, could we meet"
    for zone in ("", "-0500", "-PM"):
        marked = line.replace(":12---", f":12{zone}---")
        text = f"{ANSWER}\n\n{marked}\n\n{outlook(OUTLOOK[1])}\n\nCould we?"
        assert reply_of(text.replace("\n\nFrom", "\nFrom")) == ANSWER


def test_an_attribution_within_deep_quotes_opens_nothing():
    deep = ">> Fine.\n>>> On 5 March 2024 14:03, Taro <taro@shop.example> wrote:\n>>>> Friday?"
    assert reply_of(f"{deep}\n\n{ANSWER}") == ANSWER


def test_a_header_whose_subject_is_empty_is_no_attribution():
    block = "От: Taro <taro@shop.example>\nОтправлено: 5 марта 2024 г. 14:03\nКому: Hanako\nТема:"
    assert reply_of(f"{ANSWER}\n\n{block}\n\nCould we meet?") == ANSWER


def test_a_header_without_colons_below_a_separator_ends_the_answer():
    block = 'From "Taro" <taro@shop.example>\nTo Hanako\nDate 05/03/2024 14:03:12\nSubject Friday'
    for line in ("------ Original Message ------", "------ Forwarded Message ------"):
        assert reply_of(f"{ANSWER}\n\n{line}\n{block}\n\nCould we meet?") == ANSWER
    assert reply_of(f"------ Original Message ------\n{block}\n\n{QUOTE}\n\n{ANSWER}") == ANSWER


def test_what_yandex_and_the_bat_say_of_a_forward_is_not_new():
    line = '15.03.2024, 14:03, "Taro" <taro@shop.example>:'
    yandex = f"-------- Пересылаемое сообщение --------\n{line}\n\nCould we meet?"
    assert reply_of(f"{ANSWER}\n\n{yandex}") == ANSWER
    bat = f"This is a forwarded message\n{outlook(OUTLOOK[1])}\n\nCould we meet?"
    assert reply_of(f"{ANSWER}\n\n{bat}") == ANSWER


def test_the_columns_of_notes_end_the_answer():
    pad = " " * 13
    block = (
        f"{pad}Taro Yamada\n{pad}<taro@shop.example>{' ' * 30}To\n"
        f"{pad}2024/03/05 14:03{' ' * 20}Hanako Suzuki\n{' ' * 60}cc\n\n{' ' * 55}Subject\n"
        f"{' ' * 40}Friday\n"
    )
    assert reply_of(f"{ANSWER}\n\n\n{block}\n\nCould we meet?") == ANSWER


FORWARDS = [
    (
        "---------- Forwarded message ---------\nFrom: Taro <taro@shop.example>\n"
        "Date: Tue, Mar 5, 2024 at 2:03 PM\nSubject: Friday\nTo: <hanako@office.example>"
    ),
    (
        "Begin forwarded message:\n\nFrom: Taro <taro@shop.example>\nSubject: Friday\n"
        "Date: March 5, 2024 at 2:03:04 PM GMT+9\nTo: hanako@office.example"
    ),
    (
        "転送されたメッセージ:\n\n差出人: 太郎 <taro@shop.example>\n件名: 金曜\n"
        "日付: 2024年3月5日 14:03:04 JST\n"
        "宛先: hanako@office.example"
    ),
    (
        "-------- 転送メッセージ --------\n件名: \t金曜\n日付: \tTue, 5 Mar 2024 14:03:04 +0900\n"
        "差出人: \t太郎 <taro@shop.example>\n宛先: \thanako@office.example"
    ),
    (
        "----- Forwarded Message ----- From: Taro <taro@shop.example>To: Hanako "
        "<hanako@office.example>Sent: Tuesday, March 5, 2024, 02:03:04 PM GMT+9Subject: Friday"
    ),
    (
        "Forwarded message:\n\n> From: Taro <taro@shop.example>\n> To: hanako@office.example\n"
        "> Subject: Friday\n> Date: Tue, 5 Mar 2024 14:03:04 +0900\n>\n> Hello"
    ),
    (
        "---------- Weitergeleitete Nachricht ---------\nVon: Taro <taro@shop.example>\n"
        "Datum: 05.03.2024 14:03\nBetreff: Freitag\nAn: hanako@office.example"
    ),
]


@pytest.mark.parametrize("forward", FORWARDS)
def test_of_a_forwarded_mail_the_comment_is_new(forward):
    text = f"FYI, see below.\n\n{forward}\n\nCould we meet?\n\nTaro"
    assert reply_of(text) == "FYI, see below."
    assert reply_of(f"{forward}\n\nCould we meet?") == ""


def test_lines_of_programs_that_name_themselves_end_the_answer():
    block = outlook(OUTLOOK[1])
    for line in (
        "Forwarded by 見本 花子 <hanako@office.example>",
        "Original Message processed by david®",
    ):
        assert reply_of(f"{ANSWER}\n\n{line}\n\n{block}\n\nX") == ANSWER


def test_answers_between_quoted_lines_stay_whole():
    body = "Hello Taro,\n\n> When?\n\nOn Friday.\n\n> Where?\n\nAt the office."
    text = f"On Tue, 5 Mar 2024 at 14:03, Taro <taro@shop.example> wrote:\n> Hi\n\n{body}\n\n> Taro"
    assert reply_of(text) == body
    japanese = "> いつにしますか？\n\n金曜日でお願いします。\n\n> 場所は？\n\n弊社で結構です。"
    text = f"2024年3月5日(火) 14:03 山田 <taro@shop.example>:\n\n{japanese}\n\n> 山田"
    assert reply_of(text) == japanese.split("\n\n", 1)[1]


def test_quotes_marked_with_initials_or_bars_are_quotes_below_an_attribution():
    for mark in ("Taro> ", "TY>", "| ", "山田> "):
        quote = "\n".join(f"{mark}{line}" for line in ("Could we meet?", "On Friday?", "Taro"))
        assert reply_of(f"{ANSWER}\n\nTaro wrote:\n\n{quote}") == ANSWER
    shell = "I ran this:\n\nsql> select 1;\nsql> commit;\n\nand it failed."
    assert reply_of(shell) == shell


def test_a_line_that_the_quoting_tore_off_is_no_answer():
    torn = (
        "> we would be glad to see you here on Friday or on any other day that suits you\n"
        "best, so\n"
        "> tell us."
    )
    assert reply_of(f"{ANSWER}\n\nTaro wrote:\n{torn}\n") == ANSWER
    short = "> Would Friday suit you?\nyes\n> And at what time?\nat three"
    assert reply_of(f"Taro wrote:\n{short}") == short.split("\n", 1)[1]


@pytest.mark.parametrize(
    "text",
    [
        "On your server please run:\n\n    make\n\nand tell me.",
        "He wrote:\n\nthat it works.",
        "As I wrote on 5 March 2024 at 14:03:\n\nit works.",
        "The talk: From Osaka to Tokyo.\nTo: be or not to be.",
        "From: Osaka\nTo: Tokyo\nDate: 5 May\n\nShall we travel together?",
        "日時: 3月5日 14:03\n場所: 本社\n件名は未定です。",
        "Sent from the office, more tomorrow.\n\nSo far so good.",
        "See >here< and 5 > 3.",
        ">From our side there is nothing else.",
        "Agenda\n-----\n1. Numbers\n2. Plans\n-----\nSee you.",
        "Plans for 2024:\n- spring\n- autumn",
        "----- 今月のメール -----\n3月の予定です。",
        "2024/03/05 14:03のメール：\n届いておりますでしょうか。",
        "【転送設定について】\n設定をお願いいたします。",
        "----- 転送サービスのご案内 -----\n4月から始まります。",
    ],
)
def test_ordinary_text_stays_whole(text):
    assert reply_of(text) == text


def test_an_unmarked_quotation_with_nothing_above_it_may_hold_the_answer():
    text = "On Tue, 5 Mar 2024 at 14:03, Taro <taro@shop.example> wrote:\nMeet?\n\nYes, gladly."
    assert "Yes, gladly." in reply_of(text)


def test_history_below_an_answer_below_a_quote_is_left_out():
    older = f"-----Original Message-----\n{outlook(OUTLOOK[0])}\n\nX"
    text = f"Taro wrote:\n{QUOTE}\n\n{ANSWER}\n\n{older}"
    assert reply_of(text) == ANSWER


def test_the_reply_of_an_empty_mail_is_empty():
    for text in ("", "\n\n", " \u3000\n\ufeff"):
        assert reply_of(text) == ""


def test_hostile_texts_are_capped_with_a_note_and_keep_their_text():
    for unit in ("\n", "a\n", "Taro wrote:\n\n", "a\n> b\n", "From: a\n", "-- \nx\n"):
        text = unit * 20_000
        reply = quoted.read(text)
        assert reply.notes == ("reply_capped",)
        assert 0 <= reply.start <= reply.end <= len(text)
    assert quoted.read("a\n" * 20_000).end == 39_999
    for text in (">" * 1_000_000, " " * 1_000_000, "x" * 1_000_000, "\u3000" * 1_000_000):
        assert quoted.read(text).notes == ()


def test_only_so_many_lines_are_looked_at_closely_and_the_rest_is_kept():
    for unit in ("Taro wrote:\n\n", "From: a\n\nb\n", "【転送】\n"):
        text = unit * 1_200 + ANSWER
        reply = quoted.read(text)
        assert reply.notes == ("reply_capped",)
        assert text[reply.start : reply.end].endswith(ANSWER)


def test_a_line_that_ends_without_a_colon_is_not_joined_with_one_that_has_one():
    text = "Yes.\n\nOn Mar 5, 2024, Bob wrote\nAiko (aiko@corp.example) has the list:\nPaper"
    assert reply_of(text) == text


def test_every_end_of_an_attribution_is_looked_for():
    for end in attributions.ENDS:
        assert end[-1] in openings._LAST_SIGNS or any(one in end for one in openings._LAST_WORDS)


def test_an_answer_above_very_long_history_is_found():
    assert reply_of(f"{ANSWER}\n\nTaro wrote:\n" + "> old\n" * 20_000) == ANSWER


def test_an_answer_below_very_long_history_is_kept():
    assert ANSWER in reply_of("Taro wrote:\n" + "> old\n" * 20_000 + ANSWER)


LINES = st.lists(
    st.sampled_from(
        [
            "", " ", "> a", ">> b", ANSWER, *ATTRIBUTIONS, "-- ", "--", "━━━━━━", "-----",
            "TEL: 03-1234-5678", "株式会社サンプル", "iPhoneから送信",
            "Sent from my iPhone", "From: a@b.c",
            "Sent: 2024-03-05 14:03", "To: x", "Subject: y", "-----Original Message-----", "\ufeff",
            "Original message:", " " * 40 + "To", "cc", "＞ c",
        ]
    )
    | st.text(max_size=30),
    max_size=30,
).map("\n".join)  # fmt: skip


@given(LINES | st.text())
@settings(max_examples=400)
def test_the_span_of_any_text_lies_in_it_and_begins_and_ends_with_words(text):
    reply = reply_of(text)
    assert reply == reply.rstrip()
    assert reply_of(reply) in reply


PLAIN = st.lists(
    st.text(
        st.characters(codec="utf-8", categories=("L", "Nd", "Zs"), include_characters=",!?。、"),
        min_size=1,
        max_size=40,
    ).filter(str.strip),
    min_size=1,
    max_size=8,
).map("\n".join)


@given(PLAIN)
@settings(max_examples=200)
def test_text_without_quotation_and_signature_is_whole(text):
    assume(not any(found in text.lower() for found in ("から送信", "sent ")))
    assert reply_of(text).strip() == text.strip("\n").strip()


@given(PLAIN, st.sampled_from(ATTRIBUTIONS), st.lists(st.text(max_size=30), max_size=8))
@settings(max_examples=200)
def test_a_quotation_put_below_any_text_changes_nothing_of_what_is_new(text, attribution, old):
    old_lines = "\n".join(f"> {line}" for line in "\n".join(old).split("\n"))
    assert reply_of(f"{text}\n\n{attribution}\n\n{old_lines}") == reply_of(text)
