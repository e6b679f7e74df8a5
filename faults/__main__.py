"""`python -m faults`: kill, cut, fill and slow everything, then count the mail."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from faults import report, suite

_NAMESPACE = "FAULTS_NAMESPACE"
"""Set once we have mounts of our own."""


def main() -> int:
    """Run what the command line asks for; 1 when a promise was broken."""
    options = _options()
    faults = [
        one
        for one in suite.FAULTS
        if (one.short or not options.short) and all(word in one.name for word in options.words)
    ]
    if options.list:
        print("\n".join(one.name for one in faults))
        return 0
    disks = _has_own_mounts()
    with tempfile.TemporaryDirectory(prefix="bcc-faults-") as folder:
        outcome = asyncio.run(
            suite.run(
                faults, Path(folder), disks=disks, impatient=options.short, tell=report.progress
            )
        )
        if options.keep_log:
            shutil.copy(Path(folder, "daemon.log"), options.keep_log)
    if options.words:
        outcome.missed.clear()
    if options.json:
        print(json.dumps(report.as_json(outcome), indent=2))
    else:
        print("\n".join(report.lines(outcome)))
    return 0 if outcome.holds else 1


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m faults", description=__doc__)
    parser.add_argument("words", nargs="*", help="only faults with all of these in their names")
    parser.add_argument("--short", action="store_true", help="only those that every test run makes")
    parser.add_argument("--list", action="store_true", help="name them, and make none")
    parser.add_argument("--json", action="store_true", help="print a document")
    parser.add_argument("--keep-log", metavar="FILE", help="keep the daemon's log")
    return parser.parse_args()


def _has_own_mounts() -> bool:
    """Go on in a mount namespace of our own, where that is possible; whether it is."""
    if os.environ.pop(_NAMESPACE, ""):
        return True
    unshare = shutil.which("unshare")
    if unshare is None or os.geteuid() != 0:
        return False
    probe = [unshare, "--mount", "mount", "-t", "tmpfs", "faults", tempfile.gettempdir()]
    possible = subprocess.run(probe, capture_output=True, check=False).returncode == 0
    if possible:
        os.environ[_NAMESPACE] = "1"
        ours = [unshare, "--mount", sys.executable, "-m", "faults", *sys.argv[1:]]
        os.execv(unshare, ours)  # noqa: S606 - does not come back
    return possible


if __name__ == "__main__":
    sys.exit(main())
