"""The line that mail programs write above what they quote: `On ... somebody wrote:`.

The words of it by language, and how surely one to four lines, joined, are one.
"""

from __future__ import annotations

import re
from typing import Literal

MAX_CHARS = 300

ENDS = (":", "：", "書きました。", "wrote", "wrote.", "--", ">")
"""What an attribution ends with; a quick look at the last line of it."""

VERBS = {
    "en": "wrote|writes|written|said",
    "de": "schrieb|geschrieben",
    "fr": "écrit|ecrit|écrivait",
    "es": "escribió|escribio|escrito|escribía",
    "pt": "escreveu",
    "it": "scritto|scrisse|scriveva",
    "nl": "schreef|geschreven",
    "sv, no, da": "skrev|skreiv",
    "fi": "kirjoitti",
    "pl": "napisał|napisała|napisano|napisana|pisze",
    "cs": "napsal|napsala|píše",
    "sk": "napísal|napísala|píše",
    "hu": "írta|írja",
    "ro": "scris",
    "ru": "написал|написала|пишет|писал",
    "uk": "написав|написала|пише",
    "hr": "napisao|napisala|piše",
    "et": "kirjutas",
    "tr": "yazdı|yazmış",
    "elsewhere": "viết|έγραψε|написа|написао|napisal|napisala|rašė|rakstīja|כתב|כתבה|escriure|"
    "menulis|كتب|كتبت|كتابة|نوشت|लिखा",
    "in place of a verb": "quoting|zitat|zitiere|citando|цитирую|цитую|цитирование|cytowanie|"
    "citeren|cituji|citerar|citat|lainaus|idézet|missatge|писали",
}
"""By language: the verb of the line, one word, in lower case."""

UNSPACED_VERBS = (
    "書きました|書かれました|書いています|のメール|のメッセージ|のコメント|の発言|"
    "เขียนว่า|写道|寫道|写到|编写|編寫|撰写|撰寫|작성|썼습니다|쓴 글"
).split("|")
"""The same where words are not set apart: Japanese, Chinese, Korean."""

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
    "在|于|於|周|星期|週|date|日時|"
    # Further away: el, id, vi, bg, sr, ar, fa, he, th.
    "στις|την|pada|vào|lúc|ngày|на|дана|بتاريخ|في|در|בתאריך|ב|ในวันที่|เมื่อ|เมื่อวันที่"
)
"""What such a line begins with, besides a number or the sender's name."""

_LETTER = r"[^\W\d_]"
_WORD = re.compile(rf"{_LETTER}+")
_SPOKEN = {
    word: frozenset(named.split(", "))
    for named, words in VERBS.items()
    if len(named) == 2 or ", " in named
    for word in words.split("|")
}
_VERBS = frozenset("|".join(VERBS.values()).split("|"))


def _words(table: str) -> str:
    listed = sorted(set(table.split("|")), key=len, reverse=True)
    return "|".join(re.escape(word) for word in listed)


_LEAD = re.compile(rf"[-\s\"'(（\[]*+(?:\d|(?:{_words(LEADS)})(?!{_LETTER})|20\d\d)", re.IGNORECASE)
_NUMBER = re.compile(r"\d")
_YEAR = re.compile(
    r"(?<!\d)(?:19|20|25|٢٠)\d\d(?!\d)|(?<!\d)\d{1,2}[./-]\d{1,2}[./-]\d\d(?!\d)|平成|令和"
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
_ADDRESS_LAST = re.compile(r"<[^<>@\s]{1,64}@[^<>@\s]{1,255}>$")
_ADDRESSED = re.compile(r"[>＞)）\]]\s?(?:님|さん|様)?\s?[:：]$")
_BETWEEN_DASHES = re.compile(r"-{2,}+[^-].{0,200}?\s?[:：]?\s?-{2,}+")
_BLANK = " \t\r\u3000\xa0\u200b\ufeff\u200e\u200f\u202a\u202b\u202c"


def may_end(line: str) -> bool:
    """Whether a line may be the last of an attribution: a quick look; links are not worth more."""
    return line[-1] != ">" or ("@" in line and "://" not in line)


def opens_group_wise(line: str) -> bool:
    """Whether a line is GroupWise's: `>>> Taro Yamada <taro@shop.test> 05.03.2024 14:03 >>>`."""
    bare = line.strip(_BLANK)
    if not (bare.startswith(">>> ") and bare.endswith(" >>>")) or len(bare) > MAX_CHARS:
        return False
    return bool(_YEAR.search(bare)) and bool(_TIME.search(bare))


def begins(line: str) -> bool:
    """Whether a line may be the first of several that are one attribution."""
    return bool(_LEAD.match(line)) or "@" in line or "<" in line


def is_dated(line: str) -> bool:
    """Whether a line begins as an attribution does and names a day: more of it may follow."""
    return bool(_LEAD.match(line)) and bool(_YEAR.search(line))


def is_verb(word: str) -> bool:
    """Whether a word is one of those that say that somebody wrote, in whatever language."""
    return word.lower() in _VERBS


def languages(text: str) -> frozenset[str]:
    """Return the languages whose verb stands in the line; `skrev` is of several."""
    return frozenset().union(*(_SPOKEN.get(word, ()) for word in _WORD.findall(text.lower())))


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
    numbers = bool(_NUMBER.search(bare))
    dated, timed = numbers and bool(_YEAR.search(bare)), numbers and bool(_TIME.search(bare))
    addressed = "@" in bare
    leads = bool(_LEAD.match(bare))
    if not bare.endswith((":", "：")):
        if verb and (dated or bare.endswith("書きました。")):
            return "likely"
        # `2011/4/7 Taro Yamada <taro@shop.test>`, as Gmail once had it.
        return "likely" if dated and leads and _ADDRESS_LAST.search(bare) else ""
    if dated and not _OWN_WORDS.search(bare):
        if addressed and (verb or (timed and _ADDRESSED.search(bare))):
            return "sure"
        if timed and verb and leads and _SOMEBODY.search(bare):
            return "sure"
    return "likely" if verb or (dated and (addressed or timed) and leads) else ""


def _has_verb(lowered: str) -> bool:
    if not _VERBS.isdisjoint(_WORD.findall(lowered)):
        return True
    return not lowered.isascii() and any(verb in lowered for verb in UNSPACED_VERBS)
