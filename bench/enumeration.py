"""Whether the time of a refusal tells what stands behind it: `python -m bench.enumeration`.

Asks a real daemon for dropbox addresses that never were, that are dead, and that have not even the
shape of one, in random order, and compares how long the 550 took. What is printed beside each
median is by how much it differs from that of the addresses that never were, and between what
bounds that lies in 99 of 100 samplings; bounds on both sides of zero tell nothing apart.
"""

from __future__ import annotations

import argparse
import random
import secrets
import socket
import statistics
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.certificate import write_certificate
from bench.daemon import installed
from bench.mails import SENDERS
from dropbox.addresses import BASE32, TOKEN_LENGTH

MOST_MISSES = 10_000
SAMPLINGS = 400
_GUESS = "never was"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.enumeration", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3000, help="questions of each kind")
    rounds = parser.parse_args().rounds
    with tempfile.TemporaryDirectory(prefix="bcc-bench-") as made:
        most = str(MOST_MISSES)
        write_certificate(Path(made), "localhost")
        with installed(Path(made, "new"), Path(made), None, print) as installation:
            dead = SENDERS[0].dropbox
            installation.regenerate(SENDERS[0].email)
            with installation.serving(max_unknown_recipients=most, max_errors=most) as served:
                took = measure(served.port, kinds(dead), rounds)
    for line in table(took):
        print(line)


def kinds(dead: str) -> dict[str, Callable[[], str]]:
    """Return what makes an address of each kind."""
    local, _, domain = dead.partition("@")
    handle = local.partition(".")[0]

    def token() -> str:
        return "".join(secrets.choice(BASE32) for _ in range(TOKEN_LENGTH))

    return {
        _GUESS: lambda: f"{handle}.{token()}@{domain}",
        "never was, of nobody": lambda: f"{token()}.{token()}@{domain}",
        "dead": lambda: dead,
        "has not the shape": lambda: f"{handle}@{domain}",
    }


def measure(port: int, made: dict[str, Callable[[], str]], rounds: int) -> dict[str, list[float]]:
    """Return the microseconds that each refusal took, by kind."""
    took: defaultdict[str, list[float]] = defaultdict(list)
    words: set[str] = set()
    per_connection = (MOST_MISSES - 1) // len(made)
    for begun in range(0, rounds, per_connection):
        with _dialogue(port) as ask:
            for _ in range(min(per_connection, rounds - begun)):
                for kind in random.sample(list(made), len(made)):
                    address = made[kind]()
                    start = time.perf_counter()
                    words.add(ask(f"RCPT TO:<{address}>"))
                    took[kind].append((time.perf_counter() - start) * 1e6)
    if len(words) != 1:
        raise SystemExit(f"refused in several ways: {sorted(words)}")
    return took


@contextmanager
def _dialogue(port: int) -> Iterator[Callable[[str], str]]:
    with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        replies = connection.makefile("rb")

        def ask(line: str) -> str:
            connection.sendall(line.encode() + b"\r\n")
            while (reply := replies.readline())[3:4] == b"-":
                pass
            return reply.decode().strip()

        replies.readline()
        for line in ("EHLO bench.example", "MAIL FROM:<>"):
            ask(line)
        yield ask


def table(took: dict[str, list[float]]) -> list[str]:
    lines = [f"{'address':22} {'median':>8} {'difference':>11}   99 of 100 samplings"]
    source = random.Random(1)
    known = took[_GUESS]
    for kind, times in took.items():
        low, high = _bounds(source, known, times)
        middle = statistics.median(times)
        apart = middle - statistics.median(known)
        lines.append(f"{kind:22} {middle:5.0f} µs {apart:+8.1f} µs   {low:+.1f} to {high:+.1f} µs")
    return lines


def _bounds(source: random.Random, one: list[float], other: list[float]) -> tuple[float, float]:
    """Return between what the difference of the medians lies, drawing both anew."""
    apart = sorted(
        statistics.median(source.choices(other, k=len(other)))
        - statistics.median(source.choices(one, k=len(one)))
        for _ in range(SAMPLINGS)
    )
    return apart[SAMPLINGS // 200], apart[-1 - SAMPLINGS // 200]


if __name__ == "__main__":
    main()
