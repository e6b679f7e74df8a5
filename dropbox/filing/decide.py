"""The product's judgement: from a mail and what is known to what becomes of it.

`decide` asks the questions of the product in their order; the first that ends the matter gives
the reason. It does no I/O, raises on no input, and says the same in whatever order the
recipients stand.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from uuid import UUID

from dropbox.addresses import domain_of, masked
from dropbox.envelope import Authority
from dropbox.filing.correspondents import (
    Action,
    Correspondent,
    Why,
    external,
    is_dropbox,
    treat,
    waiting_note,
)
from dropbox.filing.decision import Arrival, Decision, Direction, Step
from dropbox.filing.identity import held_key_of, is_same_content, thread_ids
from dropbox.filing.outcomes import OUTCOMES, Outcome, Reason
from dropbox.filing.standing import (
    Facts,
    HeldMail,
    Kind,
    KnownMessage,
    Rules,
    Standing,
    User,
    is_listed,
)
from dropbox.filing.threads import ThreadPlan, plan_thread
from dropbox.ids import derive
from dropbox.mail.message import Mailbox


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

    def walk(self) -> Decision:
        self._say_again()
        if ended := self._suspended() or self._never_log():
            return ended
        self._note_exposed()
        return self._author() or self._recipients() or self._filed()

    def _say_again(self) -> None:
        """Say why a held mail is decided once more."""
        release = self.arrival.release
        if release is None:
            return
        if release.person:
            self._say("decision", "assigned")
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
        message = self.arrival.message
        everybody = (*message.authors, *message.to, *message.cc, *message.bcc)
        outside = external(everybody, self.standing)
        listed = {email: pattern for email in outside if (pattern := is_listed(email, patterns))}
        if listed and len(listed) == len(outside):
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
        author = self.arrival.message.author
        if author is None:
            shown = " ".join(self._shown(one.email) for one in self.arrival.message.authors[:5])
            self._say("author", "unclear", shown)
            return self._let_in(Reason.SENDER_UNCLEAR)
        shown = self._shown(author.email)
        if author.email in self.user.proven:
            self.direction = Direction.OUTGOING
            self._say("author", "own", shown)
        elif self._is_colleague(author.email):
            self.direction = Direction.OUTGOING
            self._say("author", "colleague", shown)
        elif self.arrival.envelope.authority is Authority.IMPORT:
            self.direction = Direction.INCOMING
            self._say("author", "imported", shown)
        elif author.email in self.user.pending:
            self._say("author", "pending", shown)
            return self._let_in(Reason.SENDER_UNVERIFIED)
        elif bounced := self._bounce():
            return bounced
        else:
            self._say("author", "stranger", shown)
            return self._let_in(Reason.SENDER_NOT_ALLOWED)
        return None

    def _let_in(self, reason: Reason) -> Decision | None:
        """Hold what nobody let in, unless a person has released it from this very gate."""
        if not self._passes(reason):
            over = self._quota() if reason is Reason.SENDER_NOT_ALLOWED else None
            return over or self._end(reason)
        own = reason is Reason.SENDER_UNVERIFIED
        self.direction = Direction.OUTGOING if own else Direction.INCOMING
        self._say("author", "released")
        return None

    def _quota(self) -> Decision | None:
        """Of strangers' mail beyond the day's quota only the headers are kept."""
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

    def _is_colleague(self, email: str) -> bool:
        return any(
            one.proven and one.active and one.user_id != self.user.user_id
            for one in self.standing.facts.users.get(email, ())
        )

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
        if self.arrival.release and self.arrival.release.person:
            return None
        others = self._others()
        if external(others, self.standing):
            return None
        inside = {
            one.email
            for one in others
            if not is_dropbox(one.email, self.standing) and one.email not in self._own()
        }
        if self.direction is Direction.INCOMING or not inside:
            self._say("recipients", "nobody")
            return self._end(Reason.NO_RECIPIENTS)
        self._say("recipients", "internal", " ".join(sorted(inside)[:10]))
        return self._end(Reason.INTERNAL_ONLY)

    def _own(self) -> frozenset[str]:
        return self.user.proven | self.user.pending | {self.user.email}

    def _others(self) -> tuple[Mailbox, ...]:
        message = self.arrival.message
        if self.direction is Direction.INCOMING:
            author = (message.author,) if message.author else ()
            return (*author, *message.to, *message.cc)
        return (*message.to, *message.cc, *message.bcc)

    def _filed(self) -> Decision:
        """Whom to file it on, or why it waits."""
        message = self.arrival.message
        outside = external(self._others(), self.standing)
        addresses = {email: name for email, name in outside.items() if email not in self.masked}
        known = self._seen()
        first = known.captured.get(self.user.user_id) if known else None
        if first and not (self.arrival.release and first == self.arrival.delivery_id):
            self._say("seen", "before")
            return replace(self._end(Reason.SEEN_BEFORE), duplicate_of=first)
        treated = self._assigned() or treat(
            addresses,
            self.standing,
            self._rules(),
            lists=message.lists,
            automatic=message.automatic,
        )
        for one in treated:
            self._say("correspondent", f"{one.action}:{one.why}", one.email)
        waiting = [one for one in treated if one.action is Action.SKIP]
        if len(waiting) == len(treated) and not (known and known.filed_on):
            too_many = any(one.why is Why.TOO_MANY_NEW for one in waiting)
            reason = Reason.TOO_MANY_NEW if too_many else Reason.NOBODY_MATCHED
            return replace(self._end(reason), correspondents=treated)
        return self._file(treated, known)

    def _assigned(self) -> tuple[Correspondent, ...]:
        release = self.arrival.release
        if release is None or release.person is None:
            return ()
        person = release.person
        return (
            Correspondent(
                release.email, "", Action.FILE, person.kind, Why.ASSIGNED, person.person_id
            ),
        )

    def _rules(self) -> Rules:
        """Return the user's rules, without the one that a person has waived by releasing."""
        rules = self.user.rules
        if self._passes(Reason.TOO_MANY_NEW):
            rules = replace(rules, max_new_people=len(self._others()))
        if self._passes(Reason.NOBODY_MATCHED):
            rules = replace(rules, create=rules.create or Kind.LEAD)
        return rules

    def _file(self, treated: tuple[Correspondent, ...], known: KnownMessage | None) -> Decision:
        delivery_id = self.arrival.delivery_id
        named = tuple(
            replace(one, person_id=derive(delivery_id, "person", one.email))
            if one.action is Action.CREATE
            else one
            for one in treated
        )
        waiting = [one for one in named if one.action is Action.SKIP]
        self.notes.extend(waiting_note(one.email, one.why) for one in waiting)
        same_identity = self.standing.facts.messages.get(self.arrival.identity, ())
        if known is None and same_identity:
            self.notes.append("same Message-ID as another message, with other content")
            self._say("seen", "variant")
        elif known:
            self._say("seen", "by_another_user")
        return replace(
            self._end(Reason.FILED_IN_PART if waiting else Reason.FILED),
            correspondents=named,
            message_id=known.message_id if known else derive(delivery_id, "message"),
            is_new_message=known is None,
            is_new_capture=not (known and self.user.user_id in known.captured),
            variant=known.variant if known else len(same_identity),
            filings=_filings(named, known.filed_on if known else frozenset()),
            visibility=self.user.rules.visibility,
            thread=None if known else self._thread(named),
            resolves=tuple(sorted(one.delivery_id for one in self._held())),
        )

    def _thread(self, named: tuple[Correspondent, ...]) -> ThreadPlan:
        return plan_thread(
            thread_ids(self.arrival.message),
            self.arrival.message.subject,
            frozenset(one.email for one in named),
            self.standing.facts.threads,
            derive(self.arrival.delivery_id, "thread"),
        )

    def _seen(self) -> KnownMessage | None:
        """The filed message that this mail is a copy of."""
        message = self.arrival.message
        known = self.standing.facts.messages.get(self.arrival.identity, ())
        same = (one for one in known if is_same_content(message.fingerprint, one.subject, one.text))
        return min(same, key=lambda one: one.variant, default=None)

    def _note_exposed(self) -> None:
        """Note a dropbox address beside outsiders, of held mail too: a stranger has found it."""
        message = self.arrival.message
        named = (*message.to, *message.cc)
        if not any(is_dropbox(one.email, self.standing) for one in named):
            return
        if external((*message.authors, *named), self.standing):
            self.notes.append("address_exposed")
            self._say("address", "exposed")

    def _shown(self, email: str) -> str:
        if email in self.masked:
            return "••••"
        return masked(email) if is_dropbox(email, self.standing) else email

    def _say(self, step: str, result: str, detail: str = "") -> None:
        self.steps.append(Step(step, result, detail))

    def _end(self, reason: Reason) -> Decision:
        """Close the walk; a held mail that is already held for the same reason is a duplicate."""
        first = self._held_before(reason)
        return Decision(
            self.arrival,
            Reason.SEEN_BEFORE if first else reason,
            direction=self.direction,
            duplicate_of=first,
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


def _filings(
    named: tuple[Correspondent, ...], filed_on: frozenset[UUID]
) -> tuple[tuple[UUID, str], ...]:
    """Each person not yet filed on, once, with the address that leads there."""
    first: dict[UUID, str] = {}
    for one in named:
        if one.person_id and one.action is not Action.SKIP and one.person_id not in filed_on:
            first.setdefault(one.person_id, one.email)
    return tuple(first.items())
