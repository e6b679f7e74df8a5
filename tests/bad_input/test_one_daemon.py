"""One daemon, and everything that is not mail: no traceback, no reply of its own, no growth.

BAD_INPUTS says how many there are: the corpus first, then mutations of it, the same in every run.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import os
import random
import re
import signal
import subprocess
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import uvloop

from dropbox.filing.outcomes import OUTCOMES, TRY_AGAIN, Outcome, Reply
from dropbox.wire import replies
from storage.database import open_pool
from tests.bad_input import dialogues, mails

INPUTS = int(os.environ.get("BAD_INPUTS", "10000"))
AT_ONCE = 24
PATIENCE = 60
ROOM_BYTES = 16 << 20
"""What the allocator may keep of a process that has settled down."""

HANAKO = "hanako@corp.example"
KINDS = ("smtp", "lmtp", "proxy", "smtps")
PROXY = b"PROXY TCP4 203.0.113.9 192.0.2.1 4711 25\r\n"

OTHER_LINES = re.compile(
    r"220 dropbox\.example ESMTP|354 End data with <CR><LF>\.<CR><LF>"
    r"|250[ -](dropbox\.example|SIZE 47185920|8BITMIME|SMTPUTF8|PIPELINING|ENHANCEDSTATUSCODES"
    r"|STARTTLS)"
)
KNOWN = frozenset(
    [str(row.reply) for row in OUTCOMES.values()]
    + [str(one) for one in vars(replies).values() if isinstance(one, Reply)]
    + [str(TRY_AGAIN)]
)


@dataclass
class Tried:
    """What was said to the daemon, and what it said."""

    inputs: Counter[str] = field(default_factory=Counter)
    codes: Counter[str] = field(default_factory=Counter)
    recorded: Counter[str] = field(default_factory=Counter)
    """By kind. LMTP says so for each recipient, the same one named twice included."""
    unknown: list[tuple[str, bytes]] = field(default_factory=list)

    def heard(self, kind: str, said: bytes, wire: bytes) -> None:
        self.inputs[kind] += 1
        if kind == "smtps":
            return
        for line in wire.decode("ascii").splitlines():
            self.codes[line[:3]] += 1
            self.recorded[kind] += line == "250 2.0.0 Recorded"
            if line not in KNOWN and not OTHER_LINES.fullmatch(line):
                self.unknown.append((line, said[:300]))
        if wire and not wire.endswith(b"\r\n"):
            self.unknown.append((repr(wire[-80:]), said[:300]))


class Daemon:
    """`serve` with a listener of every kind."""

    def __init__(self, command, folder: Path) -> None:
        cert, key = folder / "cert.pem", folder / "key.pem"
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
             "-subj", "/CN=mx.example", "-days", "2", "-nodes", "-keyout", key, "-out", cert],
            check=True,
            capture_output=True,
        )  # fmt: skip
        settings = {f"{kind}_listen": "127.0.0.1:0" for kind in KINDS}
        settings |= {"tls_cert": cert, "tls_key": key, "log_format": "json", "rate_per_address": 0}
        for name, value in settings.items():
            command.environment[f"BCC_DROPBOX_{name.upper()}"] = str(value)
        self.log = folder / "log"
        with self.log.open("w") as stderr:
            self.process = command.start("serve", stdout=subprocess.DEVNULL, stderr=stderr)
        deadline = time.monotonic() + PATIENCE
        while not (found := [one for one in self.events() if one["event"] == "serving"]):
            assert self.process.poll() is None, self.log.read_text()
            assert time.monotonic() < deadline
            time.sleep(0.02)
        ports = [int(one.rpartition(":")[2]) for one in found[0]["addresses"]]
        # In the order of `cli.daemon`.
        self.ports = dict(zip(("smtp", "smtps", "lmtp", "proxy"), ports, strict=True))

    def events(self) -> list[dict]:
        lines = self.log.read_text("utf-8").splitlines(keepends=True)
        return [json.loads(one) for one in lines if one.endswith("\n")]

    @property
    def memory(self) -> int:
        """Bytes of it that are in memory."""
        pages = Path(f"/proc/{self.process.pid}/statm").read_text().split()[1]
        return int(pages) * os.sysconf("SC_PAGE_SIZE")

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(PATIENCE)


@pytest.fixture
def office(inside):
    inside.ok("account", "add", "Corp", "--domain", "corp.example")
    inside.ok("user", "add", HANAKO, "--name", "Sato Hanako")
    return inside.ok("address", "show", HANAKO).strip()


@pytest.fixture
def daemon(command, office, tmp_path):
    one = Daemon(command, tmp_path)
    yield one
    if one.process.poll() is None:
        one.process.kill()
        one.process.wait(PATIENCE)


def spoken(count: int, to: str) -> list[tuple[str, bytes]]:
    """What is said where: most by SMTP, the same with LMTP's hello, some behind a balancer."""
    source = random.Random(5)
    made = []
    for said in itertools.islice(dialogues.without_end(source, mails.corpus()), count):
        kind = source.choices(KINDS, (70, 20, 8, 2))[0]
        whole = said.replace(b"{to}", to.encode())
        if kind == "lmtp":
            whole = whole.replace(b"EHLO", b"LHLO")
        elif kind == "proxy" and source.random() < 0.7:
            whole = PROXY + whole
        made.append((kind, whole))
    return made


