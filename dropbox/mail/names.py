"""Display names to the names of people, and of the companies that stand beside them."""

from __future__ import annotations

import re
from dataclasses import dataclass

from dropbox.mail import display_names, east_asian_names, latin_names, name_words

MAX_CHARS = 200

_BEFORE_AT = r"[^\s@＠<>()（）,;:]"
_ADDRESS = re.compile(
    rf"(?:mailto:)?(?:[!-~](?<![@<>(),;:]))+@{_BEFORE_AT}*[^\s@＠<>()（）,;:.]"
    rf"|{_BEFORE_AT}+@{_BEFORE_AT}+\.{_BEFORE_AT}*[^\s@＠<>()（）,;:.]",
    re.IGNORECASE,
)
"""`山田@Sample` is none."""
_DOMAIN = re.compile(
    r"(?:[\w-]+\.)+(?:com|net|org|info|biz|io|co|eu|jp|de|fr|uk|us|ca|it|es|nl|pl|ru|cn|kr|at|ch|be|se)",
    re.IGNORECASE,
)
_TWO_WORDS = re.compile(r"(?!Via )[A-Z][a-z]{1,40} [A-Z][a-z]{1,40}")
"""Most names: of these nothing has to be taken off, and they are in one piece."""
_KANA_BREAK = re.compile("[ ・･]")
_FOREIGN_KANA = re.compile("[ーパピプポヴァィェォ]")
_HANGUL = re.compile(r"[\uac00-\ud7a3]")
_HAN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]")


@dataclass(frozen=True, slots=True)
class PersonName:
    """A name taken apart as far as that is certain."""

    full: str = ""
    """As it is to be shown; empty when the display name names nobody."""
    family: str = ""
    given: str = ""
    company: str = ""
    other: str = ""
    """The same name in another script: of `山田 太郎 / Taro Yamada` the latter; or its reading."""


@dataclass(frozen=True, slots=True)
class _Piece:
    """One side of a separator, or the text in brackets."""

    text: str
    name: PersonName


def person_name(display: str, email: str) -> PersonName:
    """Return the name in `display`; empty fields where it is none or cannot be taken apart.

    Japanese with a blank of either width is family, then given; without one it is not split.
    A display name that is only the address again, or what an office is called, names nobody;
    it may name a company all the same.
    """
    local, _, domain = email.rpartition("@")
    if _TWO_WORDS.fullmatch(display) and " " not in local:
        return _read_latin(display, local, domain)
    text = display_names.plain(_ADDRESS.sub(" ", display[:MAX_CHARS]))
    if not text or "=?" in display or _is_local(text, local):
        # Still an encoded word: one that nobody can decode.
        return PersonName()
    pieces = [_Piece(part, _read(part, local, domain)) for part in display_names.pieces(text)]
    return _unmasked(_united(pieces, local, domain))


def _unmasked(name: PersonName) -> PersonName:
    values = (name.full, name.family, name.given, name.company, name.other)
    return PersonName(*map(display_names.unmasked, values))


def _is_local(text: str, local: str) -> bool:
    """Whether a program wrote the local part where the name belongs; `Taro <taro@...>` is one."""
    if text.casefold() != local.casefold():
        return False
    return not (text.isalpha() and text != text.lower()) or not text.isascii()


def _read(text: str, local: str, domain: str) -> PersonName:
    """Read one piece by itself."""
    if not east_asian_names.HAS_EAST_ASIAN.search(text):
        return _read_latin(text, local, domain)
    tokens, company = east_asian_names.read(text)
    east = [token for token in tokens if east_asian_names.HAS_EAST_ASIAN.search(token)]
    latin = [token for token in tokens if token not in east]
    several = not name_words.BETWEEN_PEOPLE.isdisjoint(tokens)
    if latin and east and not several and (len(latin) > 1 or len(east) > 1 or len(east[0]) > 3):
        mixed = _united(
            [
                _Piece(" ".join(east), _east_asian(east)),
                _Piece(" ".join(latin), _read_latin(" ".join(latin), local, domain)),
            ],
            local,
            domain,
        )
        company = " ".join(filter(None, (company, mixed.company)))
        return PersonName(mixed.full, mixed.family, mixed.given, company, mixed.other)
    if latin and not east:
        name = _read_latin(" ".join(latin), local, domain)
        return PersonName(name.full, name.family, name.given, company or name.company)
    name = _east_asian(tokens)
    return PersonName(name.full, name.family, name.given, company)


def _east_asian(tokens: list[str]) -> PersonName:
    family, given = east_asian_names.family_and_given(tokens)
    return PersonName(" ".join(tokens), family, given)


def _read_latin(text: str, local: str, domain: str) -> PersonName:
    text = text.strip(" ,")
    before, comma, behind = text.partition(", ")
    if comma and not _is_form(behind):
        for person, company in ((behind, before), (before, behind)):
            if latin_names.is_company(company) and (person == behind or " " in person):
                name = _read_latin(person, local, domain)
                return PersonName(name.full, name.family, name.given, company)
    if latin_names.is_company(text):
        return PersonName(company=text)
    if comma and " " in before and latin_names.is_role(behind, ""):
        text = before
    if not any(map(str.isalpha, text)) or latin_names.is_role(text, local):
        return PersonName()
    if _DOMAIN.fullmatch(text) or latin_names.is_house(text) or _is_house(text, local, domain):
        return PersonName(company=text)
    words = text.split(" ")
    if len(words) > 2 and local and words[0].casefold() == local.casefold() and "." in local:
        # Seen: `taro.yamada Taro Yamada`.
        text = " ".join(words[1:])
    text, house = _without_house(text, domain)
    return PersonName(*latin_names.taken_apart(text), house)


def _is_form(text: str) -> bool:
    return bool(name_words.LATIN_LEGAL_FORM.match(f" {text}"))


