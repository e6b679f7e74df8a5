"""The words that mail programs write around a quoted or forwarded mail, by language.

Tables only, and how a line is looked up in them. Seen in Gmail, Outlook (Windows, Mac, web,
mobile), Exchange, Apple Mail, Yahoo, Thunderbird, HubSpot, Missive, IONOS, MailMate, Becky!,
Yahoo! JAPAN, Spark, Fastmail, Proton and Notes.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Literal, NamedTuple

from dropbox.mail.label_tables import HEADER_LABELS, Field

MAX_LABEL_CHARS = 40
MAX_SEPARATOR_CHARS = 200
MIN_RULE_CHARS = 3

FORWARD_STEMS = (
    # en, de, fr, es, pt, it, nl, Scandinavia
    "forwarded|fwd message|weitergeleitet|weiterleitung|transféré|transfére|réexpédi|réachemin|"
    "message transmis|reenviad|reencaminhad|encaminhad|inoltrat|doorgestuurd|vidarebefordra|"
    "vidaresänd|videresend|videresendt|"
    # fi, pl, cs, sk, hu, ro
    "välitett|välitetty|edelleenlähet|eteenpäin lähet|przekaz|przesłan|przesyłan|přepos|"
    "přesměr|preposl|preposie|továbbít|redirecționat|redirecţionat|redirectionat|"
    "mesaj transmis|retransmis|înaintat|inaintat|"
    # ru, uk, hr, et, tr
    "пересыл|переслан|переадрес|перенаправ|переспрям|пересила|proslijeđ|proslijed|prosleđ|"
    "preusmjer|edasta|edasi saade|edasisaad|yönlendir|iletilen|iletilmiş|"
    # CJK
    "转发|轉發|轉寄|转寄|전달|転送|"
    # beyond
    "προωθ|препрат|posredovan|прослеђ|persiųst|persiunč|pārsūt|framsen|reenviat|diteruskan|"
    "باز ارسال|بازارسال|pesan terusan|chuyển tiếp|ส่งต่อ|"
    "הועבר|מועבר|ممرر|مُمرّر|مُعاد|معاد توجيه|تمت إعادة"
).split("|")
"""What a line that opens a forwarded mail holds, case folded, in any of the languages."""

FORWARD_BEGINNINGS = (
    # Apple Mail, MailMate
    "Begin forwarded message|Forwarded message|Anfang der weitergeleiteten Nachricht|"
    "Weitergeleitete Nachricht|Beginn der weitergeleiteten Nachricht|"
    "Début du message réexpédié|Début du message transféré|Message transféré|"
    "Inicio del mensaje reenviado|Comienzo del mensaje reenviado|Mensaje reenviado|"
    "Início da mensagem encaminhada|Início da mensagem reencaminhada|Mensagem encaminhada|"
    "Inizio messaggio inoltrato|Inizio del messaggio inoltrato|Messaggio inoltrato|"
    "Begin doorgestuurd bericht|Doorgestuurd bericht|"
    "Vidarebefordrat mejl|Vidarebefordrat brev|Vidarebefordrat meddelande|"
    "Videresendt melding|Start på videresendt melding|Videresendt e-post|"
    "Start på videresendt besked|Videresendt besked|Videresendt meddelelse|"
    "Begynder videresendt besked|Begynnelse på videresendt melding|"
    "Välitetty viesti alkaa|Välitetty viesti|Edelleenlähetetty viesti|Välitetyn viestin alku|"
    "Początek przekazywanej wiadomości|Początek przekazanej wiadomości|"
    "Przekazana wiadomość|Wiadomość napisana przez|Przekazywana wiadomość|"
    "Začátek přeposílané zprávy|Začátek přeposlané zprávy|Přeposlaná zpráva|"
    "Začiatok preposielanej správy|Začiatok preposlanej správy|Preposlaná správa|"
    "Továbbított üzenet kezdete|Továbbított levél kezdete|Továbbított üzenet|"
    "Începutul mesajului redirecționat|Începe mesajul redirecționat|Mesaj redirecționat|"
    "Începutul mesajului retransmis|Început mesaj redirecționat|Mesaj retransmis|"
    "Начало переадресованного сообщения|Начало пересылаемого сообщения|"
    "Пересылаемое сообщение|Начало пересланного сообщения|Переадресованное сообщение|"
    "Початок листа, що пересилається|Початок пересланого повідомлення|"
    "Початок переспрямованого повідомлення|Переслане повідомлення|Початок переадресованого листа|"
    "Početak proslijeđene poruke|Započni proslijeđenu poruku|Proslijeđena poruka|"
    "Početak prosleđene poruke|Edastatud kiri|Edastatud sõnum|Edastatud kirja algus|"
    "İletilen mesajın başlangıcı|İletilen ileti başlangıcı|Yönlendirilen iletinin başlangıcı|"
    "Yönlendirilmiş ileti|İletilen ileti|İleti başlangıcı|Yönlendirilen ileti başlangıcı|"
    "开始转发的邮件|以下是转发的邮件|转发的邮件|已转发的邮件|下面是被转发的邮件|转发邮件|"
    "開始轉寄郵件|開始轉寄訊息|轉寄的郵件|以下是轉寄的郵件|已轉寄的郵件|以下是轉寄的電子郵件|"
    "전달된 메시지|전달된 메시지 시작|전달된 메일|전달된 이메일|"
    "転送されたメッセージ|転送メッセージ|転送されたメール|転送メール|転送元メッセージ|"
    "以下、転送されたメッセージ|以下は転送されたメッセージです|"
    # beyond
    "Έναρξη προωθημένου μηνύματος|Αρχή προωθημένου μηνύματος|Προωθημένο μήνυμα|"
    "Inici del missatge reenviat|"
    "תחילת ההודעה שהועברה|بدء الرسالة المُعاد توجيهها|بدء الرسالة المعاد توجيهها|"
    "Bắt đầu thư được chuyển tiếp|เริ่มต้นข้อความที่ส่งต่อ|"
    "Mulai pesan terusan|Mulai pesan yang diteruskan|"
    "Mula pesanan yang dimajukan|Začetek posredovanega sporočila|Начало на препратено съобщение"
).split("|")
"""Lines with a colon at their end, and without dashes, that open a forwarded mail."""

ORIGINAL_STEMS = (
    "original message|original mail|original email|original e-mail|original-nachricht|"
    "originalnachricht|"
    "ursprüngliche nachricht|ursprüngliche mail|message d'origine|message original|"
    "message initial|mensaje original|mensagem original|messaggio originale|"
    "oorspronkelijk bericht|origineel bericht|ursprungligt meddelande|ursprungligt mail|"
    "originalmeddelande|opprinnelig melding|original melding|oprindelig meddelelse|"
    "oprindelig besked|original meddelelse|alkuperäinen viesti|wiadomość oryginalna|"
    "oryginalna wiadomość|pierwotna wiadomość|původní zpráva|původní e-mail|pôvodná správa|"
    "eredeti üzenet|eredeti levél|mesaj original|mesajul original|mesaj inițial|"
    "исходное сообщение|оригинальное сообщение|первоначальное сообщение|"
    "оригінальне повідомлення|вихідне повідомлення|початкове повідомлення|izvorna poruka|"
    "originalna poruka|originaalkiri|algne kiri|algne sõnum|algsõnum|orijinal ileti|"
    "orijinal mesaj|özgün ileti|özgün mesaj|asıl ileti|原始邮件|原始郵件|邮件原件|原邮件|"
    "原始信件|原始訊息|原始消息|원본 메시지|원본 메일|원본메시지|元のメッセージ|元のメール|"
    "オリジナルメッセージ|元メール|元メッセージ|オリジナル メッセージ|引用元"
).split("|")
"""What Outlook and others write above a quotation and above a forwarded mail alike."""

REPLY_PREFIXES = frozenset(
    "re aw sv antw odp res rif r ynt vá atb ответ відп bls ad vast "
    "απ σχετ отг ats atb nep svar balas odg השב תשובה תגובה رد ตอบ ตอบกลับ "
    "返信 返 回复 回覆 答复 答覆 回信 回 답장 회신 답신".split()
) | {"trả lời"}
FORWARD_PREFIXES = frozenset(
    "fw fwd redir videresend wg tr rv enc i vb vl pd doorst ilt fs "
    "továbbítás továbbított továbbítva tov "
    "переслано пересл пер fwd:fwd trs proslijeđeno přeposlat přeposláno preposlané edasi "
    "πρθ πρ препр posr persiunč teruskan העברה הועבר ส่งต่อ "
    "転送 転 转发 轉寄 轉發 转寄 전달".split()
) | {"إعادة توجيه", "chuyển tiếp"}
"""Subject prefixes, case folded. `VS` is in neither: a reply in Finnish, a forward in Norwegian."""

WROTE = (
    "wrote|writes|schrieb|a écrit|écrivait|escribió|escreveu|ha scritto|scrisse|schreef|"
    "heeft geschreven|geschreven|skrev|kirjoitti|napisał|napisała|napisał(a)|pisze|napsal|"
    "napsala|napsal(a)|napísal|napísala|napísal(a)|írta|ezt írta|a scris|написал|написала|"
    "написал(а)|пишет|писал|написав|написала|пише|je napisao|je napisala|napisao|napisala|"
    "je napisao/la|napisao je|kirjutas|şunu yazdı|yazdı|写道|寫道|寫|写|님이 작성|작성|"
    "のメール|書きました|wrote"
).split("|")
"""The verb that ends the line above a quotation: `On ... somebody wrote:`."""

_BLANKS = re.compile(r"\s+")
_WIDE = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_DIRECTIONS = "\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
_BLANK = f" \t\r\u3000\xa0\u200b\ufeff{_DIRECTIONS}"
_ENTITIES = {"&nbsp;": " ", "&lt;": "<", "&gt;": ">", "&quot;": '"'}
_EMPHASIS = f"{_BLANK}*_|"
_DECORATION = "-_=*~#+<>|\u2010\u2011\u2012\u2013\u2014\u2015\u2500\u2501\u30fc\uff0d\uff1d\u2026."
_BULLETS = f"{_EMPHASIS}■□◆◇●○◎▼▽▶▷※・【】"
_MARKS = "▼▽■□◆◇●○◎▶▷►◀【】［］「」『』〔〕[](){}（）《》〈〉＜＞※"
_SIGNS = _DECORATION + _MARKS + _BLANK
_PREFIX = re.compile(
    r"[\s\u200e\u200f]*+(?:\[[^\]:]{1,40}\]\s*+)?"
    r"([^\s:：\[\](（【]{1,14}(?:\s[^\W\d]{2,8})?)\s?(?:[\[(^]?\d{1,3}[\])]?)?\s?[:：]"
)
_PREFIX_ENDS = ":：】)）]］"
_BRACKETED = re.compile(r"\s*+[【(（\[［]\s?([^】)）\]］]{1,10}?)\s?[】)）\]］]")


def normal(words: str) -> str:
    """Return a label as the tables hold it: case folded, NFKC, blanks as one, or none in CJK."""
    plain = unicodedata.normalize("NFKC", words).casefold().replace("’", "'")
    plain = unicodedata.normalize("NFC", plain.replace("i\u0307", "i"))
    return _BLANKS.sub("" if _WIDE.search(plain) else " ", plain).strip()


_FIELDS: dict[str, Field] = {
    normal(label): field
    for table in HEADER_LABELS.values()
    for field, listed in table.items()
    for label in listed.split("|")
}
_SPOKEN: dict[str, frozenset[str]] = {}
for _language, _table in HEADER_LABELS.items():
    for _label in "|".join(_table.values()).split("|"):
        _SPOKEN[normal(_label)] = _SPOKEN.get(normal(_label), frozenset()) | {_language}
_FORWARD = tuple(normal(stem) for stem in FORWARD_STEMS)
_BEGINNINGS = frozenset(normal(line) for line in FORWARD_BEGINNINGS)
_ORIGINAL = tuple(normal(stem) for stem in ORIGINAL_STEMS)


class Labelled(NamedTuple):
    """A line that begins with a label of the tables."""

    field: Field
    value: str
    languages: frozenset[str]
    """Those that use the label."""


def field(line: str) -> Labelled | None:
    """Read a line as `label: value`; None when it begins with no label of the tables.

    Emphasis (`*From:* x`), full-width colons and blanks before the colon are seen through, and so
    is a row of a table without colons (`| From | x |`). Quote marks are the caller's to remove.
    """
    head = line[: MAX_LABEL_CHARS + 10].replace("：", ":")
    if head[:1] == "|" and (row := _row(line, head)):
        return row
    label, colon, _ = head.partition(":")
    if not colon:
        return None
    # `■差出人：`, `【宛先】：`
    name = _known(label.strip(_EMPHASIS if label.isascii() else _BULLETS))
    if not name:
        return None
    value = line[len(label) + 1 :].strip(_BLANK).lstrip("*").strip(_BLANK)
    if "|" in label:
        # A table in text: `| From: | Mia Lund |`.
        value = value.strip(_BLANK + "|")
    if value.endswith("*") and "*" in label:
        # `*From: somebody*`: the whole line is emphasised.
        value = value.rstrip("*")
    return Labelled(_FIELDS[name], _without_entities(value), _SPOKEN[name])


def _row(line: str, head: str) -> Labelled | None:
    """Read `| From | Mia Lund <mia@fjord.test> |`, as NetEase's programs draw a header."""
    label, cell, _ = head.strip(_EMPHASIS).partition("|")
    name = _known(label.strip(_EMPHASIS)) if cell else ""
    if not name:
        return None
    value = line[line.index("|", line.index(label) + len(label)) :].strip(_BLANK + "|")
    return Labelled(_FIELDS[name], value, _SPOKEN[name])


