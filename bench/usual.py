"""The usual design, as an honest reference: `python -m bench.usual`, settings as a line of JSON.

Stock aiosmtpd, the standard library's `policy.default`, SQLAlchemy's ORM in its async form, a query
for each address, a commit for each mail, 250 after the commit. It keeps text, HTML and files of a
mail and what it was with whom, and neither the raw mail nor threads; it does not ask who wrote it.
What is not needed (`expire_on_commit`, logging) is off, queries go over indexes.
"""

from __future__ import annotations

import asyncio
import json
import ssl
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from email.utils import getaddresses
from typing import Any, cast

import asyncpg
from aiosmtpd.controller import UnthreadedController
from sqlalchemy import ForeignKey, LargeBinary, MetaData, UniqueConstraint, select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship
from sqlalchemy.schema import CreateSchema

SCHEMA = "usual"
_ROLES = ("from", "to", "cc")


class Base(DeclarativeBase):
    metadata = MetaData(schema=SCHEMA)


class Inbox(Base):
    """A user's dropbox address."""

    __tablename__ = "inbox"
    id: Mapped[int] = mapped_column(primary_key=True)
    address: Mapped[str] = mapped_column(unique=True)
    email: Mapped[str]


class Contact(Base):
    """Somebody with a timeline."""

    __tablename__ = "contact"
    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]


class Message(Base):
    __tablename__ = "message"
    __table_args__ = (UniqueConstraint("inbox_id", "message_id"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    inbox_id: Mapped[int] = mapped_column(ForeignKey(Inbox.id))
    message_id: Mapped[str]
    subject: Mapped[str]
    text: Mapped[str]
    html: Mapped[str]
    received_at: Mapped[datetime]
    participants: Mapped[list[Participant]] = relationship()
    filings: Mapped[list[Filing]] = relationship()
    files: Mapped[list[File]] = relationship()


class Participant(Base):
    __tablename__ = "participant"
    id: Mapped[int] = mapped_column(primary_key=True)
    message_id: Mapped[int] = mapped_column(ForeignKey(Message.id), index=True)
    role: Mapped[str]
    email: Mapped[str]
    name: Mapped[str]


class Filing(Base):
    """A message on a contact's timeline."""

    __tablename__ = "filing"
    message_id: Mapped[int] = mapped_column(ForeignKey(Message.id), primary_key=True)
    contact_id: Mapped[int] = mapped_column(ForeignKey(Contact.id), primary_key=True, index=True)
    contact: Mapped[Contact] = relationship()


class File(Base):
    __tablename__ = "file"
    id: Mapped[int] = mapped_column(primary_key=True)
    message_id: Mapped[int] = mapped_column(ForeignKey(Message.id), index=True)
    filename: Mapped[str]
    content_type: Mapped[str]
    data: Mapped[bytes] = mapped_column(LargeBinary)


class Handler:
    """aiosmtpd's handler: which inbox it is at RCPT TO, everything else at the end of DATA."""

    def __init__(self, sessions: async_sessionmaker[AsyncSession]) -> None:
        self._sessions = sessions

    async def handle_RCPT(  # noqa: N802
        self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any
    ) -> str:
        async with self._sessions() as session:
            found = await session.scalar(select(Inbox).where(Inbox.address == address.lower()))
        if found is None:
            return "550 no such address"
        envelope.inbox = found
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        mail = message_from_bytes(envelope.content, policy=default)
        async with self._sessions.begin() as session:
            await _record(session, envelope.inbox, mail)
        return "250 OK"


async def _record(session: AsyncSession, inbox: Inbox, mail: EmailMessage) -> None:
    message_id = str(mail["Message-ID"])
    known = select(Message.id).where(Message.inbox_id == inbox.id, Message.message_id == message_id)
    if await session.scalar(known):
        return
    message = Message(
        inbox_id=inbox.id,
        message_id=message_id,
        subject=str(mail["Subject"]),
        text=_body(mail, "plain"),
        html=_body(mail, "html"),
        received_at=datetime.now(UTC).replace(tzinfo=None),
        files=[_file(part) for part in mail.iter_attachments()],
    )
    for role in _ROLES:
        for name, email in getaddresses([str(one) for one in mail.get_all(role, ())]):
            address = email.lower()
            message.participants.append(Participant(role=role, email=address, name=name))
            if address != inbox.email:
                contact = await _contact(session, address, name)
                message.filings.append(Filing(contact=contact))
    session.add(message)


async def _contact(session: AsyncSession, email: str, name: str) -> Contact:
    found = await session.scalar(select(Contact).where(Contact.email == email))
    if found is None:
        found = Contact(email=email, name=name)
        session.add(found)
    return found


def _body(mail: EmailMessage, kind: str) -> str:
    part = mail.get_body((kind,))
    return str(part.get_content()) if part else ""


def _file(part: EmailMessage) -> File:
    data = part.get_payload(decode=True)
    return File(
        filename=part.get_filename() or "",
        content_type=part.get_content_type(),
        data=data if isinstance(data, bytes) else b"",
    )


async def _prepare(url: str, inboxes: Sequence[dict[str, str]], known: Sequence[str]) -> Any:
    engine = create_async_engine(
        "postgresql+asyncpg://", async_creator=lambda: asyncpg.connect(url)
    )
    async with engine.begin() as connection:
        await connection.execute(CreateSchema(SCHEMA))
        await connection.run_sync(Base.metadata.create_all)
    sessions = async_sessionmaker(engine, expire_on_commit=False)
    async with sessions.begin() as session:
        session.add_all(Inbox(address=one["dropbox"], email=one["email"]) for one in inboxes)
        session.add_all(Contact(email=email, name="") for email in known)
    return sessions


def main() -> None:
    """Read where the database is, who has an inbox and whom they know; print the port."""
    given = json.loads(sys.stdin.readline())
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    sessions = loop.run_until_complete(_prepare(given["url"], given["senders"], given["known"]))
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(*given["certificate"])
    controller = UnthreadedController(
        Handler(sessions),
        hostname="127.0.0.1",
        port=0,
        loop=loop,
        server_hostname=given["hostname"],
        tls_context=tls,
    )
    controller.begin()  # type: ignore[no-untyped-call]
    server = cast("asyncio.Server", controller.server)
    print(server.sockets[0].getsockname()[1], flush=True)
    loop.add_reader(sys.stdin, loop.stop)
    loop.run_forever()


if __name__ == "__main__":
    main()
