"""Signatures, what only looks like one, and what programs add below. All text is invented."""

from __future__ import annotations

import pytest

from dropbox.mail import farewells, quoted, signatures

ANSWER = "ご連絡ありがとうございます。\n金曜日でお願いいたします。"


def reply_of(text: str) -> str:
    reply = quoted.read(text)
    return text[reply.start : reply.end]


CARD = """\
株式会社みほん商会
営業部　見本 花子
〒100-0000 東京都千代田区みほん町1-2-3
TEL：03-0000-0000　FAX：03-0000-0001
E-mail：hanako@mihon.example"""

RULES = r"""
━━━━━━━━━━━━━━━ ───────────── ＊＊＊＊＊＊＊＊＊＊ ******************** ----------------
＝＝＝＝＝＝＝＝＝＝ ============== ◆◇◆◇◆◇◆◇◆◇ ∽∽∽∽∽∽∽∽∽∽ *-*-*-*-*-*-*-*-*
_/_/_/_/_/_/_/_/_/ ～～～～～～～～～～ ☆★☆★☆★☆★☆★ ♪*。.:*･☆*:.｡.*♪ ______________
+++++++++++++ ・・・・・・・・・・・・━ 〓〓〓〓〓〓〓〓 □■□■□■□■□■ ≡≡≡≡≡≡≡≡≡≡
-+-+-+-+-+-+-+- ～*～*～*～*～*～ --- *** ―――
☆彡☆彡☆彡☆彡 ☆.。.:*・°☆.。.:*・°☆ ・・・・・・・・・・ ………………………… ⌒⌒⌒⌒⌒⌒⌒⌒ ⋆┈┈┈┈┈┈┈┈⋆ ❁❀✿✾✾✿❀❁
￣￣￣￣￣￣￣￣ ✂---------------- ☎━━━━━━━━━━ %%%%%%%%%% @@@@@@@@@@ §§§§§§§§ <><><><><><>
""".split()


@pytest.mark.parametrize("rule", RULES)
def test_a_card_between_rules_is_a_signature(rule):
    assert reply_of(f"{ANSWER}\n\n{rule}\n{CARD}\n{rule}") == ANSWER
    assert reply_of(f"{ANSWER}\n\n{rule}\n{CARD}") == ANSWER
    assert reply_of(f"{ANSWER}\n{rule}\n\n{CARD}\n\n{rule}\n") == ANSWER


@pytest.mark.parametrize("rule", ["━━━━━━━━━━━━━━━", "==============", "*-*-*-*-*-*-*-*-*"])
@pytest.mark.parametrize(
    "card",
    [
        "株式会社みほん商会\n見本 花子",
        "（株）みほん商会\n営業一課　課長　見本 花子",
        "見本 花子（Hanako Mihon）\nhanako@mihon.example",
        "みほん大学 工学部\n教授　見本 太郎\n内線 1234",
        "見本 花子 <hanako@mihon.example>",
        "見本税理士事務所\n見本 太郎\nhttps://mihon.example/",
        "見本花子\n携帯 090-0000-0000",
        "お客様の笑顔のために\n㈱みほん商会 商品開発部\n営業時間 9:00～18:00\nTEL 03-0000-0000",
        "【名称】株式会社みほん商会\n【TEL】03-0000-0000\n【Mail】hanako@mihon.example",
        "  見本 花子\n  MIHON Co., Ltd.\n  Mobile: +81 90-0000-0000",
    ],
)
def test_a_small_card_between_rules_is_a_signature(rule, card):
    assert reply_of(f"{ANSWER}\n\n{rule}\n{card}\n{rule}") == ANSWER


def test_a_card_in_a_frame_or_of_two_storeys_is_a_signature():
    framed = (
        "┏━━━━━━━━━━━━━━━━┓\n┃株式会社みほん商会　　┃\n┃　　見本 花子　　　　┃\n"
        "┃TEL 03-0000-0000　　┃\n┗━━━━━━━━━━━━━━━━┛"
    )
    storeys = (
        "━━━━━━━━━━━\n見本 花子\n━━━━━━━━━━━\n株式会社みほん商会\nTEL 03-0000-0000\n━━━━━━━━━━━"
    )
    titled = "━━━━━ 株式会社みほん商会 ━━━━━\n見本 花子\nTEL 03-0000-0000\n━━━━━━━━━━━━━━━━"
    for card in (framed, storeys, titled):
        assert reply_of(f"{ANSWER}\n\n{card}") == ANSWER