async def talk(port: int, said: bytes) -> bytes:
    """Say all of it at once, and nothing more; what is answered until the end."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    heard = b""
    try:
        with contextlib.suppress(ConnectionError):
            writer.write(said)
            writer.write_eof()
            async with asyncio.timeout(PATIENCE):
                while piece := await reader.read(1 << 16):
                    heard += piece
    finally:
        writer.close()
    return heard


async def say_all(daemon: Daemon, said: list[tuple[str, bytes]], tried: Tried) -> None:
    waiting = iter(said)

    async def one_after_the_other() -> None:
        for kind, one in waiting:
            try:
                tried.heard(kind, one, await talk(daemon.ports[kind], one))
            except TimeoutError:
                tried.unknown.append((f"{kind}: no end of it", one[:300]))

    async with asyncio.TaskGroup() as group:
        for _ in range(AT_ONCE):
            group.create_task(one_after_the_other())


def test_whatever_is_said_to_it_the_daemon_stays_as_it_is(
    daemon, office, database_url, record_property
):
    said, tried = spoken(INPUTS, office), Tried()
    settled = max(INPUTS // 4, min(INPUTS, 2500))
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(say_all(daemon, said[:settled], tried))
        before = daemon.memory
        runner.run(say_all(daemon, said[settled:], tried))
    grown = daemon.memory - before

    assert tried.unknown == []
    assert set(tried.codes) >= {
        "220",
        "250",
        "354",
        "421",
        "500",
        "501",
        "502",
        "503",
        "550",
        "553",
    }
    # It still does what it is for, and nothing that it has taken is missing.
    with_it = Tried()
    mail = dialogues.carried(mails.OWN + b"To: ann@customer.example\r\n\r\nStill here\r\n")
    asyncio.run(say_all(daemon, [("smtp", mail.replace(b"{to}", office.encode()))], with_it))
    assert with_it.recorded.total() == 1
    assert daemon.stop() == 0
    outcomes = asyncio.run(count_outcomes(database_url))
    taken = tried.recorded + with_it.recorded
    assert taken.total() - taken["lmtp"] <= sum(outcomes.values()) <= taken.total()
    assert set(outcomes) <= {one.value for one in Outcome}
    text = daemon.log.read_text("utf-8")
    assert "Traceback" not in text
    assert [one for one in daemon.events() if one["level"] in {"error", "critical"}] == []
    assert office.partition("@")[0] not in text
    assert grown < ROOM_BYTES, f"{grown >> 10} KB more after {INPUTS} bad inputs"
    record_property("counted", counted(tried, outcomes, grown))


async def count_outcomes(url: str) -> dict[str, int]:
    async with open_pool(url) as pool:
        return dict(await pool.fetch("select outcome, count(*) from delivery group by 1"))


def counted(tried: Tried, outcomes: dict[str, int], grown: int) -> str:
    told = " ".join(f"{kind} {count}" for kind, count in sorted(tried.inputs.items()))
    codes = " ".join(f"{code} {count}" for code, count in sorted(tried.codes.items()))
    kept = " ".join(f"{outcome} {count}" for outcome, count in sorted(outcomes.items()))
    return (
        f"{tried.inputs.total()} bad inputs ({told}): replies {codes};"
        f" mails {kept}; memory {grown / (1 << 20):+.1f} MB"
    )
