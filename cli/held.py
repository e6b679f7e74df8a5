"""`held`: mail that waits for somebody's decision, and the decisions."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Annotated, TypeVar
from uuid import UUID

import typer

from cli import options, output
from cli.group import group
from cli.ledger import ledger_of
from cli.reading import ended, named, print_original
from cli.session import operator, run, scope, viewer
from config import Settings, load
from dropbox.exposure import concealed
from dropbox.filing.outcomes import OUTCOMES, Reason
from dropbox.filing.standing import Kind, KnownPerson
from dropbox.mail.read import read
from storage import accounts, deliveries, held, kept, never_log, people, senders, users
from storage.access import Connection, Pool, pool
from storage.database import locate
from storage.deliveries import DeliveryRow
from storage.documents import Document
from storage.errors import Refused
from storage.foresight import waiting
from storage.held import Decided, Undecided
from storage.ledger import Ledger
from storage.waiting import file_waiting

T = TypeVar("T")

app = group("Held mail: what waits for a decision, and the decisions.")

Mail = Annotated[
    str, typer.Argument(metavar="ID|MESSAGE-ID", help="A held mail, as `held list` shows it.")
]


@app.command("list")
def listed(
    user: options.OfUser = None,
    account: options.Account = None,
    as_user: options.As = None,
    limit: options.Limit = 100,
    as_json: options.Json = False,
) -> None:
    """List what waits for a decision. Once listed, held mail may expire after HELD_DAYS."""

    async def body(connection: Connection, _settings: Settings) -> list[DeliveryRow]:
        account_id, user_id = await scope(connection, account, user)
        return await deliveries.undecided(
            connection,
            account_id,
            await viewer(connection, as_user, None),
            user_id=user_id,
            limit=limit,
        )

    found = run(body)
    if found:
        seen = [(row.account_id, row.delivery_id) for row in found]
        _with_ledger(lambda opened, _ledger: held.note_seen(opened, seen))
    if as_json:
        output.document([_document(row) for row in found])
        return
    output.table(
        ("received", "reason", "user", "sender", "verdict", "subject", "note", "id"),
        [
            (
                row.received_at,
                row.reason,
                row.user or "postmaster",
                row.sender,
                row.verdict,
                "(private)" if row.hidden else row.subject,
                row.note.split("; "),
                row.delivery_id,
            )
            for row in found
        ],
        empty="Nothing waits for a decision.",
        limit=limit,
    )


@app.command()
def show(
    mail: Mail,
    account: options.Account = None,
    as_user: options.As = None,
    break_glass: options.BreakGlass = None,
    as_json: options.Json = False,
) -> None:
    """Show a held mail as it was read: who wrote it, to whom, and its text."""

    async def find(connection: Connection, _settings: Settings) -> list[DeliveryRow]:
        who = await viewer(connection, as_user, break_glass)
        account_id = await accounts.chosen(connection, account)
        return await deliveries.find(connection, mail, account_id, who)

    async def fetch(connection: Connection, settings: Settings) -> Document:
        pieces = kept.stream(connection, *await kept.the_raw(connection, rows))
        message = read(b"".join([piece async for piece in pieces]))
        patterns = await _never_logged(connection, rows[0])
        return waiting(concealed(message, settings.mail_domain), patterns)

    # Two transactions: that the glass was broken is in the audit before a byte is shown.
    rows = run(find)
    document = {**_document(rows[0]), **run(fetch)}
    if as_json:
        output.document(document)
        return
    _print(rows[0], document)


@app.command()
def release(mail: Mail, account: options.Account = None, as_json: options.Json = False) -> None:
    """Let a held mail through the gate it was held at, and file it as the rules say."""

    async def body(opened: Pool, ledger: Ledger) -> Decided:
        one = await held.find(opened, mail, account_id)
        return await _release(opened, ledger, one, "held_release")

    account_id = run(lambda connection, _settings: accounts.chosen(connection, account))
    _tell(_with_ledger(body), as_json=as_json)


@app.command()
def trust(mail: Mail, account: options.Account = None, as_json: options.Json = False) -> None:
    """Allow the sender of a held mail for its user from now on, and release it.

    Of a sender beyond the day's quota only the headers were kept: such a mail is not released, and
    the next one is filed.
    """

    async def find(opened: Pool, _ledger: Ledger) -> Undecided:
        one = await held.find(opened, mail, account_id)
        if one.reason not in {Reason.SENDER_NOT_ALLOWED, Reason.OVER_QUOTA} or not one.sender:
            raise Refused(f"this mail is held as {one.reason}; only an unknown sender is trusted")
        return one

    async def allow(connection: Connection, settings: Settings) -> None:
        owner = await users.find(connection, one.user or "")
        await senders.add(connection, owner, one.sender or "", mail_domain=settings.mail_domain)

    async def body(opened: Pool, ledger: Ledger) -> Decided | None:
        keys = (opened, one.account_id, one.delivery_id, operator())
        sender, verdict = one.sender or "", one.verdict
        await held.note_decision(*keys, "held_trust", sender=sender, verdict=verdict)
        if one.reason is Reason.OVER_QUOTA:
            return None
        return await _release(opened, ledger, one, "held_release")

    account_id = run(lambda connection, _settings: accounts.chosen(connection, account))
    one = _with_ledger(find)
    run(allow)
    if not as_json:
        output.say(f"{one.sender} ({one.verdict}) may send for {one.user} from now on.")
    decided = _with_ledger(body)
    if decided is not None:
        _tell(decided, as_json=as_json)
    elif as_json:
        output.document(_ended(one.delivery_id, one.reason, ""))
    else:
        output.say("Only its headers were kept; have it sent again.")


@app.command()
def assign(
    mail: Mail,
    person: Annotated[
        str, typer.Argument(metavar="PERSON", help="Identifier or address of a lead or contact.")
    ],
    account: options.Account = None,
    as_json: options.Json = False,
) -> None:
    """File a held mail on one person, whoever it was to."""

    async def find(connection: Connection, _settings: Settings) -> people.Person:
        return await people.find(connection, person, one.account_id)

    async def body(opened: Pool, ledger: Ledger) -> Decided:
        known = KnownPerson(found.person_id, Kind(found.kind))
        email = next(iter(found.emails), "")
        decided = await held.release(
            opened, ledger, one.account_id, one.delivery_id, person=known, email=email
        )
        keys = (opened, one.account_id, one.delivery_id, operator())
        await held.note_decision(*keys, "held_assign", person=str(found.person_id))
        return decided

    account_id = run(lambda connection, _settings: accounts.chosen(connection, account))
    one = _with_ledger(lambda opened, _ledger: held.find(opened, mail, account_id))
    found = run(find)
    _tell(_with_ledger(body), as_json=as_json)


@app.command()
def discard(mail: Mail, account: options.Account = None) -> None:
    """Decide that a held mail is not wanted: its row stays, its bytes go."""

    async def body(opened: Pool, _ledger: Ledger) -> None:
        one = await held.find(opened, mail, account_id)
        await held.discard(opened, one.account_id, one.delivery_id)
        keys = (opened, one.account_id, one.delivery_id, operator())
        await held.note_decision(*keys, "held_discard")

    account_id = run(lambda connection, _settings: accounts.chosen(connection, account))
    _with_ledger(body)
    output.say("Discarded.")


async def _never_logged(connection: Connection, row: DeliveryRow) -> frozenset[str]:
    """Return the patterns whose addresses are not shown to that delivery's user."""
    owner = await users.find(connection, row.user) if row.user else None
    user_id = owner.user_id if owner else None
    found = await never_log.listed(connection, row.account_id, user_id)
    return frozenset(one.pattern for one in found)