def _is_house(text: str, local: str, domain: str) -> bool:
    """Whether an office writes under its company's name: `Example <info@example.com>`."""
    return local.casefold() in name_words.ROLE_LOCALS and _names_domain(text, domain)


def _without_house(text: str, domain: str) -> tuple[str, str]:
    """Take the company off `Taro Yamada EXAMPLE` when the domain says that it is one."""
    words = text.split(" ")
    if len(words) > 2 and words[-1].isupper() and _names_domain(words[-1], domain):
        return " ".join(words[:-1]), words[-1]
    return text, ""


def _names_domain(text: str, domain: str) -> bool:
    """Whether `text` is one of the labels of the domain, but for the last."""
    plain = re.sub(r"[\W_]", "", text.casefold())
    return bool(plain) and plain in (label.replace("-", "") for label in domain.split(".")[:-1])


def _united(pieces: list[_Piece], local: str, domain: str) -> PersonName:
    """Make one name of the pieces; those that are no names of the person name the company."""
    companies = [piece.name.company for piece in pieces]
    named = [piece for piece in pieces if piece.name.full]
    if not named:
        return PersonName(company=_joined(companies))
    if len(pieces) > len(named) == 1 and _is_office(named[0], pieces, local):
        return PersonName(company=_joined([*companies, named[0].text]))
    main, others = named[0], [piece.name.other for piece in named if piece.name.other]
    for piece in named[1:]:
        if _is_same(main, piece, local, domain):
            preferred = _is_preferred(piece, main)
            others.append((main if preferred else piece).name.full)
            main = piece if preferred else main
        elif _is_preferred(piece, main):
            companies.append(main.text)
            main = piece
        elif not _repeats(piece.text, main.text):
            companies.append(east_asian_names.without_department(piece.text))
    name = main.name
    return PersonName(name.full, name.family, name.given, _joined(companies), (*others, "")[0])


def _is_office(named: _Piece, pieces: list[_Piece], local: str) -> bool:
    """Whether one word stands beside what an office is called: `Support (Example)`."""
    text = named.text
    role = any(piece.name == PersonName() for piece in pieces)
    if role and not named.name.family and local.casefold() in name_words.ROLE_LOCALS:
        return True
    if not role or named.name.family or " " in text or text.casefold() in local.casefold():
        return False
    return not _is_east_asian(named) or not east_asian_names.looks_personal(text)


def _joined(companies: list[str]) -> str:
    whole = list(dict.fromkeys(filter(None, companies)))
    return " ".join(
        one for one in whole if not any(one in other and one != other for other in whole)
    )


def _is_east_asian(piece: _Piece) -> bool:
    return bool(east_asian_names.HAS_EAST_ASIAN.search(piece.text))


def _is_preferred(piece: _Piece, main: _Piece) -> bool:
    """Whether the later of two pieces is the name: Japanese before Latin, kanji before kana."""
    if not _is_east_asian(main):
        return _is_east_asian(piece)
    if not east_asian_names.KANA.fullmatch(main.text):
        return False
    # `サンプル_山田太郎`: what cannot be Japanese is the company.
    foreign = _FOREIGN_KANA.search(main.text) and not _KANA_BREAK.search(main.text)
    personal = len(piece.text) > 2 and _is_kanji_name(piece.text)
    return (bool(foreign) and personal) or _is_reading(piece, main)


def _is_kanji_name(text: str) -> bool:
    return bool(_HAN.search(text)) and all(map(east_asian_names.looks_personal, text.split(" ", 1)))


def _is_reading(kanji: _Piece, kana: _Piece) -> bool:
    """Whether one piece can be how the other is read: `山田 太郎（ヤマダ タロウ）`."""
    short = all(map(east_asian_names.looks_personal, kanji.text.split(" ")))
    return (
        bool(east_asian_names.KANA.fullmatch(kana.text))
        and bool(_HAN.search(kanji.text))
        and short
        and len(kanji.text.split(" ")) <= 2
        and len(kana.text.split(" ")) <= 2
        and bool(_KANA_BREAK.search(kana.text)) >= (" " in kanji.text)
        and not _FOREIGN_KANA.search(kana.text)
        and len(kana.text) * 4 >= len(kanji.text) * 5
    )


def _is_same(main: _Piece, piece: _Piece, local: str, domain: str) -> bool:
    """Whether two pieces are one person's name in two scripts."""
    east, other = _is_east_asian(main), _is_east_asian(piece)
    if east != other:
        return _is_person(piece.text if east else main.text, local, domain)
    if not east:
        return main.text.isascii() != piece.text.isascii() and _is_cyrillic(main, piece)
    hangul = bool(_HANGUL.search(main.text)) != bool(_HANGUL.search(piece.text))
    if hangul:
        return len(main.text) <= 6 and len(piece.text) <= 6
    return _is_reading(main, piece) or _is_reading(piece, main)


def _is_cyrillic(main: _Piece, piece: _Piece) -> bool:
    texts = (main.text, piece.text)
    return any("\u0400" <= sign <= "\u04ff" for text in texts for sign in text) and all(
        " " in text for text in texts
    )


def _is_person(text: str, local: str, domain: str) -> bool:
    """Whether Latin words beside a Japanese name are that name again rather than a company."""
    folded = re.findall(r"[^\W\d_]+", text.casefold())
    if any(len(word) > 2 and word in local.casefold() for word in folded):
        return True
    if not latin_names.looks_personal(text) or any(_names_domain(word, domain) for word in folded):
        return False
    if len(folded) == 1:
        return not text.isupper() and latin_names.is_romaji(folded[0])
    return True


def _repeats(text: str, main: str) -> bool:
    return set(text.casefold().split()) <= set(main.casefold().split())
