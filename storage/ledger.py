"""Writes mail: many in one transaction, every promise a constraint, 250 after the commit alone.

Sessions hand in what they have ready and wait. As soon as the previous transaction is done, all
that wait are taken through one: one reading of what is known, `decide` for each in turn, one
insert. Where the database took fewer rows than were decided, somebody else was faster: roll back,
read, decide again.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter, deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any
from uuid import UUID

import asyncpg
import structlog

from dropbox.content import CHUNK_BYTES, Content
from dropbox.crashpoints import Point, reached
from dropbox.exposure import concealed_arrival
from dropbox.filing.decide import decide, unreadable
from dropbox.filing.decision import Arrival, Decision
from dropbox.filing.delivery import Delivery
from dropbox.filing.outcomes import NotRecorded, Reason
from dropbox.filing.standing import Facts, Standing
from dropbox.metrics import Metrics
from dropbox.policy import Policy
from storage import raw, released
from storage.insert import INSERT, arguments, expected
from storage.rows import Batch, RawMail
from storage.standing import read_standing

MOST_AT_ONCE = 64
"""Mails in one transaction; beyond it only latency grows."""

ALONE_BYTES = 256 * 1024
"""A mail above this commits alone, so that it delays nobody."""

MOST_ATTEMPTS = 20
"""Races that one batch may lose before its senders are asked to come again."""

OVERTAKEN = (
    asyncpg.SerializationError,
    asyncpg.DeadlockDetectedError,
)
CULPRIT = (
    asyncpg.DataError,
    asyncpg.IntegrityConstraintViolationError,
    asyncpg.ProgramLimitExceededError,
)
"""SQLSTATE classes 22 and 23, and 54000: one mail of the batch cannot be written as it is.

