"""Where the signature begins at the end of a newly written text.

A rule of signs is no signature by itself: Japanese business mail frames agendas, dates and orders
in the same rules. What stands inside decides, and in doubt the text is kept.
"""

from __future__ import annotations

import re
import string
import unicodedata

from dropbox.mail import farewells

MAX_LINES = 40
"""A signature is looked for in so many lines at the end."""
MAX_LINE_CHARS = 300
MAX_ROUNDS = 8
MAX_DELIMITED_LINES = 20
MAX_BOX_LINES = 14
MAX_SMALL_LINES = 5
MAX_BOX_COLUMNS = 90

_BLANK = " \t\r\u3000\xa0\u200b\ufeff\u200e\u200f"
_RULE_SIGNS = frozenset(
    "-=_*~+#^:;.,'`|/\\<>。｡ﾟ゜－＝＿＊～〜＋＃・･…‥〓≡∽∞＜＞｜：―‐‑‒–—−ーｰ※♪♦♢♡♥☆★✿❀✽❖✦✧≪≫《》彡°￣⌒⋆❁✾✽❉❋✤✣✩✯✰♬♫☎✉✂§†‡∴∵∝⊂⊃%％$＄@＠&＆【】"
    + "".join(map(chr, range(0x2500, 0x2600)))
)
_PLAIN = frozenset(string.ascii_letters + string.digits)
"""What begins neither a rule nor a blank line, nor is nothing."""
_DOTS = frozenset(".…‥。｡ﾟ゜・･,:;'`<>＞＜ーｰ")
_FRAME = "".join(_RULE_SIGNS - set("'`<>《》:：.。｡ﾟ#＃+＋/\\彡°%％$＄@＠&＆§【】☎✉")) + _BLANK
_MIN_DOTS = 8
"""So many dots are a rule, fewer are a silence."""
_SHORT_RULE = re.compile(r"[—―–]{1,3}")
_DELIMITER = re.compile(r"--[ \t\u3000\xa0]?")

_ORGANISATION = re.compile(
    r"株式会社|有限会社|合同会社|合資会社|(?:一般|公益)?(?:社団|財団)法人|[㈱㈲]|[(]株[)]|[(]有[)]|学校法人|医療法人|[士祉動O]法人|"
    r"大学|事務所|営業所|支店|本社|工業|商事|製作所|研究所|協会|組合|役場|市役所|県庁|"
    r"\b(?:Inc|Ltd|LLC|GmbH|Corp|Corporation|Company|Co|S\.?A\.?|S\.?r\.?l|B\.?V|N\.?V|AB|A/S|AS|Oy|"
    r"Sp\. ?z ?o\.?o|s\.r\.o|Kft|d\.o\.o|O[ÜU]|A\.?Ş)\b\.?|ООО|ТОВ|有限公司|股份|주식회사|㈜"
)
_CONTACTS = (
    re.compile(
        r"(?i)(?<![a-z])(?:tel|phone|mobile|mob|cell|direct|telefon|téléphone|teléfono|telefone|"
        r"telefoon|puh|gsm|handy)(?![a-z])|電話|携帯|直通|内線|☎|📞|тел\.?|전화|휴대폰|电话|電話|手机|"
        r"\+\d[\d ()./-]{7,}\d|(?<!\d)0\d{1,4}[-()/ ]{1,2}\d{1,4}[-()/ ]{1,2}\d{3,4}(?!\d)"
    ),
    re.compile(r"(?i)(?<![a-z])(?:fax|telefax)(?![a-z])|ファックス|ファクス|传真|傳真|팩스|факс"),
    re.compile(r"〒|(?:都|道|府|県).{1,12}[市区町村郡]|\d+-\d+(?:-\d+)?(?:号|F|階)|丁目"),
    re.compile(r"[^\s@]@[^\s@]+\.[^\s@]"),
    re.compile(r"(?i)https?://|\bwww\.|\burl\b|ホームページ"),
)
_URL_KIND = 4
_CONTENT = re.compile(
    r"日時|日程|場所|会場|議題|議事|金額|数量|納期|品名|品番|商品(?!部|開発|企画)|注文|(?<!営業)期間|締切|〆切|"
    r"合計|小計|単価|参加|出席|(?<!営業)(?<!受付)時間|価格|料金|見積|届け|配送(?!部|課|セ)|送付|振込|口座|"
    r"予約|宿泊|請求|支払|用件|内容|件名|宛先|差出人|名前|氏名|社名|ご?住所:|担当者|(?<![客皆])様|御中|"
    r"(?<!く)さん(?![ぁ-ヶ])|ミーティング|パスコード|会議|面談|資料|添付|"
    r"[0-9][0-9,]*円|[¥￥$€£]\s?\d|\d{1,2}月\d{1,2}日|"
    r"リスト|一覧|(?:工場|倉庫):|ログイン|パスワード|サーバー?:|ポート:|ユーザー(?:名|ID)?:|エラー|[新旧]住所|"
    r"(?:納品|納入|送付|発送|送り|請求|訪問|集合)先|(?<![A-Za-z] )\b(?:User )?ID\s*:|"
    r"\b(?:Zoom|Webex|Agenda|Venue|Invoice|Deadline|Password|Meeting|Uhrzeit)\b|"
    r"\b(?:Order|Total|Qty|Quantity|Price|Amount|Due|When|Where|Date|Time|Location|Subject|Customer|"
    r"Name|Item|Betreff|Datum)\s*[:#]"
)
_BULLET = re.compile(r"(?:[-・*•●○]|\d{1,2}[.)）]|[①-⑳])\s*\S")
_PROSE = re.compile(
    r"。|(?:です|ます|ました|ません|ください|下さい)[!！♪]?$|(?:\S+\s){4,}\S*[.!?…]$|[?？]$"
)
_NAME = re.compile(r"[^\d。、!！?？:：;()=]{1,30}")
_ANNOUNCES = re.compile(
    r"[:：]$|下記|以下|次の|^記$|連絡先|宛先|送付先|届け先|納品先|請求先|問い?合わ?せ先?|会場|[】］〕]$|^[■●◆▼▽◇□]|"
    r"(?i:following|below|as follows|contact details|address)"
)
_CLOSES = re.compile(
    r"(?i)よろしく|宜しく|願い|敬具|草々|以上|致します|いたします|失礼|regards|thank|cheers|sincerely|grüße|gruß|"
    r"cordialement|saludos|atenciosamente|saluti|groet|hilsen|hälsning"
)


