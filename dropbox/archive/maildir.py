"""Maildir (cr.yp.to/proto/maildir.html), also while others deliver to it and move mail about."""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterator
from typing import BinaryIO

_MOST_PASSES = 10
"""Where mail arrives without end, the reading ends all the same."""

_FLAGS = re.compile(r"[:;!]2,")
"""`:` cannot be in a file name everywhere."""


def is_maildir(folders: Collection[str]) -> bool:
    """Whether a folder that holds these folders is a Maildir."""
    return "cur" in folders and "new" in folders


def others(folders: Collection[str]) -> list[str]:
    """Return those of a Maildir's folders that are not its own, `.Sent` of Maildir++ for one."""
    return sorted(set(folders) - {"cur", "new", "tmp"})


def paths(root: str) -> list[str]:
    """Return the files of all mails, oldest first, as they are called at this moment."""
    return list(_listed(root).values())


def files(root: str) -> Iterator[tuple[str, BinaryIO | OSError]]:
    """Yield each mail once, opened, with its path; whoever gets it closes it.

    A file that somebody renames meanwhile, to set a flag, is found under its new name; one that is
    deleted is left out; one that cannot be opened comes with the error.
    """
    seen: set[str] = set()
    for _ in range(_MOST_PASSES):
        listed = {base: path for base, path in _listed(root).items() if base not in seen}
        if not listed:
            return
        for base, path in listed.items():
            try:
                opened: BinaryIO | OSError = open(path, "rb")  # noqa: PTH123, SIM115 - handed on
            except FileNotFoundError:
                continue
            except OSError as error:
                opened = error
            seen.add(base)
            yield path, opened


def _listed(root: str) -> dict[str, str]:
    """Paths by what stays of a name when flags change; names begin with the time of delivery."""
    found: dict[str, str] = {}
    # Mail moves from new to cur: in this order none is missed on its way.
    for folder in ("new", "cur"):
        path = os.path.join(root, folder)  # noqa: PTH118 - thousands of them
        for name in os.listdir(path):  # noqa: PTH208
            if not name.startswith("."):
                found[_FLAGS.split(name, maxsplit=1)[0]] = os.path.join(path, name)  # noqa: PTH118
    return dict(sorted(found.items()))
