"""What reading costs: ordinary mail against the standard library, and hostile mail."""

from __future__ import annotations

import base64
import random
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from statistics import median

from bench.mails import Mails, People, Shape
from score.attempts import attempt
from score.folder import Case
from score.hostile import Hostile, hostile
from score.originals import FORWARD_LIBRARY, REPLY_LIBRARY, library_forward, library_reply
from score.readers import OURS, READERS, STANDARD

HOSTILE_SECONDS = 3.0
"""So long is waited for a reader on hostile mail."""


@dataclass(frozen=True, slots=True)
class Speed:
    mail: str
    milliseconds: dict[str, float]
    """By reader: median CPU of the rounds."""
    ratio: float
    """`policy.default` to ours, the median of the rounds, in each of which they took turns."""
    aim: float
    problems: dict[str, str]


@dataclass(frozen=True, slots=True)
class Cost:
    name: str
    size: int
    milliseconds: dict[str, float | None]
    """By reader; None: it raised, or did not end."""
    problems: dict[str, str]


def ordinary() -> list[Speed]:
    """Measure what the promise of speed names."""
    return [
        _measure("82 KB newsletter", _newsletter(), rounds=25, aim=12),
        _measure("10 MB attachment", _attachment(10_000_000), rounds=7, aim=30),
    ]


def _measure(name: str, raw: bytes, rounds: int, aim: float) -> Speed:
    spent: dict[str, list[float]] = {reader: [] for reader in READERS}
    problems: dict[str, str] = {}
    for _ in range(rounds):
        for reader, read in READERS.items():
            done = attempt(partial(read, raw))
            spent[reader].append(done.seconds * 1_000)
            if done.problem:
                problems[reader] = done.problem.partition(":")[0]
    ratios = [slow / fast for slow, fast in zip(spent[STANDARD], spent[OURS], strict=True)]
    medians = {reader: median(one) for reader, one in spent.items()}
    return Speed(name, medians, median(ratios), aim, problems)


def _newsletter() -> bytes:
    """The mail that `make bench` sends."""
    head, body = Mails(Shape.NEWSLETTER, People.HALF, "score").next().pieces
    return head + body.removesuffix(b".\r\n").replace(b"\r\n..", b"\r\n.")


def _attachment(size: int) -> bytes:
    head = (
        b"From: Aiko <aiko@corp.example>\r\nTo: Bob <bob@client.example>\r\nSubject: Drawing\r\n"
        b"Date: Mon, 3 Mar 2025 09:30:10 +0900\r\nMIME-Version: 1.0\r\n"
        b'Content-Type: multipart/mixed; boundary="=_b"\r\n\r\n--=_b\r\n'
        b"Content-Type: text/plain; charset=utf-8\r\n\r\nHere it is.\r\n--=_b\r\n"
        b"Content-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64\r\n"
        b'Content-Disposition: attachment; filename="drawing.bin"\r\n\r\n'
    )
    lines = base64.encodebytes(random.Random(1).randbytes(size * 3 // 4))
    return head + lines.replace(b"\n", b"\r\n") + b"--=_b--\r\n"


def costs() -> list[Cost]:
    """Measure hostile mail: ours as the least of three, the others once."""
    return [_cost(one) for one in hostile()]


def _cost(one: Hostile) -> Cost:
    milliseconds: dict[str, float | None] = {}
    problems: dict[str, str] = {}
    for reader, (read, times) in _tried(one).items():
        tries = [attempt(read, HOSTILE_SECONDS) for _ in range(times)]
        problem = next((found.problem for found in tries if found.problem), "")
        if problem:
            problems[reader] = problem
        milliseconds[reader] = None if problem else min(found.seconds for found in tries) * 1_000
    return Cost(one.name, len(one.raw), milliseconds, problems)


def _tried(one: Hostile) -> dict[str, tuple[Callable[[], object], int]]:
    tried: dict[str, tuple[Callable[[], object], int]] = {
        reader: (partial(read, one.raw), 3 if reader == OURS else 1)
        for reader, read in READERS.items()
    }
    if one.body:
        case = Case(one.name, "", one.raw, one.body, None, {})
        tried[FORWARD_LIBRARY] = (partial(library_forward, case), 1)
        tried[REPLY_LIBRARY] = (partial(library_reply, case), 1)
    return tried
