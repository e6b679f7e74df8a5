"""What mail programs and companies put below a mail: `Sent from my iPhone`, legal notices."""

from __future__ import annotations

import re

MAX_SENT_FROM_CHARS = 120
MAX_NOTICE_CHARS = 6_000
MAX_HINTED_CHARS = 1_500
"""A longer paragraph is no notice by such words alone as `environment before printing`."""
MAX_OPENING_CHARS = 200
"""The longest of `NOTICE_OPENINGS` has a quarter of that."""

SENT_FROM = (
    # en, in the words of Apple, Outlook, Yahoo, Samsung, Proton, BlackBerry
    r"Sent (?:from|via|using|with) [^,。!?]{2,60}",
    r"(?:Get|Download) (?:Outlook|BlueMail|TypeApp|Spark|Yahoo|Gmail)\b.{0,40}",
    # ja
    r".{1,40}から(?:の?送信|送信しました|送信しています|送信しております|送られました)",
    r".{1,20}から送信(?:しています|しております)?。?(?:誤字|乱文|短文).{0,30}",
    r"(?:[ -~]{2,25}|携帯|スマートフォン|外出先|モバイル)より送信(?:しております|しています)?",
    r"[ -~]{2,30}(?:を使用して送信しました|で送信)",
    r".{0,20}Outlook.{0,15}(?:を入手|をダウンロード|を取得)(?:する|してください)?",
    r"Sent from Yahoo!?メール.{0,20}",
    # de
    r"(?:Von(?: meine[mr](?:/meine[mr])?)?|Vom) .{2,40} gesendet",
    r"(?:Gesendet|Verschickt|Versendet|Verfasst) (?:von|mit|aus|vom|über|via) .{2,50}",
    r"Diese Nachricht wurde von .{2,40} gesendet",
    r"(?:Holen Sie sich |Laden Sie )?Outlook für .{2,35}",
    # fr
    r"Envoyée? (?:de(?:puis)?|à partir d[eu']|avec|via|par) ?.{2,50}",
    r"(?:Obtenir|Obtenez|Télécharger|Téléchargez) Outlook .{2,20}",
    # es, pt
    r"Enviado (?:desde|con|de|vía|por|do|da|a partir d[eoa]|pelo|pela|via|com) .{2,50}",
    r"(?:Obtener|Obtén|Descargar|Descarga|Consiga) Outlook .{2,20}",
    r"(?:Obter|Obtenha|Baixe|Baixar|Transferir) (?:o )?Outlook .{2,20}",
    # it
    r"Inviato (?:da|dal|dalla|con|tramite) .{2,50}",
    r"(?:Scarica|Ottieni|Scaricare|Ottenere) Outlook .{2,20}",
    # nl
    r"(?:Verstuurd|Verzonden) (?:vanaf|vanuit|via|met|met behulp van|door) .{2,50}",
    r"(?:Download |Haal )?Outlook voor .{2,20}(?: (?:downloaden|ophalen))?",
    # sv, no, da
    r"Skicka(?:t|des) (?:från|med|via) .{2,50}",
    r"Sendt (?:fra|med|via) .{2,50}",
    r"(?:Hämta|Skaffa|Hent|Få|Skaff deg|Last ned) Outlook .{2,20}",
    # fi
    r"Lähetetty .{2,50}(?:sta|stä|lta|ltä|stani|ltani|lla|llä)",
    r"(?:Hanki|Lataa) Outlook.{2,20}",
    # pl, cs, sk
    r"Wysłan[eoy] (?:z|ze|za pomocą|przez|przy użyciu) .{2,50}",
    r"(?:Pobierz|Uzyskaj) (?:program |aplikację )?Outlook .{2,25}",
    r"(?:Odesláno|Odoslané|Poslané|Posláno) (?:z|ze|zo|pomocí|pomocou|prostřednictvím) .{2,50}",
    r"(?:Získat|Stáhnout|Získejte|Získať|Stiahnuť|Získajte) .{0,12}Outlook .{2,20}",
    # hu
    r"(?:Elküldve|Küldve)\s?:? .{2,50}",
    r"(?:Az )?.{2,30}(?:ról|ről|ból|ből) küldve",
    r"(?:Az )?Outlook (?:letöltése|beszerzése|letöltés).{0,20}",
    # ro
    r"Trimis (?:de pe|din|de la|cu|prin|de) .{2,50}",
    r"(?:Obțineți|Obţineţi|Descărcați|Descărcaţi) Outlook .{2,20}",
    # ru, uk
    r"(?:Отправлено|Надіслано|Відправлено|Послано) (?:из|с|со|через|з|із|зі|за допомогою) .{2,50}",
    r"(?:Скачать|Скачайте|Получить|Получите|Загрузить|Загрузите) Outlook .{2,20}",
    r"(?:Отримати|Отримайте|Завантажити|Завантажте) Outlook .{2,20}",
    # hr, et, tr
    r"Poslano (?:s|sa|iz|putem|pomoću) .{2,50}",
    r"(?:Nabavite|Preuzmite|Dohvatite) Outlook .{2,20}",
    r"Saadetud .{2,40}(?:st|lt|ga|kaudu)",
    r"(?:Hankige|Laadige alla|Hangi) Outlook.{0,25}",
    r".{2,40}(?:dan|den|tan|ten|ile|aracılığıyla|kullanılarak) gönderildi",
    r".{2,20} için Outlook.{0,4} (?:edinin|indirin|alın)",
    # zh
    r"(?:发自|發自|来自|來自|发送自|傳送自|寄自).{1,40}",
    r"(?:从|從).{1,25}(?:发送|傳送|寄出|发出)",
    r"(?:获取|獲取|取得|下载|下載) ?.{0,10}Outlook.{0,15}",
    # ko
    r".{1,30}에서 (?:보냄|보냈습니다|전송|보낸 메일|발송)",
    r".{0,12}Outlook.{0,15} ?(?:다운로드|가져오기|받기)",
    # el, bg, sr, sl, lt, lv, ca
    r"(?:Εστάλη|Στάλθηκε|Απεστάλη) (?:από|με|μέσω) .{2,50}",
    r"(?:Изпратено|Изпратен) (?:от|с|чрез|през) .{2,50}",
    r"(?:Послато|Poslato) (?:са|sa|с|s|преко|preko) .{2,50}",
    r"(?:Išsiųsta|Siųsta) (?:iš|naudojant|per) .{2,50}",
    r"(?:Nosūtīts|Sūtīts) (?:no|ar|izmantojot) .{2,50}",
    r"Enviat (?:des d|amb|mitjançant|via).{2,50}",
    r"(?:Λήψη του|Αποκτήστε το|Изтеглете|Вземете|Преузмите|Pridobite|Prenesite) Outlook .{2,25}",
    r"(?:Gaukite|Atsisiųskite|Iegūt|Lejupielādēt|Obteniu|Obtén l'|Baixa) Outlook .{2,25}",
    # he, ar, vi, th, id
    r"נשלח מ.{2,50}|(?:קבל|הורד) את Outlook.{2,20}",
    r"(?:أُرسلت|أرسلت|تم الإرسال|تم إرساله|مرسل) (?:من|باستخدام|عبر) .{2,50}",
    r"(?:الحصول على|احصل على|تنزيل) Outlook.{2,20}",
    r"(?:Đã gửi|Được gửi|Gửi) (?:từ|bằng|qua) .{2,50}",
    r"(?:Tải|Nhận|Lấy) Outlook (?:cho|dành cho) .{2,20}",
    r"ส่ง(?:จาก|โดย|ผ่าน|ด้วย) ?.{2,50}|(?:รับ|ดาวน์โหลด) Outlook (?:สำหรับ|for) ?.{2,20}",
    r"(?:Dikirim|Terkirim) (?:dari|dengan|melalui|menggunakan|lewat) .{2,50}",
    r"(?:Dapatkan|Unduh) Outlook (?:untuk|for) .{2,20}",
)
"""The whole last line of a mail, links taken out; with one of `DEVICES` in it."""

