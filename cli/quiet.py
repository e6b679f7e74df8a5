"""For commands that say themselves, in one line, what a daemon would log."""

from __future__ import annotations

import logging

import structlog


def log_nothing() -> None:
    """Keep events and other packages' records off the terminal, from now on."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    # Without any handler Python prints warnings, and asyncpg's come with a traceback.
    logging.basicConfig(handlers=[logging.NullHandler()])
