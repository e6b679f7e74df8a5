"""`bcc-dropbox`: every command, and the one place where errors become one line."""

from __future__ import annotations

import io
import os
import sys
import traceback

from cli import (
    account,
    address,
    configuration,
    held,
    mail,
    never_log,
    output,
    person,
    rule,
    sender,
    user,
)
from cli.deliver import TRY_AGAIN, Deliver, deliver
from cli.doctor import doctor
from cli.explain import explain
from cli.failures import explain as explain_failure
from cli.group import USAGE, group
from cli.importing import import_mail
from cli.migrate import migrate
from cli.quiet import log_nothing
from cli.reprocess import reprocess
from cli.serve import run as run_all
from cli.serve import serve
from cli.stats import stats
from config import configure_logging

PROGRAM = "bcc-dropbox"
INTERRUPTED = 130
DEBUG_VARIABLE = "BCC_DROPBOX_DEBUG"

app = group("Records Bcc copies of mail on the timelines of its customers.", completion=True)
app.command()(serve)
app.command("run", hidden=True)(run_all)
app.command()(migrate)
app.add_typer(account.app, name="account")
app.add_typer(user.app, name="user")
app.add_typer(address.app, name="address")
app.add_typer(sender.app, name="sender")
app.add_typer(rule.app, name="rule")
app.add_typer(never_log.app, name="never-log")
app.add_typer(person.app, name="person")
app.add_typer(mail.app, name="mail")
app.add_typer(held.app, name="held")
app.command()(explain)
app.command(cls=Deliver)(deliver)
app.command("import")(import_mail)
app.command()(reprocess)
app.command()(doctor)
app.command()(stats)
app.add_typer(configuration.app, name="config")


def run(arguments: list[str]) -> int:
    """Run the command that `arguments` name and return its exit code; raises nothing."""
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
        code = TRY_AGAIN if arguments[0] == "deliver" else USAGE
        return output.fail("an argument is not valid text", code)
    try:
        code = app(args=arguments, prog_name=PROGRAM, standalone_mode=False)
        output.flush()
    except KeyboardInterrupt:
        return INTERRUPTED
    except output.NobodyReads:
        return 0
    except Exception as error:  # noqa: BLE001 - this is where they all end
        if debug:
            traceback.print_exception(error)
        return explain_failure(error)
    return code if isinstance(code, int) else 0


def _is_text(argument: str) -> bool:
    return not any("\ud800" <= character <= "\udfff" for character in argument)
