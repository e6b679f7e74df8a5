"""The product's judgement: from a mail and what is known to what becomes of it.

`decide` asks the questions of the product in their order; the first that ends the matter gives
the reason. It does no I/O, raises on no input, and says the same in whatever order the
recipients stand.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain
from uuid import UUID

from dropbox.addresses import domain_of
from dropbox.filing.author import who_wrote
from dropbox.filing.authorship import authorship
from dropbox.filing.correspondents import Correspondent, external, is_dropbox, waiting_note
from dropbox.filing.decision import Arrival, Decision, Direction, Step
from dropbox.filing.identity import held_key_of
from dropbox.filing.inside import look_inside, shown
from dropbox.filing.letters import (
    Letter,
    Treated,
    captured_before,
    record,
    treat_all,
    why_none,
)
from dropbox.filing.originals import Original
from dropbox.filing.outcomes import OUTCOMES, Outcome, Reason
from dropbox.filing.standing import (
    Facts,
    HeldMail,
    Kind,
    Rules,
    Standing,
    User,
    is_listed,
    mailboxes_of,
)
from dropbox.mail.message import Mailbox, Message


def decide(arrival: Arrival, standing: Standing) -> Decision:
    """Return what becomes of `arrival`, given `standing`."""
    if standing.user is None:
        return _held_once(arrival, Reason.POSTMASTER, standing.facts, Step("address", "postmaster"))
    return _Road(arrival, standing, standing.user).walk()


def unreadable(arrival: Arrival, detail: str, facts: Facts) -> Decision:
    """Return the decision about a mail that the database cannot take: held as it came."""
    step = Step("database", "unreadable", detail)
    return _held_once(arrival, Reason.UNREADABLE, facts, step)


def _held_once(arrival: Arrival, reason: Reason, facts: Facts, step: Step) -> Decision:
    """Hold a mail, or call it a duplicate when it is held for the same reason already."""
    same = (one.delivery_id for one in _repeated(arrival, facts) if one.reason == reason)
    first = min(same, default=None)
    ended = Reason.SEEN_BEFORE if first else reason
    return Decision(arrival, ended, duplicate_of=first, steps=(step,))


def _repeated(arrival: Arrival, facts: Facts) -> tuple[HeldMail, ...]:
    """Undecided held deliveries of this very mail for the same user, but for its own."""
    held = facts.held.get(arrival.identity)
    if not held:
        return ()
    key, user_id = held_key_of(arrival.message), arrival.recipient.user_id
    return tuple(
        one
        for one in held
        if one.user_id == user_id and one.held_key == key and one.delivery_id != arrival.delivery_id
    )


@dataclass(slots=True)
class _Road:
    """One walk down the questions, gathering the answers for `why`."""

    arrival: Arrival
    standing: Standing
    user: User
    steps: list[Step] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    masked: frozenset[str] = frozenset()
    direction: Direction | None = None
    proves: str = ""
    people: Mapping[str, str] = field(default_factory=dict)
    """Whom the mail itself is with: names by external address."""
    letters: tuple[Letter, ...] = ()
    """The forwarded originals that are recorded in place of the mail itself."""

    def walk(self) -> Decision:
        self._say_again()
        if ended := self._suspended() or self._never_log():
            return ended
        self._note_exposed(self.arrival.message)
        return self._author() or self._recipients() or self._filed()

    def _say_again(self) -> None:
        """Say why a held mail is decided once more."""
        release = self.arrival.release
        if release is None:
            return
        if release.person:
            self._say("decision", "assigned")
        elif release.settled is not None:
            self._say("decision", "reread")
        elif release.anew:
            self._say("decision", "gained")
        else:
            self._say("decision", "released")

    def _suspended(self) -> Decision | None:
        if self.user.active or self._passes(Reason.USER_SUSPENDED):
            return None
        self._say("user", "suspended", self.user.email)
        return self._end(Reason.USER_SUSPENDED)

    def _never_log(self) -> Decision | None:
        """Ask before anything is kept whether everybody outside is on a never-log list."""
        never_log = self.standing.facts.never_log
        patterns = never_log.get(None, frozenset()) | never_log.get(self.user.user_id, frozenset())
        if not patterns:
            return None
        named = people = external(mailboxes_of(self.arrival.message), self.standing)
        if not named:
            # Then it would be kept for the people of what is forwarded in it.
            inside = self.arrival.originals
            named = external(chain.from_iterable(map(_named_in, inside)), self.standing)
            authors = (authorship(one, self.user, self.standing) for one in inside)
            people = {email: "" for one in authors for email in one.people}
        listed = {email: pattern for email in named if (pattern := is_listed(email, patterns))}
        if listed and people and listed.keys() >= people.keys():
            return Decision(
                self.arrival,
                Reason.NEVER_LOG,
                masked=frozenset(listed),
                note=" ".join(sorted(set(listed.values()))),
            )
        if listed:
            self.masked = frozenset(listed)
            # Not the pattern: it may be the very address that nobody is to see here.
            self._say("never_log", "masked", str(len(listed)))
        return None

    def _author(self) -> Decision | None:
        """Ask who wrote it, and whether that one may record mail here."""
        found = who_wrote(self.arrival, self.user, self.standing, self._shown)
        if found.gate is Reason.SENDER_NOT_ALLOWED and (bounced := self._bounce()):
            return bounced
        self.steps.extend(found.steps)
        self.proves = found.proves
        if found.note:
            self.notes.append(found.note)
        if found.gate:
            if not self._passes(found.gate):
                over = self._quota() if found.gate is Reason.SENDER_NOT_ALLOWED else None
                return over or self._end(found.gate)
            self._say("author", "released")
        self.direction = found.direction
        return None

    def _quota(self) -> Decision | None:
        """Of strangers' mail beyond the day's quota only the headers are kept."""
        if self.arrival.release:
            return None  # it has had its place
        author = self.arrival.message.author
        stranger = author.email if author else ""
        if is_listed(stranger, self.standing.facts.internal):
            return None
        if any(one.reason == Reason.SENDER_NOT_ALLOWED for one in self._held()):
            return None
        facts, address_id = self.standing.facts, self.arrival.recipient.address_id
        by_address = facts.strangers_by_address.get(address_id, 0) if address_id else 0
        by_domain = facts.strangers_by_domain.get(domain_of(stranger), 0)
        if max(by_address, by_domain) < self.standing.held_quota:
            return None
        self._say("quota", "used_up")
        return self._end(Reason.OVER_QUOTA)

    def _passes(self, reason: Reason) -> bool:
        release = self.arrival.release
        return release is not None and (reason in release.passes or release.person is not None)

    def _bounce(self) -> Decision | None:
        report = self.arrival.message.report
        if report is None or self.arrival.envelope.mail_from:
            return None
        recipients = self.standing.facts.reported.get(report.rfc_message_id or "")
        if recipients is None:
            return None
        self._say("author", "delivery_report", report.rfc_message_id or "")
        # Whoever knows one Message-ID must not mark whomever he likes.
        failed = tuple(
            email for email in report.failed if email in recipients and email not in self.masked
        )
        return replace(self._end(Reason.BOUNCE), bouncing=failed)

    def _recipients(self) -> Decision | None:
        """Ask whether anybody is there besides the user and the colleagues."""
        self.people = external(self._others(), self.standing)
        if self.people:
            return None
        ended = self._forwarded() if self.direction is Direction.OUTGOING else None
        if ended or self.letters or (self.arrival.release and self.arrival.release.person):
            return ended
        inside = {
            one.email
            for one in self._others()
            if not is_dropbox(one.email, self.standing) and one.email not in self._own()
        }
        if self.direction is Direction.INCOMING or not inside:
            if "address_unreadable" in self.arrival.message.notes:
                self._say("recipients", "unreadable")
            else:
                self._say("recipients", "nobody")
            return self._end(Reason.NO_RECIPIENTS)
        self._say("recipients", "internal", " ".join(sorted(inside)[:10]))
        return self._end(Reason.INTERNAL_ONLY)

    def _forwarded(self) -> Decision | None:
        """Look inside for forwarded originals; their authors decide again."""
        if not self.arrival.originals:
            return None
        found = look_inside(self.arrival.originals, self.user, self.standing, self.masked)
        self.steps.append(found.read)
        if found.doubtful:
            self._say("forward", "unclear")
            if not self._passes(Reason.FORWARD_UNCLEAR):
                return replace(self._end(Reason.FORWARD_UNCLEAR), original=found.doubtful)
            if self.arrival.release and self.arrival.release.person:
                # Assigned although nobody knows what it is: then as it came, and all of it.
                return None
            self._say("forward", "released")
        self.steps.extend(found.authors)
        self.letters = found.letters
        for one in found.letters:
            self._note_exposed(one.message)
        if found.doubtful and not found.letters:
            # Somebody wants it recorded, and nobody is there: not for colleagues alone to see.
            self._say("recipients", "nobody")
            return self._end(Reason.NO_RECIPIENTS)
        return None

    def _own(self) -> frozenset[str]:
        return self.user.proven | self.user.pending | {self.user.email}

    def _others(self) -> tuple[Mailbox, ...]:
        message = self.arrival.message
        if self.direction is Direction.INCOMING:
            author = (message.author,) if message.author else ()
            return (*author, *message.to, *message.cc)
        return (*message.to, *message.cc, *message.bcc)

    def _itself(self) -> Letter:
        people = self._unmasked(self.people)
        return Letter(self.arrival.message, self.arrival.identity, self.direction, people)

    def _unmasked(self, people: Mapping[str, str]) -> dict[str, str]:
        return {email: name for email, name in people.items() if email not in self.masked}

    def _filed(self) -> Decision:
        """Whom to file it on, or why it waits."""
        letters = self.letters or (self._itself(),)
        facts = self.standing.facts
        before = [captured_before(one, self.arrival, facts) for one in letters]
        new = [one for one, first in zip(letters, before, strict=True) if first is None]
        self.direction, original = letters[0].direction, letters[0].original
        if not new:
            self._say("seen", "before")
            ended = self._end(Reason.SEEN_BEFORE)
            return replace(ended, duplicate_of=before[0], original=original)
        treated = treat_all(new, self.arrival, self.standing, self._rules(new))
        said = {
            one.email: f"{one.action}:{one.why}"
            for each in reversed(treated)
            for one in each.correspondents
        }
        for email in sorted(said):
            self._say("correspondent", said[email], email)
        if not any(one.is_on_a_timeline for one in treated):
            held = replace(self._end(why_none(treated)), original=original)
            return replace(held, correspondents=_everybody(held, treated))
        return self._file([one for one in treated if one.correspondents or one.known])

    def _rules(self, letters: Sequence[Letter]) -> Rules:
        """Return the user's rules, without the one that a person has waived by releasing."""
        rules = self.user.rules
        if self._passes(Reason.TOO_MANY_NEW):
            rules = replace(rules, max_new_people=sum(len(one.people) for one in letters))
        if self._passes(Reason.NOBODY_MATCHED):
            rules = replace(rules, create=rules.create or Kind.LEAD)
        return rules

    def _file(self, treated: Sequence[Treated]) -> Decision:
        waiting = {one.email: one for each in treated for one in each.waiting}
        self.notes.extend(waiting_note(email, waiting[email].why) for email in sorted(waiting))
        facts = self.standing.facts
        if any(one.known is None and one.letter.identity in facts.messages for one in treated):
            self.notes.append("same Message-ID as another message, with other content")
            self._say("seen", "variant")
        if any(one.known for one in treated):
            self._say("seen", "by_another_user")
        resolves = tuple(sorted(one.delivery_id for one in self._held()))
        shared = self._end(Reason.FILED_IN_PART if waiting else Reason.FILED, resolves)
        return record(treated, shared, self.standing, self.user)

    def _note_exposed(self, message: Message) -> None:
        """Note a dropbox address beside outsiders, of held mail too: a stranger has found it."""
        named = (*message.to, *message.cc)
        if "address_exposed" in self.notes:
            return
        if not any(is_dropbox(one.email, self.standing) for one in named):
            return
        if external((*message.authors, *named), self.standing):
            self.notes.append("address_exposed")
            self._say("address", "exposed")

    def _shown(self, email: str) -> str:
        return shown(email, self.standing, self.masked)

    def _say(self, step: str, result: str, detail: str = "") -> None:
        self.steps.append(Step(step, result, detail))

    def _end(self, reason: Reason, resolves: tuple[UUID, ...] = ()) -> Decision:
        """Close the walk; a held mail that is already held for the same reason is a duplicate."""
        first = self._held_before(reason)
        return Decision(
            self.arrival,
            Reason.SEEN_BEFORE if first else reason,
            direction=self.direction,
            duplicate_of=first,
            resolves=resolves,
            proves=self.proves,
            masked=self.masked,
            note="; ".join(self.notes),
            steps=tuple(self.steps),
        )

    def _held_before(self, reason: Reason) -> UUID | None:
        """The undecided held row that a repetition must not double."""
        if OUTCOMES[reason].outcome is not Outcome.HELD:
            return None
        same = (one.delivery_id for one in self._held() if one.reason == reason)
        return min(same, default=None)

    def _held(self) -> tuple[HeldMail, ...]:
        return _repeated(self.arrival, self.standing.facts)


def _named_in(original: Original) -> Iterator[Mailbox]:
    yield from mailboxes_of(original.message)
    yield from original.message.reply_to


def _everybody(held: Decision, treated: Sequence[Treated]) -> tuple[Correspondent, ...]:
    further = tuple(replace(held, correspondents=one.correspondents) for one in treated)
    return replace(held, further=further).everybody