@pytest.mark.parametrize(
    "box",
    [
        "------------------\n日時：3月8日（金）14:00\n場所：本社会議室\nTEL：03-0000-0000\n------------------",
        "━━━━━━━━━━\n【議題】\n1. 売上について\n2. 予算について\n━━━━━━━━━━",
        "-----\n商品名：みほん\n数量：10個\n金額：10,000円\n-----",
        "==========\n3月1日 東京\n3月8日 大阪\n3月15日 福岡\n==========",
        "----------\nhttps://mihon.example/file/123\n----------",
        "----------\nhanako@mihon.example\n----------",
        "----------\n詳細は hanako@mihon.example までご連絡ください。\n----------",
        "-----\nお名前：見本 太郎 様\n会社名：株式会社みほん商会\nTEL：03-0000-0000\n-----",
        "*****\nZoom ミーティング\nhttps://zoom.example/j/123\nパスコード: 1234\n*****",
        "----------\n・見積書\n・契約書\n・名刺 hanako@mihon.example\n----------",
        "-----\n振込先：みほん銀行 本店 普通 0000000\n株式会社みほん商会\n-----",
        "-----\nこちらの件は社内で確認しております。\n結果は来週お知らせいたします。\n-----",
        "――――――\n見本 花子\n――――――",
        "-----\nログインURL\nhttps://mihon.example/login\nID: hanako@mihon.example\n-----",
        "-----\n社名：(株)みほん\n担当：見本\nTEL：03-0000-0000\n見本@mihon.example\n-----",
        "-----\n仕入先リスト\n株式会社A 03-0000-0001\n株式会社B 03-0000-0002\n-----",
        "-----\n工場：東京都みほん市1-2-3\n倉庫：東京都みほん市4-5-6\n-----",
        "-----\n新住所\n〒100-0000 東京都千代田区みほん町1-1-1\nTEL 03-0000-0000\n-----",
        "-----\n納品先 (株)みほん 倉庫\n〒100-0000 東京都みほん区1-1-1\nTEL 03-0000-0000\n-----",
        "-----\nサーバー：mail.mihon.example\nポート：587\nhanako@mihon.example\n-----",
    ],
)
def test_content_between_rules_is_kept(box):
    text = f"お世話になっております。\n下記のとおりです。\n\n{box}"
    assert reply_of(text) == text
    text = f"お世話になっております。\n\n{box}"
    assert reply_of(text) == text
    text = f"{text}\n\nよろしくお願いいたします。"
    assert reply_of(text) == text


def test_a_signature_below_content_between_rules_is_the_last_box_alone():
    body = f"{ANSWER}\n\n-----\n日時：3月8日\n場所：本社\n-----\n\nよろしくお願いいたします。"
    assert reply_of(f"{body}\n\n------------\n{CARD}\n------------") == body
    agenda = f"{ANSWER}\n\n-----\n日時：3月8日\n場所：本社\n-----"
    assert reply_of(f"{agenda}\n\n=============\n{CARD}\n=============") == agenda


def test_a_card_that_the_text_announces_is_what_the_mail_says():
    for words in (
        "お届け先は以下のとおりです。",
        "【送付先】",
        "新しい連絡先：",
        "Our new address:",
    ):
        text = f"{ANSWER}\n\n{words}\n-------------\n{CARD}\n-------------"
        assert reply_of(text) == text


def test_a_rule_in_the_middle_ends_nothing():
    text = (
        f"{ANSWER}\n-----------\n{CARD}\n-----------\n以上が新しい名刺の内容です。ご確認ください。"
    )
    assert reply_of(text) == text


@pytest.mark.parametrize("delimiter", ["-- ", "--", "--\u3000"])
def test_the_delimiter_of_the_standard_begins_a_signature(delimiter):
    assert reply_of(f"Fine.\n\n{delimiter}\nHanako\nSales") == "Fine."
    assert reply_of(f"Fine.\n\n{delimiter}\nHanako\n\n> old") == "Fine."
    assert reply_of(f"Fine.\n\n{delimiter}\nHanako\n\nTaro wrote:\n> old") == "Fine."
    assert reply_of(f"Taro wrote:\n> old\n\nFine.\n\n{delimiter}\nHanako") == "Fine."
    assert reply_of(f"Fine.\n\nTaro wrote:\n> old\n\n{delimiter}\nHanako") == "Fine."
    assert reply_of(f"Fine.\n{delimiter}") == "Fine."


