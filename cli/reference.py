"""What the documentation says of the commands, written from the commands themselves.

`python -m cli.reference` writes `docs/commands.md`.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer
from typer.core import TyperGroup

from cli.deliver import NO_USER, REFUSED, TRY_AGAIN
from cli.group import USAGE
from cli.main import INTERRUPTED, PROGRAM, app

CHECKOUT = Path(__file__).resolve().parent.parent

_HEAD = f"""\
# Commands

`{PROGRAM}` is one program with a command for each thing to do; after `make run` it lies in
`.venv/bin/`. `{PROGRAM} COMMAND --help` says here what stands on this page. Every command reads
the same [settings](settings.md).

- **Who is meant.** A user is named by the primary address, which is unique on the installation. A
  person is named by an address or an id; where a lead and a contact share an address, the contact
  is meant.
- **Accounts.** What only reads covers all accounts unless `--account NAME` is said. What writes
  needs it only where there are several, and no user's address and no id decides.
- **Output.** Tables for people: on a terminal a row that is too wide goes on beneath, in a pipe
  each is one line. Times are UTC, but in `stats`, which counts the days of an account. With
  `--json` one JSON document, keys in snake_case, times in ISO 8601 and UTC.
- **Errors.** One line on standard error, and an exit code.
- **Time.** A change counts for every mail whose MAIL FROM comes after the command has ended.

## Exit codes

| code | meaning |
|---|---|
| 0 | done; for `doctor`: no problem, perhaps warnings |
| 1 | refused, not found, or something is down: the line says which. `doctor`: there is a problem |
| {USAGE} | wrong usage: an unknown option, a missing argument, several accounts and none named |
| {INTERRUPTED} | interrupted with Ctrl-C |

`deliver` is called by mail servers, which send a mail back on any code that they do not know. So
it ends in these alone (`sysexits.h`):

| code | meaning |
|---|---|
| 0 | recorded |
| {REFUSED} | refused for good: too big, in circles, bare line ends |
| {NO_USER} | one of the addresses does not exist; recorded for none |
| {TRY_AGAIN} | anything else, wrong usage and wrong settings included: try again later |

## Shell completion

`{PROGRAM} --install-completion` installs completion of commands, options and their choices for
the shell that it is called from (bash 4.4 or later, zsh, fish, PowerShell), for this user; it
counts from the next shell on. `{PROGRAM} --show-completion` prints the script instead. For a
package, or another shell than the one at hand, name the shell:

```sh
_BCC_DROPBOX_COMPLETE=source_bash {PROGRAM} > /etc/bash_completion.d/{PROGRAM}
_BCC_DROPBOX_COMPLETE=source_zsh {PROGRAM} > /usr/share/zsh/site-functions/_{PROGRAM}
_BCC_DROPBOX_COMPLETE=source_fish {PROGRAM} > /usr/share/fish/vendor_completions.d/{PROGRAM}.fish
```

`{PROGRAM}` has to be on the `PATH`: the script asks it.

<!-- Written by `python -m cli.reference` from the commands themselves. -->
"""


def commands_page() -> str:
    """Return the page of the documentation, in Markdown, with every command."""
    root: Any = typer.main.get_command(app)
    context = root.context_class(root, info_name=PROGRAM)
    shown = _shown(root)
    index = "".join(f"- {_link(one, _summary(one))}\n" for one in shown)
    sections = [section for one in shown for section in _sections(one, context, 2)]
    return "\n".join([_HEAD, f"## All commands\n\n{index}", *sections])


def _shown(group: Any) -> list[Any]:
    return [one for one in group.commands.values() if not one.hidden]


def _link(command: Any, summary: str) -> str:
    return f"[`{command.name}`](#{command.name}): {summary}"


def _summary(command: Any) -> str:
    first = command.help.partition("\n\n")[0]
    return _escaped(" ".join(first.split()))


def _sections(command: Any, parent: Any, depth: int) -> Iterator[str]:
    context = command.context_class(command, info_name=command.name, parent=parent)
    path = context.command_path.removeprefix(f"{PROGRAM} ")
    heading = f"{'#' * depth} {path}\n"
    if isinstance(command, TyperGroup):
        yield f"{heading}\n{_escaped(command.help or '')}\n"
        for one in _shown(command):
            yield from _sections(one, context, depth + 1)
        return
    usage = " ".join([context.command_path, *_usage(command.params)])
    lines = "".join(_parameter(one, context) for one in command.params)
    yield f"{heading}\n```sh\n{usage}\n```\n\n{_escaped(command.help)}\n\n{lines}".rstrip() + "\n"


def _usage(parameters: list[Any]) -> Iterator[str]:
    for one in parameters:
        more = "..." if one.nargs != 1 or one.multiple else ""
        if one.param_type_name == "argument":
            # A metavar may say so itself.
            name = (one.metavar or one.name.upper()).removesuffix("...")
            yield f"{name}{more}" if one.required else f"[{name}{more}]"
        elif one.required:
            yield f"{one.opts[0]} {one.metavar}{more}"
    if any(one.param_type_name == "option" and not one.required for one in parameters):
        yield "[OPTIONS]"


def _parameter(parameter: Any, context: Any) -> str:
    """Return the line of an argument or option; none for what is hidden."""
    record = parameter.get_help_record(context)
    if record is None:
        return ""
    name = record[0].removesuffix(" <str>")
    notes = [_escaped(parameter.help or "")]
    if parameter.required:
        notes.append("Required.")
    elif parameter.default and not parameter.is_flag:
        notes.append(f"Default: `{parameter.default}`.")
    return f"- `{name}`: {' '.join(notes)}\n"


def _escaped(text: str) -> str:
    """Return text that Markdown shows as it is."""
    return text.replace("<", "&lt;").replace("*", "\\*").strip()


if __name__ == "__main__":
    (CHECKOUT / "docs" / "commands.md").write_text(commands_page(), "utf-8")
