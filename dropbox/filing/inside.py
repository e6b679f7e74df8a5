"""What is forwarded inside a mail to nobody outside: whose it was, and whom to file it on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dropbox.addresses import masked as without_secret
from dropbox.filing.authorship import Authorship, authorship, is_doubtful
from dropbox.filing.correspondents import is_dropbox
from dropbox.filing.decision import Step
from dropbox.filing.letters import Letter
from dropbox.filing.originals import Original
from dropbox.filing.standing import Standing, User


@dataclass(frozen=True, slots=True)
class Inside:
    """What was found in a mail."""

    doubtful: Original | None
    """The first original of which it is not sure what it is."""
    letters: tuple[Letter, ...]
    """The originals that somebody outside had to do with."""
    read: Step
    """How they were read."""
    authors: tuple[Step, ...]
    """Who wrote each of them."""


def look_inside(
    originals: Sequence[Original], user: User, standing: Standing, masked: frozenset[str]
) -> Inside:
    """Ask of each original who wrote it; `masked` addresses are nobody to file it on."""
    doubtful = [one for one in originals if is_doubtful(one)]
    letters, authors = [], []
    for one in originals:
        original = one.shown(user.timezone)
        found = authorship(original, user, standing)
        authors.append(_author(found, shown(found.email, standing, masked)))
        people = {email: name for email, name in found.people.items() if email not in masked}
        if people:
            letters.append(
                Letter(original.message, original.identity, found.direction, people, original)
            )
    return Inside(
        doubtful[0].shown(user.timezone) if doubtful else None,
        tuple(letters),
        _read(doubtful or originals),
        tuple(authors),
    )


def shown(email: str, standing: Standing, masked: frozenset[str]) -> str:
    """Return an address as anybody may read it."""
    if email in masked:
        return "••••"
    return without_secret(email) if is_dropbox(email, standing) else email


def _read(originals: Sequence[Original]) -> Step:
    confidence = f"{min(one.forwarded.confidence for one in originals):.2f}"
    if originals[0].is_attached:
        return Step("forward", "attached", confidence)
    return Step("forward", "written", confidence)


def _author(found: Authorship, email: str) -> Step:
    if found.who in {"own", "colleague"}:
        return Step("original", "ours", email)
    if found.who == "internal":
        return Step("original", "internal", email)
    if found.who == "instead":
        return Step("original", "instead", email)
    if found.who == "robot":
        return Step("original", "robot", email)
    return Step("original", "outsider", email)
