"""Users, and the dropbox address that each of them has."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from sqlalchemy import exists, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from dropbox.addresses import mint_dropbox_local
from dropbox.ids import mint
from storage import tables, typed
from storage.accounts import Account
from storage.errors import NotFound, Refused

Language = Literal["en", "ja"]
Status = Literal["active", "suspended"]


@dataclass(frozen=True, slots=True)
class User:
    """A member of an account."""

    account_id: UUID
    account: str
    """The account's name."""
    user_id: UUID
    email: str
    name: str
    status: Status
    timezone: str
    """The account's where the user set none."""
    language: Language | None
    local: str
    """Of the active dropbox address, `<handle>.<token>`: a secret."""
    created_at: datetime


@dataclass(frozen=True, slots=True)
class DropboxAddress:
    """The dropbox address that a user gives to a mail client."""

    address: str
    """The whole of it: the user's secret."""
    state: str
    created_at: datetime


_USERS = """
    select u.account_id, a.name as account, u.id as user_id, u.email, u.name, u.status,
           coalesce(u.timezone, a.timezone) as timezone, u.language, d.local, u.created_at
    from "user" u
    join account a on a.id = u.account_id
    join dropbox_address d
        on d.account_id = u.account_id and d.user_id = u.id and d.state = 'active'
"""
_LISTED = text(f"""
    {_USERS}
    where cast(:account_id as uuid) is null or u.account_id = :account_id
    order by u.created_at desc, u.id desc limit :limit
""")
_BY_EMAIL = text(f"""
    {_USERS}
    join user_directory f on f.account_id = u.account_id and f.user_id = u.id
    where f.email = :email
""")


async def add(
    connection: AsyncConnection,
    account: Account,
    email: str,
    name: str,
    *,
    mail_domain: str,
    timezone: str | None = None,
    language: Language | None = None,
) -> User:
    """Make a user with a dropbox address. Raises Refused, also when the address is taken."""
    address = typed.not_at(mail_domain, typed.email(email), "user's own address")
    user_id = mint()
    added = await connection.execute(
        insert(tables.user)
        .values(
            account_id=account.account_id,
            id=user_id,
            email=address,
            name=typed.name(name),
            timezone=None if timezone is None else typed.timezone(timezone),
            language=language,
        )
        .on_conflict_do_nothing()
    )
    if added.rowcount:
        added = await connection.execute(
            insert(tables.user_directory)
            .values(email=address, account_id=account.account_id, user_id=user_id)
            .on_conflict_do_nothing()
        )
    if not added.rowcount:
        raise Refused(f"{address} is a user on this installation already")
    await _add_address(connection, account.account_id, user_id, address)
    return await find(connection, address)


async def _add_address(
    connection: AsyncConnection, account_id: UUID, user_id: UUID, email: str
) -> None:
    address_id, local = mint(), mint_dropbox_local(email)
    await connection.execute(
        insert(tables.dropbox_address).values(
            account_id=account_id, id=address_id, user_id=user_id, local=local
        )
    )
    await connection.execute(
        insert(tables.address_directory).values(
            local=local, account_id=account_id, address_id=address_id
        )
    )


async def listed(
    connection: AsyncConnection, account_id: UUID | None = None, *, limit: int = 100
) -> list[User]:
    """Return users, newest first; of all accounts without `account_id`."""
    found = await connection.execute(_LISTED, {"account_id": account_id, "limit": limit})
    return [User(**row) for row in found.mappings()]


async def find(connection: AsyncConnection, email: str, account_id: UUID | None = None) -> User:
    """Return the user with that primary address, who must be of that account. Raises NotFound."""
    address = typed.email(email)
    row = (await connection.execute(_BY_EMAIL, {"email": address})).mappings().first()
    if row is None or (account_id is not None and row["account_id"] != account_id):
        raise NotFound(f"there is no user {address}{' in that account' if account_id else ''}")
    return User(**row)


async def set_status(connection: AsyncConnection, user: User, status: Status) -> User:
    """Suspend a user, or let them resume; either may be said twice."""
    users = tables.user.c
    await connection.execute(
        update(tables.user)
        .where(users.account_id == user.account_id, users.id == user.user_id)
        .values(status=status)
    )
    return await find(connection, user.email)


async def dropbox_address(
    connection: AsyncConnection, user: User, mail_domain: str
) -> DropboxAddress:
    """Return the user's active dropbox address, whole."""
    addresses = tables.dropbox_address.c
    row = (
        await connection.execute(
            select(addresses.local, addresses.state, addresses.created_at).where(
                addresses.account_id == user.account_id,
                addresses.user_id == user.user_id,
                addresses.state == "active",
            )
        )
    ).one()
    return DropboxAddress(f"{row.local}@{mail_domain}", row.state, row.created_at)


async def are_none(connection: AsyncConnection) -> bool:
    """Whether there is no user yet."""
    return not (await connection.execute(select(exists().select_from(tables.user)))).scalar_one()