def test_two_dashes_between_sections_are_no_signature():
    text = "First:\n- one\n- two\n--\nSecond. It goes on here.\n"
    text += "And here is the end of it.\nAs I said, now it is over."
    assert reply_of(text) == text
    text = "a -- b\n--option\nand -- c"
    assert reply_of(text) == text


def test_a_mailing_list_s_footer_is_left_out():
    footer = (
        "_______________________________________________\nusers mailing list\n"
        "users@lists.example\nhttps://lists.example/listinfo/users"
    )
    assert reply_of(f"Fine.\n\n{footer}") == "Fine."
    assert reply_of(f"Fine.\n\n-- \nHanako\n\n{footer}") == "Fine."
    assert reply_of(f"Fine.\n\nTaro wrote:\n> old\n\n{footer}") == "Fine."


SENT_FROM = """
Sent from my iPhone / Sent from my Verizon Wireless BlackBerry / Sent from Mail for Windows /
Get Outlook for iOS<https://aka.example/o0ukef> / Get Outlook for Android /
Sent from my Galaxy / Sent from Yahoo Mail on Android <https://go.example/yahoo> /
Sent from Outlook for Mac / Sent with Proton Mail secure email. / Sent via BlackBerry /
Sent from Gmail Mobile / [Get Outlook for iOS](https://aka.example/o0ukef) /
Sent from my iPad. / iPhoneから送信 / iPhoneより送信 / ※スマートフォンより送信しております /
モバイルから送信 / 外出先から送信 / OPPOから送信 / LINE WORKSから送信 /
iPhoneから送信しています。誤字脱字はご容赦ください。 /
Proton Mail を使用して送信しました。 / Edison Mailで送信 /
iPadから送信 / Androidから送信 / 私のiPhoneから送信 /
Galaxyから送信 / Outlook for iOS を入手 / Outlook for iOS<https://aka.example/o0ukef>を入手 /
Windows 版のメールから送信 / Android 版 Outlook を入手 / Yahoo!メールアプリから送信 /
スマートフォンから送信しました / iPhone から送信 / Von meinem iPhone gesendet /
Gesendet von Mail für Windows / Gesendet von Outlook für iOS / Outlook für iOS beziehen /
Gesendet mit der mobilen Mail App / Von meinem/meiner Galaxy gesendet / 獲取 iOS 版 Outlook /
Von iPhone/iPad gesendet / Von meinem Samsung Galaxy gesendet /
Envoyé de mon iPhone / Envoyé depuis mon iPhone / Envoyé à partir de Outlook pour iOS /
Envoyé depuis l’application Mail d’Orange / Télécharger Outlook pour iOS /
Enviado desde mi iPhone / Enviado desde Correo para Windows / Obtener Outlook para iOS /
Enviado do meu iPhone / Enviado do meu smartphone / Obter o Outlook para iOS /
Enviado via iPhone / Inviato da iPhone / Inviato dal mio iPhone / Scarica Outlook per iOS /
Inviato da Posta per Windows / Verstuurd vanaf mijn iPhone / Verzonden vanaf mijn Galaxy /
Outlook voor iOS downloaden / Verzonden vanuit Mail voor Windows / Skickat från min iPhone /
Skickat från E-post för Windows / Hämta Outlook för iOS / Sendt fra min iPhone /
Skaff deg Outlook for iOS / Hent Outlook til iOS / Få Outlook til iOS /
Sendt fra Mail til Windows / Lähetetty iPhonesta / Lähetetty iPhonestani /
Hanki Outlook for iOS / Wysłane z iPhone'a / Wysłano z iPhone’a /
Pobierz program Outlook dla systemu iOS / Wysłane z mojego urządzenia Galaxy /
Odesláno z iPhonu / Odesláno z mého iPhonu / Získat Outlook pro iOS /
Odesláno z Pošty pro Windows / Odoslané z iPhonu / Odoslané z môjho iPhonu /
Získať Outlook pre iOS / Elküldve az iPhone-omról / iPhone-omról küldve /
Az Outlook letöltése iOS-re / Küldve az iPhone-omról / Trimis de pe iPhone-ul meu /
Obțineți Outlook pentru iOS / Trimis din Mail pentru Windows / Отправлено с iPhone /
Отправлено с моего iPhone / Скачать Outlook для iOS / Отправлено из мобильной Яндекс Почты /
Отправлено из Почты для Windows / Надіслано з iPhone / Відправлено з iPhone /
Надіслано з мого iPhone / Отримати Outlook для iOS / Poslano s iPhonea /
Poslano s mog iPhonea / Nabavite Outlook za iOS / Poslano iz Pošte za Windows /
Saadetud minu iPhone'ist / Saadetud iPhone'ist / Hankige Outlook iOS-i jaoks /
iPhone'umdan gönderildi / iOS için Outlook'u edinin / Windows için Posta ile gönderildi /
发自我的 iPhone / 从我的 iPhone 发送 / 發自我的 iPhone / 從我的 iPhone 傳送 /
获取 Outlook for iOS / 取得 iOS 版 Outlook / 发自我的小米手机 / 发送自 Windows 版邮件应用 /
来自我的华为手机 / 나의 iPhone에서 보냄 / 내 iPhone에서 보냄 / Outlook for iOS 다운로드 /
Εστάλη από το iPhone μου / Στάλθηκε από το iPhone μου / Изпратено от моя iPhone /
Послато са мог iPhone-а / Poslano iz mojega iPhona / Išsiųsta iš mano „iPhone“ /
Nosūtīts no mana iPhone / Enviat des del meu iPhone / נשלח מה-iPhone שלי / נשלח מהאייפון שלי /
أُرسلت من الـ iPhone / Đã gửi từ iPhone của tôi / ส่งจาก iPhone ของฉัน / Dikirim dari iPhone saya /
Skickades från Outlook för Android / Descarga Outlook para iOS / Загрузить Outlook для iOS /
Изтеглете Outlook за Android / Dapatkan Outlook untuk iOS / Tải Outlook cho iOS /
Sent from my Android device with K-9 Mail. Please excuse my brevity. / Sent from HEY /
Envoyé de mon appareil Android avec K-9 Mail. Veuillez excuser ma brièveté. /
Sent from my iPhone, please excuse any typos / iOS용 Outlook 다운로드 /
내 Galaxy에서 보냄 / Windows용 메일에서 보냄
"""