def _without_entities(value: str) -> str:
    """Undo what QQ and Naver leave of HTML in their plain text."""
    if "&" in value:
        for entity, sign in _ENTITIES.items():
            value = value.replace(entity, sign)
        return value.strip(_BLANK)
    return value


@lru_cache(maxsize=2_000)
def _known(label: str) -> str:
    name = normal(label)
    return name if name in _FIELDS else ""


def separator(line: str) -> Literal["forward", "original", "rule", ""]:
    """Return what a line between a comment and a quoted mail is; empty when it is none.

    `forward`: says that what follows was forwarded. `original`: the line that Outlook writes in
    answers and forwards alike. `rule`: a line of signs, or one in dashes that nobody knows.
    A line of words counts only between dashes or the like, or with a colon at its end; whether a
    header block follows is the caller's to see.
    """
    if len(line) > MAX_SEPARATOR_CHARS:
        return ""
    bare = line.strip(_BLANK)
    words = bare.strip(_SIGNS)
    if not words:
        return "rule" if len(bare) >= MIN_RULE_CHARS and bare[0] in _DECORATION else ""
    plain = normal(words.rstrip(":： "))
    opened = bare[0] in _MARKS or (len(bare) > 4 and not bare[:2].strip(_DECORATION))
    # With a Japanese name in it a line loses its blanks, of which the stems know.
    both = f"{plain}\n{words.casefold()}"
    if opened or both.partition("\n")[2].startswith("forwarded by"):
        # Not a generator: some mails have a thousand lines that begin with a sign.
        if any(map(both.__contains__, _FORWARD)):
            return "forward"
        if any(map(both.__contains__, _ORIGINAL)):
            return "original"
        return "rule" if bare.startswith("--") and bare.endswith("--") else ""
    if plain == "this is a forwarded message":
        # The Bat!
        return "forward"
    if plain.startswith("message du ") and plain[-1:].isdigit():
        # Orange and La Poste: `> Message du 05/03/24 14:03`.
        return "original"
    if words.endswith((":", "：")):
        if plain in _BEGINNINGS:
            return "forward"
        if plain.startswith(_ORIGINAL) and len(plain) < MAX_LABEL_CHARS:
            return "original"
    return ""


def prefix(subject: str) -> Literal["reply", "forward", ""]:
    """Return what the outermost prefix of a subject says (`Re:`, `WG:`, `【転送】`)."""
    head = subject[:80]
    if not any(map(head.__contains__, _PREFIX_ENDS)):
        return ""
    found = _PREFIX.match(head) or _BRACKETED.match(head)
    word = normal(found[1]).rstrip(".") if found else ""
    if word in FORWARD_PREFIXES:
        return "forward"
    return "reply" if word in REPLY_PREFIXES else ""


def without_prefix(subject: str) -> str:
    """Return the subject without its outermost `Fwd:` or the like."""
    if not prefix(subject):
        return subject.strip()
    found = _PREFIX.match(subject) or _BRACKETED.match(subject)
    return subject[found.end() :].strip() if found else subject.strip()
