"""A chart of bars as SVG: the rate of every server under the loads that all of them took."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from statistics import median

from bench.aims import ratios
from bench.loads import Subject
from bench.results import Results, Round

_WIDTH, _LABELS, _BAR, _GAP, _FIGURES = 760, 230, 18, 5, 130
_TITLE, _SPACE = 26, 16
_OURS, _OTHERS = "#0b63ce", "#9aa5b1"


def chart(results: Results) -> str:
    """Return an SVG document: a group of bars for each load, the longest as wide as the page."""
    pieces: list[str] = []
    y = 0
    for load in dict.fromkeys(one.load for one in results.rounds):
        found = [one for one in results.rounds if one.load == load]
        pieces.extend(_group(found, y))
        y += _TITLE + len(_rates(found)) * (_BAR + _GAP) + _SPACE
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {y}"'
        f' font-family="sans-serif" font-size="13">\n'
        f'<rect width="{_WIDTH}" height="{y}" fill="#ffffff"/>\n' + "\n".join(pieces) + "\n</svg>\n"
    )


def _rates(rounds: Sequence[Round]) -> list[tuple[str, float]]:
    """Servers and the medians of their rates, the fastest first."""
    subjects = dict.fromkeys(one.subject for one in rounds)
    rates = {
        subject: median(one.per_second for one in rounds if one.subject == subject)
        for subject in subjects
    }
    return sorted(rates.items(), key=lambda one: one[1], reverse=True)


def _group(rounds: Sequence[Round], top: int) -> Iterator[str]:
    yield (
        f'<text x="0" y="{top + 16}" font-weight="bold" fill="#1f2933">'
        f"{escape(rounds[0].title)}, mails a second</text>"
    )
    rates = _rates(rounds)
    most = rates[0][1] or 1.0
    for place, (subject, rate) in enumerate(rates):
        y = top + _TITLE + place * (_BAR + _GAP)
        width = max(rate / most * (_WIDTH - _LABELS - _FIGURES), 1.0)
        server = Subject(subject)
        colour = _OURS if server.records else _OTHERS
        stock = ratios(rounds, rounds[0].load, subject, Subject.STOCK)
        known = stock and subject != Subject.STOCK
        times = f" ({median(stock):.1f} x stock)" if known else ""
        yield (
            f'<text x="{_LABELS - 8}" y="{y + 14}" text-anchor="end" fill="#1f2933">'
            f"{escape(server.called)}</text>"
            f'<rect x="{_LABELS}" y="{y}" width="{width:.1f}" height="{_BAR}" fill="{colour}"/>'
            f'<text x="{_LABELS + width + 6:.1f}" y="{y + 14}" fill="#1f2933">'
            f"{rate:,.0f}{times}</text>"
        )
