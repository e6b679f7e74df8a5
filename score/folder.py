"""A folder of real mail, and what is expected of it. Any part of it may be missing.

messages/<source>/...     mails; without this folder every file below is one
index.tsv                 path, source and kind: message, mbox, reply-body, expected (no mail)
forwarded/, replies/      bodies of forwards and replies
expected/*.json           headers-and-parts*, forwarded*, replies*
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dropbox.archive import mbox

_NO_MAIL = {"expected", "forwarded", "replies", "LICENSES"}
_NO_MAIL_SUFFIXES = {".json", ".md", ".tsv"}
"""What else lies in a folder without `messages`."""


@dataclass(frozen=True, slots=True)
class Mail:
    path: str
    """From the folder; of a file with several mails each has the same."""
    source: str
    raw: bytes


@dataclass(frozen=True, slots=True)
class Case:
    """A forward or a reply, and what is expected of its reading."""

    name: str
    """Its path from the folder."""
    group: str
    """The file that the expectation stands in."""
    raw: bytes
    body: str
    subject: str | None
    expected: Mapping[str, Any]


class Folder:
    def __init__(self, root: Path) -> None:
        self.notes: list[str] = []
        """What of the expectations could not be used, for people."""
        self._root = root
        self._kinds, self._sources = _index(root / "index.tsv")

    def mails(self) -> Iterator[Mail]:
        """Yield every mail, in the order of paths."""
        for path in sorted(self._files()):
            name = path.relative_to(self._root).as_posix()
            kind = self._kinds.get(name, "")
            if kind == "expected":
                continue
            source = self._sources.get(name) or _source(name)
            for raw in _read(path, kind):
                yield Mail(name, source, raw)

    def headers_and_parts(self) -> dict[str, Mapping[str, Any]]:
        """Return what is expected of mails, by path."""
        found: dict[str, Mapping[str, Any]] = {}
        for _, document in self._expectations("headers-and-parts*.json"):
            if isinstance(document, dict):
                found |= {
                    _path(name): one for name, one in document.items() if isinstance(one, dict)
                }
        return found

    def forwards(self) -> list[Case]:
        return list(self._cases("forwarded"))

    def replies(self) -> list[Case]:
        return list(self._cases("replies"))

    def _files(self) -> Iterator[Path]:
        messages = self._root / "messages"
        if messages.is_dir():
            yield from (path for path in messages.rglob("*") if path.is_file())
            return
        for path in self._root.rglob("*"):
            parts = path.relative_to(self._root).parts
            if path.is_file() and parts[0] not in _NO_MAIL and path.suffix not in _NO_MAIL_SUFFIXES:
                yield path

    def _expectations(self, pattern: str) -> Iterator[tuple[str, Any]]:
        for path in sorted((self._root / "expected").glob(pattern)):
            try:
                yield path.name, json.loads(path.read_text(encoding="utf-8"))
            except ValueError as error:
                self.notes.append(f"{path.name} is no JSON: {error}")

    def _cases(self, kind: str) -> Iterator[Case]:
        for group, document in self._expectations(f"{kind}*.json"):
            listed = document if isinstance(document, list) else []
            for expected in (one for one in listed if isinstance(one, dict)):
                path = self._find(kind, str(expected.get("body", "")))
                if path is None:
                    self.notes.append(f"{group}: there is no {expected.get('body')}")
                    continue
                subject = self._subject(kind, expected.get("subject_line"))
                content = path.read_bytes()
                body = content.decode("utf-8", "replace").removeprefix("\ufeff")
                raw = content if path.suffix == ".eml" else as_mail(path, body, subject)
                yield Case(
                    path.relative_to(self._root).as_posix(), group, raw, body, subject, expected
                )

    def _find(self, kind: str, name: str) -> Path | None:
        """Bodies are named without their folder."""
        if not name:
            return None
        return next((p for p in (self._root / kind / name, self._root / name) if p.is_file()), None)

    def _subject(self, kind: str, line: object) -> str | None:
        """The subject line of the forwarding mail stands in a file of its own."""
        if not isinstance(line, str):
            return None
        path = self._find(kind, line)
        return (path.read_text(encoding="utf-8") if path else line).strip()


def _path(name: str) -> str:
    """Mails may be named from the folder, or from `messages` in it."""
    return name if name.startswith("messages/") else f"messages/{name}"


def as_mail(path: Path, body: str, subject: str | None) -> bytes:
    """Return a mail from a user to nobody in particular around a body."""
    kind = "html" if path.suffix in {".html", ".htm"} else "plain"
    head = "From: user@corp.example\r\nTo: box@dropbox.example\r\n"
    if subject is not None:
        head += f"Subject: {' '.join(subject.split())}\r\n"
    head += f"MIME-Version: 1.0\r\nContent-Type: text/{kind}; charset=utf-8\r\n"
    head += "Content-Transfer-Encoding: 8bit\r\n\r\n"
    return (head + body).encode()


def _index(path: Path) -> tuple[dict[str, str], dict[str, str]]:
    kinds: dict[str, str] = {}
    sources: dict[str, str] = {}
    if path.is_file():
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
                name = row.get("path") or ""
                kinds[name] = (row.get("kind") or "").strip()
                sources[name] = (row.get("source") or "").strip()
    return kinds, sources


def _source(name: str) -> str:
    parts = name.split("/")
    return parts[1] if parts[0] == "messages" and len(parts) > 2 else parts[0]


def _read(path: Path, kind: str) -> Iterator[bytes]:
    if kind == "reply-body":
        yield as_mail(path, path.read_bytes().decode("utf-8", "replace"), None)
    elif kind == "mbox" or (not kind and path.suffix != ".eml" and _is_mbox(path)):
        with path.open("rb") as file:
            for span in mbox.spans(file):
                yield b"".join(mbox.pieces(file, span))
    else:
        yield path.read_bytes()


def _is_mbox(path: Path) -> bool:
    with path.open("rb") as file:
        return mbox.is_from_line(file.read(8192))
