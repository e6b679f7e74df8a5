"""A ledger, as the settings say."""

from __future__ import annotations

from config import Settings
from dropbox.metrics import Metrics
from dropbox.policy import Policy
from storage.access import Pool
from storage.ledger import Gained, Ledger
from storage.routes import Routes


def ledger_of(
    opened: Pool,
    settings: Settings,
    gained: Gained = lambda _: None,
    metrics: Metrics | None = None,
) -> Ledger:
    """Return the one writer of mail of this process; `gained` as the ledger says."""
    return Ledger(
        opened,
        settings.mail_domain,
        held_quota=settings.held_quota,
        policy=Policy(settings.authentication),
        gained=gained,
        metrics=metrics,
    )


def routes_of(opened: Pool, settings: Settings) -> Routes:
    """Return who answers RCPT TO."""
    return Routes(opened, settings.mail_domain, Policy(settings.authentication))
