"""Names in alphabets: which words are the family's is `nameparser`'s knowledge, the rest is ours.

It knows the particles, titles and suffixes of fifty languages; capitals, roles, companies and the
family-first orders that show only in a vocabulary are read here.
"""

from __future__ import annotations

import re
from dataclasses import fields, replace
from functools import cache
from typing import TYPE_CHECKING

from dropbox.mail import name_words as words

if TYPE_CHECKING:
    from nameparser import Lexicon, ParsedName, Parser

_WORD = re.compile(r"[^\W\d_]+(?:[-'’.][^\W\d_]+)*")
_GIVEN_AND_FAMILY = re.compile(r"[A-Z][a-z]+ (?![IVX][ivx]*+$)[A-Z][a-z]+")
_SAN = re.compile(r"([A-Za-z]{3,20})[- ](?:san|sama|sensei)", re.IGNORECASE)
_SEVERAL = re.compile(r" (?:&|\+|and|und|et) |&", re.IGNORECASE)
_PARTICLES = frozenset("VAN DER DEN DE LA DU DES VON ZU DI DA DOS DEL TER TEN LE".split())
_LEADING_FORM = re.compile(r"(?:ООО|ЗАО|ОАО|ПАО|АО|ТОВ|PT\.?|CV\.?) \S")
_NO_REPLY = re.compile(r"(?:no|do[-_. ]?not)[-_. ]?repl(?:y|ies)")
_VOWEL = re.compile(r"[AEIOUYÀ-ÝĀ-ž\u0386-\u04ff]")
_CAPITAL_PAIR = re.compile(r"[^AEIOUÀ-Ý][AEIOUYÀ-Ý]|NG|AN|OH|IM|DE|DI|LA|LE|DU")
_SLAVIC_FAMILY = re.compile(
    r".{2,}(?:ов|ев|ёв|ова|ева|ёва|ын|ына|ин|ина|ский|цкий|ская|цкая|ський|цький|ська|цька|енко|чук|юк)$",
    re.IGNORECASE,
)
_SLAVIC_GIVEN = frozenset(
    "константин валентин мартин вениамин августин ирина марина кристина полина галина екатерина"
    " валентина ангелина алина карина арина дарина регина альбина антонина нина дина яна".split()
)
_KOREAN_GIVEN = re.compile(
    r"(?:[bcdghjkmnpstwy]{0,2}[aeiou]{1,3}(?:ng?|[mklptbgh])?(?:-(?=\w)|$)){2}", re.IGNORECASE
)
_ROMAJI = re.compile(
    r"(?:(?:[kgnhbpmr]y?|sh?|ssh?|z|j|tt?|tch|ch|ts|d|f|w|y|kk|pp|n(?=n))?[aiueoāīūēō]h?|n(?![aiueo])|m(?=[bmp]))++",
    re.IGNORECASE,
)


@cache
def _lexicon() -> Lexicon:
    # Imported when the first Latin name comes: it takes a fifth of a second.
    from nameparser import Lexicon

    lexicon = Lexicon.default()
    return replace(
        lexicon,
        titles=words.TITLES,
        suffix_acronyms=lexicon.suffix_acronyms & words.DEGREES,
        suffix_acronyms_ambiguous=frozenset(),
    )


@cache
def _vocabulary() -> frozenset[str]:
    """Return every word that is more to the library than part of a name."""
    values = (getattr(_lexicon(), one.name) for one in fields(_lexicon()))
    return frozenset[str]().union(*(value for value in values if isinstance(value, frozenset)))


@cache
def _parser() -> Parser:
    from nameparser import Parser, PatronymicRule, Policy

    policy = Policy(patronymic_rules=frozenset({PatronymicRule.EAST_SLAVIC}))
    return Parser(lexicon=_lexicon(), policy=policy)


def prepare() -> None:
    """Load what the first Latin name would wait for."""
    taken_apart("Taro van Yamada")


def taken_apart(text: str) -> tuple[str, str, str]:
    """Return the name as shown, family and given name; the latter empty where that is uncertain.

    Titles, degrees and nicknames are left out: `Dr. Anna B. van der Berg, MD`.
    """
    if _GIVEN_AND_FAMILY.fullmatch(text) and _vocabulary().isdisjoint(text.lower().split(" ")):
        # What the library would answer too, in a twentieth of the time.
        first, last = plain = text.split(" ")
        return (text, first, last) if _family_first(plain) else (text, last, first)
    if (found := _SAN.fullmatch(text)) and found[1].lower() in words.JAPANESE_FAMILIES:
        return found[1], found[1], ""
    if _SEVERAL.search(text) or any(sign.isdigit() or sign in "_/" for sign in text):
        return text, "", ""
    pieces = text.split(" ")
    while len(pieces) > 1 and "." in pieces[-1] and pieces[-1].strip(".").lower() in words.TITLES:
        # `Muster Hans Dipl.-Ing.`
        pieces.pop()
    text = " ".join(pieces)
    parsed = _parser().parse(text)
    core = [token for token in parsed.tokens if token.role in ("given", "middle", "family")]
    plain = [token.text.strip(",") for token in core]
    if not plain:
        return text, "", ""
    family, given = parsed.family, " ".join(filter(None, (parsed.given, parsed.middle)))
    if "," in text and family and given and _comma_apart(parsed, text):
        if not given.isupper():
            family = " ".join(map(_less_loud, family.split(" ")))
        return f"{given} {family}", family, given
    shown = " ".join(plain)
    if len(plain) == 1:
        return shown, family if parsed.title else "", ""
    if loud := _loud(plain):
        family = " ".join(map(_less_loud, plain[loud]))
        given = " ".join(plain[: loud.start] + plain[loud.stop :])
        return f"{given} {family}", family, given
    if _family_first(plain):
        return shown, plain[0], " ".join(plain[1:])
    if len(plain) > 2 and {word.casefold() for word in plain[-2:]} <= words.SPANISH_FAMILIES:
        return shown, " ".join(plain[-2:]), " ".join(plain[:-2])
    return (shown, family, given) if family and given else (shown, "", "")


