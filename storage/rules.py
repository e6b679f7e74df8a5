"""Rules: where a user's mail looks for people, and whom it creates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import tables
from storage.errors import Refused
from storage.users import User

KINDS = ("lead", "contact")
CREATE = (*KINDS, "nothing")
VISIBILITIES = ("team", "private")
MOST_NEW_PEOPLE = 1000


@dataclass(frozen=True, slots=True)
class Rules:
    """A user's settings for mail to come."""

    search: tuple[str, ...]
    """The kinds of people to search, in their order."""
    create: str
    visibility: str
    max_new_people: int


async def of(connection: AsyncConnection, user: User) -> Rules:
    """Return the rules of a user."""
    columns = tables.user.c
    row = (
        await connection.execute(
            select(
                columns.search, columns.create, columns.visibility, columns.max_new_people
            ).where(columns.account_id == user.account_id, columns.id == user.user_id)
        )
    ).one()
    return Rules(tuple(row.search), row.create, row.visibility, row.max_new_people)


async def change(
    connection: AsyncConnection,
    user: User,
    *,
    search: Sequence[str] | None = None,
    create: str | None = None,
    visibility: str | None = None,
    max_new_people: int | None = None,
) -> Rules:
    """Set those rules that are given. Raises Refused."""
    wanted: dict[str, Any] = {
        "search": None if search is None else _search(search),
        "create": None if create is None else _one_of("create", create, CREATE),
        "visibility": None
        if visibility is None
        else _one_of("visibility", visibility, VISIBILITIES),
        "max_new_people": None if max_new_people is None else _few(max_new_people),
    }
    given = {name: value for name, value in wanted.items() if value is not None}
    if not given:
        raise Refused("no rule was given")
    columns = tables.user.c
    await connection.execute(
        update(tables.user)
        .where(columns.account_id == user.account_id, columns.id == user.user_id)
        .values(given)
    )
    return await of(connection, user)


def _search(kinds: Sequence[str]) -> list[str]:
    read = [_one_of("search", kind, KINDS) for kind in kinds]
    if not read or len(set(read)) != len(read):
        raise Refused("search takes lead, contact, or both in their order, as contact,lead")
    return read


def _one_of(rule: str, value: str, choices: Sequence[str]) -> str:
    read = value.strip().lower()
    if read not in choices:
        raise Refused(f"{rule} cannot be {value!r:.40}; it takes {', '.join(choices)}")
    return read


def _few(number: int) -> int:
    if not 0 <= number <= MOST_NEW_PEOPLE:
        raise Refused(f"max_new_people takes a number from 0 to {MOST_NEW_PEOPLE}")
    return number
