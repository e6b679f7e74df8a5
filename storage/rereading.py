"""A recorded message and today's reading of it: what differs, and the writing of it.

Written is what a reading makes of the bytes: text, names, dates, files. Whom it was filed on, who
captured it and what people have changed by hand stay as they are.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from dropbox.filing.authorship import authorship
from dropbox.filing.correspondents import Action, Correspondent, Why, external
from dropbox.filing.decision import Arrival, Decision, Direction
from dropbox.filing.identity import subject_digest
from dropbox.filing.originals import Original
from dropbox.filing.people import new_person
from dropbox.filing.standing import Kind, Standing, User, mailboxes_of
from dropbox.ids import derive
from storage.rows import Batch, original_json, timeline_at


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that today's reader makes different."""

    field: str
    old: Any
    new: Any
    message_id: UUID | None = None
    """Of the message; None for what belongs to the delivery."""


MESSAGES = """
select m.*, c.comment, c.bcc,
       coalesce((select jsonb_agg(jsonb_build_array(p.role, p.email, p.name) order by p.position)
                 from participant p where p.account_id = m.account_id and p.message_id = m.id),
                '[]') as participants,
       coalesce((select jsonb_agg(jsonb_build_array(
                     p.path, p.filename, p.content_type, p.size, encode(p.sha256, 'hex'),
                     p.inline, p.content_id, p.detected_type, p.decoration) order by p.path)
                 from part p where p.account_id = m.account_id and p.message_id = m.id),
                '[]') as parts,
       array(select f.email from filing f
             where f.account_id = m.account_id and f.message_id = m.id
             union select w.email from waiting w
             where w.account_id = m.account_id and w.message_id = m.id) as decided,
       exists (select from capture o where o.account_id = m.account_id and o.message_id = m.id
               and o.visibility = 'private') as private
from capture c join message m on m.account_id = c.account_id and m.id = c.message_id
where c.account_id = $1 and c.delivery_id = $2 and m.raw_id = $3
order by m.id for update of m
"""


@dataclass(frozen=True, slots=True)
class Pair:
    """A recorded message, and what today's reader finds in its place in the mail."""

    row: Any
    original: Original | None
    """None: the mail itself."""

    @property
    def message_id(self) -> UUID:
        found: UUID = self.row["id"]
        return found


def pairs(rows: Sequence[Any], arrival: Arrival) -> Iterator[Pair]:
    """Yield each recorded message with its reading; those that nothing is found for are left out.

    By identity first. A better reader may give another one to an original in the body: then by
    the place where it stands in the mail.
    """
    left = list(arrival.originals)
    for row in rows:
        if row["original"] is None:
            yield Pair(row, None)
            continue
        path = json.loads(row["original"])["path"]
        same = [one for one in left if one.identity == row["identity"]]
        found = next(iter(same or [one for one in left if one.path == path]), None)
        if found:
            left.remove(found)
            yield Pair(row, found)


async def follow_identity(connection: Any, pair: Pair) -> None:
    """Give a message the identity of today's reading, unless another message has it."""
    if pair.original is None or pair.original.identity == pair.row["identity"]:
        return
    print_ = pair.original.message.fingerprint
    await connection.execute(
        "update message m set identity = $3, variant = 0, fingerprint_subject = $4,"
        " fingerprint_text = $5 where m.account_id = $1 and m.id = $2"
        " and not exists (select from message o where o.account_id = $1 and o.identity = $3)",
        pair.row["account_id"],
        pair.message_id,
        pair.original.identity,
        subject_digest(print_),
        print_.text,
    )


def decided_before(row: Any, arrival: Arrival, steps: Sequence[dict[str, str]]) -> frozenset[str]:
    """Return the addresses of a message that somebody, or the rules, have decided on already.

    All of them, when a person assigned the mail, or when one is masked: then nobody can tell.
    """
    named = [email for _, email, _ in json.loads(row["participants"])]
    assigned = any(one["result"] == f"{Action.FILE}:{Why.ASSIGNED}" for one in steps)
    if assigned or None in named:
        inside = (one.message for one in arrival.originals)
        everybody = (arrival.message, *inside)
        return frozenset(
            box.email for one in everybody for box in (*mailboxes_of(one), *one.reply_to)
        )
    hidden = [one["email"] for one in json.loads(row["bcc"])]
    return frozenset(email for email in (*named, *hidden, *row["decided"]) if email)


async def refresh(connection: Any, pair: Pair, read: Decision, mail_domain: str) -> list[Change]:
    """Write what today's reader makes of a message, and return what that changed.

    `read` is about this message: its original, direction and masked addresses.
    """
    row, keys = pair.row, (pair.row["account_id"], pair.message_id)
    changes = _message_changes(row, read)
    columns = {name: new for name, old, new in changes if name != "comment"}
    if columns:
        # Names of our own columns, never anything that was read.
        settings = ", ".join(f"{name} = ${n}" for n, name in enumerate(columns, 3))
        await connection.execute(
            f"update message set {settings} where account_id = $1 and id = $2",  # noqa: S608 - above
            *keys,
            *columns.values(),
        )
    if "timeline_at" in columns:
        await connection.execute(
            "update filing set timeline_at = $3 where account_id = $1 and message_id = $2",
            *keys,
            columns["timeline_at"],
        )
    if read.comment != row["comment"]:
        await connection.execute(
            "update capture set comment = $4"
            " where account_id = $1 and message_id = $2 and delivery_id = $3",
            *keys,
            read.arrival.delivery_id,
            read.comment,
        )
    told = [
        Change(_TOLD.get(name, name), _plain(old), _plain(new), pair.message_id)
        for name, old, new in changes
        if name not in {"reply_start", "reply_end", "timeline_at"}
    ]
    told += _reply_change(pair, read)
    told += await _refresh_lists(connection, pair, read, mail_domain)
    return told