DEVICES = (
    "iphon|ipad|ipod|ios|apple|watch|android|galaxy|samsung|xperia|aquos|huawei|"
    "xiaomi|redmi|pixel|nokia|oneplus|motorola|blackberry|windows|outlook|"
    "mail|yahoo|proton|spark|thunderbird|superhuman|foxmail|yandex|"
    "web.de|k-9|typeapp|mobil|handy|phone|fon|tablet|gerät|apparaat|appareil|dispositivo|"
    "celular|móvil|device|laitte|seadme|zařízení|zariadeni|urządze|készülék|eszköz|uređaj|"
    "cihaz|applikation|aplika|телефон|мобильн|мобільн|устройств|пристро|айфон|"
    "яндекс|手机|手機|邮箱|郵箱|邮件|郵件|客户端|携帯|スマートフォン|スマホ|端末|アプリ|"
    "メール|モバイル|外出先|oppo|arrows|zenfone|digno|edison|line works|"
    "휴대|אייפון|נייד|آيفون|هاتف|جوال|điện thoại|ponsel|โทรศัพท์|มือถือ|κινητό|мобилн|telefon|"
    "스마트폰|메일|핸드폰|갤럭시|아이폰"
).split("|")
"""Without one, `Sent via DHL` is something that somebody wrote."""

