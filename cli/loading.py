"""Modules are loaded without the collector looking through them: none of it is garbage."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def loading() -> Iterator[None]:
    """Load modules within the block; a command starts a tenth sooner."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
