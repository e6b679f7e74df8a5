"""Japanese, Chinese and Korean names: family first, apart only where a blank takes them apart."""

from __future__ import annotations

import re

from dropbox.mail import name_words as words

HAS_EAST_ASIAN = re.compile(
    r"[\u3005-\u3007\u3041-\u3096\u309d-\u30fa\u30fc-\u30fe\u31f0-\u31ff\u3400-\u9fff\uf900-\ufaff"
    r"\uff66-\uff9f\uac00-\ud7a3㈱㈲㈳㈶㈜㍿\U00020000-\U000323af]"
)
KANA = re.compile(r"[\u3041-\u309f\u30a0-\u30ff\uff65-\uff9f ]+")
_FOREIGN = re.compile(r"[\u30a1-\u30fa\u30fc-\u30fe\uff66-\uff9f＝]+|[A-ZＡ-Ｚ]\.?")
_KATAKANA = re.compile(r"[\u30a1-\u30fe]+")
_FOREIGN_WORD = re.compile("(?=.*(?:[ーパピプペポヴァィェォ]|[テデ]ィ))[\u30a1-\u30fe]+")
_NAME_SIGNS = re.compile(
    r"[\u3005\u3006\u3041-\u309f\u3400-\u9fff\uf900-\ufaff]{1,5}|[\uac00-\ud7a3]{2,4}"
)
_HANGUL = re.compile(r"[\uac00-\ud7a3]+")
_DOTTED = re.compile(r"[・·･•‧]")
_KOREAN_FAMILIES = frozenset(
    "김 이 박 최 정 강 조 윤 장 임 한 오 서 신 권 황 안 송 류 유 전 홍 고 문 양 손 배".split()
)


def read(text: str) -> tuple[list[str], str]:
    """Return the words that are left of the name in `text`, and the company it names.

    Honorifics, titles and departments are dropped; of a role (`営業部`) no word is left.
    """
    tokens, company = _without_company(text.split(" "))
    if _is_role("".join(tokens)):
        return [], company or _organisation(tokens)
    if company:
        tokens = [token for token in tokens if token not in words.TO_AN_OFFICE]
    tokens = _without_titles(tokens)
    if company and len(tokens) == 1 and not HAS_EAST_ASIAN.search(tokens[0]):
        return tokens, company
    if not company:
        tokens, company = _without_organisation(tokens)
    return ([] if _is_role("".join(tokens)) else tokens), company


def family_and_given(tokens: list[str]) -> tuple[str, str]:
    """Return family and given name; empty where `tokens` cannot be taken apart for certain."""
    if not words.BETWEEN_PEOPLE.isdisjoint(tokens) or (len(tokens) > 1 and _is_foreign(tokens)):
        # Two people; or a foreigner in katakana, who may stand in either order.
        return "", ""
    if len(tokens) == 1:
        parts = [part for part in _DOTTED.split(tokens[0]) if part]
        # A foreign name in katakana (or in Chinese, with its own dot) keeps its own order.
        foreign = "·" in tokens[0] or all(_FOREIGN.fullmatch(part) for part in parts)
        if len(parts) < 2 or not foreign:
            return "", ""
        dot = tokens[0][len(parts[0])]
        return parts[-1], dot.join(parts[:-1])
    if not tokens:
        return "", ""
    first, *rest = tokens
    if len(rest) == 1 and first.isascii() and not rest[0].isascii():
        # `Kevin 山田`: Latin order goes with the Latin name.
        return rest[0], first
    if len(rest) == 1 and rest[0] in _KOREAN_FAMILIES and len(first) == 2:
        # `민수 김`: a syllable that is a family name, behind two that are none.
        return (rest[0], first) if _HANGUL.fullmatch(first) else (first, rest[0])
    return first, " ".join(rest)


def _is_foreign(tokens: list[str]) -> bool:
    return all(map(_KATAKANA.fullmatch, tokens)) and any(map(_FOREIGN_WORD.fullmatch, tokens))


def looks_personal(text: str) -> bool:
    """Whether `text` is as short, and of such signs, as a Japanese name."""
    return bool(_NAME_SIGNS.fullmatch(text))


def without_department(company: str) -> str:
    """Return a company's name without the department behind it."""
    kept = [word for word in company.split(" ") if not words.DEPARTMENT.fullmatch(word)]
    if len(kept) == 1 and words.LEGAL_FORM.search(kept[0]):
        return words.ATTACHED_DEPARTMENT.sub("", kept[0]) or kept[0]
    return " ".join(kept or [company])


def _is_role(text: str) -> bool:
    return bool(words.DEPARTMENT.fullmatch(text) or words.EAST_ASIAN_ROLE.search(text))


def _without_company(tokens: list[str]) -> tuple[list[str], str]:
    """Take out the words of the first legal form; one without blanks takes all that touches it."""
    at = next((n for n, token in enumerate(tokens) if words.LEGAL_FORM.search(token)), None)
    if at is None:
        return tokens, ""
    token = tokens[at]
    form = words.LEGAL_FORM.search(token)
    if form is None or form.end() - form.start() < len(token):
        return _attached(tokens, at)
    last = len(tokens) - 1
    before = bool(at) and (at == last or (at == 1 and not _person_first(tokens)))
    if before:
        company = f"{tokens[at - 1]} {token}"
        return tokens[: at - 1] + tokens[at + 1 :], company
    if at == last:
        return tokens[:at], token
    end = at + 2
    while tokens[at + 1].isascii() and end < last and tokens[end].isascii():
        end += 1
    return tokens[:at] + tokens[end:], " ".join(tokens[at:end])


