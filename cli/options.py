"""Options and arguments that several commands share."""

from __future__ import annotations

from typing import Annotated

import typer

Account = Annotated[
    str | None,
    typer.Option("--account", metavar="NAME", help="The account, where there are several."),
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]
Limit = Annotated[
    int, typer.Option("--limit", min=1, metavar="N", help="At most so many, newest first.")
]
OfUser = Annotated[str | None, typer.Option("--user", metavar="EMAIL", help="Of this user only.")]
User = Annotated[str, typer.Argument(metavar="EMAIL", help="Primary address of the user.")]
Mail = Annotated[
    str,
    typer.Argument(metavar="ID|MESSAGE-ID", help="A delivery or message id, or a Message-ID."),
]
As = Annotated[
    str | None,
    typer.Option("--as", metavar="EMAIL", help="Read as this user: shows the user's private mail."),
]
BreakGlass = Annotated[
    str | None,
    typer.Option("--break-glass", metavar="REASON", help="Show private mail; this is audited."),
]
