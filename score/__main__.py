"""How well real mail is read. See docs/develop.md, or python -m score --help."""

from __future__ import annotations

import argparse
import json
import sys
import tomllib
import warnings
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from score import agreement, normal, originals, speed
from score.attempts import attempt
from score.folder import Case, Folder
from score.readers import OURS, READERS, Reading
from score.report import Report
from score.tally import Arguments, Rights, Tally, differences

DEFAULT_FOLDER = Path("../shared/mail")
ARGUMENTS = Path(__file__).parent / "arguments.toml"


def main() -> int:
    options = _options()
    if not options.folder.is_dir():
        print(f"no mail to score: there is no folder {options.folder}", file=sys.stderr)
        return 1
    # Other readers warn of mail in ways that nobody here wants to read a thousand times.
    warnings.simplefilter("ignore")
    report = Report(str(options.folder))
    arguments: Arguments = tomllib.loads(ARGUMENTS.read_text(encoding="utf-8"))
    folder = Folder(options.folder)
    _score_mails(report, folder, arguments)
    _score_cases(
        report,
        folder.forwards(),
        {OURS: originals.our_forward, originals.FORWARD_LIBRARY: originals.library_forward},
        agreement.forward,
        arguments,
    )
    _score_cases(
        report,
        folder.replies(),
        {OURS: originals.our_reply, originals.REPLY_LIBRARY: originals.library_reply},
        agreement.reply,
        arguments,
    )
    if options.speed:
        _say("speed")
        report.speed = speed.ordinary()
        report.hostile = speed.costs()
    _say("")
    report.notes += folder.notes
    if options.json:
        print(json.dumps(report.as_json(), ensure_ascii=False, indent=1, default=str))
    else:
        print("\n".join(report.lines(details=options.details)).encode("utf-8", "replace").decode())
    return 1 if report.problems else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m score", description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=DEFAULT_FOLDER)
    parser.add_argument("--details", action="store_true", help="list every disagreement")
    parser.add_argument("--json", action="store_true", help="print a JSON document")
    parser.add_argument(
        "--no-speed", dest="speed", action="store_false", help="only what is right, not how fast"
    )
    return parser.parse_args()


def _score_mails(report: Report, folder: Folder, arguments: Arguments) -> None:
    expectations = folder.headers_and_parts()
    for number, mail in enumerate(folder.mails(), 1):
        if not number % 50:
            _say(f"{number} mails")
        tallies = report.sources.setdefault(mail.source, {reader: Tally() for reader in READERS})
        expected = expectations.pop(mail.path, None) or expectations.pop(
            f"messages/{mail.path}", None
        )
        for reader, read in READERS.items():
            done = attempt(partial(read, mail.raw))
            flaws = normal.unclean(done.value.shown()) if done.value else ["not read"]
            tallies[reader].add(mail.path, done, clean=not flaws)
            found: Reading | None = done.value
            comparison = (
                agreement.headers_and_parts(found, expected, normal.offset(mail.raw))
                if expected is not None
                else {}
            )
            tallies[reader].compare(comparison, arguments.get(mail.path, {}))
            if reader == OURS:
                report.differences += differences(mail.path, comparison, arguments)
                if done.problem:
                    report.problems.append((mail.path, done.problem))
                elif flaws:
                    argued = arguments.get(mail.path, {}).get("clean", "")
                    report.unclean.append((mail.path, ", ".join(flaws), argued))

    if expectations:
        report.notes.append(f"{len(expectations)} expectations are of mails that are not there")


def _score_cases(
    report: Report,
    cases: Sequence[Case],
    readers: dict[str, Callable[[Case], Any]],
    compare: Callable[[Any, Any], agreement.Comparison],
    arguments: Arguments,
) -> None:
    for case in cases:
        rights = report.originals.setdefault(case.group, {reader: Rights() for reader in readers})
        for reader, read in readers.items():
            done = attempt(partial(read, case))
            expected = dict(case.expected)
            if reader != OURS:
                # The library leaves dates as the text has them.
                expected.pop("date", None)
            comparison = compare(None if done.problem else done.value, expected)
            argued = arguments.get(case.name, {})
            rights[reader].add(comparison, argued, raised=bool(done.problem))
            if reader == OURS:
                report.differences += differences(case.name, comparison, arguments)
                if done.problem:
                    report.problems.append((case.name, done.problem))


def _say(what: str) -> None:
    if sys.stderr.isatty():
        print(f"\r\033[K{what}", end="", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
