"""What is measured: a running server, where it listens, and which processes work for it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from bench.certificate import CHAIN, KEY
from bench.loads import Subject
from bench.mails import KNOWN_PEOPLE, SENDERS, known_email
from bench.processes import await_greeting, free_port, read_line, running, write_line
from bench.sinks import HOSTNAME

SMTP_SINK = "smtp-sink"

_WORDS = {Subject.STOCK: "stock", Subject.WIRE: "wire"}
_START_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Server:
    """A server and the roots of its process trees."""

    subject: Subject
    port: int
    pids: tuple[int, ...]
    postgres_pids: tuple[int, ...] = field(default=())


def has_postfix() -> bool:
    return shutil.which(SMTP_SINK) is not None


@contextmanager
def sink(subject: Subject, folder: Path) -> Iterator[Server]:
    """Run a server that throws mail away; `folder` has the certificate in it."""
    log = folder / "sinks.log"
    if subject is Subject.POSTFIX:
        port = free_port()
        words = ["-u", "nobody", f"127.0.0.1:{port}", "1024"]
        with running(words, log, program=SMTP_SINK) as process:
            await_greeting(process, port, log, _START_SECONDS)
            yield Server(subject, port, (process.pid,))
        return
    with running(["-m", "bench.sinks", _WORDS[subject], str(folder)], log) as process:
        yield Server(subject, int(read_line(process, log)), (process.pid,))


@contextmanager
def usual(folder: Path, url: str, postgres: tuple[int, ...]) -> Iterator[Server]:
    """Run the usual design on a Postgres that others use as well, in a schema of its own."""
    log = folder / "usual.log"
    with running(["-m", "bench.usual"], log) as process:
        given = {
            "url": url,
            "senders": [{"email": one.email, "dropbox": one.dropbox} for one in SENDERS],
            "known": [known_email(number) for number in range(KNOWN_PEOPLE)],
            "certificate": [str(folder / CHAIN), str(folder / KEY)],
            "hostname": HOSTNAME,
        }
        write_line(process, json.dumps(given))
        yield Server(Subject.USUAL, int(read_line(process, log)), (process.pid,), postgres)


@contextmanager
def resolver(folder: Path, zone: Mapping[str, str]) -> Iterator[str]:
    """Run a name server that knows this zone; yield `host:port`."""
    log = folder / "resolver.log"
    with running(["-m", "bench.resolver"], log) as process:
        write_line(process, json.dumps(zone))
        yield f"127.0.0.1:{int(read_line(process, log))}"
