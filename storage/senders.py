"""Allowed senders: whose mail a user's dropbox address takes, beside the primary address's.

There are at most five, because there are five slots: a constraint says so, whoever races for them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import delete, text
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import tables, typed
from storage.errors import NotFound, Refused
from storage.users import User

MOST = 5

CODE_VALID = timedelta(days=7)
"""How long a code that was mailed to a pending sender proves it."""

Status = Literal["active", "pending"]


@dataclass(frozen=True, slots=True)
class Sender:
    """An address that a user may send from."""

    email: str
    primary: bool
    """The user's own address: always there, and takes no slot."""
    status: Status
    added_at: datetime


_LISTED = text("""
    select email, status, added_at from allowed_sender
    where account_id = :account_id and user_id = :user_id order by added_at desc, slot desc
""")

# A slot that another transaction takes at the same moment is waited for and then left alone, so
# no row comes back; the next try sees the world as it has become.
_ADD = text("""
    insert into allowed_sender (account_id, user_id, email, slot, status, code, code_until)
    select :account_id, :user_id, :email, free.slot, :status, :code, now() + :valid
    from generate_series(1, :most) as free(slot)
    where not exists (
        select from allowed_sender taken
        where taken.account_id = :account_id and taken.user_id = :user_id
        and (taken.slot = free.slot or taken.email = :email))
    order by free.slot limit 1
    on conflict do nothing
    returning slot
""")

_PROVE = text("""
    update allowed_sender set status = 'active', code = null, code_until = null
    where account_id = :account_id and user_id = :user_id and email = :email and status = 'pending'
""")
_PROVE_BY_CODE = text("""
    update allowed_sender set status = 'active', code = null, code_until = null
    where account_id = :account_id and user_id = :user_id and email = :email and status = 'pending'
    and code = :code and code_until > now()
""")
_NEW_CODE = text("""
    update allowed_sender set code = :code, code_until = now() + :valid
    where account_id = :account_id and user_id = :user_id and email = :email and status = 'pending'
""")


async def listed(connection: AsyncConnection, user: User) -> list[Sender]:
    """Return the primary address, then the others, newest first."""
    found = await connection.execute(
        _LISTED, {"account_id": user.account_id, "user_id": user.user_id}
    )
    others = [Sender(row.email, False, row.status, row.added_at) for row in found]
    return [Sender(user.email, True, "active", user.created_at), *others]


async def add(
    connection: AsyncConnection,
    user: User,
    email: str,
    *,
    mail_domain: str,
    status: Status = "active",
    code: bytes | None = None,
) -> Sender:
    """Allow an address; a pending one becomes active, or gets a new code.

    `code` is the digest of what will be mailed to a pending one. Raises Refused for the sixth.
    """
    address = typed.not_at(mail_domain, typed.email(email), "sender")
    if address == user.email:
        raise Refused(f"{address} is the primary address of this user, and always allowed")
    row = {**_key(user, address), "code": code, "valid": CODE_VALID}
    while True:
        added = await connection.execute(_ADD, {**row, "status": status, "most": MOST})
        if added.first():
            break
        others = (await listed(connection, user))[1:]
        if any(sender.email == address for sender in others):
            await _accept_again(connection, row, status)
            break
        if len(others) >= MOST:
            raise Refused(
                f"{user.email} has {MOST} further senders already, which is the most; "
                f"mend: bcc-dropbox sender remove {user.email} ADDRESS"
            )
    return next(one for one in await listed(connection, user) if one.email == address)


async def _accept_again(
    connection: AsyncConnection, row: dict[str, object], status: Status
) -> None:
    if status == "active":
        changed = await connection.execute(_PROVE, row)
    elif row["code"] is not None:
        changed = await connection.execute(_NEW_CODE, row)
    else:
        changed = None
    if changed is None or not changed.rowcount:
        raise Refused(f"{row['email']} is an allowed sender of this user already")


async def prove(connection: AsyncConnection, user: User, email: str, code: bytes) -> Sender:
    """Let a pending sender count, its code having come back. Raises Refused, NotFound.

    `code` is the digest of what was typed in.
    """
    address = typed.email(email)
    known = {one.email: one for one in await listed(connection, user)}
    if address not in known:
        raise NotFound(f"{address} is not an allowed sender of {user.email}")
    if known[address].status == "pending":
        row = {**_key(user, address), "code": code}
        if not (await connection.execute(_PROVE_BY_CODE, row)).rowcount:
            raise Refused(
                f"that is not the code that was mailed to {address}, or it is older than "
                f"{CODE_VALID.days} days; mend: bcc-dropbox sender add --unproven {user.email} "
                f"{address} mails a new one"
            )
    return next(one for one in await listed(connection, user) if one.email == address)


def _key(user: User, address: str) -> dict[str, object]:
    return {"account_id": user.account_id, "user_id": user.user_id, "email": address}


async def remove(connection: AsyncConnection, user: User, email: str) -> None:
    """Take an address off the list. Raises Refused for the primary one, NotFound."""
    address = typed.email(email)
    if address == user.email:
        raise Refused(f"{address} is the primary address of this user and cannot be removed")
    senders = tables.allowed_sender.c
    found = await connection.execute(
        delete(tables.allowed_sender).where(
            senders.account_id == user.account_id,
            senders.user_id == user.user_id,
            senders.email == address,
        )
    )
    if not found.rowcount:
        raise NotFound(f"{address} is not an allowed sender of {user.email}")
