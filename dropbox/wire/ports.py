"""What the wire needs from behind it, as two callables that whoever starts it hands in."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from dropbox.envelope import Envelope, Recipient
from dropbox.filing.delivery import Delivery

Route = Callable[[str], Awaitable[Recipient | None]]
"""Who is behind this RCPT TO address? None: nobody (any more).

Raises `NotRecorded` when the question cannot be answered now (`database_down`).
"""

Accept = Callable[[Envelope], Awaitable[Sequence[Delivery]]]
"""Take a mail down the road; returns after the commit, one delivery per recipient, in order.

Raises `NotRecorded` when nothing was written; anything else that it raises is a 451 too. The
caller closes `envelope.content` afterwards. Cancelling the caller does not undo a commit.
"""