@pytest.mark.parametrize("line", [line.strip() for line in SENT_FROM.split(" /")])
def test_what_a_phone_adds_is_left_out(line):
    assert reply_of(f"Fine.\n\n{line}") == "Fine."
    assert reply_of(f"Fine.\n\n{line}\n\nTaro wrote:\n> old") == "Fine."
    assert reply_of(f"Fine.\n\n________________\n{line}\n") == "Fine."
    assert reply_of(line) == ""


@pytest.mark.parametrize(
    "line",
    [
        "Sent from my desk, which is easier than a phone.", "Sent from the warehouse yesterday",
        "Sent via DHL", "Von meinem Kollegen gesendet",
        "Envoyé par la poste restante hier soir à Lyon",
        "見積書は本社から送信", "資料は別のメールで送信しました", "別のメールより送信しております",
        "資料は営業部の山田から送信いたします。", "Enviado por el almacén",
        "Odesláno z pobočky v Praze",
        "Get Outlook ready for the meeting of Friday, please, and call me",
        "Sent from my iPhone. Please call me back on Friday.", "Εστάλη από το γραφείο",
        "Изпратено от склада", "Đã gửi từ kho", "Dikirim dari gudang", "נשלח מהמשרד",
        "来自大阪的客户", "Skickat från lagret", "Trimis din depozit", "Küldve a raktárból",
    ],
)  # fmt: skip
def test_a_last_line_about_something_that_was_sent_is_kept(line):
    text = f"Fine.\n\n{line}"
    assert reply_of(text) == text


NOTICES = [
    (
        "CONFIDENTIALITY NOTICE: This e-mail is intended only for the addressee and may contain "
        "privileged information. If you are not the intended recipient, please delete it."
    ),
    (
        "This message is confidential and intended solely for the recipient.\nUnauthorised "
        "disclosure is prohibited."
    ),
    (
        "Disclaimer\n\nThe information contained in this mail is confidential. If you are not the "
        "intended recipient, notify the sender."
    ),
    "Please consider the environment before printing this e-mail.",
    "This email has been checked for viruses by Avast antivirus software.\nwww.avast.example",
    "このメールには機密情報が含まれている場合があります。誤って受信された場合は、削除をお願いいたします。",
    "【機密保持について】\n本メールは宛先の方以外への開示を禁じます。誤って受信された方は破棄してください。",
    (
        "Diese E-Mail enthält vertrauliche Informationen. Wenn Sie sie irrtümlich erhalten haben, "
        "löschen Sie sie bitte."
    ),
    (
        "Ce message est confidentiel et réservé à son destinataire. Si vous l'avez reçu par "
        "erreur, merci de le détruire."
    ),
    "Este mensaje es confidencial. Si lo ha recibido por error, elimínelo.",
    "Esta mensagem é confidencial. Se a recebeu por engano, apague-a.",
    "Questo messaggio è riservato al destinatario. Se ricevuto per errore, va cancellato.",
    "Dit bericht is vertrouwelijk. Ten onrechte ontvangen? Verwijder het.",
    "本邮件含有保密信息，如误收请删除。",
    "이 메일은 비밀 정보를 포함할 수 있으며, 수신인이 아닌 경우 삭제해 주십시오.",
]


