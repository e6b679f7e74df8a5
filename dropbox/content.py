"""The bytes of one mail: in memory, or in an unlinked temporary file when they are many."""

from __future__ import annotations

from collections.abc import Iterator
from typing import IO, Protocol

CHUNK_BYTES = 1 << 20


class Content(Protocol):
    """Raw mail as it came over the wire, dot-stuffing undone."""

    @property
    def size(self) -> int:
        """Length in bytes."""

    @property
    def in_memory(self) -> bool:
        """Whether `read` costs nothing."""

    def read(self) -> bytes:
        """Return the whole mail; a spilled one is read into memory anew each time."""

    def chunks(self) -> Iterator[bytes]:
        """Yield the mail in pieces of at most `CHUNK_BYTES`."""

    def close(self) -> None:
        """Give the memory or the file back; idempotent."""


class InMemory:
    """Content in memory."""

    in_memory = True

    def __init__(self, data: bytes) -> None:
        self._data = data

    @property
    def size(self) -> int:
        return len(self._data)

    def read(self) -> bytes:
        return self._data

    def chunks(self) -> Iterator[bytes]:
        if len(self._data) <= CHUNK_BYTES:
            yield self._data
            return
        for start in range(0, len(self._data), CHUNK_BYTES):
            yield self._data[start : start + CHUNK_BYTES]

    def close(self) -> None:
        self._data = b""


class Spilled:
    """Content in a temporary file that has no name any more, so a crash leaves nothing behind."""

    in_memory = False

    def __init__(self, file: IO[bytes], size: int) -> None:
        self._file = file
        self._size = size

    @property
    def size(self) -> int:
        return self._size

    def read(self) -> bytes:
        self._file.seek(0)
        return self._file.read(self._size)

    def chunks(self) -> Iterator[bytes]:
        self._file.seek(0)
        while piece := self._file.read(CHUNK_BYTES):
            yield piece

    def close(self) -> None:
        self._file.close()
