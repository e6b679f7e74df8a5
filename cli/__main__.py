"""The entry point of `bcc-dropbox`: next to nothing is imported before errors are caught.

A mail server that pipes into `deliver` sends the mail back to its sender on any exit code that it
does not know, and Python's own for a package that is missing is one of those.
"""

from __future__ import annotations

import os
import sys

from cli.loading import loading

DELIVER = "deliver"
CODES_OF_DELIVER = frozenset({0, 65, 67})
"""That the mail was recorded, or refused for a reason of the table; all else is 75."""
TRY_AGAIN = 75
INTERRUPTED = 130


def main() -> None:
    """Run the command that the arguments name, and exit."""
    arguments = sys.argv[1:]
    code = _run(arguments)
    if code not in CODES_OF_DELIVER and _command(arguments) == DELIVER:
        code = TRY_AGAIN
    sys.exit(code)


def _run(arguments: list[str]) -> int:
    try:
        # Commands import what they need when they run.
        with loading():
            from cli.main import run

        return run(arguments)
    except KeyboardInterrupt:
        return INTERRUPTED
    except Exception as error:
        if os.environ.get("BCC_DROPBOX_DEBUG") == "1":
            raise
        _say(f"this installation is broken: {type(error).__name__}: {error}; mend: install it anew")
        return 1


def _command(arguments: list[str]) -> str:
    # No option of the program itself takes a value.
    return next((one for one in arguments if not one.startswith("-")), "")


def _say(text: str) -> None:
    if sys.stderr is not None:
        sys.stderr.write(f"{' '.join(text.split())}\n")


if __name__ == "__main__":
    main()