@pytest.mark.parametrize("notice", NOTICES)
def test_a_legal_notice_at_the_end_is_left_out(notice):
    assert reply_of(f"Fine.\n\nHanako\n\n{notice}") == "Fine.\n\nHanako"
    assert reply_of(f"Fine.\n\n-- \nHanako\n\n{notice}") == "Fine."
    assert reply_of(f"Fine.\n\n-----------\n{notice}\n-----------") == "Fine."


@pytest.mark.parametrize(
    "words",
    [
        "Please keep this confidential; it is intended only for you.",
        "This message is confidential. Please call me.",
        "このメールは社内で共有してください。",
        "If you are not the right person, please tell me who is.",
        "Important: the price is confidential until Friday.",
    ],
)
def test_what_somebody_says_of_secrets_is_kept(words):
    text = f"Fine.\n\n{words}"
    assert reply_of(text) == text


def test_a_long_paragraph_of_ones_own_may_end_with_words_of_a_notice():
    words = "We checked every page twice, and then we looked at it again.\n" * 30
    text = f"Dear Bob,\n\n{words}Please consider the environment before printing."
    assert reply_of(text) == text


@pytest.mark.parametrize("name", [*farewells.DEVICES, "mac", "htc", "lg", "aol", "gmx", "app"])
def test_no_name_of_a_device_is_overlooked(name):
    assert farewells._names_device(f"a {name} b")
    assert farewells._names_device("sent from my hut")


def test_a_notice_below_a_rule_or_an_invisible_line_is_a_paragraph():
    notice = "This e-mail is confidential. Notify the sender if you are not the intended recipient."
    for above in ("Yes.\n\u200b", "Yes.\n-----"):
        assert reply_of(f"{above}\n{notice}") == "Yes."


def test_nothing_has_no_signature():
    assert signatures.begin([]) == (0, False)


def test_a_legal_notice_alone_is_shown():
    assert reply_of(NOTICES[0]) == NOTICES[0]


def test_a_box_alone_is_shown_and_a_delimited_signature_alone_is_not():
    assert CARD in reply_of(f"━━━━━━━\n{CARD}\n━━━━━━━")
    assert reply_of("-- \nHanako") == ""


def test_a_signature_does_not_hide_behind_the_quotation():
    text = f"{ANSWER}\n\n━━━━━━━\n{CARD}\n━━━━━━━"
    text += "\n\n2024年3月5日(火) 14:03 山田 <taro@shop.example>:\n> 前回"
    assert reply_of(text) == ANSWER
    block = (
        "差出人: 山田 <taro@shop.example>\n送信日時: 2024年3月5日 14:03\n宛先: 花子\n件名: 金曜\n"
    )
    assert reply_of(f"{ANSWER}\n\n━━━━━━━\n{CARD}\n━━━━━━━\n\n{block}") == ANSWER


def test_a_few_dots_are_a_silence_and_no_rule():
    text = f"{ANSWER}\n・・・・・\n{CARD}"
    assert reply_of(text) == text


def test_what_is_counted_in_signs_is_no_rule():
    assert not signatures.is_rule("100%")
    assert not signatures.is_rule("@@")
    assert reply_of(f"{ANSWER}\n-----\n費用 $500 送料 $20\nTEL 03-0000-0000\n-----").endswith(
        "-----"
    )


def test_a_card_of_one_line_right_above_the_quotation_is_a_signature():
    card = "=============\n見本 花子 <hanako@mihon.example>\n============="
    quotation = "2025年3月3日(月) 14:30 見本 <t@mihon.example>:\n> 前回の件"
    assert reply_of(f"{ANSWER}\n\n{card}\n\n{quotation}") == ANSWER


def test_a_firm_of_tax_advisers_needs_no_number_in_its_card():
    card = "みほん税理士法人\n代表社員・税理士　見本 太郎"
    assert reply_of(f"{ANSWER}\n\n**********\n{card}\n**********") == ANSWER
