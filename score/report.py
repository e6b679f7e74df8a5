"""What was found, for people and for programs."""

from __future__ import annotations

import platform
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, is_dataclass
from importlib.metadata import version
from typing import Any

from score.agreement import Difference
from score.readers import OURS, READERS, STANDARD
from score.speed import Cost, Speed
from score.tally import Rights, Tally, total

_PROBLEMS = 20
_SHOWN = 300
"""Characters of a disagreement's two sides."""


@dataclass(slots=True)
class Report:
    folder: str
    sources: dict[str, dict[str, Tally]] = field(default_factory=dict)
    """By source and reader."""
    originals: dict[str, dict[str, Rights]] = field(default_factory=dict)
    """Forwards and replies: by file of expectations and reader."""
    differences: list[Difference] = field(default_factory=list)
    unclean: list[tuple[str, str, str]] = field(default_factory=list)
    """Of ours: mail, what is unclean in it, and why nothing else is to be had from it."""
    problems: list[tuple[str, str]] = field(default_factory=list)
    """Of ours: mail, and what was raised."""
    notes: list[str] = field(default_factory=list)
    """What of the folder could not be used."""
    speed: list[Speed] = field(default_factory=list)
    hostile: list[Cost] = field(default_factory=list)

    def total(self, reader: str) -> Tally:
        return total(by_reader[reader] for by_reader in self.sources.values())

    def as_json(self) -> dict[str, Any]:
        """Return it all, the totals too, as JSON can hold it."""
        totals = {reader: self.total(reader) for reader in READERS}
        return {"environment": _environment(), **_plain(self), "total": _plain(totals)}

    def lines(self, *, details: bool) -> Iterator[str]:
        """Yield it as text."""
        yield ", ".join(f"{name} {value}" for name, value in _environment().items())
        yield f"read from {self.folder}"
        if self.sources:
            yield from self._mails()
        if self.total(OURS).compared:
            yield from self._agreement()
        if self.originals:
            yield from self._originals()
        if self.speed:
            yield from _speed(self.speed)
        if self.hostile:
            yield from _hostile(self.hostile)
        yield from (f"NOT SCORED {note}" for note in self.notes)
        shown = self.problems if details else self.problems[:_PROBLEMS]
        yield from (f"RAISED {name}: {problem}" for name, problem in shown)
        if len(shown) < len(self.problems):
            yield f"RAISED on {len(self.problems) - len(shown)} more: --details lists them"
        if details:
            yield from self._details()

    def _mails(self) -> Iterator[str]:
        yield from _heading(
            "Mails: read without exception, clean in all that is shown, CPU a mail and at most"
        )
        short = {reader: reader if reader == OURS else f"  {reader}" for reader in READERS}
        rows = [["source", "mails", "reader", "read", "clean", "ms", "slowest ms"]]
        for source, by_reader in sorted(self.sources.items()):
            for reader, one in by_reader.items():
                first = reader == OURS
                names = [source if first else "", str(one.mails) if first else ""]
                rows.append([*names, short[reader], *_cells(one)])
        for reader in READERS:
            one = self.total(reader)
            names = ["TOTAL", str(one.mails)] if reader == OURS else ["", ""]
            rows.append([*names, short[reader], *_cells(one)])
        yield from _table(rows, left=(0, 2))
        yield ""
        for reader in READERS:
            one = self.total(reader)
            yield f"slowest of {reader}: {one.slowest * 1_000:.1f} ms, {one.slowest_mail}"
        argued = sum(bool(argument) for _, _, argument in self.unclean)
        yield f"not clean of {OURS}: {len(self.unclean)}, of which {argued} are argued"

    def _agreement(self) -> Iterator[str]:
        yield from _heading("Agreement with the expected headers and parts, field by field")
        totals = {reader: self.total(reader) for reader in READERS}
        names = list(totals[OURS].compared)
        rows = [["reader", *names, "all", "share", "or argued"]]
        for reader, one in totals.items():
            cells = [f"{one.agreed[name]}/{one.compared[name]}" for name in names]
            agreed, compared = one.agreed.total(), one.compared.total()
            share = _share(agreed, compared)
            argued = _share(agreed + one.argued, compared)
            rows.append([reader, *cells, f"{agreed}/{compared}", share, argued])
        yield from _table(rows)
        yield ""
        by_source = {source: found[OURS] for source, found in self.sources.items()}
        for source, one in sorted(by_source.items()):
            if one.compared:
                agreed, compared = one.agreed.total(), one.compared.total()
                yield (
                    f"{source}: {agreed} of {compared}, {_share(agreed, compared)};"
                    f" {one.argued} argued in score/arguments.toml,"
                    f" {compared - agreed - one.argued} not"
                )

    def _originals(self) -> Iterator[str]:
        yield from _heading("Forwards and replies: right in every field that is expected")
        rows = [
            ["expectations", "cases", "reader", "right", "share", "argued", "raised", "by field"]
        ]
        for group, by_reader in self.originals.items():
            for place, (reader, one) in enumerate(by_reader.items()):
                by_field = ", ".join(
                    f"{name} {one.agreed[name]}/{one.compared[name]}" for name in one.compared
                )
                names = ["", ""] if place else [group, str(one.cases)]
                share = _share(one.right, one.cases)
                counts = [str(one.right), share, str(one.argued), str(one.raised)]
                rows.append([*names, reader, *counts, by_field])
        yield from _table(rows, left=(0, 2, 7))

    def _details(self) -> Iterator[str]:
        yield from _heading("Not clean")
        for name, what, argument in self.unclean:
            yield f"{name}: {what}"
            if argument:
                yield f"    argued   {argument}"
        yield from _heading("Disagreements")
        for one in self.differences:
            yield f"{one.name}  {one.field}"
            yield f"    found    {one.found:.{_SHOWN}}"
            yield f"    expected {one.expected:.{_SHOWN}}"
            if one.argument:
                yield f"    argued   {one.argument}"