NOTICE_OPENINGS = (
    r"(?:disclaimer|confidential(?:ity)?|important|privileged|legal notice|notice)\b",
    r"(?:this|the) (?:e-?mail|electronic|message|communication|transmission)\b",
    r"(?:this|the) (?:information|contents?)\b",
    r"the information (?:contained|in|transmitted)",
    r"if you (?:are not|have received)|please consider the environment|before printing",
    r"virus-free|scanned by|unless specifically indicated",
    r"(?:この|本|当)(?:電子)?(?:メール|eメール|e-?mail|通信)|【?(?:機密|免責|注意|ご注意|重要)",
    r"(?:万一|万が一|誤って|もし).{0,20}(?:受信|送信|宛先|お受け取り)",
    r"(?:diese|der inhalt dieser) (?:e-?mail|nachricht|mail)|vertraulich|wenn sie nicht der",
    r"ce (?:message|courriel|courrier|mail)|cet (?:e-?mail|envoi)|les informations contenues",
    r"est[ea] (?:mensaje|correo|e-?mail|mensagem|comunicaci[oó]n)|la información contenida|aviso",
    r"as informações contidas|questo messaggio|questa e-?mail|le informazioni contenute|avviso",
    r"dit bericht|deze e-?mail|de informatie|detta (?:meddelande|mejl|e-post)",
    r"denne (?:e-post|mail)|tämä (?:viesti|sähköposti)|(?:ta|niniejsza) wiadomość",
    r"tato zpráva|táto správa|ez az? (?:e-?mail|üzenet)|acest (?:mesaj|e-?mail)",
    r"(?:это|данное|настоящее) (?:письмо|сообщение)|(?:це|цей) (?:повідомлення|лист)",
    r"ova (?:poruka|e-?pošta)|see (?:kiri|e-kiri|sõnum)|bu (?:e-?posta|ileti|mesaj)",
    r"(?:本|此|该)(?:电子|電子)?(?:邮件|郵件|信件)|(?:이|본) (?:메일|이메일|전자우편)",
)
"""How a legal notice begins, in lower case."""

