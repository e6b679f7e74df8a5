"""Tables as text: in a pipe a line for each row, on a terminal as many as its width asks for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

WIDEST = 60
GAP = "  "
INDENT = "    "

Cells = Sequence[str]


def drawn(columns: Cells, rows: Sequence[Cells], width: int | None) -> Iterator[str]:
    """Yield the lines of a table for a terminal of `width` cells; None: for a pipe.

    In a pipe each row is one line, however long. On a terminal a cell is wrapped at 60, and a row
    that is wider than the terminal goes on beneath, indented, heading and all: what is never done
    is to squeeze columns until times and identifiers break.
    """
    sizes = [max(map(_cells, column)) for column in zip(columns, *rows, strict=True)]
    heading = [columns] if any(columns) else []
    if width is None:
        for row in (*heading, *rows):
            yield _line(row, sizes)
        return
    sizes = [min(size, WIDEST, max(width - len(INDENT), 1)) for size in sizes]
    bands = list(_bands(sizes, width))
    for row in heading:
        yield from _record(row, sizes, bands)
        yield "─" * min(width, max(_extent(sizes, band) for band in bands))
    for row in rows:
        yield from _record(row, sizes, bands)


def _bands(sizes: Sequence[int], width: int) -> Iterator[range]:
    """Yield the columns that stand side by side: as many as fit, the others beneath."""
    start = 0
    for end in range(1, len(sizes) + 1):
        if end == len(sizes) or _extent(sizes, range(start, end + 1)) > width:
            yield range(start, end)
            start = end


def _extent(sizes: Sequence[int], band: range) -> int:
    indent = len(INDENT) if band.start else 0
    return indent + sum(sizes[column] for column in band) + len(GAP) * (len(band) - 1)


def _record(row: Cells, sizes: Sequence[int], bands: Sequence[range]) -> Iterator[str]:
    for band in bands:
        wrapped = [_wrapped(row[column], sizes[column]) for column in band]
        for number in range(max(map(len, wrapped))):
            cells = [lines[number] if number < len(lines) else "" for lines in wrapped]
            line = _line(cells, [sizes[column] for column in band])
            if line or not band.start:
                yield (INDENT if band.start else "") + line


def _line(cells: Cells, sizes: Sequence[int]) -> str:
    padded = (cell + " " * (size - _cells(cell)) for cell, size in zip(cells, sizes, strict=True))
    return GAP.join(padded).rstrip()


def _wrapped(text: str, size: int) -> list[str]:
    """Break a text between words, and words that are too long where the line ends."""
    from rich.cells import chop_cells

    lines = [""]
    for word in text.split(" "):
        longer = f"{lines[-1]} {word}" if lines[-1] else word
        if _cells(longer) <= size:
            lines[-1] = longer
        else:
            lines += chop_cells(word, size)
    return lines if lines[0] else lines[1:] or [""]


def _cells(text: str) -> int:
    """Width on a terminal: a kanji takes two cells."""
    from rich.cells import cell_len

    return cell_len(text)
