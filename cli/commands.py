"""Every command by name, imported when it is asked for.

The program starts anew for each mail that is piped into `deliver`, and for each command of a
script: what other commands need is not loaded then.
"""

from __future__ import annotations

from collections import UserDict
from importlib import import_module
from typing import Any

import typer

from cli.group import Group, plain
from cli.loading import loading

HIDDEN = frozenset({"run"})
"""`make run` calls it, and says what it does."""

MODULES = {
    "serve": "cli.serve:serve",
    "run": "cli.serve:run",
    "migrate": "cli.migrate:migrate",
    "account": "cli.account:app",
    "user": "cli.user:app",
    "address": "cli.address:app",
    "sender": "cli.sender:app",
    "rule": "cli.rule:app",
    "never-log": "cli.never_log:app",
    "person": "cli.person:app",
    "mail": "cli.mail:app",
    "held": "cli.held:app",
    "explain": "cli.explain:explain",
    "deliver": "cli.deliver:app",
    "import": "cli.importing:import_mail",
    "reprocess": "cli.reprocess:reprocess",
    "doctor": "cli.doctor:doctor",
    "stats": "cli.stats:stats",
    "config": "cli.configuration:app",
}
"""Name to `module:object`, a function or an app, in the order in which help lists them."""


class OnDemand(UserDict[str, Any]):
    """The commands of the program by name; each is imported when it is looked up."""

    def __init__(self) -> None:
        super().__init__(dict.fromkeys(MODULES))

    def __getitem__(self, name: str) -> Any:
        made = self.data[name]
        if made is None:
            self.data[name] = made = _command(name)
        return made


class Program(Group):
    """The group of all commands."""

    def __init__(self, **attributes: Any) -> None:
        super().__init__(**{**attributes, "commands": OnDemand()})


def _command(name: str) -> Any:
    module, _, attribute = MODULES[name].partition(":")
    with loading():
        found = getattr(import_module(module), attribute)
    if not isinstance(found, typer.Typer):
        app = plain()
        app.command(name, hidden=name in HIDDEN)(found)
        found = app
    command = typer.main.get_command(found)
    command.name = name
    return command
