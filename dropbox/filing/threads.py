"""Which conversation a message belongs to, whatever order its mails arrive in."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from dropbox.filing.standing import KnownThread

_MOST_CORRESPONDENTS = 100
"""As many are kept and compared: enough to know a conversation again."""

_MOST_PLACES = 32
"""So many are kept for one Message-ID; what more mails name is no reference, but a template's."""

_PREFIX = re.compile(
    r"""\s*(?:
        (?:re|fwd?|fw|aw|wg|sv|vs|vb|tr|rv|enc|antw|odp|pd|回复|答复|转发|返信|転送|회신|전달)
        (?:\s*\[\d{1,4}\]|\s*\(\d{1,4}\)|\^\d{1,4}|\d{1,4})?\s*[:：]
        |\[[^\[\]]{1,64}\](?=\s*\S)
    )""",
    re.IGNORECASE | re.VERBOSE,
)

Threads = Mapping[str, tuple[KnownThread, ...]]
"""By Message-ID."""


@dataclass(frozen=True, slots=True)
class ThreadPlan:
    """Where a message goes, and what has to be written for it."""

    thread_id: UUID
    is_new: bool
    base_subject: str
    correspondents: tuple[str, ...]
    new_places: tuple[tuple[str, int], ...]
    """Message-IDs of which this mail says something new, each with the place to write it at."""
    joins: tuple[UUID, ...] = ()
    """Younger threads that this message shows to be the same conversation."""

    def added_to(self, threads: Threads) -> Threads:
        """Return what the next message of the same batch sees."""
        after = dict(threads)
        if self.joins:
            for name, places in threads.items():
                after[name] = tuple(self._joined(place) for place in places)
        for name, position in self.new_places:
            place = KnownThread(
                self.thread_id, self.base_subject, frozenset(self.correspondents), position
            )
            after[name] = (*after.get(name, ()), place)
        return after

    def _joined(self, place: KnownThread) -> KnownThread:
        return replace(place, thread_id=self.thread_id) if place.thread_id in self.joins else place


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
    threads: Threads,
    new_thread: UUID,
) -> ThreadPlan:
    """Return the thread of a message that carries or refers to `ids`.

    Two mails that name the same Message-ID belong together when they share a correspondent or the
    base subject: a forged or recycled reference must not pull strangers into a conversation. The
    rule is the same in both directions and every mail's part of it is kept, so threads are the
    same in whatever order mails arrive. The oldest thread wins, so that two plans made at once
    never join two threads crosswise.
    """
    base = base_subject(subject)
    compared = sorted(correspondents)[:_MOST_CORRESPONDENTS]
    places = {name: threads.get(name, ()) for name in ids}
    related = {
        place.thread_id
        for known in places.values()
        for place in known
        if not place.correspondents.isdisjoint(compared) or (base and place.base_subject == base)
    }
    oldest = min(related, default=new_thread)
    return ThreadPlan(
        thread_id=oldest,
        is_new=not related,
        base_subject=base,
        correspondents=tuple(compared),
        new_places=tuple(
            (name, max((place.position for place in known), default=-1) + 1)
            for name, known in places.items()
            if len(known) < _MOST_PLACES
            and not _says_all(
                [place for place in known if place.thread_id in related], base, compared
            )
        ),
        joins=tuple(sorted(related - {oldest})),
    )


def _says_all(places: Sequence[KnownThread], base: str, correspondents: Sequence[str]) -> bool:
    """Whether whoever is related to this mail is related to one of `places` already."""
    return any(place.base_subject == base for place in places) and all(
        any(email in place.correspondents for place in places) for email in correspondents
    )
