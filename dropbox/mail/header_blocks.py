"""The header of a quoted or forwarded mail as a mail program writes it into a body, line by line.

Read here are those with colons behind the labels; `find` also asks for those without.

Von: Anna Kohl <anna@beispiel.test>
Gesendet: Dienstag, 5. März 2024 14:03
An: Bert Vogel
Betreff: Angebot
"""

from __future__ import annotations

import re

from dropbox.mail import attributions, bare_blocks, labels, written_headers
from dropbox.mail.label_tables import Field
from dropbox.mail.written_headers import BLANK, CORE, LISTS, HeaderBlock, unquoted

MAX_SEARCHED_LINES = 2_000
"""A comment above a forwarded mail is shorter."""
MAX_ATTEMPTS = 200
MAX_HEADER_LINES = 2_500
"""A To of thousands of people is folded over as many lines."""
MAX_RUN_CHARS = 16_000
MAX_RUN_LABELS = 40
MAX_SIGNATURE_LINES = 20
"""So far above a rule the other one is looked for between which a signature stands."""
MAX_OPENER_CHARS = 60
MAX_GUESSED_CHARS = 300

_LOOK_AHEAD = 3
_ANGLE = re.compile(r"[^<>@]{0,100}<[^<>@\s]{1,64}@[^<>@\s]{1,255}>")
"""At most a name, and an address."""
_NAME_END = re.compile(r"[.!?。](?:\s|$)")
_SENDER_ON = re.compile(r"(.{1,300}[>)\w])\s+(?:on|am|le|el|il|op|em)\s+(\d.{5,60})")


def find(lines: list[str]) -> HeaderBlock | None:
    """Return the first header in `lines` that has a From and two more, or two and a separator."""
    block = _find_with_colons(lines)
    above = lines[: block.begin + 1] if block else lines
    return bare_blocks.find(lines, above[:MAX_SEARCHED_LINES]) or block


def _find_with_colons(lines: list[str]) -> HeaderBlock | None:
    """Return the first header whose labels end with a colon.

    Goes through the lines once: what was looked at in vain is not looked at again.
    """
    end, attempts = 0, 0
    for at in written_headers.with_colon(lines[:MAX_SEARCHED_LINES]):
        if at < end:
            continue
        if attempts >= MAX_ATTEMPTS:
            break
        bare, depth = unquoted(lines[at])
        block: HeaderBlock | None = None
        if bare.startswith("---") and ":" in bare:
            attempts += 1
        if run := _run_together(bare):
            block = _of_run(at, depth, run)
        elif (read := labels.field(bare)) and read.field != "other":
            attempts += 1
            block = _block(lines, at, depth)
            end = block.end
        if block is not None:
            if "from" not in block.pieces:
                _take_sender_above(lines, block)
            _look_above(lines, block)
            if "from" in block.pieces and block.core >= (
                2 if block.separator in ("forward", "original") else 3
            ):
                return block
    return None


def _block(lines: list[str], first: int, depth: int) -> HeaderBlock:
    """Read the labelled lines from `first` on; `end` lies behind `first` in any case."""
    block = HeaderBlock(first, first, depth=depth)
    last: Field | None = None
    at = first
    while at < min(len(lines), first + MAX_HEADER_LINES):
        bare = unquoted(lines[at])[0]
        read = labels.field(bare)
        if read is not None:
            if read.field in block.pieces and read.field not in (*LISTS, "other"):
                break
            if at == first and _is_run(read):
                run = _split_run(bare)
                for one in run:
                    block.add(one)
                at += 1
                break
            block.add(read)
            last = read.field
        elif not bare.strip(BLANK):
            behind = _next_label(lines, at, block, last)
            if behind is None:
                break
            at = behind
            continue
        elif last is not None and _continues(lines, at, bare, block, last):
            block.pieces[last].append(bare.strip(BLANK))
        else:
            break
        at += 1
    block.end = max(at, first + 1)
    return block