_TOLD = {"has_html": "html"}


def _message_changes(row: Any, read: Decision) -> list[tuple[str, Any, Any]]:
    message = read.message
    start, end = message.reply
    new = {
        "direction": read.direction and str(read.direction),
        "subject": message.subject,
        "sent_at": message.sent_at,
        "timeline_at": timeline_at(message, row["received_at"]),
        "text": message.text,
        "reply_start": start,
        "reply_end": end,
        "has_html": message.has_html,
        "automatic": message.automatic,
        "comment": read.comment,
    }
    changes = [(name, row[name], value) for name, value in new.items() if row[name] != value]
    for name, written in (("notes", json.dumps(message.notes)), ("original", original_json(read))):
        before = row[name] and json.loads(row[name])
        if before != (written and json.loads(written)):
            changes.append((name, row[name], written))
    return changes


def _reply_change(pair: Pair, read: Decision) -> list[Change]:
    row = pair.row
    old = row["text"][row["reply_start"] : row["reply_end"]]
    start, end = read.message.reply
    new = read.message.text[start:end]
    return [Change("reply", old, new, pair.message_id)] if old != new else []


def _plain(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else value


async def _refresh_lists(
    connection: Any, pair: Pair, read: Decision, mail_domain: str
) -> list[Change]:
    batch = Batch(mail_domain)
    batch.add_read(replace(read, message_id=pair.message_id))
    told = []
    people = [[role, email, name] for *_, role, email, name in batch.rows["participant"]]
    before = json.loads(pair.row["participants"])
    if people != before:
        await _replace(connection, "participant", pair, batch)
        told.append(Change("people", _listed(before), _listed(people), pair.message_id))
    parts = sorted(
        [path, name, type_, size, sha256.hex(), *more]
        for _, _, path, name, type_, size, sha256, *more in batch.rows["part"]
    )
    files = sorted(json.loads(pair.row["parts"]))
    if parts != files:
        await _replace(connection, "part", pair, batch)
        told.append(
            Change("attachments", [one[1] for one in files], [one[1] for one in parts],
                   pair.message_id)
        )  # fmt: skip
    return told


def _listed(people: Sequence[Sequence[str | None]]) -> list[str]:
    return [f"{role}: {name or ''} <{email or '••••'}>" for role, email, name in people]


_COLUMNS = {
    "participant": "account_id, message_id, position, role, email, name",
    "part": "account_id, message_id, path, filename, content_type, size, sha256, inline,"
    " content_id, detected_type, decoration",
}


async def _replace(connection: Any, table: str, pair: Pair, batch: Batch) -> None:
    columns = _COLUMNS[table]
    places = ", ".join(f"${n}" for n in range(1, columns.count(",") + 2))
    await connection.execute(
        f"delete from {table} where account_id = $1 and message_id = $2",  # noqa: S608 - see above
        pair.row["account_id"],
        pair.message_id,
    )
    await connection.executemany(
        f"insert into {table} ({columns}) values ({places})",  # noqa: S608 - as above
        batch.rows[table],
    )


async def rename(
    connection: Any, reads: Sequence[Decision], standing: Standing, user: User
) -> list[Change]:
    """Give the people whom a mail created the names that today's reader finds in its messages.

    A name that is not the one that was read then was changed by somebody, and stays.
    """
    named: dict[str, list[tuple[str, Decision]]] = {}
    for read in reads:
        for email, name in _people(read, standing, user).items():
            named.setdefault(email, []).append((name, read))
    if not named:
        return []
    arrival = reads[0].arrival
    account_id = arrival.recipient.account_id
    made = {derive(arrival.delivery_id, "person", email): email for email in named}
    rows = await connection.fetch(
        "select id, kind, name, family_name, given_name, company, as_read from person"
        " where account_id = $1 and id = any($2) and as_read is not null order by id for update",
        account_id,
        list(made),
    )
    told = []
    for row in rows:
        current = [row["name"], row["family_name"], row["given_name"], row["company"]]
        if current != json.loads(row["as_read"]):
            continue
        email = made[row["id"]]
        wanted = [_named(row, email, name, read) for name, read in named[email]]
        # Of several messages any may have given the name.
        if current not in wanted:
            await connection.execute(
                "update person set name = $3, family_name = $4, given_name = $5, company = $6,"
                " as_read = $7 where account_id = $1 and id = $2",
                account_id,
                row["id"],
                *wanted[0],
                json.dumps(wanted[0]),
            )
            told.append(Change(f"name of {email}", _full(current), _full(wanted[0])))
    return told


def _people(read: Decision, standing: Standing, user: User) -> Mapping[str, str]:
    """Return names by address as they were when people were created from them."""
    if read.original:
        return authorship(read.original, user, standing).people
    message = read.message
    if read.direction == Direction.INCOMING:
        author = (message.author,) if message.author else ()
        return external((*author, *message.to, *message.cc), standing)
    return external((*message.to, *message.cc, *message.bcc), standing)


def _named(row: Any, email: str, name: str, read: Decision) -> list[str | None]:
    kind = Kind(row["kind"])
    new = new_person(Correspondent(email, name, Action.CREATE, kind, Why.UNKNOWN, row["id"]), read)
    return [new.name, new.family_name, new.given_name, new.company]


def _full(name: Sequence[str | None]) -> str:
    return " / ".join(one or "" for one in name)
