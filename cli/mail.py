"""`mail`: what became of each mail, and why."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

import typer

from cli import options, output
from cli.group import group
from cli.person import print_entry
from cli.reading import ended
from cli.session import run, scope, viewer
from config import Settings
from dropbox.filing.outcomes import Outcome, Reason
from storage import accounts, deliveries, kept, timeline
from storage.access import Connection
from storage.deliveries import DeliveryRow
from storage.documents import Document
from storage.evidence import in_a_line
from storage.explanation import explain
from storage.timeline import Entry
from storage.viewer import Viewer

app = group("Mail: what became of each, and why.")


@app.command("list")
def listed(
    user: options.OfUser = None,
    outcome: Annotated[
        Literal["filed", "duplicate", "held", "skipped"] | None,
        typer.Option("--outcome", help="With this outcome only."),
    ] = None,
    account: options.Account = None,
    as_user: options.As = None,
    limit: options.Limit = 100,
    as_json: options.Json = False,
) -> None:
    """List deliveries: one row for each mail at each dropbox address."""

    async def body(connection: Connection, _settings: Settings) -> list[DeliveryRow]:
        account_id, user_id = await scope(connection, account, user)
        return await deliveries.listed(
            connection,
            account_id,
            await viewer(connection, as_user, None),
            user_id=user_id,
            outcome=outcome,
            limit=limit,
        )

    found = run(body)
    if as_json:
        output.document([row.document() for row in found])
        return
    _table(found, limit)


@app.command()
def show(
    mail: options.Mail,
    account: options.Account = None,
    as_user: options.As = None,
    break_glass: options.BreakGlass = None,
    as_json: options.Json = False,
) -> None:
    """Show a mail: its deliveries, and what was recorded."""

    async def body(
        connection: Connection, settings: Settings
    ) -> tuple[list[tuple[DeliveryRow, list[str]]], list[Entry]]:
        who = await viewer(connection, as_user, break_glass)
        rows = await _found(connection, mail, account, who)
        entries: list[Entry] = []
        for one in dict.fromkeys(row.account_id for row in rows):
            ids = [id_ for row in rows if row.account_id == one for id_ in row.message_ids]
            wanted = list(dict.fromkeys(ids))
            entries += await timeline.of_messages(connection, one, wanted, who)
        return [(row, _explained(row, settings)) for row in rows], entries

    found, entries = run(body)
    if as_json:
        output.document(
            {
                "deliveries": [row.document() for row, _ in found],
                "messages": [
                    {**entry.document(), "attachments": entry.attachments} for entry in entries
                ],
                "originals": [entry.original_document() for entry in entries],
                "why": [lines for _, lines in found],
            }
        )
        return
    _table([row for row, _ in found])
    for entry in entries:
        output.say("")
        print_entry(entry)
    for _, lines in found:
        output.say("")
        for line in lines:
            output.say(line)


@app.command()
def raw(
    mail: options.Mail,
    account: options.Account = None,
    as_user: options.As = None,
    break_glass: options.BreakGlass = None,
) -> None:
    """Write a kept mail to standard output, byte for byte as it came."""

    async def write(connection: Connection, _settings: Settings) -> None:
        async for piece in kept.stream(connection, *found):
            output.write_bytes(piece)

    found = _kept(mail, account, as_user, break_glass)
    run(write)


@app.command()
def attachment(
    mail: options.Mail,
    path: Annotated[
        str, typer.Argument(metavar="PATH", help="As `mail show --json` says it: 2, or 2.1.")
    ],
    account: options.Account = None,
    as_user: options.As = None,
    break_glass: options.BreakGlass = None,
) -> None:
    """Write an attachment of a kept mail to standard output, decoded; an attached mail too."""

    async def read(connection: Connection, _settings: Settings) -> bytes:
        return await kept.attachment(connection, *found, path)

    found = _kept(mail, account, as_user, break_glass)
    output.write_bytes(run(read))


@app.command()
def why(
    mail: options.Mail,
    account: options.Account = None,
    as_user: options.As = None,
    break_glass: options.BreakGlass = None,
    as_json: options.Json = False,
) -> None:
    """Say what happened to a mail and which rule decided, for each delivery."""

    async def body(
        connection: Connection, settings: Settings
    ) -> list[tuple[DeliveryRow, list[str]]]:
        who = await viewer(connection, as_user, break_glass)
        rows = await _found(connection, mail, account, who)
        return [(row, _explained(row, settings)) for row in rows]

    found = run(body)
    if as_json:
        output.document([_why_document(row, lines) for row, lines in found])
        return
    for number, (row, lines) in enumerate(found):
        if number:
            output.say("")
        when = output.at(row.received_at)
        output.say(f"{when}  {row.user or 'postmaster'}: {ended(_became(row), row.reason)}")
        for line in (*lines, *_commands(row)):
            output.say(f"    {line}")


def _commands(row: DeliveryRow) -> list[str]:
    """Return what decides about mail that still waits."""
    if row.outcome != Outcome.HELD or row.settled:
        return []
    if row.user is None:
        return [f"To decide: held discard {row.delivery_id}"]
    verbs = ["release", "assign", "discard"]
    if row.reason in {Reason.SENDER_NOT_ALLOWED, Reason.OVER_QUOTA}:
        verbs.insert(1, "trust")
    return [f"To decide: held {', '.join(verbs[:-1])} or {verbs[-1]} {row.delivery_id}"]


async def _found(
    connection: Connection, mail: str, account: str | None, who: Viewer
) -> list[DeliveryRow]:
    account_id = await accounts.chosen(connection, account)
    return await deliveries.find(connection, mail, account_id, who)


def _kept(
    mail: str, account: str | None, as_user: str | None, break_glass: str | None
) -> tuple[UUID, UUID]:
    """Find the raw of a mail, in a transaction of its own.

    That the glass was broken is in the audit before a byte is shown.
    """

    async def find(connection: Connection, _settings: Settings) -> tuple[UUID, UUID]:
        who = await viewer(connection, as_user, break_glass)
        return await kept.the_raw(connection, await _found(connection, mail, account, who))

    return run(find)


def _explained(row: DeliveryRow, settings: Settings) -> list[str]:
    language = row.language or settings.language
    lines = explain(Reason(row.reason), row.steps, row.note, language, row.resolution)
    checks = row.evidence["checks"] if row.evidence else []
    return [*lines, f"Checks: {in_a_line(checks)}"] if checks else lines


def _why_document(row: DeliveryRow, lines: list[str]) -> Document:
    return {
        **row.document(),
        "direction": row.direction,
        "verdict": row.verdict,
        "evidence": row.evidence,
        "peer": row.peer,
        "mail_from": row.mail_from,
        "duplicate_of": str(row.duplicate_of) if row.duplicate_of else None,
        "resolution": row.resolution,
        "steps": [
            {"step": one.step, "result": one.result, "detail": one.detail} for one in row.steps
        ],
        "why": lines,
    }


def _became(row: DeliveryRow) -> str:
    """What was held and does not wait any more is not to look as if it did."""
    return f"{row.outcome}, then {row.settled}" if row.settled else row.outcome


def _table(rows: list[DeliveryRow], limit: int | None = None) -> None:
    output.table(
        ("received", "outcome", "reason", "user", "sender", "subject", "filed on", "id"),
        [
            (
                row.received_at,
                _became(row),
                row.reason,
                row.user,
                row.sender,
                "(private)" if row.hidden else row.subject,
                row.filed_on,
                row.delivery_id,
            )
            for row in rows
        ],
        empty="No mail yet. Put a dropbox address in Bcc and send one.",
        limit=limit,
    )
