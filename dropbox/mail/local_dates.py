"""Dates as mail programs write them for people, above a mail that is quoted or forwarded."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from dropbox.mail import dates

MAX_CHARS = 120
"""A longer value is no date; so short a one makes any of the patterns cheap."""

_MONTH_NAMES = {
    "en": "jan january|feb february|mar march|apr april|may|jun june|jul july|aug august|"
    "sep sept september|oct october|nov november|dec december",
    "de": "jan januar jän jänner|feb februar|mär mrz märz|apr april|mai|jun juni|jul juli|"
    "aug august|sep sept september|okt oktober|nov november|dez dezember",
    "fr": "janv janvier|févr février|mars|avr avril|mai|juin|juil juillet|août aout|"
    "sept septembre|oct octobre|nov novembre|déc décembre",
    "es": "ene enero|feb febrero|mar marzo|abr abril|may mayo|jun junio|jul julio|ago agosto|"
    "sep sept septiembre setiembre|oct octubre|nov noviembre|dic diciembre",
    "pt": "jan janeiro|fev fevereiro|mar março|abr abril|mai maio|jun junho|jul julho|ago agosto|"
    "set setembro|out outubro|nov novembro|dez dezembro",
    "it": "gen gennaio|feb febbraio|mar marzo|apr aprile|mag maggio|giu giugno|lug luglio|"
    "ago agosto|set settembre|ott ottobre|nov novembre|dic dicembre",
    "nl": "jan januari|feb februari|mrt maart|apr april|mei|jun juni|jul juli|aug augustus|"
    "sep september|okt oktober|nov november|dec december",
    "sv": "jan januari|feb februari|mars|apr april|maj|juni|juli|aug augusti|"
    "sep sept september|okt oktober|nov november|dec december",
    "no": "jan januar|feb februar|mar mars|apr april|mai|jun juni|jul juli|aug august|"
    "sep sept september|okt oktober|nov november|des desember",
    "da": "jan januar|feb februar|mar marts|apr april|maj|jun juni|jul juli|aug august|"
    "sep sept september|okt oktober|nov november|dec december",
    "fi": "tammi tammik tammikuu tammikuuta|helmi helmik helmikuu helmikuuta|"
    "maalis maalisk maaliskuu maaliskuuta|huhti huhtik huhtikuu huhtikuuta|"
    "touko toukok toukokuu toukokuuta|kesä kesäk kesäkuu kesäkuuta|"
    "heinä heinäk heinäkuu heinäkuuta|elo elok elokuu elokuuta|syys syysk syyskuu syyskuuta|"
    "loka lokak lokakuu lokakuuta|marras marrask marraskuu marraskuuta|"
    "joulu jouluk joulukuu joulukuuta",
    "pl": "sty styczeń stycznia|lut luty lutego|mar marzec marca|kwi kwiecień kwietnia|"
    "maj maja|cze czerwiec czerwca|lip lipiec lipca|sie sierpień sierpnia|"
    "wrz wrzesień września|paź październik października|lis listopad listopada|"
    "gru grudzień grudnia",
    "cs": "led leden ledna|úno únor února|bře březen března|dub duben dubna|kvě květen května|"
    "čvn čer červen června|čvc červenec července|srp srpen srpna|zář září|říj říjen října|"
    "lis listopad listopadu|pro prosinec prosince",
    "sk": "jan január januára|feb február februára|mar marec marca|apr apríl apríla|"
    "máj mája|jún júna|júl júla|aug august augusta|sep september septembra|"
    "okt október októbra|nov november novembra|dec december decembra",
    "hu": "jan január|febr február|márc március|ápr április|máj május|jún június|"
    "júl július|aug augusztus|szept szeptember|okt október|nov november|dec december",
    "ro": "ian ianuarie|feb februarie|mar martie|apr aprilie|mai|iun iunie|iul iulie|"
    "aug august|sept septembrie|oct octombrie|nov noi noiembrie|dec decembrie",
    "ru": "янв январь января|февр фев февраль февраля|март марта мар|апр апрель апреля|май мая|"
    "июнь июня июн|июль июля июл|авг август августа|сент сен сентябрь сентября|"
    "окт октябрь октября|нояб ноя ноябрь ноября|дек декабрь декабря",
    "uk": "січ січень січня|лют лютий лютого|бер березень березня|квіт кві квітень квітня|"
    "трав тра травень травня|черв чер червень червня|лип липень липня|серп сер серпень серпня|"
    "вер верес вересень вересня|жовт жов жовтень жовтня|лист лис листопад листопада|"
    "груд гру грудень грудня",
    "hr": "sij siječanj siječnja|velj veljača veljače|ožu ožujak ožujka|tra travanj travnja|"
    "svi svibanj svibnja|lip lipanj lipnja|srp srpanj srpnja|kol kolovoz kolovoza|"
    "ruj rujan rujna|lis listopad listopada|stu studeni studenoga studenog|"
    "pro prosinac prosinca",
    "et": "jaan jaanuar|veebr veebruar|märts|apr aprill|mai|juuni|juuli|aug august|"
    "sept september|okt oktoober|nov november|dets detsember",
    "el": "ιαν ιανουαρίου|φεβ φεβρουαρίου|μαρ μαρτίου|απρ απριλίου|μαΐ μαΐου μαϊου|ιουν ιουνίου|"
    "ιουλ ιουλίου|αυγ αυγούστου|σεπ σεπτεμβρίου|οκτ οκτωβρίου|νοε νοεμβρίου|δεκ δεκεμβρίου",
    "bg": "януари|февруари|март|април|май|юни|юли|август|септември|октомври|ноември|декември",
    "ca": "gener|febrer|març|abril|maig|juny|juliol|agost|setembre|octubre|novembre|desembre",
    "sl": "jan januar|feb februar|mar marec|apr april|maj|jun junij|jul julij|avg avgust|"
    "sep september|okt oktober|nov november|dec december",
    "sr": "јан јануар|феб фебруар|мар март|апр април|мај|јун|јул|авг август|сеп септембар|"
    "окт октобар|нов новембар|дец децембар",
    "lt": "sausio|vasario|kovo|balandžio|gegužės|birželio|liepos|rugpjūčio|rugsėjo|spalio|"
    "lapkričio|gruodžio",
    "lv": "janvāris|februāris|marts|aprīlis|maijs|jūnijs|jūlijs|augusts|septembris|oktobris|"
    "novembris|decembris",
    "is": "janúar|febrúar|mars|apríl|maí|júní|júlí|ágúst|september|október|nóvember|desember",
    "id": "januari|februari|maret|april|mei|juni|juli|agustus|september|oktober|november|desember",
    "he": "ינואר בינואר|פברואר בפברואר|מרץ במרץ|אפריל באפריל|מאי במאי|יוני ביוני|יולי ביולי|"
    "אוגוסט באוגוסט|ספטמבר בספטמבר|אוקטובר באוקטובר|נובמבר בנובמבר|דצמבר בדצמבר",
    "ar": "يناير|فبراير|مارس|أبريل ابريل|مايو|يونيو|يوليو|أغسطس|سبتمبر|أكتوبر|نوفمبر|ديسمبر",
    "zh": "一月|二月|三月|四月|五月|六月|七月|八月|九月|十月|十一月|十二月",
    "tr": "oca ocak|şub şubat|mar mart|nis nisan|may mayıs|haz haziran|tem temmuz|ağu ağustos|"
    "eyl eylül|eki ekim|kas kasım|ara aralık",
}
"""January to December, in the nominative, the genitive and abbreviated."""


def _folded(text: str) -> str:
    """Return `text` without case and width; composed again, since case folding takes apart."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    return unicodedata.normalize("NFC", plain.replace("i\u0307", "i"))