async def _release(opened: Pool, ledger: Ledger, one: Undecided, action: str) -> Decided:
    decided = await held.release(opened, ledger, one.account_id, one.delivery_id)
    keys = (opened, one.account_id, one.delivery_id, operator())
    await held.note_decision(*keys, action, reason=str(decided.delivery.reason))
    return decided


def _with_ledger(body: Callable[[Pool, Ledger], Awaitable[T]]) -> T:
    """Run `body` with a ledger, and file what waited for people it made."""
    settings = load()
    url = settings.database_url.get_secret_value()

    async def walk(place: str) -> T:
        async with pool(place, most=2) as opened:
            gained: set[tuple[UUID, str]] = set()
            ledger = ledger_of(opened, settings, gained.update)
            found = await body(opened, ledger)
            while gained:
                # Filing what waited may make further people.
                taken = set(gained)
                gained.clear()
                await file_waiting(opened, ledger, taken)
            return found

    with locate(url, settings.data_dir, postgres_bin=settings.postgres_bin) as place:
        return asyncio.run(walk(place.url))


def _tell(decided: Decided, *, as_json: bool) -> None:
    delivery = decided.delivery
    if as_json:
        output.document(_ended(delivery.delivery_id, delivery.reason, delivery.note))
        return
    words = OUTCOMES[delivery.reason].en
    if decided.still_held:
        output.say(f"Still held, {delivery.reason}: {words}")
        output.say("`held assign` files it on a person of your choice.")
    else:
        output.say(f"{ended(delivery.outcome, delivery.reason)}: {words}")


def _ended(delivery_id: UUID, reason: Reason, note: str) -> Document:
    return {
        "delivery_id": str(delivery_id),
        "outcome": str(OUTCOMES[reason].outcome),
        "reason": str(reason),
        "note": note,
    }


def _document(row: DeliveryRow) -> Document:
    return {**row.document(), "verdict": row.verdict}


def _print(row: DeliveryRow, document: Document) -> None:
    message = document["message"]
    output.say(f"{output.at(row.received_at)}  {row.user or 'postmaster'}: {row.reason}")
    output.say(f"From:    {row.sender or ''} ({row.verdict})")
    for heading, several in (("To:     ", document["to"]), ("Cc:     ", document["cc"])):
        if several:
            output.say(f"{heading} {', '.join(map(named, several))}")
    if message["sent_at"]:
        output.say(f"Date:    {message['sent_at']}")
    output.say(f"Subject: {message['subject']}")
    for one in message["attachments"]:
        output.say(f"File:    {one['filename']} ({one['content_type']}, {one['size']} bytes)")
    if document["original"]:
        print_original(document["original"])
    output.say("")
    output.say(message["text"])
