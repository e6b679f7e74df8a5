"""An account with two users in the database, and mail that arrives for them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import asyncpg

from dropbox.content import InMemory
from dropbox.envelope import Envelope, Recipient
from dropbox.filing.decision import Arrival
from dropbox.ids import derive, mint
from dropbox.mail.message import Fingerprint, Mailbox, Message
from storage.raw import read_raw

DOMAIN = "dropbox.example"
HANAKO = "hanako@corp.example"
TARO = "taro@corp.example"


@dataclass
class Office:
    """One account with two users and their dropbox addresses."""

    pool: asyncpg.Pool[Any]
    account: UUID
    hanako: Recipient
    taro: Recipient

    async def count(self, table: str, where: str = "true") -> int:
        found = await self.pool.fetchval(f"select count(*) from {table} where {where}")  # noqa: S608
        assert isinstance(found, int)
        return found

    async def raw(self, raw_id: UUID) -> bytes:
        async with self.pool.acquire() as connection:
            return b"".join([piece async for piece in read_raw(connection, self.account, raw_id)])


async def new_office(pool: asyncpg.Pool[Any]) -> Office:
    """Make the account."""
    account = mint()
    await pool.execute("insert into account (id, name) values ($1, 'Office')", account)
    await pool.execute("insert into internal values ($1, 'corp.example')", account)
    hanako = await add_user(pool, account, HANAKO)
    taro = await add_user(pool, account, TARO)
    return Office(pool, account, hanako, taro)


async def add_user(pool: asyncpg.Pool[Any], account: UUID, email: str) -> Recipient:
    user_id, address_id = mint(), mint()
    local = f"{email.partition('@')[0]}.{'abcdefghijklmnop'}"
    await pool.execute(
        'insert into "user" (account_id, id, email, name) values ($1, $2, $3, $3)',
        account,
        user_id,
        email,
    )
    await pool.execute(
        "insert into dropbox_address (account_id, id, user_id, local) values ($1, $2, $3, $4)",
        account,
        address_id,
        user_id,
        local,
    )
    return Recipient(account, user_id, address_id, f"{local}@{DOMAIN}")


def mail(*to: str, author: str = HANAKO, number: int = 1, **fields: Any) -> Message:
    base = Message(
        fingerprint=Fingerprint(b"date", b"Offer %d" % number, b"%032d" % number),
        rfc_message_id=f"{number}@corp.example",
        author=Mailbox(author),
        authors=(Mailbox(author),),
        to=tuple(Mailbox(email) for email in to),
        subject=f"Offer {number}",
        text="Hello",
        reply=(0, 5),
        header_bytes=10,
    )
    return replace(base, **fields)


def arrivals(
    message: Message, *recipients: Recipient, raw: bytes = b"raw", **envelope: Any
) -> list[Arrival]:
    mail_id = mint()
    given = {"peer": "192.0.2.1", "helo": "mx", "mail_from": HANAKO, **envelope}
    one = Envelope(
        recipients=recipients, content=InMemory(raw), received_at=datetime.now(UTC), **given
    )
    return [
        Arrival(mail_id, derive(mail_id, "delivery", to.address), to, one, message)
        for to in recipients
    ]