_MONTHS: dict[str, dict[int, set[str]]] = {}
"""Case-folded name to month to the languages: `listopada` is October in Croatian alone."""
for _language, _names in _MONTH_NAMES.items():
    for _number, _forms in enumerate(_names.split("|"), 1):
        for _form in _folded(_forms).split():
            _MONTHS.setdefault(_form, {}).setdefault(_number, set()).add(_language)

_ERAS = {"令和": 2018, "平成": 1988, "昭和": 1925}
_MONTH_LAST = frozenset(("ja", "zh", "ko", "en"))
"""Languages in which `3/5/2024` alone does not say which is the day."""
_YEAR_IN_FRONT = frozenset(("ja", "zh", "ko", "hu"))
_WIDE = re.compile("[\u3040-\u30ff\u4e00-\u9fff\uac00-\ud7af]")
_AMERICAN = frozenset("est edt cst cdt mst mdt pst pdt".split())
_UNCLEAR_ZONES = frozenset(("ist", "ast", "gst", "sst", "amt"))
_LONG_ZONES = {
    "日本標準時": 540, "japan standard time": 540, "korea standard time": 540,
    "中国标准时间": 480, "中國標準時間": 480, "台北標準時間": 480, "한국 표준시": 540,
    "한국표준시": 540, "coordinated universal time": 0, "greenwich mean time": 0,
    "central european standard time": 60, "central european summer time": 120,
    "central european time": 60, "eastern european time": 120, "eastern european summer time": 180,
    "heure d'été d'europe centrale": 120, "heure normale d'europe centrale": 60,
    "mitteleuropäische zeit": 60, "mitteleuropäische sommerzeit": 120,
    "eastern standard time": -300, "eastern daylight time": -240,
    "central standard time": -360, "central daylight time": -300,
    "mountain standard time": -420, "mountain daylight time": -360,
    "pacific standard time": -480, "pacific daylight time": -420, "moscow standard time": 180,
}  # fmt: skip
_ZONES = {
    "mez": 60, "mesz": 120, "oez": 120, "oesz": 180, "hnec": 60, "heec": 120, "мск": 180,
    "haec": 120, "seč": 60, "selč": 120, "hne": -300, "hae": -240, "hnp": -480, "hap": -420,
    "akst": -540, "akdt": -480, "awst": 480, "sast": 120, "idt": 180, "wib": 420, "pkt": 300,
    "trt": 180, "aest": 600, "aedt": 660, "nzst": 720, "nzdt": 780, "brt": -180, "art": -180,
}  # fmt: skip

