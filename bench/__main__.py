"""`python -m bench`: every server under the same load in turns, then latency, memory and import."""

from __future__ import annotations

import argparse
import json
import shlex
import signal
import sys
from pathlib import Path

from bench import importing, page, report
from bench.loads import Subject, everything, standard
from bench.processes import Died, raise_descriptors
from bench.rounds import Length
from bench.run import FURTHER, Plan, carry_out


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
    raise_descriptors()
    try:
        results = carry_out(_plan(options))
    except Died as error:
        print(f"bench: {error}", file=sys.stderr)
        return 1
    except Stopped as stopped:
        print("bench: stopped, and so is everything that it had started", file=sys.stderr)
        return 128 + stopped.signal
    if options.json:
        options.json.write_text(json.dumps(results.as_json(), indent=1) + "\n")
    if options.write:
        page.write(results)
    print("\n".join(report.lines(results)))
    return 0 if results.complete else 1


def _stop(number: int, _frame: object) -> None:
    for each in (signal.SIGINT, signal.SIGTERM):
        # A second Ctrl-C must not leave behind what the first one is cleaning up.
        signal.signal(each, signal.SIG_IGN)
    raise Stopped(number)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    add = parser.add_argument
    add("--all", action="store_true", help="the full matrix, which takes hours")
    add("--rounds", type=int, default=5, help="of every server and load (%(default)s)")
    add("--seconds", type=float, default=3.0, help="a round (%(default)s)")
    add("--mails", type=int, help="a round, in place of --seconds")
    add("--loads", type=_words, default=["*"], metavar="NAME,...", help="only these (newsletter-*)")
    add("--only", type=_words, default=[*Subject, *FURTHER], metavar="NAME,...",
        help=f"some of {', '.join([*Subject, *FURTHER])}")  # fmt: skip
    add("--list", action="store_true", help="name the loads and who takes them, and end")
    add("--import-mails", type=int, default=importing.SHORT, help="mails imported (%(default)s)")
    add("--profile", type=float, default=0.0, metavar="SECONDS", help="record with py-spy as well")
    add("--grown", type=Path, metavar="FOLDER", help="keep the large databases here for next time")
    add("--folder", type=Path, help="where everything else lies meanwhile; its disk matters")
    add("--json", type=Path, metavar="FILE", help="where all figures go as well")
    add("--write", action="store_true", help="write docs/performance.*")
    options = parser.parse_args()
    if options.all and options.import_mails == importing.SHORT:
        options.import_mails = importing.LONG
    if unknown := set(options.only).difference({*Subject, *FURTHER}):
        parser.error(f"--only takes none of {', '.join(sorted(unknown))}")
    if options.list:
        for case in everything() if options.all else standard():
            print(f"{case.load.name:24} {', '.join(case.subjects)}")
        parser.exit()
    return options


def _plan(options: argparse.Namespace) -> Plan:
    seconds = None if options.mails else options.seconds
    return Plan(
        command=shlex.join(["python", "-m", "bench", *sys.argv[1:]]),
        cases=everything() if options.all else standard(),
        loads=options.loads,
        only=frozenset(options.only),
        length=Length(options.rounds, seconds, options.mails),
        import_mails=options.import_mails,
        profile_seconds=options.profile,
        folder=options.folder,
        grown=options.grown,
    )


def _words(text: str) -> list[str]:
    return text.split(",")


if __name__ == "__main__":
    sys.exit(main())
