"""Whose mail a forwarded original was: the question that decides its direction and its people."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from dropbox.filing.correspondents import external, is_dropbox, is_internal, is_robot
from dropbox.filing.decision import Direction
from dropbox.filing.originals import Original
from dropbox.filing.standing import Standing, User
from dropbox.mail.forwards import BAR
from dropbox.mail.message import Mailbox, Message

# Google Groups: `'Ann Lee' via Sales <sales@corp.example>`.
_VIA = re.compile(r"\S\s+via\s+\S", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Authorship:
    """Who wrote an original, and whom that makes its correspondents."""

    who: str
    """The answer for `why`: `own`, `colleague`, `internal`, `outsider`, `instead`, `robot`."""
    email: str
    """Whoever counts as its author; empty when nobody is named."""
    direction: Direction
    people: Mapping[str, str]
    """External addresses with their names; empty when nobody outside had to do with it."""


def is_doubtful(original: Original) -> bool:
    """Whether it is not sure enough what was forwarded, or nobody is named who wrote it."""
    return original.forwarded.confidence < BAR or original.forwarded.author is None


def authorship(original: Original, user: User, standing: Standing) -> Authorship:
    """Say who wrote `original`, whoever forwards it.

    The user or a colleague: outgoing, to its external To and Cc. An outsider: incoming. In place
    of an author who is internal, a robot or a list, the external Reply-To counts: web forms, and
    lists that write themselves into From.
    """
    message = original.message
    receivers = (*message.to, *message.cc)
    outgoing = external(receivers, standing)
    author = message.author
    email = author.email if author else ""
    instead = _instead(message, standing)
    incoming = external((*instead, *receivers), standing)
    if author is None:
        return Authorship("outsider", email, Direction.INCOMING, incoming)
    if who := _inside(email, user, standing):
        # A form on the own site writes in the own name to oneself, and the customer is in Reply-To.
        if outgoing and (who != "internal" or not instead):
            return Authorship(who, email, Direction.OUTGOING, outgoing)
        if instead:
            return Authorship("instead", instead[0].email, Direction.INCOMING, incoming)
        return Authorship(who, email, Direction.OUTGOING, {})
    if is_robot(email, message.lists) or _VIA.search(author.name):
        if instead:
            return Authorship("instead", instead[0].email, Direction.INCOMING, incoming)
        who = "robot" if is_robot(email, message.lists) else "outsider"
        return Authorship(who, email, Direction.INCOMING, external((author, *receivers), standing))
    return Authorship(
        "outsider", email, Direction.INCOMING, external((author, *receivers), standing)
    )


def _inside(email: str, user: User, standing: Standing) -> str:
    """Return what an author of ours is; empty for an outsider."""
    if email in user.proven | user.pending or email == user.email:
        return "own"
    if email in standing.facts.users:
        return "colleague"
    if is_internal(email, standing) or is_dropbox(email, standing):
        return "internal"
    return ""


def _instead(message: Message, standing: Standing) -> tuple[Mailbox, ...]:
    """Return the external Reply-To and X-Original-From addresses, in no order but their own."""
    lists = message.lists
    named = external(message.reply_to, standing)
    return tuple(
        Mailbox(email, name) for email, name in named.items() if not is_robot(email, lists)
    )
