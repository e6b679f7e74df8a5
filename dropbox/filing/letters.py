"""The messages that a mail brings, itself or the originals forwarded in it, and their people.

Each function gives the same answer in whatever order addresses stand. Several attached originals
are taken in the order in which they are attached: somebody whom the first one creates is known to
the second.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from dropbox.filing.correspondents import Action, Correspondent, Why, treat
from dropbox.filing.decision import Arrival, Decision, Direction
from dropbox.filing.identity import is_same_content, thread_ids
from dropbox.filing.originals import Original
from dropbox.filing.outcomes import Reason
from dropbox.filing.standing import Facts, KnownMessage, Rules, Standing, User
from dropbox.filing.threads import ThreadPlan, plan_thread
from dropbox.ids import derive
from dropbox.mail.message import Message


@dataclass(frozen=True, slots=True)
class Letter:
    """A message that a mail brings."""

    message: Message
    identity: bytes
    direction: Direction | None
    people: Mapping[str, str]
    """External addresses that it may be filed on, with their names."""
    original: Original | None = None

    def known(self, facts: Facts) -> KnownMessage | None:
        """Return the filed message that this is a copy of."""
        print_ = self.message.fingerprint
        same = (
            one
            for one in facts.messages.get(self.identity, ())
            if is_same_content(print_, one.subject, one.text)
        )
        return min(same, key=lambda one: one.variant, default=None)

    def named(self, what: str) -> tuple[str, ...]:
        """Return the name under which the identifier of its `what` is derived."""
        return (what, self.original.path) if self.original and self.original.path else (what,)


@dataclass(frozen=True, slots=True)
class Treated:
    """A letter, and what becomes of each of its correspondents."""

    letter: Letter
    known: KnownMessage | None
    correspondents: tuple[Correspondent, ...]

    @property
    def waiting(self) -> tuple[Correspondent, ...]:
        return tuple(one for one in self.correspondents if one.action is Action.SKIP)

    @property
    def is_on_a_timeline(self) -> bool:
        """Whether anybody is there to file it on, now or before."""
        return len(self.waiting) < len(self.correspondents) or bool(
            self.known and self.known.filed_on
        )


def captured_before(letter: Letter, arrival: Arrival, facts: Facts) -> UUID | None:
    """Return the delivery by which this user has captured the message already."""
    known = letter.known(facts)
    user_id = arrival.recipient.user_id
    first = known.captured.get(user_id) if known and user_id else None
    # A mail that is decided on once more is no duplicate of itself.
    return None if arrival.release and first == arrival.delivery_id else first


def treat_all(
    letters: Sequence[Letter], arrival: Arrival, standing: Standing, rules: Rules
) -> tuple[Treated, ...]:
    """Say for each letter what becomes of its people.

    `rules.max_new_people` counts for the whole mail: with more new ones none is created.
    """
    if len(letters) == 1:
        return _treat(letters, arrival, standing, rules)
    treated = _treat(letters, arrival, standing, replace(rules, max_new_people=_EVERYBODY))
    new = {one.email for each in treated for one in each.correspondents if one.why is Why.UNKNOWN}
    if len(new) <= rules.max_new_people:
        return treated
    return _treat(letters, arrival, standing, replace(rules, max_new_people=0))


_EVERYBODY = 1 << 30


def _treat(
    letters: Sequence[Letter], arrival: Arrival, standing: Standing, rules: Rules
) -> tuple[Treated, ...]:
    created: dict[str, Correspondent] = {}
    treated = []
    for letter in letters:
        known = letter.known(standing.facts)
        people = _open(letter, known, arrival)
        found = assigned(arrival) or treat(
            people,
            standing,
            rules,
            lists=letter.message.lists,
            automatic=letter.message.automatic,
        )
        named = tuple(_named(one, arrival) for one in found)
        treated.append(Treated(letter, known, tuple(created.get(one.email, one) for one in named)))
        for one in named if len(letters) > 1 else ():
            if one.action is Action.CREATE:
                created.setdefault(one.email, replace(one, action=Action.FILE, why=Why.MATCHED))
    return tuple(treated)


def _open(letter: Letter, known: KnownMessage | None, arrival: Arrival) -> dict[str, str]:
    """Return the people on whom nobody has decided yet."""
    settled = (arrival.release.settled if arrival.release else None) or {}
    over = settled.get(known.message_id, frozenset()) if known else frozenset()
    return {email: name for email, name in letter.people.items() if email not in over}


def assigned(arrival: Arrival) -> tuple[Correspondent, ...]:
    """Return the one person whom somebody has assigned the mail to."""
    release = arrival.release
    if release is None or release.person is None:
        return ()
    person = release.person
    return (
        Correspondent(release.email, "", Action.FILE, person.kind, Why.ASSIGNED, person.person_id),
    )


def _named(one: Correspondent, arrival: Arrival) -> Correspondent:
    if one.action is not Action.CREATE:
        return one
    person_id = derive(arrival.delivery_id, "person", one.email)
    return Correspondent(one.email, one.name, one.action, one.kind, one.why, person_id)


def record(treated: Sequence[Treated], base: Decision, standing: Standing, user: User) -> Decision:
    """Return the decision that records every letter as a message; `base` has what they share."""
    decisions: list[Decision] = []
    for one in treated:
        known = one.known
        if decisions:
            standing = standing.after(replace(decisions[-1], resolves=()))
            # Asked again: the same message may be attached twice.
            known = one.letter.known(standing.facts)
        decisions.append(_record(one, known, base, standing.facts, user))
    first, *further = decisions
    return replace(first, further=tuple(further)) if further else first


def _record(
    one: Treated, known: KnownMessage | None, base: Decision, facts: Facts, user: User
) -> Decision:
    letter, arrival = one.letter, base.arrival
    message_id = (
        known.message_id if known else derive(arrival.delivery_id, *letter.named("message"))
    )
    return replace(
        base,
        original=letter.original,
        direction=letter.direction,
        correspondents=one.correspondents,
        message_id=message_id,
        is_new_message=known is None,
        is_new_capture=not (known and user.user_id in known.captured),
        variant=known.variant if known else len(facts.messages.get(letter.identity, ())),
        visibility=user.rules.visibility,
        filings=_filings(one.correspondents, known.filed_on if known else frozenset()),
        thread=None if known else _thread(letter, one.correspondents, arrival, facts),
    )


def _thread(
    letter: Letter, named: Iterable[Correspondent], arrival: Arrival, facts: Facts
) -> ThreadPlan:
    subject = letter.original.thread_subject if letter.original else letter.message.subject
    return plan_thread(
        thread_ids(letter.message),
        subject,
        frozenset(one.email for one in named),
        facts.threads,
        derive(arrival.delivery_id, *letter.named("thread")),
    )


def _filings(
    named: Iterable[Correspondent], filed_on: frozenset[UUID]
) -> tuple[tuple[UUID, str], ...]:
    """Each person not yet filed on, once, with the address that leads there."""
    first: dict[UUID, str] = {}
    for one in named:
        if one.person_id and one.action is not Action.SKIP and one.person_id not in filed_on:
            first.setdefault(one.person_id, one.email)
    return tuple(first.items())


def why_none(treated: Sequence[Treated]) -> Reason:
    """Return the reason to hold a mail that is on nobody's timeline."""
    waiting = (one.why for each in treated for one in each.waiting)
    return Reason.TOO_MANY_NEW if Why.TOO_MANY_NEW in waiting else Reason.NOBODY_MATCHED
