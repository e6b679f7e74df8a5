"""Looks up what requirements.lock holds in an advisory service, and says what came of it.

    .ci/audit.py                      PyPI's service
    .ci/audit.py -s osv               any option of pip-audit

Exit code 0: nothing is known against it, or, said loudly, nothing could be found out. 1: something
is known. 2: pip-audit itself failed. Where there is no network nobody can do better, and a build
there must not depend on it.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

LOCK = Path("requirements.lock")
UNREACHABLE = ("ConnectionError", "ProxyError", "Timeout", "Could not connect", "ServiceError")


def main(options: list[str]) -> int:
    done = subprocess.run(
        [Path(sys.executable).with_name("pip-audit"), "--requirement", LOCK, "--require-hashes",
         "--disable-pip", "--format", "json", "--progress-spinner", "off", *options],
        capture_output=True,
        text=True,
        check=False,
    )  # fmt: skip
    try:
        packages = json.loads(done.stdout)["dependencies"]
    except (ValueError, KeyError):
        return failed(done.stderr)
    return judge(packages)


def judge(packages: list[dict[str, Any]]) -> int:
    known = [one for one in packages if one.get("vulns")]
    for one in known:
        for found in one["vulns"]:
            mend = ", ".join(found["fix_versions"]) or "no version yet"
            say(f"{one['name']} {one['version']}: {found['id']}, mended in {mend}")
    skipped = sorted(one["name"] for one in packages if "skip_reason" in one)
    asked = len(packages) - len(skipped)
    if not asked:
        return not_audited("the advisory service knows nothing of any of them")
    if skipped:
        say(f"NOT AUDITED: {', '.join(skipped)}: the advisory service does not know them")
    if known:
        say(f"audit: {len(known)} of {asked} packages with known vulnerabilities")
        return 1
    say(f"audit: {asked} packages, no known vulnerability")
    return 0


def failed(complaint: str) -> int:
    """Tell a service that cannot be reached from everything else."""
    last = complaint.strip().splitlines()[-1:] or ["pip-audit said nothing"]
    if any(word in last[0] for word in UNREACHABLE):
        return not_audited("the advisory service cannot be reached from here")
    say(f"audit: pip-audit failed: {last[0]}")
    return 2


def not_audited(why: str) -> int:
    say(f"NOT AUDITED: {LOCK} was not looked up, {why}; run `make audit` where it can be")
    return 0


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
