"""`person`: leads and contacts, and their timelines."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from cli import options, output
from cli.group import group
from cli.reading import indented, named
from cli.session import run, viewer
from config import Settings
from storage import accounts, people, timeline
from storage.access import Connection
from storage.people import Person
from storage.timeline import Entry

app = group("People: leads and contacts, and their timelines.")


@app.command("list")
def listed(
    kind: Annotated[
        Literal["lead", "contact"] | None, typer.Option("--kind", help="Of this kind only.")
    ] = None,
    account: options.Account = None,
    limit: options.Limit = 100,
    as_json: options.Json = False,
) -> None:
    """List people."""

    async def body(connection: Connection, _settings: Settings) -> list[Person]:
        account_id = await accounts.chosen(connection, account)
        return await people.listed(connection, account_id, kind=kind, limit=limit)

    found = run(body)
    if as_json:
        output.document([person.document() for person in found])
        return
    output.table(
        ("kind", "name", "company", "addresses", "mails", "since"),
        [
            (one.kind, one.name, one.company, one.emails, one.message_count, one.created_at)
            for one in found
        ],
        empty="Nobody yet. People appear when mail to them is recorded.",
        limit=limit,
    )


@app.command()
def show(
    person: Annotated[
        str, typer.Argument(metavar="ID|EMAIL", help="An id, or any address of the person.")
    ],
    account: options.Account = None,
    as_user: options.As = None,
    break_glass: options.BreakGlass = None,
    limit: options.Limit = 100,
    as_json: options.Json = False,
) -> None:
    """Show a person and the timeline. What is private to others stays blank."""

    async def body(connection: Connection, _settings: Settings) -> tuple[Person, list[Entry]]:
        who = await viewer(connection, as_user, break_glass)
        found = await people.find(connection, person, await accounts.chosen(connection, account))
        entries = await timeline.of_person(
            connection, found.account_id, found.person_id, who, limit=limit
        )
        return found, entries

    found, entries = run(body)
    if as_json:
        output.document({**found.document(), "timeline": [one.document() for one in entries]})
        return
    _print(found, entries)


def _print(person: Person, entries: list[Entry]) -> None:
    company = f", {person.company}" if person.company else ""
    output.say(f"{person.name}{company}  ({person.kind})")
    output.say(", ".join(person.emails))
    if person.source:
        output.say(f"from {person.source}")
    for entry in entries:
        output.say("")
        print_entry(entry)


def attachments_of(entry: Entry) -> list[str]:
    """Return a line for each file; logos, and files the thread has had before, folded into one."""
    folded = [one for one in entry.attachments if one["decoration"] or one["repeated"]]
    lines = [
        f"{one['filename'] or one['content_type']}, {one['size']:,} bytes"
        for one in entry.attachments
        if one not in folded
    ]
    if folded:
        again = sum(one["repeated"] for one in folded)
        logos = len(folded) - again
        kinds = [f"{logos} for decoration"] * bool(logos) + [f"{again} seen before"] * bool(again)
        lines.append(f"and {', '.join(kinds)}")
    return lines


def print_entry(entry: Entry) -> None:
    """Print a message as it stands on a timeline."""
    arrow = "→" if entry.direction == "outgoing" else "←"
    subject = "(private)" if entry.hidden else entry.subject or "(no subject)"
    output.say(f"{output.at(entry.sent_at or entry.received_at)} {arrow} {subject}")
    receivers = ", ".join(named(one) for one in (*entry.to, *entry.cc))
    output.say(f"    {named(entry.sender)} to {receivers or 'nobody'}")
    for line in attachments_of(entry):
        output.say(f"    [{line}]")
    if entry.original:
        how = "attached" if entry.original["path"] else "in the text"
        output.say(
            f"    (forwarded {how}, read with confidence {entry.original['confidence']:.2f})"
        )
    if entry.comment:
        output.say(indented(entry.comment))
        output.say("    ---")
    if entry.reply and entry.reply.strip():
        output.say(indented(entry.reply))
