"""What was written: one mail at one dropbox address."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from dropbox.envelope import Recipient
from dropbox.filing.outcomes import OUTCOMES, Outcome, Reason, Reply


@dataclass(frozen=True, slots=True)
class Delivery:
    """The committed end of one mail at one dropbox address."""

    delivery_id: UUID
    recipient: Recipient
    reason: Reason
    note: str = ""

    @property
    def outcome(self) -> Outcome:
        return OUTCOMES[self.reason].outcome

    @property
    def reply(self) -> Reply:
        """What LMTP answers for this recipient (RFC 2033 section 4.2)."""
        return OUTCOMES[self.reason].reply
