"""For commands, which say themselves, in one line, what a daemon would log.

What they print may be read by a program, and what they say by a mail server that sends it on.
"""

from __future__ import annotations

import logging

import structlog


def log_nothing() -> None:
    """Keep events and other packages' records off the terminal, until logging is configured."""
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL),
        # Its own default is standard output, where the JSON goes.
        logger_factory=structlog.ReturnLoggerFactory(),
    )
    # Without any handler Python prints warnings, and asyncpg's come with a traceback.
    logging.basicConfig(handlers=[logging.NullHandler()])
