"""Which conversation a message belongs to, whatever order its mails arrive in."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from dropbox.filing.standing import KnownThread

_MOST_CORRESPONDENTS = 100
"""As many are kept with a Message-ID: enough to know a conversation again."""

_PREFIX = re.compile(
    r"""\s*(?:
        (?:re|fwd?|fw|aw|wg|sv|vs|vb|tr|rv|enc|antw|odp|pd|回复|答复|转发|返信|転送|회신|전달)
        (?:\s*\[\d{1,4}\]|\s*\(\d{1,4}\)|\^\d{1,4}|\d{1,4})?\s*[:：]
        |\[[^\[\]]{1,64}\](?=\s*\S)
    )""",
    re.IGNORECASE | re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class ThreadPlan:
    """Where a message goes, and what has to be written for it."""

    thread_id: UUID
    is_new: bool
    base_subject: str
    correspondents: tuple[str, ...]
    new_ids: tuple[str, ...]
    """Message-IDs that point to the thread from now on."""
    joins: tuple[UUID, ...] = ()
    """Younger threads that this message shows to be the same conversation."""


def base_subject(subject: str) -> str:
    """Return `subject` without reply and forward prefixes and list tags, folded for comparison.

    In the spirit of RFC 5256 section 2.1, with the prefixes that clients write in other languages.
    """
    rest = subject[:1000]
    for _ in range(20):
        shorter = _PREFIX.match(rest)
        if not shorter:
            break
        rest = rest[shorter.end() :]
    return " ".join(rest.casefold().split())


def plan_thread(
    ids: tuple[str, ...],
    subject: str,
    correspondents: frozenset[str],
    threads: Mapping[str, KnownThread],
    new_thread: UUID,
) -> ThreadPlan:
    """Return the thread of a message that carries or refers to `ids`.

    A known Message-ID counts when both mails share a correspondent or the base subject: a forged
    or recycled reference must not pull strangers into a conversation. The oldest thread wins, so
    that two plans made at once never join two threads crosswise.
    """
    base = base_subject(subject)
    related = {
        known.thread_id
        for known in (threads[name] for name in ids if name in threads)
        if known.correspondents & correspondents or (base and known.base_subject == base)
    }
    oldest = min(related, default=new_thread)
    return ThreadPlan(
        thread_id=oldest,
        is_new=not related,
        base_subject=base,
        correspondents=tuple(sorted(correspondents)[:_MOST_CORRESPONDENTS]),
        new_ids=tuple(name for name in ids if name not in threads),
        joins=tuple(sorted(related - {oldest})),
    )