_VIETNAMESE_MONTHS = {
    "giêng": 1, "một": 1, "hai": 2, "ba": 3, "tư": 4, "bốn": 4, "năm": 5, "sáu": 6, "bảy": 7,
    "tám": 8, "chín": 9, "mười": 10, "mười một": 11, "mười hai": 12, "chạp": 12,
}  # fmt: skip
_THAI_MONTHS = (
    "มกราคม ม.ค.|กุมภาพันธ์ ก.พ.|มีนาคม มี.ค.|เมษายน เม.ย.|พฤษภาคม พ.ค.|มิถุนายน มิ.ย.|กรกฎาคม ก.ค.|"
    "สิงหาคม ส.ค.|กันยายน ก.ย.|ตุลาคม ต.ค.|พฤศจิกายน พ.ย.|ธันวาคม ธ.ค."
)
_THAI: dict[str, int] = {}
"""Month names are no words to `re`: Thai vowels are marks above and below the letters."""
for _number, _forms in enumerate(_THAI_MONTHS.split("|"), 1):
    _THAI |= dict.fromkeys(_folded(_forms).split(), _number)
_BUDDHIST_YEARS = 543
"""So many more than elsewhere does Thailand count."""

_CJK = re.compile(
    r"(?:(令和|平成|昭和)\s*(\d{1,2}|元)|(\d{4}))\s*[年년]\s*(\d{1,2})\s*[月월]\s*(\d{1,2})\s*[日일號号]?"
)
_CJK_YEAR_LAST = re.compile(r"(\d{1,2})\s?[月월]\s?(\d{1,2})\s?[日일]?\s?,\s?(\d{4})(?!\d)")
_ERA_LETTER = re.compile(
    r"(?<!\w)([rhs])\s?(\d{1,2})\s?([./年-])\s?(\d{1,2})\s?[./月-]\s?(\d{1,2})(?!\d)"
)
"""`R7.3.3`: between Japanese labels, or with a Japanese sign beside it."""
_YEAR_FIRST = re.compile(r"(?<!\d)(\d{4})\s?([-/.])\s?(\d{1,2})\s?\2\s?(\d{1,2})(?!\d)\.?")
_YEAR_LAST = re.compile(r"(?<!\d)(\d{1,2})\s?([-/.])\s?(\d{1,2})\s?\2\s?(\d{4}|\d{2})(?!\d|[:h])")
_DASHED = re.compile(r"(?<!\d)(\d{1,2})-([^\W\d_]{3,12})\.?-(\d{2,4})(?!\d)")
_NUMBERED = re.compile(
    r"(?<!\d)(\d{1,2}),?\s?(?:tháng|thg\.?)\s?"
    rf"(\d{{1,2}}|{'|'.join(sorted(_VIETNAMESE_MONTHS, key=len, reverse=True))})"
    r"\s?,?\s?(?:năm\s)?(\d{4})(?!\d)"
)
"""`15 thg 3, 2024`: Vietnamese months have numbers for names."""
_IN_THAI = re.compile(
    rf"(?<!\d)(\d{{1,2}})\s?({'|'.join(map(re.escape, _THAI))})"
    r"\s?(?:พ\.ศ\.|ค\.ศ\.)?\s?(\d{4})(?!\d)"
)
_THAI_LETTER = re.compile("[\u0e00-\u0e7f]")
_HEBREW_AT = re.compile(r"(?<!\w)ב-(?=\d)")
_WORD = re.compile(r"[^\W\d_]+")
_NUMBER = re.compile(r"(?<![\d:+-])\d{1,4}(?![\d:])")
_TIME = re.compile(
    r"(?<![\d+:.-])(\d{1,2})\s?(?:[:.h]|[時时點点시]\s?)(\d{1,2})"
    r"(?:\s?(?:[:.m]|[分분]\s?)(\d{2})(?:[.,]\d{1,6})?)?(?!\d)"
)
_OFFSET_IN_FRONT = re.compile(
    r"(?:gmt|utc)\s?([+-])\s?(\d{1,2})(?::?(\d{2}))?(?!\d)|\bjst\b|\bcst\b"
)
_OFFSET = re.compile(r"(?:gmt|utc|z|\b)?\s?([+-])\s?(\d{1,2})(?::?(\d{2}))?(?!\d)")
_BEFORE_NOON = (
    # vi, sv, fi, hu, cs, sk, sl, hr, uk, ru, bg, et, lv, lt, de, ms
    r"(?:sa|sáng|fm|ap|dop|dopoludnia|prijepodne|дп|e\.p|priekšp|priešpiet|vorm|pg)\b|de\.|пр\.\s?об"
)
_AFTER_NOON = (
    r"(?:ch|chiều|tối|ip|odp|pop|popoludní|poslijepodne|пп|p\.l|pēcp|popiet|nachm|ptg)\b|du\.|"
    r"сл\.\s?об|em$"
)
"""What Outlook for phones writes for AM and PM; `du` and `em` are words elsewhere."""
_HALF = re.compile(
    # Beside the time only: in `Am Freitag, den 15. März 2024 um 9:03` it is a word.
    r"(?:(?<=\d)|(?<=\d\s))(?P<behind>[ap])\.?\s?m\b\.?"
    r"|(?<!\w)(?P<before>[ap])\.?m\b\.?(?=\s?\d{1,2}:)"
    r"|(?P<early>午前|上午|오전|凌晨|早上|清晨|öö|π\.?\s?μ\b|(?<!\w)ص(?!\w)|صباح|ق\.?ظ|לפנה|"
    rf"(?<=\d\s)(?:{_BEFORE_NOON}))"
    r"|(?P<late>午後|下午|오후|晚上|傍晚|ös|(?<!\w)μ\.?\s?μ\b|(?<!\w)م(?!\w)|مساء|ب\.?ظ|אחה|"
    rf"(?<=\d\s)(?:{_AFTER_NOON}))"
    r"|(?P<noon>中午)"
)


