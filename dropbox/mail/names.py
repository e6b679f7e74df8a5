"""Display names to the names of people."""

from __future__ import annotations

import re
from dataclasses import dataclass

MAX_CHARS = 200

_BLANKS = re.compile(r"[\s\u3000]+")
_EAST_ASIAN = re.compile(r"[\u3041-\u30ff\u3400-\u9fff\uf900-\ufaff\uac00-\ud7a3々〆ヶ]")
_BRACKETS = re.compile(r"[(（【\[]([^()（）【】\[\]]*)[)）】\]]")
_HONORIFIC = re.compile(r"(?<=.)\s*(?:様|さま|殿|さん|御中|先生)$")
_TITLE = re.compile(r"^(?:(?:mr|mrs|ms|miss|mx|dr|prof|herr|frau)\.?\s+)+", re.IGNORECASE)
_COMPANY = re.compile(r"株式会社|有限会社|合同会社|合資会社|一般社団法人|㈱|㈲|[(（][株有同][)）]")
_SUFFIX = re.compile(r"^(?:jr|sr|ii|iii|iv|md|phd|esq)\.?$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class PersonName:
    """A name taken apart as far as that is certain."""

    full: str = ""
    """As it is to be shown; empty when the display name names nobody."""
    family: str = ""
    given: str = ""
    company: str = ""


def person_name(display: str, email: str) -> PersonName:
    """Return the name in `display`; empty fields where it is none or cannot be taken apart.

    Japanese with a blank of either width is family, then given; without one it is not split.
    A display name that is only the address again names nobody.
    """
    text = _BLANKS.sub(" ", display[:MAX_CHARS]).strip(" '\"“”‘’,")
    text, company = _without_company(text)
    text = _TITLE.sub("", _HONORIFIC.sub("", text)).strip(" ,")
    if not text or "@" in text or text.lower() == email.lower():
        return PersonName(company=company)
    if _EAST_ASIAN.search(text):
        family, _, given = text.partition(" ")
        return (
            PersonName(text, family, given, company) if given else PersonName(text, company=company)
        )
    family, given = _latin(text)
    full = f"{given} {family}" if family and given else text
    return PersonName(full, family, given, company)


def _without_company(text: str) -> tuple[str, str]:
    """Take a company out of a display name: words with a legal form, and what is in brackets."""
    companies = []
    if _COMPANY.search(text):
        words = text.split(" ")
        named = [word for word in words if _COMPANY.search(word)]
        if len(named) < len(words):
            companies.extend(named)
            text = " ".join(word for word in words if word not in named)
    if bracketed := _BRACKETS.search(text):
        rest = _BLANKS.sub(" ", text[: bracketed.start()] + " " + text[bracketed.end() :]).strip()
        if rest:
            companies.append(bracketed[1].strip())
            text = rest
    return text, " ".join(filter(None, companies))


def _latin(text: str) -> tuple[str, str]:
    """Return family and given name of `Yamada, Taro`, `YAMADA Taro` or `Taro Yamada`."""
    family, comma, given = (part.strip() for part in text.partition(","))
    if comma:
        if _SUFFIX.match(given) or not given:
            return _latin(family)
        return family, given
    words = text.split(" ")
    if len(words) < 2:
        return "", ""
    if len(words) == 2 and len(words[0]) > 1 and words[0].isupper() and not words[1].isupper():
        return words[0].capitalize(), words[1]
    return words[-1], " ".join(words[:-1])
