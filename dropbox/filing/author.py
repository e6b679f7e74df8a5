"""The first question of the road: who wrote it, and whether that one may record mail here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from dropbox.addresses import domain_of
from dropbox.envelope import Authority
from dropbox.filing import origin
from dropbox.filing.decision import Arrival, Direction, Step
from dropbox.filing.outcomes import Reason
from dropbox.filing.standing import Standing, User
from dropbox.trust.verdict import NOT_CHECKED, Verdict


@dataclass(frozen=True, slots=True)
class Author:
    """The answer, and what it is answered with."""

    direction: Direction
    """Of the mail, once it is let in."""
    steps: tuple[Step, ...]
    gate: Reason | None = None
    """Why it is held, unless a person has let it in."""
    proves: str = ""
    """A pending sender that this mail proves."""
    note: str = ""


def who_wrote(
    arrival: Arrival, user: User, standing: Standing, shown: Callable[[str], str]
) -> Author:
    """Answer for the author of `arrival`; `shown` gives addresses as anybody may read them."""
    author = arrival.message.author
    if author is None:
        named = " ".join(shown(one.email) for one in arrival.message.authors[:5])
        step = Step("author", "unclear", named) if named else Step("author", "nobody")
        return Author(Direction.INCOMING, (step,), Reason.SENDER_UNCLEAR)
    name = shown(author.email)
    if author.email in user.proven:
        return _one_of_ours(arrival, standing, Step("author", "own", name))
    if _is_colleague(author.email, user, standing):
        return _one_of_ours(arrival, standing, Step("author", "colleague", name))
    if arrival.envelope.authority is Authority.IMPORT:
        own = author.email in user.pending
        direction = Direction.OUTGOING if own else Direction.INCOMING
        return Author(direction, (Step("author", "imported", name),))
    if author.email in user.pending:
        return _pending(arrival, user, standing, Step("author", "pending", name))
    return _outsider(arrival, user, standing, name)


def _is_colleague(email: str, user: User, standing: Standing) -> bool:
    return any(
        one.proven and one.active and one.user_id != user.user_id
        for one in standing.facts.users.get(email, ())
    )


def _one_of_ours(arrival: Arrival, standing: Standing, step: Step) -> Author:
    """Ask whether it really comes from one of ours, as far as the account wants to know."""
    steps = (step, *_verdict(arrival, standing))
    return Author(Direction.OUTGOING, steps, origin.doubt(arrival, standing))


def _pending(arrival: Arrival, user: User, standing: Standing, step: Step) -> Author:
    """Let a sender in that is proven by a verified mail, or by the code that was mailed to it."""
    author = arrival.message.author
    email = author.email if author else ""
    steps = (step, *_verdict(arrival, standing))
    code = user.codes.get(email)
    if arrival.verdict is Verdict.VERIFIED:
        proof = "proven"
    elif code and origin.carries_code(arrival.message, code):
        proof = "code"
    else:
        gate = origin.doubt(arrival, standing) or Reason.SENDER_UNVERIFIED
        return Author(Direction.OUTGOING, steps, gate)
    # A code proves the sender, and not a mail that somebody forged.
    doubt = origin.doubt(arrival, standing)
    return Author(Direction.OUTGOING, (*steps, Step("sender", proof, email)), doubt, proves=email)


def _outsider(arrival: Arrival, user: User, standing: Standing, name: str) -> Author:
    """Somebody else's mail comes in when the user's mailbox passed it on, and that is sure."""
    message = arrival.message
    if voucher := origin.voucher(arrival, user):
        return Author(Direction.INCOMING, (Step("author", f"redirected_{voucher}", name),))
    result = "not_vouched" if origin.is_recognised(message, user) else "stranger"
    steps = (*_verdict(arrival, standing), Step("author", result, name))
    gate = Reason.SENDER_NOT_ALLOWED
    if code := origin.confirmation_code(message):
        note = f"Gmail forwarding confirmation code: {code}"
        steps = (*steps, Step("author", "gmail_code", code))
        return Author(Direction.INCOMING, steps, gate, note=note)
    return Author(Direction.INCOMING, steps, gate)


def _verdict(arrival: Arrival, standing: Standing) -> tuple[Step, ...]:
    evidence, author = arrival.evidence, arrival.message.author
    if evidence.why == NOT_CHECKED or author is None:
        return ()
    who = evidence.sealed_by if evidence.why == "sealed" else domain_of(author.email)
    steps = (Step("verdict", f"{evidence.verdict}_{evidence.why}", who),)
    if origin.is_strange(arrival, standing):
        return (*steps, Step("verdict", "strange", evidence.network))
    return steps