def is_company(text: str) -> bool:
    """Whether `text` ends with a legal form: `Example Co., Ltd.`."""
    if _LEADING_FORM.match(text):
        return True
    found = words.LATIN_LEGAL_FORM.search(text)
    if found is None:
        return False
    form = found[0].strip(" ,")
    plain = form.replace(".", "").replace(" ", "").casefold()
    if plain not in words.AMBIGUOUS_LEGAL_FORM:
        return bool(text[: found.start()].strip()) or plain in ("company", "limited")
    # `SA`, `AG`: with a name before them, and in capitals; else they are initials or given names.
    return form.isupper() and found.start() > 2 and not text[: found.start()].isupper()


def is_house(text: str) -> bool:
    """Whether `text` is of three words or more and ends as companies' names do."""
    pieces = text.casefold().split()
    return len(pieces) > 2 and pieces[-1] in words.HOUSE_ENDS


def is_role(text: str, local: str) -> bool:
    """Whether `text` is what an office is called: `Sales Team`, `Accounts Payable`, `noreply`."""
    whole = text.casefold()
    folded = re.findall(r"[^\W_]+", whole)
    if not folded or whole in words.ROLE_LOCALS or _NO_REPLY.match(whole):
        return bool(folded)
    if all(word in words.ROLES for word in folded):
        return True
    if folded[-1] in words.JOBS or (len(folded) > 2 and set(folded[-2:]) <= words.ROLES):
        return True
    if len(folded) > 1 and (folded[-1] in words.ROLE_ENDS or folded[0] in words.ROLE_STARTS):
        return True
    return folded[-1] in words.ROLES and local.casefold() in words.ROLE_LOCALS


def is_romaji(word: str) -> bool:
    """Whether `word` can be Japanese in Latin letters."""
    return bool(_ROMAJI.fullmatch(word))


def looks_personal(text: str) -> bool:
    """Whether `text` has the shape of a person's name: a few words, each with a capital."""
    pieces = text.replace(",", " ").split()
    return 0 < len(pieces) <= 4 and all(_WORD.fullmatch(piece.strip(".")) for piece in pieces)


def _comma_apart(parsed: ParsedName, text: str) -> bool:
    """Whether the comma stands behind the family name, not before a degree."""
    before = text.partition(",")[0].split()
    return (
        bool(before)
        and before[-1].strip(".") == parsed.family.split()[-1].strip(".")
        and (parsed.given.split()[0] not in before)
    )


def _loud(plain: list[str]) -> slice | None:
    """Return where the words in capitals are, of a name of which the others are in none."""
    loud = [_is_loud(word) for word in plain]
    if all(loud) or not any(loud):
        return None
    first, last = loud.index(True), len(loud) - loud[::-1].index(True)
    if not all(loud[first:last]) or (first and last < len(loud)) or len(loud) > last - first + 2:
        return None
    if all(word in _PARTICLES for word in plain[first:last]):
        return None
    return slice(first, last)


def _is_loud(word: str) -> bool:
    letters = [sign for sign in word if sign.isalpha()]
    if len(letters) < 2 or not word.isupper() or "." in word or not _VOWEL.search(word):
        return word == "NG"
    return len(letters) > 2 or bool(_CAPITAL_PAIR.fullmatch("".join(letters)))


def _less_loud(word: str) -> str:
    """Return a word in capitals as names are written: `O'BRIEN`, `VAN`, `MCDONALD`."""
    if not word.isupper() or len(word) < 2:
        return word
    if word in _PARTICLES:
        return word.lower()
    lowered = "".join(piece.capitalize() for piece in re.split(r"([-'’.])", word))
    return (
        f"Mc{lowered[2:].capitalize()}" if lowered.startswith("Mc") and len(word) > 4 else lowered
    )


def _family_first(plain: list[str]) -> bool:
    first, second = plain[0].casefold(), plain[1].casefold()
    if len(plain) == 2 and first in words.JAPANESE_FAMILIES:
        return second not in words.JAPANESE_FAMILIES and is_romaji(second)
    if len(plain) == 2 and first in words.CHINESE_FAMILIES:
        return second not in words.CHINESE_FAMILIES and len(second) > 1
    if len(plain) == 2 and first in words.KOREAN_FAMILIES and _KOREAN_GIVEN.fullmatch(second):
        return True
    if first in words.HUNGARIAN_FAMILIES:
        return {word.casefold() for word in plain[1:]} <= words.HUNGARIAN_GIVEN
    if first in words.VIETNAMESE_FAMILIES and (len(plain) > 2 or not first.isascii()):
        return True
    if len(plain) != 2 or first in _SLAVIC_GIVEN or second not in _SLAVIC_GIVEN:
        slavic = bool(_SLAVIC_FAMILY.fullmatch(first)) and not _SLAVIC_FAMILY.fullmatch(second)
        return len(plain) == 2 and slavic and first not in _SLAVIC_GIVEN
    return bool(_SLAVIC_FAMILY.fullmatch(first))