def _plain(value: Any) -> Any:
    """As `asdict`, which makes something else of a Counter."""
    if is_dataclass(value):
        return {one.name: _plain(getattr(value, one.name)) for one in fields(value)}
    if isinstance(value, dict):
        return {name: _plain(one) for name, one in value.items()}
    return [_plain(one) for one in value] if isinstance(value, list | tuple) else value


def _environment() -> dict[str, str]:
    libraries = ("fast-mail-parser", "email-forward-parser", "mail-parser-reply")
    return {"Python": platform.python_version(), **{name: version(name) for name in libraries}}


def _heading(title: str) -> Iterator[str]:
    yield ""
    yield title
    yield ""


def _cells(one: Tally) -> list[str]:
    milliseconds = one.seconds * 1_000 / one.mails if one.mails else 0.0
    read, clean = (_share(part, one.mails) for part in (one.mails - one.raised, one.clean))
    return [read, clean, f"{milliseconds:.2f}", f"{one.slowest * 1_000:.1f}"]


def _share(part: int, whole: int) -> str:
    """Cut, not rounded: 100 % is all of them."""
    return f"{part * 1_000 // whole / 10:.1f} %" if whole else "-"


def _speed(found: Iterable[Speed]) -> Iterator[str]:
    yield from _heading("Speed: CPU of a reading in ms, the readers in turns")
    rows = [["mail", "read", *READERS, f"x {STANDARD}", "without SHA-256", "aim"]]
    for one in found:
        for place, way in enumerate(one.ratios):
            cells = [
                one.problems.get(reader, f"{one.milliseconds[reader][way]:.2f}")
                for reader in READERS
            ]
            ratios = [f"{one.ratios[way]:.1f}", f"{one.bare_ratios[way]:.1f}"]
            verdict = "reached" if one.reached else "NOT REACHED"
            aim = f"{one.aim:g} {verdict}" if way == "in a row" else ""
            rows.append(["" if place else one.mail, way, *cells, *ratios, aim])
    yield from _table(rows, left=(0, 1))
    yield ""
    sums = ", ".join(f"{one.checksum:.2f} ms of a {one.mail}" for one in found if one.checksum)
    yield f"SHA-256 of what is attached, {sums}, every reader takes; the aim was set without it."
    yield "In a row: one mail again and again, as the aim was measured. Each another: mails alike."
    yield "Alone: one mail, after another reader's turn has filled the processor's caches."


def _hostile(found: Sequence[Cost]) -> Iterator[str]:
    yield from _heading("Hostile mail: CPU in ms")
    readers = list(dict.fromkeys(reader for one in found for reader in one.milliseconds))
    rows = [["mail", "KB", *readers]]
    rows += [
        [one.name, f"{one.size / 1_000:.0f}", *(_cost(one, reader) for reader in readers)]
        for one in found
    ]
    yield from _table(rows)


def _cost(one: Cost, reader: str) -> str:
    milliseconds: Mapping[str, float | None] = one.milliseconds
    if reader not in milliseconds:
        return ""
    spent = milliseconds[reader]
    return one.problems[reader].partition(":")[0] if spent is None else f"{spent:.1f}"


def _table(rows: Sequence[Sequence[str]], left: Sequence[int] = (0,)) -> Iterator[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = (
            cell.ljust(width) if place in left else cell.rjust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        yield "  ".join(cells).rstrip()
