"""How much mail there was, and what became of it; of its content nothing is read."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Literal
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import ARRAY, DateTime, bindparam, text
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.accounts import Account
from storage.documents import Document
from storage.errors import Refused
from storage.typed import shown

By = Literal["user", "day"]

_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_DURATION = re.compile(rf"([0-9]{{1,9}})\s*([{''.join(_UNITS)}])")

_FIRST_YEAR, _LAST_YEAR = 1971, 9998
"""Within these no time zone leads out of what identifiers and Python can hold."""

# Identifiers carry the time at which a mail was read, a moment after it arrived. The hour is for
# clocks that are set back; `received_at` decides.
_SKEW = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Count:
    """How many deliveries had this outcome for this reason."""

    outcome: str
    reason: str
    deliveries: int
    user: str | None = None
    """Where they were counted by user."""
    day: date | None = None
    """Where they were counted by day, in the account's time zone."""

    def document(self) -> Document:
        """Return it for JSON; `user` and `day` only where they were counted by."""
        counted_by: Document = {}
        if self.user is not None:
            counted_by = {"user": self.user}
        if self.day is not None:
            counted_by = {"day": self.day.isoformat()}
        return {
            **counted_by,
            "outcome": self.outcome,
            "reason": self.reason,
            "deliveries": self.deliveries,
        }


@dataclass(frozen=True, slots=True)
class PersonCount:
    """How many of the messages that arrived are on a person's timeline."""

    person_id: UUID
    kind: str
    name: str
    emails: tuple[str, ...]
    messages: int

    def document(self) -> Document:
        """Return it for JSON."""
        return {
            "person_id": str(self.person_id),
            "kind": self.kind,
            "name": self.name,
            "emails": list(self.emails),
            "messages": self.messages,
        }


def instant_of(written: str, timezone: str, now: datetime) -> datetime:
    """Read `7d`, `24h`, an ISO date or an ISO time; what names no zone is in `timezone`.

    Raises Refused for anything else.
    """
    read = unicodedata.normalize("NFKC", written).strip()
    try:
        instant = _before(read.lower(), now) or _at(read, ZoneInfo(timezone))
    except (ValueError, OverflowError):
        instant = None
    if instant is None or not _FIRST_YEAR <= instant.year <= _LAST_YEAR:
        raise Refused(
            f"{shown(written)} is no time; it takes a date such as 2026-11-01, a time such as "
            "2026-11-01T09:00, or how long ago: 24h, 7d, 4w"
        )
    return instant


def _before(read: str, now: datetime) -> datetime | None:
    ago = _DURATION.fullmatch(read)
    return now - timedelta(**{_UNITS[ago[2]]: int(ago[1])}) if ago else None


def _at(read: str, zone: ZoneInfo) -> datetime:
    instant = datetime.fromisoformat(read)
    return instant if instant.tzinfo else instant.replace(tzinfo=zone)


def _counting(key: str, join: str = "") -> str:
    return f"""
        select {key} as key, d.outcome, d.reason, count(*) as deliveries
        from delivery d {join}
        where d.account_id = :account_id and d.id >= :first_id and d.received_at >= :since
        group by 1, 2, 3
    """  # noqa: S608 - our own words


_COUNTS = text(_counting("null"))
_COUNTS_BY_USER = text(
    _counting(
        "coalesce(u.email, 'postmaster')",
        'left join "user" u on u.account_id = d.account_id and u.id = d.user_id',
    )
)
# Midnights come from Python, whose time zones the account's was chosen from: those that the
# server knows may be older ones.
_COUNTS_BY_DAY = text(_counting("width_bucket(d.received_at, :midnights)")).bindparams(
    bindparam("midnights", type_=ARRAY(DateTime(timezone=True)))
)

_MESSAGES = text("""
    select p.id as person_id, p.kind, p.name,
           array(select e.email from person_email e
                 where e.account_id = p.account_id and e.person_id = p.id
                 order by e.position, e.email) as emails,
           filed.messages
    from (select f.person_id, count(*) as messages
          from message m
          join filing f on f.account_id = m.account_id and f.message_id = m.id
          where m.account_id = :account_id and m.id >= :first_id and m.received_at >= :since
          group by f.person_id
          order by 2 desc, 1 desc limit :limit) filed
    join person p on p.account_id = :account_id and p.id = filed.person_id
    order by filed.messages desc, p.id desc
""")


async def counts(
    connection: AsyncConnection, account: Account, since: datetime, by: By | None = None
) -> list[Count]:
    """Return how many deliveries of the account since then had which outcome, for which reason.

    The most frequent come first; by user, the users in the order of their addresses; by day, the
    newest day first. What was refused or put off has no delivery.
    """
    keys = _keys(account, since)
    if by == "day":
        midnights = _midnights(account, since)
        rows = await connection.execute(_COUNTS_BY_DAY, {**keys, "midnights": midnights})
        found = [
            Count(outcome, reason, deliveries, day=midnights[bucket - 1].date())
            for bucket, outcome, reason, deliveries in rows
        ]
        return sorted(found, key=lambda one: (-_ordinal(one), -one.deliveries, one.reason))
    statement = _COUNTS_BY_USER if by else _COUNTS
    rows = await connection.execute(statement, keys)
    found = [
        Count(outcome, reason, deliveries, user=user) for user, outcome, reason, deliveries in rows
    ]
    return sorted(found, key=lambda one: (one.user or "", -one.deliveries, one.reason))


def _ordinal(counted: Count) -> int:
    return counted.day.toordinal() if counted.day else 0


async def people(
    connection: AsyncConnection, account: Account, since: datetime, *, limit: int = 100
) -> list[PersonCount]:
    """Return those on whose timelines most of the messages are that arrived since then."""
    keys = {**_keys(account, since), "limit": limit}
    rows = await connection.execute(_MESSAGES, keys)
    return [PersonCount(**{**row, "emails": tuple(row["emails"])}) for row in rows.mappings()]


def _keys(account: Account, since: datetime) -> dict[str, object]:
    # Identifiers grow with time: the newest mail of an account is the end of its primary key.
    milliseconds = max(0, int((since - _SKEW).timestamp() * 1000))
    first_id = UUID(int=milliseconds << 80)
    return {"account_id": account.account_id, "since": since, "first_id": first_id}


def _midnights(account: Account, since: datetime) -> list[datetime]:
    """Return when each day began in the account's time zone, from that of `since` to today's."""
    zone = ZoneInfo(account.timezone)
    first, last = (at.astimezone(zone).date() for at in (since, datetime.now(UTC)))
    days = (first + timedelta(days=number) for number in range((last - first).days + 1))
    return [datetime(day.year, day.month, day.day, tzinfo=zone) for day in days]