def _next_label(lines: list[str], blank: int, block: HeaderBlock, last: Field | None) -> int | None:
    """Return where the header goes on behind blank lines, as HTML layouts leave them.

    Only to what it lacks; a whole header ends at the first blank line.
    """
    for at in range(blank + 1, min(len(lines), blank + 1 + _LOOK_AHEAD)):
        bare = unquoted(lines[at])[0]
        if not bare.strip(BLANK):
            continue
        read = labels.field(bare)
        if read is not None and read.field not in block.pieces:
            following = labels.field(unquoted(lines[at + 1])[0]) if at + 1 < len(lines) else None
            if following is not None and following.field in block.pieces.keys() & set(CORE):
                # Another header begins here, and this one lacks something.
                return None
            wanted = read.field in CORE or (read.field in LISTS and block.core < len(CORE))
            return at if wanted and block.core < len(CORE) else None
        awaited = read is None and last is not None and block.apart and block.pieces[last] == [""]
        return at if awaited else None
    return None


def _continues(lines: list[str], at: int, bare: str, block: HeaderBlock, last: Field) -> bool:
    """Whether a line without a label belongs to the value above it."""
    value = block.pieces[last][-1]
    if not value:
        # `Cc:` with nobody, unless all values stand below, or an address that was folded.
        return last != "other" and (block.apart or (last in (*LISTS, "from") and "@" in bare))
    if last in LISTS or last == "from":
        if value.endswith((",", ";", "<", "、")) or value.count("<") > value.count(">"):
            return True
        if "@" in bare and _is_wrapped(value, bare):
            return True
        if "@" in bare and bare.rstrip(BLANK).endswith((">", ">,", ">;", ";", "]", "];")):
            return True
    # Folded: more of the header follows at once.
    for behind in range(at + 1, min(len(lines), at + 1 + _LOOK_AHEAD)):
        following = unquoted(lines[behind])[0]
        if not following.strip(BLANK):
            break
        read = labels.field(following)
        if read is not None:
            return read.field not in block.pieces
    return last == "subject" and bare[:1] in " \t" and not lines[block.first][:1].isspace()


def _is_wrapped(value: str, bare: str) -> bool:
    """Whether a list of addresses was wrapped like prose, between names or before an address."""
    if (found := _ANGLE.match(bare)) is None:
        return False
    if bare.lstrip(BLANK).startswith("<"):
        return True
    # The name that stands last has no address yet.
    tail = re.split("[,;]", value[-MAX_GUESSED_CHARS:])
    return (
        len(tail) > 1 and "@" not in tail[-1] and not _NAME_END.search(found[0].partition("<")[0])
    )


def _take_sender_above(lines: list[str], block: HeaderBlock) -> None:
    """Take `Mia Lund <mia@fjord.test> on 05.03.2024 14:03` for From and date, as Notes has it."""
    at = _filled_above(lines, block.first)
    above = _filled_above(lines, at)
    if above < 0 or "date" in block.pieces or labels.separator(lines[above]) != "forward":
        return
    if found := _SENDER_ON.fullmatch(lines[at].strip(BLANK)):
        block.pieces["from"], block.pieces["date"] = [found[1]], [found[2]]
        block.begin = block.first = at


def _filled_above(lines: list[str], at: int) -> int:
    """Return the line above `at` that is not blank, a few blank ones passed over; else -1."""
    for above in range(at - 1, max(-1, at - 2 - _LOOK_AHEAD), -1):
        if lines[above].strip(BLANK):
            return above
    return -1


