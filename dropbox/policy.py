"""What an account does about mail whose origin is in doubt."""

from __future__ import annotations

from enum import StrEnum


class Policy(StrEnum):
    """`authentication` in settings and commands."""

    OFF = "off"
    """Nothing is checked; every mail is `unverified`."""
    FLAG = "flag"
    """Checked and shown; nothing is held for it."""
    HOLD_FORGED = "hold_forged"
    REQUIRE = "require"
    """Unverified mail is held too."""

    @property
    def holds(self) -> bool:
        """Whether mail may be held for its verdict; then DNS that fails is waited for."""
        return self in {Policy.HOLD_FORGED, Policy.REQUIRE}
