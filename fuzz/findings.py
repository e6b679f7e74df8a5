"""What was found: kept as files, each kind told once."""

from __future__ import annotations

import hashlib
import traceback
from pathlib import Path

_WORSE = 1.5


class Findings:
    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._worst: dict[str, float] = {}

    @property
    def count(self) -> int:
        return len(self._worst)

    def raised(self, raw: bytes, error: BaseException) -> None:
        frames = traceback.extract_tb(error.__traceback__)
        last = frames[-1]
        where = f"{Path(last.filename).name}:{last.lineno}"
        self._tell(f"{type(error).__name__} at {where}", raw, str(error)[:120])

    def flawed(self, raw: bytes, flaw: str) -> None:
        self._tell(flaw, raw)

    def slow(self, raw: bytes, spent: float, where: str, unit: str = "") -> None:
        """Tell a place again only when it is worse than it was."""
        pace = spent / len(raw) * 1e6
        more = f"{spent:.1f} ms, {pace:.0f} ms a MB, {len(raw)} bytes {unit}"
        self._tell(f"slow in {where}", raw, more, pace)

    def _tell(self, what: str, raw: bytes, more: str = "", worth: float = 1.0) -> None:
        if worth <= self._worst.get(what, 0.0) * _WORSE:
            return
        self._worst[what] = worth
        self._folder.mkdir(parents=True, exist_ok=True)
        path = self._folder / f"{hashlib.sha256(raw).hexdigest()[:12]}.eml"
        path.write_bytes(raw)
        print(f"FOUND {what}  {more}  {path}", flush=True)
