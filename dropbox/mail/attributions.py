"""The line that mail programs write above what they quote: `On ... somebody wrote:`.

The words of it by language, and how surely one to four lines, joined, are one.
"""

from __future__ import annotations

import re
from typing import Literal

MAX_CHARS = 400

VERBS = {
    "en": "wrote|writes|has written|said",
    "ja": "書きました|書かれました|書いています|のメール|のメッセージ|のコメント|の発言",
    "de": "schrieb|hat geschrieben|geschrieben",
    "fr": "a écrit|a ecrit|écrivait|écrit",
    "es": "escribió|escribio|ha escrito|escribía",
    "pt": "escreveu",
    "it": "ha scritto|scrisse|scriveva",
    "nl": "schreef|heeft geschreven|het volgende geschreven",
    "sv, no, da": "skrev|skreiv",
    "fi": "kirjoitti",
    "pl": "napisał|napisała|napisał(a)|napisał/a|napisano|napisana przez|pisze",
    "cs": "napsal|napsala|napsal(a)|píše",
    "sk": "napísal|napísala|napísal(a)|píše",
    "hu": "írta|ezt írta|írja",
    "ro": "a scris",
    "ru": "написал|написала|написал(а)|пишет|писал|писал(а)",
    "uk": "написав|написала|написав(ла)|написав/ла|пише",
    "hr": "napisao|napisala|napisao/la|napisao(la)|piše",
    "et": "kirjutas",
    "tr": "yazdı|yazmış",
    "zh": "写道|寫道|写到|编写|編寫|撰写|撰寫",
    "ko": "작성|작성함|작성했습니다|썼습니다|쓴 글",
    "in place of a verb": "quoting|zitat von|zitiere|citando|цитирую",
    "elsewhere": "đã viết|έγραψε|написа|je napisal|rašė|rakstīja|כתב|כתבה|va escriure|menulis",
}
"""By language: the verb of the line."""

LEADS = (
    # The word that stands before a date.
    "on|at|in|am|den|le|el|em|no dia|il|op|w dniu|dnia|dne|dňa|kuupäev|pe|la data|în data|"
    "quoting|zitat von|zitiere|citando|citando a|цитирую|в|от|dana|kontakt|"
    # Days of the week, as Gmail begins the line in many languages; three letters are enough.
    "mon|tue|wed|thu|fri|sat|sun|mo|di|mi|do|fr|sa|so|montag|dienstag|mittwoch|donnerstag|freitag|"
    "samstag|sonntag|lun|mar|mer|jeu|ven|sam|dim|mán|tir|tor|ons|tis|fre|lør|lör|søn|sön|man|"
    "ma|ke|to|la|su|pon|wt|śr|czw|pt|sob|niedz|po|út|st|čt|pá|ne|ut|št|pi|hét|kedd|sze|csüt|"
    "пн|вт|ср|чт|пт|сб|вс|нд|понедельник|вторник|среда|четверг|пятница|суббота|воскресенье|"
    "uto|sri|čet|pet|sub|ned|e|t|k|n|r|l|p|pzt|sal|çar|per|cum|cmt|paz|"
    "在|于|於|周|星期|週|date|日時"
)
"""What such a line begins with, besides a number or the sender's name."""

_LETTER = r"[^\W\d_]"
_UNSPACED = frozenset(("ja", "zh", "ko"))


def _words(table: str) -> str:
    listed = sorted(set(table.split("|")), key=len, reverse=True)
    return "|".join(re.escape(word) for word in listed)


# One search in a text for each verb is ten times as fast as one pattern of all verbs.
_VERBS = {
    verb: re.compile(
        re.escape(verb)
        if language in _UNSPACED
        else rf"(?<!{_LETTER}){re.escape(verb)}(?!{_LETTER})"
    )
    for language, table in VERBS.items()
    for verb in table.split("|")
}
_LEAD = re.compile(rf"[-\s\"'(（\[]*+(?:\d|(?:{_words(LEADS)})(?!{_LETTER})|20\d\d)", re.IGNORECASE)
_YEAR = re.compile(
    r"(?<!\d)(?:19|20)\d\d(?!\d)|(?<!\d)\d{1,2}[./-]\d{1,2}[./-]\d\d(?!\d)|平成|令和"
)
_TIME = re.compile(
    r"(?<!\d)[0-2]?\d(?:\s?[:：]\s?|h|時|시\s?|点|點)[0-5]\d(?!\d)"
    r"|(?:kl\.?|klo|kello|kell|ore|um|às|o)\s[0-2]?\d\.[0-5]\d(?!\d)"
    r"|[0-2]?\d[時点點시](?!\d)",
    re.IGNORECASE,
)
_SOMEBODY = re.compile(r"さん|様|氏|[@、]|[a-z]{4}")
"""Who it is from stands in it: without that, `昨日のメール:` may be somebody's own words."""
_OWN_WORDS = re.compile(
    rf"(?<!{_LETTER})(?:I wrote|I said|schrieb ich|ich schrieb|you wrote|j'ai écrit|escribí)"
    rf"(?!{_LETTER})",
    re.IGNORECASE,
)
_ADDRESSED = re.compile(r"[>＞)）\]]\s?(?:님|さん|様)?\s?[:：]$")
_BETWEEN_DASHES = re.compile(r"-{2,}+[^-].{0,200}?\s?[:：]?\s?-{2,}+")
_BLANK = " \t\r\u3000\xa0\u200b\ufeff\u200e\u200f"
_ENDS = (":", "：", "。", ".", "wrote", "-")


def begins(line: str) -> bool:
    """Whether a line may be the first of several that are one attribution."""
    return bool(_LEAD.match(line)) or "@" in line or "<" in line


def is_dated(line: str) -> bool:
    """Whether a line begins as an attribution does and names a day: more of it may follow."""
    return bool(_LEAD.match(line)) and bool(_YEAR.search(line))


def may_end(line: str) -> bool:
    """Whether a line, stripped, may be the last of an attribution; a quick look."""
    return line.endswith(_ENDS)


def certainty(text: str) -> Literal["sure", "likely", ""]:
    """Judge one line, or several joined by blanks.

    `sure`: an attribution whatever follows. `likely`: one, if quoted lines follow.
    """
    bare = text.strip(_BLANK).strip("*_")
    if not bare or len(bare) > MAX_CHARS:
        return ""
    if bare.startswith("--") and bare.endswith("-"):
        # Notes: `-----Taro Yamada/Osaka wrote: -----`.
        said = _has_verb(bare.lower()) and bool(_SOMEBODY.search(bare))
        return "sure" if said and _BETWEEN_DASHES.fullmatch(bare) else ""
    if bare.endswith("-"):
        return ""
    verb = _has_verb(bare.lower())
    dated, timed = bool(_YEAR.search(bare)), bool(_TIME.search(bare))
    addressed = "@" in bare
    leads = bool(_LEAD.match(bare))
    if not bare.endswith((":", "：")):
        return "likely" if verb and (dated or bare.endswith("書きました。")) else ""
    if dated and not _OWN_WORDS.search(bare):
        if addressed and (verb or (timed and _ADDRESSED.search(bare))):
            return "sure"
        if timed and verb and leads and _SOMEBODY.search(bare):
            return "sure"
    return "likely" if verb or (dated and (addressed or timed) and leads) else ""


def _has_verb(lowered: str) -> bool:
    return any(verb in lowered and pattern.search(lowered) for verb, pattern in _VERBS.items())
