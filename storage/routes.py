"""Who is behind a dropbox address: asked of the database at every RCPT TO, many in one question.

There is no cache, so a changed address is changed for the very next mail, on every daemon, and
an address that never was takes as long as one that is dead. Questions that come while another is
on its way go together in the next one; under load that costs a mail a few microseconds.
"""

from __future__ import annotations

import asyncio
from typing import Any

import asyncpg
import structlog

from dropbox.addresses import DropboxLocal, canonical_domain, read_dropbox_local
from dropbox.envelope import Recipient
from dropbox.filing.outcomes import NotRecorded, Reason
from dropbox.policy import Policy
from storage.ledger import DOWN

MOST_AT_ONCE = 500

ROUTES = """
select d.local, a.account_id, a.user_id, a.id, c.authentication
from address_directory d
join dropbox_address a on a.account_id = d.account_id and a.id = d.address_id
join account c on c.id = d.account_id
where d.local = any($1) and (a.state = 'active' or (a.state = 'grace' and a.grace_until > now()))
"""

FIRST_ACCOUNT = "select id from account order by created_at, id limit 1"

log = structlog.get_logger()


class Routes:
    """Answers RCPT TO. An instance is the wire's `Route`."""

    def __init__(
        self,
        pool: asyncpg.Pool[Any],
        mail_domain: str,
        policy: Policy = Policy.HOLD_FORGED,
    ) -> None:
        """`policy` is that of accounts that set none."""
        self._pool = pool
        self._mail_domain = mail_domain
        self._policy = policy
        self._asked: dict[str, asyncio.Future[Any]] = {}
        self._asking: asyncio.Task[None] | None = None

    async def __call__(self, address: str) -> Recipient | None:
        """Return who is behind `address`, None when nobody is (any more).

        Raises `NotRecorded` (`database_down`) when the question cannot be answered.
        """
        if self._is_postmaster(address):
            return await self._postmaster()
        shaped = read_dropbox_local(address, self._mail_domain)
        if shaped is None:
            return None
        row = await self._ask(shaped.local)
        return None if row is None else self._recipient(shaped, row)

    def _is_postmaster(self, address: str) -> bool:
        """RFC 5321 section 4.5.1: with and without a domain, in any case."""
        local, _, domain = address.rpartition("@") if "@" in address else (address, "", "")
        if local.lower() != "postmaster":
            return False
        return not domain or canonical_domain(domain) == self._mail_domain

    async def _postmaster(self) -> Recipient | None:
        try:
            account_id = await self._pool.fetchval(FIRST_ACCOUNT)
        except DOWN as error:
            raise NotRecorded(Reason.DATABASE_DOWN, type(error).__name__) from error
        if account_id is None:
            return None
        # Held whoever wrote it: there is nothing to find out.
        address = f"postmaster@{self._mail_domain}"
        return Recipient(account_id, None, None, address, policy=Policy.OFF)

    def _recipient(self, shaped: DropboxLocal, row: Any) -> Recipient:
        return Recipient(
            account_id=row["account_id"],
            user_id=row["user_id"],
            address_id=row["id"],
            address=f"{shaped.local}@{self._mail_domain}",
            suffix=shaped.suffix,
            policy=Policy(row["authentication"] or self._policy),
        )

    async def _ask(self, local: str) -> Any:
        answer = self._asked.get(local)
        if answer is None:
            answer = self._asked[local] = asyncio.get_running_loop().create_future()
            if self._asking is None:
                self._asking = asyncio.create_task(self._ask_all())
        return await asyncio.shield(answer)

    async def _ask_all(self) -> None:
        try:
            while self._asked:
                asked = dict(list(self._asked.items())[:MOST_AT_ONCE])
                for local in asked:
                    # Whoever asks from now on has a newer MAIL FROM, and needs a newer answer.
                    del self._asked[local]
                await self._answer(asked)
        finally:
            self._asking = None

    async def _answer(self, asked: dict[str, asyncio.Future[Any]]) -> None:
        try:
            rows = {row["local"]: row for row in await self._pool.fetch(ROUTES, list(asked))}
        except Exception as error:
            if not isinstance(error, DOWN):
                log.exception("routes_failed")
            failure = NotRecorded(Reason.DATABASE_DOWN, type(error).__name__)
            for answer in asked.values():
                if not answer.done():
                    answer.set_exception(failure)
                    answer.exception()
            return
        for local, answer in asked.items():
            if not answer.done():
                answer.set_result(rows.get(local))
