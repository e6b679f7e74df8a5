"""One try of one reader: what came of it, and what it cost."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from types import FrameType
from typing import Generic, TypeVar

MAX_SECONDS = 15.0
"""Longer than any reader needs that ends at all; some do not, on some mail."""

T_co = TypeVar("T_co", covariant=True)


@dataclass(frozen=True, slots=True)
class Attempt(Generic[T_co]):
    value: T_co | None
    seconds: float
    """Of CPU."""
    problem: str = ""
    """What was raised; empty: nothing was."""


class _TookTooLongError(BaseException):
    """Not an Exception: the readers under test catch those."""


def attempt(read: Callable[[], T_co], limit: float = MAX_SECONDS) -> Attempt[T_co]:
    """Call `read`; whatever it raises, and that it does not end, is part of the result."""

    def ring(_number: int, _frame: FrameType | None) -> None:
        raise _TookTooLongError

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, limit)
    begun = time.thread_time()
    value: T_co | None = None
    problem = ""
    try:
        value = read()
    except _TookTooLongError:
        problem = f"took over {limit:g} s"
    except Exception as error:  # noqa: BLE001 - counting them is what this is for
        problem = f"{type(error).__name__}: {error}"[:200]
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    return Attempt(value, time.thread_time() - begun, problem)
