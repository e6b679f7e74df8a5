"""`explain`: a dry run."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Annotated

import typer

from cli import options, output
from config import load
from storage.database import locate


def explain(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A mail as .eml, or - for stdin.")],
    to: Annotated[str, typer.Option("--to", metavar="ADDRESS", help="A dropbox address.")],
    sender: Annotated[
        str | None,
        typer.Option("--from", metavar="SENDER", help="MAIL FROM; the author unless given."),
    ] = None,
    as_json: options.Json = False,
) -> None:
    """Say what would become of a mail and why, and write nothing."""
    from cli.dry_run import foresee, normalized
    from cli.reading import ended, print_read
    from dropbox.exposure import concealed
    from dropbox.filing.decision import Decision
    from dropbox.mail.read import read
    from storage.explanation import explain as in_words
    from storage.foresight import foreseen, refused

    settings = load()
    content = normalized(_bytes(file))
    message = concealed(read(content), settings.mail_domain)
    url = settings.database_url.get_secret_value()
    with locate(url, settings.data_dir, postgres_bin=settings.postgres_bin) as place:
        found = asyncio.run(foresee(place.url, settings, content, message, to, sender))
    if isinstance(found, Decision):
        lines = in_words(found.reason, found.steps, found.note, settings.language)
        reason, document = found.reason, foreseen(found)
    else:
        lines = in_words(found, (), "", settings.language)
        reason, document = found, refused(found, message)
    if as_json:
        output.document(document)
        return
    output.say(ended(document["outcome"], reason))
    for line in lines:
        output.say(f"    {line}")
    print_read(document)


def _bytes(file: Path) -> bytes:
    return sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
