"""Many rows of many tables in one statement: each table takes its columns as arrays.

`on conflict do nothing` leaves out a row that somebody else wrote first; the statement answers how
many rows each table took, so whoever decided sees that the world has moved.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import JSON, Table
from sqlalchemy.dialects import postgresql

from storage import tables

_DIALECT = postgresql.dialect()  # type: ignore[no-untyped-call]


@dataclass(frozen=True, slots=True)
class Target:
    """A table, and the columns that rows for it carry, in order."""

    table: Table
    columns: tuple[str, ...]

    @property
    def name(self) -> str:
        return self.table.name


def _target(table: Table, columns: str) -> Target:
    return Target(table, tuple(columns.split()))


# Who is pointed to stands before who points.
TARGETS: tuple[Target, ...] = (
    _target(tables.raw_mail, "account_id id size received_at expires_at"),
    _target(tables.raw_chunk, "account_id raw_id position data"),
    _target(tables.thread, "account_id id"),
    _target(
        tables.thread_message_id,
        "account_id rfc_message_id position thread_id base_subject correspondents",
    ),
    _target(
        tables.message,
        "account_id id identity variant fingerprint_subject fingerprint_text rfc_message_id"
        " direction subject sent_at received_at timeline_at text reply_start reply_end original"
        " has_html automatic notes thread_id raw_id",
    ),
    _target(tables.participant, "account_id message_id position role email name"),
    _target(
        tables.part,
        "account_id message_id path filename content_type size sha256 inline content_id"
        " detected_type decoration",
    ),
    _target(
        tables.delivery,
        "account_id id user_id address_id outcome reason received_at authority verdict peer helo"
        " mail_from suffix direction rfc_message_id sender subject identity held_key raw_id"
        " duplicate_of note steps evidence",
    ),
    _target(
        tables.person,
        "account_id id kind name family_name given_name company source as_read created_at",
    ),
    _target(tables.person_email, "account_id email kind person_id"),
    _target(
        tables.capture,
        "account_id message_id user_id delivery_id visibility captured_at bcc comment",
    ),
    _target(tables.filing, "account_id person_id message_id email timeline_at delivery_id"),
    _target(tables.waiting, "account_id delivery_id email path message_id name why"),
)


def statement(targets: Sequence[Target]) -> str:
    """Return the SQL that inserts into all `targets`; one array parameter per column."""
    parts: list[str] = []
    first = 1
    for target in targets:
        parts.append(_insert(target, first))
        first += len(target.columns)
    names = [f"new_{one.name}" for one in targets]
    counts = ", ".join(f"(select count(*) from {name})" for name in names)  # noqa: S608 - names of our own tables
    return " ".join(("with", ", ".join(parts), "select", counts))


def _insert(target: Target, first: int) -> str:
    # JSON travels as text: an array of jsonb costs a codec for every value.
    names = [f'"{name}"' for name in target.columns]
    is_json = [isinstance(target.table.c[name].type, JSON) for name in target.columns]
    arrays = ", ".join(
        f"${number}::{'text' if json else target.table.c[name].type.compile(_DIALECT)}[]"
        for number, (name, json) in enumerate(zip(target.columns, is_json, strict=True), first)
    )
    values = ", ".join(
        f"x.{name}::jsonb" if json else f"x.{name}"
        for name, json in zip(names, is_json, strict=True)
    )
    columns = ", ".join(names)
    return (
        f"new_{target.name} as (insert into {target.name} ({columns}) "  # noqa: S608 - as above
        f"select {values} from unnest({arrays}) as x({columns}) "
        "on conflict do nothing returning 1)"
    )


INSERT = statement(TARGETS)


def arguments(rows: Mapping[str, Sequence[tuple[Any, ...]]]) -> list[list[Any]]:
    """Return the parameters of `INSERT` for rows by table name, each a tuple in column order."""
    columns: list[list[Any]] = []
    for target in TARGETS:
        given = rows.get(target.name, ())
        if given:
            columns.extend(list(column) for column in zip(*given, strict=True))
        else:
            columns.extend([] for _ in target.columns)
    return columns


def expected(rows: Mapping[str, Sequence[tuple[Any, ...]]]) -> tuple[int, ...]:
    """Return the counts that `INSERT` answers when nobody was faster."""
    return tuple(len(rows.get(target.name, ())) for target in TARGETS)
