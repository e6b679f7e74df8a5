"""Which conversation a message belongs to, whatever order its mails arrive in."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from dropbox.filing.standing import KnownThread

_MOST_CORRESPONDENTS = 100
"""As many are kept and compared: enough to know a conversation again."""

_MOST_PLACES = 32
"""So many are kept for one Message-ID; what more mails name is no reference, but a template's."""

_MARKS = (
    "re fwd fw aw antw antwort wg tr rép réponse transféré rv res resp reenv enc rif inoltro"
    " inoltra antwoord doorst doorgestuurd sv vs vb vl videresendt vidarebefordrat välitetty"
    " edasi ed odp pd odpověď přep přeposláno preposlané vá válasz továbbítás továbbítva răsp"
    " redir отв ответ пересл перенаправлено на ha відп відповідь пересилання odg prosl"
    " proslijeđeno ynt yan yanıt ilt ilet απ σχετ πρθ ats atb pers bls trs fs tl 回复 回覆 答复"
    " 答覆 回信 转发 轉寄 轉發 转寄 返信 転送 회신 답장 전달 השב הועבר رد"
).split()
"""Before a subject, with a colon behind: answered or passed on, in the languages of clients."""

_PREFIX = re.compile(
    rf"""[\s\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]*+(?:
        (?:{"|".join(map(re.escape, _MARKS))}|(?-i:[RI]))
        (?:\s?\[\d{{1,4}}\]|\s?\(\d{{1,4}}\)|[\^*]\d{{1,4}}|\d{{1,4}})?\s?[:：]
        |(?:\[[^\[\]]{{1,64}}\]|【[^【】]{{1,64}}】|\([\w.-]{{1,32}}[ :,#]\d{{1,9}}\))(?=\s*+\S)
    )""",
    re.IGNORECASE | re.VERBOSE,
)
"""A mark, a list's tag, or its counter: `[sales 12]`, `【重要】`, `(sales 12)`."""

_PASSED_ON = re.compile(r"\s*+\((?:fwd|fw|転送)\)$", re.IGNORECASE)

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
    """Return `subject` without reply and forward marks and list tags, folded for comparison.

    In the spirit of RFC 5256 section 2.1, with the marks that clients write in other languages.
    """
    rest = " ".join(unicodedata.normalize("NFKC", subject[:1000]).split())
    at = 0
    while mark := _PREFIX.match(rest, at):
        at = mark.end()
    rest = _PASSED_ON.sub("", rest[at:].strip())
    if rest.endswith("]") and rest.startswith("[") and (mark := _PREFIX.match(rest, 1)):
        # `[Fwd: Offer]`, as RFC 5256 has it.
        return base_subject(rest[mark.end() : -1])
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
