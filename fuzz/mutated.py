"""Real mail as seeds, mutated by libFuzzer towards code that was not reached before.

python -m fuzz.mutated FOLDER SEED SECONDS
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["dropbox.mail"]):
    from fuzz import fragments, judge
    from fuzz.findings import Findings
    from score.folder import Folder

_WORK = Path(".fuzz")

_MAX_BYTES = 64 * 1024
_SLACK = 6.0
"""Watched code is slower; whoever is beyond this is judged once more, unwatched."""


def main(folder: Path, seed: int, seconds: int) -> None:
    """Mutate for so long. Ends the process."""
    findings = Findings(_WORK / "found")
    seeds, corpus = _WORK / "seeds", _WORK / "corpus"
    for one in (seeds, corpus):
        one.mkdir(parents=True, exist_ok=True)
    _plant(folder, seeds)
    words = _WORK / "words.dict"
    words.write_text("\n".join(_word(one) for one in _signs()) + "\n", encoding="utf-8")
    judged: set[int] = set()

    def one_input(raw: bytes) -> None:
        try:
            spent = judge.milliseconds(raw)
            found = judge.flaws(raw)
        except Exception as error:  # noqa: BLE001 - finding it is what this is for
            findings.raised(raw, error)
            return
        for flaw in found:
            findings.flawed(raw, flaw)
        pace = int(spent / max(len(raw), 1) * 1e5)
        if spent > judge.allowed(len(raw), _SLACK) and pace not in judged:
            judged.add(pace)
            _judge_again(raw, spent, findings)

    options = [
        f"-max_total_time={seconds}", f"-max_len={_MAX_BYTES}", f"-dict={words}", f"-seed={seed}",
        "-timeout=60", "-rss_limit_mb=4096", "-len_control=0", "-print_final_stats=1",
        "-verbosity=0", str(corpus), str(seeds),
    ]  # fmt: skip
    atheris.Setup([sys.argv[0], *options], one_input)
    atheris.Fuzz()


def _judge_again(raw: bytes, spent: float, findings: Findings) -> None:
    path = _WORK / "suspect.eml"
    path.write_bytes(raw)
    again = [sys.executable, "-m", "fuzz", "--judge", str(path)]
    if subprocess.run(again, check=False, stdout=subprocess.DEVNULL).returncode == 3:
        findings.slow(raw, spent, "mutated mail, watched")


def _plant(folder: Path, seeds: Path) -> None:
    found = Folder(folder)
    cases = (case.raw for case in (*found.forwards(), *found.replies()))
    mails = (mail.raw for mail in found.mails())
    for number, raw in enumerate((*cases, *mails)):
        if len(raw) <= _MAX_BYTES:
            (seeds / f"{number}.eml").write_bytes(raw)


def _signs() -> list[str]:
    lists = (
        fragments.HEADER_SIGNS, fragments.TEXT_SIGNS, fragments.HTML_SIGNS, fragments.PART_SIGNS,
        fragments.FIELDS, fragments.TYPES, fragments.CHARSETS, fragments.ENCODINGS,
    )  # fmt: skip
    return list(dict.fromkeys(sign for one in lists for sign in one))


def _word(sign: str) -> str:
    return '"' + "".join(f"\\x{byte:02x}" for byte in sign.encode()) + '"'


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