54000 is an index entry beyond a third of a page. The reader caps everything that is indexed far
below that; should it miss one, a mail must not keep its whole batch out, again and again.
"""

DOWN = (
    OSError,
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    # The driver's own state, when a connection breaks while it is being given up.
    asyncpg.InternalClientError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.ReadOnlySQLTransactionError,
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.InvalidCatalogNameError,
    TimeoutError,
)

MOST_ATTEMPTS_TOGETHER = 4
"""Races that several mails may lose together before each half goes on by itself."""

log = structlog.get_logger()


Gained = Callable[[set[tuple[UUID, str]]], None]
"""Told after a commit which addresses, by account, have a person now who had none."""


class Overtaken(Exception):
    """Somebody else wrote first what this batch had decided to write."""


@dataclass(slots=True, eq=False)
class _Mail:
    """All arrivals of one envelope, and who waits for them."""

    arrivals: Sequence[Arrival]
    done: asyncio.Future[tuple[Delivery, ...]] = field(
        default_factory=lambda: asyncio.get_running_loop().create_future()
    )
    errors: list[str] = field(default_factory=list)
    """Why the database would not take it, each time it was tried alone."""

    @property
    def culprit(self) -> str:
        """Empty unless it was refused twice: once may be a row that went away meanwhile."""
        return self.errors[-1] if len(self.errors) > 1 else ""

    @property
    def content(self) -> Content:
        return self.arrivals[0].envelope.content


class Ledger:
    """The one writer of mail in a process. `record` is the `Record` of the intake."""

    def __init__(
        self,
        pool: asyncpg.Pool[Any],
        mail_domain: str,
        *,
        held_quota: int = 200,
        policy: Policy = Policy.HOLD_FORGED,
        gained: Gained = lambda _: None,
        metrics: Metrics | None = None,
    ) -> None:
        self._pool = pool
        self._mail_domain = mail_domain
        self._held_quota = held_quota
        self._policy = policy
        self._gained = gained
        self._metrics = metrics or Metrics()
        self._waiting: deque[_Mail] = deque()
        self._batches: Counter[int] = Counter()
        self._compressor = raw.BatchCompressor()
        self._writer: asyncio.Task[None] | None = None

    async def record(self, arrivals: Sequence[Arrival]) -> tuple[Delivery, ...]:
        """Write all arrivals of one envelope; returns after the commit, in their order.

        Cancelling the caller does not undo it. Raises `NotRecorded` when nothing was written.
        """
        mail = _Mail([concealed_arrival(one, self._mail_domain) for one in arrivals])
        if mail.content.size > ALONE_BYTES:
            return await asyncio.shield(asyncio.ensure_future(self._alone(mail)))
        self._waiting.append(mail)
        if self._writer is None:
            self._writer = asyncio.create_task(self._write_all())
        return await mail.done

    async def foresee(self, arrivals: Sequence[Arrival]) -> tuple[Decision, ...]:
        """Return what `record` would decide now; writes nothing."""
        arrivals = [concealed_arrival(one, self._mail_domain) for one in arrivals]
        async with self._pool.acquire() as connection:
            return tuple(decision for decision, _ in await self._decide(connection, arrivals))

    async def _write_all(self) -> None:
        try:
            while self._waiting:
                count = min(len(self._waiting), MOST_AT_ONCE)
                await self._settle([self._waiting.popleft() for _ in range(count)])
        finally:
            self._writer = None

    async def _alone(self, mail: _Mail) -> tuple[Delivery, ...]:
        await self._settle([mail])
        return await mail.done

    async def _settle(self, mails: Sequence[_Mail]) -> None:
        """Write `mails` and tell everybody who waits what became of theirs."""
        try:
            written = await self._write(mails)
        except CULPRIT as error:
            await self._split(mails, error)
        except Overtaken:
            # One of them cannot win: the others must not pay for it.
            await self._halve(mails)
        except released.AlreadyDecided:
            if len(mails) == 1:
                busy = NotRecorded(Reason.BUSY, "somebody else has decided about this mail")
                _fail(mails, busy)
            else:
                await self._halve(mails)
        except NotRecorded as error:
            _fail(mails, error)
        except DOWN as error:
            log.warning("database_down", error=type(error).__name__)
            _fail(mails, NotRecorded(Reason.DATABASE_DOWN, type(error).__name__))
        except BaseException as error:
            _fail(mails, NotRecorded(Reason.DATABASE_DOWN, type(error).__name__))
            if not isinstance(error, Exception):
                raise
            log.exception("ledger_failed")
        else:
            for mail, deliveries in zip(mails, written, strict=True):
                if not mail.done.done():
                    mail.done.set_result(deliveries)

    async def _split(self, mails: Sequence[_Mail], error: asyncpg.PostgresError) -> None:
        """Find the mail that the database cannot take; that one alone is held as it came."""
        if len(mails) == 1:
            mail = mails[0]
            if mail.culprit or any(one.release for one in mail.arrivals):
                _fail(mails, NotRecorded(Reason.DATABASE_DOWN, mail.culprit))
                return
            log.warning("mail_not_taken", sqlstate=error.sqlstate, error=type(error).__name__)
            mail.errors.append(f"{type(error).__name__} {error.sqlstate}")
            await self._settle(mails)
            return
        await self._halve(mails)

    async def _halve(self, mails: Sequence[_Mail]) -> None:
        middle = len(mails) // 2
        await self._settle(mails[:middle])
        await self._settle(mails[middle:])

    async def _write(self, mails: Sequence[_Mail]) -> list[tuple[Delivery, ...]]:
        framing = self._compressor.begin([mail.content for mail in mails])
        for attempt in range(MOST_ATTEMPTS):
            began = time.perf_counter()
            try:
                async with self._pool.acquire() as connection:
                    await self._plan_anew(connection)
                    reached(Point.CONNECTED)
                    async with connection.transaction():
                        reached(Point.BEGUN)
                        written, gained = await self._write_once(connection, mails, framing)
                        wrote = time.perf_counter()
                    committed = time.perf_counter()
                    reached(Point.COMMITTED)
            except (Overtaken, *OVERTAKEN):
                log.debug("overtaken", attempt=attempt, mails=len(mails))
                if len(mails) > 1 and attempt + 1 >= MOST_ATTEMPTS_TOGETHER:
                    raise Overtaken from None
            else:
                self._metrics.batch_mails.observe(len(mails))
                self._metrics.transaction_seconds.observe(committed - began)
                self._metrics.commit_seconds.observe(committed - wrote)
                if gained:
                    self._gained(gained)
                return written
        raise NotRecorded(Reason.BUSY, "lost too many races")

    async def _plan_anew(self, connection: Any) -> None:
        """Forget plans after 1, 2, 4, 8 ... batches of a session.

        A plan made when the tables were empty picks any index, and nothing replaces it until the
        first autoanalyze: measured, 13 ms a mail instead of 1.2 after the first 3,000 mails.
        """
        session = connection.get_server_pid()
        self._batches[session] += 1
        if self._batches[session].bit_count() == 1:
            await connection.execute("discard plans")

    async def _write_once(
        self, connection: Any, mails: Sequence[_Mail], framing: raw.Framing | None
    ) -> tuple[list[tuple[Delivery, ...]], set[tuple[UUID, str]]]:
        arrivals = [arrival for mail in mails for arrival in mail.arrivals]
        culprits = {
            id(one): mail.culprit for mail in mails for one in mail.arrivals if mail.culprit
        }
        await released.lock(connection, arrivals)
        reached(Point.LOCKED)
        decided = await self._decide(connection, arrivals, culprits)
        reached(Point.KNOWN)
        batch = Batch(self._mail_domain)
        for decision, facts in decided:
            batch.add(decision, facts.key)
        for decision, facts in decided:
            if release := decision.arrival.release:
                await released.redecide(connection, decision, release, facts.key)
        await insert(connection, batch, await framing if framing else {})
        for decision, _ in decided:
            for one in decision.messages:
                await settle_others(connection, one)
            if release := decision.arrival.release:
                await released.settle_raw(connection, decision, release)
        reached(Point.SETTLED)
        deliveries = iter([_delivery(decision) for decision, _ in decided])
        gained = {(row[0], row[1]) for row in batch.rows["person_email"]}
        return [tuple(next(deliveries) for _ in mail.arrivals) for mail in mails], gained

    async def _decide(
        self, connection: Any, arrivals: Sequence[Arrival], culprits: dict[int, str] | None = None
    ) -> list[tuple[Decision, Facts]]:
        known = await read_standing(connection, arrivals)
        decided: list[tuple[Decision, Facts]] = []
        for arrival in arrivals:
            account_id, user_id = arrival.recipient.account_id, arrival.recipient.user_id
            facts = known.facts.get(account_id, Facts())
            user = known.users[user_id] if user_id else None
            if culprit := (culprits or {}).get(id(arrival)):
                decision = unreadable(arrival, culprit, facts)
            else:
                standing = Standing(user, self._mail_domain, facts, self._held_quota, self._policy)
                decision = decide(arrival, standing)
            known.facts[account_id] = facts.after(decision)
            decided.append((decision, facts))
        return decided


async def insert(
    connection: Any, batch: Batch, frames: Mapping[Content, bytes] = MappingProxyType({})
) -> None:
    """Insert all rows of `batch`; `frames` are those whole mails that are compressed already.

    Raises Overtaken when somebody else wrote one of the rows first.
    """
    large = {}
    for (account_id, raw_id), kept in batch.raws.items():
        batch.rows["raw_mail"].append(
            (account_id, raw_id, kept.size, kept.received_at, kept.expires_at)
        )
        if kept.size > CHUNK_BYTES:
            large[account_id, raw_id] = kept
        else:
            batch.rows["raw_chunk"].append((account_id, raw_id, 0, _frame(kept, frames)))
    for rows in batch.rows.values():
        # Everybody locks in one order, so two batches cannot wait for each other in a circle.
        rows.sort(key=_sort_key)
    counts = await connection.fetchrow(INSERT, *arguments(batch.rows))
    reached(Point.INSERTED)
    if tuple(counts) != expected(batch.rows):
        raise Overtaken
    for (account_id, raw_id), kept in large.items():
        await raw.write_frames(connection, account_id, raw_id, kept.content)


def _sort_key(row: tuple[Any, ...]) -> tuple[Any, ...]:
    # Numbers: comparing identifiers themselves, or their text, costs four times as much.
    first = row[1]
    return (first.int if isinstance(first, UUID) else first, *row[2:3])


def _frame(kept: RawMail, frames: Mapping[Content, bytes]) -> bytes:
    made = frames.get(kept.content) if kept.size == kept.content.size else None
    return made or raw.frame(kept.content.read()[: kept.size])


async def settle_others(connection: Any, decision: Decision) -> None:
    """Change the few older rows that a decision touches: held mail, threads, addresses, senders."""
    account_id = decision.arrival.recipient.account_id
    at = decision.arrival.envelope.received_at
    if decision.resolves:
        await connection.execute(
            "update delivery set resolved_at = $3, resolution = 'filed'"
            " where account_id = $1 and id = any($2) and resolved_at is null",
            account_id,
            list(decision.resolves),
            at,
        )
        await released.let_go(connection, account_id, decision.resolves)
    if decision.thread and decision.thread.joins:
        joined = await connection.fetch(
            "update thread set joined_into = $3"
            " where account_id = $1 and id = any($2) and joined_into is null returning id",
            account_id,
            list(decision.thread.joins),
            decision.thread.thread_id,
        )
        if len(joined) != len(decision.thread.joins):
            raise Overtaken
    if decision.bouncing:
        await connection.execute(
            "update person_email set bouncing_at = $3 where account_id = $1 and email = any($2)",
            account_id,
            list(decision.bouncing),
            at,
        )
    if decision.proves:
        await connection.execute(
            "update allowed_sender set status = 'active', code = null, code_until = null"
            " where account_id = $1 and user_id = $2 and email = $3",
            account_id,
            decision.arrival.recipient.user_id,
            decision.proves,
        )


def _delivery(decision: Decision) -> Delivery:
    arrival = decision.arrival
    return Delivery(arrival.delivery_id, arrival.recipient, decision.reason, decision.note)


def _fail(mails: Sequence[_Mail], error: NotRecorded) -> None:
    for mail in mails:
        if not mail.done.done():
            mail.done.set_exception(error)
            mail.done.exception()
