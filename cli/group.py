"""A noun with its commands; alone it shows what they are."""

from __future__ import annotations

import typer

from cli import output

USAGE = 2


def group(help_text: str, *, completion: bool = False) -> typer.Typer:
    """Return an app for commands that share a noun; `completion` is for the one above them all."""
    app = typer.Typer(
        help=help_text,
        add_completion=completion,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
    )

    @app.callback(invoke_without_command=True, help=help_text)
    def alone(context: typer.Context) -> None:
        if context.invoked_subcommand is None:
            output.say(context.get_help())
            raise typer.Exit(USAGE)

    return app
