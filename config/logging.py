"""Logging, set up once by every process: events on standard error, secret addresses masked.

Modules log through `structlog.get_logger()`; `event` is a stable snake_case name.
"""

import contextlib
import io
import logging
import os
import re
import sys
from typing import Literal

import structlog
from structlog.stdlib import ProcessorFormatter
from structlog.typing import EventDict, Processor, WrappedLogger

from config.values import MASK

LogFormat = Literal["console", "json"]

# Whatever the domain: secrets at an earlier mail domain, or at one not in A-label form, count too.
# A token has no dot in it and nothing before it is looked at: linear, however long the line.
_TOKEN = re.compile(r"""\.[a-z2-7]{16,}(?=\\?["']?(?:[+@＠]|%2b|%40))""", re.IGNORECASE)


def configure(log_format: LogFormat) -> None:
    """Send structlog events from INFO and logging records from WARNING on to standard error.

    `json` writes one JSON document a line, in UTF-8; `console` lines for people, coloured on a
    terminal. Times are ISO 8601 in UTC. May be called again; the last call counts.
    """
    if log_format == "json" and isinstance(sys.stderr, io.TextIOWrapper):
        sys.stderr.reconfigure(encoding="utf-8", errors="backslashreplace")
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    rendered = _rendering(log_format)
    structlog.configure(
        processors=[*shared, *rendered],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=_StandardError,
        cache_logger_on_first_use=True,
    )
    handler = _Handler()
    handler.setFormatter(
        ProcessorFormatter(
            foreign_pre_chain=[*shared, structlog.stdlib.add_logger_name],
            processors=[ProcessorFormatter.remove_processors_meta, *rendered],
        )
    )
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
    logging.captureWarnings(capture=True)
    # aiosmtpd logs every RCPT TO as mail.log; our own events say what there is to say.
    aiosmtpd = logging.getLogger("mail")
    aiosmtpd.setLevel(logging.CRITICAL + 1)
    aiosmtpd.handlers = [logging.NullHandler()]
    aiosmtpd.propagate = False
    # It tells of every vain attempt to connect, with a traceback; `database_down` says it in one.
    logging.getLogger("asyncpg.pool").setLevel(logging.ERROR)


def mask(text: str) -> str:
    """Return the text with every dropbox address in it as `hanako.••••@dropbox.example`."""
    return _TOKEN.sub(f".{MASK}", text)


def _rendering(log_format: LogFormat) -> list[Processor]:
    if log_format == "json":
        return [
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(ensure_ascii=False),
            _mask_rendered,
        ]
    console = structlog.dev.ConsoleRenderer(
        colors=os.isatty(2),
        # Strangers choose some values: no line ends or escape sequences of theirs on a terminal.
        repr_native_str=True,
        exception_formatter=structlog.dev.plain_traceback,
    )
    return [console, _mask_rendered]


def _mask_rendered(_logger: WrappedLogger, _method: str, rendered: EventDict) -> str:
    # Last of all, on the finished line: nested values, their reprs and exceptions are in it.
    return mask(str(rendered))


class _StandardError:
    """Writes lines to whatever standard error is at that moment."""

    def __init__(self, *_names: object) -> None:
        pass

    def msg(self, line: str) -> None:
        # A log that nobody reads any more (closed, or None from the start) must not stop the mail.
        with contextlib.suppress(AttributeError, OSError, ValueError):
            sys.stderr.write(f"{line}\n")
            sys.stderr.flush()

    debug = info = warning = warn = error = critical = fatal = exception = log = msg


class _Handler(logging.Handler):
    """Brings the records of other people's packages onto the same lines."""

    def emit(self, record: logging.LogRecord) -> None:
        try:
            line = self.format(record)
        except Exception:  # noqa: BLE001 - logging's own answer prints the arguments, unmasked
            structlog.get_logger().warning("log_record_unreadable", logger=record.name)
        else:
            _StandardError().msg(line)
