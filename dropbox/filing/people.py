"""A person made out of a correspondent: a name, perhaps a company, and where it came from."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from dropbox.addresses import domain_of
from dropbox.filing.correspondents import Correspondent
from dropbox.filing.decision import Decision
from dropbox.filing.freemail import is_free_mail
from dropbox.filing.standing import Kind, Visibility
from dropbox.mail.names import person_name


@dataclass(frozen=True, slots=True)
class NewPerson:
    """A person as created."""

    person_id: UUID
    kind: Kind
    email: str
    name: str
    """Never empty: the address where no name is known."""
    family_name: str | None
    given_name: str | None
    company: str | None
    source: str


def new_person(correspondent: Correspondent, decision: Decision) -> NewPerson:
    """Return the person to create for a correspondent whose action is `create`."""
    if correspondent.person_id is None or correspondent.kind is None:
        raise ValueError(f"nobody is to be created for {correspondent.action}")
    name = person_name(correspondent.name, correspondent.email)
    domain = domain_of(correspondent.email)
    return NewPerson(
        person_id=correspondent.person_id,
        kind=correspondent.kind,
        email=correspondent.email,
        name=name.full or correspondent.email,
        family_name=name.family or None,
        given_name=name.given or None,
        company=name.company or (None if is_free_mail(domain) else domain) or None,
        source=_source(decision),
    )


def _source(decision: Decision) -> str:
    """Where the person came from, in words; of private mail no more than the day."""
    envelope, message = decision.arrival.envelope, decision.message
    day = f"{envelope.received_at:%Y-%m-%d}"
    if decision.visibility is Visibility.PRIVATE or not message.subject:
        return f"mail of {day}"
    return f"mail of {day}: {message.subject[:200]}"
