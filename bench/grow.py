"""`python -m bench.grow FOLDER`: seed the large databases there, for `--grown FOLDER`."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from bench.certificate import write_certificate
from bench.daemon import installed
from bench.loads import Subject
from bench.seed import LARGE, MEDIUM, History
from bench.sinks import HOSTNAME

GROWN: Mapping[Subject, tuple[str, History]] = {
    Subject.MEDIUM: ("medium", MEDIUM),
    Subject.LARGE: ("large", LARGE),
}
"""Who has one: its folder, and how long its history is."""


def main() -> None:
    """Make each that is not there yet."""
    if len(sys.argv) != 2:
        raise SystemExit("usage: python -m bench.grow FOLDER")
    folder = Path(sys.argv[1]).resolve()
    with tempfile.TemporaryDirectory(prefix="bcc-bench-") as made:
        write_certificate(Path(made), HOSTNAME)
        for name, history in GROWN.values():
            with installed(folder / name, Path(made), history, _say):
                _say(f"{folder / name}: {history.messages:,} messages")


def _say(what: str) -> None:
    print(what, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
