"""Accounts: the organisations on this installation, and what is internal to each."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from sqlalchemy import delete, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from dropbox.ids import mint
from storage import tables, typed
from storage.errors import Ambiguous, NotFound, Refused

Authentication = Literal["off", "flag", "hold_forged", "require", "default"]
"""A `Policy` by its value; `default`: that of the installation."""


@dataclass(frozen=True, slots=True)
class Account:
    """An organisation."""

    account_id: UUID
    name: str
    timezone: str
    authentication: str | None
    """What is done about mail whose origin is in doubt; None: as set for the installation."""
    internal: tuple[str, ...]
    """Domains, `*.domain`s and addresses of its own people."""
    users: int
    created_at: datetime


_ACCOUNTS = text("""
    select a.id as account_id, a.name, a.timezone, a.authentication, a.created_at,
           array(select i.pattern from internal i where i.account_id = a.id order by i.pattern)
               as internal,
           (select count(*) from "user" u where u.account_id = a.id) as users
    from account a order by a.created_at desc, a.id desc
""")


async def add(
    connection: AsyncConnection,
    name: str,
    *,
    internal: Iterable[str] = (),
    timezone: str = "UTC",
    authentication: Authentication | None = None,
    mail_domain: str = "",
) -> Account:
    """Make an account. Raises Refused, also when the name is taken."""
    account_id = mint()
    statement = (
        insert(tables.account)
        .values(
            id=account_id,
            name=typed.name(name),
            timezone=typed.timezone(timezone),
            authentication=_policy(authentication),
        )
        .on_conflict_do_nothing()
    )
    if (await connection.execute(statement)).rowcount == 0:
        raise Refused(f"there is an account {typed.name(name)!r} already")
    await _add_internal(connection, account_id, internal, mail_domain)
    return await find(connection, name)


async def change(
    connection: AsyncConnection,
    account: Account,
    *,
    add: Iterable[str] = (),
    remove: Iterable[str] = (),
    timezone: str | None = None,
    authentication: Authentication | None = None,
    mail_domain: str = "",
) -> Account:
    """Add and remove internal patterns, set time zone and policy. Raises Refused."""
    values: dict[str, str | None] = {}
    if timezone is not None:
        values["timezone"] = typed.timezone(timezone)
    if authentication is not None:
        values["authentication"] = _policy(authentication)
    if values:
        where = tables.account.c.id == account.account_id
        await connection.execute(update(tables.account).where(where).values(values))
    await _add_internal(connection, account.account_id, add, mail_domain)
    for pattern in map(typed.pattern, remove):
        internal = tables.internal.c
        found = await connection.execute(
            delete(tables.internal).where(
                internal.account_id == account.account_id, internal.pattern == pattern
            )
        )
        if found.rowcount == 0:
            raise NotFound(f"{pattern} is not internal to account {account.name!r}")
    return await find(connection, account.name)


def _policy(authentication: Authentication | None) -> str | None:
    return None if authentication in {None, "default"} else authentication


async def _add_internal(
    connection: AsyncConnection, account_id: UUID, patterns: Iterable[str], mail_domain: str
) -> None:
    read = [typed.not_at(mail_domain, typed.internal(one), "colleague") for one in patterns]
    rows = [{"account_id": account_id, "pattern": one} for one in read]
    if rows:
        await connection.execute(insert(tables.internal).on_conflict_do_nothing(), rows)


async def listed(connection: AsyncConnection) -> list[Account]:
    """Return all accounts, newest first."""
    rows = await connection.execute(_ACCOUNTS)
    return [Account(**{**row, "internal": tuple(row["internal"])}) for row in rows.mappings()]


async def find(connection: AsyncConnection, name: str) -> Account:
    """Return the account of that name. Raises NotFound."""
    known = await listed(connection)
    wanted = typed.name(name, "name of the account")
    for account in known:
        if account.name == wanted:
            return account
    names = ", ".join(account.name for account in known) or "none yet"
    raise NotFound(f"there is no account {typed.shown(name)}; there are: {names}")


async def the_one(connection: AsyncConnection, name: str | None) -> Account:
    """Return the account of that name, or without a name the only one there is.

    Raises NotFound, or Ambiguous when there are several.
    """
    if name is not None:
        return await find(connection, name)
    known = await listed(connection)
    if not known:
        raise NotFound("there is no account yet; mend: bcc-dropbox account add NAME")
    if len(known) > 1:
        names = sorted(account.name for account in known)
        raise Ambiguous("several accounts: --account says which", names)
    return known[0]


async def chosen(connection: AsyncConnection, name: str | None) -> UUID | None:
    """Return the identifier of the account of that name; None, all of them, without a name."""
    return None if name is None else (await find(connection, name)).account_id


async def is_none(connection: AsyncConnection) -> bool:
    """Whether there is no account yet."""
    return (await connection.execute(select(tables.account.c.id).limit(1))).first() is None
