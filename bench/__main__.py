"""`python -m bench`: every server under the same load in turns, then memory, then a count."""

from __future__ import annotations

import argparse
import json
import secrets
import signal
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

from bench.client import Order
from bench.daemon import Daemon, installed
from bench.mails import KNOWN_PEOPLE, Sender
from bench.memory import peak
from bench.processes import Died
from bench.report import DAEMON, SERVERS, STOCK, WIRE, Report, environment
from bench.rounds import Client, client, rounds
from bench.servers import sink

MEMORY = "memory"
_STRANGER = Sender("user@corp.example", "user.aaaaaaaaaaaaaaaa@dropbox.example")


class Stopped(BaseException):
    """Somebody pressed Ctrl-C, or sent SIGTERM."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.signal = number


def main() -> int:
    """Run what the command line asks for; 1 when mail was lost, or a process failed."""
    options = _options()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _stop)
    try:
        report = _run(options)
    except Died as error:
        print(f"bench: {error}", file=sys.stderr)
        return 1
    except Stopped as stopped:
        print("bench: stopped, and so is everything that it had started", file=sys.stderr)
        return 128 + stopped.signal
    if options.json:
        options.json.write_text(json.dumps(report.as_json(), indent=2) + "\n")
    print("\n".join(report.lines()))
    return 0 if report.complete else 1


def _stop(number: int, _frame: object) -> None:
    for each in (signal.SIGINT, signal.SIGTERM):
        # A second Ctrl-C must not leave behind what the first one is cleaning up.
        signal.signal(each, signal.SIG_IGN)
    raise Stopped(number)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument(
        "--rounds", type=int, default=5, help="of every server and load (%(default)s)"
    )
    parser.add_argument("--seconds", type=float, default=3.0, help="a round (%(default)s)")
    parser.add_argument("--mails", type=int, help="a round, in place of --seconds")
    parser.add_argument(
        "--connections", type=_numbers, default=[32, 8], metavar="N,N", help="at once (32,8)"
    )
    every = [*SERVERS, MEMORY]
    parser.add_argument(
        "--only", type=lambda text: text.split(","), default=every, metavar="NAME,NAME",
        help=f"some of {', '.join(every)}",
    )  # fmt: skip
    parser.add_argument("--json", type=Path, metavar="FILE", help="where all figures go as well")
    parser.add_argument(
        "--folder", type=Path, help="where the temporary database lies; its disk matters"
    )
    options = parser.parse_args()
    if unknown := set(options.only).difference(every):
        parser.error(f"--only takes {', '.join(every)}, not {', '.join(sorted(unknown))}")
    return options


def _numbers(text: str) -> list[int]:
    return [int(one) for one in text.split(",")]


def _run(options: argparse.Namespace) -> Report:
    needs_daemon = not {DAEMON, MEMORY}.isdisjoint(options.only)
    with ExitStack() as stack:
        made = tempfile.TemporaryDirectory(prefix="bcc-bench-", dir=options.folder)
        folder = Path(stack.enter_context(made))
        daemon = stack.enter_context(installed(folder)) if needs_daemon else None
        senders = daemon.senders if daemon else [_STRANGER]
        sending = stack.enter_context(client(folder, secrets.token_hex(4), senders))
        report = Report(environment(daemon.postgres if daemon else "-"), _load(options))
        _measure_speed(options, report, sending, daemon, folder)
        if daemon is not None and MEMORY in options.only:
            _say("memory")
            with daemon.serving() as served:
                report.memory = peak(sending, served)
        if daemon is not None:
            report.acknowledged = sending.acknowledged.get(DAEMON, 0)
            report.known_before = KNOWN_PEOPLE
            report.recorded = daemon.counts()
        report.refused = sending.refused
    return report


def _measure_speed(
    options: argparse.Namespace,
    report: Report,
    sending: Client,
    daemon: Daemon | None,
    folder: Path,
) -> None:
    with ExitStack() as stack:
        servers = [
            stack.enter_context(sink(name, folder))
            for name in (STOCK, WIRE)
            if name in options.only
        ]
        if daemon is not None and DAEMON in options.only:
            servers.insert(0, stack.enter_context(daemon.serving()))
        if not servers:
            return
        order = Order(0, 0, seconds=None if options.mails else options.seconds, mails=options.mails)
        for one in rounds(sending, servers, options.connections, options.rounds, order):
            _say(f"{one.server} {one.connections}: {one.per_second:.0f} mails/s")
            report.rounds.append(one)


def _load(options: argparse.Namespace) -> str:
    length = f"{options.mails} mails" if options.mails else f"{options.seconds:g} s"
    return (
        "82 KB multipart/alternative to four people, two known and two new in every mail;"
        f" {options.rounds} rounds of {length}, in turns, connections kept open, one worker"
    )


def _say(what: str) -> None:
    if sys.stderr.isatty():
        print(f"\r\033[K{what}", end="", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