def read(text: str, languages: Iterable[str] = ()) -> datetime | None:
    """Return the instant in UTC, or without a time zone where `text` names none.

    `languages`: those of the labels around it, where they are known; they say which number of
    `3/5/2024` is the day. None for what is no date, for one outside of 1970 to 2199, and wherever
    two readings are possible. A date without a time is midnight's.
    """
    if len(text) > MAX_CHARS:
        return None
    plain = _folded(text).strip().replace("\u2212", "-")
    plain = _DASHED.sub(r"\1 \2 \3", _HEBREW_AT.sub(" ", plain))
    if not any(sign.isdigit() for sign in plain):
        return None
    hints = frozenset(languages)
    try:
        found = _day(plain, hints)
        if found is None:
            return None
        (year, month, day), rest = found
        if year > dates.LAST_YEAR and ("th" in hints or _THAI_LETTER.search(plain)):
            year -= _BUDDHIST_YEARS
        return _instant(year, month, day, rest, in_cjk=bool(_WIDE.search(plain)))
    except (ValueError, OverflowError):
        return None


_Day = tuple[tuple[int, int, int], str]


def _day(plain: str, hints: frozenset[str]) -> _Day | None:
    """Return year, month and day, and `plain` without them."""
    if found := _CJK.search(plain):
        era, of_era, year, month, day = found.groups()
        in_era = 1 if of_era == "元" else int(of_era or 0)
        whole = _ERAS[era] + in_era if era else int(year)
        return (whole, int(month), int(day)), _without(plain, found.span())
    if found := _CJK_YEAR_LAST.search(plain):
        month, day, year = found.groups()
        return (int(year), int(month), int(day)), _without(plain, found.span())
    if found := _NUMBERED.search(plain):
        day, month, year = found.groups()
        number = _VIETNAMESE_MONTHS.get(month) or int(month)
        return (int(year), number, int(day)), _without(plain, found.span())
    if found := _IN_THAI.search(plain):
        day, month, year = found.groups()
        return (int(year), _THAI[month], int(day)), _without(plain, found.span())
    if found := _YEAR_FIRST.search(plain):
        year, _, month, day = found.groups()
        return (int(year), int(month), int(day)), _without(plain, found.span())
    if (found := _ERA_LETTER.search(plain)) and ("ja" in hints or _WIDE.search(plain)):
        era, of_era, _, month, day = found.groups()
        year = {"r": 2018, "h": 1988, "s": 1925}[era] + int(of_era)
        return (year, int(month), int(day)), _without(plain, found.span())
    if named := _named(plain, hints):
        return named
    if found := _YEAR_LAST.search(plain):
        first, sign, second, year = found.groups()
        order = _order(int(first), int(second), sign, hints, plain)
        if len(year) == 2 and (hints & _YEAR_IN_FRONT or _WIDE.search(plain)):
            # `24.03.05`, as Koreans write it.
            return (_year(first), int(second), int(year)), _without(plain, found.span())
        if len(year) == 2 and sign != "." and not (hints and not hints & _MONTH_LAST):
            order = None
        if order:
            return (_year(year), *order), _without(plain, found.span())
    return None


