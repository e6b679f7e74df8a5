"""Stopping without losing a mail, and without waiting for ever (trap Q)."""

import asyncio
import errno

import pytest

from tests.wire.transcript import ENVELOPE, PATIENCE


async def test_trap_q_draining_does_not_wait_for_idle_clients(wire):
    idle = await wire.connect()
    await idle.run("< 220\n> EHLO me\n< 250")
    draining = asyncio.create_task(wire.server.drain(PATIENCE))
    await idle.run("< 421 4.3.2 Shutting down, try again later\n< EOF")
    await idle.close()
    assert await asyncio.wait_for(draining, PATIENCE)
    assert not wire.context().sessions


class Gone:
    """A transport whose client has reset the connection, which the loop has not noticed yet."""

    def __init__(self, transport):
        self.abort = transport.abort
        self.write = self.can_write_eof = lambda *_: True
        self.is_closing = lambda: False

    def write_eof(self):
        raise OSError(errno.ENOTCONN, "Transport endpoint is not connected")


async def test_trap_q_a_client_gone_unnoticed_does_not_disturb_draining(wire):
    client = await wire.connect()
    await client.run("< 220")
    (session,) = wire.context().sessions
    await wire.until(lambda: session._idle)
    session.transport = Gone(session.transport)
    assert await asyncio.wait_for(wire.server.drain(PATIENCE), PATIENCE)


async def test_trap_q_newcomers_are_told_and_mail_in_flight_is_finished(wire):
    wire.post.gate = asyncio.Event()
    busy = await wire.connect()
    await busy.run(ENVELOPE + "\n> DATA\n< 354\n> hello\n> .")
    await wire.post.arrived.wait()
    half = await wire.connect()
    await half.run(ENVELOPE)
    draining = asyncio.create_task(wire.server.drain(PATIENCE))
    await wire.until(lambda: wire.context().draining)
    await wire.talk("< 421 4.3.2\n< EOF")
    await half.run("> DATA\n< 354\n> other\n> .")
    wire.post.gate.set()
    for client in (busy, half):
        await client.run("< 250 2.0.0 Recorded\n< 421 4.3.2\n< EOF")
        await client.close()
    assert await asyncio.wait_for(draining, PATIENCE)
    assert sorted(wire.post.contents) == [b"hello\r\n", b"other\r\n"]
    with pytest.raises(OSError):
        await wire.connect()


async def test_trap_q_at_the_deadline_everything_is_cut_off(wire):
    wire.post.gate = asyncio.Event()
    stuck, silent = await wire.connect(), await wire.connect()
    await stuck.run(ENVELOPE + "\n> DATA\n< 354\n> hello\n> .")
    await silent.run(ENVELOPE + "\n> DATA\n< 354\n> hel")
    await wire.post.arrived.wait()
    assert not await asyncio.wait_for(wire.server.drain(0.05), PATIENCE)
    for client in (stuck, silent):
        assert b"250" not in await client.read_to_end()
    assert not wire.context().sessions
    assert not wire.context().in_flight
    assert wire.post.mails == []
