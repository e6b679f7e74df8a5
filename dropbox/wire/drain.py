"""Stopping without losing a mail."""

from __future__ import annotations

import asyncio
from typing import Any

import structlog

from dropbox.wire.context import Context

log = structlog.get_logger()

_LAST_MOMENTS = 2.0


async def drain(context: Context, deadline: float) -> bool:
    """End all sessions: idle ones now, those within a mail when it is answered, all at `deadline`.

    `deadline` is in seconds from now. The listening sockets stay open meanwhile, so newcomers are
    told to come again (421) rather than meet a closed port. Returns whether nothing was cut off.
    """
    context.draining = True
    for session in tuple(context.sessions):
        session.shut_down()
    ends = _ends(context)
    if not ends:
        return True
    _, late = await asyncio.wait(ends, timeout=deadline)
    if late:
        log.warning("drain_deadline", sessions=len(context.sessions), mails=len(context.in_flight))
        await _cut_off(context)
    return not late


def _ends(context: Context) -> set[asyncio.Future[Any]]:
    return {*(session.closed for session in context.sessions), *context.in_flight}


async def _cut_off(context: Context) -> None:
    """Abort what is left: no 250 was said for it, so its senders will try again.

    Cancelling the road rolls its transaction back, or comes too late to undo a commit; then the
    retry finds `seen_before`.
    """
    ends = _ends(context)
    for task in tuple(context.in_flight):
        task.cancel()
    for session in tuple(context.sessions):
        if session.transport is not None:
            session.transport.abort()
    if ends:
        await asyncio.wait(ends, timeout=_LAST_MOMENTS)