def _order(
    first: int, second: int, sign: str, hints: frozenset[str], plain: str
) -> tuple[int, int] | None:
    """Return month and day of `first sign second`, if it is certain which is which."""
    if first > 12 or first == second:
        return second, first
    if second > 12:
        return first, second
    if sign == "." or (hints and not hints & _MONTH_LAST):
        return second, first
    if _AMERICAN.intersection(_WORD.findall(plain)):
        return first, second
    return None


def _named(plain: str, hints: frozenset[str]) -> _Day | None:
    """Read a date whose month is a word: the last one, since `mar.` is Tuesday to some."""
    month, at = 0, None
    for word in _WORD.finditer(plain):
        if word[0] in _MONTHS:
            month, at = _month(_MONTHS[word[0]], hints), word
    if at is None or not month:
        return None
    # Years and days, where they stand; not the numbers of the time.
    timeless = _TIME.sub(lambda time: "_" * len(time[0]), plain) if _has_colon(plain) else plain
    before = list(_NUMBER.finditer(timeless, 0, at.start()))
    after = list(_NUMBER.finditer(timeless, at.end()))
    if (
        before
        and len(before[-1][0]) <= 2
        and plain[before[-1].end() : at.start()].strip(" .-/,\u00ba\u00aa")
        in ("", "de", "d", "of", "th", "st", "nd", "rd", "er")
    ):
        day, year = before[-1], next(iter(after), None)
        if year is not None and len(year[0]) == 3:
            return None
    elif after and len(after[0][0]) <= 2:
        day = after[0]
        year = next((one for one in (*after[1:], *before) if len(one[0]) == 4), None)
    else:
        return None
    if year is None and len(before) > 1 and len(before[-2][0]) == 4:
        # `2024. gada 5. marts`, as Latvians write it.
        year = before[-2]
    if year is None:
        return None
    rest = _without(plain, at.span(), day.span(), year.span())
    return (_year(year[0]), month, int(day[0])), rest


