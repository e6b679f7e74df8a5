"""Regenerating dropbox addresses: a new one for the user, and an end to those before.

Two at once for one user wait for each other; the later one ends what the earlier one has made. Mail
that is being recorded meanwhile neither waits nor is waited for.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import insert, text
from sqlalchemy.ext.asyncio import AsyncConnection

from dropbox.addresses import mint_dropbox_local
from dropbox.ids import mint
from storage import tables
from storage.accounts import Account
from storage.documents import instant_or_null
from storage.errors import Refused
from storage.typed import shown
from storage.users import User

LONGEST_GRACE = timedelta(days=90)

_UNITS = {"m": "minutes", "h": "hours", "d": "days"}
_DURATION = re.compile(rf"([0-9]{{1,9}})\s*([{''.join(_UNITS)}])")


@dataclass(frozen=True, slots=True)
class Regenerated:
    """A user's new dropbox address, and the end of the one before."""

    email: str
    """The user's primary address."""
    address: str
    """The whole of the new one: the user's secret."""
    created_at: datetime
    grace_until: datetime | None
    """Until when the one before still works; None: it is dead."""


@dataclass(frozen=True, slots=True)
class _Minted:
    user_id: UUID
    address_id: UUID
    local: str


# Not `for update`: deliveries refer to the user's key, and are not to wait.
_LOCKED = text("""
    select id, email, now() as at from "user"
    where account_id = :account_id and (cast(:user_id as uuid) is null or id = :user_id)
    order by id for no key update
""")
_LEAVE_IN_GRACE = text("""
    update dropbox_address set state = 'grace', grace_until = :grace_until
    where account_id = :account_id and user_id = any(:user_ids) and state = 'active'
""")
_RETIRE = text("""
    update dropbox_address
    set state = 'retired', retired_at = least(now(), grace_until), grace_until = null
    where account_id = :account_id and user_id = any(:user_ids) and state <> 'retired'
    and (cast(:grace_until as timestamptz) is null or (state = 'grace' and grace_until <= now()))
""")


def grace_period(written: str) -> timedelta:
    """Read a grace period, as `30m`, `12h` or `7d`. Raises Refused."""
    read = _DURATION.fullmatch(unicodedata.normalize("NFKC", written).strip().lower())
    period = timedelta(**{_UNITS[read[2]]: int(read[1])}) if read else timedelta(0)
    if not timedelta(0) < period <= LONGEST_GRACE:
        raise Refused(
            f"{shown(written)} is no grace period; it takes 30m, 12h or 7d, at most "
            f"{LONGEST_GRACE.days}d; without one the old address is dead at once"
        )
    return period


async def regenerate(
    connection: AsyncConnection,
    user: User,
    *,
    mail_domain: str,
    actor: str,
    grace: timedelta | None = None,
) -> Regenerated:
    """Give a user, suspended or not, a new dropbox address.

    The one before works on for `grace`, and so does an older one for what is left of its own.
    Without `grace` all of them are dead: whoever regenerates like this fears that one leaked.
    """
    found = await _locked(connection, user.account_id, user.user_id)
    (made,) = await _regenerate(connection, user.account_id, found, mail_domain, actor, grace)
    return made


async def regenerate_all(
    connection: AsyncConnection,
    account: Account,
    *,
    mail_domain: str,
    actor: str,
    grace: timedelta | None = None,
) -> list[Regenerated]:
    """Give every user of an account, suspended ones too, a new address; the newest user first."""
    found = await _locked(connection, account.account_id, None)
    made = await _regenerate(connection, account.account_id, found, mail_domain, actor, grace)
    return made[::-1]


async def _locked(
    connection: AsyncConnection, account_id: UUID, user_id: UUID | None
) -> Sequence[Any]:
    found = await connection.execute(_LOCKED, {"account_id": account_id, "user_id": user_id})
    return found.all()


async def _regenerate(
    connection: AsyncConnection,
    account_id: UUID,
    users: Sequence[Any],
    mail_domain: str,
    actor: str,
    grace: timedelta | None,
) -> list[Regenerated]:
    if not users:
        return []
    until = None if grace is None else users[0].at + grace
    await _end(connection, account_id, [user.id for user in users], until)
    minted = [_Minted(user.id, mint(), mint_dropbox_local(user.email)) for user in users]
    await _add(connection, account_id, minted)
    await _audit(connection, account_id, minted, actor, until)
    return [
        Regenerated(user.email, f"{new.local}@{mail_domain}", user.at, until)
        for user, new in zip(users, minted, strict=True)
    ]


async def _end(
    connection: AsyncConnection, account_id: UUID, user_ids: list[UUID], until: datetime | None
) -> None:
    ends = {"account_id": account_id, "user_ids": user_ids, "grace_until": until}
    await connection.execute(_RETIRE, ends)
    if until is not None:
        await connection.execute(_LEAVE_IN_GRACE, ends)


async def _add(connection: AsyncConnection, account_id: UUID, minted: Sequence[_Minted]) -> None:
    account = {"account_id": account_id}
    await connection.execute(
        insert(tables.dropbox_address),
        [
            {**account, "id": one.address_id, "user_id": one.user_id, "local": one.local}
            for one in minted
        ],
    )
    # A dead address stays in the directory, so nobody is ever given it again.
    await connection.execute(
        insert(tables.address_directory),
        [{**account, "address_id": one.address_id, "local": one.local} for one in minted],
    )


async def _audit(
    connection: AsyncConnection,
    account_id: UUID,
    minted: Sequence[_Minted],
    actor: str,
    until: datetime | None,
) -> None:
    """Note who regenerated whose address, by identifiers: the audit holds no secret."""
    common = {"account_id": account_id, "actor": actor, "action": "regenerate_address"}
    rows = [
        {
            "user": str(one.user_id),
            "address": str(one.address_id),
            "grace_until": instant_or_null(until),
        }
        for one in minted
    ]
    await connection.execute(
        insert(tables.audit), [{**common, "id": mint(), "detail": detail} for detail in rows]
    )