_SENT_FROM = re.compile("|".join(f"(?:{one})" for one in SENT_FROM), re.IGNORECASE)
_SHORT_DEVICE = re.compile(
    r"^sent from my\b|\b(?:mac|htc|lg\b|aol\b|gmx\b|app\b)|"
    r"^sent (?:from|via) (?:hey|front|missive)\b"
)
_SHORT_NAMES = ("sent", "mac", "htc", "aol", "gmx", "app")
_HEADS = frozenset(tuple(name[:3]) for name in (*DEVICES, *_SHORT_NAMES) if name.isascii())
"""What the names in ASCII, and those of `_SHORT_DEVICE` but for `lg`, begin with."""
_EXCUSE = re.compile(
    r"[.,;:–-] .{0,50}(?:brevity|typo|spelling|autocorrect|kürze|tippfehler|brièveté|"
    r"typefout|errores|errori|fautes de frappe|brevedad|brevidade|"
    r"brevità|kortheid|korthet|korthed|lyhy|zwięz|stručn|rövid|"
    r"краткость).{0,30}$",
    re.IGNORECASE,
)
"""K-9 asks to be excused: `Sent from my Android device with K-9 Mail. Please excuse my brevity.`"""
_TWO_SENTENCES = re.compile(r"[.!?] \w")
_LINK = re.compile(r"[<(（\[]?https?://[^\s>)）\]]{1,300}+[>)）\]]?|<[^<>\s]{1,100}>")
_LIST_LINK = re.compile(r"https?://\S+/(?:listinfo|unsubscribe)/?\S*")
_AROUND = "※ \t\r\u3000\xa0\u200b\ufeff*_[]()（）<>「」|~〜-–—.。!！\u200e\u200f"
_BLANKS = re.compile(r"\s+")
_OPENING = re.compile("|".join(f"(?:{one})" for one in NOTICE_OPENINGS))
_HEADING = re.compile(
    r"(?:legal |important )?(?:disclaimer|confidentiality(?: notice| note)?|notice)|免責事項|"
    r"機密保持.{0,10}|注意事項|ご注意|haftungsausschluss|aviso legal|avertissement|"
    r"免责声明|免責聲明"
)
_LEGAL = re.compile(
    r"confidential|privileged|intended (?:only|solely|for)|intended recipient|"
    r"unauthori[sz]ed|prohibited|disclos|dissemination|notify the sender|"
    r"delete (?:it|this|the)|in error|virus|malware|avast|printing this|"
    r"regulatory compliance|is not an offer|機密|秘密|秘匿|誤って|削除|破棄|意図しない|"
    r"受信者|受取人|宛先の方|第三者|開示|複製|禁じ|禁止|ウイルス|免責|責任を負い|"
    r"vertraulich|irrtümlich|unbefugt|vernichten|löschen|confidentiel|destinataire|"
    r"par erreur|détruire|confidencial|destinatari|por error|por engano|elimin|apag|"
    r"riservat|per errore|cancell|vertrouwelijk|geadresseerde|ten onrechte|verwijder|"
    r"konfidentiell|avsedd|förtrolig|fortrolig|luottamuksel|poufn|adresat|omyłk|usun|"
    r"důvěrn|omylem|adresát|bizalmas|címzett|tévedés|confidenţial|confidențial|eroare|"
    r"конфиденциальн|получател|ошибк|удал|конфіденційн|одержувач|помилк|povjerljiv|greškom|"
    r"konfidentsiaal|gizli|alıcı|yanlışlık|保密|机密|機密|删除|刪除|收件人|误收|비밀|"
    r"수신인|수신자|삭제"
)
_BEYOND_DOUBT = re.compile(
    r"(?:scanned|checked) (?:for|by) (?:viruses|avast|[a-z]+ antivirus)|"
    r"environment before printing|for regulatory compliance|"
    r"ウイルス(?:チェック|スキャン)(?:済み|を実施)"
)
_HINTS = ("scanned", "checked", "printing", "compliance", "ウイルス")


def is_sent_from(line: str) -> bool:
    """Whether a line is what a mail program adds in its own praise, or a mailing list's link."""
    if len(line) > 3 * MAX_SENT_FROM_CHARS:
        return False
    if "://" in line and _LIST_LINK.fullmatch(line.strip(_AROUND)):
        return True
    unlinked = _LINK.sub("", line) if "://" in line or "<" in line else line
    bare = _EXCUSE.sub("", " ".join(unlinked.split()).strip(_AROUND))
    if _TWO_SENTENCES.search(bare):
        # `Sent from my iPhone. Please call me back.`
        return False
    if not 0 < len(bare) <= MAX_SENT_FROM_CHARS or not _names_device(bare.lower()):
        return False
    return bool(_SENT_FROM.fullmatch(bare))


def _names_device(lowered: str) -> bool:
    threes = zip(lowered, lowered[1:], lowered[2:], strict=False)
    if lowered.isascii() and "lg" not in lowered and _HEADS.isdisjoint(threes):
        # Most last lines have nothing that any of the names begins with.
        return False
    return any(name in lowered for name in DEVICES) or bool(_SHORT_DEVICE.search(lowered))


def is_notice(paragraph: str) -> bool:
    """Whether a paragraph is a legal notice: it begins like one and uses two of its words."""
    text = paragraph[:MAX_NOTICE_CHARS].strip(_AROUND)
    if len(text) <= MAX_HINTED_CHARS:
        hinted = text.lower()
        if any(hint in hinted for hint in _HINTS) and _BEYOND_DOUBT.search(
            _BLANKS.sub(" ", hinted)
        ):
            return True
    if not _OPENING.match(text[:MAX_OPENING_CHARS].lower()):
        return False
    return len(set(_LEGAL.findall(_BLANKS.sub(" ", text.lower())))) >= 2


def is_notice_heading(line: str) -> bool:
    """Whether a line is the title above a legal notice."""
    bare = line[:200].strip(_AROUND + "【】:：■").lower()
    return bool(_HEADING.fullmatch(bare))