def _without(plain: str, *spans: tuple[int, int]) -> str:
    for begin, end in spans:
        plain = f"{plain[:begin]}{' ' * (end - begin)}{plain[end:]}"
    return plain


def _has_colon(plain: str) -> bool:
    return re.search(r"\d[:h時]\d", plain) is not None


def _month(meanings: dict[int, set[str]], hints: frozenset[str]) -> int:
    if len(meanings) == 1:
        return next(iter(meanings))
    meant = [number for number, spoken in meanings.items() if spoken & hints]
    return meant[0] if len(meant) == 1 else 0


def _year(digits: str) -> int:
    year = int(digits)
    return year + (2000 if year < 50 else 1900) if len(digits) <= 2 else year


def _instant(year: int, month: int, day: int, rest: str, *, in_cjk: bool) -> datetime | None:
    if not dates.FIRST_YEAR <= year <= dates.LAST_YEAR:
        return None
    time = _TIME.search(rest)
    if time is None:
        return datetime(year, month, day)  # noqa: DTZ001 - the reader's zone is the user's
    hour, minute, second = (int(number or 0) for number in time.groups())
    if half := _HALF.search(rest):
        late = bool(half["late"]) or "p" in (half["behind"], half["before"])
        if hour > 12 and not late:
            return None
        if hour <= 12:
            hour = hour if half["noon"] else hour % 12 + (12 if late else 0)
    local = datetime(year, month, day, hour, minute, min(second, 59))  # noqa: DTZ001
    behind = rest[time.end() :]
    offset = _offset(behind)
    if in_cjk and (offset is None or "cst" in behind):
        # Apple Mail: `2024年5月7日 GMT+8 09:41:12`.
        offset = _offset_in_cjk(rest)
    if offset is not None:
        return (local - timedelta(minutes=offset)).replace(tzinfo=UTC)
    named = _UNCLEAR_ZONES.intersection(_WORD.findall(behind))
    return None if named else local


def _offset_in_cjk(rest: str) -> int | None:
    """Return the zone in minutes wherever it stands, as East Asia reads its abbreviation."""
    found = _OFFSET_IN_FRONT.search(rest)
    if found is None:
        return None
    if found[1]:
        return _offset(found[0])
    return 540 if found[0] == "jst" else 480


def _offset(behind: str) -> int | None:
    """Return the zone in minutes east of Greenwich; None when none is named."""
    if found := _OFFSET.search(behind):
        hours, minutes = int(found[2]), int(found[3] or 0)
        if hours <= 14 and minutes < 60:
            return (hours * 60 + minutes) * (-1 if found[1] == "-" else 1)
    for name, offset in _LONG_ZONES.items():
        if name in behind:
            return offset
    for word in _WORD.findall(behind):
        known = _ZONES.get(word, dates.ZONES.get(word))
        if known is not None and word not in _UNCLEAR_ZONES:
            return known
    return None
