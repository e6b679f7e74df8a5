"""How fast the product's `import` reads an mbox, and how large it becomes meanwhile."""

from __future__ import annotations

import json
import time
from pathlib import Path

from bench.daemon import Installation
from bench.mails import SENDERS, Mails, People, Shape
from bench.processes import Died, resident_bytes
from bench.results import Imported

SHORT, LONG = 20_000, 100_000
SAMPLES = 40
_SAMPLE_SECONDS = 0.25


def write_mbox(path: Path, run: str, count: int) -> None:
    """Write an mbox of `count` mails of 4 KB."""
    mails = Mails(Shape.TEXT, People.HALF, f"{run}.import")
    with path.open("wb") as file:
        for _ in range(count):
            mail = mails.next()
            stuffed = mail.head + mail.body.on_the_wire.removesuffix(b".\r\n")
            text = stuffed.replace(b"\r\n..", b"\r\n.").replace(b"\r\n", b"\n")
            file.write(b"From user@corp.example Mon Mar  3 09:30:10 2025\n" + text + b"\n")


def import_mbox(installation: Installation, path: Path) -> Imported:
    """Import `path` for the first user. Raises Died when a mail was not recorded."""
    began = time.perf_counter()
    resident: list[int] = []
    words = ("import", str(path), "--user", SENDERS[0].email, "--json")
    with installation.start(*words) as process:
        while process.poll() is None:
            resident.append(resident_bytes([process.pid]))
            time.sleep(_SAMPLE_SECONDS)
        seconds = time.perf_counter() - began
        said = process.stdout.read() if process.stdout else ""
    if process.returncode:
        raise Died(f"import ended with {process.returncode}")
    return Imported(json.loads(said)["mails"], seconds, _largest(resident))


def _largest(resident: list[int]) -> list[int]:
    """Return the largest of each stretch of time, at most about `SAMPLES` of them."""
    every = max(len(resident) // SAMPLES, 1)
    return [max(resident[at : at + every]) for at in range(0, len(resident), every)]
