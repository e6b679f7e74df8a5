"""What `doctor` found in one place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Self

Status = Literal["ok", "warning", "problem"]


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at."""

    name: str
    status: Status
    seen: str
    mend: str | None = None
    """What to do about it; None where all is well."""

    @classmethod
    def ok(cls, name: str, seen: str) -> Self:
        """All is well."""
        return cls(name, "ok", seen)

    @classmethod
    def warning(cls, name: str, seen: str, mend: str) -> Self:
        """Mail is taken, and something should be done all the same."""
        return cls(name, "warning", seen, mend)

    @classmethod
    def problem(cls, name: str, seen: str, mend: str) -> Self:
        """Mail is not taken, may be lost, or will be before long."""
        return cls(name, "problem", seen, mend)

    @property
    def line(self) -> str:
        """The check for people, as one line."""
        line = f"{self.status:<8} {self.name:<12} {self.seen}"
        return f"{line}; mend: {self.mend}" if self.mend else line
