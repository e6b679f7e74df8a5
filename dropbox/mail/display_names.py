"""Display names cut into pieces: what stands before, behind and in the brackets of a name."""

from __future__ import annotations

import re

from dropbox.mail import east_asian_names, name_words

_MAX_PIECES = 8
_BLANKS = re.compile(r"[\s\u3000]+")
_INVISIBLE = re.compile(
    r"[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f"
    r"\ufeff\ufffd\ue000-\uf8ff\U000e0000-\U000e01ef]"
)
_PICTURE = re.compile(
    r"[\u20e3\u2190-\u21ff\u2300-\u23ff\u25a0-\u27bf\u2900-\u297f\u2b00-\u2bff\u3030\u303d\u3297\u3299"
    r"\u266a\U0001f000-\U0001faff©®™]"
)
_QUOTES = " \t'\"`´“”„‟‘’‚‛«»‹›『』「」*_~.,;:、。，；：・-–—=<>＜＞"
_LEGAL_BRACKET = re.compile(r"(\()(..?)(\))|(（)(..?)(）)")
_BRACKETED = re.compile(
    r"[(（]([^()（）]*)[)）]|[\[［【〔]([^\[\]［］【】〔〕]*)[\]］】〕]|[「『]([^「」『』]*)[」』]"
    r"|[<＜〈《{｛]([^<>＜＞〈〉《》{}｛｝]*)[>＞〉》}｝]"
)
_OPEN_BRACKET = re.compile(r"[(（【［\[「『<＜]([^()（）【】［］\[\]「」『』]*)$")
_VIA = re.compile(r"(?:^|\s+)(?:via|c/o)\s+\S.*$|\s+\S+\s*経由$", re.IGNORECASE)
_OF_SERVICE = re.compile(r"[!-~][ -~]{1,30}? ?の ?(\S.*(?:さん|様))")
"""`Example の佐藤 花子さん`, as networks write in the name of their members."""
_IN_CHARGE = re.compile(r"^(?:ご?担当者?|窓口)\s*[:：]\s*(?=\S)")
_UNDERSCORE = re.compile(r"(?<=\w)[_＿]+(?=\w)")
_SEPARATOR = re.compile(
    r"\s*[|｜‖¦＠@／、]+\s*|\s+[-–—―‐−－~〜～:/•]+\s+|:\s+|\s+(?:/|//)|/\s+|：|\s*[;；]\s*"
)
_FROM = re.compile(r"(\S+(?: \S+)?) (?:from|at) (\S.*)", re.IGNORECASE)
_NOTES_NAME = re.compile(r"([^/]+)/(?:[^/]+/)*([^/]+)")
_EAST_ASIAN_WIDE = re.compile(r"[！-～]")
_MASKS = str.maketrans("\ue000\ue001\ue002\ue003", "()（）")
_FORMER = re.compile(r"旧姓|旧\b|n[ée]e\b|geb\b|born\b", re.IGNORECASE)


def plain(display: str) -> str:
    """Return the text of a display name: on one line, without pictures and outer quotes."""
    text = _PICTURE.sub(" ", _INVISIBLE.sub("", display))
    if not east_asian_names.HAS_EAST_ASIAN.search(text):
        text = _EAST_ASIAN_WIDE.sub(lambda sign: chr(ord(sign[0]) - 0xFEE0), text)
    return _LEGAL_BRACKET.sub(_masked, tidy(text))


def pieces(text: str) -> list[str]:
    """Return what separators and brackets part in `text`, at most eight pieces, in order."""
    if found := _OF_SERVICE.fullmatch(text):
        text = found[1]
    if east_asian_names.HAS_EAST_ASIAN.search(text):
        text = _UNDERSCORE.sub(" / ", text)
    outside, inside = _without_brackets(tidy(_VIA.sub("", text)))
    return [*_parted(outside), *inside][:_MAX_PIECES]


def unmasked(text: str) -> str:
    """Return `text` with the brackets of `(株)` that `plain` has replaced."""
    return text.translate(_MASKS)


def tidy(text: str) -> str:
    """Fold blanks; take off quotes and signs that stand around the text, dots of initials not."""
    text = _BLANKS.sub(" ", text).lstrip(_QUOTES)
    return (text.rstrip(_QUOTES) + ("." if text.rstrip(" '\"”’»,").endswith(".") else "")).strip(
        " "
    )


def _masked(bracket: re.Match[str]) -> str:
    """Put other signs for the brackets of `(株)`, so that they are not taken for brackets."""
    sign = bracket[2] or bracket[5]
    first, last = ("\ue000", "\ue001") if bracket[2] else ("\ue002", "\ue003")
    masked = f"{first}{sign}{last}"
    return masked if name_words.LEGAL_FORM.fullmatch(masked) else bracket[0]


def _without_brackets(text: str) -> tuple[str, list[str]]:
    """Return `text` without what is in brackets, and what was in them."""
    inside = []
    for _ in range(_MAX_PIECES):
        found = _BRACKETED.search(text) or _OPEN_BRACKET.search(text)
        if found is None:
            break
        content = tidy(next((group for group in found.groups() if group is not None), ""))
        before, after = text[: found.start()].rstrip(), text[found.end() :].lstrip()
        if not tidy(before + after):
            text = content
            continue
        # Within a name it is a nickname, or a name before marriage.
        former = _FORMER.match(content)
        within = former or (before and after and not name_words.LEGAL_FORM.search(content))
        content = _IN_CHARGE.sub("", content)
        folded = content.casefold()
        noted = folded in name_words.NOTES or folded in name_words.SERVICES
        if content and not within and not noted:
            inside.append(content)
        text = f"{before} {after}".strip()
    return tidy(text), [part for part in inside if not _VIA.search(f" {part}")]


def _parted(text: str) -> list[str]:
    parts = [tidy(part) for part in _SEPARATOR.split(text)]
    parts = [part for part in parts if part]
    if len(parts) != 1:
        return parts
    if found := _FROM.fullmatch(parts[0]):
        return [found[1], found[2]]
    # `Taro Yamada/Tokyo/EXAMPLE`, as Notes writes it, and 山田/サンプル.
    found = _NOTES_NAME.fullmatch(parts[0])
    if found and (" " in found[1] or east_asian_names.HAS_EAST_ASIAN.search(parts[0])):
        return [found[1], found[2]]
    return parts
