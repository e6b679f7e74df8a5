"""The two locks, both freed by the kernel however their holder ends.

`users` is held shared by everybody who uses the server; whoever holds it alone knows that nobody
does. `supervisor` is held by the one process that runs the server, and its text says how far that
process has come.
"""

import fcntl
import json
import os
from dataclasses import asdict, dataclass, fields
from typing import Literal

from storage.embedded.errors import EmbeddedError

Stage = Literal["starting", "ready", "stopping", "failed"]


@dataclass(frozen=True, slots=True)
class State:
    """What the supervisor last said of itself.

    `socket` is the folder of the server's socket once it is `ready`; `error` one line for a person
    once it has `failed`. `run` tells one supervisor from the next.
    """

    stage: Stage
    run: str
    socket: str = ""
    error: str = ""


def try_lock(descriptor: int, *, shared: bool = False) -> bool:
    """Take a lock without waiting; whether it was free. Raises EmbeddedError without flock."""
    try:
        fcntl.flock(descriptor, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError as error:
        raise EmbeddedError(f"the data folder's file system has no locks: {error}") from error
    return True


def unlock(descriptor: int) -> None:
    """Give up a lock, also for copies of the descriptor in other processes."""
    fcntl.flock(descriptor, fcntl.LOCK_UN)


def read_state(descriptor: int) -> State | None:
    """What the supervisor said, or None when it has not spoken yet."""
    try:
        found = json.loads(os.pread(descriptor, 65536, 0))
        return State(**{field.name: found[field.name] for field in fields(State)})
    except (ValueError, KeyError, TypeError):
        return None


def write_state(descriptor: int, state: State | None) -> None:
    """Say how far we have come; None wipes it."""
    os.ftruncate(descriptor, 0)
    if state is not None:
        os.pwrite(descriptor, json.dumps(asdict(state)).encode(), 0)