def begin(lines: list[str]) -> tuple[int, bool]:
    """Return the line at which the signature begins, `len(lines)` when there is none.

    And whether it is one beyond doubt, so that a text of nothing else is empty.
    """
    first = max(0, len(lines) - MAX_LINES)
    tail = lines[first:]
    if max(map(len, tail), default=0) > MAX_LINE_CHARS:
        tail = [line[:MAX_LINE_CHARS] for line in tail]
    end = whole = _filled(tail, len(tail))
    bare = list(map(str.strip, tail))
    ruled = not _RULE_SIGNS.isdisjoint([one[0] for one in bare if one])
    unbroken = not ruled and "" not in bare and all(map(str.isascii, bare))
    sure = True
    for _ in range(MAX_ROUNDS):
        found = _farewell(tail, end)
        opened = found is None
        if found is None and ruled:
            found = _sealed(tail, end)
            if found is None:
                found = _delimited(tail, end)
            if found is None:
                found = _boxed(tail, end)
                sure = sure and found is None
        if found is None:
            found = _notice(tail, end, unbroken=unbroken)
            sure = sure and found is None
            opened = False
        if found is None:
            break
        end = _above_rule(tail, found if opened else _filled(tail, found))
    if end == whole:
        return len(lines), False
    return first + end, sure


def is_rule(line: str) -> bool:
    """Whether a line is made of signs only: at least four, or three of one kind."""
    if (first := line[:1]).isalnum() and first not in _RULE_SIGNS:
        return False
    bare = line.strip(_BLANK)
    if len(bare) < 3 or bare[0] not in _RULE_SIGNS:
        return False
    signs = set(bare)
    signs.difference_update(_BLANK)
    if not signs <= _RULE_SIGNS or (signs <= _DOTS and len(bare) < _MIN_DOTS):
        return False
    return len(bare) > 3 or len(signs) == 1


def _filled(lines: list[str], end: int) -> int:
    """Return where the lines up to `end` stop when blank ones at their end are left out."""
    while end and _is_blank(lines[end - 1]):
        end -= 1
    return end


def _is_blank(line: str) -> bool:
    return not (line[:1].isalnum() or line.strip(_BLANK))


def _above_rule(lines: list[str], end: int) -> int:
    """Take away what opens the signature, right above it."""
    while end and (_is_edge(lines[end - 1]) or _DELIMITER.fullmatch(lines[end - 1].strip("\r"))):
        end -= 1
    return _filled(lines, end)


def _signs(rule: str) -> frozenset[str]:
    return frozenset(rule.strip(_BLANK)) if is_rule(rule) else frozenset()


def _is_edge(line: str) -> bool:
    return is_rule(line) or bool(_SHORT_RULE.fullmatch(line.strip(_BLANK)))


def _farewell(lines: list[str], end: int) -> int | None:
    return end - 1 if end and farewells.is_sent_from(lines[end - 1]) else None


def _sealed(lines: list[str], end: int) -> int | None:
    """Find the block at the end of a text that PGP has signed (RFC 9580 section 7)."""
    if not end or lines[end - 1].strip(_BLANK) != "-----END PGP SIGNATURE-----":
        return None
    for at in range(end - 1, -1, -1):
        if lines[at].strip(_BLANK) == "-----BEGIN PGP SIGNATURE-----":
            return at
    return None


