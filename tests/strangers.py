"""Strangers' mail as bytes, and mail for Hanako written to the ledger."""

from __future__ import annotations

from typing import Any

from offices import Office, arrivals

from dropbox.filing.delivery import Delivery
from dropbox.mail.read import read
from storage.ledger import Ledger


def raw(to: str, author: str = "Eve <eve@evil.example>", number: int = 1) -> bytes:
    return (
        f"From: {author}\r\nTo: {to}\r\nSubject: Offer {number}\r\n"
        f"Message-ID: <{number}@evil.example>\r\n\r\nHello {number}\r\n"
    ).encode()


async def come(office: Office, ledger: Ledger, mail: bytes, **envelope: Any) -> Delivery:
    (delivery,) = await ledger.record(arrivals(read(mail), office.hanako, raw=mail, **envelope))
    return delivery


async def rule(office: Office, create: str) -> None:
    await office.pool.execute('update "user" set "create" = $1', create)
