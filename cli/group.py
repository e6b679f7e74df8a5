"""A noun with its commands; alone it shows what they are."""

from __future__ import annotations

from typing import Any

import typer
from typer.core import TyperGroup

from cli import output

USAGE = 2
UNCUT = 10_000


class Group(TyperGroup):
    """A group whose list of commands has whole sentences, wrapped where the terminal ends."""

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """Write the commands that are shown, each with the first sentence of its help."""
        found = [(name, self.get_command(ctx, name)) for name in self.list_commands(ctx)]
        rows = [
            (name, one.get_short_help_str(UNCUT)) for name, one in found if one and not one.hidden
        ]
        with formatter.section("Commands"):
            formatter.write_dl(rows)


def plain(**options: Any) -> typer.Typer:
    """Return an app without anything in it."""
    options = {"add_completion": False, **options}
    return typer.Typer(rich_markup_mode=None, pretty_exceptions_enable=False, **options)


def group(help_text: str, **options: Any) -> typer.Typer:
    """Return an app for commands that share a noun."""
    app = plain(help=help_text, **{"cls": Group, **options})

    @app.callback(invoke_without_command=True, help=help_text)
    def alone(context: typer.Context) -> None:
        if context.invoked_subcommand is None:
            output.say(context.get_help())
            raise typer.Exit(USAGE)

    return app
