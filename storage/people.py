"""People: the leads and contacts that mail is filed on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import typed
from storage.documents import Document, instant
from storage.errors import Ambiguous, NotFound


@dataclass(frozen=True, slots=True)
class Person:
    """A lead or a contact."""

    account_id: UUID
    account: str
    person_id: UUID
    kind: str
    name: str
    family_name: str | None
    given_name: str | None
    company: str | None
    source: str | None
    emails: tuple[str, ...]
    message_count: int
    created_at: datetime

    def document(self) -> Document:
        """Return what the contract says of a person, for JSON."""
        return {
            "id": str(self.person_id),
            "kind": self.kind,
            "name": self.name,
            "family_name": self.family_name,
            "given_name": self.given_name,
            "company": self.company,
            "emails": list(self.emails),
            "message_count": self.message_count,
            "created_at": instant(self.created_at),
        }


_PEOPLE = """
    select p.account_id, a.name as account, p.id as person_id, p.kind, p.name, p.family_name,
           p.given_name, p.company, p.source, p.created_at,
           array(select e.email from person_email e
                 where e.account_id = p.account_id and e.person_id = p.id
                 order by e.position, e.email) as emails,
           (select count(*) from filing f
            where f.account_id = p.account_id and f.person_id = p.id) as message_count
    from person p join account a on a.id = p.account_id
"""
# Identifiers grow with time, so the newest of each account are the end of its primary key.
_NEWEST = """
    with wanted as (
        select newest.account_id, newest.id from account a
        cross join lateral (
            select p.account_id, p.id from person p where p.account_id = a.id {of_kind}
            order by p.id desc limit :limit) newest
        where cast(:account_id as uuid) is null or a.id = :account_id)
"""
_LISTED = f"""
    {_NEWEST} {_PEOPLE} join wanted w on w.account_id = p.account_id and w.id = p.id
    order by p.created_at desc, p.id desc limit :limit
"""
_OF_ALL = text(_LISTED.format(of_kind=""))
_OF_KIND = text(_LISTED.format(of_kind="and p.kind = :kind"))
_BY_ID = text(f"{_PEOPLE} where p.id = :person_id")
# A contact before a lead.
_BY_EMAIL = text(f"""
    {_PEOPLE}
    join person_email x on x.account_id = p.account_id and x.person_id = p.id
    where x.email = :email order by p.kind, p.id
""")


async def listed(
    connection: AsyncConnection,
    account_id: UUID | None = None,
    *,
    kind: str | None = None,
    limit: int = 100,
) -> list[Person]:
    """Return people, newest first; of all accounts without `account_id`."""
    keys = {"account_id": account_id, "limit": limit}
    if kind:
        found = await connection.execute(_OF_KIND, {**keys, "kind": kind})
    else:
        found = await connection.execute(_OF_ALL, keys)
    return [_person(row) for row in found.mappings()]


async def find(
    connection: AsyncConnection, reference: str, account_id: UUID | None = None
) -> Person:
    """Return the person with that identifier or address; of two kinds that share it the contact.

    Raises NotFound, Refused for what is no address, and Ambiguous for an address that several
    accounts know.
    """
    if person_id := typed.identifier(reference):
        found = await connection.execute(_BY_ID, {"person_id": person_id})
    elif "@" not in reference:
        raise NotFound(f"there is no person {reference.strip()!r}; it takes an id or an address")
    else:
        found = await connection.execute(_BY_EMAIL, {"email": typed.email(reference)})
    people = [_person(row) for row in found.mappings()]
    people = [one for one in people if account_id in {None, one.account_id}]
    if not people:
        raise NotFound(f"there is no person {reference.strip()}")
    accounts = sorted({one.account for one in people})
    if len(accounts) > 1:
        raise Ambiguous("several accounts know this address: --account says which", accounts)
    return people[0]


def _person(row: object) -> Person:
    fields = dict(row)  # type: ignore[call-overload]
    return Person(**{**fields, "emails": tuple(fields["emails"])})