def _delimited(lines: list[str], end: int) -> int | None:
    """Find the `-- ` of RFC 3676 section 4.3; mail programs often lose its blank."""
    for at in range(end - 1, -1, -1):
        line = lines[at].strip("\r")
        if line[:2] != "--" or not _DELIMITER.fullmatch(line):
            continue
        below = [text for line in lines[at + 1 : end] if (text := _plain(line))]
        if len(below) > MAX_DELIMITED_LINES:
            return None
        if line == "--":
            said = sum(bool(_PROSE.search(text)) for text in below)
            listed = sum(bool(_BULLET.match(text)) for text in below)
            legal = farewells.is_notice(" ".join(below))
            if not legal and (said > 2 or listed > 1 or len(below) > MAX_BOX_LINES):
                return None
        return at
    return None


def _boxed(lines: list[str], end: int) -> int | None:
    """Find a rule with what looks like a signature below it, and nothing else below that.

    A name alone is one between two rules alike, with the rest of the signature below the second.
    """
    below = next((line for line in lines[end:] if line.strip(_BLANK)), "")
    stop = end
    while stop and is_rule(lines[stop - 1]):
        stop = _filled(lines, stop - 1)
    for at in range(stop - 1, -1, -1):
        inside = ""
        if lines[at].lstrip()[:1] not in _RULE_SIGNS:
            continue
        if not _is_edge(lines[at]):
            inside = _framed(lines[at])
            if not inside:
                continue
        texts = [text for line in lines[at + 1 : stop] if (text := _plain(line))]
        if inside:
            texts.insert(0, inside)
        above = _filled(lines, at)
        if above and _announces(_plain(lines[above - 1])):
            return None
        storey = bool(below) and _signs(below) == _signs(lines[at])
        if stop < end and len(texts) == 1 and _is_card(texts[0]):
            return at
        return at if _is_signature(texts, storey=storey) else None
    return None


def _framed(line: str) -> str:
    """Return the words of `━━ 株式会社サンプル ━━`, a rule with words in it; else nothing."""
    bare = line.strip(_BLANK)
    if not bare or bare[0] not in _RULE_SIGNS:
        return ""
    words = bare.strip(_FRAME)
    if not words or words == bare:
        return ""
    left, right = bare.split(words, 1)
    if len(left) < 4 or len(right) < 3 or len(words) > 30 or len(words.split()) > 3:
        return ""
    return words


def _plain(line: str) -> str:
    return unicodedata.normalize("NFKC", line.strip(_FRAME)).strip()


def _announces(text: str) -> bool:
    """Whether the line above a box says what the box holds, so that it is content."""
    return bool(_ANNOUNCES.search(text)) and not _CLOSES.search(text)


def _is_card(text: str) -> bool:
    """Whether one line between rules is a signature: a name with an address or a number."""
    reached = any(pattern.search(text) for pattern in _CONTACTS[:_URL_KIND])
    spoken = _CONTENT.search(text) or _PROSE.search(text)
    return reached and len(text.split()) > 1 and len(text) <= MAX_BOX_COLUMNS and not spoken


def _is_signature(texts: list[str], *, storey: bool) -> bool:
    if not 1 <= len(texts) <= MAX_BOX_LINES or farewells.is_notice(" ".join(texts)):
        return bool(texts) and farewells.is_notice(" ".join(texts))
    joined = "\n".join(texts)
    if _CONTENT.search(joined):
        return False
    kinds = [at for at, pattern in enumerate(_CONTACTS) if pattern.search(joined)]
    organisation = bool(_ORGANISATION.search(joined))
    said = sum(bool(_PROSE.search(text)) for text in texts)
    if said > (1 if len(kinds) >= 2 else 0) or any(_BULLET.match(text) for text in texts):
        return False
    if any(len(text) > MAX_BOX_COLUMNS and "http" not in text for text in texts):
        return False
    if storey and len(texts) <= 2 and all(_NAME.fullmatch(text) for text in texts):
        return True
    if kinds == [_URL_KIND] and not organisation:
        # A link between rules is what the mail is about.
        return False
    if len(kinds) + organisation >= 2:
        return True
    # One address or number alone may be what a sentence is about.
    listed = 2 <= len(texts) <= MAX_SMALL_LINES and all(len(text) <= 40 for text in texts)
    return listed and bool(kinds or organisation)


def _notice(lines: list[str], end: int, *, unbroken: bool) -> int | None:
    """Find a legal notice that is the last paragraph; `unbroken`: all lines are one."""
    at = 0 if unbroken else end
    while at and (
        ((line := lines[at - 1]) and line[0] in _PLAIN) or not (_is_blank(line) or is_rule(line))
    ):
        at -= 1
    if at == end or not farewells.is_notice(" ".join(lines[at:end])):
        return None
    above = _filled(lines, at)
    return above - 1 if above and farewells.is_notice_heading(lines[above - 1]) else at
