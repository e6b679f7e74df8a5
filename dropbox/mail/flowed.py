"""Format=flowed text (RFC 3676): lines that a sender's program broke are joined again."""

from __future__ import annotations

MAX_LINES = 8_000
"""So many lines are joined; the rest stays as it is."""


def unflow(text: str, *, delete_space: bool) -> str:
    """Join soft line breaks and undo space-stuffing, inside of quotations too.

    A line that ends with a blank goes on in the next one of the same quotation depth;
    `delete_space` is DelSp=yes, where the blank is no part of the text. `text` has LF line ends.
    """
    lines = text.split("\n", MAX_LINES)
    rest = lines[MAX_LINES:]
    out: list[str] = []
    open_depth = -1
    """Depth of the paragraph that goes on; -1 when none does."""
    pieces: list[str] = []
    for line in lines[:MAX_LINES]:
        depth = 0
        if line.startswith(">"):
            bare = line.lstrip(">")
            depth = len(line) - len(bare)
            line = bare  # noqa: PLW2901 the line without what has been read of it
        line = line.removeprefix(" ")  # noqa: PLW2901
        is_signature = line == "-- "
        if pieces and (depth != open_depth or is_signature):
            out.append("".join(pieces))
            pieces = []
        if not pieces:
            pieces.append(">" * depth + " " if depth and line else ">" * depth)
            open_depth = depth
        if line.endswith(" ") and not is_signature:
            pieces.append(line[:-1] if delete_space else line)
            continue
        pieces.append(line)
        out.append("".join(pieces))
        pieces = []
    if pieces:
        # Nothing follows: the blank was one, and nobody sees it.
        out.append("".join(pieces).rstrip(" "))
    return "\n".join(out + rest)
