"""What reading costs: ordinary mail against the standard library, and hostile mail."""

from __future__ import annotations

import base64
import hashlib
import random
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from statistics import median
from typing import Literal

from bench.mails import Mail, Mails, People, Shape
from score.attempts import attempt
from score.folder import Case
from score.hostile import Hostile, hostile
from score.originals import FORWARD_LIBRARY, REPLY_LIBRARY, library_forward, library_reply
from score.readers import OURS, READERS, STANDARD

Way = Literal["in a row", "each another", "alone"]
"""How mail is read: one mail again and again, mails that are alike, or a mail at the beginning of
a turn, when the processor holds code and data of another reader."""

HOSTILE_SECONDS = 3.0
"""So long is waited for a reader on hostile mail."""


@dataclass(frozen=True, slots=True)
class Speed:
    mail: str
    milliseconds: dict[str, dict[Way, float]]
    """By reader: CPU of one reading, the median of the rounds."""
    checksum: float
    """Milliseconds that SHA-256 of the attachment takes, among the time of every reader."""
    ratios: dict[Way, float]
    """`policy.default` to ours, the median of the rounds, in each of which they took turns."""
    bare_ratios: dict[Way, float]
    """The same, the time of the checksum taken off both."""
    aim: float
    """For `in a row` without the checksum, as it was set."""
    problems: dict[str, str]

    @property
    def reached(self) -> bool:
        ran = not {OURS, STANDARD} & self.problems.keys()
        return ran and self.bare_ratios["in a row"] >= self.aim


@dataclass(frozen=True, slots=True)
class Cost:
    name: str
    size: int
    milliseconds: dict[str, float | None]
    """By reader; None: it raised, or did not end."""
    problems: dict[str, str]


def ordinary() -> list[Speed]:
    """Measure what the promise of speed names."""
    newsletters = Mails(Shape.NEWSLETTER, People.HALF, "score")
    files = [random.Random(seed).randbytes(7_500_000) for seed in (1, 2)]
    return [
        _measure("82 KB newsletter", [_whole(newsletters.next()) for _ in range(20)], 20, 12),
        _measure("10 MB attachment", [_attachment(file) for file in files], 7, 30, files[0]),
    ]


def _measure(
    name: str, mails: list[bytes], rounds: int, aim: float, attached: bytes = b""
) -> Speed:
    spent: dict[str, dict[Way, list[float]]] = {
        reader: {"in a row": [], "each another": [], "alone": []} for reader in READERS
    }
    ways: dict[Way, list[bytes]] = {
        "alone": mails[:1],
        "in a row": mails[:1] * len(mails),
        "each another": mails,
    }
    sums: list[float] = []
    problems: dict[str, str] = {}
    for _ in range(rounds):
        for reader, read in READERS.items():
            for way, given in ways.items():
                done = attempt(partial(_all, read, given))
                spent[reader][way].append(done.seconds * 1_000 / len(given))
                if done.problem:
                    problems[reader] = done.problem.partition(":")[0]
        taken = attempt(partial(_all, hashlib.sha256, [attached]))
        sums.append(taken.seconds * 1_000 if attached else 0.0)
    ours, theirs = spent[OURS], spent[STANDARD]
    return Speed(
        mail=name,
        milliseconds={
            reader: {way: median(taken) for way, taken in one.items()}
            for reader, one in spent.items()
        },
        checksum=median(sums),
        ratios={way: ratio(theirs[way], ours[way], [0.0] * rounds) for way in ways},
        bare_ratios={way: ratio(theirs[way], ours[way], sums) for way in ways},
        aim=aim,
        problems=problems,
    )


def _all(read: Callable[[bytes], object], mails: list[bytes]) -> None:
    for one in mails:
        read(one)


def ratio(slow: list[float], fast: list[float], less: list[float]) -> float:
    """Return how many times `fast` goes into `slow`, `less` taken off both: the median of rounds.

    A round in which nothing is left of `fast` says nothing.
    """
    rounds = zip(slow, fast, less, strict=True)
    told = [(one - off) / (other - off) for one, other, off in rounds if other > off]
    return median(told) if told else 0.0


def _whole(mail: Mail) -> bytes:
    """The mail that `make bench` sends."""
    head, body = mail.pieces
    return head + body.removesuffix(b".\r\n").replace(b"\r\n..", b"\r\n.")


def _attachment(file: bytes) -> bytes:
    head = (
        b"From: Aiko <aiko@corp.example>\r\nTo: Bob <bob@client.example>\r\nSubject: Drawing\r\n"
        b"Date: Mon, 3 Mar 2025 09:30:10 +0900\r\nMIME-Version: 1.0\r\n"
        b'Content-Type: multipart/mixed; boundary="=_b"\r\n\r\n--=_b\r\n'
        b"Content-Type: text/plain; charset=utf-8\r\n\r\nHere it is.\r\n--=_b\r\n"
        b"Content-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64\r\n"
        b'Content-Disposition: attachment; filename="drawing.bin"\r\n\r\n'
    )
    lines = base64.encodebytes(file)
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
