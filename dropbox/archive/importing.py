"""An archive on its way down the road: many mails at a time, a bounded number of bytes."""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime

from dropbox.archive.items import Item
from dropbox.content import Content
from dropbox.envelope import Authority, Envelope, Recipient
from dropbox.filing.outcomes import OUTCOMES, NotRecorded, Outcome, Reason
from dropbox.wire.failures import describe
from dropbox.wire.ports import Accept

MOST_IN_FLIGHT = 128
"""Twice what the ledger writes in one transaction: as many are read meanwhile."""

MOST_BYTES = 64 << 20
"""Of all mails in flight; a single larger one goes alone. Above 256 KB each waits on disk."""

BATCH_BYTES = 1 << 20
"""So much is read ahead, in a thread."""

MOST_ATTEMPTS = 4
MOST_FAILURES_IN_A_ROW = 20
"""After these it is not the mails."""

Failed = Callable[[str, str], None]
"""Told the name of a mail that was not recorded, and why."""


class Import:
    """Takes the mails of an archive down the road under the import authority, for one user.

    Repeatable: a mail that is recorded already ends as a duplicate. `received_at` is the moment of
    the import; timelines go by the Date of each mail.
    """

    def __init__(
        self,
        accept: Accept,
        recipient: Recipient,
        answers: Callable[[], Awaitable[bool]],
        failed: Failed,
    ) -> None:
        """`answers` asks whether the database does; `failed` hears of each failure at once."""
        self._accept = accept
        self._recipient = recipient
        self._answers = answers
        self._failed = failed
        self._in_flight: set[asyncio.Task[None]] = set()
        self._bytes_in_flight = 0
        self._landed = asyncio.Event()
        self._again = asyncio.Lock()
        self._failures_in_a_row = 0
        self.recorded: Counter[Reason] = Counter()
        """How many mails ended how."""
        self.failures = 0
        self.passed_over = 0
        """Files that are no mail."""
        self.bytes_done = 0
        """Of the archive."""
        self.stopped = False
        self.lost = ""
        """Why it could not go on; empty when the database took, or refused, every mail."""

    @property
    def mails(self) -> int:
        """How many mails have ended somehow."""
        return sum(self.recorded.values()) + self.failures

    def stop(self) -> None:
        """Take no further mail; `run` returns once those in flight are done."""
        self.stopped = True
        self._landed.set()

    async def run(self, items: Iterator[Item]) -> None:
        """Take all `items`; returns when the last one is done, or soon after `stop`."""
        reading = _start_reading(items)
        try:
            while (batch := await reading) and not self.stopped:
                reading = _start_reading(items)
                for item in batch:
                    await self._take(item)
        finally:
            while self._in_flight:
                await asyncio.wait(self._in_flight)
            _close(await reading)

    async def _take(self, item: Item) -> None:
        if item.content is None:
            self._note(item)
            return
        while self._is_full(item.content.size) and not self.stopped:
            self._landed.clear()
            await self._landed.wait()
        if self.stopped:
            item.content.close()
            return
        self._bytes_in_flight += item.content.size
        task = asyncio.create_task(self._record(item, item.content))
        self._in_flight.add(task)
        task.add_done_callback(self._land)

    def _land(self, task: asyncio.Task[None]) -> None:
        self._in_flight.discard(task)
        self._landed.set()

    def _is_full(self, size: int) -> bool:
        if not self._in_flight:
            return False
        return len(self._in_flight) >= MOST_IN_FLIGHT or self._bytes_in_flight + size > MOST_BYTES

    def _note(self, item: Item) -> None:
        if self.stopped:
            return
        self.bytes_done += item.size
        if item.problem:
            self._fail(item, item.problem)
        else:
            self.passed_over += 1

    async def _record(self, item: Item, content: Content) -> None:
        size = content.size
        try:
            reason = await self._deliver(content)
        except NotRecorded as failure:
            self._not_recorded(item, str(failure))
        except Exception as error:  # noqa: BLE001 - one mail must not end the others
            self._not_recorded(
                item,
                "something went wrong that should not: {error}, {where}".format(**describe(error)),
            )
        else:
            self.recorded[reason] += 1
            self.bytes_done += item.size
            self._failures_in_a_row = 0
        finally:
            content.close()
            self._bytes_in_flight -= size

    async def _deliver(self, content: Content) -> Reason:
        try:
            return await self._deliver_once(content)
        except NotRecorded as failure:
            if not await self._is_worth_another(failure):
                raise
            last = failure
        # One at a time: whichever mail it was that spoilt a batch, it now spoils only its own.
        async with self._again:
            for _ in range(MOST_ATTEMPTS - 1):
                try:
                    return await self._deliver_once(content)
                except NotRecorded as failure:
                    last = failure
                if not await self._is_worth_another(last):
                    break
        raise last

    async def _deliver_once(self, content: Content) -> Reason:
        (delivery,) = await self._accept(
            Envelope(
                peer="",
                helo="",
                mail_from="",
                recipients=(self._recipient,),
                content=content,
                received_at=datetime.now(UTC),
                authority=Authority.IMPORT,
            )
        )
        return delivery.reason

    async def _is_worth_another(self, failure: NotRecorded) -> bool:
        if self.lost or OUTCOMES[failure.reason].outcome is Outcome.REFUSED:
            return False
        if failure.reason is Reason.DATABASE_DOWN and not await self._answers():
            self._lose(str(failure))
            return False
        return True

    def _not_recorded(self, item: Item, why: str) -> None:
        if self.lost:
            # Not this mail's fault: the next run finds it.
            return
        self._failures_in_a_row += 1
        if self._failures_in_a_row >= MOST_FAILURES_IN_A_ROW:
            self._lose(why)
        self.bytes_done += item.size
        self._fail(item, why)

    def _fail(self, item: Item, why: str) -> None:
        self.failures += 1
        self._failed(item.name, why)

    def _lose(self, why: str) -> None:
        self.lost = self.lost or why
        self.stop()


def _start_reading(items: Iterator[Item]) -> asyncio.Future[list[Item]]:
    return asyncio.ensure_future(asyncio.to_thread(_some, items))


def _some(items: Iterator[Item]) -> list[Item]:
    batch: list[Item] = []
    size = 0
    for item in items:
        batch.append(item)
        size += item.size
        if size >= BATCH_BYTES or len(batch) >= MOST_IN_FLIGHT:
            break
    return batch


def _close(items: list[Item]) -> None:
    for item in items:
        if item.content is not None:
            with contextlib.suppress(OSError):
                item.content.close()
