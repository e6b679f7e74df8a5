"""`bcc-dropbox`: every command, and the one place where errors become one line."""

from __future__ import annotations

import io
import os
import sys
import traceback

from cli import output
from cli.commands import Program
from cli.group import USAGE, group
from cli.quiet import log_nothing
from config import configure_logging

PROGRAM = "bcc-dropbox"
INTERRUPTED = 130
DEBUG_VARIABLE = "BCC_DROPBOX_DEBUG"

app = group(
    "Records Bcc copies of mail on the timelines of its customers.",
    cls=Program,
    add_completion=True,
)


def run(arguments: list[str]) -> int:
    """Run the command that `arguments` name and return its exit code.

    Raises ImportError where the installation is broken, and nothing else.
    """
    # Out of the environment at once: it is no setting, and settings that nobody knows are refused.
    debug = os.environ.pop(DEBUG_VARIABLE, "") == "1"
    if debug:
        configure_logging("console")
    else:
        log_nothing()
    if isinstance(sys.stdout, io.TextIOWrapper):
        # A name that this terminal's character set does not have is no reason to print nothing.
        sys.stdout.reconfigure(errors="backslashreplace")
    if not all(_is_text(one) for one in arguments):
        # A mail server sends the mail back on any other code.
        code = os.EX_TEMPFAIL if arguments[0] == "deliver" else USAGE
        return output.fail("an argument is not valid text", code)
    try:
        code = app(args=arguments, prog_name=PROGRAM, standalone_mode=False)
        output.flush()
    except KeyboardInterrupt:
        return INTERRUPTED
    except output.NobodyReads:
        return 0
    except Exception as error:
        if debug:
            traceback.print_exception(error)
        if isinstance(error, ImportError):
            raise
        from cli.failures import explain

        return explain(error)
    return code if isinstance(code, int) else 0


def _is_text(argument: str) -> bool:
    return not any("\ud800" <= character <= "\udfff" for character in argument)