def _organisation(tokens: list[str]) -> str:
    """Return the house of which the words name an office: `見本市役所 市民課`."""
    first = tokens[0] if len(tokens) > 1 else ""
    return first if first.endswith(words.ORGANISATION) else ""


def _attached(tokens: list[str], at: int) -> tuple[list[str], str]:
    """Part a word that holds a legal form: `サンプル株式会社山田` names company and person."""
    tokens, at = _with_latin_words(tokens, at)
    token = tokens[at]
    form = words.LEGAL_FORM.search(token)
    end = form.end() if form else len(token)
    behind = token[end:]
    if form and form.start() and behind and not words.HONORIFIC.fullmatch(behind):
        if words.LATIN_LEGAL_FORM.search(f" {behind}"):
            return tokens[:at] + tokens[at + 1 :], token
        return [*tokens[:at], behind, *tokens[at + 1 :]], token[:end]
    company = words.ATTACHED_DEPARTMENT.sub("", token) or token
    if form and not form.start() and company != token and len(company) <= end:
        company = token
    return tokens[:at] + tokens[at + 1 :], company.removesuffix("御中").removesuffix("様")


def _with_latin_words(tokens: list[str], at: int) -> tuple[list[str], int]:
    """Join a company's name with blanks in it: `Example Japan株式会社`, `株式会社Example Japan`."""
    token = tokens[at]
    form = words.LEGAL_FORM.search(token)
    first, last = at, at + 1
    if form and form.start() and token.isascii() < token[: form.start()].isascii():
        while first and tokens[first - 1].isascii():
            first -= 1
    elif form and not form.start() and token[form.end() :].isascii():
        while last < len(tokens) and tokens[last].isascii():
            last += 1
    around = tokens[:first] + tokens[last:]
    alone = not around and (last - first > 2 or (last > at + 1 and not _is_place(tokens[-1])))
    if last - first == 1 or alone:
        # `Taro Yamada Example株式会社` and `株式会社Example Taro` name a person too.
        return tokens, at
    return [*tokens[:first], " ".join(tokens[first:last]), *tokens[last:]], first


def _is_place(word: str) -> bool:
    return word.casefold() in words.PLACES


def _person_first(tokens: list[str]) -> bool:
    """Whether `A 株式会社 B ...` is more likely a person A of the company B."""
    return len(tokens) == 3 and looks_personal(tokens[0]) and not looks_personal(tokens[2])


def _without_titles(tokens: list[str]) -> list[str]:
    if len(tokens) > 1 and tokens[-1] in words.SPACED_HONORIFIC:
        tokens = tokens[:-1]
    several = len(tokens) > 1
    kept = [
        token
        for token in tokens
        if not (_is_title(token) or (several and words.OFFICE.fullmatch(token)))
    ]
    if not kept:
        return []
    last = kept[-1]
    shorter = words.HONORIFIC.sub("", last)
    # 鵜殿 and the like are family names.
    if shorter and not (len(shorter) == 1 and last.endswith(("殿", "氏", "씨"))):
        last = shorter
    title = next((title for title in words.EAST_ASIAN_TITLES if last.endswith(title)), "")
    while title and len(last) > len(title):
        last = last[: -len(title)]
        last = words.BEFORE_TITLE.sub("", last) or last
        title = next((title for title in words.EAST_ASIAN_TITLES if last.endswith(title)), "")
    if title and last == title:
        return kept[:-1]
    kept[-1] = last
    kept[0] = words.LEADING_TITLE.sub("", kept[0])
    return kept


def _is_title(token: str) -> bool:
    if words.DEPARTMENT.fullmatch(token):
        return True
    title = next((title for title in words.EAST_ASIAN_TITLES if token.endswith(title)), "")
    before = token.removesuffix(title)
    return bool(title) and (not before or bool(_TITLE_BEFORE.match(before)))


def _without_organisation(tokens: list[str]) -> tuple[list[str], str]:
    """Take out a company without a legal form: of three words, or before a whole name."""
    if len(tokens) < 2:
        only = tokens[0] if tokens else ""
        house, _, person = only.partition("・")
        if looks_personal(person) and house.endswith(words.ORGANISATION):
            return [person], house
        return ([], only) if only.endswith(words.ORGANISATION) else (tokens, "")
    for at in (0, len(tokens) - 1):
        others = tokens[:at] + tokens[at + 1 :]
        office = at == 0 and bool(words.EAST_ASIAN_ROLE.search(tokens[at]))
        telling = (office or tokens[at].endswith(words.ORGANISATION)) and (
            len(tokens) > 2 or len(others[0]) > 2 or len(tokens[at]) > 3
        )
        foreign = len(tokens) == 3 and len(tokens[at]) > 2 and not looks_personal(tokens[at])
        if telling or (foreign and all(map(looks_personal, others))):
            return others, tokens[at]
    return tokens, ""


_TITLE_BEFORE = re.compile(
    r"副|准|特任|客員|代表|専務|常務|上席|上級|統括|執行|取締役|主任|シニア|チーフ|第|本部|支店|店|工場|営業|総務|人事|経理|財務"
    r"|法務|広報|企画|開発|技術|製造|品質|購買|システム|マーケティング|情報|事業|部|課|社外|名誉|最高|総|영업|부"
)
