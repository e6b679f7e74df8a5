"""Look for mail that the reader does not bear: first grown, then mutated from real mail."""

from __future__ import annotations

import argparse
import random
import subprocess
import sys
import time
from importlib.util import find_spec
from pathlib import Path

from fuzz.findings import Findings
from fuzz.fragments import grown
from fuzz.judge import allowed, flaws, milliseconds

DEFAULT_FOLDER = Path("../shared/mail")
WORK = Path(".fuzz")
_GROWN_BYTES = 1024 * 1024


def main() -> int:
    options = _options()
    if options.judge:
        return _judge(options.judge)
    seed = options.seed if options.seed is not None else int(time.time())
    print(f"seed {seed}; what is found goes to {WORK / 'found'}", flush=True)
    findings = Findings(WORK / "found")
    seconds = options.minutes * 60
    _grow(findings, random.Random(seed), seconds if options.grown else seconds / 3)
    if options.grown:
        return 1 if findings.count else 0
    if find_spec("atheris") is None:
        print("atheris cannot be had for this machine: nothing is mutated", file=sys.stderr)
        return 1 if findings.count else 0
    # A process of its own: what it watches must not have been imported unwatched.
    command = [sys.executable, "-m", "fuzz.mutated", options.folder, str(seed)]
    mutated = subprocess.run([*command, str(int(seconds * 2 / 3))], check=False)
    return 1 if findings.count else mutated.returncode


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m fuzz", description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=DEFAULT_FOLDER)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--seed", type=int)
    parser.add_argument("--grown", action="store_true", help="only grow, mutate nothing")
    parser.add_argument("--judge", nargs="+", type=Path, metavar="FILE", help="judge these again")
    return parser.parse_args()


def _grow(findings: Findings, source: random.Random, seconds: float) -> None:
    end = time.monotonic() + seconds
    count = 0
    while time.monotonic() < end:
        one = grown(source, _GROWN_BYTES)
        count += 1
        try:
            spent = milliseconds(one.raw)
            found = flaws(one.raw, leaves=False)
        except Exception as error:  # noqa: BLE001 - finding it is what this is for
            findings.raised(one.raw, error)
            continue
        for flaw in found:
            findings.flawed(one.raw, f"{flaw} ({one.place})")
        if spent > allowed(len(one.raw)):
            findings.slow(one.raw, spent, one.place, f"of {one.unit!r}")
    print(f"{count} mails grown", flush=True)


def _judge(paths: list[Path]) -> int:
    """Exit code 3: some are slow; 1: some are read wrong or not at all."""
    worst = 0
    for path in paths:
        raw = path.read_bytes()
        spent, found = milliseconds(raw), flaws(raw)
        slow = spent > allowed(len(raw))
        worst = 1 if found else worst or (3 if slow else 0)
        verdict = "SLOW" if slow else "in time"
        print(f"{spent:8.1f} ms of {allowed(len(raw)):.1f}  {verdict}  {path}  {found}")
    return worst


if __name__ == "__main__":
    sys.exit(main())