def _look_above(lines: list[str], block: HeaderBlock) -> None:
    """Find the separators above the header, over blank lines, and what they say."""
    if block.separator:
        return
    at, blank, found = block.first - 1, 0, ""
    while at >= 0 and blank <= _LOOK_AHEAD:
        bare = unquoted(lines[at])[0]
        if not bare.strip(BLANK):
            blank += 1
        elif kind := labels.separator(bare) or _opens_quotation(lines, at, block):
            if kind == "rule" and (found or _ends_signature(lines, at)):
                break
            found = kind if found in ("", "rule", "original") else found
            block.begin, blank = at, 0
        elif at == block.begin - 1 and not found and _is_other(bare):
            # Apple Mail shows who passed a mail on above who wrote it.
            block.begin = at
        else:
            break
        at -= 1
    block.separator = found


def _is_other(bare: str) -> bool:
    read = labels.field(bare)
    return read is not None and read.field == "other"


def _opens_quotation(lines: list[str], at: int, block: HeaderBlock) -> str:
    """Return `original` for the line, in whatever language, with which Apple Mail begins to quote.

    Marked as the header below it is, with a colon at its end, and the first that is so marked.
    """
    bare, depth = unquoted(lines[at][:MAX_GUESSED_CHARS])
    if not block.depth or depth != block.depth or not bare.rstrip(BLANK).endswith((":", "：")):
        return ""
    if (at and unquoted(lines[at - 1])[1]) or len(bare) > MAX_OPENER_CHARS:
        return ""
    return "" if attributions.certainty(bare) or labels.field(bare) else "original"


def _ends_signature(lines: list[str], at: int) -> bool:
    """Whether the rule at `at` is the second of two between which a signature stands."""
    rule = lines[at].strip(BLANK)
    above = lines[max(0, at - MAX_SIGNATURE_LINES) : at]
    return sum(line.strip(BLANK) == rule for line in above) % 2 == 1


def _run_together(bare: str) -> list[labels.Labelled] | None:
    """Read `----- Forwarded Message ----- From: A <a@b>To: C`, as Yahoo's plain text has it."""
    line = bare.strip(BLANK)
    if not line.startswith("---") or ":" not in line:
        return None
    words = line.lstrip("-")
    title, dashes, rest = words.partition("--")
    if not dashes or len(title) > labels.MAX_SEPARATOR_CHARS:
        return None
    if labels.separator(f"---{title}---") not in ("forward", "original"):
        return None
    return _split_run(rest.lstrip("-" + BLANK)) or None


def _of_run(at: int, depth: int, run: list[labels.Labelled]) -> HeaderBlock:
    block = HeaderBlock(at, at, at + 1, depth, "forward")
    for read in run:
        block.add(read)
    return block


def _is_run(read: labels.Labelled) -> bool:
    """Whether the value of a first line holds the rest of the header."""
    if read.field != "from" or read.value.count(":") < 2 or len(read.value) > MAX_RUN_CHARS:
        return False
    return len(_split_run(f"From: {read.value}")) >= 3


def _split_run(text: str) -> list[labels.Labelled]:
    """Split a header that stands on one line at its labels, each taken once."""
    text = text[:MAX_RUN_CHARS]
    cuts: list[tuple[int, Field]] = []
    at = -1
    for _ in range(MAX_RUN_LABELS):
        at = text.find(":", at + 1)
        if at < 0:
            break
        lowest = max(cuts[-1][0] + 1 if cuts else 0, at - labels.MAX_LABEL_CHARS)
        for begin in range(lowest, at):
            if not _may_begin(text, begin):
                continue
            read = labels.field(text[begin : at + 1])
            if read is not None and all(read.field != name for _, name in cuts):
                cuts.append((begin, read.field))
                break
        if cuts and cuts[-1][1] == "subject":
            break
    if not cuts:
        return []
    ends = [begin for begin, _ in cuts[1:]] + [len(text)]
    reads = (labels.field(text[begin:end]) for (begin, _), end in zip(cuts, ends, strict=True))
    return [read for read in reads if read is not None]


def _may_begin(text: str, begin: int) -> bool:
    """Whether a label may begin here: at a capital, or a letter that has no case."""
    sign = text[begin]
    return sign.isalpha() and not sign.islower()
